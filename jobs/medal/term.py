"""How long a level lasts (regulation 003, clause 1: 6 to 18 months; reading Q25)."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from jobs.binding import Lookup, Zone
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words

_RANGE = r"^([0-9]{1,2})-([0-9]{1,2})$"


def term(
    entries: pl.DataFrame,
    *,
    start: str,
    end: str,
    months: Lookup,
    until: datetime,
    zone: Zone,
) -> Decisions:
    """Undecided: from the day `start` to the day `end`, or to the moment `until` where none is told, fewer or more
    months passed than the table `months` allows ("6-18", both included). Out: whoever has not started."""
    _refuse_no_range(months)
    return Decisions(_judged(_spans(entries, start, end, months, until, zone)))


def _refuse_no_range(months: Lookup) -> None:
    wrong = [value for value in months.values.values() if not re.fullmatch(_RANGE, value, re.ASCII)]
    if wrong:
        raise ParameterFault(f'term.months: {wrong[0]!r} is no range of months such as "6-18".')


def _spans(
    entries: pl.DataFrame, start: str, end: str, months: Lookup, until: datetime, zone: str
) -> pl.DataFrame:
    """`entry`, the days `start` and `end`, the months `allowed`, and the `earliest` and `latest` end they allow."""
    today = until.astimezone(ZoneInfo(zone)).date()
    level = pl.col(months.column).cast(pl.String)
    allowed = level.replace_strict(dict(months.values), default=None, return_dtype=pl.String)
    told = entries.select("entry", start=start, end=pl.col(end).fill_null(today), allowed=allowed)
    return told.with_columns(
        earliest=_months_after("start", pl.col("allowed").str.extract(_RANGE, 1)),
        latest=_months_after("start", pl.col("allowed").str.extract(_RANGE, 2)),
    )


def _months_after(column: str, months: pl.Expr) -> pl.Expr:
    return pl.col(column).dt.offset_by(pl.concat_str(months, pl.lit("mo")))


_FIGURES = {name: pl.col(name) for name in ("start", "end", "allowed")}
_SPAN = "from {start} to {end}"
_NOT_STARTED = words("not-started", "the mentor has not activated the participant")
_NOT_SET = words("term-not-set", "how long the level lasts is not set")
_TOO_SHORT = words("term-too-short", f"{_SPAN}; {{allowed}} months allowed", **_FIGURES)
_OVERDUE = words("term-overdue", f"{_SPAN}; {{allowed}} months allowed", **_FIGURES)
_IN_TERM = words("in-term", _SPAN, start=pl.col("start"), end=pl.col("end"))


def _judged(spans: pl.DataFrame) -> pl.DataFrame:
    return judge(
        spans,
        Case(pl.col("start").is_null(), OUT, _NOT_STARTED),
        Case(pl.col("allowed").is_null(), UNDECIDED, _NOT_SET),
        Case(pl.col("end") < pl.col("earliest"), UNDECIDED, _TOO_SHORT),
        Case(pl.col("end") > pl.col("latest"), UNDECIDED, _OVERDUE),
        otherwise=_IN_TERM,
    )
