"""Words that another column demands (regulation 003, clause 3.1: a video beside each assessment by the mentor)."""

from typing import Literal

import polars as pl

from jobs.cells import holds
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
    missing = [
        pl.when(holds(pl.col(must), word) & ~holds(pl.col(column), word)).then(pl.lit(word))
        for word in sorted(set(among))
    ]
    lacking = pl.concat_str(missing, separator=" ", ignore_nulls=True)
    told = entries.select("entry", lacking=lacking)
    figures = {"column": pl.lit(column.replace("_", " ")), "lacking": pl.col("lacking")}
    return Decisions(
        judge(
            told,
            Case(
                pl.col("lacking") != "",
                otherwise,
                words("words-missing", "{column}: {lacking} missing", **figures),
            ),
            otherwise=words("words-complete", "{column}: complete", column=figures["column"]),
        )
    )
