"""How long a level lasts (regulation 003, clause 1: 6 to 18 months; reading Q25)."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from jobs.binding import Lookup, Zone
from jobs.errors import ParameterFault
from jobs.verdicts import Case, Decisions, judge, words

_RANGE = r"^([0-9]{1,2})-([0-9]{1,2})$"


def term(
    entries: pl.DataFrame,
    *,
    start: str,
    end: str,
    months: Lookup,
    until: datetime,
    zone: Zone,
    otherwise: Literal["out", "undecided", "in"] = "undecided",
) -> Decisions:
    """`otherwise`: from the day `start` to the day `end`, or to the moment `until` where none is told, fewer or more
    months passed than the table `months` allows ("6-18", both included). Out: whoever has not started."""
    wrong = [
        value for value in months.values.values() if not pl.select(pl.lit(value).str.contains(_RANGE)).item()
    ]
    if wrong:
        raise ParameterFault(f'term.months: {wrong[0]!r} is no range of months such as "6-18".')
    today = until.astimezone(ZoneInfo(zone)).date()
    allowed = (
        pl.col(months.column)
        .cast(pl.String)
        .replace_strict(dict(months.values), default=None, return_dtype=pl.String)
    )
    told = entries.select(
        "entry", start=start, end=pl.col(end).fill_null(today), allowed=allowed
    ).with_columns(
        earliest=_months_after("start", pl.col("allowed").str.extract(_RANGE, 1)),
        latest=_months_after("start", pl.col("allowed").str.extract(_RANGE, 2)),
    )
    figures = {name: pl.col(name) for name in ("start", "end", "allowed")}
    decided = judge(
        told,
        Case(pl.col("start").is_null(), "out", words("not-started", "the mentor has not activated the participant")),
        Case(
            pl.col("allowed").is_null(),
            "undecided",
            words("term-not-set", "how long the level lasts is not set"),
        ),
        Case(
            pl.col("end") < pl.col("earliest"),
            otherwise,
            words("term-too-short", "from {start} to {end}; {allowed} months allowed", **figures),
        ),
        Case(
            pl.col("end") > pl.col("latest"),
            otherwise,
            words("term-overdue", "from {start} to {end}; {allowed} months allowed", **figures),
        ),
        otherwise=words("in-term", "from {start} to {end}", start=figures["start"], end=figures["end"]),
    )  # fmt: skip
    return Decisions(decided)


def _months_after(column: str, months: pl.Expr) -> pl.Expr:
    return pl.col(column).dt.offset_by(pl.concat_str(months, pl.lit("mo")))
