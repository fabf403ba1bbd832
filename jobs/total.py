"""Points put together exactly: a sum of several marks, with weights where the rulebook gives some.

Order 99: annex 1, clause 5 (three rounds, reading Q34), annex 3, clause 18 (the expertise's points count in the final
result, reading Q50).
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import polars as pl

from jobs.errors import ParameterFault
from jobs.exact import number, spelled, together, written
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def total(
    entries: pl.DataFrame, *, columns: list[str], weights: list[str] | None = None, into: str = "score"
) -> Decisions:
    """Adds `into`, the exact sum of the points in `columns`, each times its weight ("1", "0.5", "0 1/3").

    Undecided: whoever has nothing in one of the columns; nought is not nothing. Raises ParameterFault, PointsFault.
    """
    absent = [name for name in columns if name not in entries.columns]
    if absent or not columns:
        raise ParameterFault(f"total.columns: the entries have no column {', '.join(absent) or 'named'}.")
    shares = _shares(columns, weights)
    numbers, below = together(*(entries[name] for name in columns))
    common = lcm(*(share.denominator for share in shares))
    table = pl.DataFrame([values.alias(f"{at}") for at, values in enumerate(numbers)])
    factors = [pl.lit(share.numerator * (common // share.denominator), pl.Int128) for share in shares]
    sums = table.select(pl.sum_horizontal(pl.col(f"{at}") * factor for at, factor in enumerate(factors)))
    told = entries.select("entry", absent=_absent(columns)).with_columns(
        written(sums.to_series(), below * common).alias(into)
    )
    missing = words("part-missing", "has no points for {column}", column=pl.col("absent"))
    sum_of = words("totalled", f"{{points}} points: {_worded(columns, shares)}", points=pl.col(into))
    decided = judge(told, Case(pl.col("absent").is_not_null(), UNDECIDED, missing), otherwise=sum_of)
    whole = pl.when(pl.col("absent").is_null()).then(into).alias(into)
    return Decisions(decided, told.select("entry", whole))


def _shares(columns: Sequence[str], weights: Sequence[str] | None) -> list[Fraction]:
    if weights is None:
        return [Fraction(1)] * len(columns)
    if len(weights) != len(columns):
        raise ParameterFault(
            f"total has {len(columns)} columns for {len(weights)} weights: write one for each."
        )
    return [number(text, "total.weights") for text in weights]


def _absent(columns: Sequence[str]) -> pl.Expr:
    """The first of the columns in which nothing stands."""
    return pl.coalesce(pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in columns)


def _worded(columns: Sequence[str], shares: Sequence[Fraction]) -> str:
    parts = zip(columns, shares, strict=True)
    return " + ".join(name if share == 1 else f"{spelled(share)} × {name}" for name, share in parts)
