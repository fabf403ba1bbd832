"""Nobody gets the same thing twice (regulation 003, clause 4.3: no second badge of equal value)."""

import polars as pl

from jobs.verdicts import OUT, Case, Decisions, judge, words


def first_time(entries: pl.DataFrame, *, on: list[str], earlier: pl.DataFrame, at: str) -> Decisions:
    """Out: entries whose columns `on` stand together in a row of `earlier`, the column `at` of which tells when."""
    text = [pl.col(name).cast(pl.String) for name in on]
    had = earlier.select(*text, had=pl.col(at).cast(pl.String)).group_by(on).agg(pl.col("had").min())
    seen = entries.select("entry", *text).join(had, on=on, how="left", maintain_order="left")
    named = words("had-before", "already received on {at}", at=pl.col("had"))
    return Decisions(
        judge(
            seen,
            Case(pl.col("had").is_not_null(), OUT, named),
            otherwise=words("first-time", "not received before"),
        )
    )
