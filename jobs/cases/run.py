"""A case carried out: the rulebook changed for it, its tables read, its stages run, what came of it checked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from jobs.cases.changed import changed_for
from jobs.cases.checks import Check
from jobs.cases.people import Cast, Names
from jobs.cases.stages import NO_FILE, BeaconOf, StageRun, standings
from jobs.cases.tables import FeedTables
from jobs.cases.written import Case, Cases
from jobs.pipeline import (
    NO_BEACON,
    StageResult,
)
from jobs.rulebook import Rulebook, build
from jobs.workdays import Workdays, no_calendar


@dataclass(frozen=True)
class Outcome:
    """What came of a case: the sentences of what is not as it says (none where it holds), and the stage's result
    where it could be decided."""

    case: Case
    failures: tuple[str, ...]
    result: StageResult | None = field(default=None, repr=False)


def run_case(
    rulebook: Mapping[str, Any],
    cases: Cases,
    case: Case,
    *,
    source: str,
    digest: str = NO_FILE,
    beacon: BeaconOf = lambda _stage, _pulse: NO_BEACON,
    workdays: Callable[[], Workdays] = no_calendar,
) -> Outcome:
    """Decide a case by a rulebook in tables as TOML gives them. Raises what a rulebook or case that cannot be
    carried out raises; that another thing is decided than the case says is in the outcome."""
    book = build(changed_for(rulebook, cases, case, source), source, digest, workdays)
    people = Cast(cases, case)
    tables = FeedTables(book, cases, case, people)
    run = StageRun(book, case, people, tables, beacon)
    why = run.obstacle()
    if why is not None or case.obstacle is not None:
        return Outcome(case, (*tables.failures, *_check_obstacle(case, why)))
    result = run.decide()
    names = Names(people, tables.entries(result.stage))
    return Outcome(case, (*tables.failures, *Check(book, case, names, result).failures()), result)


def _check_obstacle(case: Case, why: str | None) -> Iterator[str]:
    if case.obstacle is None:
        yield f"the stage {case.stage} cannot be decided: it {why}"
    elif why is None:
        yield f"the stage {case.stage} is decided, and the case says that it {case.obstacle}"
    elif case.obstacle not in why:
        yield f"the stage {case.stage} {why}, and not: {case.obstacle}"


@dataclass(frozen=True)
class Material:
    """What a case decides on: the rulebook as it changes it, the tables of its feeds, the standing of earlier stages
    that it writes itself, and its people by alias."""

    rulebook: Rulebook
    tables: Mapping[str, pl.DataFrame]
    before: Mapping[str, pl.DataFrame]
    ids: Mapping[str, str]


def material(
    rulebook: Mapping[str, Any],
    cases: Cases,
    case: Case,
    *,
    source: str,
    workdays: Callable[[], Workdays] = no_calendar,
) -> Material:
    """The tables of a case as files would bring them, without deciding anything; rows its readers refuse are not in
    them."""
    book = build(changed_for(rulebook, cases, case, source), source, NO_FILE, workdays)
    people = Cast(cases, case)
    tables = FeedTables(book, cases, case, people).tables
    return Material(book, tables, standings(case, people), people.ids)
