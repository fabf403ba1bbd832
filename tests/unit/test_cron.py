"""Cron at the days on which clocks change (scenarios 1 to 6), and the laws it keeps everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.calendar import UnknownZoneError
from worker.clock import ensure_tzdata
from worker.schedule.cron import Cron, CronError, Occurrence, occurrences

ALMATY, BERLIN = "Asia/Almaty", "Europe/Berlin"
MINUTE = timedelta(minutes=1)

CHANGES = {
    ALMATY: "2024-02-29 18:00",
    BERLIN: "2025-03-30 01:00",
    "Europe/Dublin": "2025-10-26 01:00",
    "Australia/Lord_Howe": "2025-10-04 15:30",  # by half an hour
    "America/Havana": "2025-11-02 05:00",  # back to midnight
    "Africa/Cairo": "2025-04-24 22:00",  # midnight is skipped
    "America/St_Johns": "2006-10-29 02:31",  # back across midnight
    "Antarctica/Troll": "2025-10-26 01:00",  # by two hours
    "Pacific/Apia": "2011-12-30 10:00",  # a whole day is skipped
    "Asia/Kathmandu": "2025-01-01 00:00",  # none
}


@pytest.fixture(autouse=True, scope="module")
def _pinned_tzdata() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONTZPATH", "")
        ensure_tzdata()
        yield


def z(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fired(expression: str, zone: str, after: str, until: str) -> list[str]:
    return [f"{at:%Y-%m-%d %H:%M}" for at in occurrences(expression, zone, z(after), z(until))]


def preview(expression: str, zone: str, after: str, until: str) -> list[Occurrence]:
    return list(Cron(expression, zone).occurrences(z(after), z(until)))


def test_almaty_at_nine_moves_by_an_hour_in_utc_on_1_march_2024() -> None:
    assert fired("0 9 * * *", ALMATY, "2024-02-28 12:00", "2024-03-01 12:00") == [
        "2024-02-29 03:00",
        "2024-03-01 04:00",
    ]


def test_almaty_at_half_past_eleven_runs_once_on_the_evening_that_had_it_twice() -> None:
    assert preview("30 23 * * *", ALMATY, "2024-02-29 00:00", "2024-03-01 00:00") == [
        Occurrence(z("2024-02-29 17:30"), "23:30 comes twice that day, runs once, at the first")
    ]


def test_almaty_every_half_hour_goes_on_every_real_half_hour() -> None:
    found = fired("*/30 * * * *", ALMATY, "2024-02-29 16:30", "2024-02-29 19:30")
    assert found == [
        f"2024-02-29 {clock}" for clock in ("17:00", "17:30", "18:00", "18:30", "19:00", "19:30")
    ]


def test_the_preview_tells_the_two_showings_of_a_repeated_half_hour_apart() -> None:
    notes = [each.note for each in preview("*/30 * * * *", ALMATY, "2024-02-29 17:00", "2024-02-29 19:00")]
    assert notes == [
        "23:30 comes twice that day, this is the first",
        "23:00 comes twice that day, this is the second",
        "23:30 comes twice that day, this is the second",
        None,
    ]


def test_the_first_midnight_of_the_new_offset_is_seven_in_the_evening_utc() -> None:
    assert fired("0 0 1 3 *", ALMATY, "2024-02-01 00:00", "2024-04-01 00:00") == ["2024-02-29 19:00"]


def test_berlin_at_midnight_fires_on_the_day_after_the_change_too() -> None:
    assert fired("0 0 * * *", BERLIN, "2025-03-29 00:00", "2025-03-31 00:00") == [
        "2025-03-29 23:00",
        "2025-03-30 22:00",
    ]


def test_a_berlin_time_that_is_skipped_runs_once_at_the_end_of_the_gap_and_is_flagged() -> None:
    assert preview("30 2 * * *", BERLIN, "2025-03-29 12:00", "2025-03-31 12:00") == [
        Occurrence(z("2025-03-30 01:00"), "02:30 does not exist that day, runs at 03:00"),
        Occurrence(z("2025-03-31 00:30"), None),
    ]


def test_a_berlin_time_that_comes_twice_runs_once_at_the_first() -> None:
    assert fired("30 2 * * *", BERLIN, "2025-10-25 12:00", "2025-10-26 12:00") == ["2025-10-26 00:30"]


def test_two_times_swallowed_by_one_gap_run_once_at_its_end() -> None:
    assert fired("15,45 2 * * *", BERLIN, "2025-03-29 12:00", "2025-03-30 12:00") == ["2025-03-30 01:00"]


def test_asking_from_within_the_repeated_hour_finds_its_second_showings() -> None:
    assert fired("*/30 2 * * *", BERLIN, "2025-10-26 00:45", "2025-10-26 12:00") == [
        "2025-10-26 01:00",
        "2025-10-26 01:30",
    ]


def test_an_hour_across_midnight_in_st_johns_ends_where_cronsim_would_loop_for_ever() -> None:
    assert fired("*/30 * * * *", "America/St_Johns", "2006-10-29 02:00", "2006-10-29 04:00") == [
        "2006-10-29 02:30",
        "2006-10-29 03:00",
        "2006-10-29 03:30",
        "2006-10-29 04:00",
    ]


def test_without_an_end_occurrences_are_taken_as_they_are_asked_for() -> None:
    leap_days = islice(occurrences("0 9 29 2 *", ALMATY, z("2024-03-01 00:00"), None), 2)
    assert [f"{at:%Y-%m-%d %H:%M}" for at in leap_days] == ["2028-02-29 04:00", "2032-02-29 04:00"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "0 0 9 * * *",
        "@daily",
        "61 * * * *",
        "0 9 30 2 *",
        "0 9 * * FUNDAY",
        "*/0 * * * *",
        pytest.param("9" * 5000 + " * * * *", id="thousands of digits"),
    ],
)
def test_an_unreadable_expression_is_refused_by_name(expression: str) -> None:
    with pytest.raises(CronError) as refusal:
        Cron(expression, ALMATY)
    assert f'the cron expression "{expression}" cannot be read' in str(refusal.value)


def test_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(UnknownZoneError, match="Asia/Almata"):
        Cron("0 9 * * *", "Asia/Almata")


@dataclass(frozen=True)
class Field:
    text: str
    values: frozenset[int]


def fields(span: range, likely: list[int]) -> st.SearchStrategy[Field]:
    numbers = st.frozensets(st.sampled_from(likely), min_size=1, max_size=3)
    listed = numbers.map(lambda values: Field(",".join(map(str, sorted(values))), values))
    stepped = st.integers(1, 12).map(lambda step: Field(f"*/{step}", frozenset(span[::step])))
    return listed | stepped


WEEKDAYS = st.sampled_from(
    [Field("*", frozenset(range(7))), Field("SUN", frozenset({6})), Field("1-5", frozenset(range(5)))]
)


@dataclass(frozen=True)
class Expression:
    minute: Field
    hour: Field
    weekday: Field

    def __str__(self) -> str:
        return f"{self.minute.text} {self.hour.text} * * {self.weekday.text}"

    def matches(self, wall: datetime) -> bool:
        return (
            wall.minute in self.minute.values
            and wall.hour in self.hour.values
            and wall.weekday() in self.weekday.values
        )

    @property
    def is_fixed(self) -> bool:
        return not self.minute.text.startswith("*") and not self.hour.text.startswith("*")


EXPRESSIONS = st.builds(
    Expression, fields(range(60), [0, 1, 15, 30, 31, 45, 59]), fields(range(24), [0, 1, 2, 3, 23]), WEEKDAYS
)
ZONES = st.sampled_from(sorted(CHANGES))
NEAR = st.integers(-3 * 60, 3 * 60).map(lambda minutes: minutes * MINUTE)


def minute_by_minute(expression: Expression, zone: str, after: datetime, until: datetime) -> list[datetime]:
    """cron(8) as a daemon lives it: look at the wall every real minute, and know when it jumped."""
    found = []
    here = ZoneInfo(zone)
    wall = after.astimezone(here).replace(tzinfo=None)
    at = after
    while at < until:
        at += MINUTE
        before, shown = wall, at.astimezone(here)
        wall = shown.replace(tzinfo=None)
        skipped = (before + MINUTE * step for step in range(1, (wall - before) // MINUTE))
        if expression.is_fixed:
            hit = (shown.fold == 0 and expression.matches(wall)) or any(map(expression.matches, skipped))
        else:
            hit = expression.matches(wall)
        found += [at] * hit
    return found


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, ZONES, NEAR, NEAR)
def test_around_any_change_the_occurrences_are_those_of_a_minute_by_minute_watch(
    expression: Expression, zone: str, one: timedelta, other: timedelta
) -> None:
    after, until = (z(CHANGES[zone]) + offset for offset in sorted((one, other)))
    found = list(occurrences(str(expression), zone, after, until))
    assert found == minute_by_minute(expression, zone, after, until)


@settings(deadline=None)
@given(EXPRESSIONS, ZONES, NEAR)
def test_occurrences_strictly_increase_and_lie_after_the_start(
    expression: Expression, zone: str, offset: timedelta
) -> None:
    after = z(CHANGES[zone]) + offset
    found = [after, *islice(occurrences(str(expression), zone, after, None), 50)]
    assert len(found) == 51
    assert all(earlier < later for earlier, later in pairwise(found))
