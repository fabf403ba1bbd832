"""Points as whole numbers over one denominator, shares, and the names of people with equal points."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
import polars as pl
from bare_told import Given

MILLI = 1000
NAMED = 20


def numbers(points: pl.Series) -> tuple[pl.Series, int]:
    """Points such as 59, 59.5 or 59 1/3 in whole numbers, and over what. A denominator that leaves no room beside
    points of nine digits wants wider numbers."""
    text = points.cast(pl.String).to_frame("text")
    if not text["text"].str.contains("/", literal=True).any():
        return text["text"].cast(pl.Decimal(18, 3)).to_physical().cast(pl.Int64), MILLI
    read = text.select(
        whole=pl.col("text").str.extract(r"^(\S+)").cast(pl.Decimal(18, 3)).to_physical().cast(pl.Int64),
        above=pl.col("text").str.extract(r" (\d+)/").cast(pl.Int64).fill_null(0),
        below=pl.col("text").str.extract(r"/(\d+)$").cast(pl.Int64).fill_null(1),
    )
    common = lcm(MILLI, *read["below"].unique())
    wide = pl.Int64() if common < 10**9 else pl.Int128()
    whole, above, below = (pl.col(name).cast(wide) for name in read.columns)
    over = whole * pl.lit(common // MILLI, wide) + above * (pl.lit(common, wide) // below)
    return read.select(points=over).to_series(), common


def fraction(text: str) -> Fraction:
    """A number as a rulebook writes it: 59.5, 59 1/3, 1/5, 20 %."""
    if text.endswith("%"):
        return Fraction(text.removesuffix("%").strip()) / 100
    return sum((Fraction(part) for part in text.split()), Fraction(0))


def border(text: str, denominator: int) -> int:
    """The least whole number over that denominator which reaches the number."""
    least = fraction(text) * denominator
    return -(-least.numerator // least.denominator)


def ranked(
    entries: pl.DataFrame, given: Given, within: Sequence[str], *others: pl.Expr | str
) -> pl.DataFrame:
    """`entry`, `group`, the `others`, `points` in whole numbers, `shown` as written, and `rank`, `tied` and `sat`
    inside of `within`: in entries, or in people where a column tells whose an entry is."""
    points, people = given["points"], given.get("people")
    known = entries.select("entry", "group", *others, shown=pl.col(points).cast(pl.String)).with_columns(
        points=numbers(entries[points])[0]
    )
    if people is None:
        return known.with_columns(
            rank=pl.col("points").rank("min", descending=True).over(within).cast(pl.Int64),
            tied=pl.len().over([*within, "points"]).cast(pl.Int64),
            sat=pl.col("points").count().over(within).cast(pl.Int64),
        )
    heads = entries.select(heads=pl.col(people).str.count_matches(r"\S+").fill_null(1).clip(1).cast(pl.Int64))
    sets = (
        known.with_columns(heads).drop_nulls("points").group_by([*within, "points"]).agg(tied=pl.sum("heads"))
    )
    before = pl.col("tied").cum_sum().over(within) - pl.col("tied")
    told = sets.sort("points", descending=True).with_columns(
        rank=before + 1, sat=pl.col("tied").sum().over(within)
    )
    return known.join(told, on=[*within, "points"], how="left", nulls_equal=True, maintain_order="left")


def with_equals(seen: pl.DataFrame, over: pl.Expr, within: Sequence[str]) -> pl.DataFrame:
    """With the `people` of each set of equals where `over` holds: twenty by name, of more their number."""
    held = seen.filter(over).sort("entry")
    if held.is_empty():
        return seen.with_columns(people=pl.lit(None, pl.String))
    sets = held.group_by([*within, "points"]).agg(
        names=pl.col("entry").head(NAMED).str.join(", "), more=pl.len().cast(pl.Int64) - NAMED
    )
    others = pl.when(pl.col("more") > 0).then(pl.format(" and {} more", "more")).otherwise(pl.lit(""))
    told = sets.with_columns(people=pl.concat_str("names", others)).drop("names", "more")
    return seen.join(told, on=[*within, "points"], how="left", nulls_equal=True, maintain_order="left")


def spelled(above: pl.Series, below: pl.Series | int) -> pl.Series:
    """Fractions as 18, 17.5 or 17 2/3, in lowest terms."""
    table = pl.DataFrame({"above": above}).with_columns(below=pl.lit(below, above.dtype))
    rest, size = pl.col("above") % pl.col("below"), pl.col("below")
    split = table.with_columns(whole=pl.col("above") // pl.col("below"), rest=rest)
    common = pl.Series(np.gcd(split["rest"].fill_null(0).to_numpy(), split["below"].fill_null(1).to_numpy()))
    low = split.with_columns(pl.col("rest", "below") // pl.lit(common, above.dtype))
    decimals = (pl.col("rest") * MILLI // size).cast(pl.String).str.zfill(3).str.strip_chars_end("0")
    tail = (
        pl.when(pl.col("rest") == 0).then(pl.lit(""))
        .when(MILLI % size == 0).then(pl.format(".{}", decimals))
        .otherwise(pl.format(" {}/{}", "rest", "below"))
    )  # fmt: skip
    return low.select(pl.format("{}{}", "whole", tail)).to_series()
