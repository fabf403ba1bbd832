"""The marks of a jury by other criteria than its tasks (order 99, annex 5, clause 13; reading Q61)."""

import polars as pl

from jobs.binding import Codes
from jobs.exact import exact, written
from jobs.juries import on_sheets
from jobs.verdicts import Decisions, judge, words


def criteria(
    entries: pl.DataFrame,
    *,
    scores: pl.DataFrame,
    of: dict[str, str],
    rounds: list[str],
    codes: Codes,
) -> Decisions:
    """In: everybody, with a column for each criterion: the mean over the jurors of the points of its tasks, exact.

    `of` tells the criterion of each task, `rounds` whose sheets are read, which name an entry by its id or by
    its public code. Who has no marks has nothing in the columns. They order nobody: the points of
    the tasks do.
    """
    read = scores.drop_nulls("points").filter(pl.col("round").cast(pl.String).is_in(rounds))
    marks = read.join(on_sheets(entries, read["contestant"], codes), on="contestant")
    names = list(dict.fromkeys(of.values()))
    told = entries.select("entry").join(
        _means(marks, of, names), on="entry", how="left", maintain_order="left"
    )
    listed = pl.concat_str(
        [pl.format("{}: {}", pl.lit(name), pl.col(name).fill_null("–")) for name in names], separator=", "
    )
    return Decisions(judge(told, otherwise=words("by-criteria", "{marks}", marks=listed)), told)


def _means(marks: pl.DataFrame, of: dict[str, str], names: list[str]) -> pl.DataFrame:
    """`entry` and a column a criterion."""
    task = pl.col("criterion").str.to_lowercase()
    read = exact(marks["points"])
    mapped = marks.select(
        "entry",
        "juror",
        read.values.alias("points"),
        name=task.replace_strict(of, default=None, return_dtype=pl.String),
    ).drop_nulls("name")
    jurors = mapped.group_by("entry").agg(jurors=pl.col("juror").n_unique().cast(pl.Int128))
    sums = mapped.group_by("entry", "name").agg(pl.col("points").sum()).join(jurors, on="entry")
    means = sums.with_columns(
        mean=written(sums["points"], sums["jurors"] * pl.Series([read.denominator], dtype=pl.Int128))
    )
    of_each = [
        means.filter(pl.col("name") == name).select("entry", pl.col("mean").alias(name)) for name in names
    ]
    table = mapped.select("entry").unique()
    for each in of_each:
        table = table.join(each, on="entry", how="left")
    return table
