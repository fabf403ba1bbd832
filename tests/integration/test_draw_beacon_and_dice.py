"""What decides a public draw: the beacon's pulse and the dice, each once and in time."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from draw_sites import (
    BOTH,
    CHAIN,
    DICE,
    DICE_REQUEST,
    DRAWN,
    LATER,
    POOLED,
    RIGHT,
    ROUND,
    SECRET,
    SPOKEN,
    THROWN,
    DrawBench,
    committed_site,
    copy_of,
    pool,
    pulse_file,
    working,
)

from jobs.beacon import Pulse
from jobs.draw1 import check_protocol
from worker.beacon import new_test_chain, sign_round
from worker.store import tables


@pytest.fixture
def committed(tmp_path: Path) -> Iterator[DrawBench]:
    """A site twenty minutes before its draw: the lists are out, and the dice are asked for."""
    with working(committed_site(tmp_path / "site"), DICE) as bench:
        yield bench


# --- the beacon ---

NEXT = sign_round(SECRET, CHAIN, ROUND + 1)


def proved_by(signature: str, round_: int = ROUND) -> Pulse:
    """A pulse whose randomness is the hash of its signature, as drand's is."""
    return Pulse(round_, hashlib.sha256(bytes.fromhex(signature)).hexdigest(), signature)


def flipped(text: str, at: int) -> str:
    """A hex text with one bit turned over."""
    return text[:at] + f"{int(text[at], 16) ^ 1:x}" + text[at + 1 :]


WRONG = {
    "another round": (NEXT, "not-our-round", str(ROUND)),
    "another round's valid signature": (
        replace(NEXT, round=ROUND),
        "pulse-not-valid",
        f"not that of the test chain for round {ROUND}",
    ),
    "a flipped bit of the signature": (
        proved_by(flipped(RIGHT.signature, 60)),
        "pulse-not-valid",
        "signature is not that",
    ),
    "the point at infinity": (proved_by("c0" + "00" * 47), "pulse-not-valid", "point at infinity"),
    "a randomness that is not the signature's": (
        replace(RIGHT, randomness=flipped(RIGHT.randomness, 5)),
        "pulse-not-valid",
        "randomness is not",
    ),
    "a signature of another key": (
        replace(
            sign_round(b"another key", new_test_chain(b"another key", CHAIN.genesis_time), ROUND), round=ROUND
        ),
        "pulse-not-valid",
        "signature is not that",
    ),
    "a signature cut short": (
        proved_by(RIGHT.signature[:-2]),
        "wrong-form",
        "signature",
    ),
}


@pytest.mark.parametrize(("pulse", "code", "why"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_pulse_is_refused_with_its_reason_and_decides_nothing(
    committed: DrawBench, pulse: Pulse, code: str, why: str
) -> None:
    committed.throw()
    committed.work(SPOKEN)
    delivery = committed.speak(pulse, name="wrong.json")
    ((refused_as, sentence),) = committed.refusals(delivery)

    assert delivery["state"] == "refused"
    assert refused_as == code
    assert why in sentence
    assert committed.winners() == []
    assert committed.counted("pulses") == []


def test_the_right_pulse_holds_the_draw_after_a_wrong_one(committed: DrawBench) -> None:
    committed.throw()
    committed.work(SPOKEN)
    committed.speak(NEXT, name="wrong.json")

    assert committed.speak()["state"] == "accepted"
    assert check_protocol(committed.protocol("KZ-10")) == []


def test_of_a_file_with_two_pulses_the_right_one_is_taken(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    both = json.dumps([NEXT.as_dict(), RIGHT.as_dict()]).encode()
    delivery = committed.send("pulses.json", both)

    assert (delivery["state"], delivery["rows"], delivery["refused_rows"]) == ("partial", 1, 1)
    assert committed.protocol("KZ-10")["pulse"] == RIGHT.as_dict()


def test_a_pulse_before_any_commitment_is_refused(tmp_path: Path) -> None:
    with working(copy_of(pool, tmp_path / "site"), POOLED) as bench:
        ((code, why),) = bench.refusals(bench.speak())

        assert code == "not-our-round"
        assert "none yet" in why


def test_a_pulse_before_its_moment_by_the_workers_clock_holds_no_draw(committed: DrawBench) -> None:
    """Either the clock is slow, and dice could be thrown by whoever knows the pulse; or the beacon is no beacon."""
    delivery = committed.speak()

    assert delivery["state"] == "refused"
    assert committed.winners() == []


def test_an_early_pulse_with_dice_after_it_never_makes_two_results(committed: DrawBench) -> None:
    committed.speak()
    committed.throw()
    committed.work(SPOKEN)
    committed.speak(name="pulse-again.json")
    winners = committed.rows(tables.verdicts, tables.verdicts.c.code == "prize")
    of_each_run = {row["run_id"]: set[tuple[str, str]]() for row in winners}
    for row in winners:
        of_each_run[row["run_id"]].add((row["entry"], row["facts"]))

    assert winners
    assert len({frozenset(each) for each in of_each_run.values()}) == 1


def test_a_pulse_of_a_sender_who_may_send_none_is_refused(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    delivery = committed.send("pulse.json", pulse_file(RIGHT), sender="social")

    assert (delivery["state"], delivery["code"]) == ("refused", "feed-not-allowed")
    assert committed.winners() == []


# --- dice ---


@pytest.mark.parametrize(
    "digits",
    [THROWN[:-1], f"{THROWN}1", "sixty-three", f"{THROWN[:4]} {THROWN[4:-1]}", "٦" * 20, f"-{THROWN[1:]}"],
    ids=["nineteen", "twenty-one", "letters", "with a space", "other digits", "a sign"],
)
def test_what_is_not_twenty_digits_is_no_dice(committed: DrawBench, digits: str) -> None:
    ((code, why),) = committed.refusals(committed.throw(digits))

    assert code == "not-dice"
    assert "twenty ten-sided dice" in why


def test_dice_of_a_slip_of_the_pen_can_be_typed_again(committed: DrawBench) -> None:
    committed.throw(THROWN[:-1], name="slip.csv")
    committed.throw()
    committed.work(SPOKEN)
    committed.speak()

    assert committed.protocol("KZ-10")["dice"] == THROWN


def test_dice_that_failed_are_empty(committed: DrawBench) -> None:
    assert committed.throw("none")["state"] == "accepted"
    committed.work(SPOKEN)
    committed.speak()

    for group in BOTH:
        assert committed.protocol(group)["dice"] == ""
        assert check_protocol(committed.protocol(group)) == []


def test_without_dice_the_draw_is_held_once_the_beacon_has_spoken(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    assert committed.winners() == []
    committed.speak()

    assert committed.protocol("KZ-10")["dice"] == ""
    assert check_protocol(committed.protocol("KZ-10")) == []


@pytest.mark.parametrize("moment", [DRAWN, SPOKEN, LATER])
def test_dice_from_the_moment_of_the_draw_on_are_too_late(committed: DrawBench, moment: datetime) -> None:
    committed.work(moment)
    ((code, why),) = committed.refusals(committed.throw())
    committed.speak()

    assert code == "dice-too-late"
    assert "beacon" in why
    assert committed.protocol("KZ-10")["dice"] == ""


def test_dice_a_second_before_the_moment_count(committed: DrawBench) -> None:
    committed.work(DRAWN - timedelta(seconds=1))
    assert committed.throw()["state"] == "accepted"
    committed.work(SPOKEN)
    committed.speak()

    assert committed.protocol("KZ-10")["dice"] == THROWN


def test_a_second_other_throw_is_refused_and_the_first_counts(committed: DrawBench) -> None:
    committed.throw()
    ((code, _why),) = committed.refusals(committed.throw("0" * 20, name="again.csv"))
    committed.work(SPOKEN)
    committed.speak()

    assert code == "decided-before"
    assert committed.protocol("KZ-10")["dice"] == THROWN


def test_a_throw_cannot_follow_dice_that_failed(committed: DrawBench) -> None:
    committed.throw("none")
    ((code, _why),) = committed.refusals(committed.throw(name="again.csv"))

    assert code == "decided-before"


def test_two_throws_in_one_file_decide_nothing(committed: DrawBench) -> None:
    delivery = committed.decide(DICE_REQUEST, ("draw", THROWN), ("draw", "0" * 20))

    assert [code for code, _ in committed.refusals(delivery)] == ["decided-twice"] * 2
