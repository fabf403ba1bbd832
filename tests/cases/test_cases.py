"""Every file contests/*.cases.toml of the general format: each sentence holds, and together they tell every rule.

`baiqau check --cases` runs the same sentences by the same functions.
"""

import tomllib
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from unit.tables import ROOT

from jobs.cases import Case, Cases, Outcome, is_of_this_format, read_cases
from jobs.rulebook import Rulebook, load
from worker.commands.cases import outcomes
from worker.workdays import kazakhstan

FOLDER = ROOT / "contests"
FILES = [
    path
    for path in sorted(FOLDER.glob("*.cases.toml"))
    if is_of_this_format(path.read_text(encoding="utf-8"))
]
of_each_contest = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])


def _rulebook_of(file: Path) -> Path:
    return file.with_name(file.name.replace(".cases", ""))


@cache
def _cases(file: Path) -> Cases:
    return read_cases(file.read_text(encoding="utf-8"), file.name)


@cache
def _rulebook(file: Path) -> Rulebook:
    return load(_rulebook_of(file).read_text(encoding="utf-8"), _rulebook_of(file).name, kazakhstan)


@cache
def _outcomes(file: Path) -> dict[str, Outcome]:
    table = tomllib.loads(_rulebook_of(file).read_text(encoding="utf-8"))
    return {each.case.says: each for each in outcomes(table, _cases(file), _rulebook_of(file).name)}


def _written() -> list[object]:
    return [
        pytest.param(file, case.says, id=f"{file.name.partition('.')[0]} {case.clause}: {case.says}")
        for file in FILES
        for case in _cases(file).case
    ]


@pytest.mark.parametrize(("file", "says"), _written())
def test_case(file: Path, says: str) -> None:
    assert list(_outcomes(file)[says].failures) == []


@of_each_contest
def test_whoever_is_out_or_asked_about_is_told_why(file: Path) -> None:
    for case in _cases(file).case:
        against = {alias for alias, verdict in case.expect.items() if verdict != "in"}
        assert against <= case.because.keys(), case.says


def _executed(rulebook: Rulebook) -> set[str]:
    rows = {row for ask in rulebook.asks.values() for row in ask.rows}
    for stage in rulebook.stages:
        rows.update(stage.rows, *(step.rows for step in stage.steps))
    return rows


@of_each_contest
def test_every_row_that_the_rulebook_carries_out_has_a_case_and_no_case_tells_of_another(file: Path) -> None:
    told = {row for case in _cases(file).case for row in case.rows}
    executed = _executed(_rulebook(file))
    of_several = {row for row in executed if row.startswith("X-")}  # what several regulations share
    assert executed - told - of_several == set(), "rows that a step, stage or ask carries out, without a case"
    known = executed | _rulebook(file).elsewhere.keys()
    assert told - known == set(), "rows in cases that nothing in the rulebook carries out"


def _telling(case: Case, outcome: Outcome) -> set[int]:
    """The steps of the asked stage that do more in this case than let everybody pass: of what they say against
    somebody, or of what the case expects of their codes."""
    if outcome.result is None:
        return set()
    codes = [code for told in case.because.values() for code in ([told] if isinstance(told, str) else told)]
    rows = outcome.result.decisions.filter((pl.col("verdict") != "in") | pl.col("code").is_in(codes))
    given = {*case.columns, *(("award",) if case.award else ())}
    return set(rows["step"]) | ({-1} if given else set())


@of_each_contest
def test_every_step_has_a_case_in_which_it_does_not_simply_let_pass(file: Path) -> None:
    struck: dict[str, set[int]] = {}
    for case in _cases(file).case:
        struck.setdefault(case.stage, set()).update(_telling(case, _outcomes(file)[case.says]))
    for stage in _rulebook(file).stages:
        told = struck.get(stage.id, set())
        silent = [
            f"{number} ({step.job.name})"
            for number, step in enumerate(stage.steps, start=1)
            if number not in told and not (-1 in told and step.rows)
        ]
        assert silent == [], f"stage {stage.id}: no case shows what these steps do"
