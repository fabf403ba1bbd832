"""The cut after a number of places, with every tie said."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, law, quota, shuffled, table, verdicts_of

from jobs.admission import Rounding, seats_of
from jobs.errors import ParameterFault
from jobs.top import Ties, top
from jobs.verdicts import Decisions


def people(**points: int | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"entry": list(points), "score": list(points.values())},
        schema={"entry": pl.String, "score": pl.Int64},
    )


def cut(places: int, ties: Ties, **points: int | None) -> Decisions:
    return top(people(**points), points=["score"], ties=ties, places=places, award="winner")


def ranks(decisions: Decisions) -> dict[str, int]:
    assert decisions.columns is not None
    return dict(decisions.columns.select("entry", "rank").iter_rows())


def test_the_best_fill_the_places_and_equals_share_a_rank() -> None:
    decisions = cut(2, "extend", a=9, b=7, c=7, d=5)
    assert ranks(decisions) == {"a": 1, "b": 2, "c": 2, "d": 4}
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "in", "c": "in", "d": "out"}


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("extend", ["in", "in", "in", "out"]),
        ("exclude", ["in", "out", "out", "out"]),
        ("ask", ["in", "undecided", "undecided", "out"]),
        ("refuse", ["undecided", "undecided", "undecided", "undecided"]),
    ],
)
def test_a_tie_over_the_last_place_is_treated_as_the_rulebook_says(ties: Ties, expected: list[str]) -> None:
    assert cut(2, ties, a=9, b=7, c=7, d=5).verdicts["verdict"].to_list() == expected


@pytest.mark.parametrize("ties", ["extend", "exclude", "ask", "refuse"])
def test_a_tie_that_the_places_hold_is_no_tie(ties: Ties) -> None:
    assert cut(3, ties, a=9, b=7, c=7, d=5).verdicts["verdict"].to_list() == ["in", "in", "in", "out"]


def test_no_place_has_nobody_in() -> None:
    assert set(verdicts_of(cut(0, "extend", a=9, b=9).verdicts).values()) == {"out"}


def test_more_places_than_people_take_all_and_nobody_is_no_fault() -> None:
    assert verdicts_of(cut(9, "refuse", a=1, b=1).verdicts) == {"a": "in", "b": "in"}
    decisions = cut(9, "refuse")
    assert decisions.verdicts.height == 0
    assert decisions.columns is not None
    assert decisions.columns.height == 0


def test_the_reason_tells_the_place_the_points_and_the_border() -> None:
    whys = cut(1, "extend", a=9, b=7).verdicts["why"].to_list()
    assert whys == [
        "place 1 with 9 points; 1 places",
        "place 2 with 7 points; 1 places, the last at 9 points",
    ]


@pytest.mark.parametrize(
    ("intake", "seats"), [(0, 0), (9, 0), (10, 1), (24, 2), (25, 2), (96, 9), (99, 9), (100, 10)]
)
def test_the_places_are_a_tenth_of_each_intake_rounded_down(intake: int, seats: int) -> None:
    everybody = people(**{f"p{n:02}": 100 - n for n in range(12)})
    quotas = table("quotas", [quota("X", intake=intake)])
    decisions = top(everybody, points=["score"], ties="refuse", seats=quotas)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == seats


def test_each_school_is_rounded_by_itself_and_a_declared_figure_holds() -> None:
    everybody = people(**{f"p{n:02}": 100 - n for n in range(12)})
    quotas = table("quotas", [quota("X", intake=19), quota("Y", intake=19), quota("Z", intake=100, seats=0)])
    decisions = top(everybody, points=["score"], ties="refuse", seats=quotas)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == 2


def test_points_are_summed() -> None:
    entries = pl.DataFrame({"entry": ["a", "b"], "likes": [1, 5], "shares": [5, 0]})
    decisions = top(entries, points=["likes", "shares"], ties="extend", places=1)
    assert ranks(decisions) == {"a": 1, "b": 2}


TIES = ("extend", "exclude", "ask", "refuse")


@pytest.mark.parametrize("ties", TIES)
def test_who_has_no_points_is_undecided_and_takes_nobodys_place(ties: Ties) -> None:
    decisions = cut(2, ties, a=9, b=None, c=7, d=5, e=None)
    assert verdicts_of(decisions.verdicts) == {
        "a": "in", "b": "undecided", "c": "in", "d": "out", "e": "undecided",
    }  # fmt: skip
    assert {codes_of(decisions.verdicts)[who] for who in "be"} == {"no-score"}
    assert decisions.columns is not None
    assert dict(decisions.columns.select("entry", "rank").iter_rows()) == {
        "a": 1, "b": None, "c": 2, "d": 3, "e": None,
    }  # fmt: skip


def test_a_sum_of_which_a_part_is_missing_is_no_sum() -> None:
    entries = pl.DataFrame({"entry": ["a", "b"], "likes": [1, 5], "shares": [0, None]})
    decisions = top(entries, points=["likes", "shares"], ties="extend", places=9)
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "undecided"}


def test_where_nobody_has_points_nobody_is_in_or_out() -> None:
    assert set(verdicts_of(cut(1, "extend", a=None, b=None).verdicts).values()) == {"undecided"}


@pytest.mark.parametrize(
    ("rounding", "intake", "seats"),
    [
        ("floor", 15, 1),
        ("half-up", 14, 1),
        ("half-up", 15, 2),
        ("ceil", 10, 1),
        ("ceil", 11, 2),
        ("ceil", 0, 0),
    ],
)
def test_a_tenth_of_an_intake_is_rounded_as_the_rulebook_says_and_as_the_admission_does(
    rounding: Rounding, intake: int, seats: int
) -> None:
    quotas = table("quotas", [quota("X", intake=intake)])
    everybody = people(a=9, b=8, c=7)
    decisions = top(everybody, points=["score"], ties="refuse", seats=quotas, rounding=rounding)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == seats
    assert seats_of(intake, rounding) == seats


def test_a_rank_or_an_award_of_an_earlier_stage_does_not_leak() -> None:
    carried = people(a=9, b=7).with_columns(
        rank=pl.lit(9), award=pl.lit("old"), total=pl.lit(0), tied=pl.lit(9)
    )
    decisions = top(carried, points=["score"], ties="extend", places=1, award="winner")
    assert decisions.columns is not None
    assert decisions.columns.rows() == [("a", 1, "winner"), ("b", 2, "winner")]


def test_places_or_seats_must_be_given() -> None:
    with pytest.raises(ParameterFault, match="`places` or `seats`"):
        top(people(a=1), points=["score"], ties="extend")


@law
@given(
    st.lists(st.integers(0, 6), max_size=12),
    st.integers(0, 12),
    st.sampled_from(["extend", "exclude", "ask", "refuse"]),
    st.integers(0, 99),
)
def test_the_cut_equals_a_plain_count_in_any_order(
    points: list[int], places: int, ties: Ties, seed: int
) -> None:
    entries = people(**{f"p{n:02}": each for n, each in enumerate(points)})
    better = [sum(other > each for other in points) for each in points]
    border = {each for each, b in zip(points, better, strict=True) if b < places < b + points.count(each)}

    def expected(each: int, b: int) -> str:
        if ties == "refuse" and border:
            return "undecided"
        if b >= places:
            return "out"
        if each not in border or ties == "extend":
            return "in"
        return {"exclude": "out", "ask": "undecided"}[ties]

    wanted = {f"p{n:02}": expected(each, better[n]) for n, each in enumerate(points)}
    for table_ in (entries, shuffled(entries, seed)):
        decisions = top(table_, points=["score"], ties=ties, places=places)
        assert verdicts_of(decisions.verdicts) == wanted
        assert ranks(decisions) == {f"p{n:02}": b + 1 for n, b in enumerate(better)}
