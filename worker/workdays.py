"""The working days of Kazakhstan: the package `holidays`, and a file of the site that has the last word.

The package knows transfers ordered by the government for past years only and reckons the day of Kurban ait in
advance: an organiser writes what an order has changed into that file. What it says is stamped on every term counted.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jobs.errors import BaiqauError
from jobs.workdays import Workdays, workdays

YEARS = range(2000, 2100)
_SATURDAY = 5
_STAMP = 12  # hexadecimal digits of the overrides' digest


class CalendarFileFault(BaiqauError):
    """The file of changed working days cannot be used."""


@dataclass(frozen=True)
class Overrides:
    """What the site changes: a day to why it is `off`, or why it is `worked`; `name` is the file's."""

    off: dict[date, str]
    worked: dict[date, str]
    name: str

    @property
    def stamp(self) -> str:
        """What the version says of them; nothing where nothing is changed."""
        if not self.off and not self.worked:
            return ""
        lines = [f"{day} off" for day in sorted(self.off)] + [f"{day} worked" for day in sorted(self.worked)]
        return f" + {self.name} {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:_STAMP]}"


NO_OVERRIDES = Overrides({}, {}, "")


def kazakhstan(overrides: Path | None = None) -> Workdays:
    """The calendar, with the changes of that file where one is given. Raises CalendarFileFault."""
    return _changed(read_overrides(overrides)) if overrides is not None else _plain()


@cache
def _plain() -> Workdays:
    return _changed(NO_OVERRIDES)


def _changed(changed: Overrides) -> Workdays:
    days = (_plain_days() - changed.off.keys()) | changed.worked.keys()
    return workdays(days, f"holidays {version('holidays')} KZ{changed.stamp}")


def read_overrides(file: Path) -> Overrides:
    """The tables [off] and [worked] of a file: each day with a reason, such as the number of an order."""
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise CalendarFileFault(
            f"{file}: there is no such file; put it there or empty calendar.overrides of settings.toml."
        ) from fault
    except OSError as fault:
        raise CalendarFileFault(f"{file}: {fault.strerror}; put a file that can be read there.") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise CalendarFileFault(f"{file}: {fault}.") from fault
    if unknown := sorted(written.keys() - {"off", "worked"}):
        raise CalendarFileFault(f"{file}: {unknown[0]}: is no table; write [off] or [worked].")
    off, worked = (_days(file, name, written.get(name, {})) for name in ("off", "worked"))
    if both := sorted(off.keys() & worked.keys()):
        raise CalendarFileFault(f"{file}: {both[0]} stands in [off] and in [worked]; keep one of the two.")
    return Overrides(off, worked, file.name)


def _days(file: Path, name: str, table: object) -> dict[date, str]:
    if not isinstance(table, dict):
        raise CalendarFileFault(f'{file}: {name}: write a table of lines such as 2026-01-05 = "order No …".')
    return {_day(file, name, str(day)): _why(file, f"{name}.{day}", why) for day, why in table.items()}


def _day(file: Path, name: str, written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError as fault:
        raise CalendarFileFault(f"{file}: {name}.{written}: is no day such as 2026-01-05.") from fault
    if day.year not in YEARS:
        raise CalendarFileFault(f"{file}: {name}.{written}: write a day of {YEARS[0]} to {YEARS[-1]}.")
    return day


def _why(file: Path, key: str, written: object) -> str:
    if not isinstance(written, str) or not written.strip():
        raise CalendarFileFault(f"{file}: {key}: say by what order, as a text in quotes.")
    return written


@cache
def _plain_days() -> frozenset[date]:
    import holidays  # noqa: PLC0415 - half a second that only a rulebook with working days pays

    off = holidays.country_holidays("KZ", years=YEARS)
    every = (
        date(YEARS[0], 1, 1) + timedelta(days=at)
        for at in range((date(YEARS[-1], 12, 31) - date(YEARS[0], 1, 1)).days + 1)
    )
    moved = off.weekend_workdays
    return frozenset(day for day in every if day in moved or (day.weekday() < _SATURDAY and day not in off))


def estimated(first: date, last: date) -> list[date]:
    """The days off between two days that the package reckons in advance, so that an order may still move them."""
    import holidays  # noqa: PLC0415

    off = holidays.country_holidays("KZ", years=range(first.year, last.year + 1), language="en_US")
    return sorted(day for day, name in off.items() if first <= day <= last and "estimated" in name)
