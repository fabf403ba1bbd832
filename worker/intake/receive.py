"""One sweep of the inbox: claim what is whole, have it decided, put every file where its outcome says."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from urllib.parse import quote_from_bytes

from sqlalchemy import Engine

from worker import audit
from worker.events import Report
from worker.failpoint import failpoint
from worker.files import shown
from worker.intake import scan
from worker.intake.claim import UNKNOWN, NotNow, Unreadable, claim, discard, forget_orphans
from worker.intake.decide import Desk
from worker.intake.place import copy_of
from worker.intake.scan import Entry, Stillness
from worker.settings import Sender
from worker.site import Site
from worker.store import deliveries as store
from worker.store.deliveries import REFUSED, Arrival, Delivery, Outcome

MOST_OF_A_SENDER = 200
"""Entries of one sender dealt with in a sweep: a flood of some must not hold up the stages, letters and answers of
all. Seconds of work, and more than any sender drops at a time; the rest is taken in the turns that follow at once."""
STRANGERS = ""  # whoever can make folders can call themselves anything: together they are one sender
UNREAD = Outcome(REFUSED, code="unread", why="it was no file that could be read; drop the file again.")
_KINDS = {stat.S_IFLNK: "link", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}


@dataclass(frozen=True)
class Intake:
    """The inbox's side of the worker."""

    site: Site
    engine: Engine
    desk: Desk
    stillness: Stillness
    report: Report
    hindered: set[tuple[str, ...]] = field(
        default_factory=set
    )  # what this machine could not claim, in the last sweep
    behind: set[str] = field(
        default_factory=set
    )  # senders with more in the inbox than their share of that sweep

    def recover(self, now: datetime) -> None:
        """Finish what an interruption left: drop orphaned copies, decide claimed files, place decided."""
        waiting, unplaced = self._unfinished()
        forget_orphans(self.site, {copy_of(self.site, delivery) for delivery in (*waiting, *unplaced)})
        for delivery in waiting:
            self.report("intake.recovered", delivery=delivery.id)
        self._finish(now)

    def sweep(self, now: datetime) -> int:
        """Take in everything that is whole; returns how many entries were dealt with."""
        dealt, held = self._finish(now)
        seen = [entry for entry in self._look() if (_origin(entry), entry.identity) not in held]
        self.hindered.clear()
        dealt += self._consider_all(seen, now)
        if dealt:
            self._clear_done_files()
        return dealt

    def left(self) -> int:
        """How many files the last sweep had to leave because of this machine: its disk, its database, its memory."""
        return len(self.hindered) + sum(map(len, self._unfinished()))

    def _consider_all(self, seen: list[Entry], now: datetime) -> int:
        """One entry of each sender after another, until a sender has had its share of the sweep."""
        beside, dealt = _by_folder(seen), Counter[str]()
        self.behind.clear()
        for entry in self._in_turns(seen):
            line = self._line(entry)
            if dealt[line] < MOST_OF_A_SENDER:
                dealt[line] += self._consider(entry, beside.get(entry.parts[:-1], set()), now)
            elif line != STRANGERS:
                self.behind.add(line)
        return dealt.total()

    def _in_turns(self, seen: Sequence[Entry]) -> Iterator[Entry]:
        lines: dict[str, list[Entry]] = {}
        for entry in seen:
            lines.setdefault(self._line(entry), []).append(entry)
        for abreast in zip_longest(*lines.values()):
            yield from (entry for entry in abreast if entry is not None)

    def _line(self, entry: Entry) -> str:
        return STRANGERS if self._sender(entry) is None else entry.sender

    def _look(self) -> list[Entry]:
        """What lies in the inbox; a missing inbox is no reason to stop."""
        try:
            seen = scan.entries(self.site.inbox)
        except FileNotFoundError:
            self.report("watch.inbox-missing")
            seen = []
        self.stillness.note(seen)
        return seen

    def _finish(self, now: datetime) -> tuple[int, set[tuple[str, str]]]:
        """Decide and place what could not be at once; how many were decided, and what still waits."""
        waiting, unplaced = self._unfinished()
        decided = sum(self._settle(delivery, now) for delivery in waiting)
        for delivery in unplaced:
            self.desk.place(delivery)
        left = self._unfinished() if waiting or unplaced else ()
        return decided, {(each.origin, each.identity) for some in left for each in some}

    def _unfinished(self) -> tuple[list[Delivery], list[Delivery]]:
        """Deliveries that are not decided, and those that are but do not lie in their place."""
        with self.engine.begin() as connection:
            return store.unfinished(connection), store.unplaced(connection)

    def _settle(self, delivery: Delivery, now: datetime) -> bool:
        """Decide a delivery claimed earlier; what was claimed without a copy was to be refused unread."""
        if copy_of(self.site, delivery).exists():
            return self.desk.decide(delivery, now)
        return self.desk.refuse(delivery, UNREAD, now)

    def may_become_whole(self) -> bool:
        """Whether something lies in the inbox that will be whole once it has been still for long enough."""
        seen = self._look()
        beside = _by_folder(seen)
        return any(self._is_settling(entry, beside.get(entry.parts[:-1], set())) for entry in seen)

    def _is_settling(self, entry: Entry, beside: set[str]) -> bool:
        still = self.stillness.seconds(entry) >= self.site.settings.intake.stable_for.total_seconds()
        return entry.plain and not still and not scan.is_companion(entry, beside, self._sender(entry))

    def _sender(self, entry: Entry) -> Sender | None:
        return self.site.settings.senders.get(entry.sender)

    def _consider(self, entry: Entry, beside: set[str], now: datetime) -> int:
        sender = self._sender(entry)
        if entry.folder:
            self._leave(entry, "folder")
            return 0
        if entry.plain and scan.is_companion(entry, beside, sender):
            if scan.speaks_of(entry) not in beside:
                self._mention_stalled(entry)
            return 0
        if not entry.plain:
            kind = _KINDS.get(stat.S_IFMT(entry.mode), "device")
            return self._refuse_unread(
                entry, Outcome(REFUSED, code=kind, why=f"a {kind} is no file; drop the file."), now
            )
        if entry.size > self.site.settings.limits.file:
            why = "the file is larger than the settings allow (limits.file); it is kept unread, its digest unknown."
            return self._refuse_unread(entry, Outcome(REFUSED, code="too-large", why=why), now)
        if sender is not None and not scan.whole(entry, beside, sender, self.site.settings, self.stillness):
            self._mention_stalled(entry)
            return 0
        return self._take(entry, now)

    def _mention_stalled(self, entry: Entry) -> None:
        patience = self.site.settings.intake.stalled_after
        if self.stillness.seconds(entry) > patience.total_seconds() and self.stillness.first_report(entry):
            minutes = int(patience.total_seconds() // 60)
            self.report("intake.stalled", minutes=minutes, **self._whereabouts(entry))

    def _leave(self, entry: Entry, code: str) -> None:
        if self.stillness.first_report(entry):
            self.report("intake.unsuitable", code=code, **self._whereabouts(entry))

    def _whereabouts(self, entry: Entry) -> dict[str, str]:
        """The folders of an entry as the log may name them: those of the settings, no stranger's words."""
        known = entry.contest in self.site.settings.site.contests
        return {
            "sender": entry.sender if self._sender(entry) else "(unregistered)",
            "contest": entry.contest if known else "(unknown)",
        }

    def _take(self, entry: Entry, now: datetime) -> int:
        try:
            claimed = claim(self.site, entry)
        except NotNow:
            return 0
        except Unreadable as locked:  # the others must not wait for it, nor for a disk that is full
            self._leave(entry, locked.code)
            return 0
        except OSError as fault:
            self._leave(entry, errno.errorcode.get(fault.errno or 0, "unreadable"))
            self.hindered.add(entry.parts)
            return 0
        delivery = self._record(entry, claimed.sha256, claimed.bytes, now)
        return int(self.desk.decide(delivery, now))

    def _refuse_unread(self, entry: Entry, outcome: Outcome, now: datetime) -> int:
        """What is never opened still has an outcome: it is recorded, and the entry leaves the inbox."""
        delivery = self._record(entry, UNKNOWN, entry.size, now)
        return int(self.desk.refuse(delivery, outcome, now))

    def _record(self, entry: Entry, sha256: str, size: int, now: datetime) -> Delivery:
        arrival = Arrival(
            sender=shown(entry.sender),
            contest=shown(entry.contest),
            name=shown(entry.name),
            sha256=sha256,
            bytes=size,
            origin=_origin(entry),
            identity=entry.identity,
        )
        with self.engine.begin() as connection:
            delivery = store.add_claim(connection, arrival, now)
            audit.record(connection, now, "intake.claimed", {"delivery": delivery.id, "sha256": sha256})
            failpoint("claim.before-commit")
        failpoint("claim.recorded")
        self.report("intake.claimed", delivery=delivery.id, bytes=size, **self._whereabouts(entry))
        return delivery

    def _clear_done_files(self) -> None:
        """A done-file is used up once no data is left beside it."""
        left = self._look()
        beside = _by_folder(left)
        for entry in left:
            sender = self._sender(entry)
            if sender is None or sender.complete != "done-file" or not entry.plain:
                continue
            if entry.name == scan.DONE_FILE and not any(map(scan.is_data, beside[entry.parts[:-1]])):
                self._discard(entry)

    def _discard(self, entry: Entry) -> None:
        try:
            discard(self.site.inbox, entry)
        except OSError as fault:  # it is used up all the same, and the other senders' files go on
            self._leave(entry, errno.errorcode.get(fault.errno or 0, "unremovable"))


def _origin(entry: Entry) -> str:
    """The path below the inbox, whatever its bytes are."""
    return quote_from_bytes(os.fsencode("/".join(entry.parts)))


def _by_folder(seen: list[Entry]) -> dict[tuple[str, ...], set[str]]:
    """The names of the plain files in each folder: nothing else can complete or speak of a file."""
    folders: dict[tuple[str, ...], set[str]] = {}
    for entry in seen:
        if entry.plain:
            folders.setdefault(entry.parts[:-1], set()).add(entry.name)
    return folders
