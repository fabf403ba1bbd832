"""The marks of a jury by other criteria than its tasks (order 99, annex 5, clause 13; reading Q61)."""

import polars as pl

from jobs.binding import Codes
from jobs.exact import exact, summable, written
from jobs.juries import marks_of, on_sheets
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
    short = read.select("contestant", "juror", "criterion", "points")
    marks = marks_of(entries, short, lambda: on_sheets(entries, short["contestant"], codes))
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
    read = exact(marks["points"])
    task = pl.col("criterion").str.to_lowercase()
    mapped = marks.select(
        "entry",
        "at",  # whole numbers are put together several times as fast as texts
        "juror",
        summable(read.values).alias("points"),
        name=task.replace_strict(of, default=None, return_dtype=pl.String),
    ).drop_nulls("name")
    sums = mapped.group_by("at").agg(
        pl.col("entry").first(),
        jurors=pl.col("juror").n_unique().cast(pl.Int128),
        **{name: _points_of(name) for name in names},
    )
    by = sums["jurors"] * pl.Series([read.denominator], dtype=pl.Int128)
    return sums.select("entry", *(written(sums[name], by).alias(name) for name in names))


def _points_of(name: str) -> pl.Expr:
    """The sum of the points by a criterion; null where it has none."""
    own = pl.col("points").filter(pl.col("name") == name)
    return pl.when(own.len() > 0).then(own.sum())
