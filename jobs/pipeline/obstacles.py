"""Why a stage cannot be decided yet: nothing has come, or files contradict each other."""

from dataclasses import dataclass

import polars as pl

from jobs.feeds import FEEDS
from jobs.pipeline.model import Tables
from jobs.pipeline.naming import named_alike
from jobs.pipeline.records import rows_of
from jobs.rulebook import Rulebook, Stage


@dataclass(frozen=True)
class Conflict:
    """Two files disagree about one record, and nothing in them says which is newer."""

    feed: str
    records: int


def conflicts(stage: Stage, tables: Tables) -> list[Conflict]:
    """Feeds the stage reads whose records contradict each other; the list of `match` judges its own rows.

    Of the feed of its entries two records of one entry do, whatever else tells them apart.
    """
    judged_by_match = {step.tables["feed"] for step in stage.steps if step.job.name == "match"}
    timeless = sorted(
        name
        for name in stage.feeds - judged_by_match
        if FEEDS[name].own_time is None and (name in tables or name not in stage.may_lack)
    )
    keys = ((name, stage.key if name == stage.entries else FEEDS[name].key) for name in timeless)
    counts = ((name, _contradictory(rows_of(stage, tables[name]), key)) for name, key in keys)
    return [Conflict(name, count) for name, count in counts if count]


def _contradictory(table: pl.DataFrame, key: tuple[str, ...]) -> int:
    versions = table.unique().group_by(key).len()
    return versions.filter(pl.col("len") > 1).height


def obstacle(rulebook: Rulebook, stage: Stage, tables: Tables) -> str | None:
    """Why the stage cannot be decided on these tables, in a clause of a sentence: a feed of which nothing has come,
    or records that contradict each other."""
    tables = named_alike(rulebook, tables)
    empty = sorted(
        feed
        for feed in stage.feeds - set(stage.may_lack)
        if feed not in tables or rows_of(stage, tables[feed]).height == 0
    )
    if empty:
        return f"waits for a file of {', '.join(empty)} for {stage.title['en']}"
    found = ", ".join(
        f"{conflict.feed} ({conflict.records} records)" for conflict in conflicts(stage, tables)
    )
    return f"two files disagree: {found}; send the right one under the wrong one's name" if found else None
