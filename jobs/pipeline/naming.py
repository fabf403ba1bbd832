"""One thing under several names in what is read, such as a subject in three languages: else it would be several."""

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from jobs.pipeline.model import Tables
from jobs.rulebook import Rulebook


def named_alike(rulebook: Rulebook, tables: Tables) -> Tables:
    """The tables with one name for each thing of which the rulebook says that its names are one ([one-name]), and for
    each that is told apart by capitals alone."""
    written = {each for table in tables.values() for each in _written(rulebook, table)}
    return {feed: _renamed(rulebook, table, written) for feed, table in tables.items()}


def one_named(rulebook: Rulebook, table: pl.DataFrame) -> pl.DataFrame:
    """The same of one table."""
    return _renamed(rulebook, table, set(_written(rulebook, table)))


def _written(rulebook: Rulebook, table: pl.DataFrame) -> Iterator[str]:
    """What stands in the columns: few spellings, however many rows there are."""
    for name in _columns(rulebook, table):
        yield from table[name].unique().drop_nulls()


def _columns(rulebook: Rulebook, table: pl.DataFrame) -> list[str]:
    return [name for name in rulebook.one_name.columns if table.schema.get(name) == pl.String]


def _renamed(rulebook: Rulebook, table: pl.DataFrame, written: Collection[str]) -> pl.DataFrame:
    found = _found(written, rulebook.one_name.names)
    columns = _columns(rulebook, table)
    return table.with_columns(pl.col(columns).replace(found)) if found and columns else table


def _found(written: Collection[str], names: Mapping[str, str]) -> dict[str, str]:
    """What stands there otherwise than it is to. Of spellings that the rulebook does not have, the first by the
    alphabet that is not all in capitals is the name."""
    ordered = sorted(written, key=lambda each: (each.isupper(), each), reverse=True)
    usual = {each.lower(): each for each in ordered} | dict(names)
    return {each: usual[each.lower()] for each in written if each != usual[each.lower()]}
