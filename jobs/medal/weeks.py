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
    """A row a week of each entry and direction of `wanted`, of the run of weeks in which most are met; of equal runs
    the earliest with most weeks written. A lesson that stands alone before them spoils nothing.

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
        .with_columns(met=pl.col("sure") >= weekly, written=pl.col("minutes") >= weekly)
    )
    away = _weeks_away(absences, wanted)
    seen = (
        _timeline(numbered, weekly_sums, away)
        .join(weekly_sums.drop("met", "written"), on=["of", "week"], how="left", maintain_order="left")
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
    spare = away.group_by("entry").agg(spare=pl.len().cast(pl.Int64))
    spaced = wanted.join(spare, on="entry", how="left").with_columns(pl.col("spare").fill_null(0))
    ends = spaced.join(_first_weeks(spaced, weekly_sums, away), on="of", how="inner").with_columns(
        end=pl.min_horizontal(
            pl.col("first") + pl.col("required") + pl.col("spare"), week_of(pl.col("last")) + 1
        )
    )
    weeks = ends.with_columns(week=pl.int_ranges("first", "end")).explode("week").drop_nulls("week")
    return weeks.select(*_KEY, "required", "last", "of", "week")


def _first_weeks(wanted: pl.DataFrame, weekly_sums: pl.DataFrame, away: pl.DataFrame) -> pl.DataFrame:
    """`of` and the `first` week of the run that counts: that of the first record, unless there are records behind the
    run which begins there; then another may be better."""
    told = weekly_sums.group_by("of").agg(first=pl.col("week").min(), latest=pl.col("week").max())
    beyond = told.join(wanted.select("of", "required", "spare"), on="of").filter(
        pl.col("latest") >= pl.col("first") + pl.col("required")
    )
    if beyond.is_empty():
        return told.select("of", "first")
    best = _best_runs(wanted.join(beyond, on="of", how="semi"), weekly_sums, away)
    return pl.concat([told.join(best, on="of", how="anti").select("of", "first"), best])


def _best_runs(wanted: pl.DataFrame, weekly_sums: pl.DataFrame, away: pl.DataFrame) -> pl.DataFrame:
    """`of` and `first`: the week with a record from which on so many weeks as are `required`, without those excused,
    have most met ones, then most written ones, the earliest."""
    own = wanted.select("of", "entry", "required")
    weeks = weekly_sums.join(own, on="of").select("of", "required", "week", "met", "written")
    excused = (
        own.join(away, on="entry")
        .join(weeks.filter("written"), on=["of", "week"], how="anti")
        .select("of", "required", "week", met=False, written=False, excused=True)
    )
    kept = weeks.join(excused, on=["of", "week"], how="anti").with_columns(excused=pl.lit(value=False))
    ordered = pl.concat([kept, excused]).sort("of", "week")
    placed = ordered.with_columns(at=pl.col("week") - pl.col("excused").cum_sum().over("of"))
    runs = [
        part.rolling("at", period=f"{required}i", offset="-1i", closed="right", group_by="of").agg(
            first=pl.col("week").first(), met=pl.col("met").sum(), written=pl.col("written").sum()
        )
        for (required,), part in placed.filter(~pl.col("excused")).group_by("required")
    ]
    ranked = pl.concat(runs).sort("met", "written", "first", descending=[True, True, False])
    return ranked.unique("of", keep="first", maintain_order=True).select("of", "first")


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
