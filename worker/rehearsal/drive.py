"""Driving a season on a virtual clock: files are dropped, moments come, people answer, the worker turns."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes

from sqlalchemy import func, select

from jobs.calendar import local
from worker.clock import VirtualClock
from worker.cycle import Worker
from worker.failpoint import failpoint
from worker.intake.scan import entries
from worker.rehearsal.beacon import SECRET, pulse_drops
from worker.rehearsal.forms import Marks, filled
from worker.rehearsal.people import answer_requests, draw_moments
from worker.rehearsal.spreadsheet import Drop
from worker.site import Site
from worker.store.deliveries import find
from worker.store.tables import audit, instant, watermarks

ANSWER_AFTER = timedelta(hours=20)  # how long the rehearsed people take to answer a request
BEFORE = timedelta(hours=1)

Tell = Callable[[str], None]


@dataclass
class Rehearsal:
    """A season under way. `tell` gets a line for every moment at which something happened."""

    site: Site
    worker: Worker
    clock: VirtualClock
    drops: Sequence[Drop]
    tell: Tell
    answered: set[str] = field(default_factory=set)

    def run(self) -> None:
        """From before the first drop, or from where it was interrupted, until nothing is left to happen."""
        before = self._dropped_before()
        self._go_on()
        moments = deque(self._moments())
        waiting = _in_time(
            drop for drop in (*self.drops, *self._pulses(), *self._answers()) if drop.path not in before
        )
        while waiting or moments:
            upcoming = min([*(drop.at for drop in waiting), *moments])
            now = max(upcoming, self.clock.now())
            self.clock.advance_to(now)
            dropped = self._drop_until(now, waiting)
            while moments and moments[0] <= now:
                moments.popleft()
            self._turn(f"{dropped} files dropped" if dropped else "")
            waiting = _in_time((*waiting, *(drop for drop in self._answers() if drop.path not in before)))

    def _dropped_before(self) -> set[str]:
        """Paths of files that lie in the inbox or were claimed from it: nobody drops them again."""
        with self.worker.parts.engine.begin() as connection:
            claimed = {os.fsdecode(unquote_to_bytes(each.origin)) for each in find(connection)}
        return claimed | {"/".join(entry.parts) for entry in entries(self.site.inbox)}

    def _moments(self) -> list[datetime]:
        books = self.worker.parts.rulebooks.values()
        moments = {stage.decided_at for book in books for stage in book.stages}
        return sorted(at for at in moments if at > self.clock.now())

    def _go_on(self) -> None:
        """Start the worker at the newest instant its database knows, if any, and finish what was begun then."""
        newest = (func.max(audit.c.at), func.max(watermarks.c.at))
        with self.worker.parts.engine.begin() as connection:
            known = [connection.execute(select(each)).scalar() for each in newest]
        self.clock.advance_to(max([self.clock.now(), *(instant(at) for at in known if at)]))
        self.worker.start()
        if any(known):
            self._turn("taken up again")

    def _answers(self) -> list[Drop]:
        at = self.clock.now() + ANSWER_AFTER
        draws = draw_moments(self.worker.parts.rulebooks.values())
        return answer_requests(self.site.outbox, self.answered, at, draws=draws)

    def _pulses(self) -> list[Drop]:
        """The beacon of the rehearsal speaks at the moment of each draw."""
        chain = self.worker.parts.chain
        if not chain.test:
            return []
        return pulse_drops(SECRET, chain, draw_moments(self.worker.parts.rulebooks.values()))

    def _drop_until(self, now: datetime, waiting: "deque[Drop]") -> int:
        dropped = 0
        while waiting and waiting[0].at <= now:
            put(self.site, waiting.popleft())
            dropped += 1
        return dropped

    def _turn(self, what: str) -> None:
        done = 0
        while moved := self.worker.turn():
            done += moved
        zone = self.site.settings.site.timezone
        self.tell(
            f"{local(self.clock.now(), zone)}  {what or 'a moment of the rulebook'}; {done} things done"
        )


def put(site: Site, drop: Drop) -> None:
    """Drop a file as a careful sender does: written beside, then renamed. Marks are dropped as the forms on which the
    jurors write them."""
    if isinstance(drop, Marks):
        for form in filled(site, drop):
            put(site, form)
        return
    target = site.inbox / drop.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(drop.data)
    failpoint("rehearsal.written")
    part.rename(target)
    failpoint("rehearsal.dropped")


def _in_time(drops: Iterable[Drop]) -> "deque[Drop]":
    return deque(sorted(drops, key=lambda drop: drop.at))


def start_of(drops: Iterable[Drop]) -> datetime:
    """An instant a little before the first drop."""
    return min(drop.at for drop in drops) - BEFORE
