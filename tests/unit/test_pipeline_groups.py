"""What people decide about a group as a whole, and which of two readings they choose."""

from typing import Any

import polars as pl
import pytest
from unit.vote_rulebooks import NORTH, SOUTH, UNTOLD, WORKS, book, of, run, season, standing, work

from jobs.pipeline import PENDING_SCHEMA, RULING_SCHEMA, Rulings, StageResult, subject_of, what_was_shown

# --- groups that people decide about ---

FEW = season([*WORKS[:3], WORKS[3]])
"""Three teachers in the north, one in the south: fewer than two."""


def ruled(result: StageResult, *rows: tuple[str, str, str], **others: Any) -> Rulings:
    """Rulings (ask, subject, decision) on what `result` shows."""
    subjects = result.pending.with_columns(entry=subject_of(book()))
    shown = {(ask, who): digest for ask, who, digest in what_was_shown(subjects).iter_rows()}
    given = [
        (ask, who, shown.get((ask, who), "never shown"), word, "votes.pool.holding.1", "N")
        for ask, who, word in rows
    ]
    return Rulings(pl.DataFrame(given, schema=RULING_SCHEMA, orient="row"), **others)


def test_below_the_quorum_a_group_is_undecided_as_a_whole() -> None:
    pool = run(FEW)["pool"]

    assert not pool.settled
    assert dict(pool.pending.schema) == PENDING_SCHEMA
    assert pool.pending.select("ask", "entry", "group", "code").rows() == [
        ("holding", "W-x", SOUTH, "below-quorum")
    ]


def test_people_are_asked_about_the_group_and_not_about_its_entries() -> None:
    few = season([*WORKS[:1], *WORKS[3:4]])
    pending = run(few)["pool"].pending
    subjects = pending.with_columns(entry=subject_of(book()))

    assert sorted(subjects["entry"]) == [NORTH, SOUTH]
    assert what_was_shown(subjects).height == 2


def test_what_a_group_shows_does_not_depend_on_which_of_its_entries_there_are() -> None:
    one = run(season([*WORKS[:3], WORKS[3]]))["pool"].pending
    other = run(season([*WORKS[:3], WORKS[4]]))["pool"].pending

    assert (
        what_was_shown(one.with_columns(entry=subject_of(book())))["shown"].to_list()
        == what_was_shown(other.with_columns(entry=subject_of(book())))["shown"].to_list()
    )


def test_a_group_that_is_held_stays_and_is_told_who_decided() -> None:
    rulings = ruled(run(FEW)["pool"], ("holding", SOUTH, "hold"))
    pool = run(FEW, rulings)["pool"]

    assert pool.settled
    assert standing(pool) == ["W-b", "W-c", "W-x"]
    assert of(pool, "W-x")[-1] == ("in", "ruled")
    (row,) = pool.decisions.filter(entry="W-x", code="ruled").to_dicts()
    assert row["why"] == "The organiser decided: hold (request votes.pool.holding.1)"
    assert (row["clause"], row["step"]) == ("5.6", 3)


def test_every_entry_of_a_group_that_is_not_held_is_out() -> None:
    few = season(
        [
            *WORKS[:3],
            WORKS[3],
            work("second", SOUTH, participant="x", likes=99),
        ]
    )
    rulings = ruled(run(few)["pool"], ("holding", SOUTH, "do-not-hold"))
    pool = run(few, rulings)["pool"]

    assert pool.settled
    assert standing(pool) == ["W-b", "W-c"]
    assert {of(pool, entry)[-1] for entry in ("W-x", "W-second")} == {("out", "ruled")}


def test_two_groups_are_decided_about_apart() -> None:
    few = season([WORKS[0], WORKS[3]])
    rulings = ruled(run(few)["pool"], ("holding", NORTH, "hold"), ("holding", SOUTH, "do-not-hold"))

    assert standing(run(few, rulings)["pool"]) == ["W-a"]


def test_a_group_nobody_has_decided_about_keeps_the_stage_waiting() -> None:
    few = season([WORKS[0], WORKS[3]])
    rulings = ruled(run(few)["pool"], ("holding", NORTH, "hold"))
    pool = run(few, rulings)["pool"]

    assert pool.pending["group"].to_list() == [SOUTH]


@pytest.mark.parametrize("word", ["maybe", "in", "zero"])
def test_a_word_that_is_no_choice_decides_about_no_group(word: str) -> None:
    rulings = ruled(run(FEW)["pool"], ("holding", SOUTH, word))

    assert not run(FEW, rulings)["pool"].settled


def test_a_decision_about_a_group_counts_for_the_figures_it_was_given_on() -> None:
    fewer = book(("least = 2", "least = 3"))
    rulings = ruled(run(FEW)["pool"], ("holding", SOUTH, "hold"))

    assert not run(FEW, rulings, rulebook=fewer)["pool"].settled


def test_a_decision_about_an_entry_decides_nothing_about_its_group() -> None:
    shown = what_was_shown(run(FEW)["pool"].pending)["shown"][0]
    row = ("holding", "W-x", shown, "hold", "request", "N")
    rulings = Rulings(pl.DataFrame([row], schema=RULING_SCHEMA, orient="row"))

    assert not run(FEW, rulings)["pool"].settled


def test_a_group_that_reaches_the_quorum_needs_nobody() -> None:
    assert run(season())["pool"].settled


# --- two readings of a rule ---


def test_where_two_readings_differ_people_are_asked_to_choose() -> None:
    pool = run(UNTOLD)["pool"]

    assert pool.pending.select("ask", "entry", "code").sort("entry").rows() == [
        ("shares", "W-b", "reading-differs"),
        ("shares", "W-c", "reading-differs"),
    ]


@pytest.mark.parametrize(("reading", "inside"), [("zero", "W-b"), ("left-out", "W-c")])
def test_each_reading_lets_in_its_own(reading: str, inside: str) -> None:
    pool = run(UNTOLD, Rulings(chosen={"shares": reading}))["pool"]

    assert pool.settled
    assert [entry for entry in standing(pool) if entry in ("W-b", "W-c")] == [inside]
    assert "W-a" in standing(pool)


def test_a_choice_of_another_ask_settles_nothing() -> None:
    assert not run(UNTOLD, Rulings(chosen={"holding": "zero"}))["pool"].settled


def test_a_reading_is_no_ruling_on_people() -> None:
    pool = run(UNTOLD)["pool"]
    rulings = ruled(pool, ("shares", "W-b", "zero"), ("shares", "W-c", "zero"))

    assert not run(UNTOLD, rulings)["pool"].settled


def test_where_both_readings_agree_nobody_is_asked() -> None:
    agreeing = season([work("a", likes=30, shares=None), work("b", likes=20), *WORKS[3:]])

    assert run(agreeing)["pool"].settled


def test_what_is_unknown_beside_the_reading_is_asked_of_the_other_commission() -> None:
    unknown = season([work("a", likes=None), work("b"), work("c"), *WORKS[3:]])
    pending = run(unknown)["pool"].pending

    assert set(pending["ask"]) == {"organiser"}
