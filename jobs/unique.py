"""Each work once, whatever addresses it came under (Best SOR, condition 2, reading Q13)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words

Whole = npt.NDArray[np.int64]


def unique(entries: pl.DataFrame, *, on: list[str], first: str, of: str) -> Decisions:
    """Out: of the entries that are one work `of` one person all but the earliest by the column `first` (an unknown
    time is the latest), then the smallest `entry`. Undecided: what is left of a work that several people sent in;
    whose it is only people can say.

    Two entries are one work where any column of `on` holds the same in both (a null is nobody's), and where both
    are one work with a third.
    """
    ordered = entries.select("entry", *on, first, owner=of).sort(first, "entry", nulls_last=True)
    work = ordered.select("entry", "owner", work=ordered["entry"].gather(_earliest(ordered.select(on))))
    seen = work.with_columns(
        kept=pl.col("entry").first().over("work", "owner"),
        times=pl.len().over("work"),
        people=pl.col("owner").n_unique().over("work"),
    )
    judged = judge(
        seen,
        Case(
            pl.col("entry") != pl.col("kept"),
            OUT,
            words("same-work", "the same work as {kept}, which came first", kept=pl.col("kept")),
        ),
        Case(
            pl.col("people") > 1,
            UNDECIDED,
            words(
                "work-of-several", "the same work came from {people} participants", people=pl.col("people")
            ),
        ),
        otherwise=words("one-work", "the first of {times} entries of this work", times=pl.col("times")),
    )
    return Decisions(entries.select("entry").join(judged, on="entry", how="left", maintain_order="left"))


@dataclass(frozen=True)
class _Groups:
    """Rows with equal marks: `rows`, group after group, and where in it each begins and how long it is."""

    rows: Whole
    starts: Whole
    lengths: Whole


def _groups(marks: pl.Series) -> _Groups:
    named = pl.DataFrame({"mark": marks}).with_columns(row=pl.int_range(pl.len())).drop_nulls()
    several = named.group_by("mark").agg("row").filter(pl.col("row").list.len() > 1)["row"]
    lengths = several.list.len().cast(pl.Int64).to_numpy()
    return _Groups(several.list.explode().to_numpy(), lengths.cumsum() - lengths, lengths)


def _earliest(marks: pl.DataFrame) -> pl.Series:
    """For each row the first row that it is connected with through equal marks.

    Every row takes the smallest number in each of its groups, then the number which that row has taken (pointer
    jumping, Shiloach and Vishkin 1982), until nothing changes.
    """
    groups = [found for found in map(_groups, marks) if found.rows.size]
    lead = np.arange(marks.height)
    while True:
        before = lead.copy()
        for group in groups:
            smallest = np.minimum.reduceat(lead[group.rows], group.starts)
            lead[group.rows] = smallest.repeat(group.lengths)
        lead = lead[lead]
        if (lead == before).all():
            return pl.Series(lead)
