"""The ministry's list is the only base (clause 3)."""

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, iin_of, law, pupil, shuffled, table, verdicts_of

from jobs.match import HINTED, match
from jobs.verdicts import Decisions

A, B, C = iin_of("a"), iin_of("b"), iin_of("c")
RURAL_GRADE_6: dict[str, int | str] = {"grade": 6, "locality": "rural"}
TAKEN = ["school_id", "class"]


def entries(*iins: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"entry": list(iins), "iin": list(iins)}, schema={"entry": pl.String, "iin": pl.String}
    )


def matched(known: pl.DataFrame, *rows: dict[str, Any]) -> Decisions:
    return match(known, feed=table("roster", rows), on=["iin"], where=RURAL_GRADE_6, take=TAKEN)


def test_the_listed_are_in_and_take_the_lists_columns_with_them() -> None:
    decisions = matched(entries(A, B), pupil(A, school_id="one"), pupil(B, school_id="two"))
    assert verdicts_of(decisions.verdicts) == {A: "in", B: "in"}
    assert decisions.columns is not None
    assert decisions.columns.rows() == [(A, "one", "6А"), (B, "two", "6А")]


def test_whoever_is_not_on_the_list_is_out() -> None:
    decisions = matched(entries(A, B), pupil(A))
    assert verdicts_of(decisions.verdicts) == {A: "in", B: "out"}
    assert codes_of(decisions.verdicts)[B] == "not-listed"


def test_another_grade_or_a_town_is_out() -> None:
    rows = (pupil(A, grade=5), pupil(B, locality="urban"), pupil(C))
    decisions = matched(entries(A, B, C), *rows)
    assert verdicts_of(decisions.verdicts) == {A: "out", B: "out", C: "in"}
    assert set(codes_of(decisions.verdicts).values()) == {"not-eligible", "listed"}


def test_a_list_that_contradicts_itself_is_for_people_to_mend() -> None:
    decisions = matched(entries(A), pupil(A, school_id="one"), pupil(A, school_id="two"))
    assert codes_of(decisions.verdicts) == {A: "list-disagrees"}
    assert verdicts_of(decisions.verdicts) == {A: "undecided"}
    assert decisions.columns is not None
    assert decisions.columns.rows() == [(A, None, "6А")]  # what the rows agree about is kept


def test_rows_that_differ_only_in_what_nobody_asks_for_agree() -> None:
    decisions = matched(entries(A), pupil(A, birth_date=None, sex="f"), pupil(A, sex="m"))
    assert verdicts_of(decisions.verdicts) == {A: "in"}


def test_a_mistyped_digit_is_hinted_at_and_the_number_is_not_repeated() -> None:
    mistyped = A[:8] + str((int(A[8]) + 1) % 10) + A[9:]
    why = matched(entries(mistyped), pupil(A)).verdicts["why"][0]
    assert why.endswith("(one digit away from a listed pupil: was it mistyped?)")
    assert A not in why
    stranger = iin_of("b", born="130817")
    assert "mistyped" not in matched(entries(stranger), pupil(A)).verdicts["why"][0]


def test_where_thousands_are_not_listed_nobody_is_hinted_at() -> None:
    crowd = entries(*(f"{number:012d}" for number in range(HINTED + 1)))
    assert not matched(crowd, pupil(A)).verdicts["why"].str.contains("mistyped").any()


def test_an_empty_list_has_nobody_and_nobody_needs_no_list() -> None:
    assert verdicts_of(matched(entries(A)).verdicts) == {A: "out"}
    assert matched(entries(), pupil(A)).verdicts.height == 0


PUPILS = st.builds(
    pupil,
    st.sampled_from([A, B, C]),
    grade=st.sampled_from([5, 6]),
    school_id=st.sampled_from(["one", "two"]),
    locality=st.sampled_from(["rural", "urban"]),
)


@law
@given(st.lists(PUPILS, max_size=8), st.permutations([A, B, C]), st.integers(0, 99))
def test_the_order_of_the_list_never_matters(rows: list[dict[str, Any]], order: list[str], seed: int) -> None:
    roster = table("roster", rows)
    first = match(entries(A, B, C), feed=roster, on=["iin"], where=RURAL_GRADE_6, take=TAKEN)
    again = match(entries(*order), feed=shuffled(roster, seed), on=["iin"], where=RURAL_GRADE_6, take=TAKEN)
    assert first.verdicts.equals(again.verdicts.sort(pl.col("entry").replace_strict({A: 0, B: 1, C: 2})))
    assert again.verdicts["entry"].to_list() == order
    assert first.columns is not None and again.columns is not None
    assert first.columns.sort("entry").equals(again.columns.sort("entry"))
