"""Each work once, whatever addresses it came under (Best SOR, condition 2, reading Q13)."""

import polars as pl

from jobs.verdicts import OUT, Case, Decisions, judge, words


def unique(entries: pl.DataFrame, *, on: list[str], first: str) -> Decisions:
    """Out: of the entries that are one work all but the earliest by the column `first` (an unknown time is the
    latest), then the smallest `entry`.

    Two entries are one work where any column of `on` holds the same in both (a null is nobody's), and where both
    are one work with a third.
    """
    ordered = entries.select("entry", *on, first).sort(first, "entry", nulls_last=True)
    of = ordered.select("entry", kept=ordered["entry"].gather(_earliest(ordered.select(on))))
    seen = of.with_columns(times=pl.len().over("kept"))
    judged = judge(
        seen,
        Case(
            pl.col("entry") != pl.col("kept"),
            OUT,
            words("same-work", "the same work as {kept}, which came first", kept=pl.col("kept")),
        ),
        otherwise=words("one-work", "the first of {times} entries of this work", times=pl.col("times")),
    )
    return Decisions(entries.select("entry").join(judged, on="entry", how="left", maintain_order="left"))


def _earliest(marks: pl.DataFrame) -> pl.Series:
    """For each row the first row that it is connected with through equal marks.

    Every row takes the smallest number in each of its groups, then the number which that row has taken (pointer
    jumping, Shiloach and Vishkin 1982), until nothing changes.
    """
    numbered = marks.with_columns(lead=pl.int_range(pl.len()))
    while True:
        lead = numbered["lead"]
        for name in marks.columns:
            shared = pl.when(pl.col(name).is_not_null()).then(pl.col("lead").min().over(name))
            numbered = numbered.with_columns(lead=pl.coalesce(shared, "lead"))
        numbered = numbered.with_columns(numbered["lead"].gather(numbered["lead"]).alias("lead"))
        if numbered["lead"].equals(lead):
            return lead
