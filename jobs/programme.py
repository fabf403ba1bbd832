"""A programme in which each work stands once (order 99, annex 4, clause 18)."""

import polars as pl

from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words

_LABEL = r"^\s*(?:[0-9]+|[ivx]+)\s*(?:-?\s*(?:тур|кезең|round))?\s*[:.)]\s*"
"""How a round begins: "1 тур:", "II.", "2)"."""


def programme(entries: pl.DataFrame, *, column: str) -> Decisions:
    """Undecided: entries in whose `column` a work stands twice, whatever its capitals and spaces.

    Works are divided by semicolons or lines; the number of a round before one is not part of it.
    """
    told = entries.select("entry", works=_works(pl.col(column)))
    several = told.filter(pl.col("works").list.n_unique() < pl.col("works").list.len())
    again = pl.col("works").list.eval(pl.element().filter(pl.element().is_duplicated()).unique().sort())
    named = several.select("entry", twice=again.list.join("; "))
    told = told.join(named, on="entry", how="left", maintain_order="left")
    repeated = words("work-twice", "performs a work more than once: {twice}", twice=pl.col("twice"))
    return Decisions(
        judge(
            told,
            Case(pl.col("twice").is_not_null(), UNDECIDED, repeated),
            otherwise=words(
                "works-once", "each of {count} works stands once", count=pl.col("works").list.len()
            ),
        )
    )


def _works(text: pl.Expr) -> pl.Expr:
    """The works of a programme, in one spelling."""
    parts = text.str.to_lowercase().str.replace_all(r"[;\n|]+", ";").str.split(";")
    work = pl.element().str.replace(_LABEL, "").str.replace_all(r"\s+", " ").str.strip_chars(" .,")
    return parts.list.eval(work.filter(work != ""))
