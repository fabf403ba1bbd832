"""Running stages: which are due, on what tables, and what their decisions set in motion; a run is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine

from jobs import pipeline
from jobs.pipeline import RULING_SCHEMA, Rulings, StageResult
from jobs.rulebook import Rulebook, Stage
from worker import audit
from worker.deliver.intents import Intents
from worker.events import Report
from worker.failpoint import failpoint
from worker.settings import Stages as StagePolicy
from worker.store import requests, runs
from worker.store.runs import SETTLED, WAITING, NewRun, Run


@dataclass(frozen=True)
class Blocked:
    """Why a due stage cannot be decided yet; `code` for machines, `why` for people."""

    code: str
    why: str


@dataclass(frozen=True)
class Stages:
    """The stages of every contest of the site."""

    engine: Engine
    rulebooks: Mapping[str, Rulebook]
    intents: Intents
    policy: StagePolicy
    report: Report

    def run_due(self, now: datetime, *, late: bool = False) -> int:
        """Decide every stage that is due and can be; returns how many runs were made. A stage later than the
        settings allow waits for a person to run it (`late`)."""
        made = 0
        for rulebook in self.rulebooks.values():
            for stage in rulebook.stages:
                made += self._run_if_due(rulebook, stage, now, late=late)
        return made

    def _run_if_due(self, rulebook: Rulebook, stage: Stage, now: datetime, *, late: bool) -> bool:
        if now < stage.decided_at:
            return False
        too_late = now - stage.decided_at > self.policy.max_lateness and not late
        with self.engine.begin() as connection:
            last = runs.latest(connection, rulebook.contest, stage.id)
            if (last and last.state == SETTLED) or (last is None and too_late):
                return False
            if blocked(connection, rulebook, stage):
                return False
            inputs = self._inputs(connection, rulebook, stage)
            if last and last.inputs == inputs:
                return False
            result, run_id = self._run(connection, rulebook, stage, last, inputs, now)
            failpoint("run.before-commit")
        failpoint("run.committed")
        self._tell(rulebook, result, run_id)
        return True

    def _inputs(self, connection: Connection, rulebook: Rulebook, stage: Stage) -> str:
        before = [f"run {run.id}" for run in _predecessors(connection, rulebook, stage)]
        feeds = stage.feeds | {"decisions"}
        return runs.inputs_digest(
            connection, rulebook.contest, feeds, [f"rulebook {rulebook.digest}", *before]
        )

    def _run(
        self,
        connection: Connection,
        rulebook: Rulebook,
        stage: Stage,
        last: Run | None,
        inputs: str,
        now: datetime,
    ) -> tuple[StageResult, int]:
        tables = {feed: runs.table(connection, feed, rulebook.contest) for feed in stage.feeds}
        before = {
            run.stage: runs.standing(connection, run.id) for run in _predecessors(connection, rulebook, stage)
        }
        result = pipeline.run_stage(rulebook, stage, tables, before, rulings(connection, rulebook, stage))
        run = NewRun(
            contest=rulebook.contest,
            edition=rulebook.edition,
            stage=stage.id,
            slot=stage.decided_at,
            revision=last.revision + 1 if last else 1,
            state=SETTLED if result.settled else WAITING,
            rulebook=rulebook.digest,
            inputs=inputs,
        )
        run_id = runs.add(connection, run, now)
        runs.add_verdicts(connection, run_id, result.decisions)
        runs.add_standing(connection, run_id, result.standing)
        self.intents.of(connection, rulebook, result, tables, run_id, now)
        facts = {
            "contest": rulebook.contest,
            "stage": stage.id,
            "run": run_id,
            "inputs": inputs,
            **_counts(result),
        }
        audit.record(connection, now, f"run.{run.state}", facts)
        return result, run_id

    def _tell(self, rulebook: Rulebook, result: StageResult, _run_id: int) -> None:
        counts = _counts(result)
        place = {"contest": rulebook.contest, "stage": result.stage.id}
        if result.settled:
            self.report("run.settled", entries=counts["in"], out=counts["out"], **place)
        else:
            asks = result.pending["ask"].n_unique()
            self.report("run.waiting", undecided=counts["undecided"], requests=asks, **place)


def blocked(connection: Connection, rulebook: Rulebook, stage: Stage) -> Blocked | None:
    """What a stage waits for besides its moment: an earlier stage, a feed, or a contradiction to be mended."""
    for name in filter(None, (stage.among, stage.entries if stage.entries in _ids(rulebook) else None)):
        run = runs.latest(connection, rulebook.contest, name)
        if run is None or run.state != SETTLED:
            return Blocked("earlier-stage", f"waits for {rulebook.stage(name).title['en']} to be decided")
    if missing := pipeline.missing_feeds(stage, runs.feeds_present(connection, rulebook.contest)):
        return Blocked("no-feed", f"waits for a file of {', '.join(missing)}")
    tables = {feed: runs.table(connection, feed, rulebook.contest) for feed in stage.feeds}
    if found := pipeline.conflicts(stage, tables):
        listed = ", ".join(f"{conflict.feed} ({conflict.records} records)" for conflict in found)
        return Blocked(
            "conflict", f"two files disagree: {listed}; send the right one under the wrong one's name"
        )
    return None


def _ids(rulebook: Rulebook) -> set[str]:
    return {stage.id for stage in rulebook.stages}


def _predecessors(connection: Connection, rulebook: Rulebook, stage: Stage) -> list[Run]:
    names = [name for name in (stage.among, stage.entries) if name in _ids(rulebook)]
    found = (runs.latest(connection, rulebook.contest, str(name)) for name in names)
    return [run for run in found if run is not None]


def rulings(connection: Connection, rulebook: Rulebook, stage: Stage) -> Rulings:
    """What people have decided about this stage so far."""
    asked = requests.asked_subjects(connection, rulebook.contest)
    rows: list[tuple[str, str, str, str, str]] = []
    dice: dict[str, str] = {}
    for given in requests.decisions(connection, rulebook.contest).iter_rows(named=True):
        of_stage, ask, entry = asked[given["request_id"], given["subject"]]
        if of_stage == stage.id and rulebook.asks[ask].lot:
            dice[ask] = given["decision"]
        elif of_stage == stage.id:
            rows.append((ask, entry, given["decision"], given["request_id"], given["decided_by"]))
    return Rulings(pl.DataFrame(sorted(rows), schema=RULING_SCHEMA, orient="row"), dice)


def _counts(result: StageResult) -> dict[str, int]:
    undecided = result.pending["entry"].n_unique()
    gone = result.decisions.filter(pl.col("verdict") == "out")["entry"].n_unique()
    return {"in": result.standing.height - undecided, "out": gone, "undecided": undecided}
