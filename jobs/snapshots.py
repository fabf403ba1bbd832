"""One work seen several times: counts hold at the moment they were taken (clause 6.2 of BilimClass, Best SOR's prizes).

Exports of one video differ in when they were made, and one export may name it under several tags. They merge to one
row, and every merge is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

TAGS: Final = "hashtags"
POSTED: Final = "posted_at"


@dataclass(frozen=True)
class Merged:
    """`rows`: one row a key, sorted by it: the columns of the input and `snapshots`, how many rows it was.

    `report`: one row for each key that was several rows, or whose counts all came too late: the key, `snapshots`,
    `used_at` (when the counts that hold were taken; null where that is not told, or where none hold), `late` (how
    many snapshots came after the cut-off: counts hold where that is fewer than all), for each count `…_first`,
    `…_used` and `…_growth` between the first snapshot and the one used, and `differs`: the other columns in which
    the rows contradict each other, with spaces between.
    """

    rows: pl.DataFrame
    report: pl.DataFrame


def merge_snapshots(
    rows: pl.DataFrame, *, key: str, by: str, until: datetime | None, counts: Sequence[str]
) -> Merged:
    """One row for each value of the column `key`, whatever the order of `rows`.

    Counts come as a whole, unknown ones included, from the latest snapshot whose `by` is not after `until` (None: of
    all). A snapshot without a time counts as made before the cut-off and before any timed one; among several of one
    time, or without one, the one with the larger counts is the later, since counts grow. Where all came after the
    cut-off every count is null. `by` is the time of the snapshot used. Of the other columns each has its newest known
    value, but `posted_at` its earliest and `hashtags` all there are.
    """
    alone = rows[key].is_unique()
    seen = rows.with_columns(_late=_is_late(by, until))
    single, several = seen.filter(alone), _in_order(seen.filter(~alone), key, by, counts)
    merged = _merge(several, key, by, counts)
    kept = _void(single, by, counts).with_columns(*_tidy_tags(seen.columns), snapshots=pl.lit(1, pl.Int32))
    told = (_growth(several, key, by, counts), _growth(single.filter("_late"), key, by, counts))
    whole = pl.concat([kept.select(merged.columns), merged])
    return Merged(whole.select(*rows.columns, "snapshots").sort(key), pl.concat(told).sort(key))


def _is_late(by: str, until: datetime | None) -> pl.Expr:
    return (pl.col(by) > until).fill_null(value=False) if until is not None else pl.lit(value=False)


def _in_order(rows: pl.DataFrame, key: str, by: str, counts: Sequence[str]) -> pl.DataFrame:
    """Newest first: later times, then larger counts; what is left to tell rows apart is their content, so that their
    order in the file never does."""
    rest = [name for name in rows.columns if name not in {key, by, *counts}]
    total = pl.sum_horizontal(counts)
    return rows.sort(by, total, *counts, *rest, descending=True, nulls_last=True)


def _merge(several: pl.DataFrame, key: str, by: str, counts: Sequence[str]) -> pl.DataFrame:
    timely = ~pl.col("_late")
    others = [name for name in several.columns if name not in {key, by, *counts, POSTED, TAGS, "_late"}]
    merged = several.group_by(key, maintain_order=True).agg(
        *(pl.col(name).filter(timely).first() for name in (by, *counts)),
        *(pl.col(name).first(ignore_nulls=True) for name in others),
        *(pl.col(name).min() for name in several.columns if name == POSTED),
        *(pl.col(name).str.join(" ") for name in several.columns if name == TAGS),
        snapshots=pl.len().cast(pl.Int32),
    )
    return merged.with_columns(_tidy_tags(several.columns))


def _void(rows: pl.DataFrame, by: str, counts: Sequence[str]) -> pl.DataFrame:
    """Counts taken after the cut-off are no counts."""
    return rows.with_columns(
        pl.when(~pl.col("_late")).then(pl.col(name)).alias(name) for name in (by, *counts)
    )


def _tidy_tags(columns: Sequence[str]) -> list[pl.Expr]:
    """Each tag once, in one order."""
    if TAGS not in columns:
        return []
    joined = pl.col(TAGS).str.split(" ").list.unique().list.sort().list.join(" ").str.strip_chars()
    return [pl.when(joined != "").then(joined).alias(TAGS)]


def _growth(several: pl.DataFrame, key: str, by: str, counts: Sequence[str]) -> pl.DataFrame:
    """The report on rows in their order."""
    timely = ~pl.col("_late")
    others = [name for name in several.columns if name not in {key, by, *counts, TAGS, "_late"}]
    seen = several.group_by(key, maintain_order=True).agg(
        *(pl.col(name).filter(timely).last().alias(f"{name}_first") for name in counts),
        *(pl.col(name).filter(timely).first().alias(f"{name}_used") for name in counts),
        *((pl.col(name).min() != pl.col(name).max()).alias(f"differs:{name}") for name in others),
        snapshots=pl.len().cast(pl.Int32),
        used_at=pl.col(by).filter(timely).first(),
        late=pl.col("_late").sum().cast(pl.Int32),
    )
    growth = {name: pl.col(f"{name}_used") - pl.col(f"{name}_first") for name in counts}
    steps = [
        step
        for name in counts
        for step in (f"{name}_first", f"{name}_used", growth[name].alias(f"{name}_growth"))
    ]
    named = (pl.when(f"differs:{name}").then(pl.lit(name)) for name in others)
    differs = pl.concat_str(*named, separator=" ", ignore_nulls=True) if others else pl.lit("")
    return seen.select(key, "snapshots", "used_at", "late", *steps, differs=differs)
