"""What runs by cron: the operator's report and the signed head of the audit chain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from jobs import pipeline
from jobs.rulebook import Rulebook, Stage
from worker import audit
from worker.events import Report, told
from worker.failpoint import failpoint
from worker.schedule.cron import Cron
from worker.schedule.planner import Schedule, Slot, plan, summary
from worker.schedule.reopening import correction_of, moved, unheard
from worker.schedule.stages import blocked
from worker.settings import ScheduleEntry, Settings
from worker.store import publications, requests, runs
from worker.store.publications import Publication
from worker.store.runs import DONE, MISSED, SETTLED, NewRun, Run
from worker.store.tables import deliveries, messages, stamp
from worker.store.watermarks import read_watermark, set_watermark

SITE = ""  # the contest of runs that belong to the whole site


@dataclass(frozen=True)
class Reports:
    """The schedules of settings.toml."""

    engine: Engine
    settings: Settings
    rulebooks: Mapping[str, Rulebook]
    report: Report

    def schedules(self) -> list[Schedule]:
        """Every schedule of the settings, as the planner sees it."""
        return [self._schedule(name, entry) for name, entry in self.settings.schedules.items()]

    def _schedule(self, name: str, entry: ScheduleEntry) -> Schedule:
        cron = Cron(entry.cron, self.settings.site.timezone)
        return Schedule(name, cron, on_missed=entry.on_missed, max_lateness=entry.max_lateness)

    def run_due(self, now: datetime) -> int:
        """Run every slot that is due; returns how many ran."""
        return sum(self._run(schedule, now) for schedule in self.schedules())

    def _run(self, schedule: Schedule, now: datetime) -> int:
        with self.engine.begin() as connection:
            since = read_watermark(connection, schedule.name)
            slots = plan(schedule, watermark=since, now=now) if since else []
            for slot in slots:
                self._fire(connection, slot, now)
            if since is None or now > since:
                set_watermark(connection, schedule.name, now)
            failpoint("schedule.before-commit")
        if missed := summary(slots):
            self.report("run.missed", contest="site", stage=schedule.name, why=missed)
        return len(slots)

    def _fire(self, connection: Connection, slot: Slot, now: datetime) -> None:
        state = DONE if slot.state == "due" else MISSED
        run = NewRun(contest=SITE, edition="", stage=slot.schedule, slot=slot.at, revision=1, state=state)
        run_id = runs.add(connection, run, now)
        if state == MISSED:
            return
        makers: Mapping[str, Callable[[Connection, Slot], Publication]] = {
            "report": self._operator_report,
            "checkpoint": _checkpoint,
        }
        publication = makers[self.settings.schedules[slot.schedule].run](connection, slot)
        publications.intend(connection, publication, run_id=run_id, now=now)
        audit.record(
            connection, now, "run.done", {"schedule": slot.schedule, "slot": stamp(slot.at), "run": run_id}
        )

    def _operator_report(self, connection: Connection, slot: Slot) -> Publication:
        name = f"report-{slot.at:%Y%m%dT%H%M%SZ}"
        content = {
            "name": name,
            "at": stamp(slot.at),
            **overview(connection, self.rulebooks, slot.at, self.settings.stages.max_lateness),
        }
        return Publication(f"report/{slot.schedule}/{name}", "operator", "reports", "report", content)


def _checkpoint(connection: Connection, slot: Slot) -> Publication:
    links, head = audit.verify(audit.entries(connection))
    name = f"checkpoint-{slot.at:%Y%m%dT%H%M%SZ}"
    content = {"name": name, "at": stamp(slot.at), "links": links, "head": head}
    return Publication(f"checkpoint/{slot.schedule}/{name}", "public", "audit", "checkpoint", content)


def overview(
    connection: Connection, rulebooks: Mapping[str, Rulebook], now: datetime, max_lateness: timedelta
) -> dict[str, object]:
    """Counts, open requests and waiting stages: what an operator wants to know in the morning."""
    return {
        "deliveries": _count_by_state(connection, deliveries.c.state),
        "messages": _count_by_state(connection, messages.c.state),
        "publications": publications.counts(connection),
        "requests": [
            {"request": request.id, "open": left} for request, left in requests.open_requests(connection)
        ],
        "stages": [
            stage_state(connection, rulebook, stage.id, now, max_lateness)
            for rulebook in rulebooks.values()
            for stage in rulebook.stages
        ],
    }


def _count_by_state(connection: Connection, state: ColumnElement[str]) -> dict[str, int]:
    query = select(state, func.count()).group_by(state).order_by(state)
    return dict(connection.execute(query).all())


def stage_state(
    connection: Connection, rulebook: Rulebook, name: str, now: datetime, max_lateness: timedelta
) -> dict[str, str]:
    """Where a stage stands: to come, decided, waiting for people, blocked, missed, due now, or failing when tried."""
    stage = rulebook.stage(name)
    run = runs.latest(connection, rulebook.contest, name)
    about = {"contest": rulebook.contest, "stage": name, "decided_at": stamp(stage.decided_at)}
    if run is not None:
        return about | {"state": run.state, "why": _unheard(connection, rulebook, stage, run)}
    if now < stage.decided_at:
        return about | {"state": "to come", "why": ""}
    if obstacle := blocked(connection, rulebook, stage):
        return about | {"state": "blocked", "why": obstacle.why}
    if now - stage.decided_at > max_lateness:
        return about | {
            "state": "missed",
            "why": "later than stages.max_lateness; `baiqau run --once` decides it",
        }
    if failure := _failure(connection, rulebook, stage):
        return about | {"state": "failed", "why": failure}
    return about | {"state": "due", "why": ""}


def _unheard(connection: Connection, rulebook: Rulebook, stage: Stage, run: Run) -> str:
    """Why marks that were changed after the stage was published are not heard; empty where none came, or none is kept
    from being heard."""
    public = correction_of(connection, rulebook, stage)
    if public is None or (run.state == SETTLED and not moved(connection, rulebook, stage, public)):
        return ""
    found = unheard(connection, rulebook, stage, public)
    return f"changed marks are not heard: {found.hindrance.why}" if found else ""


def _failure(connection: Connection, rulebook: Rulebook, stage: Stage) -> str:
    """What a stage that has no run yet fails with, found by deciding it without keeping anything; empty where it
    would work. Nobody has been asked about it, so there are no rulings."""
    tables = {feed: runs.table(connection, feed, rulebook.contest) for feed in stage.feeds}
    earlier = (runs.latest(connection, rulebook.contest, name) for name in stage.needs)
    before = {run.stage: runs.standing(connection, run) for run in earlier if run is not None}
    try:
        pipeline.run_stage(rulebook, stage, tables, before, pipeline.Rulings())
    except Exception as fault:  # noqa: BLE001 - a report must tell of a broken stage, not break with it
        return told(fault)
    return ""
