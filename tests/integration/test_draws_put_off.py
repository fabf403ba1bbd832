"""Draws whose list or rulebook changes, that are put off, or whose commitment came out too late."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from draw_sites import (
    BOTH,
    CHAIN,
    COMMITTED,
    CONTEST,
    DAY,
    DICE,
    DRAWN,
    EVERYBODY,
    FILES,
    PLACES,
    POOLED,
    SECRET,
    SPOKEN,
    THROWN,
    DrawBench,
    Teacher,
    blocked_because,
    change_rulebook,
    committed_site,
    copy_of,
    draw_id,
    participants,
    pool,
    put_off,
    working,
    works,
)

from jobs.beacon import round_at
from jobs.draw1 import check_protocol
from worker.beacon import sign_round
from worker.store.tables import instant


@pytest.fixture
def committed(tmp_path: Path) -> Iterator[DrawBench]:
    """A site twenty minutes before its draw: the lists are out, and the dice are asked for."""
    with working(committed_site(tmp_path / "site"), DICE) as bench:
        yield bench


def test_a_rulebook_edited_on_the_day_of_the_draw_blocks_it_with_a_sentence(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    change_rulebook(root, '"iPhone 15"', '"iPhone 16"')
    with working(root, DICE) as bench:
        bench.throw()
        assert "less than 24 hours before the draw at 2025-05-19 16:30" in blocked_because(bench)
        bench.work(SPOKEN)
        bench.speak()

        assert bench.winners() == []
        assert len(bench.commitments()) == len(BOTH)
        last = [facts["why"] for facts in bench.said("run.blocked")][-1]
        assert f"put back the rulebook with which {draw_id('KZ-10')} was committed to" in last


def test_a_blocked_draw_is_held_once_its_rulebook_is_back(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    change_rulebook(root, '"iPhone 15"', '"iPhone 16"')
    with working(root, DICE) as bench:
        bench.throw()
        bench.work(SPOKEN)
        bench.speak()
    change_rulebook(root, '"iPhone 16"', '"iPhone 15"')
    with working(root, SPOKEN) as bench:
        bench.work()

        assert check_protocol(bench.protocol("KZ-10")) == []
        assert bench.protocol("KZ-10")["prizes"][0] == "iPhone 15"
        assert bench.protocol("KZ-10")["dice"] == THROWN


def move(root: Path) -> None:
    """Put the draw off by four days after the dice had been thrown for it."""
    committed_site(root)
    with working(root, COMMITTED + timedelta(days=1)) as bench:
        bench.throw()
    put_off(root)
    with working(root, COMMITTED + timedelta(days=2)) as bench:
        bench.work()


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(move, tmp_path / "site"), COMMITTED + timedelta(days=2)) as bench:
        yield bench


MOVED_TO = DRAWN + timedelta(days=4)
MOVED_ROUND = round_at(CHAIN, MOVED_TO)


def test_a_draw_put_off_is_committed_to_anew_and_names_what_it_replaces(moved: DrawBench) -> None:
    summary = json.loads(moved.public("commitments.json").read_text())
    newest = {each["draw_id"]: each for each in moved.commitments() if each["revision"] == 2}

    assert summary["revision"] == 2
    assert summary["replaces"] == f"draw-commitment/{CONTEST}/2025/draw/1"
    assert newest.keys() == {draw_id(group) for group in BOTH}
    for group in BOTH:
        made = newest[draw_id(group)]
        assert (made["round"], instant(made["draw_at"])) == (MOVED_ROUND, MOVED_TO)
        assert (
            moved.public(f"{draw_id(group)}/commit.txt").read_text().strip()
            == made["commitment"]
            == hashlib.sha256(made["manifest"].encode()).hexdigest()
        )


def test_a_draw_put_off_asks_for_dice_anew_and_the_old_ones_do_not_count(moved: DrawBench) -> None:
    moved.work(MOVED_TO)
    moved.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

    assert moved.protocol("KZ-10")["dice"] == ""
    assert check_protocol(moved.protocol("KZ-10")) == []
    assert moved.request(f"{CONTEST}.draw.broadcast.2")[0]["subject"] == "draw"


def test_a_draw_put_off_counts_the_new_dice(moved: DrawBench) -> None:
    moved.work(MOVED_TO - timedelta(minutes=20))
    moved.throw("1" * 20, request=f"{CONTEST}.draw.broadcast.2", name="new.csv")
    moved.work(MOVED_TO)
    moved.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

    assert moved.protocol("KZ-10")["dice"] == "1" * 20


def test_the_pulse_of_the_first_moment_does_not_hold_a_draw_that_was_put_off(moved: DrawBench) -> None:
    moved.work(SPOKEN)

    assert [code for code, _ in moved.refusals(moved.speak())] == ["not-our-round"]
    assert moved.winners() == []


def test_entrants_hear_of_each_commitment_once(moved: DrawBench) -> None:
    first, second = moved.letters("entrant-1"), moved.letters("entrant-2")

    assert [who for _, who in first] == [who for _, who in second]
    assert len(second) == PLACES * len(BOTH)


def test_dice_typed_for_a_commitment_that_was_replaced_are_refused(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    put_off(root)
    with working(root, COMMITTED + timedelta(days=2)) as bench:
        bench.work()
        bench.work(DICE)
        delivery = bench.throw()

        assert delivery["state"] == "refused"


def test_a_list_frozen_within_a_day_of_the_draw_is_not_committed_to(tmp_path: Path) -> None:
    with working(copy_of(pool, tmp_path / "site"), POOLED) as bench:
        bench.work(DRAWN - DAY + timedelta(seconds=1))

        assert bench.commitments() == []
        assert "its list would be published less than 24 hours before the draw" in blocked_because(bench)
        assert "put the draw off" in blocked_because(bench)
        bench.work(SPOKEN)
        assert bench.winners() == []


def test_a_list_frozen_a_day_before_the_draw_is_in_time(tmp_path: Path) -> None:
    with working(copy_of(pool, tmp_path / "site"), POOLED) as bench:
        bench.work(DRAWN - DAY)
        bench.work(SPOKEN)
        bench.speak()

        assert check_protocol(bench.protocol("KZ-10")) == []


def test_a_draw_of_a_worker_that_was_away_is_held_after_it_was_put_off(tmp_path: Path) -> None:
    root = copy_of(pool, tmp_path / "site")
    with working(root, POOLED) as bench:
        bench.work(DRAWN + timedelta(hours=1))
    put_off(root)
    with working(root, DRAWN + timedelta(hours=2)) as bench:
        bench.work()
        bench.work(MOVED_TO)
        bench.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

        assert check_protocol(bench.protocol("KZ-10")) == []


def hinder(root: Path) -> None:
    """Commit to lists that cannot be published: a file stands where their folder goes."""
    with working(root, FILES) as bench:
        bench.season(EVERYBODY, until=POOLED)
        bench.public("").parent.mkdir(parents=True, exist_ok=True)
        bench.public("").write_bytes(b"in the way")
        bench.work(COMMITTED)


@pytest.fixture
def unpublished(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(hinder, tmp_path / "site"), COMMITTED) as bench:
        yield bench


def test_a_commitment_that_never_got_out_holds_no_draw(unpublished: DrawBench) -> None:
    unpublished.throw()
    unpublished.work(SPOKEN)
    unpublished.speak()

    assert len(unpublished.commitments()) == len(BOTH)
    assert unpublished.said("publish.waits")
    assert unpublished.winners() == []
    assert "its list was not published 24 hours before the draw" in blocked_because(unpublished)


def test_a_commitment_that_got_out_too_late_holds_no_draw(unpublished: DrawBench) -> None:
    unpublished.work(DRAWN - DAY + timedelta(minutes=1))
    unpublished.public("").unlink()
    unpublished.work()
    assert unpublished.public("commitments.json").exists()
    unpublished.work(SPOKEN)
    unpublished.speak()

    assert unpublished.winners() == []
    assert "its list was not published 24 hours before the draw" in blocked_because(unpublished)


def test_a_commitment_that_got_out_a_day_before_holds_the_draw(unpublished: DrawBench) -> None:
    unpublished.work(DRAWN - DAY)
    unpublished.public("").unlink()
    unpublished.work()
    unpublished.work(SPOKEN)
    unpublished.speak()

    assert check_protocol(unpublished.protocol("KZ-10")) == []


def test_a_draw_whose_list_never_got_out_is_held_once_it_was_put_off(unpublished: DrawBench) -> None:
    unpublished.work(SPOKEN)
    unpublished.public("").unlink()
    put_off(unpublished.root)
    unpublished.close()
    with working(unpublished.root, SPOKEN + timedelta(hours=1)) as bench:
        bench.work()
        bench.work(MOVED_TO)
        bench.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

        assert check_protocol(bench.protocol("KZ-10")) == []


def test_works_that_come_after_the_commitment_change_no_list(committed: DrawBench) -> None:
    late = Teacher("KZ-10", 99, likes=100_000)
    committed.send("participants-late.csv", participants([*EVERYBODY, late]), sender="platform")
    delivery = committed.send("works-late.csv", works([late]), sender="social")
    committed.throw()
    committed.work(SPOKEN)
    committed.speak()

    assert "pool" in committed.receipt(delivery)["business"]["too_late_for"] or (
        "admitted" in committed.receipt(delivery)["business"]["too_late_for"]
    )
    assert len(committed.commitments()) == len(BOTH)
    assert committed.protocol("KZ-10")["manifest"]["entrants_count"] == PLACES
    assert check_protocol(committed.protocol("KZ-10")) == []
