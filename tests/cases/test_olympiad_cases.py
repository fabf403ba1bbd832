"""Reproduces the table of 45 % and 20/30/50 for each way to round, and what no sentence of
contests/subject-olympiad.cases.toml says. Every cell goes through the reader of the feed `results`."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from unit.tables import ROOT, table

from jobs.equals import largest_remainder
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.pipeline import RULING_SCHEMA, Rulings, StageResult, obstacle, run_stage, subject_of, what_was_shown
from jobs.rulebook import Rulebook, build, load

BOOK = ROOT / "contests" / "subject-olympiad.toml"
NO_APPEALS = {"stage-4-appeals": table("appeals", []).with_columns(entry=pl.col("participant"))}
Written = Mapping[str, Any]


def _winners(rounding: str) -> Rulebook:
    """The rulebook in which the places of the winners are rounded so."""
    table = tomllib.loads(BOOK.read_text(encoding="utf-8"))
    (stage,) = (each for each in table["stage"] if each["id"] == "winners")
    (step,) = (each for each in stage["step"] if each["job"] == "qualify")
    step["rounding"] = rounding
    return build(table, BOOK.name, "0" * 64)


def read(rows: Sequence[Written]) -> pl.DataFrame:
    """Rows of a file of results as the contest's feed reads them."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [str(row.get(name, "")) for row in rows] for name in names}
    raw = pl.DataFrame({"line": range(len(rows)), **cells}, schema_overrides={"line": pl.Int64})
    reading = read_rows(FEEDS["results"], raw, zone="Asia/Almaty", assume={})
    assert reading.refused.height == 0, reading.refused.rows()
    return reading.rows.drop("line")


def decide(rulebook: Rulebook, name: str, results: pl.DataFrame, answers: Mapping[str, str]) -> StageResult:
    """A stage decided over one file, people answering what they are asked."""
    stage = rulebook.stage(name)
    assert obstacle(rulebook, stage, {"results": results}) is None
    first = run_stage(rulebook, stage, {"results": results}, NO_APPEALS, Rulings())
    asked = what_was_shown(first.pending.with_columns(entry=subject_of(rulebook)))
    rows = [
        (ask, subject, shown, answer, "request 1", "jury")
        for ask, subject, shown in asked.iter_rows()
        if (answer := answers.get(subject, answers.get(subject.partition("/")[0])))
    ]
    rulings = Rulings(pl.DataFrame(rows, schema=RULING_SCHEMA, orient="row"))
    return run_stage(rulebook, stage, {"results": results}, NO_APPEALS, rulings)


def test_nobody_has_sat_and_the_stage_waits() -> None:
    rulebook = load(BOOK.read_text(encoding="utf-8"), BOOK.name)
    over_results = [
        stage
        for stage in rulebook.stages
        if stage.entries == "results" and "results" not in stage.may_lack  # languages that not every year has
    ]
    assert [stage.id for stage in over_results] == ["stage-3-places", "stage-4-places", "winners"]
    for stage in over_results:
        assert "waits for a file of results" in str(obstacle(rulebook, stage, {"results": read([]).clear()}))


def test_two_subjects_of_one_participant_at_stage_4_hold_the_stage_up_instead_of_losing_one() -> None:
    rulebook = load(BOOK.read_text(encoding="utf-8"), BOOK.name)
    rows = [{"participant": "p", "stage": "4", "subject": subject, "score": "1"} for subject in ("A", "B")]
    assert "two files disagree" in str(obstacle(rulebook, rulebook.stage("winners"), {"results": read(rows)}))
    earlier = read([row | {"stage": "3"} for row in rows])
    assert obstacle(rulebook, rulebook.stage("stage-4-places"), {"results": earlier}) is None


def test_where_neither_subject_nor_grade_is_told_all_are_one_group_and_what_is_told_keeps_groups_apart() -> (
    None
):
    rulebook = load(BOOK.read_text(encoding="utf-8"), BOOK.name)
    bare = [{"participant": f"p{at}", "stage": "4", "score": at} for at in range(4)]
    assert decide(rulebook, "winners", read(bare), {}).standing["entry"].to_list() == ["p3", "p2"]
    told = [row | {"subject": "AB"[at % 2]} for at, row in enumerate(bare)]
    result = decide(rulebook, "winners", read(told), {})
    assert sorted(result.standing["entry"]) == ["p2", "p3"]
    assert set(result.decisions.filter(pl.col("code") != "required")["group"]) == {"A/", "B/"}


# --- the table of 45 % and 20/30/50 at the end of the list of rules, N from 1 to 85 ---

_LINE = re.compile(r"^\| (\d+) \| [\d.]+ \| (\d+) \| (\d+) \| (\d+) \| (\d+)/(\d+)/(\d+) \|", re.M)


@pytest.fixture(scope="module")
def printed(shared: Path) -> dict[int, tuple[int, ...]]:
    """N to the winners by floor, half-up and ceil, and the three degrees by half-up."""
    text = (shared / "regulations" / "rules.md").read_text(encoding="utf-8")
    return {int(row[0]): tuple(map(int, row[1:])) for row in _LINE.findall(text)}


def _everyone(rounding: str) -> StageResult:
    """N people with different scores for each N up to 85, a group each."""
    rows = [
        {"participant": f"{n}-{at}", "stage": "4", "subject": f"S{n}", "grade": 10, "score": at}
        for n in range(1, 86)
        for at in range(n)
    ]
    return decide(_winners(rounding), "winners", read(rows), {})


@pytest.fixture(scope="module")
def given() -> dict[str, dict[int, tuple[int, int, int]]]:
    return {rounding: _degrees(_everyone(rounding)) for rounding in ("floor", "half-up", "ceil")}


def _degrees(result: StageResult) -> dict[int, tuple[int, int, int]]:
    assert result.settled
    held = result.standing.group_by("subject", "award").len()
    counts = {(subject, degree): count for subject, degree, count in held.iter_rows()}
    return {
        n: (counts.get((f"S{n}", "I"), 0), counts.get((f"S{n}", "II"), 0), counts.get((f"S{n}", "III"), 0))
        for n in range(1, 86)
    }


Given = dict[str, dict[int, tuple[int, int, int]]]


@pytest.mark.parametrize(("rounding", "column"), [("floor", 0), ("half-up", 1), ("ceil", 2)])
def test_the_number_of_winners_is_that_of_the_table(
    printed: dict[int, tuple[int, ...]], given: Given, rounding: str, column: int
) -> None:
    assert len(printed) >= 43
    assert {n: sum(given[rounding][n]) for n in printed} == {n: row[column] for n, row in printed.items()}


def test_the_three_degrees_are_those_of_the_table(printed: dict[int, tuple[int, ...]], given: Given) -> None:
    assert {n: given["half-up"][n] for n in printed} == {n: row[3:] for n, row in printed.items()}


@pytest.mark.parametrize(
    ("rounding", "wanted"),
    [
        ("floor", lambda n: 45 * n // 100),
        ("half-up", lambda n: (90 * n + 100) // 200),
        ("ceil", lambda n: -(-45 * n // 100)),
    ],
)
def test_the_number_of_winners_is_the_share_rounded_for_every_number_up_to_85(
    given: Given, rounding: str, wanted: Any
) -> None:
    assert {n: sum(three) for n, three in given[rounding].items()} == {n: wanted(n) for n in range(1, 86)}


@pytest.mark.parametrize("rounding", ["floor", "half-up", "ceil"])
def test_the_degrees_of_equally_many_winners_are_the_same_however_their_number_was_rounded(
    given: Given, rounding: str
) -> None:
    known = {sum(three): three for three in given["half-up"].values()}
    others = {sum(three): three for three in given[rounding].values()}
    assert {total: known[total] for total in others if total in known} == {
        total: three for total, three in others.items() if total in known
    }


# --- equal scores at each border, for every number of participants and each way to round ---


def _tied_at(rounding: str, border: Callable[[int], int]) -> StageResult:
    """For each N up to 85 a group in which places `border(N)` and the next have equal scores."""
    rows = [
        {"participant": f"{n}-{place}", "stage": "4", "subject": f"S{n}", "grade": 10}
        | {"score": 200 - (place - 1 if place == border(n) + 1 else place)}
        for n in range(1, 86)
        for place in range(1, n + 1)
    ]
    return decide(_winners(rounding), "winners", read(rows), {})


ROUNDINGS: Mapping[str, Callable[[int], int]] = {
    "floor": lambda n: 45 * n // 100,
    "half-up": lambda n: (90 * n + 100) // 200,
    "ceil": lambda n: -(-45 * n // 100),
}


def _asked(result: StageResult, code: str) -> dict[str, set[str]]:
    told = result.decisions.filter((pl.col("code") == code) & (pl.col("verdict") == "undecided"))
    groups = told.group_by("group").agg("entry")
    return {
        group.removeprefix("S").removesuffix("/10"): set(entries) for group, entries in groups.iter_rows()
    }


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_two_equal_at_the_last_winning_place_are_asked_about_whatever_their_number(rounding: str) -> None:
    winners = ROUNDINGS[rounding]
    result = _tied_at(rounding, winners)
    wanted = {
        str(n): {f"{n}-{winners(n)}", f"{n}-{winners(n) + 1}"} for n in range(1, 86) if 0 < winners(n) < n
    }
    assert _asked(result, "tied-at-border") == wanted
    assert len(wanted) > 80


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("degree", [0, 1])
def test_two_equal_between_two_degrees_are_asked_about_whatever_their_number(
    rounding: str, degree: int
) -> None:
    winners = ROUNDINGS[rounding]

    def border(n: int) -> int:
        return sum(
            largest_remainder(winners(n), [Fraction(1, 5), Fraction(3, 10), Fraction(1, 2)])[: degree + 1]
        )

    result = _tied_at(rounding, border)
    wanted = {
        str(n): {f"{n}-{border(n)}", f"{n}-{border(n) + 1}"}
        for n in range(1, 86)
        if 0 < border(n) < winners(n)
    }
    assert _asked(result, "tied-between-awards") == wanted
    assert len(wanted) > 70
    assert _asked(result, "tied-at-border") == {}


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("score", [0, 7])
def test_where_all_scores_are_equal_all_are_asked_about_or_none_wins(rounding: str, score: int) -> None:
    rows = [
        {"participant": f"{n}-{at}", "stage": "4", "subject": f"S{n}", "grade": 10, "score": score}
        for n in range(1, 86)
        for at in range(n)
    ]
    rulebook = _winners(rounding)
    result = decide(rulebook, "winners", read(rows), {})
    asked = {int(group): len(people) for group, people in _asked(result, "tied-at-border").items()}
    assert asked == {n: n for n in range(1, 86) if 0 < ROUNDINGS[rounding](n) < n}
    alone = result.standing.filter(entry="1-0")["award"].to_list()
    assert alone == (["III"] if rounding == "ceil" else [])
