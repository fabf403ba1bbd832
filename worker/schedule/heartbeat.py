"""What wakes the worker's loop: a steady beat, and the very instants at which something fires.

APScheduler is the clock only. It keeps no truth: a wake-up says "look now", the planner says what is due.
So a wake-up lost, doubled or early changes no result, and nothing here needs to survive a restart.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from worker.schedule.cron import Cron
from worker.schedule.planner import At, Schedule

_BEAT = "beat"


class WakeTrigger(BaseTrigger):  # type: ignore[misc]  # its base is untyped
    """An APScheduler trigger that asks a function for the next instant after the present.

    Always the present, never the previous firing: APScheduler's own triggers go through every firing they
    slept through one by one, for hours when a machine that booted in 1970 learns the date.
    """

    def __init__(self, next_after: Callable[[datetime], datetime | None]) -> None:
        self._next_after = next_after

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next instant to wake at, or None when there is none left."""
        return self._next_after(now)


def occurrence_trigger(when: Cron | At) -> WakeTrigger:
    """A trigger for the occurrences of a cron expression or of named instants."""
    return WakeTrigger(lambda now: next((each.at_utc for each in when.occurrences(now)), None))


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reload of the settings did to the wake-ups, by schedule name; for the audit."""

    added: frozenset[str]
    changed: frozenset[str]
    removed: frozenset[str]


class Heartbeat:
    """Sets `wake` every `interval` and at each occurrence of the schedules.

    The loop calls `wait`, which also returns by itself after its timeout: that wait runs on the monotonic
    clock, so a machine clock set back delays nothing by more than the timeout. Others, such as the folder
    watcher, may set `wake` too.
    """

    def __init__(self, interval: timedelta, wake: Event | None = None) -> None:
        self.wake = wake or Event()
        self._interval = interval
        self._schedules: dict[str, Schedule] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # Setting an event takes no time, so it happens in the scheduler's own thread: no pool to be full.
            executors={"default": DebugExecutor()},
            # The default grace is 1 s, after which a wake-up would be dropped.
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self, schedules: Iterable[Schedule] = ()) -> None:
        """Start the clock's thread; the first wake-up is immediate."""
        self._scheduler.add_job(self.wake.set, WakeTrigger(lambda now: now + self._interval), id=_BEAT)
        self.update(schedules)
        self._scheduler.start()
        self.wake.set()

    def update(self, schedules: Iterable[Schedule]) -> Changes:
        """Take over the schedules of reloaded settings; the wake-ups of unchanged ones are not touched."""
        new = {schedule.name: schedule for schedule in schedules}
        changes = _compare(self._schedules, new)
        for name in changes.changed | changes.removed:
            self._forget(name)
        for name in changes.added | changes.changed:
            self._scheduler.add_job(self.wake.set, occurrence_trigger(new[name].when), id=_job_id(name))
        self._schedules = new
        return changes

    def _forget(self, name: str) -> None:
        # A schedule whose occurrences have all gone by was already dropped by APScheduler.
        with suppress(JobLookupError):
            self._scheduler.remove_job(_job_id(name))

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Sleep until woken, at most `timeout` (the interval, unless given); whether it was woken."""
        woken = self.wake.wait((self._interval if timeout is None else timeout).total_seconds())
        self.wake.clear()
        return woken

    def stop(self) -> None:
        """End the clock's thread and let a waiting loop go."""
        self._scheduler.shutdown()
        self.wake.set()


def _job_id(schedule: str) -> str:
    return f"schedule {schedule}"


def _compare(old: dict[str, Schedule], new: dict[str, Schedule]) -> Changes:
    both = old.keys() & new.keys()
    return Changes(
        added=frozenset(new.keys() - old.keys()),
        changed=frozenset(name for name in both if old[name] != new[name]),
        removed=frozenset(old.keys() - new.keys()),
    )
