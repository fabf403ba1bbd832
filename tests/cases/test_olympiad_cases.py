"""Runs contests/subject-olympiad.cases.toml, and reproduces the table of 45 % and 20/30/50 for each way to round.

Every cell of a case is text that goes through the reader of the feed `results`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cases.vote_tables import edited
from unit.tables import ROOT

from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.pipeline import RULING_SCHEMA, Rulings, StageResult, obstacle, run_stage, subject_of, what_was_shown
from jobs.rulebook import Rulebook, load

BOOK = ROOT / "contests" / "subject-olympiad.toml"
ROWS = {f"004-{number}" for number in range(201, 230)}
NOT_EXECUTED = {
    "004-201": "committees are approved by orders: composition files are not read yet",
    "004-202": "that each task is there in both languages: files of tasks are not read",
    "004-203": "composition of the jury: job `conflicts`, not yet",
    "004-204": "jurors of earlier stages: job `conflicts`, not yet",
    "004-205": "teachers of participants in the jury: job `conflicts`, not yet",
    "004-206": "secrecy of tasks: an access log of another system",
    "004-208": "training camp and international candidates: how they are chosen the rules do not say",
    "004-211": "dates come with the minister's order: [season] of the rulebook, edited each year",
    "004-212": "applications a month before a stage: job `deadline`, not yet",
    "004-213": "the criteria of marking are the methodical council's: nothing to compute",
    "004-214": "pupils of schools: whose results are sent is checked with the list of pupils, not yet",
    "004-215": "a sensitive field that no feed carries: a person at the school judges",
    "004-217": "declared grade against own grade: needs the list of pupils, not yet",
    "004-219": "participants of the reserve's camp: needs the list of the camp, not yet",
    "004-220": "the application by 25 February: job `deadline`, not yet",
    "004-221": "leaders of teams: team files, not yet",
    "004-222": "coordination of marks: appeals, not yet",
    "004-223": "application to the chair: appeals, not yet",
    "004-224": "one day for coordination: appeals, not yet",
    "004-225": "three hours for coordination: appeals, not yet",
    "004-226": "diplomas and prizes of stages 1-3 are given by local bodies",
}
CASE_KEYS = {
    "clause", "says", "rows", "stage", "with", "sat", "scores", "rulings", "expect", "because", "award",
}  # fmt: skip
USUAL: Mapping[str, Any] = {
    "subject": "Математика", "grade": 10, "region": "Абай облысы", "unit": "Орталық",
}  # fmt: skip

Written = Mapping[str, Any]


@cache
def _cases() -> list[Written]:
    cases: list[Written] = tomllib.loads(
        BOOK.with_name(f"{BOOK.stem}.cases.toml").read_text(encoding="utf-8")
    )["case"]
    return cases


def _rulebook(case: Written) -> Rulebook:
    """The rulebook with other values in some steps of the stage that is asked about."""
    text = BOOK.read_text(encoding="utf-8")
    head, mark, stage = text.partition(f'\n[[stage]]\nid = "{case["stage"]}"')
    own, border, rest = stage.partition("\n[[stage]]\n")
    return load(head + mark + edited(own, case.get("with", {}), []) + border + rest, BOOK.name)


def read(rows: Sequence[Written]) -> pl.DataFrame:
    """Rows of a file of results as the contest's feed reads them."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [str(row.get(name, "")) for row in rows] for name in names}
    raw = pl.DataFrame({"line": range(len(rows)), **cells}, schema_overrides={"line": pl.Int64})
    reading = read_rows(FEEDS["results"], raw, zone="Asia/Almaty", assume={})
    assert reading.refused.height == 0, reading.refused.rows()
    return reading.rows.drop("line")


def _table(case: Written, rulebook: Rulebook) -> pl.DataFrame:
    stage = {"stage": rulebook.stage(case["stage"]).only["stage"]}
    scored = [
        {"who": f"p{at:02d}", "score": score} for at, score in enumerate(case.get("scores", []), start=1)
    ]
    rows = [{**USUAL, **stage, **row} for row in (*scored, *case.get("sat", []))]
    return read([{"participant": row["who"], **{k: v for k, v in row.items() if k != "who"}} for row in rows])


def decide(rulebook: Rulebook, name: str, table: pl.DataFrame, answers: Mapping[str, str]) -> StageResult:
    """A stage decided over one file, people answering what they are asked."""
    stage = rulebook.stage(name)
    assert obstacle(rulebook, stage, {"results": table}) is None
    first = run_stage(rulebook, stage, {"results": table}, {}, Rulings())
    asked = what_was_shown(first.pending.with_columns(entry=subject_of(rulebook)))
    rows = [
        (ask, subject, shown, answer, "request 1", "jury")
        for ask, subject, shown in asked.iter_rows()
        if (answer := answers.get(subject, answers.get(subject.partition("/")[0])))
    ]
    rulings = Rulings(pl.DataFrame(rows, schema=RULING_SCHEMA, orient="row"))
    return run_stage(rulebook, stage, {"results": table}, {}, rulings)


def _entry(result: StageResult, alias: str) -> str:
    """A participant, or a participant in a subject where the stage's entries are those."""
    return alias if "/" in alias or len(result.stage.key) == 1 else _only_entry(result, alias)


def _only_entry(result: StageResult, alias: str) -> str:
    found = result.decisions.filter(pl.col("entry").str.starts_with(f"{alias}/"))["entry"].unique()
    assert len(found) == 1, f"{alias} has sat {found.to_list()}"
    return str(found[0])


def _verdict(result: StageResult, entry: str) -> str:
    if entry in result.pending["entry"]:
        return "undecided"
    return "in" if entry in result.standing["entry"] else "out"


@cache
def _decided(says: str) -> StageResult:
    case = next(case for case in _cases() if case["says"] == says)
    assert not set(case) - CASE_KEYS
    rulebook = _rulebook(case)
    return decide(rulebook, case["stage"], _table(case, rulebook), case.get("rulings", {}))


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case['clause']}: {case['says']}")
def test_case(case: Written) -> None:
    result = _decided(case["says"])
    found = {alias: _verdict(result, _entry(result, alias)) for alias in case["expect"]}
    assert found == case["expect"]
    for alias, code in case.get("because", {}).items():
        told = result.decisions.filter(entry=_entry(result, alias), code=code)
        assert told.height, f"{alias} was not told {code}"
        cited = {part for clause in told["clause"] for part in re.split(r", ?", clause)}
        assert cited & set(re.split(r", ?", case["clause"])), f"{code} cites {cited}"
    given = dict(result.standing.select("entry", "award").iter_rows()) if "award" in case else {}
    assert {alias: given.get(alias) or "" for alias in case.get("award", {})} == case.get("award", {})


def test_no_sentence_stands_twice() -> None:
    says = [case["says"] for case in _cases()]
    assert len(set(says)) == len(says)


def test_every_row_of_annex_2_has_a_case_or_a_reason_why_not() -> None:
    told = {row for case in _cases() for row in case["rows"]}
    assert told | NOT_EXECUTED.keys() == ROWS
    assert told & NOT_EXECUTED.keys() == set()


def test_every_verdict_against_somebody_has_its_reason_in_the_case() -> None:
    for case in _cases():
        against = {alias for alias, verdict in case["expect"].items() if verdict != "in"}
        assert against <= case.get("because", {}).keys(), case["says"]


def test_every_step_has_a_case_in_which_it_passes_and_one_in_which_it_asks() -> None:
    struck: dict[tuple[str, int], set[str]] = {}
    for case in _cases():
        for stage, step, found in (
            _decided(case["says"]).decisions.select("stage", "step", "verdict").unique().iter_rows()
        ):
            struck.setdefault((stage, step), set()).add(found)
    rulebook = load(BOOK.read_text(encoding="utf-8"), BOOK.name)
    for stage in rulebook.stages:
        for number, step in enumerate(stage.steps, start=1):
            wanted = {"in", "undecided"} | ({"out"} if step.job.name != "award" else set())
            assert wanted <= struck[stage.id, number], f"{stage.id}, step {number}"


def test_nobody_has_sat_and_the_stage_waits() -> None:
    rulebook = load(BOOK.read_text(encoding="utf-8"), BOOK.name)
    for stage in rulebook.stages:
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
    assert set(result.decisions["group"]) == {"A/", "B/"}


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
    rulebook = _rulebook({"stage": "winners", "with": {"qualify": {"rounding": rounding}}})
    return decide(rulebook, "winners", read(rows), {})


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
