"""Whether everybody behind an entry is somebody an earlier stage has taken (order 99, annex 3, clause 12)."""

from typing import Literal

import polars as pl

from jobs.binding import Standing
from jobs.names import separate_ids
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def members(
    entries: pl.DataFrame, *, column: str, among: Standing, otherwise: Literal["out", "undecided"] = "out"
) -> Decisions:
    """`otherwise`: entries in whose `column` (ids, spaces between) stands somebody who is not in after the stage
    `among`; the reason says how many. Undecided: entries that name nobody."""
    named = entries.select("entry", person=separate_ids(pl.col(column))).explode("person").drop_nulls()
    taken = among.select(pl.col("entry").alias("person"), known=pl.lit(value=True)).unique()
    found = named.join(taken, on="person", how="left")
    counted = found.group_by("entry").agg(
        people=pl.len().cast(pl.Int64), strangers=pl.col("known").is_null().sum().cast(pl.Int64)
    )
    told = entries.select("entry").join(counted, on="entry", how="left", maintain_order="left")
    figures = {"named": pl.col("people"), "strangers": pl.col("strangers")}
    nobody = words("nobody-named", "nobody is named")
    strange = words(
        "members-not-taken", "{strangers} of {named} people are not among those who may take part", **figures
    )
    return Decisions(
        judge(
            told,
            Case(pl.col("people").is_null(), UNDECIDED, nobody),
            Case(pl.col("strangers") > 0, otherwise, strange),
            otherwise=words("members-taken", "all of {named} people may take part", **figures),
        )
    )
