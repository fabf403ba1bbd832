"""How a peer (bench/bare.py) is asked about a step, and where it differs from the job."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from bare import BARE

from jobs.binding import BoundStep
from jobs.pipeline import rows, stepping
from jobs.verdicts import VERDICT_SCHEMA, Decisions


def peers_answer(world: Any, step: BoundStep, entries: pl.DataFrame) -> pl.DataFrame:
    """What the peer of the step's job says of the entries."""
    return BARE[step.job.name](grouped(step, entries), values(world, step), tables(world, step))


def grouped(step: BoundStep, entries: pl.DataFrame) -> pl.DataFrame:
    """The entries as a peer is given them: with their group in a column."""
    return entries.with_columns(group=rows.named_group(step) if step.per else pl.lit(""))


def values(world: Any, step: BoundStep) -> dict[str, Any]:
    """What the step is given, and what the pipeline brings it (codes, marks that people keep)."""
    brought = {name: stepping.BRINGS[kind](world, step) for kind, name in step.brought.items()}
    return {**step.given, **brought}


def tables(world: Any, step: BoundStep) -> Mapping[str, pl.DataFrame]:
    """The tables and earlier standings that the step reads, by the names of its keys."""
    read = {name: world.tables[feed] for name, feed in step.tables.items()}
    return read | {name: world.before[each] for name, each in step.standings.items()}


def differing(ours: Decisions, peers: pl.DataFrame) -> pl.DataFrame:
    """The entries to which the peer gives another verdict, none, or one that the job does not give; or another figure
    in a column that both add. `entry`, `what` differs, `ours` and `theirs`."""
    said = _both(ours.verdicts, peers, "verdict").with_columns(
        ours=pl.format("{} ({})", "ours", "why"), theirs=pl.format("{} ({})", "theirs", "why_right")
    )
    added = ours.columns if ours.columns is not None else pl.DataFrame({"entry": []})
    names = [name for name in added.columns if name in peers.columns and name not in VERDICT_SCHEMA]
    figures = [_both(added, peers, name) for name in names]
    return pl.concat(each.select("entry", "what", "ours", "theirs") for each in (said, *figures))


def _both(ours: pl.DataFrame, peers: pl.DataFrame, what: str) -> pl.DataFrame:
    """Whose `what` is not the same, as text."""
    text = pl.col(what).cast(pl.String)
    spoken = ["why"] if what == "verdict" else []
    theirs = peers.select("entry", *spoken, theirs=text)
    both = ours.select("entry", *spoken, ours=text).join(theirs, on="entry", how="full", coalesce=True)
    return both.filter(pl.col("ours").ne_missing(pl.col("theirs"))).with_columns(what=pl.lit(what))
