"""A decision that is not reviewed: an appeal against it is refused (order 99, annex 4, clause 12)."""

import polars as pl

from jobs.verdicts import OUT, Case, Decisions, judge, words

_FINAL = words("decision-final", "the jury's decision is final and is not reviewed")


def final(entries: pl.DataFrame) -> Decisions:
    """Out: everybody who appeals."""
    return Decisions(judge(entries, Case(pl.lit(value=True), OUT, _FINAL), otherwise=_FINAL))
