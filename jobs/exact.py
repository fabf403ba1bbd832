"""Points as the exact numbers they are: text in, whole numbers over one common denominator, text out.

A mean of jurors' marks is rarely a decimal: 17/29 of a point is written "17/29" after its whole part, never rounded, so
that 59 29/30 stays below 60. Floats are refused. Order 99, annex 3, clause 16 (the mean of the authors' points, against
50 %), annex 4, clauses 17 and 20-21 (borders of bands).
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import polars as pl

from jobs.errors import BaiqauError, ParameterFault

FORM: Final = r"^(-?[0-9]{1,18})(?:\.([0-9]{1,3})| ([0-9]{1,9})/([1-9][0-9]{0,8}))?$"
"""The three forms of points: whole ("59"), decimal to three places ("59.5"), mixed fraction ("59 1/3", "0 17/29")."""

POINTS: Final = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{0,2}[1-9]| [1-9][0-9]{0,8}/[1-9][0-9]{0,8})?$"
"""Points as a feed keeps them: none below 0, and in one spelling (`tidied`)."""

_DECIMALS: Final = r"^-?[0-9]{1,18}(?:\.[0-9]{1,3})?$"
_DECIMAL: Final = pl.Decimal(38, 3)
_MILLI: Final = 1000
_WIDEST: Final = 2**126
_LONG: Final = 2**63 - 1


class PointsFault(BaiqauError):
    """Something that shall be points is none, or the numbers are too long to be compared exactly."""


@dataclass(frozen=True)
class Exact:
    """A column of points: `values` (Int128, null where nothing stands) over the one `denominator`."""

    values: pl.Series
    denominator: int

    def at_least(self, border: Fraction) -> pl.Series:
        """Where the points reach `border`; null where nothing stands."""
        least = -(-border.numerator * self.denominator // border.denominator)
        return self.values >= pl.Series([least], dtype=pl.Int128)

    def at_most(self, border: Fraction) -> pl.Series:
        """Where the points do not exceed `border`; null where nothing stands."""
        most = border.numerator * self.denominator // border.denominator
        return self.values <= pl.Series([most], dtype=pl.Int128)

    def over(self, denominator: int) -> pl.Series:
        """`values` over a multiple of their own denominator. Raises PointsFault where they get too long."""
        return _widened(self.values, denominator // self.denominator)

    @property
    def compact(self) -> pl.Series:
        """`values` in the narrowest of Int64 and Int128 that holds them: sorting and comparing are faster so."""
        narrow = ((self.values <= _LONG) & (self.values >= -_LONG)).all()
        return self.values.cast(pl.Int64) if narrow else self.values

    @property
    def text(self) -> pl.Series:
        """Each written in the shortest of the three forms."""
        return written(self.values, self.denominator)


def exact(points: pl.Series) -> Exact:
    """The numbers of a column of text, of whole numbers or of decimals. Raises PointsFault."""
    if points.dtype.is_integer() or points.dtype == pl.Null:
        return Exact(points.cast(pl.Int128), 1)
    if points.dtype != pl.String and not points.dtype.is_decimal():
        raise PointsFault(f"The column {points.name} holds {points.dtype}; points are text or whole numbers.")
    text = points.cast(pl.String)
    if text.str.contains(_DECIMALS).all():
        return Exact(text.cast(_DECIMAL).to_physical().cast(pl.Int128), _MILLI)
    _refuse_others(text)
    return _mixed(text)


def together(*columns: pl.Series) -> tuple[list[pl.Series], int]:
    """The numbers of several columns over one denominator, which stands last. Raises PointsFault."""
    read = [exact(column) for column in columns]
    common = math.lcm(*(each.denominator for each in read))
    return [_widened(each.values, common // each.denominator) for each in read], common


def summable(values: pl.Series) -> pl.Series:
    """Whole numbers as Int64 where even the sum of all of them fits in it: that is summed several times as fast."""
    most = _LONG // max(1, len(values))
    return values.cast(pl.Int64) if ((values <= most) & (values >= -most)).all() else values


def number(text: str, key: str) -> Fraction:
    """One number as a rulebook writes it ("24", "22.5", "59 1/3"). Raises ParameterFault, naming the `key`."""
    found = re.fullmatch(FORM, text)
    if found is None:
        raise ParameterFault(f'{key}: {text!r} is no number of points such as "60", "59.5" or "59 1/3".')
    whole, decimals, above, below = found.groups()
    rest = (
        Fraction(int(above), int(below)) if below else Fraction(int(decimals or 0), 10 ** len(decimals or ""))
    )
    return int(whole) - rest if whole.startswith("-") else int(whole) + rest


def spelled(number: Fraction) -> str:
    """One number in the shortest of the three forms."""
    return str(written(pl.Series([number.numerator], dtype=pl.Int128), number.denominator).item())


def tidied(text: pl.Expr) -> pl.Expr:
    """Points as people type them in one spelling: 060,50 is 60.5, 60.0 is 60, 59  1/3 is 59 1/3."""
    point = text.str.replace(",", ".", literal=True).str.replace(r"\s+", " ")
    short = pl.when(point.str.contains(r"^[0-9]+\.[0-9]+$")).then(
        point.str.strip_chars_end("0").str.strip_chars_end(".")
    )
    return pl.coalesce(short, point).str.replace(r"^0+([0-9])", "${1}")


def written(numerators: pl.Series, denominators: pl.Series | int) -> pl.Series:
    """Fractions (above and below in whole numbers, or all below the same) in the shortest of the three forms."""
    below = (
        pl.Series([denominators], dtype=pl.Int128).new_from_index(0, len(numerators))
        if isinstance(denominators, int)
        else denominators
    )
    kind, name = _kind(numerators, below), numerators.name or "points"
    table = pl.DataFrame({"above": numerators.cast(kind), "below": below.cast(kind), "minus": numerators < 0})
    whole = table.select(pl.col("above") // pl.col("below")).to_series()
    if (
        whole * table["below"] == table["above"]
    ).all():  # as points mostly are: without the rest three times as fast
        return whole.cast(pl.String).alias(name)
    size = pl.when("minus").then(pl.lit(0, kind) - pl.col("above")).otherwise("above")
    sized = table.with_columns(above=size)
    split = sized.select(
        "minus", "below", whole=pl.col("above") // pl.col("below"), rest=pl.col("above") % pl.col("below")
    )
    lowest = split.with_columns(common=_common_divisor(split["rest"], split["below"]).cast(kind))
    reduced = lowest.with_columns(pl.col("rest", "below") // pl.col("common"))
    return reduced.select(_spelling(kind).alias(name)).to_series()


def _kind(numerators: pl.Series, denominators: pl.Series) -> pl.DataType:
    """The narrowest of Int64 and Int128 in which the numbers, and thousand times the denominators, can be reckoned."""
    short = denominators <= _LONG // _MILLI
    narrow = (short & (numerators <= _LONG) & (numerators >= -_LONG)).all()
    return pl.Int64() if narrow else pl.Int128()


def _spelling(kind: pl.DataType) -> pl.Expr:
    rest, below = pl.col("rest"), pl.col("below")
    milli = pl.lit(_MILLI, kind)
    places = (rest * milli // below).cast(pl.String).str.zfill(3).str.strip_chars_end("0")
    fraction = pl.concat_str(pl.lit(" "), rest.cast(pl.String), pl.lit("/"), below.cast(pl.String))
    tail = (
        pl.when(rest == 0)
        .then(pl.lit(""))
        .when(milli % below == 0)
        .then(pl.concat_str(pl.lit("."), places))
        .otherwise(fraction)
    )
    sign = pl.when(pl.col("minus")).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, pl.col("whole").cast(pl.String), tail)


def _sign(minus: pl.Expr) -> pl.Expr:
    """1 or -1: polars negates no Int128."""
    return pl.when(minus).then(pl.lit(-1, pl.Int128)).otherwise(pl.lit(1, pl.Int128))


def _common_divisor(a: pl.Series, b: pl.Series) -> pl.Series:
    """The greatest common divisor, row by row: numpy's own, of machine integers where they suffice."""
    if (b <= _LONG).all():
        found = np.gcd(a.fill_null(0).cast(pl.Int64).to_numpy(), b.fill_null(1).cast(pl.Int64).to_numpy())
        return pl.Series(found).cast(pl.Int128)
    pairs = zip(a.fill_null(0).to_list(), b.fill_null(1).to_list(), strict=True)
    return pl.Series([math.gcd(*pair) for pair in pairs], dtype=pl.Int128)


def _refuse_others(text: pl.Series) -> None:
    wrong = text.filter(~text.str.contains(FORM))
    if wrong.len():
        raise PointsFault(
            f"The column {text.name} holds {wrong[0]!r}, which is no number of points such as 60, 59.5 or 59 1/3."
        )


def _mixed(text: pl.Series) -> Exact:
    parts = text.to_frame("text").select(
        minus=pl.col("text").str.starts_with("-"),
        plain=pl.col("text").str.extract(r"^-?([0-9.]+)").cast(_DECIMAL).to_physical().cast(pl.Int128),
        above=pl.col("text").str.extract(r" ([0-9]+)/").cast(pl.Int128).fill_null(0),
        below=pl.col("text").str.extract(r"/([0-9]+)$").cast(pl.Int128).fill_null(1),
    )
    common = math.lcm(_MILLI, *(int(each) for each in parts["below"].unique()))
    plain, above = _widened(parts["plain"], common // _MILLI), _widened(parts["above"], common)
    size = parts.with_columns(plain=plain, above=above).select(
        (pl.col("plain") + pl.col("above") // pl.col("below")) * _sign(pl.col("minus"))
    )
    return Exact(size.to_series().alias(text.name), common)


def _widened(values: pl.Series, factor: int) -> pl.Series:
    """Multiplied, where Int128 holds the product; it would wrap around silently."""
    if factor == 1:
        return values.cast(pl.Int128)
    room = pl.Series([_WIDEST // factor], dtype=pl.Int128)
    if not ((values < room) & (values > room * pl.Series([-1], dtype=pl.Int128))).all():
        raise PointsFault(
            f"The points of {values.name} have so many different denominators that their common one is {factor}: "
            "too long to be compared exactly."
        )
    return values.cast(pl.Int128) * pl.Series([factor], dtype=pl.Int128)
