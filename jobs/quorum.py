"""A draw needs enough different people (BilimClass, clause 5.6)."""

from typing import Literal

import polars as pl

from jobs.verdicts import IN, OUT, UNDECIDED, Case, Decisions, judge, words


def quorum(entries: pl.DataFrame, *, of: str, least: int, below: Literal["ask", "out"]) -> Decisions:
    """All or nobody: where the entries have fewer than `least` different values of the column `of`, each of them is
    undecided (`ask`, reading Q3) or `out`. A null is nobody."""
    count = entries[of].drop_nulls().n_unique()
    figures = {"count": pl.lit(count), "least": pl.lit(least)}
    named = of.replace("_", " ")
    missed = words("below-quorum", f"different values of {named}: {{count}}, {{least}} needed", **figures)
    met = words("quorum-met", f"different values of {named}: {{count}}, {{least}} needed", **figures)
    verdict = IN if count >= least else UNDECIDED if below == "ask" else OUT
    return Decisions(judge(entries, Case(pl.lit(count < least), verdict, missed), otherwise=met))
