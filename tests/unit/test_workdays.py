"""Working days of Kazakhstan: terms, the site's own changes, and what version of the calendar has counted."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ROOT

from jobs.rulebook import RulebookFault, load
from jobs.workdays import NO_CALENDAR, NoCalendarError, OutsideCalendarError, workdays
from worker.commands.trial import try_rulebook
from worker.workdays import CalendarFileFault, estimated, kazakhstan, read_overrides

KZ = kazakhstan()
DAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))
BOOK = (ROOT / "contests" / "subject-olympiad.toml").read_text(encoding="utf-8")
STAGE_2 = 'stage-2 = { at = "2025-12-20 18:00" }'


def changes(folder: Path, text: str) -> Path:
    file = folder / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_fourteen_working_days_from_7_march_2025_end_on_2_april() -> None:
    assert KZ.after(date(2025, 3, 7), 14) == date(2025, 4, 2)


def test_ten_working_days_from_25_december_2025_end_on_13_january() -> None:
    assert KZ.after(date(2025, 12, 25), 10) == date(2026, 1, 13)


def test_a_sunday_that_the_government_made_a_working_day_counts() -> None:
    assert KZ.worked(date(2025, 1, 5))
    assert not KZ.worked(date(2025, 1, 3))
    assert KZ.after(date(2024, 12, 31), 1) == date(2025, 1, 5)


def test_constitution_day_leaves_the_calendar_in_2026_and_comes_back_in_march() -> None:
    assert not KZ.worked(date(2024, 8, 30))
    assert KZ.worked(date(2027, 8, 30))
    assert not KZ.worked(date(2027, 3, 15))


@given(DAYS, st.integers(1, 60), st.integers(1, 60))
def test_a_term_is_the_sum_of_its_parts_and_ends_on_a_worked_day(day: date, first: int, then: int) -> None:
    end = KZ.after(day, first + then)
    assert end == KZ.after(KZ.after(day, first), then)
    assert KZ.worked(end)


@given(DAYS, st.integers(1, 60))
def test_as_many_days_are_worked_within_a_term_as_it_has(day: date, number: int) -> None:
    end = KZ.after(day, number)
    within = (day + timedelta(days=step) for step in range(1, (end - day).days + 1))
    assert sum(KZ.worked(each) for each in within) == number


@given(st.lists(DAYS, max_size=20), st.integers(1, 60))
def test_a_column_of_days_has_the_same_ends_as_each_day(days: list[date], number: int) -> None:
    table = pl.DataFrame({"day": [*days, None]}, schema={"day": pl.Date})
    ends = table.select(KZ.after_expr(pl.col("day"), number)).to_series().to_list()
    assert ends == [*(KZ.after(day, number) for day in days), None]


def test_days_that_the_calendar_does_not_reach_have_no_end() -> None:
    table = pl.DataFrame({"day": [date(1999, 12, 31), date(2099, 12, 30), date(2099, 12, 1)]})
    ends = table.select(KZ.after_expr(pl.col("day"), 14)).to_series().to_list()
    assert ends[:2] == [None, None]
    assert ends[2] == KZ.after(date(2099, 12, 1), 14)
    with pytest.raises(OutsideCalendarError, match="from 20"):
        KZ.after(date(1999, 1, 1), 1)
    with pytest.raises(OutsideCalendarError, match="past 2099"):
        KZ.after(date(2099, 12, 30), 14)


def test_the_package_and_its_version_stand_in_the_stamp() -> None:
    assert KZ.version == "holidays 0.109 KZ"


def test_a_changed_day_moves_the_ends_and_the_stamp(tmp_path: Path) -> None:
    file = changes(tmp_path, '[off]\n2026-01-05 = "order"\n[worked]\n2026-01-10 = "order"\n')
    changed = kazakhstan(file)
    assert changed.after(date(2026, 1, 2), 1) == date(2026, 1, 6)
    assert changed.worked(date(2026, 1, 10))
    assert changed.version.startswith("holidays 0.109 KZ + calendar.toml ")
    other = kazakhstan(changes(tmp_path, '[off]\n2026-01-05 = "order"\n'))
    assert other.version != changed.version


def test_a_rulebook_that_is_tried_counts_by_the_calendar_of_the_site(tmp_path: Path) -> None:
    changes(tmp_path, '[off]\n2026-03-16 = "order No 1"')
    shutil.copy(ROOT / "settings.toml", tmp_path)
    medal = ROOT / "contests" / "elbasy-medal.toml"
    tried = try_rulebook(medal, [], tmp_path / "out", now="2026-01-01", dice="", site=tmp_path)
    assert tried.rulebook.workdays == kazakhstan(tmp_path / "calendar.toml")
    assert tried.rulebook.workdays.version != KZ.version


def test_a_comment_or_another_wording_of_an_order_leaves_the_stamp(tmp_path: Path) -> None:
    one = kazakhstan(changes(tmp_path, '[off]\n2026-01-05 = "order 1"\n')).version
    assert kazakhstan(changes(tmp_path, '# why\n[off]\n2026-01-05 = "order 2"\n')).version == one


def test_the_file_in_the_repository_changes_nothing_yet() -> None:
    assert kazakhstan(ROOT / "calendar.toml") == KZ


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("off = 1", "off: write a table"),
        ('[off]\n2026-02-30 = "order"', r"off\.2026-02-30: is no day"),
        ('[off]\n1926-02-20 = "order"', r"off\.1926-02-20: write a day of 2000"),
        ("[worked]\n2026-01-10 = true", r"worked\.2026-01-10: say by what order"),
        ('[worked]\n2026-01-10 = " "', r"worked\.2026-01-10: say by what order"),
        (
            '[worked]\n2026-01-10 = "a"\n[off]\n2026-01-10 = "a"',
            r"2026-01-10 stands in \[off\] and in \[worked\]",
        ),
        ("[holidays]", "holidays: is no table"),
        ("[off", "calendar.toml:"),
    ],
)
def test_a_fault_in_the_file_of_changes_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(CalendarFileFault, match=what):
        read_overrides(changes(tmp_path, text))


def test_a_file_of_changes_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileFault, match=r"there is no such file; .*calendar\.overrides"):
        kazakhstan(tmp_path / "calendar.toml")


def test_a_folder_in_place_of_the_file_of_changes_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileFault, match="put a file that can be read there"):
        read_overrides(tmp_path)


def test_the_days_that_are_only_reckoned_are_told() -> None:
    assert estimated(date(2025, 1, 1), date(2026, 12, 31)) == [date(2026, 5, 27)]


def test_without_a_calendar_nothing_can_be_counted() -> None:
    with pytest.raises(NoCalendarError):
        NO_CALENDAR.after(date(2026, 1, 1), 1)
    assert not NO_CALENDAR


def season(line: str) -> str:
    return BOOK.replace(STAGE_2, line)


def test_a_window_of_working_days_closes_with_the_last_of_them() -> None:
    text = season('stage-2 = { opens = "2025-03-07 10:00", working_days = 14 }')
    window = load(text, "x", kazakhstan).windows["stage-2"]
    assert window.closes_at.isoformat() == "2025-04-02T19:00:00+00:00"  # midnight after it in Almaty
    assert load(text, "x", kazakhstan).workdays == KZ


def test_a_window_of_hours_holds_its_last_instant() -> None:
    window = load(season('stage-2 = { opens = "2025-03-07 10:00", hours = 3 }'), "x").windows["stage-2"]
    assert window.contains(window.opens_at + timedelta(hours=3))
    assert not window.contains(window.opens_at + timedelta(hours=3, seconds=1))


def test_a_calendar_is_asked_only_where_working_days_are_counted() -> None:
    def never() -> None:
        raise AssertionError

    assert load(BOOK, "x", never).workdays == NO_CALENDAR  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('stage-2 = { opens = "2025-03-07 10:00", hours = 3, days = 1 }', "with one of"),
        ('stage-2 = { at = "2025-03-07 10:00", hours = 3 }', "has `at` beside"),
        ('stage-2 = { opens = "2025-03-07 10:00", hours = 0 }', "hours"),
        ('stage-2 = { opens = "2025-03-07 10:00", working_days = 14 }', r"season\.stage-2: no calendar"),
        ('stage-2 = { opens = "1925-03-07 10:00", working_days = 14 }', "reaches from"),
    ],
)
def test_a_line_of_the_season_that_makes_no_window_is_refused(line: str, what: str) -> None:
    calendar = (lambda: NO_CALENDAR) if "no calendar" in what else kazakhstan
    with pytest.raises(RulebookFault, match=what):
        load(season(line), "x", calendar)


def test_days_given_in_any_order_make_the_same_calendar() -> None:
    days = [date(2026, 1, 6), date(2026, 1, 5), date(2026, 1, 6)]
    assert workdays(days, "v") == workdays(sorted(set(days)), "v")
