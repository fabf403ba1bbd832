"""The small jobs of the contests of performers and of professional skill."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unit.tables import codes_of, law, verdicts_of

from jobs.binding import Lookup, Standing, Zone
from jobs.errors import ParameterFault
from jobs.final import final
from jobs.honours import awarded, honours, numbers_of
from jobs.invite import invite
from jobs.last_round import last_round
from jobs.programme import programme
from jobs.rotation import rotation
from jobs.rulebook import Ask

ALMATY = Zone("Asia/Almaty")
TURNS = Lookup("nomination", {"Домбыра / Домбра": "1", "Фортепиано": "2", "Баян": "1 3"})


def people(**columns: list[Any]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    return pl.DataFrame({"entry": [f"p{number}" for number in range(count)], **columns})


# --- rotation ---


def turns(at: str, **given_: Any) -> tuple[dict[str, str], list[str]]:
    named = people(nomination=["домбра", "Фортепиано", "баян", "Скрипка", None])
    found = rotation(named, of=TURNS, at=datetime.fromisoformat(at), zone=ALMATY, **{"first": 2012, **given_})
    assert found.columns is not None
    return verdicts_of(found.verdicts), found.columns["nomination"].to_list()


def test_each_year_takes_its_own_specialisations_and_what_the_table_has_not_is_asked_about() -> None:
    first, _ = turns("2026-03-01T00:00+00:00")
    second, _ = turns("2027-03-01T00:00+00:00")
    assert first == {"p0": "in", "p1": "out", "p2": "in", "p3": "undecided", "p4": "undecided"}
    assert second == {"p0": "out", "p1": "in", "p2": "out", "p3": "undecided", "p4": "undecided"}


def test_one_name_stands_for_every_spelling_afterwards() -> None:
    assert turns("2026-03-01T00:00+00:00")[1] == ["Домбыра", "Фортепиано", "Баян", "Скрипка", None]


def test_another_first_year_turns_the_table_round() -> None:
    assert turns("2026-03-01T00:00+00:00", first=2013) == turns("2027-03-01T00:00+00:00")


def test_a_longer_cycle_lets_one_speciality_come_twice_in_it() -> None:
    third, _ = turns("2026-03-01T00:00+00:00", cycle=4)
    assert (third["p0"], third["p2"]) == ("out", "in")


def test_the_year_is_that_of_the_contest_s_own_zone() -> None:
    assert turns("2026-12-31T20:00+00:00") == turns("2027-03-01T00:00+00:00")


def test_a_cycle_of_no_years_is_refused() -> None:
    with pytest.raises(ParameterFault, match=r"rotation\.cycle: 0 is no number of years"):
        turns("2026-03-01T00:00+00:00", cycle=0)


# --- the programme ---


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 тур: И. С. Бах, Прелюдия; Ф. Шопен, Этюд\n2 тур: Л. Бетховен, Соната 8", "works-once"),
        ("1 тур: Ф. Шопен, Этюд\n2 тур:  ф.  шопен, этюд", "work-twice"),
        ("I: Құрманғазы, Сарыарқа; II: Құрманғазы, Сарыарқа.", "work-twice"),
        ("1 кезең: Сарыарқа | 2 кезең: Адай", "works-once"),
        (None, "works-once"),
        ("", "works-once"),
    ],
)
def test_a_work_that_stands_twice_is_found_whatever_its_capitals_and_spaces(
    text: str | None, code: str
) -> None:
    table = people(programme=[text]).cast({"programme": pl.String})
    assert codes_of(programme(table, column="programme").verdicts) == {"p0": code}


def test_the_reason_names_the_repeated_work() -> None:
    found = programme(people(programme=["Адай; Сарыарқа; адай"]), column="programme").verdicts
    assert found["why"].item() == "performs a work more than once: адай"
    assert found["verdict"].item() == "undecided"


# --- a decision that is final, a wish ---


def test_every_appeal_is_refused() -> None:
    assert set(
        verdicts_of(final(people(filed_at=[datetime(2027, 3, 24, tzinfo=UTC)])).verdicts).values()
    ) == {"out"}


def test_everybody_is_asked_for_their_wish() -> None:
    assert verdicts_of(invite(people(score=["25", "20"])).verdicts) == {"p0": "undecided", "p1": "undecided"}


# --- the last round ---


def test_the_later_round_counts_for_whoever_sat_it_and_no_other() -> None:
    later = Standing(pl.DataFrame({"entry": ["p1"], "score": ["17 1/2"]}))
    found = last_round(people(score=["20 1/3", "24", "19"]), later=later, points="score")
    assert found.columns is not None
    assert dict(found.columns.iter_rows()) == {"p0": "20 1/3", "p1": "17 1/2", "p2": "19"}
    assert codes_of(found.verdicts) == {"p0": "no-later-round", "p1": "later-round", "p2": "no-later-round"}


# --- awards whose number is asked ---

AWARDS = ["grand-prix", "first", "second", "third"]


def honoured(points: list[Any]) -> Any:
    return honours(people(score=points), points="score")


def given_to(points: list[Any], *numbers: int) -> list[str | None]:
    """The awards of people in order, where there are so many of each."""
    columns = honoured(points).columns.sort("entry")
    return list(columns.with_columns(awarded(numbers, AWARDS).alias("award"))["award"])


def test_numbers_give_the_awards_in_the_order_of_the_points() -> None:
    points = ["80", "85 1/2", "70", "85 1/3", "60", "50"]
    assert given_to(points, 1, 1, 1, 1) == ["second", "grand-prix", "third", "first", None, None]
    assert given_to(points, 0, 1, 2, 0) == ["second", "first", None, "second", None, None]
    verdicts = dict(honoured(points).verdicts.select("entry", "verdict").iter_rows())
    assert verdicts == dict.fromkeys((f"p{at}" for at in range(6)), "undecided")


def test_equal_points_have_the_same_award_and_both_are_named() -> None:
    points = ["80", "80", "70"]
    assert given_to(points, 1, 1, 1, 0) == ["grand-prix", "grand-prix", "second"]
    assert honoured(points).evidence["equals"]["people"].to_list() == ["p0, p1"]


def test_nobody_without_points_has_an_award() -> None:
    assert codes_of(honoured([None, "5"]).verdicts) == {"p0": "no-score", "p1": "award-numbers"}
    assert given_to([None, "5"], 1, 1, 1, 1) == [None, "grand-prix"]


@pytest.mark.parametrize(
    "decision", ["1-1-1", "1-1-1-x", "", "-1-1-1-1", "1-1-1-100", "1-1-1-1-1", "confirm"]
)
def test_what_is_no_set_of_numbers_decides_nothing(decision: str) -> None:
    assert numbers_of(decision, 4) is None


def test_any_numbers_may_be_told_of_an_ask_with_awards_and_words_only_of_another() -> None:
    title = {"kk": "x", "ru": "x", "en": "x"}
    prizes = Ask(title=title, clause="14", kind="group", awards=AWARDS, choices=["1-1-1-1"])
    assert [prizes.accepts(word) for word in ("1-1-1-1", "2-0-1-4", "0-0-0-0", "1-1-1", "accept")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    jury = Ask(title=title, clause="14", choices={"accept": "in"})
    assert [jury.accepts(word) for word in ("accept", "1-1-1-1", "")] == [True, False, False]


@pytest.mark.parametrize("changes", [{"choices": ["1-1"]}, {"kind": "people"}])
def test_an_ask_about_awards_offers_their_numbers_for_a_group(changes: dict[str, Any]) -> None:
    usual = {"title": {"kk": "x", "ru": "x", "en": "x"}, "clause": "14", "kind": "group", "awards": AWARDS}
    with pytest.raises(ValidationError, match="told for a group"):
        Ask(**{**usual, **changes})


@law
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=12), st.lists(st.integers(0, 2), min_size=4, max_size=4)
)
def test_whoever_has_more_points_never_has_a_lower_award(points: list[int], counts: list[int]) -> None:
    places = [AWARDS.index(one) if one else 4 for one in given_to([str(each) for each in points], *counts)]
    order = sorted(range(len(points)), key=lambda at: f"p{at}")
    pairs = [(points[at], place) for at, place in zip(order, places, strict=True)]
    assert all(place <= other for mine, place in pairs for his, other in pairs if mine >= his)
