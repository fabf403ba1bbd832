"""Which slots are due: a pure function of a schedule, a watermark and the present.

A slot is one instant at which a schedule fires. The caller keeps a watermark per schedule (the `now` of the
last plan that was committed) and plans the half-open span (watermark, now]. A clock set back leaves the
watermark in the future, so nothing repeats; a clock set forward yields each slot once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from jobs.calendar import utc
from jobs.errors import BaiqauError
from worker.schedule.cron import Cron, Occurrence

OnMissed = Literal["latest", "all", "skip"]
State = Literal["due", "missed"]

GRACE = timedelta(seconds=60)
"""A slot this fresh is on time: the loop itself may need a beat or two to come to it."""

_ON_TIME = timedelta(0)


class ScheduleError(BaiqauError):
    """A schedule whose limits make no sense."""


@dataclass(frozen=True, slots=True)
class At:
    """Named instants, as a rulebook gives them; kept in UTC, ascending, each once."""

    instants: tuple[datetime, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "instants", tuple(sorted({utc(at) for at in self.instants})))

    def occurrences(self, after: datetime, until: datetime | None = None) -> Iterator[Occurrence]:
        """The instants in (after, until], ascending."""
        return (Occurrence(at) for at in self.instants if at > after and (until is None or at <= until))


@dataclass(frozen=True, slots=True)
class Schedule:
    """What fires when, and what becomes of slots that the worker slept through.

    `on_missed` chooses among late slots: the newest, all (the `max_catchup` newest) or none. A slot later
    than `max_lateness` never runs.
    """

    name: str
    when: Cron | At
    on_missed: OnMissed = "latest"
    max_lateness: timedelta | None = None
    max_catchup: int = 24

    def __post_init__(self) -> None:
        if self.max_catchup < 1:
            raise ScheduleError(f'schedule "{self.name}": max_catchup is {self.max_catchup}, write 1 or more')
        if self.max_lateness is not None and self.max_lateness < timedelta(0):
            raise ScheduleError(f'schedule "{self.name}": max_lateness is negative, write 0 or more')


@dataclass(frozen=True, slots=True)
class Slot:
    """One firing of a schedule: due (run it) or missed (record it). `late_by` is 0 where it is on time."""

    schedule: str
    at: datetime
    state: State
    late_by: timedelta
    why: str | None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A firing still to come, for `baiqau next`."""

    schedule: str
    at_utc: datetime
    note: str | None


def plan(schedule: Schedule, *, watermark: datetime, now: datetime, grace: timedelta = GRACE) -> list[Slot]:
    """The slots of (watermark, now], ascending, each due or missed.

    A slot no older than `grace` is on time and always due. `latest` drops a late slot wherever a newer one
    runs.
    """
    instants = [occurrence.at_utc for occurrence in schedule.when.occurrences(watermark, now)]
    late = [at for at in instants if now - at > grace]
    on_time = [Slot(schedule.name, at, "due", _ON_TIME, None) for at in instants[len(late) :]]
    return [*_late_slots(schedule, late, now, superseded=bool(on_time)), *on_time]


def _late_slots(schedule: Schedule, late: list[datetime], now: datetime, superseded: bool) -> list[Slot]:
    limit = schedule.max_lateness
    fresh = [at for at in late if limit is None or now - at <= limit]
    stale = late[: len(late) - len(fresh)]
    room, why = _room(schedule, superseded)
    dropped = fresh[: max(0, len(fresh) - room)]
    return [
        *(Slot(schedule.name, at, "missed", now - at, f"later than max_lateness = {limit}") for at in stale),
        *(Slot(schedule.name, at, "missed", now - at, why) for at in dropped),
        *(Slot(schedule.name, at, "due", now - at, None) for at in fresh[len(dropped) :]),
    ]


def _room(schedule: Schedule, superseded: bool) -> tuple[int, str]:
    """How many of the newest late slots run, and why the others do not."""
    match schedule.on_missed:
        case "all":
            return schedule.max_catchup, f"more than max_catchup = {schedule.max_catchup} slots were waiting"
        case "latest":
            return 0 if superseded else 1, "on_missed = latest: a newer slot runs instead"
        case "skip":
            return 0, "on_missed = skip"


def upcoming(schedules: Iterable[Schedule], *, now: datetime, until: datetime) -> list[Upcoming]:
    """What fires in (now, until], in order of time, then of name."""
    firings = (
        Upcoming(schedule.name, occurrence.at_utc, occurrence.note)
        for schedule in schedules
        for occurrence in schedule.when.occurrences(now, until)
    )
    return sorted(firings, key=lambda firing: (firing.at_utc, firing.schedule))


def summary(slots: Sequence[Slot]) -> str | None:
    """One sentence for one alert about everything missed; None where nothing was."""
    missed: dict[str, list[datetime]] = defaultdict(list)
    for slot in slots:
        if slot.state == "missed":
            missed[slot.schedule].append(slot.at)
    if not missed:
        return None
    return f"Missed and not run: {'; '.join(_span(name, missed[name]) for name in sorted(missed))}."


def _span(name: str, instants: list[datetime]) -> str:
    first, last = (f"{utc(at):%Y-%m-%d %H:%M}Z" for at in (min(instants), max(instants)))
    if len(instants) == 1:
        return f"{name} at {first}"
    return f"{name} {len(instants)} times from {first} to {last}"
