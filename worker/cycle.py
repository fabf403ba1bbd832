"""The worker's turn: take in, decide, deliver; and the two ways to run it, once or for ever."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from worker.bootstrap import Parts
from worker.deliver.letters import hand_over
from worker.deliver.mail import Counts, send_due
from worker.failpoint import failpoint
from worker.intake.watch import InboxWatch
from worker.schedule.heartbeat import Heartbeat
from worker.schedule.planner import At, Schedule
from worker.store import publications
from worker.store.publications import Publication
from worker.store.tables import publications as publications_table

MOST_TURNS = (
    1_000  # a decision can open the way to the next stage; a loop longer than this is a fault of ours
)


class Worker:
    """A site's worker. Only one may run on a site: see `worker.store.database.sole_worker`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def start(self) -> None:
        """Take up what an interruption left, and publish the schemas that senders and schools rely on."""
        self.parts.intake.recover(self.parts.clock.now())
        self.parts.stages.note_rules()
        self._intend_schemas(self.parts.engine)

    def _intend_schemas(self, engine: Engine) -> None:
        publication = Publication("schemas/1", "public", "schemas", "schemas", {})
        with engine.begin() as connection:
            query = select(publications_table.c.id).where(publications_table.c.id == publication.id)
            if connection.execute(query).first() is None:
                publications.intend(connection, publication, run_id=None, now=self.parts.clock.now())
                failpoint("start.before-commit")

    def turn(self, *, late: bool = False) -> int:
        """One turn of the road at the clock's present; returns how much was done. `late`: however late a stage is."""
        parts, now = self.parts, self.parts.clock.now()
        done = parts.intake.sweep(now)
        if not parts.intake.behind:  # else a stage would be decided without files that lie there already
            done += parts.stages.run_due(now, late=late)
        done += parts.reports.run_due(now)
        done += parts.outbox.publish(now)
        done += _total(self._send())
        return done + hand_over(parts.engine, parts.clock.now())

    def _send(self) -> Counts:
        parts = self.parts
        return send_due(
            parts.engine,
            parts.site.settings.mail,
            parts.clock,
            parts.build_mail,
            report=self._report_mail,
            folder=parts.site.root,
        )

    def _report_mail(self, event: str, **facts: object) -> None:
        self.parts.report(event, **facts)

    def run_once(self) -> int:
        """Turn until nothing is left to do at this instant; files that still settle are waited for."""
        self.start()
        done = 0
        for _ in range(MOST_TURNS):
            moved = self.turn(late=True)
            done += moved
            if not moved and not self._wait_for_settling():
                return done
        raise RuntimeError("the worker found something to do a thousand times over")

    def _wait_for_settling(self) -> bool:
        """Give files dropped a moment ago the time to become whole."""
        if not self.parts.intake.may_become_whole():
            return False
        threading.Event().wait(self.parts.site.settings.intake.stable_for.total_seconds() + 0.05)
        return True

    def run_forever(self, stop: threading.Event) -> None:
        """Turn at every beat, at every due instant and whenever the inbox stirs, until `stop` is set."""
        self.start()
        with self._alarm() as wake:
            self._announce()
            while not stop.is_set():
                self._turn_or_wait()
                wake.wait(self.parts.site.settings.intake.rescan_every.total_seconds())
                wake.clear()
        self.parts.report("worker.stopped")

    def _turn_or_wait(self) -> None:
        """A full disk or a database that is away costs a turn, not the worker: the next takes up the rest."""
        try:
            self.turn()
        except (OSError, OperationalError) as fault:
            self.parts.report("worker.hindered", fault=type(fault).__name__)

    @contextmanager
    def _alarm(self) -> Iterator[threading.Event]:
        settings = self.parts.site.settings
        heartbeat = Heartbeat(settings.intake.rescan_every)
        watch = InboxWatch(
            self.parts.site.inbox, heartbeat.wake, polling=settings.intake.polling, report=self.parts.report
        )
        heartbeat.start(self.schedules())
        watch.start()
        try:
            yield heartbeat.wake
        finally:
            watch.stop()
            heartbeat.stop()

    def schedules(self) -> list[Schedule]:
        """All that fires by the clock: the stages at their rulebooks' moments, and the settings' schedules."""
        stages = [
            Schedule(
                f"{book.contest}/{stage.id}", At((stage.decided_at,)), max_lateness=timedelta(days=36_500)
            )
            for book in self.parts.rulebooks.values()
            for stage in book.stages
        ]
        return [*stages, *self.parts.reports.schedules()]

    def _announce(self) -> None:
        stages = sum(len(book.stages) for book in self.parts.rulebooks.values())
        schedules = len(self.parts.site.settings.schedules)
        self.parts.report(
            "worker.started", inbox=str(self.parts.site.inbox), stages=stages, schedules=schedules
        )


def _total(counts: Counts) -> int:
    return counts.sent + counts.deferred + counts.failed + counts.uncertain
