"""Whether a round began everywhere at the time set for it, and several rounds on one day (order 99, annex 1, clauses 5
and 8)."""

from datetime import datetime

import polars as pl

from jobs.binding import Zone
from jobs.errors import ParameterFault
from jobs.verdicts import UNDECIDED, Case, Decisions, Wording, judge, words


def together(
    entries: pl.DataFrame,
    *,
    column: str,
    zone: Zone,
    at: datetime | None = None,
    only: dict[str, str] | None = None,
    same_day: bool = False,
) -> Decisions:
    """Entries whose instant in `column` is another than `at` are undecided; `only` tells which entries that moment
    was set for, by their columns. Places in another time zone are no exception: it is one instant.

    With `same_day`, all entries of a group began on one day by the contest's clock, or all of them are undecided.
    """
    if (at is None) and not same_day:
        raise ParameterFault("together needs the key `at` or `same_day`.")
    clock = pl.col(column).dt.convert_time_zone(zone)
    cases = [Case(pl.col(column).is_null(), UNDECIDED, words("start-not-told", "when it began is not told"))]
    if at is not None:
        cases.append(
            Case(_meant(only or {}) & (pl.col(column) != pl.lit(at)), UNDECIDED, _away(clock, at, zone))
        )
    if same_day:
        entries = entries.with_columns(_within(entries, _days(clock)).alias(_DAYS))
        cases.append(Case(pl.col(_DAYS).str.contains(","), UNDECIDED, _PARTED))
    shown = {"began": clock.dt.to_string(_SHOWN)}
    return Decisions(judge(entries, *cases, otherwise=words("began-together", "began {began}", **shown)))


_SHOWN = "%Y-%m-%d %H:%M"


def _meant(only: dict[str, str]) -> pl.Expr:
    wanted = (pl.col(name).cast(pl.String) == value for name, value in only.items())
    return pl.all_horizontal(pl.lit(value=True), *wanted)


def _within(entries: pl.DataFrame, expr: pl.Expr) -> pl.Expr:
    return expr.over("group") if "group" in entries.columns else expr


def _days(clock: pl.Expr) -> pl.Expr:
    return clock.dt.date().cast(pl.String).drop_nulls().unique().sort().str.join(", ")


def _away(clock: pl.Expr, at: datetime, zone: str) -> Wording:
    set_for = pl.lit(at).dt.convert_time_zone(zone).dt.to_string(_SHOWN)
    return words(
        "not-at-the-time",
        "began {began}; it was set for {set}",
        began=clock.dt.to_string(_SHOWN),
        set=set_for,
    )


_DAYS = "together:days"
_PARTED = words("not-one-day", "rounds of one day were held on {days}", days=pl.col(_DAYS))
