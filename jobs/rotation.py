"""Whose turn it is this year: specialisations that take turns (order 99, annex 4, clause 4 and appendix 1)."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from jobs.binding import Lookup, Zone
from jobs.calendar import time_zone
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def rotation(
    entries: pl.DataFrame, *, of: Lookup, at: datetime, first: int, zone: Zone, cycle: int = 2
) -> Decisions:
    """Out: entries whose value in the column of `of` has its turn in another year of the `cycle`, a number of years
    whose year 1 was `first`; the contest is held in the local year of `at`. Undecided: values that are not in `of`.

    `of` tells the turn of each value, or several ("1 3"). A value may have several spellings, divided by " / ", in
    capitals or not: each is read as the first, which stands in the column afterwards.
    """
    if cycle < 1:
        raise ParameterFault(f"rotation.cycle: {cycle} is no number of years.")
    year = at.astimezone(time_zone(zone)).year
    now = (year - first) % cycle + 1
    named = entries.select("entry", pl.col(of.column).alias("named")).with_columns(
        _told(_spelled(of.values)).alias("known"), _told(_turns(of.values)).alias("turn")
    )
    figures = {
        "named": pl.coalesce("known", "named"),
        "turn": pl.col("turn"),
        "year": pl.lit(str(year)),
        "now": pl.lit(now),
    }
    its = pl.col("turn").str.split(" ").list.contains(str(now))
    untold = words("turn-unknown", "{named} is not among those that take turns", named=figures["named"])
    other = words("out-of-turn", "{named} has its turn in year {turn}; {year} is year {now}", **figures)
    verdicts = judge(
        named,
        Case(pl.col("turn").is_null(), UNDECIDED, untold),
        Case(~its, OUT, other),
        otherwise=words("in-turn", "{named} has its turn in {year}, year {now}", **figures),
    )
    return Decisions(verdicts, named.select("entry", pl.coalesce("known", "named").alias(of.column)))


def _spelled(values: Mapping[str, str]) -> dict[str, str]:
    """Every spelling, in small letters, and what it is read as."""
    return {one.lower(): name.split(" / ")[0] for name in values for one in name.split(" / ")}


def _turns(values: Mapping[str, str]) -> dict[str, str]:
    return {one.lower(): turn for name, turn in values.items() for one in name.split(" / ")}


def _told(known: Mapping[str, str]) -> pl.Expr:
    value = pl.col("named").str.to_lowercase()
    return value.replace_strict(known, default=None, return_dtype=pl.String)
