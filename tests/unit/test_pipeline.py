"""A stage: who enters, what every step says, what is carried on, and what people have ruled."""

import copy
import tomllib
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.tables import (
    NOON,
    application,
    at,
    iin_of,
    key_rows,
    law,
    pupil,
    quota,
    registration,
    rulebook,
    sheet,
    shuffled,
    spelt,
    table,
    verdicts_of,
)

from jobs.lot import lot_tickets
from jobs.pipeline import (
    DECISION_SCHEMA,
    PENDING_SCHEMA,
    RULING_SCHEMA,
    Conflict,
    Rulings,
    StageResult,
    conflicts,
    obstacle,
    run_stage,
    what_was_shown,
)
from jobs.rulebook import Rulebook

NAMES = ("a", "b", "c", "d", "e")
A, B, C, D, E = (iin_of(name) for name in NAMES)
SPRING = at("2026-04-11 10:00")
COMMISSION = "integrity-commission"
ALL_CAME = Rulings(complete=frozenset({"test-centre"}))


def season(**given_rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Five pupils, all of whom register, sit both stages and apply, unless a feed is given."""
    everybody = (A, B, C, D, E)
    first = [sheet(who, f"{'A' * (8 - n)}{'B' * (2 + n)}", seconds=3000) for n, who in enumerate(everybody)]
    second = [
        sheet(who, f"{'A' * (4 + n)}{'C' * (6 - n)}", stage="stage-2", started_at=SPRING)
        for n, who in enumerate(everybody)
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "roster": [pupil(who) for who in everybody],
        "registrations": [registration(who) for who in everybody],
        "sheets": first + second,
        "keys": key_rows("A" * 10) + key_rows("A" * 10, "stage-2"),
        "quotas": [quota("X", seats=1), quota("Y", seats=2)],
        "applications": [
            application(who, n, school) for who in everybody for n, school in ((1, "X"), (2, "Y"))
        ],
    }
    return {feed: table(feed, each) for feed, each in (rows | given_rows).items()}


def run_all(tables: dict[str, pl.DataFrame], rulings: Rulings = ALL_CAME) -> dict[str, StageResult]:
    """Every stage; the test centre has said that all files have come, unless `rulings` say otherwise."""
    results: dict[str, StageResult] = {}
    for stage in rulebook().stages:
        before = {name: each.standing for name, each in results.items()}
        results[stage.id] = run_stage(rulebook(), stage, tables, before, rulings)
    return results


def standing(result: StageResult) -> list[str]:
    return result.standing["entry"].to_list()


def codes(result: StageResult, who: str) -> list[str]:
    return result.decisions.filter(entry=who)["code"].to_list()


def ruled(shown: StageResult, *rows: tuple[str, str, str]) -> Rulings:
    """Rulings (ask, entry, decision) on the signs that `shown` has; none where somebody shows none."""
    signs = {(ask, entry): digest for ask, entry, digest in what_was_shown(shown.pending).iter_rows()}
    full = [
        (ask, entry, signs.get((ask, entry), ""), decision, "request", "commission")
        for ask, entry, decision in rows
    ]
    return Rulings(pl.DataFrame(full, schema=RULING_SCHEMA, orient="row"), complete=ALL_CAME.complete)


def test_a_whole_season_is_decided_stage_by_stage() -> None:
    results = run_all(season())
    assert all(result.settled for result in results.values())
    assert [len(standing(result)) for result in results.values()] == [5, 5, 5, 3, 3]
    assert standing(results["winners"]) == [E, D, C]
    awards = dict(results["admission"].standing.select("entry", "award").iter_rows())
    assert awards == {E: "X", D: "Y", C: "Y"}


def test_decisions_and_pending_have_the_agreed_columns() -> None:
    for result in run_all(season()).values():
        assert dict(result.decisions.schema) == DECISION_SCHEMA
        assert dict(result.pending.schema) == PENDING_SCHEMA


def test_every_step_says_something_of_everybody_still_there() -> None:
    result = run_all(season())["registration"]
    assert result.decisions.height == 5 * len(result.stage.steps)
    assert result.decisions.group_by("step").len()["len"].to_list() == [5] * len(result.stage.steps)


def test_whoever_is_out_is_touched_by_no_later_step() -> None:
    registrations = [registration(A, phone=None), registration(B)]
    result = run_all(season(registrations=registrations))["registration"]
    assert result.decisions.filter(entry=A)["step"].to_list() == [1, 2, 3, 4]
    assert standing(result) == [B]


# --- what earlier stages knew ---


def test_the_score_of_stage_2_is_of_stage_2s_answers_though_stage_1s_was_carried_on() -> None:
    results = run_all(season())
    first, second = (results[name].standing.sort("entry") for name in ("stage-1", "stage-2"))
    assert dict(first.select("entry", "score").iter_rows()) == {A: 8, B: 7, C: 6, D: 5, E: 4}
    assert dict(second.select("entry", "score").iter_rows()) == {A: 4, B: 5, C: 6, D: 7, E: 8}
    assert second.filter(entry=E)["correct"].to_list() == ["1111111100"]


CARRIED = {
    "score": 999, "items": 3, "answered": 2, "correct": "111", "errors": 77, "possible": 88, "school": "s",
    "key": "ZZZ", "last": 1, "versions": 2, "total": 5, "rank": 1, "award": "old", "gnormed": 1, "partners": 4,
    "identical": 40, "hint": "x",
}  # fmt: skip


@pytest.mark.parametrize("name", ["stage-1", "stage-2"])
def test_no_column_of_an_earlier_stage_leaks_into_a_stages_own_result(name: str) -> None:
    tables, results = season(), run_all(season())
    stage = rulebook().stage(name)
    assert stage.among is not None
    before = results[stage.among].standing
    plain = before.drop([column for column in CARRIED if column in before.columns])
    laden = plain.with_columns(**{column: pl.lit(value) for column, value in CARRIED.items()})
    own = ["entry", "score", "items", "answered", "correct", "errors", "possible"]
    first, again = (
        run_stage(rulebook(), stage, tables, {stage.among: each}, Rulings()) for each in (plain, laden)
    )
    assert first.decisions.equals(again.decisions)
    assert first.standing.select(own).equals(again.standing.select(own))
    assert first.pending.equals(again.pending)


def test_an_award_or_rank_of_an_earlier_stage_does_not_stand_for_this_one() -> None:
    results = run_all(season())
    assert set(results["winners"].standing["award"]) == {"winner"}
    ranks = dict(results["admission"].standing.select("entry", "rank").iter_rows())
    assert ranks == {E: 1, D: 2, C: 3}


def test_what_the_ministrys_list_says_goes_before_what_a_sheet_says() -> None:
    said = {"school_id": "wrong", "region": "75", "class": "1Я"}
    tables = season(
        roster=[pupil(who, school_id="listed", region="31") for who in (A, B)],
        sheets=[sheet(A, "A" * 10, **said), sheet(B, "B" * 10)],
    )
    result = run_all(tables)["stage-1"]
    assert result.standing.select("school_id", "region", "class").unique().rows() == [("listed", "31", "6А")]
    assert not [name for name in result.standing.columns if "earlier" in name]


def test_what_the_ministrys_list_does_not_say_is_taken_from_the_sheet() -> None:
    tables = season(
        roster=[pupil(A, school_id=None)], sheets=[sheet(A, "A" * 10, school_id="said", region="31")]
    )
    assert run_all(tables)["stage-1"].standing.select("school_id", "region").rows() == [("said", "75")]


def test_a_wrong_school_on_a_sheet_does_not_hide_a_pair() -> None:
    same = spelt("8A 2B")
    tables = season(
        roster=[pupil(who, school_id="s") for who in (A, B)],
        sheets=[sheet(A, same, school_id="s"), sheet(B, same, school_id="another")],
    )
    result = run_all(tables)["stage-1"]
    assert result.pending["code"].to_list() == ["similar", "similar"]
    assert result.evidence["pairs"].height == 1


# --- who enters ---


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


# --- undecided and ruled ---


def copied() -> dict[str, pl.DataFrame]:
    same = spelt("8A 2B")
    sheets = [sheet(A, same), sheet(B, same), sheet(C, "A" * 10)]
    return season(sheets=sheets, roster=pupils_of("s", A, B) + pupils_of("t", C))


def pupils_of(school: str, *who: str) -> list[dict[str, Any]]:
    return [pupil(each, school_id=school) for each in who]


def test_the_undecided_stay_and_wait_for_the_named_people() -> None:
    result = run_all(copied())["stage-1"]
    assert not result.settled
    assert result.pending.select("ask", "entry", "code").rows() == [
        (COMMISSION, who, "similar") for who in sorted((A, B))
    ]
    assert standing(result) == sorted((A, B, C))
    assert result.evidence["pairs"].height == 1


def test_a_ruling_out_puts_out_and_a_ruling_in_keeps_and_both_are_told() -> None:
    asked = run_all(copied())["stage-1"]
    rulings = ruled(asked, (COMMISSION, A, "annul"), (COMMISSION, B, "keep"))
    result = run_all(copied(), rulings)["stage-1"]
    assert result.settled
    assert standing(result) == sorted((B, C))
    rows = result.decisions.filter(code="ruled").select("entry", "verdict", "clause", "step")
    steps = len(result.stage.steps) + 1
    assert sorted(rows.rows()) == sorted([(A, "out", "10, 11.1", steps), (B, "in", "10, 11.1", steps)])
    assert "decided: annul (request request)" in result.decisions.filter(entry=A, code="ruled")["why"][0]


def test_who_is_annulled_wins_nothing_and_the_others_move_up() -> None:
    same = spelt("9A 1B")
    sheets = [sheet(who, f"{'A' * (8 - n)}{'B' * (2 + n)}") for n, who in enumerate((A, B, C))] + [
        sheet(A, same, stage="stage-2", started_at=SPRING),
        sheet(B, same, stage="stage-2", started_at=SPRING),
        sheet(C, spelt("1A 9B"), stage="stage-2", started_at=SPRING),
    ]
    roster = pupils_of("s", A, B) + pupils_of("t", C)
    tables = season(sheets=sheets, roster=roster, quotas=[quota("X", seats=2)])
    asked = run_all(tables)["stage-2"]
    ruling = ruled(asked, (COMMISSION, A, "annul"), (COMMISSION, B, "keep"))
    assert standing(run_all(tables, ruling)["winners"]) == [B, C]


def test_a_ruling_on_somebody_nobody_asked_about_changes_nothing() -> None:
    result = run_all(copied(), ruled(run_all(copied())["stage-1"], (COMMISSION, C, "annul")))["stage-1"]
    assert C in standing(result)
    assert codes(result, C).count("ruled") == 0


def test_a_ruling_of_others_than_those_asked_changes_nothing() -> None:
    result = run_all(copied(), ruled(run_all(copied())["stage-1"], ("ministry", A, "not-listed")))["stage-1"]
    assert A in result.pending["entry"].to_list()


def test_a_ruling_that_is_none_of_the_choices_decides_nothing() -> None:
    result = run_all(copied(), ruled(run_all(copied())["stage-1"], (COMMISSION, A, "perhaps")))["stage-1"]
    assert A in result.pending["entry"].to_list()
    assert codes(result, A).count("ruled") == 0


def test_one_ruling_answers_every_sign_that_the_same_people_were_asked_about() -> None:
    tables = season(sheets=[sheet(A, "A" * 10, seconds=60)])
    asked = run_all(tables)["stage-1"]
    assert asked.pending.height == 3  # too short, too fast, fast and accurate
    result = run_all(tables, ruled(asked, (COMMISSION, A, "keep")))["stage-1"]
    assert result.settled
    assert codes(result, A).count("ruled") == 1


def test_whoever_one_commission_has_put_out_no_other_is_asked_about() -> None:
    tables = season(sheets=[sheet(A, "A" * 10, variant="9", seconds=60)])
    asked = run_all(tables)["stage-1"]
    assert asked.pending["ask"].unique().sort().to_list() == ["answer-key", COMMISSION]
    result = run_all(tables, ruled(asked, ("answer-key", A, "void")))["stage-1"]
    assert result.settled
    assert standing(result) == []


def test_a_key_that_comes_scores_whoever_waited_for_it() -> None:
    sheets = [sheet(A, "A" * 10, variant="9")]
    waiting = run_all(season(sheets=sheets))["stage-1"]
    assert waiting.pending.select("ask", "code").rows() == [("answer-key", "no-key")]
    result = run_all(season(sheets=sheets, keys=key_rows("A" * 10, variant="9")))["stage-1"]
    assert result.settled
    assert result.standing["score"].to_list() == [10]


# --- what was shown ---


def test_a_keep_does_not_cover_a_sign_that_comes_after_it() -> None:
    keep = ruled(run_all(copied())["stage-1"], (COMMISSION, A, "keep"), (COMMISSION, B, "keep"))
    assert run_all(copied(), keep)["stage-1"].settled
    same = spelt("8A 2B")
    sheets = [sheet(A, same), sheet(B, same, seconds=60), sheet(C, "A" * 10)]
    result = run_all(copied() | {"sheets": table("sheets", sheets)}, keep)["stage-1"]
    assert result.pending["entry"].unique().to_list() == [B]
    assert set(result.pending["code"]) == {"too-short", "too-fast", "similar"}
    assert codes(result, A).count("ruled") == 1
    assert codes(result, B).count("ruled") == 0


def test_a_keep_does_not_cover_the_same_sign_with_other_figures() -> None:
    keep = ruled(run_all(copied())["stage-1"], (COMMISSION, A, "keep"), (COMMISSION, B, "keep"))
    same = spelt("8A 2B")
    three = season(sheets=[sheet(who, same) for who in (A, B, C)], roster=pupils_of("s", A, B, C))
    result = run_all(three, keep)["stage-1"]
    assert result.pending["entry"].to_list() == sorted((A, B, C))


def test_a_keep_of_two_sheets_does_not_cover_a_third() -> None:
    sheets = [sheet(A, "A" * 10), sheet(A, "B" * 10, started_at=NOON + timedelta(hours=1))]
    keep = ruled(run_all(season(sheets=sheets))["stage-1"], (COMMISSION, A, "keep"))
    assert run_all(season(sheets=sheets), keep)["stage-1"].settled
    third = sheet(A, "C" * 10, started_at=NOON + timedelta(hours=2))
    assert not run_all(season(sheets=[*sheets, third]), keep)["stage-1"].settled


def test_of_two_rulings_on_the_same_signs_the_later_row_counts() -> None:
    asked = run_all(copied())["stage-1"]
    rulings = ruled(asked, (COMMISSION, A, "annul"), (COMMISSION, A, "keep"), (COMMISSION, B, "keep"))
    result = run_all(copied(), rulings)["stage-1"]
    assert result.settled
    assert A in standing(result)
    assert codes(result, A).count("ruled") == 1


def test_what_was_shown_is_the_same_in_any_order_and_names_nobody() -> None:
    tables = season(sheets=[sheet(A, "A" * 10, seconds=60), sheet(B, "B" * 10, seconds=60)])
    rows = run_all(tables)["stage-1"].pending
    first = what_was_shown(rows)
    for seed in range(5):
        assert sorted(what_was_shown(shuffled(rows, seed)).rows()) == sorted(first.rows())
    assert first["shown"].n_unique() == 2
    assert what_was_shown(rows.filter(code="too-short"))["shown"].n_unique() == 1
    assert not any(who in digest for who in (A, B) for digest in first["shown"])


def test_nothing_pending_shows_nothing() -> None:
    assert what_was_shown(pl.DataFrame(schema=PENDING_SCHEMA)).rows() == []


# --- the lot ---


def equals() -> dict[str, pl.DataFrame]:
    """A has more than B and C, who are equal; X has two seats and all three want it."""
    points = {A: 9, B: 5, C: 5}
    first = [sheet(who, f"{'A' * n}{'B' * (10 - n)}") for who, n in points.items()]
    second = [
        sheet(who, f"{'A' * n}{'B' * (10 - n)}", stage="stage-2", started_at=SPRING)
        for who, n in points.items()
    ]
    wishes = [application(who, 1, "X") for who in points]
    return season(sheets=first + second, quotas=[quota("X", seats=2)], applications=wishes)


def with_dice(digits: str) -> Rulings:
    return Rulings(dice={"lot": digits}, complete=ALL_CAME.complete)


def test_equals_for_the_last_seat_wait_for_the_dice_of_the_lot() -> None:
    result = run_all(equals())["admission"]
    assert result.pending.select("ask", "entry", "code").rows() == [
        ("lot", who, "lot-needed") for who in sorted((B, C))
    ]


@pytest.mark.parametrize("digits", ["3516243516", "6"])
def test_the_dice_give_the_seat_to_the_lowest_ticket_that_anybody_can_recompute(digits: str) -> None:
    result = run_all(equals(), with_dice(digits))["admission"]
    tickets = lot_tickets([A, B, C], f"myn-bala.admission.{rulebook().edition}", digits)
    assert result.settled
    assert set(standing(result)) == {A, min((B, C), key=lambda who: (tickets[who], who))}


def test_not_every_throw_favours_the_same() -> None:
    lucky = {
        who
        for digits in ("1", "2", "3", "4", "5", "6")
        for who in standing(run_all(equals(), with_dice(digits))["admission"])
    }
    assert lucky == {A, B, C}


def test_the_dice_of_another_ask_are_no_dice_of_the_lot() -> None:
    result = run_all(equals(), Rulings(dice={"operator": "1"}, complete=ALL_CAME.complete))["admission"]
    assert not result.settled


# --- files that contradict each other ---


def test_two_files_that_disagree_about_a_timeless_record_are_a_conflict() -> None:
    keys = key_rows("A" * 10)
    tables = season(keys=[*keys, keys[0] | {"key": "B"}], quotas=[quota("X", seats=1), quota("X", seats=2)])
    assert conflicts(rulebook().stage("stage-1"), tables) == [Conflict("keys", 1)]
    assert conflicts(rulebook().stage("winners"), tables) == [Conflict("quotas", 1)]


def test_the_same_record_twice_and_newer_versions_are_no_conflict() -> None:
    keys = key_rows("A" * 10)
    tables = season(keys=keys + keys, registrations=[registration(A), registration(A, phone="+77010000000")])
    assert conflicts(rulebook().stage("stage-1"), tables) == []
    assert conflicts(rulebook().stage("registration"), tables) == []


def blocked(stage: str, tables: dict[str, pl.DataFrame]) -> str | None:
    return obstacle(rulebook(), rulebook().stage(stage), tables)


def test_a_season_with_all_its_files_has_no_obstacle() -> None:
    assert [blocked(stage.id, season()) for stage in rulebook().stages] == [None] * 5


def test_the_feeds_that_have_not_come_are_named() -> None:
    tables = season()
    del tables["applications"], tables["quotas"]
    assert (
        blocked("admission", tables)
        == "waits for a file of applications, quotas for admission to specialised schools"
    )
    assert blocked("registration", tables) is None


def test_a_feed_without_a_row_has_not_come() -> None:
    assert blocked("registration", season(roster=[])) == "waits for a file of roster for registration"


def test_stage_2_waits_for_its_own_sheets_though_stage_1s_are_there() -> None:
    sheets = [sheet(who, "A" * 10) for who in (A, B, C, D, E)]
    assert blocked("stage-2", season(sheets=sheets)) == "waits for a file of sheets for stage 2"
    assert blocked("stage-1", season(sheets=sheets)) is None
    own = sheet(A, "A" * 10, stage="stage-2", started_at=SPRING)
    assert blocked("stage-2", season(sheets=[*sheets, own])) is None


def test_stage_2_waits_for_its_own_keys_though_stage_1s_are_there() -> None:
    assert blocked("stage-2", season(keys=key_rows("A" * 10))) == "waits for a file of keys for stage 2"


def test_a_contradiction_is_an_obstacle_to_the_stage_it_is_about_and_to_no_other() -> None:
    keys = key_rows("A" * 10) + key_rows("A" * 10, "stage-2")
    tables = season(keys=[*keys, keys[-1] | {"key": "B"}])
    assert blocked("stage-1", tables) is None
    assert blocked("stage-2", tables) == (
        "two files disagree: keys (1 records); send the right one under the wrong one's name"
    )


# --- groups ---


def regional() -> Rulebook:
    from unit.tables import MYN_BALA

    from jobs.rulebook import build

    written = copy.deepcopy(tomllib.loads(MYN_BALA.read_text(encoding="utf-8")))
    winners = next(stage for stage in written["stage"] if stage["id"] == "winners")
    winners["step"][0] |= {"per": ["region"], "places": 1}
    del winners["step"][0]["seats"]
    return build(written, "regional", "")


def test_a_step_per_region_decides_each_region_by_itself_and_names_it() -> None:
    book = regional()
    before = pl.DataFrame(
        {"entry": ["a", "b", "c"], "region": ["31", "31", "75"], "score": [5, 7, 1]},
    )
    result = run_stage(
        book, book.stage("winners"), {"quotas": season()["quotas"]}, {"stage-2": before}, Rulings()
    )
    assert sorted(standing(result)) == ["b", "c"]
    assert result.decisions.sort("entry").select("entry", "group").rows() == [
        ("a", "31"),
        ("b", "31"),
        ("c", "75"),
    ]


# --- the order of rows ---


SCORES = st.lists(st.integers(0, 10), min_size=5, max_size=5)
VERSIONS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([True, False]), st.sampled_from(["one", "two"])), max_size=5
)


@settings(law, max_examples=20)
@given(SCORES, SCORES, VERSIONS, st.integers(0, 999))
def test_the_order_of_rows_in_the_files_never_matters_to_a_season(
    first: list[int], second: list[int], versions: list[tuple[int, bool, str]], seed: int
) -> None:
    everybody = (A, B, C, D, E)
    schools = "sstt"
    sheets = [
        sheet(who, "A" * right + "B" * (10 - right), school_id=schools[n % 4], stage=stage, started_at=start)
        for stage, start, scores in (("stage-1", NOON, first), ("stage-2", SPRING, second))
        for n, (who, right) in enumerate(zip(everybody, scores, strict=True))
    ]
    more = [
        sheet(everybody[n], "AB" * 5, started_at=NOON + timedelta(hours=3 * late)) for n, late, _ in versions
    ]
    again = [registration(everybody[n], consent=consent, email=school) for n, consent, school in versions]
    lists = [pupil(everybody[n], school_id=school) for n, _, school in versions]
    tables = season(
        sheets=sheets + more,
        registrations=[registration(who) for who in everybody] + again,
        roster=[pupil(who, school_id="one") for who in everybody] + lists,
        quotas=[quota("X", language="kk", seats=1), quota("X", language="ru", seats=1), quota("Y", seats=1)],
    )
    mixed = {feed: shuffled(each, seed + n) for n, (feed, each) in enumerate(tables.items())}
    for one, other in zip(run_all(tables).values(), run_all(mixed).values(), strict=True):
        assert one.decisions.equals(other.decisions)
        assert one.standing.equals(other.standing)
        assert one.pending.equals(other.pending)
        assert one.evidence.keys() == other.evidence.keys()
        assert all(one.evidence[name].equals(other.evidence[name]) for name in one.evidence)
