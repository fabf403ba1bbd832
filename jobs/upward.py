"""A higher grade's programme, never a lower one (order 99, annex 2, clause 18)."""

import polars as pl

from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def upward(entries: pl.DataFrame, *, declared: str, own: str) -> Decisions:
    """Out: entries that sit the programme of a lower grade, in the column `declared`, than their `own`. Undecided: one
    of the two is not told."""
    figures = {"declared": pl.col(declared), "own": pl.col(own)}
    unknown = words("own-grade-not-told", "its own grade or the grade of the programme is not told")
    lower = words(
        "grade-below-own", "the programme of grade {declared} for a pupil of grade {own}", **figures
    )
    higher = words(
        "grade-not-below-own", "the programme of grade {declared} for a pupil of grade {own}", **figures
    )
    return Decisions(
        judge(
            entries,
            Case(pl.col(declared).is_null() | pl.col(own).is_null(), UNDECIDED, unknown),
            Case(pl.col(declared) < pl.col(own), OUT, lower),
            otherwise=higher,
        )
    )
