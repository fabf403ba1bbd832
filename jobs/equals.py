"""Entries in the order of their points, and the sets of equals among them, in every group at once.

Points are exact: whole numbers, decimals or mixed fractions (`jobs.exact`).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import polars as pl

from jobs.errors import ParameterFault
from jobs.exact import Exact, exact
from jobs.verdicts import group_of

Ties = Literal["ask", "extend", "exclude"]
PartsRounding = Literal["largest-remainder", "half-up", "floor", "ceil"]

NAMED = 20
"""How many of a set of equals are named; of more their number is told."""


def ranked(
    entries: pl.DataFrame,
    points: str,
    *alike: str,
    people: str | None = None,
    numbers: Exact | None = None,
) -> pl.DataFrame:
    """`entry`, `group`, the columns `alike`, and inside each of their values: `points` (whole numbers over a
    denominator of the whole column: for comparison among themselves), `shown` (as written), `rank` (one more than the
    number of better entries), `tied` (how many share it), `sat` (how many have points); `of`, a number for each of
    those values.

    Where `people` names a column of ids (spaces between), those numbers count the people instead: an entry of two takes
    two places. Who has no points has no rank. Entries without the column `group` are one group. `numbers` are those of
    the column `points`, where somebody has read them already. Raises PointsFault.
    """
    group = group_of(entries)
    values = (numbers or exact(entries[points])).compact.alias("points")
    chosen = entries.select("entry", group, *alike, shown=pl.col(points).cast(pl.String)).with_columns(values)
    one = "group" not in entries.columns and not alike
    # Over one whole number rather than several texts: three times as fast where there are many groups.
    numbered = (
        chosen.with_columns(of=pl.lit(0, pl.UInt32))
        if one
        else chosen.with_row_index("of").with_columns(pl.col("of").first().over("group", *alike))
    )
    if people is None:
        return _counted(numbered, one=one)
    return _weighed(numbered, entries.select(heads=head_count(pl.col(people))).to_series())


def head_count(ids: pl.Expr) -> pl.Expr:
    """How many ids stand in a cell, spaces between; of an empty one it is one."""
    return ids.cast(pl.String).str.count_matches(r"\S+").cast(pl.Int64).fill_null(1).clip(1)


def _weighed(numbered: pl.DataFrame, heads: pl.Series) -> pl.DataFrame:
    """With `rank`, `sat` and `tied` in people."""
    told = numbered.with_columns(heads)
    sets = told.drop_nulls("points").group_by("of", "points").agg(tied=pl.col("heads").sum())
    ordered = sets.sort("of", "points", descending=[False, True]).with_columns(
        rank=pl.col("tied").cum_sum().over("of") - pl.col("tied") + 1, sat=pl.col("tied").sum().over("of")
    )
    found = told.join(ordered, on=["of", "points"], how="left", maintain_order="left")
    sat = pl.col("sat").max().over("of").fill_null(0)
    return found.with_columns(sat, tied=pl.coalesce("tied", "heads")).drop("heads")


def _counted(numbered: pl.DataFrame, *, one: bool) -> pl.DataFrame:
    """With `rank`, `sat` and `tied`; of `one` group they are found at once."""
    rank, sat = pl.col("points").rank("min", descending=True), pl.col("points").count()
    found = {"rank": rank, "sat": sat} if one else {"rank": rank.over("of"), "sat": sat.over("of")}
    counted = numbered.with_columns(**{name: each.cast(pl.Int64) for name, each in found.items()})
    return counted.with_columns(tied=pl.len().over(["rank"] if one else ["of", "rank"]).cast(pl.Int64))


def equals(ranks: pl.DataFrame, split: pl.Expr) -> pl.DataFrame:
    """The sets of equals where `split` holds: `of` and `rank`, and who they are (`people`)."""
    sets = (
        ranks.filter(split)
        .select("of", "rank", "entry")
        .sort("entry")
        .group_by("of", "rank", maintain_order=True)
    )
    named = sets.agg(first=pl.col("entry").head(NAMED), more=pl.len().cast(pl.Int64) - NAMED)
    others = pl.when(pl.col("more") > 0).then(pl.format(" and {} more", "more")).otherwise(pl.lit(""))
    return named.select(
        "of", "rank", people=pl.concat_str(pl.col("first").cast(pl.List(pl.String)).list.join(", "), others)
    )


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


def rounded_parts(total: int, shares: Sequence[Fraction], rounding: PartsRounding) -> list[int]:
    """`total` split by `shares`: each part rounded by itself, as far as there is something left, and the last gets what
    they leave."""
    left, found = total, []
    for share in shares[:-1]:
        part = min(left, rounded(total * share, rounding))
        left -= part
        found.append(part)
    return [*found, left]


def rounded(number: Fraction, rounding: PartsRounding) -> int:
    """A whole number near it, by integers alone; a half goes up."""
    above, below = number.numerator, number.denominator
    if rounding == "floor":
        return above // below
    return -(-above // below) if rounding == "ceil" else (2 * above + below) // (2 * below)
