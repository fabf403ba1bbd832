"""Entries in the order of their points, and the sets of equals among them, in every group at once.

Points are exact: whole numbers, or decimals written out (59.5), to three places.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import polars as pl

from jobs.errors import ParameterFault

Ties = Literal["ask", "extend", "exclude"]

NAMED = 20
"""How many of a set of equals are named; of more their number is told."""


def ranked(entries: pl.DataFrame, points: str, *alike: str) -> pl.DataFrame:
    """`entry`, `group`, the columns `alike`, and inside each of their values: `points` (exact), `shown` (as written),
    `rank` (one more than the number of better entries), `tied` (how many share it), `sat` (how many have points).

    Who has no points has no rank. Entries without the column `group` are one group.
    """
    group = pl.col("group") if "group" in entries.columns else pl.lit(None, pl.String).alias("group")
    exact = pl.col(points).cast(pl.String).cast(pl.Decimal(18, 3))
    chosen = entries.select("entry", group, *alike, shown=pl.col(points).cast(pl.String), points=exact)
    within = ["group", *alike]
    rank = pl.col("points").rank("min", descending=True).over(within).cast(pl.Int64)
    return chosen.with_columns(
        rank=rank,
        tied=pl.len().over([*within, "points"]).cast(pl.Int64),
        sat=pl.col("points").count().over(within).cast(pl.Int64),
    )


def equals(ranks: pl.DataFrame, split: pl.Expr, *alike: str) -> pl.DataFrame:
    """The sets of equals where `split` holds: `group`, the columns `alike`, `rank`, `shown`, and `people`."""
    within = ["group", *alike, "rank", "shown"]
    names = pl.col("entry").sort()
    more = pl.when(pl.len() > NAMED).then(pl.format(" and {} more", pl.len() - NAMED)).otherwise(pl.lit(""))
    named = pl.concat_str(names.head(NAMED).str.join(", "), more.first())
    return ranks.filter(split).group_by(within).agg(people=named).sort(within, nulls_last=True)


def parts(key: str, written: Sequence[str]) -> list[Fraction]:
    """Shares written as "20 %" or "1/5", which make up a whole. Raises ParameterFault."""
    try:
        found = [
            Fraction(text.strip()[:-1].strip()) / 100
            if text.strip().endswith("%")
            else Fraction(text.strip())
            for text in written
        ]
    except (ValueError, ZeroDivisionError) as fault:
        raise ParameterFault(f'{key}: {list(written)!r} are not shares such as "20 %" or "1/5".') from fault
    if sum(found) != 1 or min(found) < 0:
        raise ParameterFault(
            f"{key}: {list(written)!r} do not make up a whole: write shares that sum to 100 %."
        )
    return found


def largest_remainder(total: int, shares: Sequence[Fraction]) -> list[int]:
    """`total` split by `shares`, which sum to 1 (Hamilton): each gets its whole part, and what is left over goes to the
    largest remainders; of equal remainders to the earlier share."""
    exact = [total * share for share in shares]
    whole = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(shares)), key=lambda at: (whole[at] - exact[at], at))
    for at in order[: total - sum(whole)]:
        whole[at] += 1
    return whole
