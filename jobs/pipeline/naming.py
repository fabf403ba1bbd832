"""One thing under several names in what is read, such as a subject in three languages: else it would be several."""

from collections.abc import Mapping

import polars as pl

from jobs.pipeline.model import Tables
from jobs.rulebook import Rulebook


def named_alike(rulebook: Rulebook, tables: Tables) -> Tables:
    """The tables with one name for each thing of which the rulebook says that its names are one ([one-name])."""
    return {feed: one_named(rulebook, table) for feed, table in tables.items()}


def one_named(rulebook: Rulebook, table: pl.DataFrame) -> pl.DataFrame:
    """The same of one table."""
    one = rulebook.one_name
    columns = [name for name in one.columns if table.schema.get(name) == pl.String]
    known = {name: _found(table[name], one.names) for name in columns}
    return table.with_columns(pl.col(name).replace(found) for name, found in known.items() if found)


def _found(column: pl.Series, names: Mapping[str, str]) -> dict[str, str]:
    """What stands there otherwise than it is to: few spellings, however many rows there are."""
    written = (each for each in column.unique().drop_nulls().to_list() if each.lower() in names)
    return {each: names[each.lower()] for each in written if each != names[each.lower()]}
