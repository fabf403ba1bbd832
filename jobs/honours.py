"""Awards whose number people choose, the best by points first (order 99, annex 5, clause 14; reading Q62)."""

from collections.abc import Sequence
from itertools import accumulate

import polars as pl

from jobs.equals import equals, ranked
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, VERDICT_SCHEMA, Case, Decisions, judge, words


def honours(entries: pl.DataFrame, *, points: str, awards: list[str], choices: list[str]) -> Decisions:
    """Undecided: whoever has an award by one of the `choices` at least; out: whoever is behind in all of them.

    A choice tells how many of each of `awards` are given, the best first ("1-1-2-3"; "0-1-1-1" gives none of the
    first); people choose one for a group. Equal points never have two awards: who shares the last place of an award
    has it. Adds `rank`, and for each choice a column `award:CHOICE` (see `jobs.pipeline`). Evidence: `equals`, the
    sets of equals among those who may have an award.
    """
    numbers = {choice: _numbers(choice, len(awards)) for choice in choices}
    ranks = ranked(entries, points)
    given = ranks.with_columns(
        _awarded(counts, awards).alias(f"award:{choice}") for choice, counts in numbers.items()
    )
    most = max((sum(counts) for counts in numbers.values()), default=0)
    figures = {"rank": pl.col("rank"), "points": pl.col("shown")}
    unranked = words("no-score", "has no points, so it cannot be ranked")
    behind = words("no-award", "place {rank} with {points} points: behind the last award", **figures)
    asked = words(
        "award-numbers",
        "place {rank} with {points} points; the jury says how many awards of each kind there are",
        **figures,
    )
    verdicts = judge(
        given,
        Case(pl.col("rank").is_null(), UNDECIDED, unranked),
        Case(pl.col("rank") > most, OUT, behind),
        Case(pl.lit(value=True), UNDECIDED, asked),
        otherwise=asked,
    )
    columns = given.select("entry", "rank", pl.lit(None, pl.String).alias("award"), pl.col("^award:.*$"))
    alike = equals(ranks, (pl.col("tied") > 1) & (pl.col("rank") <= most))
    return Decisions(verdicts.select(*VERDICT_SCHEMA), columns, {"equals": alike})


def _numbers(choice: str, awards: int) -> list[int]:
    found = choice.split("-")
    if len(found) != awards or not all(each.isdecimal() for each in found):
        raise ParameterFault(
            f"honours.choices: {choice!r} is not {awards} numbers with hyphens between, such as "
            f"{'-'.join('1' * awards)!r}."
        )
    return [int(each) for each in found]


def _awarded(counts: Sequence[int], awards: Sequence[str]) -> pl.Expr:
    """The first award within whose places the rank lies."""
    places = zip(accumulate(counts), counts, awards, strict=True)
    held = [pl.when(pl.col("rank") <= last).then(pl.lit(name)) for last, number, name in places if number]
    return pl.coalesce(*held, pl.lit(None, pl.String))
