"""Cron in a time zone, right where the clocks change.

cronsim only matches wall-clock times here; turning them into instants is ours. (Given an aware datetime,
cronsim 2.8 steps through the change itself; there it loops for ever where clocks go back across midnight,
as in America/St_Johns until 2011, and what it yields in Australia/Lord_Howe depends on where it starts.)

The reading is that of Debian's cron, cron(8): a job at fixed hours and minutes runs once a day whatever the
clocks do, at the end of the gap that swallowed its time and at the first of two showings; a job whose minute
or hour begins with * follows the wall clock, so that */30 goes on every real half hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from jobs.calendar import first_showing, showings, time_zone, utc
from jobs.errors import BaiqauError

_ANY_WALL = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall-clock time, which has no zone by nature


class CronError(BaiqauError):
    """A cron expression that cannot be read."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An instant at which something fires, and what the preview should say of it."""

    at_utc: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Cron:
    """Five cron fields (minute, hour, day, month, weekday) read in an IANA zone; refused when unreadable."""

    expression: str
    zone: str

    def __post_init__(self) -> None:
        time_zone(self.zone)
        fields = len(self.expression.split())
        if fields != 5:
            raise _unreadable(self.expression, f"it has {fields} fields")
        try:
            CronSim(self.expression, _ANY_WALL)
        except (CronSimError, ValueError) as error:  # ValueError: a number of thousands of digits
            raise _unreadable(self.expression, str(error).lower()) from error

    def occurrences(self, after: datetime, until: datetime | None = None) -> Iterator[Occurrence]:
        """The occurrences in (after, until], ascending, with a note where the clocks change."""
        start = utc(after)
        zone = time_zone(self.zone)
        found = self._once_a_match(start, zone) if self._is_fixed() else self._by_the_wall(start, zone)
        later = (occurrence for occurrence in found if occurrence.at_utc > start)
        return later if until is None else takewhile(lambda each: each.at_utc <= until, later)

    def _is_fixed(self) -> bool:
        minute, hour, *_ = self.expression.split()
        return not minute.startswith("*") and not hour.startswith("*")

    def _once_a_match(self, start: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
        last = start
        for wall in CronSim(self.expression, _wall(start, zone)):
            at = first_showing(wall, zone)
            if at > last:  # two times swallowed by one gap run once, at its end
                last = at
                yield Occurrence(at, self._note_of_fixed(wall, at, zone))

    def _note_of_fixed(self, wall: datetime, at: datetime, zone: ZoneInfo) -> str | None:
        match len(showings(wall, zone)):
            case 0:
                return f"{wall:%H:%M} does not exist that day, runs at {at.astimezone(zone):%H:%M}"
            case 2:
                return f"{wall:%H:%M} comes twice that day, runs once, at the first"
            case _:
                return None

    def _by_the_wall(self, start: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
        second: list[Occurrence] = []  # the repeated hour's second showings, which come after all the first
        for wall in CronSim(self.expression, _before_repeats(_wall(start, zone), zone)):
            shown = showings(wall, zone)
            while second and second[0].at_utc < first_showing(wall, zone):
                yield second.pop(0)
            if shown:
                yield Occurrence(shown[0], _showing(wall, "first") if len(shown) > 1 else None)
            second += [Occurrence(at, _showing(wall, "second")) for at in shown[1:]]
        yield from second


def occurrences(expression: str, zone: str, after: datetime, until: datetime | None) -> Iterator[datetime]:
    """The instants (UTC, ascending) in (after, until] at which the expression fires in `zone`.

    Without `until` it goes on until nothing matches for 50 years. Raises CronError or UnknownZoneError.
    """
    return (occurrence.at_utc for occurrence in Cron(expression, zone).occurrences(after, until))


def _unreadable(expression: str, why: str) -> CronError:
    return CronError(
        f'the cron expression "{expression}" cannot be read ({why}): write minute, hour, day of month, '
        'month and day of week, as in "30 9 * * MON-FRI"'
    )


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _before_repeats(wall: datetime, zone: ZoneInfo) -> datetime:
    # Inside the first pass of a repeated hour, earlier wall times are still to be shown a second time.
    shown = showings(wall, zone)
    return wall - (shown[-1] - shown[0])


def _showing(wall: datetime, which: str) -> str:
    return f"{wall:%H:%M} comes twice that day, this is the {which}"
