"""A draw needs enough different people."""

from typing import Literal

import polars as pl
import pytest
from unit.tables import verdicts_of

from jobs.quorum import quorum


def works(teachers: int, videos: int) -> pl.DataFrame:
    """`videos` works by `teachers` different teachers, and one by nobody known."""
    authors = [f"t{n % teachers}" for n in range(videos)] + [None]
    return pl.DataFrame({"entry": [f"w{n:03}" for n in range(videos + 1)], "participant": authors})


def decided(teachers: int, videos: int, below: Literal["ask", "out"] = "ask") -> pl.DataFrame:
    return quorum(works(teachers, videos), of="participant", least=100, below=below).verdicts


@pytest.mark.parametrize(
    ("teachers", "videos", "verdict"),
    [
        (100, 100, "in"),
        (99, 140, "undecided"),
        (99, 99, "undecided"),
        (100, 140, "in"),
        (1, 140, "undecided"),
    ],
)
def test_teachers_are_counted_and_not_their_works(teachers: int, videos: int, verdict: str) -> None:
    assert set(verdicts_of(decided(teachers, videos)).values()) == {verdict}


def test_below_the_quorum_all_may_be_out() -> None:
    assert set(verdicts_of(decided(99, 99, "out")).values()) == {"out"}


def test_the_reason_says_how_many_there_are_and_how_many_are_needed() -> None:
    row = decided(99, 140).row(0, named=True)
    assert (row["code"], row["facts"]) == ("below-quorum", '{"count":"99","least":"100"}')
    assert row["why"] == "different values of participant: 99, 100 needed"


def test_nobody_gives_no_verdict() -> None:
    assert quorum(works(1, 0).clear(), of="participant", least=1, below="ask").verdicts.height == 0
