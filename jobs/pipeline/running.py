"""The way in: a stage is decided on its tables, the stages before it and what people have said."""

from collections.abc import Mapping

import polars as pl

from jobs.binding import Kept
from jobs.feeds import FEEDS
from jobs.pipeline.confirming import confirmed
from jobs.pipeline.deciding import decide
from jobs.pipeline.model import NO_BEACON, Beacon, Rulings, StageResult, Tables, World
from jobs.pipeline.naming import named_alike
from jobs.rulebook import Rulebook, Stage


def run_stage(
    rulebook: Rulebook,
    stage: Stage,
    tables: Tables,
    before: Mapping[str, pl.DataFrame],
    rulings: Rulings,
    beacon: Beacon = NO_BEACON,
) -> StageResult:
    """Decide `stage`. `before` has the standing of every earlier stage, by its id.

    The order of the rows of a table never matters: entries are sorted by id and steps see them so.

    Where a job changes what was before, such as marks, the stage is decided with the old and with the new, and people
    confirm what changes in each group before it counts (order 99, annex 2, clauses 9 and 25).
    """
    kept = Kept(published=rulings.published.marks) if rulings.published else Kept()
    read = named_alike(rulebook, _with_lacking(stage, tables))
    world = World(rulebook, stage, read, before, rulings, beacon, kept)
    return confirmed(world, decide(world))


def _with_lacking(stage: Stage, tables: Tables) -> Tables:
    """An empty table of each feed that may be lacking and is."""
    lacking = {
        feed: pl.DataFrame(schema={name: column.dtype for name, column in FEEDS[feed].columns.items()})
        for feed in stage.may_lack
        if feed not in tables
    }
    return {**tables, **lacking}
