"""What is left to people: who waits, what a ruling does, and which signs it was given on."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from unit.pipeline_seasons import (
    ALL_CAME,
    COMMISSION,
    SPRING,
    A,
    B,
    C,
    codes,
    ruled,
    run_all,
    season,
    standing,
)
from unit.tables import NOON, application, key_rows, pupil, quota, rulebook, sheet, shuffled, spelt, table

from jobs.lot import lot_tickets
from jobs.pipeline import PENDING_SCHEMA, Rulings, what_was_shown

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
