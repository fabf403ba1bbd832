"""The week grid: ISO weeks with at least an hour (regulation 003, clause 3.2), and those that are excused (3.3)."""

from datetime import date

import polars as pl

_TO_MONDAY = 3
"""1 January 1970 was a Thursday: the third day after the Monday on which its week began."""


def week_of(day: pl.Expr) -> pl.Expr:
    """The ISO week that holds a day, as a running number: two weeks that follow each other differ by one."""
    return (day.dt.epoch("d").cast(pl.Int64) + _TO_MONDAY) // 7


def monday_of(week: pl.Expr) -> pl.Expr:
    """The day on which such a week begins."""
    return (week * 7 - _TO_MONDAY).cast(pl.Int32).cast(pl.Date)


def grid(wanted: pl.DataFrame, records: pl.DataFrame, absences: pl.DataFrame, weekly: int) -> pl.DataFrame:
    """A row a week of each entry and direction of `wanted`, from the week of its first record on.

    `wanted` has how many weeks are `required` and the `last` day that counts; `records` have `day`, `minutes` and
    `confirmed`; `absences` `entry`, `since` and `until`.

    The rows have `minutes` and `sure`, those of confirmed records; `written` and `met`: whether they reach `weekly`;
    `excused`: not reached, and the participant was absent; `counts`: among the `required` weeks. An excused week is
    none of these, so that the grid ends a week later.
    """
    numbered = wanted.with_row_index(
        "of"
    )  # sums over one whole number take half the time of those over two texts
    weekly_sums = (
        records.join(numbered.select(*_KEY, "of"), on=_KEY)
        .with_columns(week=week_of(pl.col("day")))
        .group_by("of", "week")
        .agg(minutes=pl.col("minutes").sum(), sure=pl.col("minutes").filter("confirmed").sum())
    )
    away = _weeks_away(absences, wanted)
    seen = (
        _timeline(numbered, weekly_sums, away)
        .join(weekly_sums, on=["of", "week"], how="left", maintain_order="left")
        .join(away, on=["entry", "week"], how="left", maintain_order="left")
    )
    judged = seen.with_columns(pl.col("minutes", "sure").fill_null(0)).with_columns(
        met=pl.col("sure") >= weekly,
        written=pl.col("minutes") >= weekly,
        excused=(pl.col("minutes") < weekly) & pl.col("away").fill_null(value=False),
    )
    position = (~pl.col("excused")).cum_sum().over("of")  # the weeks of each stand in their order
    return judged.with_columns(counts=~pl.col("excused") & (position <= pl.col("required"))).drop("of")


_KEY = ["entry", "direction"]


def _timeline(wanted: pl.DataFrame, weekly_sums: pl.DataFrame, away: pl.DataFrame) -> pl.DataFrame:
    """Every week that may count, in order: as many as are required and excused, to the last day."""
    first = weekly_sums.group_by("of").agg(first=pl.col("week").min())
    spare = away.group_by("entry").agg(spare=pl.len().cast(pl.Int64))
    ends = (
        wanted.join(first, on="of", how="inner")
        .join(spare, on="entry", how="left")
        .with_columns(
            end=pl.min_horizontal(
                pl.col("first") + pl.col("required") + pl.col("spare").fill_null(0),
                week_of(pl.col("last")) + 1,
            )
        )
    )
    weeks = ends.with_columns(week=pl.int_ranges("first", "end")).explode("week").drop_nulls("week")
    return weeks.select(*_KEY, "required", "last", "of", "week")


def _weeks_away(absences: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """`entry`, `week`, `away`: weeks any day of which lies in an absence; one that still lasts goes on to `last`."""
    last = wanted.group_by("entry").agg(pl.col("last").max())
    spans = absences.join(last, on="entry", how="inner").with_columns(
        until=pl.min_horizontal(pl.coalesce("until", "last"), "last")
    )
    held = spans.filter(pl.col("since") <= pl.col("until")).with_columns(
        week=pl.int_ranges(week_of(pl.col("since")), week_of(pl.col("until")) + 1)
    )
    return held.explode("week").select("entry", "week", away=pl.lit(value=True)).unique()


def iso_name(monday: pl.Expr) -> pl.Expr:
    """An ISO week as people write it: "2025-W14"."""
    return monday.dt.strftime("%G-W%V")


def gaps(weeks: pl.DataFrame, today: date) -> pl.DataFrame:
    """The weeks that are over without the hour, excused or not: `entry`, `direction`, `week`, `monday`, `minutes`,
    `excused`."""
    monday = monday_of(pl.col("week"))
    over = monday.dt.offset_by("6d") < pl.min_horizontal("last", pl.lit(today))
    missing = weeks.filter(~pl.col("written"), pl.col("counts") | pl.col("excused"), over)
    listed = missing.select(
        "entry", "direction", week=iso_name(monday), monday=monday, minutes="minutes", excused="excused"
    )
    return listed.sort("entry", "direction", "monday")
