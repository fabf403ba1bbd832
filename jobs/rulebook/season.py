"""[season] as instants: its windows, and the moment at which each of its lines has passed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jobs import calendar
from jobs.calendar import Window
from jobs.errors import BaiqauError
from jobs.rulebook.faults import RulebookFault
from jobs.rulebook.written import Period, RulebookTable
from jobs.workdays import Workdays


@dataclass(frozen=True)
class Season:
    """The lines of [season] by name. `moments` has every line: a moment as it is written, of a window the instant until
    which its files are awaited, which is its end where nothing else is said."""

    windows: Mapping[str, Window]
    moments: Mapping[str, datetime]


def read_season(written: RulebookTable, source: str, workdays: Callable[[], Workdays]) -> Season:
    """The season of the rulebook in the file `source`. Raises RulebookFault."""
    windows: dict[str, Window] = {}
    moments: dict[str, datetime] = {}
    zone = written.timezone
    for name, period in written.season.items():
        place = f"{source}: season.{name}"
        _check_form(place, period)
        try:
            if period.at is not None:
                moments[name] = calendar.instant(period.at, zone)
            elif period.opens is not None:
                window = _window(period.opens, period, zone, workdays)
                windows[name] = window
                moments[name] = (
                    calendar.instant(period.files_by, zone) if period.files_by else window.closes_at
                )
        except BaiqauError as fault:
            raise RulebookFault(f"{place}: {str(fault).rstrip('.')}.") from fault
        if name in windows and moments[name] < windows[name].closes_at:
            raise RulebookFault(f"{place}.files_by: lies before the window closes.")
    return Season(windows, moments)


def _check_form(place: str, period: Period) -> None:
    """A line is a moment, or a window with one end."""
    ends = (period.closes, period.days, period.hours, period.working_days)
    if period.at is not None and any((period.opens, *ends, period.files_by)):
        raise RulebookFault(f"{place}: has `at` beside the keys of a window; keep one of the two.")
    if period.at is None and (period.opens is None or sum(end is not None for end in ends) != 1):
        what = "give `at`, or `opens` with one of `closes`, `days`, `hours` and `working_days`"
        raise RulebookFault(f"{place}: {what}.")


def _window(opens: str, period: Period, zone: str, workdays: Callable[[], Workdays]) -> Window:
    closes = period.closes
    if period.working_days is not None:
        closes = _last_working_day(opens, period.working_days, zone, workdays())
    return calendar.window(opens, closes=closes, days=period.days, hours=period.hours, zone=zone)


def _last_working_day(opens: str, number: int, zone: str, workdays: Workdays) -> str:
    opened = calendar.instant_or_start_of_day(opens, zone)
    return workdays.after(opened.astimezone(calendar.time_zone(zone)).date(), number).isoformat()
