"""The points of the last round that somebody sat (order 99, annex 4, clause 20; reading Q58)."""

import polars as pl

from jobs.binding import Standing
from jobs.verdicts import IN, Case, Decisions, judge, words


def last_round(entries: pl.DataFrame, *, later: Standing, points: str) -> Decisions:
    """In: everybody; whoever stands in the `later` stage has its `points` there in place of those here."""
    news = later.select("entry", pl.col(points).alias("later"), sat=pl.lit(value=True))
    told = entries.select("entry", pl.col(points).alias("here")).join(
        news, on="entry", how="left", maintain_order="left"
    )
    sat = pl.col("sat").fill_null(value=False)
    figures = {"points": pl.col("last"), "earlier": pl.col("here")}
    last = told.with_columns(last=pl.when(sat).then("later").otherwise("here"))
    verdicts = judge(
        last,
        Case(
            sat, IN, words("later-round", "{points} points in the later round ({earlier} before)", **figures)
        ),
        otherwise=words("no-later-round", "{points} points, and no later round", points=figures["points"]),
    )
    return Decisions(verdicts, last.select("entry", pl.col("last").alias(points)))
