"""Running a step: what its job is given and brought, group by group, and what it leaves of the entries."""

import re
from collections.abc import Callable, Mapping

import polars as pl

from jobs.binding import BoundStep, Ceremony, Choice, Codes, Kept, Lot, Zone
from jobs.errors import BaiqauError
from jobs.pipeline.model import World
from jobs.pipeline.rows import named_group
from jobs.verdicts import OUT, VERDICT_SCHEMA, Decisions
from jobs.workdays import Workdays


class StepFault(BaiqauError):
    """A step of a rulebook reads what no step before it gives."""


def carry_out(world: World, number: int, step: BoundStep, entries: pl.DataFrame) -> Decisions:
    """The step; StepFault where the rulebook has it before the step that gives what it reads, or without it."""
    try:
        return run_step(world, step, entries)
    except (pl.exceptions.ColumnNotFoundError, KeyError) as fault:
        named = re.search(r"""["']([^"']*)["']""", str(fault))
        if isinstance(fault, KeyError) and (named is None or named[1] not in _said(step)):
            raise  # no column that the rulebook names: a defect of ours
        place = f"{world.rulebook.contest}: stage {world.stage.id}, step {number} ({step.job.name})"
        column = f"the column {named[1]}" if named else "a column"
        raise StepFault(
            f"{place} reads {column}, which nothing before it gives: add the step that does."
        ) from fault


def _said(step: BoundStep) -> set[str]:
    """The texts that the rulebook gives the step, alone and in lists."""
    values = step.given.values()
    listed = (each for value in values for each in (value if isinstance(value, list) else [value]))
    return {each for each in listed if isinstance(each, str)}


def run_step(world: World, step: BoundStep, entries: pl.DataFrame) -> Decisions:
    """What the step's job says of the entries: of each group by itself, where the step has groups."""
    arguments: dict[str, object] = dict(step.given)
    arguments |= {name: world.tables[feed] for name, feed in step.tables.items()}
    arguments |= {name: world.before[stage] for name, stage in step.standings.items()}
    arguments |= {name: BRINGS[kind](world, step) for kind, name in step.brought.items()}
    if not step.per:
        return step.job.function(entries, **arguments)
    if step.job.all_groups:
        return step.job.function(entries.with_columns(group=named_group(step)), **arguments)
    grouped = entries.with_columns(group=named_group(step))
    # Of nobody at all too, for what a step adds is read behind it: people may have put everybody out.
    parts = grouped.partition_by("group", maintain_order=True) or [grouped]
    return _together(
        [
            _told_of(next(iter(part["group"]), None), step.job.function(part.drop("group"), **arguments))
            for part in parts
        ]
    )


def _told_of(group: str | None, decisions: Decisions) -> Decisions:
    """Evidence says of which group it is."""
    named = {
        name: table.select(pl.lit(group, pl.String).alias("group"), pl.all())
        for name, table in decisions.evidence.items()
    }
    return Decisions(decisions.verdicts, decisions.columns, named)


def _lot(world: World, step: BoundStep) -> Lot:
    stem = f"{world.rulebook.contest}/{world.stage.id}/{world.rulebook.edition}"
    return Lot(stem, world.rulings.dice.get(step.ask or ""))


def _ceremony(world: World, step: BoundStep) -> Ceremony:
    return Ceremony(
        stem=f"{world.rulebook.contest}-{world.rulebook.edition}",
        rules=world.rulebook.digest,
        chain=world.beacon.chain,
        code=world.beacon.code,
        contest=world.rulebook.contest,
        title=world.rulebook.title,
        organisation=world.beacon.organisation,
        dice=world.rulings.dice.get(step.ask or ""),
        pulses=world.beacon.pulses,
        annulled=world.rulings.annulled,
    )


BRINGS: Mapping[object, Callable[[World, BoundStep], object]] = {
    Lot: _lot,
    Zone: lambda world, _step: world.rulebook.timezone,
    Choice: lambda world, step: Choice(world.rulings.chosen.get(step.choose or "")),
    Ceremony: _ceremony,
    Kept: lambda world, _step: world.kept,
    Workdays: lambda world, _step: world.rulebook.workdays,
    Codes: lambda world, _step: Codes(world.beacon.code),
}


def _together(parts: list[Decisions]) -> Decisions:
    columns = [part.columns for part in parts if part.columns is not None]
    names = {name for part in parts for name in part.evidence}
    evidence = {
        name: pl.concat(part.evidence[name] for part in parts if name in part.evidence) for name in names
    }
    return Decisions(
        pl.concat([pl.DataFrame(schema=VERDICT_SCHEMA), *(part.verdicts for part in parts)]),
        pl.concat(columns) if columns else None,
        evidence,
    )


def narrow(entries: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """The entries that are not out, with the columns that the step gave them."""
    gone = decisions.verdicts.filter(pl.col("verdict") == OUT)
    alive = entries.join(gone, on="entry", how="anti", maintain_order="left")
    if decisions.columns is None:
        return alive
    replaced = [name for name in decisions.columns.columns if name != "entry" and name in alive.columns]
    return alive.drop(replaced).join(decisions.columns, on="entry", how="left", maintain_order="left")
