"""From the text of a rulebook to one that is ready to run, with every other way to read it."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from jobs.feeds import FEEDS
from jobs.readings import ReadingFault, answers, other_ways
from jobs.rulebook.checks import check_assumptions, check_sheets, check_stage, check_steps
from jobs.rulebook.draft import Draft
from jobs.rulebook.faults import RulebookFault, first_of
from jobs.rulebook.model import Alternative, OneName, Rulebook, Stage
from jobs.rulebook.season import read_season
from jobs.rulebook.steps import bound_step
from jobs.rulebook.written import OneNameTable, RulebookTable, StageTable
from jobs.workdays import NO_CALENDAR, Workdays, no_calendar


def load(text: str, source: str, workdays: Callable[[], Workdays] = no_calendar) -> Rulebook:
    """Read a rulebook's TOML; `source` names it in errors; `workdays` gives the calendar of working days, and is asked
    only where the rulebook counts them. Raises RulebookFault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise RulebookFault(f"{source}: {fault}.") from fault
    digest = hashlib.sha256(text.encode()).hexdigest()
    rulebook = build(table, source, digest, workdays)
    return replace(rulebook, alternatives=tuple(_alternatives(rulebook, table, source, workdays)))


def _alternatives(
    rulebook: Rulebook, table: dict[str, Any], source: str, workdays: Callable[[], Workdays]
) -> Iterator[Alternative]:
    """Every other way to read the rulebook, built, so that a fault in one is found with all others. It keeps the
    digest: nothing else changes."""
    try:
        for other in other_ways(table, {question for question, _ in rulebook.readings}):
            place = f"{source}, or.{other.question}"
            built = build(other.read, place, rulebook.digest, workdays)
            yield Alternative(other.question, other.says, other.places, built)
    except ReadingFault as fault:
        raise RulebookFault(f"{source}: {fault}") from fault


def build(
    table: Mapping[str, Any], source: str, digest: str, workdays: Callable[[], Workdays] = no_calendar
) -> Rulebook:
    """The rulebook in tables as TOML gives them, without other ways to read it. Raises RulebookFault."""
    try:
        written = RulebookTable.model_validate(table)
    except ValidationError as fault:
        raise RulebookFault(f"{source}: {first_of(fault)}.") from fault
    draft = Draft(written, read_season(written, source, workdays), source, workdays)
    check_assumptions(draft)
    stages = tuple(_stage(draft, index, stage) for index, stage in enumerate(written.stage))
    check_sheets(draft, stages)
    return _rulebook(draft, stages, digest)


def _stage(draft: Draft, index: int, stage: StageTable) -> Stage:
    earlier = [before.id for before in draft.written.stage[:index]]
    check_stage(draft, stage, earlier)
    steps = tuple(
        bound_step(draft, f"stage {stage.id}, step {number}", step, earlier)
        for number, step in enumerate(stage.step, start=1)
    )
    check_steps(draft, stage, steps)
    return Stage(
        id=stage.id,
        title=dict(stage.title.items()),
        clause=stage.clause,
        entries=stage.entries,
        key=stage.key_columns,
        only=stage.only,
        others=stage.others,
        latest=stage.latest,
        snapshots=stage.snapshots,
        among=stage.among,
        strangers=stage.strangers,
        waits_for=tuple(stage.waits_for),
        absent=stage.absent,
        from_earlier=tuple(stage.from_earlier),
        person=stage.person,
        become=stage.become,
        on_sheets=tuple(stage.on_sheets),
        may_lack=tuple(stage.may_lack),
        decided_at=draft.season.moments[stage.decided],
        deliver=tuple(stage.deliver),
        rows=tuple(stage.rows),
        steps=steps,
    )


def _rulebook(draft: Draft, stages: tuple[Stage, ...], digest: str) -> Rulebook:
    written = draft.written
    return Rulebook(
        contest=written.contest,
        regulation=written.regulation,
        edition=written.edition,
        title=dict(written.title.items()),
        timezone=written.timezone,
        windows=draft.season.windows,
        moments=draft.season.moments,
        contact=_contact(draft),
        asks=written.ask,
        assume=written.assume,
        readings=(*written.readings.items(), *_step_readings(stages)),
        elsewhere=written.elsewhere,
        not_executed=_not_executed(draft, stages),
        in_part=_in_part(draft, stages),
        broadcast=written.broadcast,
        addressed=written.addressed,
        stages=stages,
        digest=digest,
        workdays=draft.workdays() if _counts_working_days(written) else NO_CALENDAR,
        one_name=_one_name(written.one_name),
    )


def _one_name(written: OneNameTable | None) -> OneName:
    if written is None:
        return OneName()
    spelled = {each.lower(): name for name, others in written.names.items() for each in (name, *others)}
    return OneName(tuple(written.columns), spelled)


def _contact(draft: Draft) -> str:
    """The stage that says where people are answered: one whose records are theirs."""
    contact = draft.written.contact
    if contact not in {stage.id for stage in draft.written.stage if stage.entries in FEEDS}:
        raise draft.fault("contact", f"{contact} is no stage whose entries are a feed")
    return contact


def _step_readings(stages: Sequence[Stage]) -> Iterator[tuple[str, str]]:
    for stage in stages:
        for step in stage.steps:
            for question, text in answers(step.reading or ""):
                yield question, f"{text} (stage {stage.id}, clause {step.clause})"


def _not_executed(draft: Draft, stages: Sequence[Stage]) -> Mapping[str, str]:
    """The rows that nothing carries out; one that something does carry out is a contradiction."""
    executed = _executed(draft, stages)
    for row in draft.written.not_executed:
        if row in executed:
            what = "a step, stage, request or [elsewhere] carries that row out; take it away here or there"
            raise draft.fault(f"not-executed.{row}", what)
    return draft.written.not_executed


def _in_part(draft: Draft, stages: Sequence[Stage]) -> Mapping[str, str]:
    """What of rows that something carries out is left over."""
    executed = _executed(draft, stages)
    for row in draft.written.in_part:
        if row not in executed:
            raise draft.fault(f"in-part.{row}", "nothing carries that row out; write it in [not-executed]")
    return draft.written.in_part


def _executed(draft: Draft, stages: Sequence[Stage]) -> set[str]:
    """The rows that something carries out."""
    found = {row for ask in draft.written.ask.values() for row in ask.rows} | draft.written.elsewhere.keys()
    for stage in stages:
        found.update(stage.rows, *(step.rows for step in stage.steps))
    return found


def _counts_working_days(written: RulebookTable) -> bool:
    steps = (step for stage in written.stage for step in stage.step)
    return any("working_days" in step for step in steps) or any(
        period.working_days is not None for period in written.season.values()
    )
