"""The contract of voluntary participation (regulation 003, clause 3.1)."""

import polars as pl

from jobs.age import day_of, full_years
from jobs.binding import Zone
from jobs.verdicts import OUT, Case, Decisions, judge, words


def contract(
    entries: pl.DataFrame,
    *,
    by: str,
    guardian: str,
    born: str,
    on: str,
    zone: Zone,
    adult: int,
) -> Decisions:
    """Out: whoever has not signed (the flag `by`), and whoever is younger than `adult` full years on the day
    `on` and whose legal representative has not (the flag `guardian`). Of whom no birth date is told the signature of
    the representative is wanted too."""
    told = entries.select(
        "entry",
        own=pl.col(by).fill_null(value=False),
        theirs=pl.col(guardian).fill_null(value=False),
        age=full_years(pl.col(born), day_of(entries, on, zone)),
    )
    minor = (pl.col("age") < adult).fill_null(value=True)
    unsigned = words("contract-not-signed", "the contract of voluntary participation is not signed")
    alone = words(
        "guardian-not-signed",
        "{age} full years, and the legal representative has not signed the contract",
        age=pl.col("age").cast(pl.String).fill_null("?"),
    )
    decided = judge(
        told,
        Case(~pl.col("own"), OUT, unsigned),
        Case(minor & ~pl.col("theirs"), OUT, alone),
        otherwise=words("contract-signed", "the contract is signed by whoever has to"),
    )
    return Decisions(decided)
