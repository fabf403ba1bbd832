"""Instants, windows and where the time zones come from."""

import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.calendar import (
    AmbiguousTimeError,
    MalformedTimeError,
    NaiveInstantError,
    SkippedTimeError,
    UnknownZoneError,
    Window,
    WindowError,
    end_of_day,
    instant,
    instant_or_end_of_day,
    instant_or_start_of_day,
    local,
    start_of_day,
    utc,
    window,
    window_expr,
)
from worker.clock import ClockWentBackError, FixedClock, SystemClock, VirtualClock, ensure_tzdata

ALMATY, BERLIN = "Asia/Almaty", "Europe/Berlin"
ZONES = [ALMATY, BERLIN, "Asia/Qyzylorda", "America/Havana", "America/St_Johns", "Australia/Lord_Howe"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="module")
def _pinned_tzdata() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONTZPATH", "")
        ensure_tzdata()
        yield


def z(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-15 09:00", "2026-01-15 04:00"),
        ("2026-01-15T09:00:07", "2026-01-15 04:00:07"),
        ("2026-01-15 09:00Z", "2026-01-15 09:00"),
        ("2026-01-15T09:00:00+06:00", "2026-01-15 03:00"),
        ("2024-02-29 22:59", "2024-02-29 16:59"),
        ("2024-03-01 00:00", "2024-02-29 19:00"),
        ("2024-02-29 23:30+06:00", "2024-02-29 17:30"),
        ("2024-02-29 23:30+05:00", "2024-02-29 18:30"),
    ],
)
def test_local_time_is_read_in_the_contests_zone_unless_an_offset_is_written(
    text: str, expected: str
) -> None:
    assert instant(text, ALMATY) == z(expected)


def test_a_time_that_came_twice_in_almaty_is_refused_with_both_ways_to_write_it() -> None:
    with pytest.raises(AmbiguousTimeError) as refusal:
        instant("2024-02-29 23:30", ALMATY)
    assert '"2024-02-29 23:30+06:00" for the first' in str(refusal.value)
    assert '"2024-02-29 23:30+05:00" for the second' in str(refusal.value)


def test_a_time_that_berlin_skips_is_refused_with_the_first_moment_after() -> None:
    with pytest.raises(
        SkippedTimeError, match=r'"2025-03-30 02:30" does not exist .* write "2025-03-30 03:00"'
    ):
        instant("2025-03-30 02:30", BERLIN)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15",
        "15.01.2026 09:00",
        "2026-02-30 09:00",
        "2026-01-15 24:30",
        "2026-W03-4 09:00",
        "2026-01-15 09:00 ",
        "2026-01-15 09:00+99:00",
        "0001-01-01 00:00",
        "٢٠٢٦-01-15 09:00",
        "",
    ],
)
def test_what_is_not_a_date_and_time_is_refused(text: str) -> None:
    with pytest.raises(MalformedTimeError, match="write it as 2026-01-15 09:00"):
        instant(text, ALMATY)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-1-5", "2026-01-15 09:00"])
def test_what_is_not_a_day_is_refused(text: str) -> None:
    with pytest.raises(MalformedTimeError):
        end_of_day(text, ALMATY)


@pytest.mark.parametrize(
    "zone", ["Asia/Almata", "", "Asia", "../etc/passwd", "/etc/localtime", "Asia/Алматы"]
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZoneError, match="write an IANA name"):
        instant("2026-01-15 09:00", zone)


def test_a_date_alone_is_the_start_or_the_end_of_that_day_as_the_name_says() -> None:
    assert instant_or_start_of_day("2026-01-15", ALMATY) == z("2026-01-14 19:00")
    assert instant_or_end_of_day("2026-01-15", ALMATY) == z("2026-01-15 19:00")
    assert instant_or_start_of_day("2026-01-15 09:00", ALMATY) == z("2026-01-15 04:00")
    assert instant_or_end_of_day("2026-01-15 09:00", ALMATY) == z("2026-01-15 04:00")


def test_the_day_on_which_almaty_set_its_clocks_back_is_25_hours_long() -> None:
    day = Window(start_of_day("2024-02-29", ALMATY), end_of_day("2024-02-29", ALMATY))
    assert day.closes_at - day.opens_at == timedelta(hours=25)


def test_a_day_whose_midnight_is_skipped_starts_at_its_first_moment() -> None:
    assert start_of_day("2025-04-25", "Africa/Cairo") == z("2025-04-24 22:00")
    # Toronto went from 23:30 to 00:30 in 1919: the gap swallowed midnight from the middle.
    assert start_of_day("1919-03-31", "America/Toronto") == instant("1919-03-31 00:30", "America/Toronto")


def test_thirty_days_count_the_opening_day_as_day_one() -> None:
    registration = window("2026-01-15 09:00", days=30, zone=ALMATY)
    assert registration.closes_at == z("2026-02-13 19:00")
    assert registration.contains(instant("2026-02-13 23:59:59", ALMATY))
    assert not registration.contains(instant("2026-02-14 00:00:00", ALMATY))
    assert registration.contains(instant("2026-01-15 09:00:00", ALMATY))
    assert not registration.contains(instant("2026-01-15 08:59:59", ALMATY))


def test_days_are_local_calendar_days_across_the_change_of_offset() -> None:
    assert window("2024-02-20 09:00", days=30, zone=ALMATY).closes_at == z("2024-03-20 19:00")


def test_the_opening_day_is_the_local_one_even_where_utc_has_another() -> None:
    assert window("2026-01-15 02:00", days=1, zone=ALMATY).closes_at == end_of_day("2026-01-15", ALMATY)


def test_a_closing_time_is_exclusive_and_a_closing_date_includes_its_day() -> None:
    timed = window("2026-02-20 09:00", closes="2026-02-22 18:00", zone=ALMATY)
    assert timed.contains(instant("2026-02-22 17:59:59", ALMATY))
    assert not timed.contains(instant("2026-02-22 18:00:00", ALMATY))
    dated = window("2026-02-20", closes="2026-02-22", zone=ALMATY)
    assert dated.contains(instant("2026-02-20 00:00", ALMATY))
    assert dated.contains(instant("2026-02-22 23:59:59", ALMATY))
    assert not dated.contains(instant("2026-02-23 00:00", ALMATY))


def test_a_window_that_opened_at_the_change_of_offset_opens_at_the_new_midnight() -> None:
    assert window("2024-03-01 00:00", days=1, zone=ALMATY).opens_at == z("2024-02-29 19:00")


def test_a_window_needs_its_end_exactly_once() -> None:
    with pytest.raises(WindowError, match="one of closes, days and hours"):
        window("2026-02-20 09:00", zone=ALMATY)
    with pytest.raises(WindowError, match="one of closes, days and hours"):
        window("2026-02-20 09:00", closes="2026-02-22", days=3, zone=ALMATY)


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_a_window_of_no_days_or_of_absurdly_many_is_refused(days: int) -> None:
    with pytest.raises(WindowError, match="write days = 1"):
        window("2026-02-20 09:00", days=days, zone=ALMATY)


@pytest.mark.parametrize("closes", ["2026-02-20 09:00", "2026-02-19"])
def test_a_window_that_closes_before_it_opens_is_refused(closes: str) -> None:
    with pytest.raises(WindowError, match="correct opens or closes"):
        window("2026-02-20 09:00", closes=closes, zone=ALMATY)


def test_a_datetime_without_a_zone_is_never_taken_for_the_machines_local_time() -> None:
    with pytest.raises(NaiveInstantError):
        utc(datetime(2026, 1, 15, 9))  # noqa: DTZ001 - the fault under test


@given(
    st.datetimes(datetime(2024, 2, 28), datetime(2024, 3, 3), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(microseconds=1), timedelta(days=2)),
    st.lists(st.timedeltas(timedelta(days=-1), timedelta(days=3)), min_size=1),
)
def test_the_expression_says_of_every_row_what_contains_says_of_the_instant(
    opens: datetime, length: timedelta, offsets: list[timedelta]
) -> None:
    span = Window(opens, opens + length)
    instants = [opens, span.closes_at, *(opens + offset for offset in offsets)]
    rows = pl.DataFrame({"at": instants}, schema={"at": pl.Datetime("us", "UTC")})
    assert rows.select(window_expr("at", span)).to_series().to_list() == [
        span.contains(at) for at in instants
    ]


def test_an_unknown_time_is_neither_in_nor_out_of_a_window() -> None:
    rows = pl.DataFrame({"at": [None]}, schema={"at": pl.Datetime("us", "UTC")})
    span = window("2026-01-15 09:00", days=30, zone=ALMATY)
    assert rows.select(window_expr("at", span)).to_series().to_list() == [None]


def test_polars_own_time_zones_agree_on_the_change_in_almaty() -> None:
    rows = pl.DataFrame({"at": [z("2024-02-29 17:59:59"), z("2024-02-29 18:00:00")]})
    shown = (
        rows.select(pl.col("at").dt.convert_time_zone(ALMATY).dt.to_string("%H:%M:%S")).to_series().to_list()
    )
    assert shown == ["23:59:59", "23:00:00"]


def test_an_instant_is_printed_in_local_time_with_an_offset_only_where_it_is_needed() -> None:
    assert local(z("2026-01-15 04:00"), ALMATY) == "2026-01-15 09:00"
    assert local(z("2026-02-13 18:59:59"), ALMATY) == "2026-02-13 23:59:59"
    assert local(z("2024-02-29 17:30"), ALMATY) == "2024-02-29 23:30+06:00"
    assert local(z("2024-02-29 18:30"), ALMATY) == "2024-02-29 23:30+05:00"


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2037, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_what_is_printed_reads_back_as_the_same_second(at: datetime, zone: str) -> None:
    assert instant(local(at, zone), zone) == at.replace(microsecond=0)


def test_an_old_operating_systems_almaty_does_not_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONTZPATH")
    _plant_old_almaty(tmp_path)
    zoneinfo.reset_tzpath(to=[tmp_path])
    ZoneInfo.clear_cache()
    after_the_change = datetime(2024, 3, 2, tzinfo=UTC)
    assert after_the_change.astimezone(ZoneInfo(ALMATY)).utcoffset() == timedelta(hours=6)
    ensure_tzdata()
    assert after_the_change.astimezone(ZoneInfo(ALMATY)).utcoffset() == timedelta(hours=5)
    assert os.environ["PYTHONTZPATH"] == ""


def test_an_old_tzdata_wheel_is_a_refusal_to_start(tmp_path: Path) -> None:
    _plant_old_almaty(tmp_path / "tzdata/zoneinfo")
    for package in ("tzdata", "tzdata/zoneinfo", "tzdata/zoneinfo/Asia"):
        (tmp_path / package / "__init__.py").touch()
    started = subprocess.run(
        [sys.executable, "-c", "from worker.clock import ensure_tzdata; ensure_tzdata()"],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    assert "StaleTimeZonesError: the time zone data does not have Asia/Almaty at +05:00" in started.stderr


def _plant_old_almaty(folder: Path) -> None:
    (folder / "Asia").mkdir(parents=True)
    with (files("tzdata") / "zoneinfo/Asia/Bishkek").open("rb") as always_six_hours_ahead:
        (folder / ALMATY).write_bytes(always_six_hours_ahead.read())


def test_the_system_clock_tells_an_aware_utc_instant() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_still_in_utc() -> None:
    clock = FixedClock(datetime.fromisoformat("2026-01-15T09:00+05:00"))
    assert clock.now() == clock.now() == z("2026-01-15 04:00")
    assert clock.now().tzinfo is UTC


def test_a_virtual_clock_goes_forward_and_never_back() -> None:
    clock = VirtualClock(z("2026-01-15 04:00"))
    clock.advance_to(z("2026-01-16 04:00"))
    clock.advance_to(z("2026-01-16 04:00"))
    with pytest.raises(ClockWentBackError, match="give it a later instant"):
        clock.advance_to(z("2026-01-16 03:59"))
    assert clock.now() == z("2026-01-16 04:00")
