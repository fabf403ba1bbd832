"""A draw needs enough different people (BilimClass, clause 5.6)."""

from typing import Literal

import polars as pl

from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, group_of, judge, words


def quorum(entries: pl.DataFrame, *, of: str, least: int, below: Literal["ask", "out"]) -> Decisions:
    """All or nobody: where the entries of a group have fewer than `least` different values of the column `of`, each of
    them is undecided (`ask`, reading Q3) or `out`. A null is nobody."""
    counted = entries.select("entry", group_of(entries), who=pl.col(of)).with_columns(
        count=pl.col("who").drop_nulls().n_unique().over("group")
    )
    count = pl.col("count")
    figures = {"count": count, "least": pl.lit(least)}
    named = of.replace("_", " ")
    missed = words("below-quorum", f"different values of {named}: {{count}}, {{least}} needed", **figures)
    met = words("quorum-met", f"different values of {named}: {{count}}, {{least}} needed", **figures)
    verdict = UNDECIDED if below == "ask" else OUT
    return Decisions(judge(counted, Case(count < least, verdict, missed), otherwise=met))
