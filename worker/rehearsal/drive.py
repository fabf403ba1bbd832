"""Driving a season on a virtual clock: files are dropped, moments come, people answer, the worker turns."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.calendar import local
from worker.clock import VirtualClock
from worker.cycle import Worker
from worker.failpoint import failpoint
from worker.rehearsal.people import answer_requests
from worker.rehearsal.spreadsheet import Drop
from worker.site import Site

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
        """From before the first drop until nothing is left to happen."""
        self.worker.start()
        waiting = deque(sorted(self.drops, key=lambda drop: drop.at))
        moments = deque(self._moments())
        while waiting or moments:
            now = min(
                at for at in (waiting[0].at if waiting else None, moments[0] if moments else None) if at
            )
            self.clock.advance_to(max(now, self.clock.now()))
            dropped = self._drop_until(now, waiting)
            while moments and moments[0] <= now:
                moments.popleft()
            self._turn(f"{dropped} files dropped" if dropped else "")
            answers = answer_requests(self.site.outbox, self.answered, now + ANSWER_AFTER)
            waiting.extend(answers)
            waiting = deque(sorted(waiting, key=lambda drop: drop.at))

    def _moments(self) -> list[datetime]:
        books = self.worker.parts.rulebooks.values()
        return sorted({stage.decided_at for book in books for stage in book.stages})

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
    """Drop a file as a careful sender does: written beside, then renamed. A file dropped already, before an
    interruption, is not dropped again."""
    target = site.inbox / drop.path
    marker = site.root / "work" / "dropped" / drop.path.replace("/", "!")
    if marker.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(drop.data)
    part.rename(target)
    failpoint("rehearsal.dropped")
    marker.touch()


def start_of(drops: Iterable[Drop]) -> datetime:
    """An instant a little before the first drop."""
    return min(drop.at for drop in drops) - BEFORE
