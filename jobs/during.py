"""A record counts by its own time: a window is a predicate on records, not an event."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from jobs.binding import Lookup
from jobs.calendar import Window, first_showing, local, local_clock, showings, time_zone, window_expr
from jobs.verdicts import Case, Decisions, judge, words


def during(
    entries: pl.DataFrame,
    *,
    column: str,
    window: Window,
    verdict: Literal["out", "undecided"] = "out",
    zones: Lookup | None = None,
) -> Decisions:
    """`verdict`: records whose `column` (UTC instants) lies outside `opens_at <= t < closes_at`; no time, no sign.

    `zones` gives some records another zone: there the window opens and closes when the clocks show the same, as in
    the Kazakhstan of 2020, whose last day of a contest ended at two moments (row 001-09).
    """
    windows = {zone: _read_in(zone, window) for zone in _zones(window, zones)}

    def of_zone(value: Callable[[Window], pl.Expr]) -> pl.Expr:
        return _of_zone({zone: value(each) for zone, each in windows.items()}, window.zone, zones)

    time = of_zone(lambda each: local_clock(pl.col(column), each.zone))
    failed = words(
        "outside-window",
        "made at {at}, outside the window {opens} to {closes}",
        at=time,
        opens=of_zone(lambda each: pl.lit(local(each.opens_at, each.zone))),
        closes=of_zone(lambda each: pl.lit(local(each.closes_at, each.zone))),
    )
    in_time = words("in-window", "made in time, at {at}", at=time.fill_null("an unknown time"))
    outside = ~of_zone(lambda each: window_expr(column, each))
    return Decisions(judge(entries, Case(outside, verdict, failed), otherwise=in_time))


def _zones(window: Window, zones: Lookup | None) -> list[str]:
    others = set(zones.values.values()) if zones is not None else set()
    return [window.zone, *sorted(others - {window.zone})]


def _of_zone(values: dict[str, pl.Expr], usual: str, zones: Lookup | None) -> pl.Expr:
    """What holds in the zone of the entry: the contest's where the lookup names none."""
    if zones is None:
        return values[usual]
    named = pl.col(zones.column).cast(pl.String).replace_strict(zones.values, default=None)
    chosen = values[usual]
    for zone, value in values.items():
        chosen = pl.when(named == zone).then(value).otherwise(chosen)
    return chosen


def _read_in(zone: str, window: Window) -> Window:
    """The window between the same wall times of another zone; of an hour shown twice, both lie inside."""
    if zone == window.zone:
        return window
    there = time_zone(zone)
    opens, closes = (_wall(at, window.zone) for at in (window.opens_at, window.closes_at))
    return Window(first_showing(opens, there), _last_showing(closes, there), zone)


def _wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(time_zone(zone)).replace(tzinfo=None)


def _last_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    shown = showings(wall, zone)
    return shown[-1] if shown else first_showing(wall, zone)
