"""Ranks: entries in the order of their points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from jobs.errors import ParameterFault

By = Literal["sum", "lexicographic", "weighted"]


@dataclass(frozen=True)
class Order:
    """What makes one entry better than another.

    `points` are columns of whole numbers, more being better, put together as `by` says (`weights` are 1 where none
    are given). `chain` orders equal points: by more of a column, or with a leading "-" by less of it, the earlier.
    Without `optional` an entry of whose points a part is unknown has none; with it the unknown is 0 as long as
    anything is known, and where `left_out` the columns in `optional` count for nobody.
    """

    points: tuple[str, ...]
    by: By = "sum"
    weights: tuple[int, ...] = ()
    chain: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    left_out: bool = False

    def __post_init__(self) -> None:
        if not set(self.optional) < set(self.points):
            raise ParameterFault(
                "top.optional names columns of `points`, and at least one of those must remain."
            )
        if self.weights and len(self.weights) != len(self.points):
            raise ParameterFault(
                f"top has {len(self.weights)} weights for {len(self.points)} columns of points: write one for each."
            )

    @property
    def firm(self) -> list[str]:
        """The columns of points that count in any case."""
        return [name for name in self.points if name not in self.optional]

    @property
    def ranked(self) -> pl.Expr:
        """Whether an entry has points."""
        known = [pl.col(name).is_not_null() for name in self.points]
        return pl.any_horizontal(known) if self.optional else pl.all_horizontal(known)

    @property
    def vague(self) -> pl.Expr:
        """Whether an entry has points of which a part that counts in any case is unknown."""
        return self.ranked & pl.any_horizontal(pl.col(name).is_null() for name in self.firm)

    @property
    def keys(self) -> list[pl.Expr]:
        """The values that decide, the weightiest first."""
        weights = dict(zip(self.points, self.weights, strict=False)) if self.by == "weighted" else {}
        counted = self.firm if self.left_out else self.points
        values = [pl.col(name).fill_null(0) * weights.get(name, 1) for name in counted]
        own = values if self.by == "lexicographic" else [pl.sum_horizontal(values)]
        return [*own, *(pl.col(name.removeprefix("-")) for name in self.chain)]

    @property
    def descending(self) -> list[bool]:
        """Of each key whether more is better."""
        own = len(self.keys) - len(self.chain)
        return [True] * own + [not name.startswith("-") for name in self.chain]

    def shown(self, keys: Sequence[str]) -> pl.Expr:
        """The points as people read them: a number, or the numbers in turn where no sum was made."""
        own = keys[: len(keys) - len(self.chain)]
        return pl.col(own[0]) if len(own) == 1 else pl.concat_str(own, separator="; ")


@dataclass(frozen=True)
class Ranks:
    """`kinds`: a row for all entries of which the same is to be said, the best first: the keys that decide, `vague`,
    `rank`, `points` as they are read, `tied` (how many share the rank). `keyed`: each entry's keys and `vague`."""

    kinds: pl.DataFrame
    keyed: pl.DataFrame

    def spread(self, kinds: pl.DataFrame) -> pl.DataFrame:
        """Each entry, in the order given, with `rank`, `points` and whatever else stands in `kinds` of its kind."""
        keys = [name for name in self.keyed.columns if name != "entry"]
        joined = self.keyed.join(kinds, on=keys, how="left", maintain_order="left", nulls_equal=True)
        return joined.drop(*keys, "vague", strict=False)


def rank(entries: pl.DataFrame, order: Order) -> Ranks:
    """`rank` is one more than the number of better entries; who has no points has no rank."""
    names = [f"key{number}" for number in range(len(order.keys))]
    keys = {name: pl.when(order.ranked).then(key) for name, key in zip(names, order.keys, strict=True)}
    keyed = entries.select("entry", **keys, vague=order.vague)
    if not keyed["vague"].any():  # what is the same of all is no key
        keyed = keyed.drop("vague")
    better = pl.col("tied").cum_sum() - pl.col("tied")
    known = pl.col(names[0]).is_not_null()
    kinds = (
        keyed.lazy()
        .group_by(keyed.columns[1:])
        .agg(tied=pl.len().cast(pl.Int64))
        .sort(names, descending=order.descending, nulls_last=True)
        .with_columns(rank=pl.when(known).then(better + 1), points=order.shown(names))
    )
    if "vague" not in keyed.columns:
        return Ranks(kinds.with_columns(vague=pl.lit(value=False)).collect(), keyed)
    shared = (pl.col("rank").min().over(names), pl.col("tied").sum().over(names))
    return Ranks(kinds.with_columns(shared).collect(), keyed)
