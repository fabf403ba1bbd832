"""Which slots are due after sleep and when the machine's clock jumps (scenarios 8, 9, 15, 16)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.calendar import NaiveInstantError
from worker.clock import ensure_tzdata
from worker.schedule.cron import Cron
from worker.schedule.planner import (
    At,
    OnMissed,
    Schedule,
    ScheduleError,
    Slot,
    Upcoming,
    plan,
    summary,
    upcoming,
)

ALMATY = "Asia/Almaty"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True, scope="module")
def _pinned_tzdata() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONTZPATH", "")
        ensure_tzdata()
        yield


def z(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hourly(on_missed: OnMissed, *, max_lateness: timedelta | None = None, max_catchup: int = 24) -> Schedule:
    return Schedule("hourly", Cron("0 * * * *", ALMATY), on_missed, max_lateness, max_catchup)


def due(slots: list[Slot]) -> list[datetime]:
    return [slot.at for slot in slots if slot.state == "due"]


def missed(slots: list[Slot]) -> list[datetime]:
    return [slot.at for slot in slots if slot.state == "missed"]


DOWN, UP = z("2026-01-10 00:30"), z("2026-01-13 00:30")


def test_a_slot_that_has_just_come_is_due_and_not_late() -> None:
    slots = plan(hourly("skip"), watermark=z("2026-01-15 03:30"), now=z("2026-01-15 04:00:20"))
    assert slots == [Slot("hourly", z("2026-01-15 04:00"), "due", timedelta(0), None)]


def test_a_slot_at_the_watermark_is_not_planned_again_and_one_at_now_is() -> None:
    slots = plan(hourly("latest"), watermark=z("2026-01-15 04:00"), now=z("2026-01-15 05:00"))
    assert due(slots) == [z("2026-01-15 05:00")]


def test_a_daily_job_slept_through_runs_once_for_its_slot_marked_late() -> None:
    daily = Schedule("report", Cron("0 9 * * *", ALMATY))
    slots = plan(daily, watermark=z("2026-01-15 03:50"), now=z("2026-01-15 04:20"))
    assert slots == [Slot("report", z("2026-01-15 04:00"), "due", timedelta(minutes=20), None)]


def test_three_days_of_an_hourly_job_under_latest_run_once_for_the_newest_slot() -> None:
    slots = plan(hourly("latest"), watermark=DOWN, now=UP)
    assert due(slots) == [z("2026-01-13 00:00")]
    assert len(missed(slots)) == 71
    assert {slot.why for slot in slots[:-1]} == {"on_missed = latest: a newer slot runs instead"}


def test_latest_runs_no_late_slot_beside_one_that_is_on_time() -> None:
    slots = plan(hourly("latest"), watermark=DOWN, now=z("2026-01-13 01:00:05"))
    assert due(slots) == [z("2026-01-13 01:00")]
    assert slots[-1].late_by == timedelta(0)


def test_three_days_of_an_hourly_job_under_all_run_the_24_newest_and_miss_the_rest() -> None:
    slots = plan(hourly("all"), watermark=DOWN, now=UP)
    assert due(slots) == [z("2026-01-12 01:00") + HOUR * step for step in range(24)]
    assert len(missed(slots)) == 48
    assert slots[0].why == "more than max_catchup = 24 slots were waiting"
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)


def test_three_days_of_an_hourly_job_under_skip_run_nothing() -> None:
    slots = plan(hourly("skip"), watermark=DOWN, now=UP)
    assert due(slots) == []
    assert len(missed(slots)) == 72


def test_a_slot_later_than_max_lateness_is_missed_and_one_exactly_as_late_is_due() -> None:
    slots = plan(hourly("all", max_lateness=2 * HOUR), watermark=DOWN, now=z("2026-01-10 04:00"))
    assert missed(slots) == [z("2026-01-10 01:00")]
    assert slots[0].why == "later than max_lateness = 2:00:00"
    assert due(slots) == [z("2026-01-10 02:00"), z("2026-01-10 03:00"), z("2026-01-10 04:00")]


def test_max_lateness_can_leave_latest_nothing_to_run() -> None:
    slots = plan(hourly("latest", max_lateness=10 * MINUTE), watermark=DOWN, now=UP)
    assert due(slots) == []
    assert {slot.why for slot in slots} == {"later than max_lateness = 0:10:00"}


def test_the_grace_is_the_border_between_on_time_and_late() -> None:
    at = z("2026-01-10 01:00")
    assert due(plan(hourly("skip"), watermark=DOWN, now=at + MINUTE)) == [at]
    assert due(plan(hourly("skip"), watermark=DOWN, now=at + MINUTE, grace=timedelta(seconds=59))) == []


def test_a_clock_set_two_hours_forward_yields_each_slot_once() -> None:
    first = plan(hourly("all"), watermark=z("2026-01-15 03:30"), now=z("2026-01-15 05:30"))
    again = plan(hourly("all"), watermark=z("2026-01-15 05:30"), now=z("2026-01-15 05:30:30"))
    assert (due(first), again) == ([z("2026-01-15 04:00"), z("2026-01-15 05:00")], [])


def test_a_clock_set_an_hour_back_repeats_no_slot() -> None:
    watermark = z("2026-01-15 05:00:10")
    back = plan(hourly("all"), watermark=watermark, now=watermark - HOUR)
    while_catching_up = plan(hourly("all"), watermark=watermark, now=watermark)
    then = plan(hourly("all"), watermark=watermark, now=z("2026-01-15 06:00:01"))
    assert (back, while_catching_up, due(then)) == ([], [], [z("2026-01-15 06:00")])


def test_an_instant_of_the_rulebook_runs_once_however_late() -> None:
    admission = Schedule("admission", At((z("2026-06-08 05:00"),)))
    slots = plan(admission, watermark=z("2026-06-01 00:00"), now=z("2026-07-01 00:00"))
    assert due(slots) == [z("2026-06-08 05:00")]
    assert plan(admission, watermark=z("2026-06-08 05:00"), now=z("2026-08-01 00:00")) == []


def test_instants_are_taken_in_utc_in_order_and_each_once() -> None:
    here = datetime.fromisoformat("2026-06-08T10:00+05:00")
    assert At((z("2026-06-09 05:00"), here, z("2026-06-08 05:00"))).instants == (
        z("2026-06-08 05:00"),
        z("2026-06-09 05:00"),
    )
    with pytest.raises(NaiveInstantError):
        At((here.replace(tzinfo=None),))


def test_a_limit_that_makes_no_sense_is_refused_by_schedule_and_key() -> None:
    with pytest.raises(ScheduleError, match='schedule "hourly": max_catchup is 0'):
        hourly("all", max_catchup=0)
    with pytest.raises(ScheduleError, match='schedule "hourly": max_lateness is negative'):
        hourly("all", max_lateness=timedelta(seconds=-1))


def test_all_that_was_missed_is_told_in_one_sentence() -> None:
    backup = Schedule("backup", Cron("0 9 * * *", ALMATY), "skip")
    slots = plan(hourly("all"), watermark=DOWN, now=UP)
    slots += plan(backup, watermark=z("2026-01-12 00:00"), now=UP)
    assert summary(slots) == (
        "Missed and not run: backup at 2026-01-12 04:00Z; "
        "hourly 48 times from 2026-01-10 01:00Z to 2026-01-12 00:00Z."
    )


def test_where_nothing_was_missed_there_is_nothing_to_tell() -> None:
    assert summary(plan(hourly("all"), watermark=z("2026-01-10 00:30"), now=z("2026-01-10 03:30"))) is None
    assert summary([]) is None


def test_what_comes_next_is_listed_in_order_of_time_with_the_clocks_changes_flagged() -> None:
    schedules = [
        Schedule("night", Cron("30 2 * * *", "Europe/Berlin")),
        Schedule("draw", At((z("2025-03-31 00:30"), z("2025-04-01 00:00")))),
    ]
    assert upcoming(schedules, now=z("2025-03-29 12:00"), until=z("2025-03-31 12:00")) == [
        Upcoming("night", z("2025-03-30 01:00"), "02:30 does not exist that day, runs at 03:00"),
        Upcoming("draw", z("2025-03-31 00:30"), None),
        Upcoming("night", z("2025-03-31 00:30"), None),
    ]


CRONS = st.sampled_from(["*/7 * * * *", "0 * * * *", "30 2 * * *", "15,45 0-3 * * *", "*/20 23 * * SUN-THU"])
ZONES = st.sampled_from(
    [ALMATY, "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "America/St_Johns"]
)
STARTS = st.sampled_from(
    [z("2024-02-29 17:00"), z("2025-03-30 00:00"), z("2025-10-04 15:00"), z("2006-10-29 02:00")]
)
CUTS = st.lists(st.timedeltas(timedelta(0), timedelta(hours=40)), min_size=2, max_size=6).map(sorted)


@settings(deadline=None)
@given(CRONS, ZONES, STARTS, CUTS)
def test_however_often_the_loop_looks_no_slot_is_lost_or_doubled(
    expression: str, zone: str, start: datetime, cuts: list[timedelta]
) -> None:
    schedule = Schedule("any", Cron(expression, zone), "all", max_catchup=100_000)
    looks = [start + cut for cut in cuts]
    in_parts = [
        at for watermark, now in pairwise(looks) for at in due(plan(schedule, watermark=watermark, now=now))
    ]
    assert in_parts == due(plan(schedule, watermark=looks[0], now=looks[-1]))


@settings(deadline=None)
@given(
    st.sampled_from(["latest", "all", "skip"]),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
    st.integers(1, 30),
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_every_slot_is_either_due_or_missed_with_a_reason(
    on_missed: OnMissed, max_lateness: timedelta | None, max_catchup: int, down: timedelta
) -> None:
    when = Cron("0 * * * *", ALMATY)
    schedule = Schedule("hourly", when, on_missed, max_lateness, max_catchup)
    slots = plan(schedule, watermark=DOWN, now=DOWN + down)
    assert [slot.at for slot in slots] == [each.at_utc for each in when.occurrences(DOWN, DOWN + down)]
    assert all((slot.state == "missed") == (slot.why is not None) for slot in slots)
    late = sum(slot.state == "due" and slot.late_by > timedelta(0) for slot in slots)
    assert late <= {"latest": 1, "all": max_catchup, "skip": 0}[on_missed]
