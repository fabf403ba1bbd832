"""The records of a feed that enter a stage: which speak of it, and which of several counts."""

from collections.abc import Collection

import polars as pl

from jobs.calendar import window_expr
from jobs.pipeline.naming import one_named
from jobs.rulebook import Latest, Rulebook, Stage


def rows_of(stage: Stage, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that speak of this stage."""
    return table.filter(speaks_of(stage, table.columns))


def speaks_of(stage: Stage, columns: Collection[str]) -> pl.Expr:
    """Whether a row speaks of this stage: `only` and `except` apply to every table that has their columns. Lists of
    values are compared without regard to capitals."""
    wanted = [_is(name, value) for name, value in stage.only.items() if name in columns]
    not_wanted = [
        ~_is(name, values).fill_null(value=False) for name, values in stage.others.items() if name in columns
    ]
    return pl.all_horizontal(pl.lit(value=True), *wanted, *not_wanted)


def _is(name: str, value: str | list[str]) -> pl.Expr:
    told = pl.col(name).cast(pl.String)
    if isinstance(value, str):
        return told == value
    return told.str.to_lowercase().is_in([one.lower() for one in value])


def entry_of(stage: Stage) -> pl.Expr:
    """What an entry is called: the values of the key's columns, of several those that are told."""
    return pl.concat_str(stage.key, separator="/", ignore_nulls=len(stage.key) > 1)


def own_entries(rulebook: Rulebook, stage: Stage, table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records of `table` that enter `stage`, one an entry; and those entries that have two different ones
    inside the window (`records`: how many), where the rulebook wants people to be asked about them."""
    chosen = rows_of(stage, one_named(rulebook, table)).unique(maintain_order=True)
    named = chosen.with_columns(entry=entry_of(stage))
    ranked = named.with_columns(_inside=_inside(rulebook, stage.latest))
    # A record without a time may lie inside too: nothing but its content would choose between it and another.
    inside = ranked.filter(pl.col("_inside").fill_null(value=True)).group_by("entry").len("records")
    doubled = inside.filter((pl.col("records") > 1) & bool(stage.latest and stage.latest.twice))
    return _newest(ranked, stage.latest).sort("entry"), doubled.sort("entry")


def _inside(rulebook: Rulebook, latest: Latest | None) -> pl.Expr:
    if latest is None or latest.within is None:
        return pl.lit(value=True)
    return window_expr(latest.by, rulebook.windows[latest.within])


def _newest(ranked: pl.DataFrame, latest: Latest | None) -> pl.DataFrame:
    """One record an entry; records of the same moment are told apart by their content, never by their order."""
    at = [] if latest is None else [latest.by]
    others = [name for name in ranked.columns if name not in ("entry", "_inside", *at)]
    directions = [False, True, *[True] * len(at), *[False] * len(others)]
    ordered = ranked.sort("entry", "_inside", *at, *others, descending=directions, nulls_last=True)
    return ordered.unique("entry", keep="first", maintain_order=True).drop("_inside")
