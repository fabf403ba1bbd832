"""A public draw as a step of the pipeline."""

import json

from unit.tables import at, codes_of, shuffled, verdicts_of
from unit.vote_rulebooks import CHAIN, NORTH, SOUTH, book, code, run, season, standing

from jobs.beacon import round_at
from jobs.binding import Annulled
from jobs.pipeline import DECISION_SCHEMA, Beacon, Rulings
from worker.beacon import sign_round

PULSE_ROUND = round_at(CHAIN, at("2025-05-19 16:30"))
PULSE = sign_round(b"the key of these tests", CHAIN, PULSE_ROUND)
SPOKEN = Beacon(CHAIN, {PULSE_ROUND: PULSE}, code, "The organiser")


def test_a_draw_waits_for_the_beacon_with_everybody_pending() -> None:
    draw = run(season())["draw"]

    assert draw.pending.select("ask", "entry", "group").sort("entry").rows() == [
        ("host", "b", NORTH),
        ("host", "c", NORTH),
        ("host", "y", SOUTH),
        ("host", "z", SOUTH),
    ]
    assert sorted(draw.evidence["draws"]["draw_id"]) == ["votes-2025-KZ-10", "votes-2025-KZ-62"]


def test_the_draws_of_all_groups_are_one_step() -> None:
    """A job that wants all groups at once sees them at once: that is how one person gets one prize."""
    draw = run(season(), beacon=SPOKEN)["draw"]

    assert draw.settled
    assert dict(draw.decisions.schema) == DECISION_SCHEMA
    assert sorted(draw.decisions.filter(verdict="in")["group"]) == [NORTH, SOUTH]
    assert len(standing(draw)) == 2


def test_dice_reach_the_draw_that_asked_for_them() -> None:
    def dice_of(rulings: Rulings) -> set[str]:
        rows = run(season(), rulings, beacon=SPOKEN)["draw"].evidence["draws"]["protocol"]
        return {json.loads(text)["dice"] for text in rows}

    assert dice_of(Rulings(dice={"host": "1" * 20})) == {"1" * 20}
    assert dice_of(Rulings(dice={"holding": "1" * 20})) == {""}


def test_a_draw_is_of_the_rulebook_it_was_run_with() -> None:
    rows = run(season())["draw"].evidence["draws"]["manifest"]

    assert {json.loads(text)["rules_sha256"] for text in rows} == {book().digest}


def test_an_annulled_prize_of_a_draw_goes_to_the_next() -> None:
    before = run(season(), beacon=SPOKEN)["draw"]
    (loser,) = before.decisions.filter(verdict="in", group=NORTH)["entry"]
    taken = Annulled(loser, "untrue", "ab" * 32, at("2025-05-21 10:00"))
    after = run(season(), Rulings(annulled=(taken,)), beacon=SPOKEN)["draw"]

    assert codes_of(after.decisions)[loser] == "annulled"
    assert verdicts_of(after.decisions.filter(group=NORTH)) == {
        entry: "out" if entry == loser else "in" for entry in ("b", "c")
    }


def test_the_order_of_all_rows_never_matters_to_a_draw() -> None:
    tables = season()
    one = run(tables, beacon=SPOKEN)["draw"]
    for seed in range(5):
        mixed = {name: shuffled(each, seed) for name, each in tables.items()}

        assert run(mixed, beacon=SPOKEN)["draw"].evidence["draws"].equals(one.evidence["draws"])
