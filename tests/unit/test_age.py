"""Full years on a day."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.age import age, full_years
from jobs.binding import Lookup, Zone
from jobs.errors import ParameterFault

ALMATY = Zone("Asia/Almaty")


def years(born: date, day: date) -> int:
    frame = pl.DataFrame({"born": [born], "day": [day]})
    return int(frame.select(full_years(pl.col("born"), pl.col("day"))).item())


@pytest.mark.parametrize(
    ("born", "day", "full"),
    [
        (date(2009, 5, 5), date(2025, 9, 15), 16),
        (date(2009, 9, 15), date(2025, 9, 15), 16),
        (date(2009, 9, 16), date(2025, 9, 15), 15),
        (date(2009, 10, 1), date(2025, 9, 15), 15),
        (date(2008, 2, 29), date(2023, 2, 28), 14),
        (date(2008, 2, 29), date(2023, 3, 1), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
    ],
)
def test_a_birthday_counts_from_its_own_day(born: date, day: date, full: int) -> None:
    assert years(born, day) == full


@given(st.dates(date(1950, 1, 1), date(2020, 1, 1)), st.dates(date(2020, 1, 2), date(2090, 1, 1)))
def test_full_years_are_the_birthdays_passed(born: date, day: date) -> None:
    passed = sum(
        (year, born.month, born.day) <= (day.year, day.month, day.day)
        for year in range(born.year + 1, day.year + 1)
    )
    assert years(born, day) == passed


def verdict(born: date | None, at: datetime | None = None, **keys: Any) -> tuple[str, str]:
    entries = pl.DataFrame(
        {
            "entry": ["p"],
            "level": ["silver"],
            "born": [born],
            "on": [None],
            "at": [at or datetime(2025, 9, 1, 7, tzinfo=UTC)],
        },
        schema_overrides={"born": pl.Date, "on": pl.Date, "at": pl.Datetime("us", "UTC")},
    )
    given_: dict[str, Any] = {"least": 14, "most": 29} | keys
    row = age(entries, column="born", on=["on", "at"], zone=ALMATY, **given_).verdicts.row(0, named=True)
    return row["verdict"], row["code"]


def test_the_day_is_that_of_the_clocks_of_the_contest() -> None:
    late = datetime(2025, 8, 31, 20, tzinfo=UTC)  # 1 September 01:00 in Almaty
    assert verdict(date(2011, 9, 1), late) == ("in", "of-age")
    assert verdict(date(2011, 9, 1), datetime(2025, 8, 31, 18, tzinfo=UTC)) == ("out", "too-young")


def test_both_ends_are_in_and_what_is_not_told_is_asked_about() -> None:
    assert verdict(date(1995, 9, 2)) == ("in", "of-age")
    assert verdict(date(1995, 9, 1)) == ("out", "too-old")
    assert verdict(None) == ("undecided", "age-not-known")


def test_the_least_age_may_stand_in_a_table_and_be_passed() -> None:
    table = Lookup("level", {"silver": "15"})
    assert verdict(date(2010, 9, 1), of=table) == ("in", "of-age")
    assert verdict(date(2010, 9, 1), of=table, over="passed") == ("out", "too-young")
    with pytest.raises(ParameterFault, match="'fifteen' is no number of years"):
        verdict(date(2010, 9, 1), of=Lookup("level", {"silver": "fifteen"}))
