"""Working days, as a value: which days are worked, and by what version of the calendar that was said.

Terms of working days (regulation 003, 3.1: 14; 3.3: 10) are counted from the day after the one they run from.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from jobs.calendar import CalendarError


class NoCalendarError(CalendarError):
    """Working days are asked for where nobody has said which days are worked."""


class OutsideCalendarError(CalendarError):
    """A day that the calendar of working days does not reach."""


@dataclass(frozen=True)
class Workdays:
    """`days`: every worked day the calendar knows, ascending; `version` names its source on every reason."""

    days: tuple[date, ...]
    version: str

    def __bool__(self) -> bool:
        return bool(self.days)

    def worked(self, day: date) -> bool:
        """Whether the day is worked. Raises OutsideCalendarError."""
        self._reaches(day)
        at = bisect_left(self.days, day)
        return at < len(self.days) and self.days[at] == day

    def after(self, day: date, number: int) -> date:
        """The `number`th (1 …) working day after `day`, which itself does not count. Raises OutsideCalendarError."""
        self._reaches(day)
        at = bisect_right(self.days, day) + _positive(number) - 1
        if at >= len(self.days):
            raise OutsideCalendarError(
                f"{number} working days after {day} lie past {self.days[-1]}, where the calendar ends: correct the date"
            )
        return self.days[at]

    def after_expr(self, day: pl.Expr, number: int) -> pl.Expr:
        """`after` over a column of dates; null where the date is null or the calendar does not reach."""
        self._known()
        return day.map_batches(lambda days: self._after(days, _positive(number)), return_dtype=pl.Date)

    def _after(self, days: pl.Series, number: int) -> pl.Series:
        reached = (days >= self.days[0]) & (days <= self.days[-1])
        at = (
            self._series.search_sorted(days.fill_null(self.days[0]), side="right").cast(pl.Int64) + number - 1
        )
        inside = pl.Series(pl.select(pl.when(reached & (at < len(self.days))).then(at)).to_series())
        return self._series.gather(inside).alias(days.name)

    @cached_property
    def _series(self) -> pl.Series:
        return pl.Series("days", self.days, dtype=pl.Date)

    def _known(self) -> None:
        if not self.days:
            raise NoCalendarError(
                "no calendar of working days was given: load the rulebook with the site's calendar"
            )

    def _reaches(self, day: date) -> None:
        self._known()
        if not self.days[0] <= day <= self.days[-1]:
            raise OutsideCalendarError(
                f"the calendar of working days reaches from {self.days[0]} to {self.days[-1]}, not to {day}: "
                "correct the date"
            )


NO_CALENDAR = Workdays((), "none")
"""What a rulebook without working days is loaded with."""


def no_calendar() -> Workdays:
    """NO_CALENDAR, for whoever has no other to give."""
    return NO_CALENDAR


def workdays(days: Iterable[date], version: str) -> Workdays:
    """The calendar of these worked days, in any order."""
    return Workdays(tuple(sorted(set(days))), version)


def _positive(number: int) -> int:
    if number < 1:
        raise CalendarError(f"{number} working days are no term: write a whole number from 1")
    return number
