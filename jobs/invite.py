"""What each person may wish or not: to take part in a concert (order 99, annex 4, clause 22)."""

import polars as pl

from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words

_INVITED = words("invited", "is invited and says whether to come")


def invite(entries: pl.DataFrame) -> Decisions:
    """Undecided: everybody, until their wish is known."""
    return Decisions(judge(entries, Case(pl.lit(value=True), UNDECIDED, _INVITED), otherwise=_INVITED))
