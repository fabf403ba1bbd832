"""The points of a team: the arithmetic mean of its authors' results (order 99, annex 3, clause 16)."""

from typing import Literal

import polars as pl

from jobs.errors import ParameterFault
from jobs.exact import exact, written
from jobs.juries import of_stage
from jobs.names import separate_ids
from jobs.verdicts import Decisions, in_doubt, judge, words


def team_mean(
    entries: pl.DataFrame,
    *,
    results: pl.DataFrame,
    authors: str,
    into: str = "score",
    stage: str | None = None,
    several: Literal["ask", "sum"] = "ask",
) -> Decisions:
    """Adds `into`: the mean of the `score` of everybody whose id stands in the column `authors` (divided by spaces),
    exactly, so that 59.5 stays below 60; of one author the result itself. Where an author has results of `several`
    subjects, people are asked, or their sum is the author's result.

    `stage` takes the results of one stage. Undecided: an entry with an author who has no result or several, and one
    without authors. Evidence: `authors`, who got what. Raises ParameterFault, PointsFault.
    """
    if authors not in entries.columns:
        raise ParameterFault(
            f"team-mean.authors: the entries have no column {authors!r}; name one that they have."
        )
    people = entries.select("entry", participant=separate_ids(pl.col(authors))).explode("participant")
    given = _given(of_stage(results, stage), several)
    joined = people.unique(maintain_order=True).join(
        given, on="participant", how="left", maintain_order="left"
    )
    points = exact(joined["score"])
    numbered = joined.with_columns(points=points.values)
    sums = numbered.group_by("entry", maintain_order=True).agg(
        pl.col("points").sum(),
        people=pl.col("participant").n_unique().cast(pl.Int64),
        of=(pl.len() - _more(several)).cast(pl.Int64),
        without=(pl.col("points").is_null()).sum().cast(pl.Int64),
        each=pl.col("score").str.join(", "),
    )
    below = sums["of"].cast(pl.Int128) * pl.Series([points.denominator], dtype=pl.Int128)
    told = entries.select("entry").join(
        sums.with_columns(written(sums["points"], below).alias("mean")),
        on="entry",
        how="left",
        maintain_order="left",
    )
    told = told.with_columns(pl.col("people", "of", "without").fill_null(0))
    decided = judge(told, *_CASES, otherwise=_MEAN)
    known = pl.when(pl.col("without") + pl.col("of") - pl.col("people") == 0).then("mean")
    shown = joined.select("entry", "participant", "score").sort("entry", "participant")
    return Decisions(decided, told.select("entry", known.alias(into)), {"authors": shown})


def _given(results: pl.DataFrame, several: str) -> pl.DataFrame:
    """Who has which points; of several subjects those with the subject where they are added."""
    told = ["participant", "score", *(["subject"] if several == "sum" else [])]
    return results.select(told).unique(maintain_order=True)


def _more(several: str) -> pl.Expr:
    """How many results of an entry are of a further subject of an author."""
    if several == "ask":
        return pl.lit(0)
    subjects = pl.struct("participant", "subject").n_unique()
    return subjects - pl.col("participant").n_unique()


_CASES = (
    in_doubt(
        (pl.col("without") > 0) | (pl.col("people") == 0),
        "author-without-result",
        "{without} of {people} authors have no result",
        without=pl.col("without"),
        people=pl.col("people"),
    ),
    in_doubt(
        pl.col("of") > pl.col("people"),
        "author-with-two-results",
        "an author has several results ({each})",
        each=pl.col("each"),
    ),
)
_MEAN = words(
    "team-averaged",
    "{points} points, the mean of {people} authors ({each})",
    points=pl.col("mean"),
    people=pl.col("people"),
    each=pl.col("each"),
)
