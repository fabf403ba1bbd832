"""A stage from its entries to its result: step by step, then by what people have ruled."""

from dataclasses import dataclass, field

import polars as pl

from jobs.pipeline.gathering import gather
from jobs.pipeline.model import StageResult, World
from jobs.pipeline.rows import NOTHING, as_rows, asking, without
from jobs.pipeline.rulings import NOBODY_PUT_OUT, Said, as_chosen, as_numbered, rule
from jobs.pipeline.stepping import carry_out, narrow
from jobs.rulebook import Stage
from jobs.verdicts import OUT


def decide(world: World) -> StageResult:
    """The stage, once: with what people have said, and nothing put to them yet of what a job changed.

    Whom people put out takes no part in the steps behind that count places, equals or shares among those who are left.
    So the steps are taken again without them, from the first such step on: what people said of later ones counts where
    it is still the same that they were shown. Till then they stay among the others: whose sheet is like theirs is a
    copy all the same, a mark under their code is one of somebody, and so is a changed mark.
    """
    gone, leaves = _Gone(), _leaves(world.stage)
    while True:
        road = _walk(world, gone)
        said = rule(world.rulebook, world.stage, without(road.pending, gone.entries), world.rulings)
        leaving = said.put_out.with_columns(pl.col("step").replace_strict(leaves, return_dtype=pl.Int64))
        earlier = leaving.filter(pl.col("step") < len(world.stage.steps))
        if earlier.is_empty():
            return _result(world, road, said, gone)
        gone = gone.joined_by(earlier.filter(pl.col("step") == pl.col("step").min()), said.rows)


def _leaves(stage: Stage) -> dict[int, int]:
    """Behind which step those leave who are put out at a step: before the next one that counts among those who are
    left, and never before marks are changed."""
    numbered = list(enumerate(stage.steps, start=1))
    changed = max((number for number, step in numbered if step.job.twice), default=0)
    counting = [number for number, step in numbered if step.job.counts and number > changed]
    asked = range(len(numbered) + 1)
    return {at: next((each for each in counting if each > at), len(numbered) + 1) - 1 for at in asked}


@dataclass(frozen=True)
class _Gone:
    """Whom people put out behind which step (`entries`: `entry`, `step`), and the verdicts by which they did."""

    entries: pl.DataFrame = field(default_factory=lambda: NOBODY_PUT_OUT)
    ruled: pl.DataFrame = field(default_factory=lambda: NOTHING)

    def joined_by(self, others: pl.DataFrame, rows: pl.DataFrame) -> "_Gone":
        """Whoever left later stays till it is known what they are asked without these."""
        stay = self.entries.filter(pl.col("step") <= others["step"].min())
        known, new = (
            table.join(each, on="entry", how="semi", maintain_order="left")
            for table, each in ((self.ruled, stay), (rows, others))
        )
        return _Gone(pl.concat([stay, others]), pl.concat([known, new]))

    def behind(self, step: int) -> pl.DataFrame:
        return self.entries.filter(step=step)


@dataclass(frozen=True)
class _Road:
    """What the steps say: every verdict, those that are put to people, who is left, and the evidence."""

    log: list[pl.DataFrame]
    pending: pl.DataFrame
    absent: pl.DataFrame
    entries: pl.DataFrame
    evidence: dict[str, pl.DataFrame]
    people: dict[str, str]


def _walk(world: World, gone: _Gone) -> _Road:
    stage = world.stage
    gathered = gather(world.rulebook, stage, world.tables, world.before, world.rulings)
    log, pending = [gathered.decided], [gathered.twice]
    evidence: dict[str, pl.DataFrame] = dict(gathered.evidence)
    people = _people(stage, gathered.entries)
    entries = without(gathered.entries, gone.behind(0))
    for number, step in enumerate(stage.steps, start=1):
        decisions = carry_out(world, number, step, entries)
        people |= _people(stage, decisions.columns)
        evidence |= decisions.evidence
        rows = as_rows(stage, number, step, entries, decisions.verdicts)
        log.append(rows)
        pending.append(asking(step.ask, rows, step.choose))
        entries = without(narrow(entries, decisions), gone.behind(number))
    return _Road(log, pl.concat(pending), gathered.absent, entries, evidence, people)


def _result(world: World, road: _Road, said: Said, gone: _Gone) -> StageResult:
    stage = world.stage
    ruled = pl.concat([gone.ruled, said.rows])
    refused = ruled.filter(pl.col("verdict") == OUT)
    standing = as_chosen(without(road.entries, refused), ruled)
    standing = as_numbered(world.rulebook, stage, standing, ruled)
    stands = pl.col("entry").is_in(standing["entry"].implode())
    # A stranger who had no place was counted among those who sat: others may owe theirs to that.
    strange = pl.col("ask") == pl.lit(stage.strangers, pl.String)
    still_open = without(said.open, refused).filter(stands | strange)
    return StageResult(
        stage,
        decisions=pl.concat([*road.log, ruled]),
        standing=_in_order(standing),
        pending=pl.concat([road.absent, still_open]),
        evidence=road.evidence,
        people=road.people,
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
