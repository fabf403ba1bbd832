"""Words that another column demands (regulation 003, clause 3.1: a video beside each assessment by the mentor)."""

from typing import Literal

import polars as pl

from jobs.verdicts import Case, Decisions, judge, words


def covers(
    entries: pl.DataFrame,
    *,
    column: str,
    must: str,
    among: list[str],
    otherwise: Literal["out", "undecided", "in"] = "undecided",
) -> Decisions:
    """`otherwise`: a word of `among` that stands in the column `must` does not stand in `column`."""
    wanted = _words(must).list.set_intersection(pl.lit(among, pl.List(pl.String)))
    lacking = wanted.list.set_difference(_words(column)).list.sort().list.join(" ")
    figures = {"column": pl.lit(column.replace("_", " ")), "lacking": lacking}
    return Decisions(
        judge(
            entries,
            Case(lacking != "", otherwise, words("words-missing", "{column}: {lacking} missing", **figures)),
            otherwise=words("words-complete", "{column}: complete", column=figures["column"]),
        )
    )


def _words(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.split(" ")
