"""A stage from its entries to its result: step by step, then by what people have ruled."""

import polars as pl

from jobs.pipeline.gathering import gather
from jobs.pipeline.model import StageResult, World
from jobs.pipeline.rows import as_rows, asking, without
from jobs.pipeline.rulings import as_chosen, as_numbered, rule
from jobs.pipeline.stepping import carry_out, narrow
from jobs.rulebook import Stage
from jobs.verdicts import OUT


def decide(world: World) -> StageResult:
    """The stage, once: with what people have said, and nothing put to them yet of what a job changed."""
    rulebook, stage, rulings = world.rulebook, world.stage, world.rulings
    gathered = gather(rulebook, stage, world.tables, world.before, rulings)
    entries, log, pending = gathered.entries, [gathered.decided], [gathered.twice]
    evidence: dict[str, pl.DataFrame] = dict(gathered.evidence)
    people = _people(stage, entries)
    for number, step in enumerate(stage.steps, start=1):
        decisions = carry_out(world, number, step, entries)
        people |= _people(stage, decisions.columns)
        evidence |= decisions.evidence
        rows = as_rows(stage, number, step, entries, decisions.verdicts)
        log.append(rows)
        pending.append(asking(step.ask, rows, step.choose))
        entries = narrow(entries, decisions)
    open_rows, ruled = rule(rulebook, stage, pl.concat(pending), rulings)
    standing = as_chosen(without(entries, ruled.filter(pl.col("verdict") == OUT)), ruled)
    standing = as_numbered(rulebook, stage, standing, ruled)
    still_open = open_rows.join(standing, on="entry", how="semi", maintain_order="left")
    return StageResult(
        stage,
        decisions=pl.concat([*log, ruled]),
        standing=_in_order(standing),
        pending=pl.concat([gathered.absent, still_open]),
        evidence=evidence,
        people=people,
    )


def _people(stage: Stage, entries: pl.DataFrame | None) -> dict[str, str]:
    """Whose each entry is, as far as `entries` tells."""
    if stage.person is None or entries is None or stage.person not in entries.columns:
        return {}
    return dict(entries.select("entry", stage.person).drop_nulls().iter_rows())


def _in_order(standing: pl.DataFrame) -> pl.DataFrame:
    if "rank" not in standing.columns:
        return standing.sort("entry")
    return standing.sort("rank", "entry", nulls_last=True)
