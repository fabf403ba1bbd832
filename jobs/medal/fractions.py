"""Percents and ratings as fractions in two columns, `numerator` and `denominator`: compared and averaged exactly."""

import math

import numpy as np
import polars as pl

FRACTION = ("numerator", "denominator")
SCALED = "scaled"


def scaled(table: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The table with `scaled`, every fraction over one denominator, and that denominator."""
    common = math.lcm(1, *table["denominator"].drop_nulls().unique().to_list())
    whole = pl.col("numerator").cast(pl.Int128) * (pl.lit(common, pl.Int128) // pl.col("denominator"))
    return table.with_columns(whole.alias(SCALED)), common


def mean(common: int) -> tuple[pl.Expr, pl.Expr]:
    """The mean of `scaled` in an aggregation, over those who have a figure; without any it is empty."""
    known = pl.col(SCALED).is_not_null().sum()
    none = known == 0
    sums = pl.when(~none).then(pl.col(SCALED).sum()).alias("numerator")
    return sums, pl.when(~none).then(known.cast(pl.Int128) * common).alias("denominator")


def reduced(table: pl.DataFrame) -> pl.DataFrame:
    """The same fractions in lowest terms."""
    over, under = (table[name].fill_null(1).cast(pl.Int64).to_numpy() for name in FRACTION)
    divisor = pl.Series("divisor", np.gcd(over, under)).replace(0, 1)
    parts = (pl.col(name).cast(pl.Int64) // divisor for name in FRACTION)
    return table.with_columns(parts)
