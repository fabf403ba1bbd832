"""Stages that are decided twice: what a job changes is put to people before it counts."""

from dataclasses import replace

import polars as pl

from jobs.binding import BoundStep, Kept, Twice
from jobs.errors import BaiqauError
from jobs.pipeline.deciding import decide
from jobs.pipeline.model import DECISION_SCHEMA, Rulings, StageResult, World
from jobs.pipeline.outcomes import outcomes
from jobs.pipeline.rows import asking, label
from jobs.pipeline.rulings import rule
from jobs.verdicts import OUT


class PublishedFault(BaiqauError):
    """More than changed marks would make a published result another."""


def confirmed(world: World, result: StageResult) -> StageResult:
    """`result`; where a job changed something of which its `Twice` speaks, with what that does put to people, group by
    group. Where they keep what was before, it counts. PublishedFault where a published result would be another by the
    marks it stood on."""
    _refuse_other_rules(world)
    for number, step in enumerate(world.stage.steps, start=1):
        twice = step.job.twice
        if twice is not None and twice.evidence in result.evidence:
            return _put_to_people(world, result, number, step, twice)
    return result


def _refuse_other_rules(world: World) -> None:
    """People answer for what changed marks do: that the rules were changed since must not come along unasked."""
    public = world.rulings.published
    if public is None:
        return
    rulings, kept = replace(world.rulings, table=public.table), replace(world.kept, every=True)
    then = replace(world, before={**world.before, **public.before}, rulings=rulings, kept=kept)
    again = _outcome(decide(then))
    if set(again.filter(pl.col("outcome") != OUT).rows()) != set(public.outcomes.rows()):
        raise PublishedFault(
            f"{world.rulebook.contest}: stage {world.stage.id} by the marks it stood on is not what was published: put "
            "back the rules and settings of that day, or correct the list by hand."
        )


def _put_to_people(
    world: World, result: StageResult, number: int, step: BoundStep, twice: Twice
) -> StageResult:
    changed = _changed(world, result.evidence[twice.evidence], twice)
    groups = changed.select("entry", "group")
    rows = label(world.stage, number, step.clause, twice.asked(changed)).drop("group")
    rows = rows.join(groups, on="entry", how="left", maintain_order="left").select(*DECISION_SCHEMA)
    said = rule(world.rulebook, world.stage, asking(step.ask, rows), world.rulings)
    kept = _groups_kept(groups, said.rows, twice.keep)
    final = decide(replace(world, kept=replace(world.kept, groups=kept))) if kept else result
    return replace(
        final,
        decisions=pl.concat([final.decisions, rows, said.rows]),
        pending=pl.concat([final.pending, said.open]),
        evidence={**final.evidence, "changes": changed},
    )


def _changed(world: World, evidence: pl.DataFrame, twice: Twice) -> pl.DataFrame:
    """What changes, told as it is before anybody has answered anything, so that no other answer asks it anew; of what
    is public already, as it was published."""
    public = world.rulings.published
    table = public.table if public else Rulings().table
    unasked = replace(world, rulings=replace(world.rulings, table=table))
    old = public.outcomes if public else _outcome(decide(replace(unasked, kept=Kept(every=True))))
    return twice.changes(evidence, old, _outcome(decide(unasked)), public=public is not None)


def _outcome(result: StageResult) -> pl.DataFrame:
    """`entry` and its `outcome`: the award, else the verdict."""
    return outcomes(result).select("entry", outcome=pl.coalesce("award", "verdict"))


def _groups_kept(groups: pl.DataFrame, ruled: pl.DataFrame, keep: str) -> frozenset[str]:
    """The groups of which people have said that what was before stays."""
    keeping = ruled.filter(pl.col("facts").str.json_path_match("$.decision") == keep)
    return frozenset(groups.join(keeping, on="entry", how="semi")["group"].drop_nulls())
