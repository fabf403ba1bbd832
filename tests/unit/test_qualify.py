"""Who goes on or wins by rank: places, shares of those who sat, senders, and equal scores at the last place."""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law

from jobs.binding import Standing
from jobs.equals import largest_remainder, parts, rounded_parts
from jobs.errors import ParameterFault
from jobs.qualify import qualify
from jobs.verdicts import Decisions

HALVES = st.integers(0, 20).map(lambda number: str(number / 2).removesuffix(".0"))
SHARE = Fraction(45, 100)


def entries(*scores: object, **columns: list[Any]) -> pl.DataFrame:
    names = [f"p{number:02d}" for number in range(1, len(scores) + 1)]
    table = pl.DataFrame(
        {"entry": names, "score": [None if s is None else str(s) for s in scores], **columns}
    )
    return table.with_columns(pl.col("score").cast(pl.String))


def decided(table: pl.DataFrame, **keys: Any) -> Decisions:
    return qualify(table, **({"points": "score", "ties": "ask"} | keys))


def verdicts(table: pl.DataFrame, **keys: Any) -> Mapping[str, str]:
    return dict(decided(table, **keys).verdicts.select("entry", "verdict").iter_rows())


def words(table: pl.DataFrame, **keys: Any) -> str:
    """The verdicts as a word: i, o or u an entry."""
    return "".join(verdict[0] for verdict in verdicts(table, **keys).values())


def test_the_first_places_are_in() -> None:
    assert words(entries(5, 9, 7, 1), places=2) == "oiio"


def test_decimals_are_compared_exactly() -> None:
    assert words(entries("59.5", "60", "9", "59.501"), places=2) == "oioi"


@pytest.mark.parametrize(("ties", "said"), [("ask", "iuuo"), ("extend", "iiio"), ("exclude", "iooo")])
def test_equal_scores_over_the_last_place_are_treated_alike(ties: str, said: str) -> None:
    assert words(entries(9, 7, 7, 1), places=2, ties=ties) == said


def test_where_people_are_counted_an_entry_of_two_takes_two_places() -> None:
    table = entries(9, 8, 7, 6, people=["a", "b c", "d", "e"])
    assert words(table, places=3, people="people") == "iioo"
    assert words(table, places=2, people="people") == "iuoo"
    made = decided(table, share=Fraction(45, 100), people="people").columns
    assert made is not None
    assert made.select("rank", "places").rows() == [(1, 2), (2, 2), (4, 2), (5, 2)]  # 45 % of five are 2.25


def test_equals_are_counted_in_people_and_who_has_no_points_is_not_counted() -> None:
    table = entries(9, 7, 7, None, people=["a", "b c", "d", "e f"])
    made = decided(table, places=3, people="people")
    assert made.verdicts["code"].to_list() == [
        "within-places",
        "tied-at-border",
        "tied-at-border",
        "no-score",
    ]
    assert "with all of them 4 are in, without them 1" in made.verdicts["why"][1]


def test_a_share_of_those_registered_in_the_same_group_and_of_a_group_without_any_nobody_knows() -> None:
    table = entries(5, 4, 3, 2, group=["A/1", "A/1", "B/1", "B/1"])
    named = Standing(pl.DataFrame({"what": ["a"] * 4 + ["c"], "grade": [1] * 5}))
    keys = {"share": Fraction(1, 2), "registered": named, "registered_by": ["what", "grade"]}
    assert words(table, **keys) == "iiuu"
    assert decided(table, **keys).verdicts["code"].to_list()[2:] == ["none-registered"] * 2


def test_those_of_whom_nothing_is_told_are_a_group_of_those_registered_without_anything_told() -> None:
    table = entries(5, 4, group=[None, None])
    told = pl.DataFrame(
        {"what": [None] * 4, "grade": [None] * 4}, schema={"what": pl.String, "grade": pl.Int64}
    )
    keys = {"share": Fraction(1, 2), "registered": Standing(told), "registered_by": ["what", "grade"]}
    assert words(table, **keys) == "ii"


@pytest.mark.parametrize("keys", [{"places": 2}, {"share": SHARE, "people": "entry"}])
def test_those_registered_are_counted_for_a_share_alone(keys: dict[str, Any]) -> None:
    named = Standing(pl.DataFrame({"what": ["a"]}))
    with pytest.raises(ParameterFault, match=r"qualify\.registered"):
        decided(entries(1), registered=named, registered_by=["what"], **keys)


def test_a_tie_inside_the_places_or_behind_them_is_none() -> None:
    assert words(entries(9, 9, 7, 1, 1), places=3) == "iiioo"


def test_the_reason_names_the_equals_and_what_each_answer_does() -> None:
    said = decided(entries(9, 7, 7, 7, 1), places=2).verdicts["why"][1]
    assert "(p02, p03, p04)" in said
    assert said.endswith("with all of them 4 are in, without them 1")


def test_of_many_equals_twenty_are_named() -> None:
    said = decided(entries(*[5] * 50), places=2).verdicts["why"][0]
    assert "p20 and 30 more)" in said


def test_all_equal_are_all_asked_about_and_nobody_is_nobody() -> None:
    assert words(entries(4, 4, 4), share=SHARE) == "uuu"
    assert decided(entries(), share=SHARE).verdicts.height == 0


@pytest.mark.parametrize(("rounding", "said"), [("floor", "o"), ("half-up", "o"), ("ceil", "i")])
def test_one_participant(rounding: str, said: str) -> None:
    assert words(entries(40), share=SHARE, rounding=rounding) == said


def test_zero_scores_are_scores() -> None:
    assert words(entries(0, 0, 3), share=SHARE) == "ooi"
    assert words(entries(0, 0, 0, 3), share=SHARE) == "uuui"


def test_who_has_no_points_is_asked_about_and_is_not_of_those_who_sat() -> None:
    told = decided(entries(8, 6, None, 4, 2, 1), share=SHARE)
    assert "".join(verdict[0] for verdict in told.verdicts["verdict"]) == "iiuooo"
    assert told.columns is not None
    assert set(told.columns["places"]) == {2}


def test_each_group_and_each_sender_has_its_own_places() -> None:
    table = entries(
        9, 8, 7, 6, 5, 4,
        group=["m/9"] * 3 + ["m/10"] * 3,
        region=["KZ-10", "KZ-10", "KZ-11", "KZ-10", "KZ-10", "KZ-10"],
        unit=["a", "b", "a", "a", "a", "b"],
    )  # fmt: skip
    assert words(table, places=1, sent_by=["region", "unit"]) == "iiiioi"


def test_a_whole_sender_has_its_own_number_whatever_else_is_told_of_it() -> None:
    table = entries(
        9, 8, 7, 6, 5, 4, 3,
        region=["KZ-71", "KZ-71", "KZ-71", "KZ-10", "KZ-11", None, None],
        unit=["a", "b", None, "NIS", "NIS", "RBO 1", "RBO 2"],
    )  # fmt: skip
    whole = {"KZ-71": 2, "NIS": 1, "RBO": 1}
    assert words(table, places=3, sent_by=["region", "unit"], whole=whole) == "iioioii"


@pytest.mark.parametrize(
    ("region", "unit", "said"),
    [
        ([None] * 4, [None] * 4, "uuuu"),  # of how many senders they are nobody can say
        (["A"] * 4, [None] * 4, "iioo"),  # a file that tells regions alone has regions send
        ([None] * 4, ["a", "a", "a", "b"], "iioi"),
        (["A", "A", "A", "A"], ["a", "a", None, "a"], "iiuo"),
        (["A", None, "A", "A"], ["a", "a", "a", "a"], "iuio"),
        (["A", "B", "A", "A"], ["a", None, "b", "b"], "iiii"),
        (["A", "A", None, None], ["a", "N", "N", "N"], "iioo"),
    ],
)
def test_an_entry_that_may_be_of_several_senders_takes_no_place_and_loses_none_unasked(
    region: list[str | None], unit: list[str | None], said: str
) -> None:
    table = entries(9, 8, 7, 6, region=region, unit=unit).with_columns(
        pl.col("region", "unit").cast(pl.String)
    )
    found = decided(table, places=2, sent_by=["region", "unit"], whole={"N": 1})
    assert "".join(verdict[0] for verdict in found.verdicts["verdict"]) == said
    assert found.evidence["cut"]["sat"].sum() == 4 - said.count("u")
    assert 0 not in found.evidence["cut"]["sat"]
    assert {"sender-not-told"} == set(found.verdicts.filter(verdict="undecided")["code"]) or "u" not in said


def test_another_group_that_tells_its_senders_changes_nothing_here() -> None:
    table = entries(9, 8, 7, group=["x", "x", "y"], region=["A", "A", "A"], unit=[None, None, "a"])
    assert words(table, places=1, sent_by=["region", "unit"]) == "ioi"


def test_the_cut_and_the_first_one_out_are_shown() -> None:
    shown = decided(entries("9", "7.5", "7.5", "3"), places=2).evidence
    assert shown["cut"].select("sat", "places", "entered", "cut", "tied", "first_out").rows() == [
        (4, 2, 1, "7.5", 2, "3")
    ]
    assert shown["ties"].select("people", "extend", "exclude").rows() == [("p02, p03", 3, 1)]


@law
@given(st.lists(HALVES, max_size=30), st.integers(0, 8))
def test_equal_scores_have_equal_verdicts_and_more_is_never_worse(scores: list[str], places: int) -> None:
    said = verdicts(entries(*scores), places=places)
    order = ["out", "undecided", "in"]
    found = sorted(zip(map(Fraction, scores), (order.index(word) for word in said.values()), strict=True))
    assert [word for _, word in found] == sorted(word for _, word in found)
    assert all(len({word for score, word in found if score == one}) == 1 for one, _ in found)


@law
@given(st.lists(HALVES, max_size=30), st.integers(0, 8))
def test_undecided_ones_are_exactly_those_whose_number_the_tie_rule_changes(
    scores: list[str], places: int
) -> None:
    table = entries(*scores)
    ask, extend, exclude = (
        Counter(words(table, places=places, ties=ties)) for ties in ("ask", "extend", "exclude")
    )
    assert extend["i"] - exclude["i"] == ask["u"]
    assert exclude["i"] <= min(places, len(scores)) <= extend["i"] or ask["u"] == 0


@pytest.mark.parametrize("keys", [{}, {"places": 1, "share": SHARE}])
def test_places_and_share_are_one_or_the_other(keys: Mapping[str, Any]) -> None:
    with pytest.raises(ParameterFault, match="one of the keys"):
        decided(entries(1), **keys)


@law
@given(st.integers(0, 1000), st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any))
def test_the_parts_of_largest_remainder_add_up_and_are_less_than_one_off(
    total: int, weights: list[int]
) -> None:
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    found = largest_remainder(total, shares)
    assert sum(found) == total
    assert all(abs(part - total * share) < 1 for part, share in zip(found, shares, strict=True))


@pytest.mark.parametrize("written", [["20 %", "30 %"], ["150 %", "-50 %"], ["a", "b"], ["1/0", "1"]])
def test_shares_that_make_no_whole_are_refused(written: list[str]) -> None:
    with pytest.raises(ParameterFault, match=r"award\.shares"):
        parts("award.shares", written)


@law
@given(
    total=st.integers(0, 200),
    rounding=st.sampled_from(["half-up", "floor", "ceil"]),
    shares=st.sampled_from([["20 %", "30 %", "50 %"], ["1/3", "1/3", "1/3"], ["100 %"], ["0 %", "100 %"]]),
)
def test_parts_rounded_by_themselves_add_up_and_none_but_the_last_is_a_whole_away_from_its_share(
    total: int, rounding: Any, shares: list[str]
) -> None:
    exact = parts("x", shares)
    found = rounded_parts(total, exact, rounding)
    assert sum(found) == total and min(found) >= 0
    assert all(part - total * share < 1 for part, share in zip(found[:-1], exact[:-1], strict=True))


def test_a_half_goes_up_and_floor_and_ceil_are_whole_steps_away() -> None:
    shares = parts("x", ["20 %", "30 %", "50 %"])
    assert rounded_parts(5, shares, "half-up") == [1, 2, 2]  # 1, 1.5 and the rest
    assert rounded_parts(3, shares, "floor") == [0, 0, 3]
    assert rounded_parts(3, shares, "ceil") == [1, 1, 1]
    assert rounded_parts(1, shares, "ceil") == [1, 0, 0]
