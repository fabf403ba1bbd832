"""Person-fit: hand-worked values, plain-loop references, and the laws of the indices."""

import math
from dataclasses import fields
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobs.integrity import mismatch
from jobs.integrity.fit import Booleans, PersonFit, person_fit

NAMES = [field.name for field in fields(PersonFit)]


def answers(*rows: str) -> Booleans:
    return np.array([[mark == "1" for mark in row] for row in rows])


def column(fit: PersonFit, name: str) -> list[float]:
    values: list[float] = getattr(fit, name).tolist()
    return values


# Right on A, B, C, D: 4, 2, 3, 1 of five people, so the order is A, C, B, D.
FIVE = answers("1110", "1100", "1000", "0011", "1010")


def test_guttman_errors_by_hand() -> None:
    fit = person_fit(FIVE)
    assert column(fit, "guttman") == [0, 1, 0, 3, 0]
    assert column(fit, "possible") == [3, 4, 3, 4, 4]
    assert column(fit, "gnormed") == [0, 0.25, 0, 0.75, 0]
    assert column(fit, "nci") == [1, 0.5, 1, -0.5, 1]


def test_the_modified_caution_index_by_hand() -> None:
    # Score 2: the easiest two are worth 4 + 3, the hardest two 2 + 1; person 2 has 4 + 2, person 4 has 3 + 1.
    assert column(person_fit(FIVE), "cstar") == [0, (7 - 6) / (7 - 3), 0, (7 - 4) / (7 - 3), 0]


def test_u3_by_hand() -> None:
    # Odds of A, C, B, D: 4, 3/2, 2/3, 1/4. Score 2: from 6 down to 1/6; person 2 has 8/3, person 4 has 3/8.
    expected = [0, math.log(6 / (8 / 3)) / math.log(36), 0, math.log(6 / (3 / 8)) / math.log(36), 0]
    assert column(person_fit(FIVE), "u3") == pytest.approx(expected, rel=1e-14)


def test_ht_by_hand() -> None:
    # In sixteenths: sums of covariances with the other four over the most that scores 3, 2, 1, 2, 2 allow.
    expected = [3 / 7, 0 / 12, 3 / 7, -8 / 12, 4 / 12]
    assert column(person_fit(FIVE), "ht") == pytest.approx(expected, rel=1e-14)


def test_equal_difficulties_stand_in_the_order_of_the_test() -> None:
    # Both items were solved by one of two: only the second one's solver has the earlier item wrong.
    assert column(person_fit(answers("10", "01")), "guttman") == [0, 1]


@pytest.mark.parametrize("name", ["gnormed", "nci", "u3", "cstar", "ht"])
def test_a_sheet_with_no_or_all_items_right_has_no_index(name: str) -> None:
    values = column(person_fit(answers("0000", "1111", "1110", "1100", "0011", "1000")), name)
    assert [math.isnan(value) for value in values] == [True, True, False, False, False, False]


def test_a_sheet_with_no_or_all_items_right_has_no_errors_and_none_possible() -> None:
    fit = person_fit(answers("0000", "1111", "1100"))
    assert column(fit, "guttman")[:2] == column(fit, "possible")[:2] == [0, 0]


def test_items_of_one_difficulty_leave_u3_and_cstar_nothing_to_compare() -> None:
    fit = person_fit(answers("10", "01"))
    assert np.isnan(fit.u3).all()
    assert np.isnan(fit.cstar).all()


def test_a_lone_sheet_among_empty_ones_has_nobody_to_be_compared_with() -> None:
    assert np.isnan(person_fit(answers("110", "000", "111")).ht).all()


@pytest.mark.parametrize("people", [0, 1])
def test_no_sheet_or_one_sheet_gives_no_index(people: int) -> None:
    fit = person_fit(np.ones((people, 3), dtype=np.bool_) & [True, False, True])
    assert all(len(getattr(fit, name)) == people for name in NAMES)
    assert all(np.isnan(getattr(fit, name)).all() for name in ("u3", "ht"))


def test_the_sign_of_clause_9_2_counts_the_same_errors() -> None:
    right = np.random.default_rng(1).random((60, 12)) < np.linspace(0.9, 0.2, 12)
    rows = ["".join("01"[mark] for mark in row) for row in right.astype(int)]
    entries = pl.DataFrame({"entry": [f"p{n:02}" for n in range(60)], "variant": "1", "correct": rows})
    columns = mismatch(entries, share=Fraction(1, 100)).columns
    assert columns is not None
    fit = person_fit(right)
    assert columns["errors"].to_list() == column(fit, "guttman")
    assert columns["possible"].to_list() == column(fit, "possible")


# --- against plain loops ---


@st.composite
def sheets(draw: st.DrawFn) -> Booleans:
    people, items = draw(st.integers(2, 9)), draw(st.integers(2, 8))
    row = st.lists(st.booleans(), min_size=items, max_size=items)
    return np.array(draw(st.lists(row, min_size=people, max_size=people)))


def counts_of(right: Booleans) -> list[int]:
    return [sum(bool(mark) for mark in right[:, item]) for item in range(right.shape[1])]


def by_difficulty(right: Booleans) -> list[int]:
    counts = counts_of(right)
    return sorted(range(len(counts)), key=lambda item: -counts[item])


def plain_guttman(right: Booleans, person: int) -> int:
    row = [bool(right[person, item]) for item in by_difficulty(right)]
    return sum(not row[i] and row[j] for j in range(len(row)) for i in range(j))


def plain_caution(row: list[bool], weights: list[float]) -> float:
    falling, score = sorted(weights, reverse=True), sum(row)
    best, worst = sum(falling[:score]), sum(falling[len(row) - score :])
    if best - worst < 1e-9:
        return math.nan
    return (best - sum(weight for weight, mark in zip(weights, row, strict=True) if mark)) / (best - worst)


def plain_u3(right: Booleans, person: int) -> float:
    people, counts = len(right), counts_of(right)
    telling = [item for item, count in enumerate(counts) if 0 < count < people]
    logits = [math.log(counts[item] / people / (1 - counts[item] / people)) for item in telling]
    return plain_caution([bool(right[person, item]) for item in telling], logits)


def plain_cstar(right: Booleans, person: int) -> float:
    shares = [count / len(right) for count in counts_of(right)]
    return plain_caution([bool(mark) for mark in right[person]], shares)


def plain_ht(right: Booleans, person: int) -> float:
    items = right.shape[1]
    share = [Fraction(sum(bool(mark) for mark in row), items) for row in right]
    above = below = Fraction(0)
    for other in range(len(right)):
        if other != person:
            both = Fraction(sum(bool(right[person, i] and right[other, i]) for i in range(items)), items)
            above += both - share[person] * share[other]
            below += min(share[person], share[other]) - share[person] * share[other]
    return float(above / below) if below else math.nan


@given(sheets())
def test_guttman_errors_are_those_of_the_plain_loop(right: Booleans) -> None:
    fit = person_fit(right)
    assert column(fit, "guttman") == [plain_guttman(right, person) for person in range(len(right))]


@given(sheets())
def test_u3_is_that_of_the_plain_loop(right: Booleans) -> None:
    expected = [plain_u3(right, person) for person in range(len(right))]
    assert column(person_fit(right), "u3") == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@given(sheets())
def test_cstar_is_that_of_the_plain_loop(right: Booleans) -> None:
    expected = [plain_cstar(right, person) for person in range(len(right))]
    assert column(person_fit(right), "cstar") == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@given(sheets())
def test_ht_is_that_of_the_plain_loop(right: Booleans) -> None:
    expected = [plain_ht(right, person) for person in range(len(right))]
    assert column(person_fit(right), "ht") == pytest.approx(expected, rel=1e-12, abs=1e-15, nan_ok=True)


# --- laws ---


@given(sheets())
def test_nci_is_one_less_twice_gnormed(right: Booleans) -> None:
    fit = person_fit(right)
    np.testing.assert_array_equal(fit.nci, 1 - 2 * fit.gnormed)


@given(sheets())
def test_indices_stay_between_their_ends(right: Booleans) -> None:
    fit = person_fit(right)
    for index in (fit.gnormed, fit.u3, fit.cstar):
        known = index[~np.isnan(index)]
        assert ((known >= 0) & (known <= 1)).all()
    assert (fit.ht[~np.isnan(fit.ht)] <= 1).all()


@given(st.integers(3, 12))
def test_perfect_patterns_give_exactly_zero_and_an_ht_of_one(items: int) -> None:
    fit = person_fit(np.tri(items + 1, items, -1, dtype=np.bool_))  # 0…0, 10…0, …, 1…1: everybody perfect
    inner = slice(1, items)
    assert column(fit, "guttman") == [0] * (items + 1)
    for index in (fit.gnormed, fit.u3, fit.cstar):
        assert index[inner].tolist() == [0.0] * (items - 1)
    assert fit.ht[inner].tolist() == [1.0] * (items - 1)


@given(st.integers(3, 12), st.data())
def test_a_reversed_pattern_gives_exactly_one(items: int, data: st.DataObject) -> None:
    ladder = np.repeat(np.tri(items + 1, items, -1, dtype=np.bool_), 5, axis=0)
    score = data.draw(st.integers(1, items - 1))
    reversed_one = np.arange(items) >= items - score
    fit = person_fit(np.vstack([ladder, reversed_one]))
    assert (fit.gnormed[-1], fit.u3[-1], fit.cstar[-1], fit.nci[-1]) == (1.0, 1.0, 1.0, -1.0)
    assert fit.ht[-1] < 0


@given(sheets(), st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(right: Booleans, chance: object) -> None:
    order = list(range(len(right)))
    chance.shuffle(order)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    before, after = person_fit(right), person_fit(right[order])
    for name in NAMES:
        np.testing.assert_array_equal(getattr(before, name)[order], getattr(after, name))


@given(sheets(), st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing_but_guttman_ties(right: Booleans, chance: object) -> None:
    order = list(range(right.shape[1]))
    chance.shuffle(order)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    before, after = person_fit(right), person_fit(right[:, order])
    tied = len(set(counts_of(right))) < right.shape[1]
    for name in ["possible", "u3", "cstar", "ht"] if tied else NAMES:
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


@given(st.permutations(range(4)))
def test_the_order_of_items_of_different_difficulty_changes_nothing(order: list[int]) -> None:
    before, after = person_fit(FIVE), person_fit(FIVE[:, order])
    for name in NAMES:
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


@given(sheets(), st.booleans())
def test_an_item_that_everybody_or_nobody_solved_does_not_move_u3(right: Booleans, solved: bool) -> None:
    more = np.hstack([right, np.full((len(right), 1), solved)])
    np.testing.assert_array_equal(person_fit(right).u3, person_fit(more).u3)


@given(sheets())
def test_two_people_with_the_same_answers_have_the_same_indices(right: Booleans) -> None:
    assume(len(right) > 2)
    fit = person_fit(np.vstack([right, right[:1]]))
    for name in NAMES:
        values = getattr(fit, name)
        np.testing.assert_array_equal(values[0], values[-1])
