"""Where the present comes from, and where the time zones come from."""

import os
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.calendar import utc
from jobs.errors import BaiqauError


class StaleTimeZonesError(BaiqauError):
    """The time zone data is missing or older than Kazakhstan's change of 1 March 2024."""


class ClockWentBackError(BaiqauError):
    """A virtual clock was asked to go back."""


class Clock(Protocol):
    """Whatever knows the present: the machine in service, a virtual one in a rehearsal."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands at one instant: `run --once --now`."""

    def __init__(self, at: datetime) -> None:
        self._at = utc(at)

    def now(self) -> datetime:
        """The instant it stands at, in UTC."""
        return self._at


class VirtualClock:
    """A clock that a rehearsal moves forward."""

    def __init__(self, start: datetime) -> None:
        self._at = utc(start)

    def now(self) -> datetime:
        """The instant it was last moved to, in UTC."""
        return self._at

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant`; ClockWentBackError where that lies in its past."""
        if utc(instant) < self._at:
            raise ClockWentBackError(
                f"a virtual clock at {self._at.isoformat()} cannot go back to {utc(instant).isoformat()}: "
                "give it a later instant"
            )
        self._at = utc(instant)


def ensure_tzdata() -> None:
    """Take the zones from the pinned tzdata wheel, here and in child processes; call before any other work.

    zoneinfo prefers the operating system's files, and an old system still has Almaty at +06:00. Raises
    StaleTimeZonesError where the wheel itself is missing or old.
    """
    os.environ["PYTHONTZPATH"] = ""
    zoneinfo.reset_tzpath(to=())
    ZoneInfo.clear_cache()
    if _almaty_offset() != timedelta(hours=5):
        raise StaleTimeZonesError(
            "the time zone data does not have Asia/Almaty at +05:00 since 1 March 2024: "
            "install the tzdata package of requirements.lock"
        )


def _almaty_offset() -> timedelta | None:
    try:
        return datetime(2024, 3, 2, tzinfo=ZoneInfo("Asia/Almaty")).utcoffset()
    except ZoneInfoNotFoundError:
        return None
