"""Appeals by the clock (order 99, annex 2, clauses 24-26; annex 3, clauses 17-18): in time, or too late."""

from datetime import datetime, time, timedelta
from typing import Literal

import polars as pl

from jobs.binding import Zone
from jobs.calendar import first_showing, local_clock, time_zone
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words

Counted = Literal["hours", "calendar"]
"""How "within one day" is counted (reading Q41)."""

_MOST_HOURS = 24 * 31


def appeal(
    entries: pl.DataFrame,
    *,
    filed: str,
    since: datetime,
    hours: int,
    zone: Zone,
    days: int | None = None,
    by: Counted = "hours",
) -> Decisions:
    """Out: appeals filed later than `hours` after `since`, when the results were announced or the stage ended; the last
    second is in time. Whoever filed in time is undecided: a commission judges the appeal itself. So is who filed before
    `since`: nothing was announced yet, and no clause refuses that.

    `filed` is a column of instants. Where the regulation says days, `days` gives the other reading, until the end of
    that local calendar day after `since`; `by` says which of the two counts, and each reason tells both.
    """
    _refuse_odd(hours, days, by)
    ends = {"hours": since + timedelta(hours=hours), "calendar": _end_of_day(since, days, zone)}
    other = ends["calendar" if by == "hours" else "hours"]
    at, until = pl.col(filed), pl.lit(ends[by])
    figures = {
        "filed": local_clock(at, zone),
        "until": local_clock(until, zone),
        "other": local_clock(pl.lit(other, pl.Datetime("us", "UTC")), zone),
        "about": _column(entries, "about"),
    }
    late = words("appeal-late", _told("filed {filed}; appeals were taken until {until}", other), **figures)
    in_time = words(
        "appeal-in-time", _told("filed {filed}, in time until {until}", other) + _ABOUT, **figures
    )
    return Decisions(
        judge(
            entries,
            Case(at > until if by == "hours" else at >= until, OUT, late),
            Case(at < pl.lit(since), UNDECIDED, words("appeal-early", _EARLY, **figures)),
            Case(at.is_not_null(), UNDECIDED, in_time),
            otherwise=words("appeal-undated", "does not say when it was filed"),
        )
    )


def _refuse_odd(hours: int, days: int | None, by: Counted) -> None:
    if not 1 <= hours <= _MOST_HOURS or not 0 <= (days or 0) <= _MOST_HOURS // 24:
        raise ParameterFault(
            f"appeal.hours: {hours} is not between 1 and {_MOST_HOURS}, or `days` beyond a month."
        )
    if by == "calendar" and days is None:
        raise ParameterFault('appeal.by: "calendar" needs the key `days`.')


_ABOUT = ": {about}"
_EARLY = "filed {filed}, before the time for appeals began; it is taken until {until}" + _ABOUT


def _told(text: str, other: datetime | None) -> str:
    return text + (" (by the other reading until {other})" if other is not None else "")


def _end_of_day(since: datetime, days: int | None, zone: str) -> datetime | None:
    """The first instant after the local day that lies `days` after that of `since`."""
    if days is None:
        return None
    clock = time_zone(zone)
    day = since.astimezone(clock).date() + timedelta(days=days + 1)
    return first_showing(datetime.combine(day, time.min), clock)


def _column(entries: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in entries.columns else pl.lit(None, pl.String)
