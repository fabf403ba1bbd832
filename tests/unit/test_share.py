"""A share of a whole as an exact fraction."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law

from jobs.share import share

SIXTY = Fraction(60, 100)


def decided(part: int | None, of: int | None, least: Fraction = SIXTY) -> tuple[str, str, str]:
    entries = pl.DataFrame(
        {"entry": ["a"], "connected": [part], "pupils": [of]},
        schema={"entry": pl.String, "connected": pl.Int64, "pupils": pl.Int64},
    )
    row = share(entries, part="connected", of="pupils", least=least).verdicts.row(0, named=True)
    return row["verdict"], row["code"], row["why"]


@pytest.mark.parametrize(
    ("part", "of", "verdict", "code"),
    [
        (12, 20, "in", "share-enough"),
        (17, 29, "out", "share-below"),
        (18, 30, "in", "share-enough"),
        (11, 20, "out", "share-below"),
        (20, 20, "in", "share-enough"),
        (0, 20, "out", "share-below"),
        (0, 0, "out", "share-below"),
        (21, 20, "undecided", "share-impossible"),
        (1, 0, "undecided", "share-impossible"),
        (-1, 20, "undecided", "share-impossible"),
        (None, 20, "out", "share-not-told"),
        (12, None, "out", "share-not-told"),
    ],
)
def test_sixty_percent_of_a_class(part: int | None, of: int | None, verdict: str, code: str) -> None:
    assert decided(part, of)[:2] == (verdict, code)


def test_the_reason_says_the_two_numbers_and_the_share() -> None:
    assert decided(17, 29)[2] == "17 of 29 (connected of pupils), 60 % needed"
    assert decided(1, 4, Fraction(1, 3))[2] == "1 of 4 (connected of pupils), 1/3 needed"
    assert decided(None, 4)[2] == "connected or pupils: not told"


@law
@given(st.integers(0, 10**9), st.integers(1, 10**9), st.fractions(0, 1, max_denominator=1000))
def test_the_border_is_exact(part: int, of: int, least: Fraction) -> None:
    if part > of:
        part, of = of, part
    assert (decided(part, of, least)[0] == "in") == (Fraction(part, of) >= least)
