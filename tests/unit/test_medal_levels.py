"""How far a level of the medal is fulfilled (regulation 003, clauses 3.2, 3.3 and 4.4), on hand-worked figures."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.binding import Lookup, Standing, Zone
from jobs.errors import ParameterFault
from jobs.medal import norms
from jobs.medal.levels import levels
from jobs.verdicts import Decisions

NORMS = {
    "bronze/sport": "3 months",
    "bronze/books": "3 books, 1 kazakh",
    "bronze/heritage": "3 months, or a book",
    "bronze/trips": "2 days",
    "silver/sport": "3 or 6 months",
    "silver/talent": "3 or 6 months",
    "silver/heritage": "3 or 6 months, or a book",
    "gold/books": "9 books, 3 kazakh",
    "gold/volunteering": "12 months",
    "gold/work": "5 days",
}
START = date(2025, 9, 1)  # a Monday
END = datetime(2026, 11, 12, 13, tzinfo=UTC)
PEOPLE: dict[str, Any] = {
    "entry": pl.String,
    "level": pl.String,
    "counted": pl.String,
    "started_on": pl.Date,
    "finished_on": pl.Date,
    "longer": pl.String,
    "heritage": pl.String,
    "heritage_months": pl.Int64,
}
RECORDS: dict[str, Any] = {
    "participant": pl.String,
    "direction": pl.String,
    "done_at": pl.Datetime("us", "UTC"),
    "minutes": pl.Int64,
    "days": pl.Int64,
    "book": pl.String,
    "section": pl.String,
    "confirmed": pl.Boolean,
}
ABSENCES: dict[str, Any] = {"absent": pl.String, "since": pl.Date, "until": pl.Date, "told_on": pl.Date}


def person(name: str = "p", level: str = "bronze", counted: str = "sport", **others: Any) -> dict[str, Any]:
    return {"entry": name, "level": level, "counted": counted, "started_on": START} | others


def record(direction: str, day: int, who: str = "p", **others: Any) -> dict[str, Any]:
    """A confirmed record `day` days after the start, at noon by the clocks of Almaty."""
    at = datetime(2025, 9, 1, 7, tzinfo=UTC) + timedelta(days=day)
    return {"participant": who, "direction": direction, "done_at": at, "confirmed": True} | others


def hours(direction: str, *weeks: int, minutes: int = 60, **others: Any) -> list[dict[str, Any]]:
    return [record(direction, 7 * week + 2, minutes=minutes, **others) for week in weeks]


def book(name: str, section: str, direction: str = "books", **others: Any) -> dict[str, Any]:
    return record(direction, 3, book=name, section=section, **others)


def run(
    people: list[dict[str, Any]],
    records: list[dict[str, Any]],
    absences: list[dict[str, Any]] | None = None,
    **keys: Any,
) -> Decisions:
    entries = pl.DataFrame(people, schema=PEOPLE)
    journal = Standing(pl.DataFrame(records, schema=RECORDS))
    away = pl.DataFrame(absences or [], schema=ABSENCES)
    given_: dict[str, Any] = {"cap": 100, "of": Lookup("level", NORMS), "until": END} | keys
    return levels(entries, records=journal, absences=away, zone=Zone("Asia/Almaty"), **given_)


def percent(decisions: Decisions, direction: str = "sport") -> str:
    return str(decisions.evidence["percents"].filter(pl.col("direction") == direction)["percent"].item())


def code(decisions: Decisions) -> str:
    return str(decisions.verdicts["code"].item())


# --- weeks ---


def test_thirteen_weeks_of_an_hour_are_three_months_and_a_whole_level() -> None:
    decisions = run([person()], hours("sport", *range(13)))
    assert (percent(decisions), code(decisions)) == ("100", "level-complete")


def test_twelve_weeks_of_thirteen_are_ninety_two_and_four_thirteenths_per_cent_and_the_gap_is_named() -> None:
    decisions = run([person()], hours("sport", *(week for week in range(13) if week != 4)))
    gap = decisions.evidence["gaps"].rows(named=True)
    assert percent(decisions) == "92 4/13"
    assert gap == [
        {"entry": "p", "direction": "sport", "week": "2025-W40", "monday": date(2025, 9, 29), "minutes": 0,
         "excused": False}
    ]  # fmt: skip


def test_fifty_nine_minutes_are_no_hour_and_two_lessons_of_one_week_add_up() -> None:
    assert percent(run([person()], hours("sport", 0, minutes=59))) == "0"
    assert (
        percent(run([person()], [*hours("sport", 0, minutes=30), record("sport", 4, minutes=30)])) == "7 9/13"
    )
    assert percent(run([person()], [*hours("sport", 0, minutes=30), record("sport", 7, minutes=30)])) == "0"


def test_a_week_begins_on_monday_by_the_clocks_of_the_contest() -> None:
    late = datetime(2025, 9, 7, 19, 30, tzinfo=UTC)  # Monday 00:30 in Almaty
    rows = [*hours("sport", 0, minutes=30), record("sport", 0, minutes=30) | {"done_at": late}]
    assert percent(run([person()], rows)) == "0"


def test_two_hours_in_one_week_are_one_week() -> None:
    assert percent(run([person()], hours("sport", 0, minutes=120))) == "7 9/13"


def test_weeks_beyond_the_grid_make_up_for_no_gap() -> None:
    weeks = [week for week in range(14) if week != 4]
    assert percent(run([person()], hours("sport", *weeks))) == "92 4/13"


AWAY = {"absent": "p", "since": date(2025, 9, 30), "until": date(2025, 10, 2), "told_on": date(2025, 9, 30)}


def test_a_week_of_an_absence_that_was_told_is_no_gap_and_the_grid_ends_a_week_later() -> None:
    weeks = [week for week in range(14) if week != 4]
    decisions = run([person()], hours("sport", *weeks), [AWAY])
    assert (percent(decisions), code(decisions)) == ("100", "level-complete")
    assert decisions.evidence["gaps"]["excused"].to_list() == [True]


def test_an_absence_of_which_nobody_was_told_excuses_nothing() -> None:
    rows = hours("sport", *(week for week in range(14) if week != 4))
    assert percent(run([person()], rows, [AWAY | {"told_on": None}])) == "92 4/13"


def test_a_week_with_its_hour_counts_though_the_participant_was_away_a_part_of_it() -> None:
    decisions = run([person()], hours("sport", *range(13)), [AWAY])
    assert percent(decisions) == "100"
    assert decisions.evidence["gaps"].height == 0


def test_an_absence_that_still_lasts_excuses_to_the_end() -> None:
    decisions = run([person()], hours("sport", 0, 1), [AWAY | {"since": date(2025, 9, 15), "until": None}])
    assert decisions.evidence["gaps"]["excused"].all()
    assert decisions.evidence["gaps"].height > 50
    assert percent(decisions) == "15 5/13"


def test_weeks_that_are_not_over_are_no_gaps_yet() -> None:
    until = datetime(2025, 9, 17, 7, tzinfo=UTC)  # Wednesday of the third week
    gaps = run([person()], hours("sport", 0), until=until).evidence["gaps"]
    assert gaps["week"].to_list() == ["2025-W37"]


def test_what_nobody_confirmed_is_written_but_not_met() -> None:
    decisions = run([person()], [*hours("sport", 0, 1), *hours("sport", 2, 3, 4, confirmed=False)])
    row = decisions.evidence["percents"].row(0, named=True)
    assert (row["met"], row["written"], row["required"]) == (2, 5, 13)
    assert decisions.evidence["gaps"]["week"].to_list()[0] == "2025-W41"


def test_records_before_the_start_and_after_the_end_do_not_count() -> None:
    finished = person(finished_on=date(2025, 9, 14))
    assert percent(run([finished], hours("sport", -2, 0, 1, 2))) == "15 5/13"


def test_three_months_are_twelve_weeks_where_the_organiser_reads_it_so() -> None:
    assert percent(run([person()], hours("sport", *range(12)), weeks_a_quarter=12)) == "100"


# --- terms to choose ---


@pytest.mark.parametrize(("longer", "required"), [("sport", [26, 13]), ("talent", [13, 26])])
def test_at_silver_one_of_sport_and_talent_takes_six_months(longer: str, required: list[int]) -> None:
    decisions = run([person(level="silver", counted="sport talent", longer=longer)], hours("sport", 0))
    assert decisions.evidence["percents"]["required"].to_list() == required


def test_who_does_not_say_which_takes_longer_is_asked_about() -> None:
    decisions = run([person(level="silver", counted="sport talent")], hours("sport", 0))
    assert (decisions.verdicts["verdict"].item(), code(decisions)) == ("undecided", "term-not-chosen")


@pytest.mark.parametrize(("months", "required"), [(None, 13), (3, 13), (6, 26)])
def test_heritage_takes_the_months_that_were_chosen_and_the_short_term_else(
    months: int | None, required: int
) -> None:
    decisions = run([person(level="silver", counted="heritage", heritage_months=months)], [])
    assert decisions.evidence["percents"]["required"].to_list() == [required]


def test_months_of_heritage_that_the_level_does_not_offer_are_asked_about() -> None:
    assert code(run([person(level="silver", counted="heritage", heritage_months=9)], [])) == "term-not-chosen"


# --- books, trips, work ---


@pytest.mark.parametrize(
    ("sections", "met"),
    [
        ("kwg", "100"), ("kkk", "33 1/3"), ("ww", "33 1/3"), ("wg", "66 2/3"), ("kkwg", "100"), ("", "0"),
    ],
)  # fmt: skip
def test_three_books_of_all_three_sections(sections: str, met: str) -> None:
    names = {"k": "kazakh", "w": "world", "g": "growth"}
    rows = [book(f"b{n}", names[letter]) for n, letter in enumerate(sections)]
    assert percent(run([person(counted="books")], rows), "books") == met


def test_gold_wants_nine_books_three_of_them_of_the_kazakh_golden_fund() -> None:
    def done(kazakh: int, world: int, growth: int) -> str:
        numbers = {"kazakh": kazakh, "world": world, "growth": growth}
        rows = [book(f"{name}{n}", name) for name, number in numbers.items() for n in range(number)]
        return percent(run([person(level="gold", counted="books")], rows), "books")

    assert done(3, 3, 3) == "100"
    assert done(2, 4, 3) == "88 8/9"
    assert done(7, 1, 1) == "100"
    assert done(8, 1, 0) == "88 8/9"


def test_a_book_read_twice_is_one_book_and_one_nobody_approved_is_none() -> None:
    rows = [book("b1", "kazakh"), book("b1", "kazakh"), book("b2", "") | {"section": None}]
    assert percent(run([person(counted="books")], rows), "books") == "33 1/3"


def test_an_extra_book_of_the_kazakh_golden_fund_fulfils_heritage_if_it_is_none_of_the_others() -> None:
    people = [person(counted="heritage", heritage="book")]
    assert percent(run(people, [book("b1", "kazakh", "heritage")]), "heritage") == "100"
    assert percent(run(people, [book("b1", "world", "heritage")]), "heritage") == "0"
    assert percent(run(people, [book("b1", "kazakh", "heritage"), book("b1", "kazakh")]), "heritage") == "0"


def test_days_of_trips_are_different_days_and_a_record_may_hold_several() -> None:
    trip = [person(counted="trips")]
    assert percent(run(trip, [record("trips", 1), record("trips", 1)]), "trips") == "50"
    assert percent(run(trip, [record("trips", 1, days=2)]), "trips") == "100"
    assert percent(run(trip, [record("trips", 1, days=2), record("trips", 2)]), "trips") == "100"
    work = [person(level="gold", counted="work")]
    assert (
        percent(run(work, [record("work", 1, days=3), record("work", 3), record("work", 9)]), "work") == "80"
    )


def test_more_than_was_wanted_is_a_hundred_per_cent_and_more_without_the_cap() -> None:
    trip = [person(counted="trips")]
    assert percent(run(trip, [record("trips", 1, days=3)]), "trips") == "100"
    assert percent(run(trip, [record("trips", 1, days=3)], cap=None), "trips") == "150"


# --- rating ---


def test_a_rating_is_the_sum_of_percents_over_the_number_of_directions() -> None:
    rows = [*hours("sport", *range(12)), book("b1", "kazakh"), record("trips", 1)]
    ratings = run([person(counted="books sport trips")], rows).evidence["ratings"].row(0, named=True)
    exact = (Fraction(1200, 13) + Fraction(100, 3) + 50) / 3
    assert Fraction(ratings["numerator"], ratings["denominator"]) == exact
    assert (ratings["rating"], ratings["directions"], ratings["complete"]) == ("58 64/117", 3, False)


def test_a_direction_without_a_norm_at_the_level_is_not_rated_and_one_alone_is_asked_about() -> None:
    both = run([person(counted="sport work")], hours("sport", *range(13)))
    assert both.evidence["ratings"]["directions"].item() == 1
    assert code(run([person(counted="work")], [])) == "no-norms"


def test_whoever_is_not_ready_is_out() -> None:
    assert run([person()], hours("sport", 0)).verdicts["verdict"].item() == "out"


def test_points_are_those_of_the_operators_table_and_trophies_those_of_goals_reached() -> None:
    rows = [*hours("sport", *range(13)), record("trips", 1)]
    table = Lookup("direction", {"sport": "2", "trips": "10"})
    decisions = run([person(counted="sport trips")], rows, points=table)
    assert decisions.columns is not None
    assert decisions.columns.row(0, named=True)["points"] == 36
    assert decisions.columns.row(0, named=True)["percent_lowest"] == "50"
    assert decisions.evidence["trophies"]["trophy"].to_list() == ["sport"]


def test_in_the_rating_of_a_region_everybody_counts_or_whoever_has_begun() -> None:
    """Reading Q33: read otherwise, those without anything fulfilled do not lower the mean."""
    two = [person(), person("idle")]
    everybody = run(two, hours("sport", 0)).evidence["ratings"]
    begun = run(two, hours("sport", 0), regions="begun").evidence["ratings"]
    assert everybody.select("entry", "of_region").rows() == [("idle", True), ("p", True)]
    assert begun.select("entry", "of_region").rows() == [("idle", False), ("p", True)]


def test_nobody_and_no_records_are_no_fault() -> None:
    assert run([], []).verdicts.height == 0
    assert run([person()], []).evidence["ratings"]["rating"].to_list() == ["0"]


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_more_weeks_never_lower_a_percent(weeks: set[int], more: set[int]) -> None:
    few = run([person()], hours("sport", *weeks)).evidence["percents"]["met"].item()
    many = run([person()], hours("sport", *weeks, *more)).evidence["percents"]["met"].item()
    assert few <= many <= 13


def test_a_lone_lesson_before_thirteen_weeks_spoils_nothing_and_leaves_no_gaps() -> None:
    evidence = run([person()], hours("sport", 0, *range(16, 29))).evidence
    assert evidence["percents"]["percent"].item() == "100"
    assert evidence["gaps"].is_empty()


def test_an_unconfirmed_run_before_the_confirmed_one_is_not_the_one_that_counts() -> None:
    open_ = [
        row | {"confirmed": False, "record": f"open-{at}"}
        for at, row in enumerate(hours("sport", *range(13)))
    ]
    evidence = run([person()], [*open_, *hours("sport", *range(20, 33))]).evidence
    assert evidence["percents"]["met"].item() == 13


@settings(max_examples=20, deadline=None)
@given(st.permutations([*hours("sport", 0, 1, 3), book("b1", "kazakh"), record("trips", 1)]))
def test_the_order_of_records_never_matters(rows: list[dict[str, Any]]) -> None:
    first = run(
        [person(counted="books sport trips")],
        [*hours("sport", 0, 1, 3), book("b1", "kazakh"), record("trips", 1)],
    )
    again = run([person(counted="books sport trips")], rows)
    assert again.verdicts.equals(first.verdicts)
    assert again.evidence["percents"].equals(first.evidence["percents"])


def by_hand(weeks: set[int], away: set[int]) -> tuple[int, int]:
    """Weeks that count and gaps of the best run, from whichever week a mentor begins."""
    return max((ticked(first, weeks, away) for first in sorted(weeks)), key=lambda found: found[0])


def ticked(first: int, weeks: set[int], away: set[int]) -> tuple[int, int]:
    """Weeks that count and gaps from a week on, week by week as a mentor would tick them off."""
    met, gaps, place, week = 0, 0, 0, first
    while place < 13 and week < 60:
        excused = week in away and week not in weeks
        place += not excused
        met += week in weeks
        gaps += not excused and week not in weeks
        week += 1
    return met, gaps


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 30), min_size=1), st.sets(st.integers(0, 30)))
def test_the_grid_is_what_a_mentor_would_tick_off_week_by_week(weeks: set[int], away: set[int]) -> None:
    absences = [
        {"absent": "p", "since": day, "until": day, "told_on": day}
        for day in (START + timedelta(days=7 * week + 1) for week in away)
    ]
    evidence = run([person()], hours("sport", *weeks), absences).evidence
    unexcused = evidence["gaps"].filter(~pl.col("excused")).height
    assert (evidence["percents"]["met"].item(), unexcused) == by_hand(weeks, away)


# --- the table of norms ---


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("bronze/sport", "three months", "is no norm"),
        ("bronze/sport", "4 months", "no whole number of weeks"),
        ("bronze/sport", "0 months", "no whole number of weeks"),
        ("bronze/books", "3 books, 2 kazakh", "leaves no book"),
        ("bronze", "3 months", "is no level and direction"),
    ],
)
def test_a_norm_that_cannot_be_read_is_refused_by_its_text(key: str, text: str, told: str) -> None:
    with pytest.raises(ParameterFault, match=told):
        norms.table({key: text}, 13)


def test_points_that_are_no_number_are_refused() -> None:
    with pytest.raises(ParameterFault, match="'ten' is no number of points"):
        run([person()], [], points=Lookup("direction", {"sport": "ten"}))
