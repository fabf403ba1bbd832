"""ADMIT-1, case by case, as an official would tell it (rows 002-24 to 002-28)."""

from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from jobs.admission import Admission, Tie, admit, reallocate, seats_of

APPLICANTS = {"participant": pl.String, "score": pl.Int64, "chain": pl.Int64}
QUOTAS = {
    "school_id": pl.String,
    "language": pl.String,
    "intake": pl.Int64,
    "seats": pl.Int64,
    "boarding": pl.Int64,
}
APPLICATIONS = {
    "participant": pl.String,
    "preference": pl.Int64,
    "school_id": pl.String,
    "language": pl.String,
    "boarding": pl.Int64,
}


def people(**scores: int) -> pl.DataFrame:
    rows = [(name, score, 0) for name, score in scores.items()]
    return pl.DataFrame(rows, schema=APPLICANTS, orient="row")


def quotas(*rows: tuple[str, str | None, int, int | None]) -> pl.DataFrame:
    """school, language, seats, boarding."""
    return pl.DataFrame(
        [(school, language, seats * 10, seats, boarding) for school, language, seats, boarding in rows],
        schema=QUOTAS, orient="row",
    )  # fmt: skip


def wishes(**lists: Sequence[str]) -> pl.DataFrame:
    """a=["X", "Y/ru", "Z+"]: X in any language, Y in Russian, Z with a boarding place."""
    rows = []
    for name, options in lists.items():
        for number, option in enumerate(options, 1):
            school, _, language = option.rstrip("+").partition("/")
            rows.append((name, number, school, language or None, int(option.endswith("+"))))
    return pl.DataFrame(rows, schema=APPLICATIONS, orient="row")


def seats_given(result: Admission) -> dict[str, str | None]:
    return dict(result.placements.select("participant", "school_id").iter_rows())


def reasons(result: Admission, person: str) -> list[tuple[str, str]]:
    return list(result.skipped.filter(participant=person).select("school_id", "reason").iter_rows())


@pytest.mark.parametrize(
    ("intake", "seats"), [(0, 0), (9, 0), (10, 1), (24, 2), (25, 2), (96, 9), (99, 9), (100, 10)]
)
def test_the_quota_is_ten_per_cent_of_the_intake_rounded_down(intake: int, seats: int) -> None:
    table = pl.DataFrame([("X", None, intake, None, None)], schema=QUOTAS, orient="row")
    result = admit(people(a=1), table, wishes(a=["X"]))
    assert seats_of(intake) == seats
    assert result.cutoffs["seats"].to_list() == [seats]


@pytest.mark.parametrize(("rounding", "seats"), [("floor", 2), ("half-up", 3), ("ceil", 3)])
def test_the_rounding_of_a_quota_of_two_and_a_half_is_a_named_choice(rounding: str, seats: int) -> None:
    table = pl.DataFrame([("X", None, 25, None, None)], schema=QUOTAS, orient="row")
    result = admit(people(a=1), table, wishes(a=["X"]), rounding=rounding)  # type: ignore[arg-type]  # a parameter
    assert result.cutoffs["seats"].to_list() == [seats]


TIED_PEOPLE = pl.DataFrame(
    [("a", 90, 0), ("b", 85, 1), ("c", 85, 2), ("d", 80, 0)], schema=APPLICANTS, orient="row"
)
TIED_WISHES = wishes(a=["X", "Y"], b=["X", "Y"], c=["X", "Y"], d=["X", "Y"])
TIED_QUOTAS = quotas(("X", None, 2, None), ("Y", None, 1, None))


def tied_at_the_cut_off(tie: Tie, chain: Sequence[str] = ()) -> Admission:
    return admit(TIED_PEOPLE, TIED_QUOTAS, TIED_WISHES, tie=tie, chain=chain)


def test_strict_lets_the_chain_order_those_tied_at_the_cut_off() -> None:
    result = tied_at_the_cut_off("strict", ["chain"])
    assert seats_given(result) == {"a": "X", "c": "X", "b": "Y", "d": None}
    assert reasons(result, "b") == [
        ("X", "full: last admitted 85, you 85; further criteria among equal scores decided")
    ]
    assert reasons(result, "d") == [
        ("X", "full: last admitted 85, you 80"),
        ("Y", "full: last admitted 85, you 80"),
    ]
    assert result.contested.is_empty()


def test_reject_refuses_those_tied_together_everywhere_and_lets_nobody_below_pass_them() -> None:
    result = tied_at_the_cut_off("reject")
    assert seats_given(result) == {"a": "X", "b": None, "c": None, "d": None}
    together = "tied at the cut-off with 1 other: rejected together"
    assert reasons(result, "b") == reasons(result, "c") == [("X", together), ("Y", together)]
    assert [reason.split(":")[0] for _, reason in reasons(result, "d")] == ["closed", "closed"]
    assert result.cutoffs["border_ties"].to_list() == [2, 2]


def test_admit_takes_everyone_tied_across_the_last_seat_above_the_number() -> None:
    result = tied_at_the_cut_off("admit")
    assert seats_given(result) == {"a": "X", "b": "X", "c": "X", "d": "Y"}
    assert result.cutoffs.select("school_id", "filled", "supernumerary").rows() == [("X", 3, 1), ("Y", 1, 0)]


def test_a_first_choice_without_seats_is_skipped_and_the_second_given() -> None:
    result = admit(people(a=90), quotas(("X", None, 0, None), ("Y", None, 1, None)), wishes(a=["X", "Y"]))
    assert seats_given(result) == {"a": "Y"}
    assert reasons(result, "a") == [("X", "no seat: quota 0")]


def test_a_school_listed_twice_counts_once_and_is_warned_of() -> None:
    result = admit(
        people(a=90, b=80),
        quotas(("X", None, 1, None), ("Y", None, 1, None)),
        wishes(a=["X"], b=["X", "X", "Y"]),
    )
    assert seats_given(result) == {"a": "X", "b": "Y"}
    assert result.warnings == ("1 later duplicate of an option already listed was dropped",)
    assert result.skipped.filter(participant="b")["code"].to_list() == ["full", "duplicate"]


def test_whoever_did_not_apply_is_unassigned_and_blocks_no_seat() -> None:
    result = admit(people(a=90, b=80), quotas(("X", None, 1, None)), wishes(b=["X"]))
    assert seats_given(result) == {"a": None, "b": "X"}
    assert result.placements["code"].to_list() == ["no-application", "seat"]


def test_a_withdrawal_moves_others_up_and_makes_nobody_worse() -> None:
    schools = quotas(("X", None, 1, None), ("Y", None, 1, None))
    lists = wishes(a=["X"], b=["X", "Y"], c=["X", "Y"])
    before = admit(people(a=90, b=85, c=80), schools, lists)
    assert seats_given(before) == {"a": "X", "b": "Y", "c": None}
    after = reallocate(before, schools, lists, ["a"], {"b": "float"})
    assert seats_given(after) == {"a": None, "b": "X", "c": "Y"}
    assert after.placements["code"].to_list() == ["withdrawn", "moved", "moved"]


def test_a_holder_who_chose_to_freeze_stays_and_the_freed_seat_goes_below() -> None:
    schools = quotas(("X", None, 1, None), ("Y", None, 1, None))
    lists = wishes(a=["X"], b=["X", "Y"], c=["X", "Y"])
    before = admit(people(a=90, b=85, c=80), schools, lists)
    after = reallocate(before, schools, lists, ["a"], "freeze")
    assert seats_given(after) == {"a": None, "b": "Y", "c": "X"}
    assert reasons(after, "b") == [("X", "you chose to keep the place you held")]


def test_boarding_is_shared_by_a_schools_streams_and_explained_apart_from_seats() -> None:
    schools = quotas(("X", "kk", 2, 1), ("X", "ru", 2, 1))
    result = admit(people(a=90, b=85, c=80), schools, wishes(a=["X/ru+"], b=["X/kk+", "X/kk"], c=["X/kk+"]))
    assert seats_given(result) == {"a": "X", "b": "X", "c": None}
    assert reasons(result, "b") == [("X", "boarding full: last admitted 90, you 85")]
    assert result.placements["boarding"].to_list() == [1, 0, None]
    assert result.cutoffs["boarding_filled"].to_list() == [1, 1]


def test_a_freed_boarding_place_evicts_no_holder_although_a_new_run_would() -> None:
    schools = quotas(("X", "kk", 1, 1), ("X", "ru", 1, 1))
    lists = wishes(a=["X/ru+"], b=["X/kk+"], c=["X/kk"])
    before = admit(people(a=90, b=85, c=80), schools, lists)
    assert seats_given(before) == {"a": "X", "b": None, "c": "X"}
    anew = admit(people(b=85, c=80), schools, lists)
    assert seats_given(anew) == {"b": "X", "c": None}
    after = reallocate(before, schools, lists, ["a"], "float")
    assert seats_given(after) == {"a": None, "b": None, "c": "X"}
    assert reasons(after, "b") == [("X", "not offered again: people already placed keep their places")]


def test_a_full_stream_spills_into_no_other_language() -> None:
    schools = quotas(("X", "kk", 1, None), ("X", "ru", 5, None))
    result = admit(people(a=90, b=80), schools, wishes(a=["X/kk"], b=["X/kk"]))
    assert seats_given(result) == {"a": "X", "b": None}
    assert result.cutoffs["filled"].to_list() == [1, 0]


def test_school_priorities_with_a_cycle_of_three_give_the_stable_matching_even_where_two_would_swap() -> None:
    """Gale and Shapley's cycle: 1 and 2 would swap, but each school keeps the one it ranks higher."""
    lists = {"p1": ["B", "A"], "p2": ["A", "B"], "p3": ["A", "B"]}
    ranks: Mapping[str, Sequence[str]] = {"A": ["p1", "p3", "p2"], "B": ["p2", "p1", "p3"]}
    priorities = pl.DataFrame(
        [(school, person, rank) for school, order in ranks.items() for rank, person in enumerate(order, 1)],
        schema=["school_id", "participant", "rank"], orient="row",
    )  # fmt: skip
    schools = quotas(("A", None, 1, None), ("B", None, 1, None))
    result = admit(people(p1=3, p2=2, p3=1), schools, wishes(**lists), priorities=priorities)
    assert seats_given(result) == {"p1": "A", "p2": "B", "p3": None}
    assert result.placements.filter(participant="p1")["preference"].to_list() == [2]
    assert reasons(result, "p1") == [("B", "full: last admitted 2, you 3; the school's own order decided")]
