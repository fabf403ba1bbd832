"""A record counts by its own time: a window is a predicate on records, not an event."""

from typing import Literal

import polars as pl

from jobs.calendar import Window, local, window_expr
from jobs.verdicts import Case, Decisions, judge, words


def during(
    entries: pl.DataFrame, *, column: str, window: Window, verdict: Literal["out", "undecided"] = "out"
) -> Decisions:
    """`verdict`: records whose `column` (UTC instants) lies outside `opens_at <= t < closes_at`; no time, no sign."""
    at = pl.col(column)
    time = at.dt.convert_time_zone(window.zone).dt.strftime("%Y-%m-%d %H:%M:%S")
    failed = words(
        "outside-window",
        "made at {at}, outside the window {opens} to {closes}",
        at=time,
        opens=pl.lit(local(window.opens_at, window.zone)),
        closes=pl.lit(local(window.closes_at, window.zone)),
    )
    in_time = words("in-window", "made in time, at {at}", at=time.fill_null("an unknown time"))
    outside = ~window_expr(column, window)
    return Decisions(judge(entries, Case(outside, verdict, failed), otherwise=in_time))
