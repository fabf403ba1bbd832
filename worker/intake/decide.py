"""Deciding a claimed file: its rows, its outcome and its receipt in one transaction."""

import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from jobs.beacon import Chain
from jobs.feeds import FEEDS
from jobs.rulebook import Rulebook, Stage
from worker import audit
from worker.events import Report
from worker.failpoint import failpoint
from worker.intake import place
from worker.intake.child import ParserLostError
from worker.intake.claim import CHECKSUM, companion, note_beside, read_note
from worker.intake.ingest import Terms, child_limits, ingest
from worker.intake.receipt import Effect, receipt
from worker.site import Site
from worker.store import deliveries as store
from worker.store import publications, runs
from worker.store.deliveries import ACCEPTED, DUPLICATE, PARTIAL, REFUSED, Delivery, Outcome, Versions
from worker.store.runs import SETTLED

Decide = Callable[[Connection], Outcome]

DEFECT = Outcome(
    REFUSED,
    code="defect-of-ours",
    why="the worker has a defect that this file brings out; it is kept and can be requeued after an update.",
)
_SOURCES = Path(__file__).parents[2]
_OURS = tuple(f"{_SOURCES / package}{os.sep}" for package in ("worker", "jobs"))


class _Tried(Enum):
    """How an attempt to decide a delivery ended."""

    DECIDED = auto()
    LATER = auto()  # something is away that will be back
    DEFECT = auto()  # it would end the same way again


@dataclass(frozen=True)
class Desk:
    """Where claimed files are decided."""

    site: Site
    engine: Engine
    rulebooks: Mapping[str, Rulebook]
    chain: Chain
    report: Report

    def decide(self, delivery: Delivery, now: datetime) -> bool:
        """Read the private copy and commit what becomes of it; False where that has to be tried again."""
        tried = self._commit(delivery, lambda connection: self._outcome(connection, delivery), now)
        if tried is _Tried.DEFECT:
            return self.refuse(delivery, DEFECT, now)
        return tried is _Tried.DECIDED

    def refuse(self, delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
        """Commit an outcome that needs no reading; False where that has to be tried again."""
        return self._commit(delivery, lambda _connection: outcome, now) is _Tried.DECIDED

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

    def _commit(self, delivery: Delivery, outcome: Decide, now: datetime) -> _Tried:
        try:
            with self.engine.begin() as connection:
                decided, effect = self._record(connection, delivery, outcome(connection), now)
                failpoint("intake.before-commit")
        except (OperationalError, OSError, ParserLostError) as fault:
            # The database or the reader is away, or the disk full: the file is not to blame and waits.
            self.report("intake.failed", delivery=delivery.id, fault=type(fault).__name__)
            return _Tried.LATER
        except Exception as defect:  # noqa: BLE001  # one file must not stop the worker: told, and refused
            name, where = type(defect).__name__, _place_of(defect)
            self.report("intake.defect", delivery=delivery.id, fault=name, place=where)
            return _Tried.DEFECT
        failpoint("intake.committed")
        self._tell(decided, effect)
        self.place(decided)
        return _Tried.DECIDED

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
        """By the note kept with a requeued file, else by the one that lies beside a new one."""
        kept = read_note(companion(place.in_quarantine(self.site, delivery), CHECKSUM))
        written = kept or note_beside(self.site.inbox, place.origin(delivery), CHECKSUM)
        return written.lower().split()[:1] == [delivery.sha256]

    def _terms(self, delivery: Delivery) -> Terms:
        rulebook = self.rulebooks[delivery.contest]
        sender = self.site.settings.senders[delivery.sender]
        return Terms(
            feeds=frozenset(sender.feeds),
            zone=rulebook.timezone,
            assume=rulebook.assume,
            choices={
                name: ask
                for name, ask in rulebook.asks.items()
                if sender.answers is None or name in sender.answers
            },
            limits=child_limits(self.site.settings.limits),
            chain=self.chain,
        )

    def _record(
        self, connection: Connection, delivery: Delivery, outcome: Outcome, now: datetime
    ) -> tuple[Delivery, Effect]:
        decided = store.decide(connection, delivery, outcome)
        effect = self._effect(connection, decided)
        publication = receipt(connection, self.site.settings, decided, effect)
        publications.intend(connection, publication, run_id=None, now=now)
        facts: dict[str, object] = {"delivery": decided.id, "state": decided.state, "rows": decided.rows}
        facts |= {"code": decided.code, "reasons": store.reason_codes(connection, decided.id)}
        audit.record(connection, now, f"intake.{decided.state}", facts)
        return decided, effect

    def _effect(self, connection: Connection, delivery: Delivery) -> Effect:
        if delivery.state not in (ACCEPTED, PARTIAL) or delivery.feed is None:
            return Effect()
        versioned = FEEDS[delivery.feed].versioned_by_name
        versions = store.keep_newest(connection, delivery) if versioned else Versions()
        if versions.newer:  # no stage will ever read it, decided or not
            return Effect(versions)
        return Effect(versions, self._too_late_for(connection, delivery, delivery.feed))

    def _too_late_for(self, connection: Connection, delivery: Delivery, feed: str) -> tuple[str, ...]:
        """The settled stages that would have read rows of this file: for them it changes nothing by itself."""
        about = store.stages_named(connection, delivery.id, FEEDS[feed])
        readers = (stage for stage in self.rulebooks[delivery.contest].stages if _reads(stage, feed, about))
        return tuple(
            stage.id for stage in readers if self._is_settled(connection, delivery.contest, stage.id)
        )

    @staticmethod
    def _is_settled(connection: Connection, contest: str, stage: str) -> bool:
        last = runs.latest(connection, contest, stage)
        return last is not None and last.state == SETTLED

    def _tell(self, delivery: Delivery, effect: Effect) -> None:
        facts = {
            "feed": delivery.feed,
            "rows": delivery.rows,
            "refused": delivery.refused_rows,
            "code": delivery.code,
        }
        original = (delivery.why or "").removeprefix("the same content came as ").rstrip(".")
        self.report(f"intake.{delivery.state}", delivery=delivery.id, original=original, **facts)
        if effect.too_late_for:
            self.report("intake.too-late", delivery=delivery.id, stages=", ".join(effect.too_late_for))


def _reads(stage: Stage, feed: str, about: frozenset[str] | None) -> bool:
    """Whether a stage reads rows of the feed that are `about` these stages; None: the feed names no stage."""
    if feed not in stage.feeds:
        return False
    wanted = stage.only.get("stage")
    named = {wanted} if isinstance(wanted, str) else set(wanted or ())
    return about is None or not named or not named.isdisjoint(about)


def _place_of(defect: Exception) -> str:
    """File and line of our own code that an exception came from: no word of its message, no value."""
    frames = traceback.extract_tb(defect.__traceback__)
    last = [frame for frame in frames if frame.filename.startswith(_OURS)][-1]
    return f"{Path(last.filename).relative_to(_SOURCES)}:{last.lineno}"
