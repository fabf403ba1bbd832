"""Pools of a public draw that people must decide about: too few teachers, and shares that a platform does not tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from draw_sites import (
    BOTH,
    COMMITTED,
    CONTEST,
    EVERYBODY,
    FILES,
    LEAST,
    PLACES,
    POOLED,
    PRIZES,
    SPOKEN,
    DrawBench,
    Teacher,
    copy_of,
    draw_id,
    new_site,
    teachers,
    working,
)

from jobs.draw1 import check_protocol
from worker.store import tables

# --- regions with too few teachers ---

FEW = [*EVERYBODY, *teachers("KZ-31", count=LEAST - 1)]
HOLDING = f"{CONTEST}.pool.holding.1"


def pool_few(root: Path) -> None:
    """Work to the moment of the pool with too few teachers in one region of three."""
    with working(root, FILES) as bench:
        bench.season(FEW, until=POOLED)


@pytest.fixture
def few(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(pool_few, tmp_path / "site"), POOLED) as bench:
        yield bench


def test_a_region_below_the_quorum_is_asked_about_once_as_a_region(few: DrawBench) -> None:
    (row,) = few.request(HOLDING)

    assert row["subject"] == "KZ-31"
    assert f"{LEAST - 1}, {LEAST} needed" in row["observed"]
    few.work(COMMITTED)
    assert len(few.rows(tables.requests)) == 1


def test_no_draw_is_committed_to_while_a_region_waits(few: DrawBench) -> None:
    few.work(COMMITTED)
    few.work(SPOKEN)

    assert few.commitments() == []
    assert few.winners() == []
    assert [row["state"] for row in few.rows(tables.runs, tables.runs.c.stage == "pool")] == ["waiting"]


def test_the_others_are_drawn_without_a_region_that_is_not_held(few: DrawBench) -> None:
    few.decide(HOLDING, ("KZ-31", "do-not-hold"), name="holding.csv")
    few.work(COMMITTED)
    few.work(SPOKEN)
    few.speak()

    assert [each["draw_id"] for each in few.commitments()] == [draw_id(group) for group in BOTH]
    assert not few.public(draw_id("KZ-31")).exists()
    assert all(check_protocol(few.protocol(group)) == [] for group in BOTH)
    assert ("answer", "teacher-31-000") in few.letters("answer")


def test_a_region_that_is_held_all_the_same_leaves_prizes_unawarded(few: DrawBench) -> None:
    few.decide(HOLDING, ("KZ-31", "hold"), name="holding.csv")
    few.work(COMMITTED)
    few.work(SPOKEN)
    few.speak()
    awards = few.awards("KZ-31")

    assert awards[LEAST - 1 :] == [None] * (PRIZES - LEAST + 1)
    assert None not in awards[: LEAST - 1]
    assert check_protocol(few.protocol("KZ-31")) == []
    assert len(few.commitments()) == 3


@pytest.mark.parametrize("word", ["maybe", "in", "hold "])
def test_a_word_that_is_no_choice_decides_about_no_region(few: DrawBench, word: str) -> None:
    delivery = few.decide(HOLDING, ("KZ-31", word), name="holding.csv")
    accepted = delivery["state"] == "accepted"

    assert accepted == (word.strip() == "hold")
    assert accepted or [code for code, _ in few.refusals(delivery)] == ["no-such-choice"]


def test_where_no_region_is_held_nothing_is_drawn_and_the_season_ends(tmp_path: Path) -> None:
    with working(new_site(tmp_path / "site"), FILES) as bench:
        bench.season(teachers("KZ-31", count=LEAST - 1), until=POOLED)
        bench.decide(HOLDING, ("KZ-31", "do-not-hold"), name="holding.csv")
        bench.work(COMMITTED)

        assert bench.said("run.failed") == []
        assert [row["state"] for row in bench.rows(tables.runs, tables.runs.c.stage == "draw")] == ["settled"]
        assert bench.commitments() == []


# --- shares that a platform does not tell ---

UNTOLD = [
    *teachers("KZ-10"),
    Teacher("KZ-62", 0, likes=1000, shares=500),
    Teacher("KZ-62", 1, likes=1200, shares=None),
    *(Teacher("KZ-62", number, likes=10_000 + number) for number in range(2, PLACES + 1)),
]
"""One place is left in KZ-62: number 0 has it where shares count as 0, number 1 where they count for nobody."""

READING = f"{CONTEST}.pool.shares.1"


def pool_untold(root: Path) -> None:
    """Work to the moment of the pool with shares that one platform does not tell."""
    with working(root, FILES) as bench:
        bench.season(UNTOLD, until=POOLED)


@pytest.fixture
def untold(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(pool_untold, tmp_path / "site"), POOLED) as bench:
        yield bench


def test_the_choice_between_two_readings_is_asked_for_once(untold: DrawBench) -> None:
    (row,) = untold.request(READING)
    untold.work(COMMITTED)

    assert row["subject"] == "reading"
    assert "2 entries differ" in row["observed"]
    assert len(untold.rows(tables.requests)) == 1
    assert untold.commitments() == []


@pytest.mark.parametrize(("reading", "inside", "outside"), [("zero", 0, 1), ("left-out", 1, 0)])
def test_each_reading_leads_to_its_own_pool_and_list(
    untold: DrawBench, reading: str, inside: int, outside: int
) -> None:
    untold.decide(READING, ("reading", reading), name="reading.csv")
    untold.work(COMMITTED)
    listed = [who for _, who in untold.letters("entrant-1")]

    assert f"teacher-62-{inside:03}" in listed
    assert f"teacher-62-{outside:03}" not in listed
    assert (
        untold.public(f"{draw_id('KZ-62')}/entrants.txt").read_bytes().count(b"\n")
        == untold.public(f"{draw_id('KZ-10')}/entrants.txt").read_bytes().count(b"\n")
        == PLACES
    )


def test_a_reading_that_is_no_choice_is_refused(untold: DrawBench) -> None:
    delivery = untold.decide(READING, ("reading", "sum"), name="reading.csv")

    assert [code for code, _ in untold.refusals(delivery)] == ["no-such-choice"]
