"""Who enters a stage, of several records which counts, and who is absent."""

from datetime import timedelta
from typing import Any

import pytest
from unit.pipeline_seasons import COMMISSION, SPRING, A, B, C, D, E, codes, ruled, run_all, season, standing
from unit.tables import NOON, at, registration, rulebook, sheet, verdicts_of

from jobs.pipeline import Rulings, run_stage


def test_strangers_and_the_absent_are_told_so_before_the_first_step() -> None:
    sheets = [sheet(A, "A" * 10), sheet("stranger", "A" * 10)]
    result = run_all(season(sheets=sheets))["stage-1"]
    assert codes(result, "stranger") == ["not-among"]
    assert codes(result, B) == ["absent"]
    assert result.decisions.filter(entry=B).select("step", "clause", "verdict").rows() == [(0, "4", "out")]
    assert standing(result) == [A]
    assert result.settled


def test_the_absent_wait_until_the_test_centre_says_that_all_files_have_come() -> None:
    tables = season(sheets=[sheet(A, "A" * 10), sheet("stranger", "A" * 10)])
    waiting = run_all(tables, Rulings())["stage-1"]
    assert waiting.pending.select("ask", "entry", "code").rows() == [
        ("test-centre", who, "absent") for who in sorted((B, C, D, E))
    ]
    assert verdicts_of(waiting.decisions.filter(step=0)) == {"stranger": "out"} | dict.fromkeys(
        (B, C, D, E), "undecided"
    )
    assert standing(waiting) == [A]
    told = run_all(tables)["stage-1"]
    assert told.settled
    assert verdicts_of(told.decisions.filter(code="absent")) == dict.fromkeys((B, C, D, E), "out")


def test_a_file_that_comes_late_brings_its_people_in() -> None:
    late = season(sheets=[sheet(A, "A" * 10)])
    assert run_all(late, Rulings())["stage-1"].pending.height == 4
    result = run_all(season(), Rulings())["stage-1"]
    assert result.settled
    assert standing(result) == sorted((A, B, C, D, E))


def test_that_the_files_of_others_have_come_says_nothing_of_the_absent() -> None:
    tables = season(sheets=[sheet(A, "A" * 10)])
    others = Rulings(complete=frozenset({COMMISSION}))
    assert run_all(tables, others)["stage-1"].pending["ask"].unique().to_list() == ["test-centre"]


def test_a_ruling_on_one_absentee_is_no_word_that_all_files_have_come() -> None:
    tables = season(sheets=[sheet(A, "A" * 10)])
    waiting = run_all(tables, Rulings())["stage-1"]
    table_ = ruled(waiting, ("test-centre", B, "complete")).table
    assert run_all(tables, Rulings(table_))["stage-1"].pending.height == 4


def test_a_sheet_of_another_stage_does_not_enter() -> None:
    result = run_all(season(sheets=[sheet(A, "A" * 10, stage="stage-2", started_at=SPRING)]))["stage-1"]
    assert result.standing.height == 0
    assert set(result.decisions["code"]) == {"absent"}


def test_of_several_sheets_the_latest_inside_the_stages_window_counts_and_people_are_asked() -> None:
    sheets = [
        sheet(A, "ABBBBBBBBB"),
        sheet(A, "AABBBBBBBB", started_at=NOON + timedelta(hours=1)),
        sheet(A, "AAABBBBBBB", started_at=NOON + timedelta(days=30)),
    ]
    result = run_all(season(sheets=sheets))["stage-1"]
    assert result.standing["score"].to_list() == [2]
    assert result.pending.select("ask", "entry", "step", "clause", "code").rows() == [
        (COMMISSION, A, 0, "4", "two-records")
    ]
    assert codes(result, A)[0] == "two-records"


def test_the_commission_settles_two_sheets_of_one_pupil() -> None:
    tables = season(
        sheets=[sheet(A, "ABBBBBBBBB"), sheet(A, "AABBBBBBBB", started_at=NOON + timedelta(hours=1))]
    )
    asked = run_all(tables)["stage-1"]
    kept = run_all(tables, ruled(asked, (COMMISSION, A, "keep")))["stage-1"]
    assert kept.settled
    assert kept.standing.select("entry", "score").rows() == [(A, 2)]
    annulled = run_all(tables, ruled(asked, (COMMISSION, A, "annul")))["stage-1"]
    assert annulled.settled
    assert standing(annulled) == []


@pytest.mark.parametrize(
    ("second", "asked"),
    [
        (sheet(A, "AABBBBBBBB", started_at=NOON + timedelta(days=30)), False),
        (sheet(A, "ABBBBBBBBB"), False),
        (sheet(A, "AABBBBBBBB", stage="stage-2", started_at=SPRING), False),
        (sheet(A, "AABBBBBBBB"), True),
        (sheet(A, "AABBBBBBBB", started_at=None), True),
    ],
    ids=[
        "outside the window",
        "in the same words",
        "of another stage",
        "of the same moment",
        "without a time",
    ],
)
def test_a_second_sheet_is_asked_about_where_it_could_count_and_says_something_else(
    second: dict[str, Any], asked: bool
) -> None:
    result = run_all(season(sheets=[sheet(A, "ABBBBBBBBB"), second]))["stage-1"]
    assert ("two-records" in result.pending["code"]) is asked


def test_two_sheets_without_a_time_are_asked_about() -> None:
    sheets = [sheet(A, "ABBBBBBBBB", started_at=None), sheet(A, "AABBBBBBBB", started_at=None)]
    assert run_all(season(sheets=sheets))["stage-1"].pending["code"].to_list() == ["two-records"]


def test_strangers_with_two_sheets_are_only_strangers() -> None:
    result = run_all(season(sheets=[sheet(A, "A" * 10), sheet("x", "A" * 10), sheet("x", "B" * 10)]))[
        "stage-1"
    ]
    assert codes(result, "x") == ["not-among"]
    assert result.settled


def test_two_records_are_told_in_a_stage_that_has_no_earlier_one_too() -> None:
    tables = season(sheets=[sheet(A, "A" * 10), sheet(A, "B" * 10)])
    result = run_stage(rulebook(), rulebook().stage("stage-1"), tables, {}, Rulings())
    assert result.pending["code"].to_list() == ["two-records"]
    assert codes(result, A)[0] == "two-records"


def test_newer_registrations_replace_older_ones_and_nobody_is_asked() -> None:
    newer = registration(A, phone="+77010000000", registered_at=at("2026-01-21 12:00"))
    result = run_all(season(registrations=[registration(A), newer]))["registration"]
    assert result.settled
    assert result.standing["phone"].to_list() == ["+77010000000"]


@pytest.mark.parametrize("stage", ["stage-1", "stage-2"])
def test_a_sheet_outside_the_window_waits_for_the_commission(stage: str) -> None:
    closes = rulebook().windows[stage].closes_at
    first = [sheet(who, "A" * 10) for who in (A, B) if stage == "stage-2"]
    late = sheet(A, "A" * 10, stage=stage, started_at=closes)
    last = sheet(B, "B" * 10, stage=stage, started_at=closes - timedelta(seconds=1))
    tables = season(sheets=[*first, late, last])
    result = run_all(tables)[stage]
    assert result.pending.select("ask", "entry", "code").rows() == [(COMMISSION, A, "outside-window")]
    assert standing(result) == sorted((A, B))
    annulled = run_all(tables, ruled(result, (COMMISSION, A, "annul")))[stage]
    assert (annulled.settled, standing(annulled)) == (True, [B])
    kept = run_all(tables, ruled(result, (COMMISSION, A, "keep")))[stage]
    assert (kept.settled, standing(kept)) == (True, sorted((A, B)))


def test_a_sheet_without_a_time_is_in_time() -> None:
    result = run_all(season(sheets=[sheet(A, "A" * 10, started_at=None)]))["stage-1"]
    assert result.settled
    assert "in-window" in codes(result, A)


def test_a_stage_that_nobody_reaches_is_decided_about_nobody() -> None:
    results = run_all(season(registrations=[registration(A, consent=False)]))
    for name in ("stage-1", "stage-2", "winners", "admission"):
        assert results[name].standing.height == 0
        assert results[name].settled


def test_a_stage_without_an_earlier_one_takes_every_record() -> None:
    stage = rulebook().stage("stage-1")
    assert run_stage(rulebook(), stage, season(), {}, Rulings()).standing.height == 5
