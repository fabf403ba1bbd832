"""Deciding a claimed file: its rows, its outcome and its receipt in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from jobs.feeds import FEEDS
from jobs.rulebook import Rulebook
from worker import audit
from worker.events import Report
from worker.failpoint import failpoint
from worker.intake import place
from worker.intake.child import ParserLostError
from worker.intake.claim import read_note
from worker.intake.ingest import Terms, child_limits, ingest
from worker.intake.receipt import receipt
from worker.site import Site
from worker.store import deliveries as store
from worker.store import publications, runs
from worker.store.deliveries import ACCEPTED, DUPLICATE, PARTIAL, REFUSED, Delivery, Outcome
from worker.store.runs import SETTLED

Decide = Callable[[Connection], Outcome]


@dataclass(frozen=True)
class Desk:
    """Where claimed files are decided."""

    site: Site
    engine: Engine
    rulebooks: Mapping[str, Rulebook]
    report: Report

    def decide(self, delivery: Delivery, now: datetime) -> bool:
        """Read the private copy and commit what becomes of it; False where that has to be tried again."""
        return self._commit(delivery, lambda connection: self._outcome(connection, delivery), now)

    def refuse(self, delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
        """Commit an outcome that needs no reading; False where that has to be tried again."""
        return self._commit(delivery, lambda _connection: outcome, now)

    def place(self, delivery: Delivery) -> None:
        """Put a decided file where its outcome says; where the disk does not let us, it is done later."""
        try:
            place.put(self.site, delivery)
        except OSError as fault:
            self.report("intake.failed", delivery=delivery.id, fault=type(fault).__name__)
            return
        with self.engine.begin() as connection:
            store.set_placed(connection, delivery)
        failpoint("place.recorded")

    def _commit(self, delivery: Delivery, outcome: Decide, now: datetime) -> bool:
        try:
            with self.engine.begin() as connection:
                decided = self._record(connection, delivery, outcome(connection), now)
                failpoint("intake.before-commit")
        except (OperationalError, OSError, ParserLostError) as fault:
            # The database or the reader is away, or the disk full: the file is not to blame and waits.
            self.report("intake.failed", delivery=delivery.id, fault=type(fault).__name__)
            return False
        failpoint("intake.committed")
        self._tell(decided)
        self.place(decided)
        return True

    def _outcome(self, connection: Connection, delivery: Delivery) -> Outcome:
        if refused := self._not_allowed(delivery):
            return refused
        if earlier := store.same_content(connection, delivery):
            return Outcome(
                DUPLICATE, earlier.feed, code="duplicate", why=f"the same content came as {earlier.id}."
            )
        return ingest(connection, delivery, place.copy_of(self.site, delivery), self._terms(delivery))

    def _not_allowed(self, delivery: Delivery) -> Outcome | None:
        sender = self.site.settings.senders.get(delivery.sender)
        if sender is None:
            return Outcome(
                REFUSED, code="unknown-sender", why="no sender of this name stands in settings.toml."
            )
        if delivery.contest not in sender.contests or delivery.contest not in self.rulebooks:
            why = "this sender may not drop files for this contest (settings.toml, senders)."
            return Outcome(REFUSED, code="contest-not-allowed", why=why)
        if sender.complete == "checksum" and not self._checksum_agrees(delivery):
            why = "the checksum beside the file is not that of its bytes; send both again."
            return Outcome(REFUSED, code="checksum-differs", why=why)
        return None

    def _checksum_agrees(self, delivery: Delivery) -> bool:
        beside = place.original(self.site, delivery)
        written = read_note(beside.with_name(beside.name + ".sha256"))
        return written.lower().split()[:1] == [delivery.sha256]

    def _terms(self, delivery: Delivery) -> Terms:
        rulebook = self.rulebooks[delivery.contest]
        return Terms(
            feeds=frozenset(self.site.settings.senders[delivery.sender].feeds),
            zone=rulebook.timezone,
            assume=rulebook.assume,
            choices={name: frozenset(ask.choices) for name, ask in rulebook.asks.items()},
            limits=child_limits(self.site.settings.limits),
        )

    def _record(
        self, connection: Connection, delivery: Delivery, outcome: Outcome, now: datetime
    ) -> Delivery:
        decided = store.decide(connection, delivery, outcome)
        replaced = self._replaced(connection, decided)
        publication = receipt(
            connection, self.site.settings, decided, replaced, self._too_late_for(connection, decided)
        )
        publications.intend(connection, publication, run_id=None, now=now)
        facts = {"delivery": decided.id, "state": decided.state, "rows": decided.rows, "code": decided.code}
        audit.record(connection, now, f"intake.{decided.state}", facts)
        return decided

    def _replaced(self, connection: Connection, delivery: Delivery) -> list[Delivery]:
        """A file of the same name replaces the earlier one, where its records do not tell which is newer."""
        timeless = delivery.feed is not None and FEEDS[delivery.feed].own_time is None
        kept = delivery.state in (ACCEPTED, PARTIAL)
        return store.supersede(connection, delivery) if kept and timeless else []

    def _too_late_for(self, connection: Connection, delivery: Delivery) -> list[str]:
        """The stages that read this feed, where all of them are settled: the file will change nothing by itself."""
        if delivery.state not in (ACCEPTED, PARTIAL):
            return []
        book = self.rulebooks[delivery.contest]
        readers = [stage for stage in book.stages if delivery.feed in stage.feeds]
        last = [runs.latest(connection, book.contest, stage.id) for stage in readers]
        settled = bool(readers) and all(run is not None and run.state == SETTLED for run in last)
        return [stage.id for stage in readers] if settled else []

    def _tell(self, delivery: Delivery) -> None:
        facts = {
            "feed": delivery.feed,
            "rows": delivery.rows,
            "refused": delivery.refused_rows,
            "code": delivery.code,
        }
        original = (delivery.why or "").removeprefix("the same content came as ").rstrip(".")
        self.report(f"intake.{delivery.state}", delivery=delivery.id, original=original, **facts)
