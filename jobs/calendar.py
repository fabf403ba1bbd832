"""Instants and windows: what a regulation says about time, in the contest's own zone.

A regulation speaks in local time; inside, every instant is an aware UTC datetime. A local time that the
clocks show twice or never is refused unless its offset is written, for we would otherwise choose for the
organiser. Windows are half-open, so the last second is in and the closing second is out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from jobs.errors import BaiqauError

# Two centuries, so that no sum of days or hours leaves the years a datetime can hold.
_DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_OFFSET = r"(?:Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
_INSTANT = re.compile(
    rf"{_DATE.pattern}[ T][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?{_OFFSET}?"
)
_SECOND = timedelta(seconds=1)
_INSTANT_AFTER = timedelta(microseconds=1)
_MOST_DAYS = 3660


class CalendarError(BaiqauError):
    """A time in the settings or a rulebook cannot be understood."""


class UnknownZoneError(CalendarError):
    """A time zone that the IANA database does not have."""


class MalformedTimeError(CalendarError):
    """A text that is not a date and time."""


class AmbiguousTimeError(CalendarError):
    """A local time that the clocks show twice, written without an offset."""


class SkippedTimeError(CalendarError):
    """A local time that the clocks never show, written without an offset."""


class NaiveInstantError(CalendarError):
    """A datetime without a zone, where an instant is needed."""


class WindowError(CalendarError):
    """A window that cannot hold a single instant, or whose end is not stated exactly once."""


def time_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; UnknownZoneError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZoneError(
            f'the time zone "{name}" is unknown: write an IANA name such as Asia/Almaty'
        ) from error


def utc(instant: datetime) -> datetime:
    """The same instant in UTC; NaiveInstantError where no zone is attached, not this machine's zone."""
    if instant.tzinfo is None:
        raise NaiveInstantError(f"the time {instant.isoformat(sep=' ')} has no zone: give it an offset")
    return instant.astimezone(UTC)


def showings(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants (UTC, ascending) at which clocks in `zone` show the naive `wall`: none, one or two."""
    both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in both if at.astimezone(zone).replace(tzinfo=None) == wall))


def first_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which clocks show `wall`, or the end of the gap in which they skip it."""
    shown = showings(wall, zone)
    return shown[0] if shown else _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    # PEP 495: inside a gap fold=1 reads `wall` with the offset after it, which falls before the jump, and
    # fold=0 with the offset before it, which falls after; the jump itself lies between, found by halving.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) > wall:
            after = middle
        else:
            before = middle
    return after


def instant(text: str, zone: str) -> datetime:
    """The instant (UTC) of "2026-01-15 09:00[:SS]": local time in `zone` unless an offset is written.

    Years 1900 to 2099. Raises MalformedTimeError (for a date alone too: it is a day, not an instant),
    AmbiguousTimeError, SkippedTimeError or UnknownZoneError.
    """
    if not _INSTANT.fullmatch(text):
        raise _malformed(text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise _malformed(text) from error
    return utc(parsed) if parsed.tzinfo else _only_showing(parsed, text, zone)


def _malformed(text: str) -> MalformedTimeError:
    return MalformedTimeError(f'"{text}" is not a date and time: write it as 2026-01-15 09:00')


def _only_showing(wall: datetime, text: str, zone: str) -> datetime:
    shown = showings(wall, time_zone(zone))
    if not shown:
        raise _skipped(wall, text, zone)
    if len(shown) > 1:
        first, second = (_with_offset(at, zone) for at in shown)
        raise AmbiguousTimeError(
            f'the local time "{text}" comes twice in {zone}, for the clocks go back: '
            f'write "{first}" for the first or "{second}" for the second'
        )
    return shown[0]


def _skipped(wall: datetime, text: str, zone: str) -> SkippedTimeError:
    resumed = local(first_showing(wall, time_zone(zone)), zone)
    return SkippedTimeError(
        f'the local time "{text}" does not exist in {zone}, for the clocks go forward: '
        f'write "{resumed}", the first moment after, or add an offset'
    )


def _with_offset(at: datetime, zone: str) -> str:
    shown = at.astimezone(time_zone(zone))
    whole_minute = shown.second == 0 and shown.microsecond == 0
    return shown.isoformat(sep=" ", timespec="minutes" if whole_minute else "seconds")


def start_of_day(text: str, zone: str) -> datetime:
    """The first instant (UTC) of the local day "2026-01-15"."""
    return first_showing(datetime.combine(_day(text), time.min), time_zone(zone))


def end_of_day(text: str, zone: str) -> datetime:
    """The first instant (UTC) after the local day "2026-01-15": an exclusive end."""
    return _midnight_after(_day(text), 1, zone)


def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise MalformedTimeError(f'"{text}" is not a date: write it as 2026-01-15')
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedTimeError(f'"{text}" is not a day of the calendar: correct it') from error


def _midnight_after(day: date, days: int, zone: str) -> datetime:
    return first_showing(datetime.combine(day + timedelta(days=days), time.min), time_zone(zone))


def instant_or_start_of_day(text: str, zone: str) -> datetime:
    """As `instant`; a date alone means the first instant of that local day."""
    return start_of_day(text, zone) if _DATE.fullmatch(text) else instant(text, zone)


def instant_or_end_of_day(text: str, zone: str) -> datetime:
    """As `instant`; a date alone means the first instant after that local day."""
    return end_of_day(text, zone) if _DATE.fullmatch(text) else instant(text, zone)


def local(at: datetime, zone: str) -> str:
    """The instant as people in `zone` write it, seconds only where they are not 0.

    The offset is added only where the clocks show that time twice, so `instant` reads back what this wrote.
    """
    written = _with_offset(utc(at), zone)
    wall = at.astimezone(time_zone(zone)).replace(tzinfo=None)
    if len(showings(wall, time_zone(zone))) > 1:
        return written
    return wall.isoformat(sep=" ", timespec="minutes" if wall.second == wall.microsecond == 0 else "seconds")


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span opens_at <= t < closes_at, both aware and kept in UTC; `zone` is where it is read aloud."""

    opens_at: datetime
    closes_at: datetime
    zone: str = "UTC"

    def __post_init__(self) -> None:
        object.__setattr__(self, "opens_at", utc(self.opens_at))
        object.__setattr__(self, "closes_at", utc(self.closes_at))
        if self.closes_at <= self.opens_at:
            raise WindowError(
                f"the window closes at {self.closes_at:%Y-%m-%d %H:%M:%S}Z, not after it opens "
                f"at {self.opens_at:%Y-%m-%d %H:%M:%S}Z: correct opens or closes"
            )

    def contains(self, at: datetime) -> bool:
        """Whether the instant lies in the window."""
        return self.opens_at <= utc(at) < self.closes_at


def window_expr(column: str, window: Window) -> pl.Expr:
    """`Window.contains` over a column of Datetime(_, "UTC"); null where the time is null."""
    return (pl.col(column) >= pl.lit(window.opens_at)) & (pl.col(column) < pl.lit(window.closes_at))


def local_day(instant: pl.Expr, zone: str) -> pl.Expr:
    """The day that the clocks of `zone` show at an instant."""
    return instant.dt.convert_time_zone(zone).dt.date()


def local_clock(instant: pl.Expr, zone: str) -> pl.Expr:
    """What the clocks of `zone` show at an instant, as reasons write it: 2026-02-20 18:00:00."""
    return instant.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M:%S")


def window(
    opens: str, *, closes: str | None = None, days: int | None = None, hours: int | None = None, zone: str
) -> Window:
    """A window from local texts: until `closes`, for `days` calendar days, or for `hours`.

    `days` counts the opening day as day 1 and ends with the local midnight after the last day (regulation
    002 cl. 1, reading Q18). `closes` is exclusive; given as a date alone it includes that whole day. Within `hours`
    is up to their last instant (order 99, annex 2, cl. 26), which is inside.
    """
    if sum(end is not None for end in (closes, days, hours)) != 1:
        raise WindowError(
            f'the window that opens "{opens}" needs one of closes, days and hours: write one of them'
        )
    opens_at = instant_or_start_of_day(opens, zone)
    if closes is not None:
        return Window(opens_at, instant_or_end_of_day(closes, zone), zone)
    if hours is not None:
        return Window(opens_at, opens_at + _span(hours), zone)
    return Window(opens_at, _end_of_days(opens_at, days or 0, zone), zone)


def _span(hours: int) -> timedelta:
    if not 1 <= hours <= _MOST_DAYS:
        raise WindowError(f"a window cannot last {hours} hours: write hours = 1 to {_MOST_DAYS}")
    return timedelta(hours=hours) + _INSTANT_AFTER


def _end_of_days(opens_at: datetime, days: int, zone: str) -> datetime:
    if not 1 <= days <= _MOST_DAYS:
        raise WindowError(f"a window cannot last {days} days: write days = 1 to {_MOST_DAYS}")
    return _midnight_after(opens_at.astimezone(time_zone(zone)).date(), days, zone)
