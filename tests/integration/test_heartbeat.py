"""The clock that wakes the loop, on the real APScheduler and the real clock (scenario 17)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from worker.clock import ensure_tzdata
from worker.schedule.cron import Cron
from worker.schedule.heartbeat import Changes, Heartbeat, WakeTrigger, occurrence_trigger
from worker.schedule.planner import At, Schedule

NEVER = timedelta(days=1)
AMPLE = timedelta(seconds=30)
SOON = timedelta(milliseconds=200)


@pytest.fixture(autouse=True, scope="module")
def _pinned_tzdata() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONTZPATH", "")
        ensure_tzdata()
        yield


@pytest.fixture
def slow() -> Iterator[Heartbeat]:
    """A heart that beats once a day, so that only occurrences wake; its first wake-up is taken."""
    heartbeat = Heartbeat(NEVER)
    heartbeat.start()
    heartbeat.wait(AMPLE)
    yield heartbeat
    heartbeat.stop()


def soon(name: str = "soon") -> Schedule:
    return Schedule(name, At((datetime.now(UTC) + SOON,)))


def daily(name: str, hour: int) -> Schedule:
    return Schedule(name, Cron(f"0 {hour} * * *", "Asia/Almaty"))


def test_the_loop_is_woken_at_once_and_then_beat_after_beat() -> None:
    heartbeat = Heartbeat(SOON)
    heartbeat.start()
    assert [heartbeat.wait(AMPLE) for _ in range(4)] == [True] * 4
    heartbeat.stop()


def test_the_loop_is_woken_at_an_occurrence_between_beats(slow: Heartbeat) -> None:
    schedule = soon()
    slow.update([schedule])
    assert slow.wait(AMPLE)
    assert isinstance(schedule.when, At)
    assert datetime.now(UTC) >= schedule.when.instants[0]


def test_a_schedule_given_at_the_start_wakes_too() -> None:
    heartbeat = Heartbeat(NEVER)
    heartbeat.start([soon()])
    assert [heartbeat.wait(AMPLE), heartbeat.wait(AMPLE)] == [True, True]
    heartbeat.stop()


def test_without_a_wake_up_the_wait_ends_by_itself(slow: Heartbeat) -> None:
    assert not slow.wait(timedelta(milliseconds=1))


def test_a_removed_schedule_wakes_no_more(slow: Heartbeat) -> None:
    slow.update([soon()])
    slow.update([])
    assert not slow.wait(3 * SOON)


def test_a_reload_changes_only_what_was_edited(slow: Heartbeat) -> None:
    assert slow.update([daily("kept", 9), daily("edited", 9), daily("dropped", 9)]).added == {
        "kept",
        "edited",
        "dropped",
    }
    assert slow.update([daily("kept", 9), daily("edited", 10), daily("new", 9)]) == Changes(
        added=frozenset({"new"}), changed=frozenset({"edited"}), removed=frozenset({"dropped"})
    )
    assert slow.update([daily("kept", 9), daily("edited", 10), daily("new", 9)]) == Changes(
        added=frozenset(), changed=frozenset(), removed=frozenset()
    )


def test_an_edited_schedule_wakes_at_its_new_time_and_an_unchanged_one_still_does(slow: Heartbeat) -> None:
    slow.update([daily("edited", 9), daily("kept", 9)])
    slow.update([soon("edited"), daily("kept", 9)])
    assert slow.wait(AMPLE)
    kept = soon("kept")
    slow.update([kept])
    slow.update([kept, daily("other", 9)])
    assert slow.wait(AMPLE)


def test_a_schedule_whose_instants_have_all_gone_by_can_be_edited_and_removed(slow: Heartbeat) -> None:
    slow.update([soon()])
    assert slow.wait(AMPLE)
    slow.update([soon()])
    assert slow.wait(AMPLE)
    assert slow.update([]).removed == {"soon"}


def test_a_schedule_whose_instants_were_past_from_the_start_wakes_nobody(slow: Heartbeat) -> None:
    slow.update([Schedule("past", At((datetime(2020, 1, 1, tzinfo=UTC),)))])
    assert not slow.wait(SOON)
    assert slow.update([]).removed == {"past"}


def test_a_schedule_may_bear_any_name_even_that_of_the_beat() -> None:
    heartbeat = Heartbeat(SOON)
    heartbeat.start([daily("beat", 9)])
    heartbeat.update([])
    assert [heartbeat.wait(AMPLE) for _ in range(3)] == [True] * 3
    heartbeat.stop()


def test_another_hint_may_share_the_event() -> None:
    folder_changed = Event()
    heartbeat = Heartbeat(NEVER, folder_changed)
    folder_changed.set()
    assert heartbeat.wait(AMPLE)


def test_stopping_lets_a_waiting_loop_go() -> None:
    heartbeat = Heartbeat(NEVER)
    heartbeat.start()
    heartbeat.wait(AMPLE)
    heartbeat.stop()
    assert heartbeat.wait(AMPLE)


def test_a_clock_that_jumps_by_years_costs_one_wake_up_and_not_one_a_beat() -> None:
    now = datetime(2026, 1, 15, tzinfo=UTC)
    trigger = WakeTrigger(lambda present: present + timedelta(seconds=15))
    assert trigger.get_next_fire_time(datetime(1970, 1, 1, tzinfo=UTC), now) == now + timedelta(seconds=15)


def test_the_trigger_follows_the_cron_expression_in_its_zone_to_the_end() -> None:
    nine = occurrence_trigger(Cron("0 9 * * *", "Asia/Almaty"))
    eve = datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert nine.get_next_fire_time(None, eve) == datetime(2024, 3, 1, 4, tzinfo=UTC)
    assert occurrence_trigger(At((eve,))).get_next_fire_time(None, eve) is None
