"""Every file contests/*.cases.toml: each sentence holds, and together they tell every rule of its rulebook.

`baiqau check --cases` runs the same sentences by the same functions. Draws are recomputed here with hashlib and hmac
alone.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import polars as pl
import protocols
import pytest
from unit.tables import ROOT

from jobs.binding import BoundStep
from jobs.cases import Case, CaseFault, Cases, Outcome, read_cases, run_case
from jobs.draw1 import check_protocol
from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook, load
from worker.commands.cases import beacon_of, outcomes
from worker.workdays import kazakhstan

FOLDER = ROOT / "contests"
FILES = sorted(FOLDER.glob("*.cases.toml"))
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


def test_every_shipped_rulebook_has_its_cases_beside_it() -> None:
    rulebooks = {file.stem for file in FOLDER.glob("*.toml") if "." not in file.stem}
    assert {file.name.removesuffix(".cases.toml") for file in FILES} == rulebooks


@of_each_contest
def test_the_season_of_the_cases_is_that_of_the_shipped_rulebook(file: Path) -> None:
    """An organiser who edits [season] next year does not change what the sentences speak of."""
    shipped = tomllib.loads(_rulebook_of(file).read_text(encoding="utf-8"))["season"]
    assert _cases(file).rulebook["season"] == shipped


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


def _can_say(step: BoundStep) -> set[str]:
    """What the step can say of somebody; of a job title people alone judge."""
    if step.job.name == "position":
        return {"in", "undecided"}
    return {"in", "out", "undecided"} if step.ask else {"in", "out"}


@pytest.mark.parametrize("name", ["bilimclass-innovator", "bilimclass-curator", "best-sor"])
def test_every_step_of_a_vote_has_a_case_of_each_verdict_that_it_can_give(name: str) -> None:
    file = FOLDER / f"{name}.cases.toml"
    found: dict[tuple[str, int], set[str]] = {}
    for outcome in _outcomes(file).values():
        table = pl.DataFrame() if outcome.result is None else outcome.result.decisions
        for stage, step, verdict in table.select("stage", "step", "verdict").unique().iter_rows():
            found.setdefault((stage, step), set()).add(verdict)
    for stage in _rulebook(file).stages:
        for number, step in enumerate(stage.steps, start=1):
            missing = _can_say(step) - found.get((stage.id, number), set())
            assert not missing, f"{stage.id}, step {number} ({step.job.name}): no case gives {missing}"


# --- a rulebook that lacks a step ---


def _telling_of(stage: str, number: int, outcome: Outcome) -> tuple[bool, bool, int]:
    """Sorts first the cases that show a step: of whose reasons one is the step's, or in which it stops somebody; of
    those the smallest."""
    if outcome.result is None:
        return (True, True, 0)
    told = outcome.result.decisions.filter(pl.col("stage") == stage, pl.col("step") == number)
    codes = {
        code for why in outcome.case.because.values() for code in ([why] if isinstance(why, str) else why)
    }
    stops = told.filter(pl.col("verdict") != "in").height
    return (codes.isdisjoint(told["code"]), not stops, outcome.result.decisions.height)


def _holds(table: dict[str, object], file: Path, case: Case) -> bool:
    """Whether a case holds on another rulebook; one that changes a step which is gone tells nothing and holds."""
    try:
        return not run_case(
            table, _cases(file), case, source=file.name, beacon=beacon_of, workdays=kazakhstan
        ).failures
    except CaseFault:
        return True
    except BaiqauError:
        return False


@pytest.mark.long
@of_each_contest
def test_a_rulebook_that_lacks_any_one_of_its_steps_does_not_hold(file: Path) -> None:
    table = tomllib.loads(_rulebook_of(file).read_text(encoding="utf-8"))
    outcomes_ = _outcomes(file).values()
    unnoticed = []
    for stage in table["stage"]:
        for at, step in enumerate(list(stage.get("step", []))):
            del stage["step"][at]
            telling = sorted(outcomes_, key=partial(_telling_of, stage["id"], at + 1))
            if all(_holds(table, file, outcome.case) for outcome in telling):
                unnoticed.append(f"{stage['id']}, step {at + 1} ({step['job']})")
            stage["step"].insert(at, step)
    assert unnoticed == []


# --- draws ---


def _drawn() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for file in FILES:
        for says, outcome in _outcomes(file).items():
            evidence = {} if outcome.result is None else outcome.result.evidence
            for row in evidence.get("draws", pl.DataFrame()).iter_rows(named=True):
                yield says, row


def test_the_draws_of_all_cases_follow_from_their_manifests_pulses_and_dice_alone() -> None:
    drawn = list(_drawn())
    assert drawn
    for says, row in drawn:
        protocol = json.loads(row["protocol"])
        assert hashlib.sha256(row["manifest"].encode()).hexdigest() == row["commit"] == protocol["commit"]
        assert protocol["manifest"]["draw_id"] == protocol["draw_id"], says
        assert check_protocol(protocol) == [], says
        if protocol["pulse"] is None:
            assert protocol["awards"] is None, says
        else:
            again = protocols.drawn(protocol | {"annulments": []}, protocol["pulse"], protocol["dice"])
            kept = ("seed", "ranking") if protocol["annulments"] else ("seed", "ranking", "awards")
            assert {name: again[name] for name in kept} == {name: protocol[name] for name in kept}, says
