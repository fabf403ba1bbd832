"""Awards whose number people choose, the best by points first (order 99, annex 5, clause 14; reading Q62)."""

import re
from collections.abc import Sequence
from itertools import accumulate

import polars as pl

from jobs.equals import equals, ranked
from jobs.verdicts import UNDECIDED, VERDICT_SCHEMA, Case, Decisions, judge, words

_NUMBERS = re.compile(r"\d{1,2}(?:-\d{1,2})*")


def honours(entries: pl.DataFrame, *, points: str) -> Decisions:
    """Undecided: everybody, until people say for the group how many there are of each award of its [ask.…], the best
    first, with hyphens between ("1-1-2-3"; "0-1-1-1" gives none of the first).

    Equal points never have two awards: who shares the last place of an award has it. Adds `rank` and `award`, which is
    given when people have answered (see `jobs.pipeline`). Evidence: `equals`, the sets of equals.
    """
    ranks = ranked(entries, points)
    figures = {"rank": pl.col("rank"), "points": pl.col("shown")}
    unranked = words("no-score", "has no points, so it cannot be ranked")
    asked = words(
        "award-numbers",
        "place {rank} with {points} points; the jury says how many awards of each kind there are",
        **figures,
    )
    verdicts = judge(
        ranks,
        Case(pl.col("rank").is_null(), UNDECIDED, unranked),
        Case(pl.lit(value=True), UNDECIDED, asked),
        otherwise=asked,
    )
    columns = ranks.select("entry", "rank", pl.lit(None, pl.String).alias("award"))
    return Decisions(verdicts.select(*VERDICT_SCHEMA), columns, {"equals": equals(ranks, pl.col("tied") > 1)})


def numbers_of(decision: str, awards: int) -> list[int] | None:
    """How many of each of so many awards a decision gives; None where it is no such numbers."""
    if not _NUMBERS.fullmatch(decision):
        return None
    found = [int(each) for each in decision.split("-")]
    return found if len(found) == awards else None


def awarded(counts: Sequence[int], awards: Sequence[str]) -> pl.Expr:
    """The first award within whose places the `rank` lies."""
    places = zip(accumulate(counts), counts, awards, strict=True)
    held = [pl.when(pl.col("rank") <= last).then(pl.lit(name)) for last, number, name in places if number]
    return pl.coalesce(*held, pl.lit(None, pl.String))
