"""Awards by shares, counts and bands; equal points never get two by accident."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_qualify import HALVES, entries

from jobs.award import award
from jobs.binding import Lookup
from jobs.errors import ParameterFault
from jobs.verdicts import Decisions

THREE = ["I", "II", "III"]
SHARES = ["20 %", "30 %", "50 %"]


def given_to(table: pl.DataFrame, **keys: Any) -> Decisions:
    return award(table, **({"points": "score", "awards": THREE} | keys))


def awards(table: pl.DataFrame, **keys: Any) -> list[str | None]:
    columns = given_to(table, **keys).columns
    assert columns is not None
    return columns["award"].to_list()


def winners(*scores: object) -> pl.DataFrame:
    return entries(*scores).with_columns(places=pl.lit(len(scores), pl.Int64))


def test_the_winners_are_split_by_largest_remainder() -> None:
    assert awards(winners(9, 8, 7, 6, 5), shares=SHARES) == ["I", "II", "II", "III", "III"]


@pytest.mark.parametrize(
    ("ties", "said"),
    [
        ("ask", [None, None, "II", "III", "III"]),
        ("extend", ["I", "I", "II", "III", "III"]),
        ("exclude", ["II", "II", "II", "III", "III"]),
    ],
)
def test_equal_points_over_a_border_have_one_award(ties: str, said: list[str | None]) -> None:
    assert awards(winners(9, 9, 7, 6, 5), shares=SHARES, ties=ties) == said


def test_the_reason_names_the_equals_and_both_awards_and_the_choices_are_kept() -> None:
    made = given_to(winners(9, 9, 7, 6, 5), shares=SHARES)
    assert made.verdicts["verdict"].to_list() == ["undecided"] * 2 + ["in"] * 3
    assert "(p01, p02): all of them get I, or all of them II" in made.verdicts["why"][0]
    assert made.columns is not None
    assert made.columns.select("award:upper", "award:lower").row(0) == ("I", "II")


def test_whoever_shares_the_last_place_has_the_last_award_even_beyond_the_number_of_winners() -> None:
    table = entries(9, 8, 7, 6, 6, 6).with_columns(places=pl.lit(4, pl.Int64))
    assert awards(table, shares=SHARES) == ["I", "II", "III", "III", "III", "III"]


def test_all_equal_get_the_first_or_the_last() -> None:
    made = given_to(winners(5, 5, 5, 5, 5), shares=SHARES)
    assert made.columns is not None
    assert made.columns.select("award:upper", "award:lower").unique().rows() == [("I", "III")]


def test_two_four_and_six_by_counts_and_nobody_behind_them() -> None:
    said = awards(entries(*range(15, 0, -1)), counts=[2, 4, 6])
    assert said == ["I"] * 2 + ["II"] * 4 + ["III"] * 6 + [None] * 3
    assert given_to(entries(*range(15, 0, -1)), counts=[2, 4, 6]).verdicts["code"].to_list()[-1] == "no-award"


def test_counts_are_cut_where_equal_scores_end() -> None:
    assert awards(entries(9, 8, 8, 7, 7, 7, 7), counts=[2, 4, 6], ties="extend") == ["I"] * 3 + ["II"] * 4


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ("25", "1"),
        ("24", "1"),
        ("23.999", "2"),
        ("22", "2"),
        ("21.5", "3"),
        ("20", "3"),
        ("18", "d"),
        ("17.9", None),
    ],
)
def test_bands_begin_at_their_lower_border(score: str, said: str | None) -> None:
    assert awards(entries(score), awards=["1", "2", "3", "d"], bands=["24", "22", "20", "18"]) == [said]


def test_several_or_none_may_have_an_award_by_bands() -> None:
    made = given_to(entries(60, 57, 58, 40), bands=["57", "54", "51"])
    assert made.verdicts["verdict"].to_list() == ["in", "in", "in", "out"]
    assert made.verdicts["code"][3] == "below-bands"


def test_who_has_no_points_is_asked_about_and_nobody_gets_nothing() -> None:
    assert given_to(winners(None, 3), shares=SHARES).verdicts["code"].to_list()[0] == "no-score"
    assert given_to(winners(), shares=SHARES).verdicts.height == 0


def test_how_many_were_given_is_shown_beside_how_many_there_were() -> None:
    made = given_to(winners(9, 9, 7, 6, 5), shares=SHARES)
    assert made.evidence["awards"].select("award", "places", "given").rows() == [
        ("I", 1, 0),
        ("II", 2, 1),
        ("III", 2, 2),
    ]
    assert made.evidence["equals"].select("people", "upper", "lower").rows() == [("p01, p02", "I", "II")]


@given(st.lists(HALVES, min_size=1, max_size=25), st.sampled_from(["extend", "exclude"]))
def test_equal_points_have_equal_awards_and_more_points_never_a_lower_one(
    scores: list[str], ties: str
) -> None:
    said = awards(winners(*scores), shares=SHARES, ties=ties)
    found = sorted((-float(score), THREE.index(str(one))) for score, one in zip(scores, said, strict=True))
    assert [one for _, one in found] == sorted(one for _, one in found)
    assert len(set(found)) == len({score for score, _ in found})


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "one of the keys"),
        ({"counts": [1, 2, 3], "bands": ["3", "2", "1"]}, "one of the keys"),
        ({"counts": [2, 4]}, "3 awards for 2 numbers"),
        ({"bands": ["3", "2"]}, "3 awards for 2 bands"),
        ({"bands": ["1", "2", "3"]}, "do not fall"),
        ({"bands": ["3", "two", "1"]}, "no number of points"),
        ({"shares": ["20 %", "30 %", "40 %"]}, "do not make up a whole"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterFault, match=sentence):
        given_to(winners(1), **keys)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, ["I", "II", "III"]),
        ({"rounding": "floor"}, ["III", "III", "III"]),
        ({"rounding": "ceil"}, ["I", "II", "III"]),
        ({"rounding": "half-up", "rest": "first"}, ["II", "III", "III"]),
        ({"rounding": "floor", "rest": "first"}, ["I", "I", "III"]),
    ],
)
def test_of_three_winners_the_degrees_hang_on_how_the_parts_are_rounded(
    keys: dict[str, Any], said: list[str]
) -> None:
    """Reading Q44: 0.6, 0.9 and 1.5."""
    assert awards(winners(9, 8, 7), shares=SHARES, **keys) == said


def test_rounded_half_up_from_the_best_the_degrees_are_those_of_the_largest_remainder() -> None:
    """Why that is no other way to read 20, 30 and 50 %: what rounding adds is taken from the last degree."""
    for number in range(1, 101):
        table = winners(*range(number, 0, -1))
        half_up = awards(table, shares=SHARES, rounding="half-up")
        assert half_up == awards(table, shares=SHARES), number


def test_an_entry_of_two_people_takes_two_places_of_a_degree() -> None:
    table = winners(9, 8, 7, 6).with_columns(
        places=pl.lit(5, pl.Int64), authors=pl.Series(["a", "b c", "d", "e"])
    )
    assert awards(table, shares=SHARES, people="authors") == ["I", "II", "III", "III"]


def test_of_how_many_is_not_known_nobody_has_an_award_yet() -> None:
    made = given_to(entries(9, 8).with_columns(places=pl.lit(None, pl.Int64)), shares=SHARES)
    assert made.verdicts.select("verdict", "code").unique().rows() == [("in", "awards-not-counted")]
    assert made.columns is not None
    assert made.columns["award"].to_list() == [None, None]


def test_kinds_without_bands_are_put_to_people_by_the_names_of_the_awards() -> None:
    table = entries(25, 25, 10).with_columns(kind=pl.Series(["Piano", "voice", None]))
    lookup = Lookup("kind", {"Voice": "sings"})
    made = given_to(table, bands=["24", "22", "20"], unless=lookup)
    assert made.verdicts["code"].to_list() == ["awarded", "award-by-jury", "below-bands"]
    assert made.columns is not None
    assert made.columns.select("award", "award:I", "award:III").row(1) == (None, "I", "III")
    with pytest.raises(ParameterFault, match=r"award\.unless"):
        given_to(table, counts=[1, 1, 1], unless=lookup)
