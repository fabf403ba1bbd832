"""Who may be named in a team: whoever an earlier stage took, and the reserve (order 99: annex 1, clause 9; annex 2,
clause 19)."""

from typing import Literal

import polars as pl

from jobs.binding import Standing
from jobs.verdicts import Case, Decisions, judge, words


def qualified(
    entries: pl.DataFrame,
    *,
    places: Standing,
    on: dict[str, str],
    reserve: str | None = None,
    otherwise: Literal["out", "undecided"] = "out",
) -> Decisions:
    """In: entries that are still in after the stage `places`, by columns of theirs that are alike (`on`: column of the
    entries to column of the stage, compared without regard to capitals), and those whose flag `reserve` is true; all
    others are `otherwise`."""
    taken = places.select(_alike(there).alias(here) for here, there in on.items()).unique()
    wanted = entries.select("entry", *(_alike(here).alias(here) for here in on))
    found = wanted.join(taken.with_columns(_taken=True), on=list(on), how="left", maintain_order="left")
    flagged = pl.col(reserve) if reserve is not None else pl.lit(value=False)
    told = entries.select("entry", flagged.alias("_reserve")).with_columns(found["_taken"])
    missing = words("not-qualified", "not among those whom the stage before it took")
    outside = words("of-the-reserve", "of the reserve's training camp, beyond the places of its region")
    own = pl.col("_taken").fill_null(value=False)
    extra = pl.col("_reserve").fill_null(value=False)
    return Decisions(
        judge(
            told,
            Case(~own & ~extra, otherwise, missing),
            Case(extra & ~own, "in", outside),
            otherwise=words("qualified", "among those whom the stage before it took"),
        )
    )


def _alike(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.to_lowercase()
