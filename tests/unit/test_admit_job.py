"""Admission as a step of a rulebook: what was filed in time, the newest list, and the lot of equals."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import application, at, codes_of, law, quota, shuffled, table, verdicts_of

from jobs.admit import admit
from jobs.binding import Lot
from jobs.calendar import Window
from jobs.verdicts import Decisions

WINDOW = Window(at("2026-05-20 09:00"), at("2026-06-05 18:00"), "Asia/Almaty")
DICE = "3516243516"
ONE_SEAT = [quota("X", seats=1), quota("Y", seats=1)]


def winners(**scores: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"entry": list(scores), "score": list(scores.values())},
        schema={"entry": pl.String, "score": pl.Int64},
    )


def decide(
    people: pl.DataFrame,
    wishes: pl.DataFrame | list[dict[str, Any]],
    quotas: pl.DataFrame | list[dict[str, Any]] | None = None,
    dice: str | None = None,
) -> Decisions:
    given_quotas = ONE_SEAT if quotas is None else quotas
    return admit(
        people,
        quotas=table("quotas", given_quotas) if isinstance(given_quotas, list) else given_quotas,
        applications=table("applications", wishes) if isinstance(wishes, list) else wishes,
        window=WINDOW,
        lot=Lot("myn-bala/admission/2026", dice),
        rounding="floor",
        tie="strict",
    )


def seats(decisions: Decisions) -> dict[str, str | None]:
    assert decisions.columns is not None
    return dict(decisions.columns.select("entry", "award").iter_rows())


def test_the_higher_score_chooses_first_and_the_next_takes_the_next_preference() -> None:
    wishes = [application("b", 1, "X"), application("b", 2, "Y"), application("a", 1, "X")]
    decisions = decide(winners(a=9, b=8), wishes)
    assert seats(decisions) == {"a": "X", "b": "Y"}
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


@pytest.mark.parametrize("dice", [None, ""])
def test_equals_wait_as_long_as_no_dice_were_thrown(dice: str | None) -> None:
    decisions = decide(winners(a=9, b=9), [application(who, 1, "X") for who in "ab"], dice=dice)
    assert verdicts_of(decisions.verdicts) == {"a": "undecided", "b": "undecided"}


def test_without_a_seat_or_without_an_application_one_is_out_and_told_why() -> None:
    decisions = decide(winners(a=9, b=8, c=7), [application("a", 1, "X"), application("b", 1, "X")])
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "out", "c": "out"}
    assert codes_of(decisions.verdicts) == {"a": "admitted", "b": "no-place", "c": "no-application"}
    assert "X" in decisions.verdicts.filter(entry="b")["why"][0]


def test_an_application_of_a_stranger_takes_nobodys_seat() -> None:
    decisions = decide(winners(a=9), [application("stranger", 1, "X"), application("a", 1, "X")])
    assert seats(decisions) == {"a": "X"}


def test_the_deadline_is_the_applications_own_time() -> None:
    wishes = [
        application("a", 1, "X", submitted_at=WINDOW.closes_at),
        application("b", 1, "X", submitted_at=at("2026-06-05 17:59:59.999999")),
    ]
    assert seats(decide(winners(a=9, b=8), wishes)) == {"a": None, "b": "X"}


def test_of_two_versions_of_a_preference_the_later_counts() -> None:
    wishes = [
        application("a", 1, "Y"),
        application("a", 2, "X", submitted_at=at("2026-05-22 10:00")),
        application("a", 2, "Z", submitted_at=at("2026-05-21 10:00")),
    ]
    assert seats(decide(winners(a=9), wishes, [quota("X", seats=1), quota("Z", seats=1)])) == {"a": "X"}


def test_a_list_begun_again_replaces_the_whole_earlier_one() -> None:
    wishes = [
        application("a", 1, "X"),
        application("a", 2, "Y"),
        application("a", 1, "Z", submitted_at=at("2026-05-22 10:00")),
    ]
    decisions = decide(winners(a=9), wishes, [quota("X", seats=0), quota("Y", seats=1), quota("Z", seats=0)])
    assert seats(decisions) == {"a": None}


def test_a_list_filled_in_from_its_end_is_one_list() -> None:
    wishes = [
        application("a", 2, "Y", submitted_at=at("2026-05-21 10:00")),
        application("a", 1, "X", submitted_at=at("2026-05-21 10:05")),
    ]
    assert seats(decide(winners(a=9), wishes, [quota("X", seats=0), quota("Y", seats=1)])) == {"a": "Y"}


def test_a_late_list_replaces_nothing() -> None:
    wishes = [application("a", 1, "X"), application("a", 1, "Y", submitted_at=WINDOW.closes_at)]
    assert seats(decide(winners(a=9), wishes)) == {"a": "X"}


def test_equals_for_the_last_seat_wait_for_a_public_lot() -> None:
    wishes = [application(who, 1, "X") for who in "abc"]
    decisions = decide(winners(a=9, b=8, c=8), wishes, [quota("X", seats=2)])
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "undecided", "c": "undecided"}
    assert codes_of(decisions.verdicts)["b"] == "lot-needed"
    assert decisions.evidence["contested"].height == 1


def test_the_dice_give_the_seat_to_one_of_the_equals_and_nobody_waits() -> None:
    wishes = [application(who, 1, "X") for who in "abc"]
    outcomes = set()
    for dice in ("1", "2", "3", "4", "5", "6", "11", "12"):
        decisions = decide(winners(a=9, b=8, c=8), wishes, [quota("X", seats=2)], dice)
        verdicts = verdicts_of(decisions.verdicts)
        assert verdicts["a"] == "in"
        assert sorted(verdicts.values()) == ["in", "in", "out"]
        outcomes.add(next(who for who in "bc" if verdicts[who] == "in"))
    assert outcomes == {"b", "c"}


def test_equals_who_both_find_a_seat_need_no_lot() -> None:
    decisions = decide(winners(b=8, c=8), [application("b", 1, "X"), application("c", 1, "Y")])
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


def test_a_seat_of_a_language_goes_to_whoever_wants_it_or_any() -> None:
    quotas = [quota("X", language="kk", seats=1), quota("X", language="ru", seats=1)]
    wishes = [application("a", 1, "X", language="ru"), application("b", 1, "X"), application("c", 1, "X")]
    decisions = decide(winners(a=9, b=8, c=7), wishes, quotas)
    assert seats(decisions) == {"a": "X", "b": "X", "c": None}
    assert decisions.columns is not None
    languages = dict(decisions.columns.select("entry", "school_language").iter_rows())
    assert (languages["a"], languages["b"]) == ("ru", "kk")


def test_nobody_applying_and_nobody_winning_are_no_fault() -> None:
    assert verdicts_of(decide(winners(a=9), []).verdicts) == {"a": "out"}
    assert decide(winners(), [application("a", 1, "X")]).verdicts.height == 0
    assert decide(winners(), []).verdicts.height == 0


def test_a_rank_a_score_or_an_award_carried_from_before_changes_nothing() -> None:
    people = winners(a=9, b=8)
    carried = people.with_columns(
        rank=pl.Series([2, 1]), award=pl.lit("winner"), boarding=pl.lit(1), preference=pl.lit(5),
        language=pl.lit("kk"), school_id=pl.lit("old"), outcome=pl.lit("x"), story=pl.lit("x"),
    )  # fmt: skip
    wishes = [application("a", 1, "X"), application("b", 1, "X")]
    assert decide(people, wishes).verdicts.equals(decide(carried, wishes).verdicts)


OPTIONS = st.builds(
    application,
    st.sampled_from("abcde"),
    st.integers(1, 3),
    st.sampled_from("XYZ"),
    language=st.sampled_from(["kk", "ru", None]),
    boarding=st.sampled_from([True, False, None]),
    submitted_at=st.sampled_from([at("2026-05-21 10:00"), at("2026-05-22 10:00"), at("2026-06-06 10:00")]),
)
QUOTAS = st.lists(
    st.builds(quota, st.sampled_from("XYZ"), language=st.sampled_from(["kk", "ru"]), seats=st.integers(0, 2)),
    max_size=4,
    unique_by=lambda row: (row["school_id"], row["language"]),
)


@law
@given(
    st.lists(OPTIONS, max_size=12),
    QUOTAS,
    st.lists(st.integers(6, 8), min_size=5, max_size=5),
    st.integers(0, 99),
)
def test_the_order_of_rows_in_any_table_never_matters(
    wishes: list[dict[str, Any]], quotas: list[dict[str, Any]], scores: list[int], seed: int
) -> None:
    people = winners(**dict(zip("abcde", scores, strict=True)))
    tables = people, table("applications", wishes), table("quotas", quotas)
    for dice in (None, DICE):
        first = decide(*tables, dice)
        mixed_people, mixed_wishes, mixed_quotas = (shuffled(each, seed) for each in tables)
        again = decide(mixed_people, mixed_wishes, mixed_quotas, dice)
        assert first.verdicts.sort("entry").equals(again.verdicts.sort("entry"))
        assert first.columns is not None and again.columns is not None
        assert first.columns.sort("entry").equals(again.columns.sort("entry"))
        for name, table_ in first.evidence.items():
            assert table_.equals(again.evidence[name]), name
