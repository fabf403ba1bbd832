"""Option curves and the exact chances of agreement, beside references written plainly in `reference_statistics`."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reference_statistics import (
    Cell,
    cells,
    joint_by_enumeration,
    joint_by_steps,
    m4_p,
    m4_table,
    poisson_binomial_tail,
)
from simulation import GENERATORS, Simulated, as_form, omitting, two_parameter
from unit.tables import law

from jobs.integrity.compare import Comparer, Family, comparable, comparer, listed
from jobs.integrity.curves import OptionCurves, option_curves, projected_score
from jobs.integrity.screen import Engine, EngineName, engine_named, weights_needed
from jobs.integrity.tables import NEVER, Chances, chances, least_wrong

NUMBA, NUMPY = engine_named("numba"), engine_named("numpy")
ENGINES = pytest.mark.parametrize("engine", [NUMBA, NUMPY], ids=["numba", "numpy"])
CLOSE = 1e-9


def close(found: float, expected: float | Fraction) -> bool:
    """To a billionth of the expected value; nought only where nought is expected."""
    return abs(found - float(expected)) <= CLOSE * float(expected)


def curves_of(simulated: Simulated) -> OptionCurves:
    items = len(simulated.key)
    answered = (simulated.codes > 0).sum(axis=1)
    score = projected_score(simulated.score, answered, items)
    return option_curves(simulated.codes, simulated.key, 5, score)


# --- curves ---


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize(("people", "items"), [(25, 5), (300, 40), (2000, 60), (60, 200)])
def test_right_answers_add_up_to_the_score_and_all_answers_to_one(name: str, people: int, items: int) -> None:
    simulated = GENERATORS[name](people, items, 4)
    curves = curves_of(simulated)
    assert np.allclose(curves.right.sum(axis=1), np.arange(items + 1), rtol=CLOSE, atol=0)
    assert np.allclose(curves.right + curves.wrong.sum(axis=2), 1, rtol=0, atol=1e-12)
    assert (curves.wrong >= 0).all()
    assert (curves.right[1:-1] > 0).all()
    assert (curves.right[1:-1] < 1).all()
    assert (curves.wrong[:, np.arange(items), simulated.key - 1] == 0).all()


def test_whoever_has_nothing_or_everything_right_is_certain_in_every_item() -> None:
    curves = curves_of(two_parameter(500, 30, 1))
    assert (curves.right[0] == 0).all()
    assert (curves.right[30] == 1).all()
    assert (curves.wrong[30] == 0).all()


def test_two_sheets_with_all_right_agree_in_all_by_certainty() -> None:
    curves = curves_of(two_parameter(500, 30, 1))
    found = chances(NUMBA.joint(*curves.agreement(30, 30)))
    assert found.m4[30, 0] == 1
    assert found.gbt.tolist() == [1.0] * 31


def test_the_choice_of_wrong_options_by_hand() -> None:
    """Two items, key AA: so few that no score lends to its neighbour. The second item is answered wrongly at score 1 by
    B, B and C, over all scores by B, B, C and D; to each option a quarter of a sheet is added over all (four options),
    and one sheet that chooses as all do is added at every score."""
    codes = np.array([[1, 2], [1, 2], [1, 3], [2, 4], [1, 1]], np.uint8)
    key = np.array([1, 1], np.uint8)
    wrong = option_curves(codes, key, 4, (codes == key).sum(axis=1)).wrong[1, 1]
    overall = [Fraction(2) + Fraction(1, 4), Fraction(1) + Fraction(1, 4), Fraction(1) + Fraction(1, 4)]
    shares = [
        (near + share / sum(overall)) / 4
        for near, share in zip([Fraction(2), Fraction(1), Fraction(0)], overall, strict=True)
    ]
    assert wrong[0] == 0
    assert np.allclose(wrong[1:] / wrong.sum(), [float(share) for share in shares], rtol=CLOSE)


def test_a_blank_is_nobodys_choice() -> None:
    """Curves are of whoever answers: sheets that leave an item out change nothing in how the others choose among its
    wrong options."""
    codes = np.array([[1, 1, 2], [1, 1, 2], [1, 1, 3], [1, 2, 1], [2, 1, 1]], np.uint8)
    key = np.ones(3, np.uint8)
    blanks = np.array([[1, 2, 0], [2, 1, 0], [1, 2, 0]], np.uint8)
    score = (codes == key).sum(axis=1)
    alone = option_curves(codes, key, 3, score).wrong[2, 2]
    beside = option_curves(np.vstack([codes, blanks]), key, 3, np.append(score, [2, 2, 2])).wrong[2, 2]
    assert np.allclose(alone / alone.sum(), beside / beside.sum(), rtol=CLOSE)


def test_an_item_that_everybody_answers_alike_has_a_curve_too() -> None:
    codes = np.ones((30, 6), np.uint8)
    curves = option_curves(codes, np.ones(6, np.uint8), 1, np.full(30, 6))
    assert np.isfinite(curves.right).all()
    assert (curves.wrong == 0).all()


def test_agreement_is_the_product_of_what_each_would_choose() -> None:
    curves = curves_of(two_parameter(400, 12, 2))
    right, wrong = curves.agreement(4, 9)
    for item in range(12):
        assert right[item] == curves.right[4, item] * curves.right[9, item]
        alike = [curves.wrong[4, item, k] * curves.wrong[9, item, k] for k in range(5)]
        assert close(wrong[item], sum(alike))


@law
@given(st.integers(1, 254), st.data())
def test_a_projected_score_is_the_share_of_right_answers_of_all_items_rounded_up(
    items: int, data: st.DataObject
) -> None:
    answered = data.draw(st.integers(0, items))
    score = data.draw(st.integers(0, answered))
    (found,) = projected_score(np.array([score]), np.array([answered]), items).tolist()
    exact = Fraction(score * items, answered) if answered else Fraction(0)
    assert exact <= found < exact + 1
    assert (found == items) == (answered > 0 and score * items > answered * (items - 1))
    assert score <= found
    assert answered - score <= items - found or answered == 0
    if answered == items:
        assert found == score


# --- exact tables ---

whole = st.integers(1, 12)
item = st.tuples(whole, whole, whole).map(
    lambda n: (Fraction(n[0], sum(n)), Fraction(n[1], sum(n)))
) | st.sampled_from(
    [(Fraction(0), Fraction(1, 3)), (Fraction(1, 2), Fraction(1, 2)), (Fraction(1), Fraction(0)),
     (Fraction(1, 4), Fraction(1, 4))]
)  # fmt: skip
ITEMS = st.lists(item, min_size=1, max_size=6)


def floats(values: list[Fraction]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([float(value) for value in values])


def exact_chances(
    engine: Engine, items: list[tuple[Fraction, Fraction]]
) -> tuple[Chances, dict[Cell, Fraction]]:
    right, wrong = (list(side) for side in zip(*items, strict=True))
    return chances(engine.joint(floats(right), floats(wrong))), joint_by_enumeration(right, wrong)


@ENGINES
@law
@given(ITEMS)
@example([(Fraction(1, 4), Fraction(1, 4))] * 6)
@example([(Fraction(1), Fraction(0))] * 4)
@example([(Fraction(0), Fraction(0))] * 3)
def test_all_chances_equal_full_enumeration(engine: Engine, items: list[tuple[Fraction, Fraction]]) -> None:
    found, joint = exact_chances(engine, items)
    tail = poisson_binomial_tail([right + wrong for right, wrong in items])
    for right, wrong in cells(len(items)):
        assert close(found.m4[right, wrong], m4_p(joint, (right, wrong)))
    assert all(close(*pair) for pair in zip(found.gbt, tail, strict=True))


def test_all_chances_of_nine_ordinary_items_equal_full_enumeration() -> None:
    items = [(Fraction(3 + n, 17), Fraction(1 + n % 4, 29)) for n in range(9)]
    found, joint = exact_chances(NUMBA, items)
    for cell in cells(9):
        assert close(found.m4[cell], m4_p(joint, cell))


def test_the_joint_distribution_equals_full_enumeration_cell_by_cell() -> None:
    right = [Fraction(2 + n, 13) for n in range(7)]
    wrong = [Fraction(1, 3 + n) for n in range(7)]
    found = NUMBA.joint(floats(right), floats(wrong))
    expected = joint_by_enumeration(right, wrong)
    assert all(close(found[cell], mass) for cell, mass in expected.items())
    assert found[3, 5] == found[7, 1] == 0  # more agreements than items


def of_a_test(items: int) -> tuple[list[float], list[float]]:
    curves = curves_of(omitting(1500, items, 8))
    right, wrong = curves.agreement(items * 2 // 5, items * 3 // 5)
    return right.tolist(), wrong.tolist()


LONGER = {
    "a test of 60": of_a_test(60),
    "a test of 33": of_a_test(33),
    "a strong and a weak pupil": ([0.999] * 40, [1e-7 * (n + 1) for n in range(40)]),
    "right and wrong as likely": ([0.2] * 45, [0.2] * 45),
    "every item another": ([0.9 - n / 70 for n in range(60)], [(1 + n % 7) / 90 for n in range(60)]),
}


@pytest.mark.parametrize("name", LONGER)
def test_chances_of_longer_tests_equal_the_reference(name: str) -> None:
    right, wrong = LONGER[name]
    found = chances(NUMBA.joint(np.array(right), np.array(wrong)))
    expected = m4_table(joint_by_steps(right, wrong))
    tail = poisson_binomial_tail([a + b for a, b in zip(right, wrong, strict=True)])
    apart = {
        cell: (float(found.m4[cell]), p)
        for cell, p in expected.items()
        if not close(found.m4[cell], min(p, 1))
    }
    assert not apart
    assert all(close(*pair) for pair in zip(found.gbt, (min(each, 1) for each in tail), strict=True))


@law
@given(st.integers(1, 60), st.integers(0, 2**32), st.sampled_from([1.0, 0.5, 1e-6]))
@example(200, 1, 1.0)
def test_both_engines_give_the_same_joint_distribution_to_the_last_bit(
    items: int, seed: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    right = rng.random(items) * rng.integers(0, 2, items)
    wrong = (1 - right) * rng.random(items) * scale
    wrong[rng.random(items) < 0.2] = 0
    assert NUMBA.joint(right, wrong).tobytes() == NUMPY.joint(right, wrong).tobytes()


# --- borders ---


@law
@given(ITEMS, st.sampled_from([0.5, 0.1, 0.01, 1e-4, 0.0]))
def test_from_the_least_number_of_wrong_agreements_on_every_cell_is_rare_and_none_before(
    items: list[tuple[Fraction, Fraction]], level: float
) -> None:
    m4 = exact_chances(NUMPY, items)[0].m4
    least = least_wrong(m4, level)
    for right, wrong in cells(len(items)):
        assert (m4[right, wrong] <= level) == (wrong >= least[right])


def test_where_no_agreement_is_rare_no_number_is_named() -> None:
    assert least_wrong(np.full((3, 3), 0.5), 0.1).tolist() == [NEVER] * 3


def blanked(simulated: Simulated, seed: int) -> Simulated:
    """Some answers of every third sheet left out, at random."""
    rng = np.random.default_rng(seed)
    codes = simulated.codes.copy()
    third = codes[::3]
    third[rng.random(third.shape) < 0.3] = 0
    return Simulated(codes, simulated.key, simulated.school, simulated.region, simulated.theta)


def dense(items: int) -> Simulated:
    """Sheets of every score from 3 to all right, and none lower; two of the lowest agree in everything."""
    rng = np.random.default_rng(3)
    base = two_parameter(30 * items, items, 3)
    wrong = (base.key - 1 + rng.integers(1, 5, base.codes.shape)) % 5 + 1
    right = rng.permuted(np.tile(np.arange(items), (len(wrong), 1)), axis=1)
    score = 3 + np.arange(len(wrong)) % (items - 2)
    codes = np.where(right < score[:, None], base.key, wrong).astype(np.uint8)
    codes[items - 2] = codes[0]
    return Simulated(codes, base.key, base.school, base.region, base.theta)


BY_HAND = 0.2
LEVELS = (0.1, 0.01, 1e-4, BY_HAND)
SHEETS: dict[str, Callable[[], Simulated]] = {
    "all answered": lambda: two_parameter(80, 12, 5),
    "blanks": lambda: blanked(two_parameter(120, 14, 6), 1),
    "omitting": lambda: omitting(130, 30, 7),
    "every score but the lowest": lambda: dense(9),
    "weights beyond a byte": lambda: two_parameter(90, 90, 3),
}


@cache
def ready(sheets: str, engine: EngineName) -> Comparer:
    families = [Family("all", 1, level) for level in LEVELS]
    return comparer(comparable(as_form(SHEETS[sheets]())), engine_named(engine), map, families)


@pytest.mark.parametrize("sheets", list(SHEETS)[:-1])
@pytest.mark.parametrize("level", LEVELS)
def test_no_rare_cell_weighs_less_than_is_needed_and_the_lightest_weighs_just_that(
    sheets: str, level: float
) -> None:
    each = ready(sheets, "numba")
    items, least = each.sheets.items, each.least[each.levels.index(level)]
    needed = weights_needed(least, each.table)
    scores = np.unique(each.sheets.score[each.sheets.chosen]).tolist()
    for lower, higher in combinations_with_replacement(scores, 2):
        number = each.table[lower, higher]
        rare = [
            (right, right + 3 * wrong)
            for right, wrong in cells(items)
            if right <= lower and wrong <= items - higher and wrong >= least[number, right]
        ]
        for common in range(items + 1):
            weights = [weight for right, weight in rare if right >= common]
            lightest = int(needed[number, common])
            assert lightest == min(weights) if weights else lightest > 3 * items, (lower, higher, common)


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("of", ["school", "others", "all"])
@pytest.mark.parametrize("sheets", SHEETS)
def test_every_pair_as_rare_as_the_level_is_listed_whatever_weight_the_screen_asks_for(
    sheets: str, of: Literal["school", "others", "all"], engine: EngineName
) -> None:
    each = ready(sheets, engine)
    found, similar = listed(each, Family(of, 1, BY_HAND), each.sheets.items + 1, 0, lambda _: None)
    everything, _ = listed(each, Family("all", 1, BY_HAND), 0, 10**6, lambda _: None)
    assert len(everything.rows) == each.sheets.pairs
    school = each.sheets.school[everything.rows]
    together = school[:, 0] == school[:, 1]
    asked = {"school": together, "others": ~together, "all": np.full(len(together), fill_value=True)}[of]
    expected = everything.rows[asked & (everything.m4 <= BY_HAND)]
    assert similar == 0
    assert len(expected) > 0
    assert sorted(map(tuple, found.rows.tolist())) == sorted(map(tuple, expected.tolist()))


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("of", ["school", "all"])
@pytest.mark.parametrize("sheets", list(SHEETS)[:-1])
def test_every_pair_with_so_many_agreements_is_listed_whatever_weight_the_screen_asks_for(
    sheets: str, of: Literal["school", "all"], engine: EngineName
) -> None:
    each = ready(sheets, engine)
    everything, _ = listed(each, Family(of, 1, 1e-4), 0, 10**6, lambda _: None)
    for naive in (each.sheets.items * 2 // 5, each.sheets.items * 3 // 5):
        found, similar = listed(each, Family(of, 1, 1e-4), naive, 10**6, lambda _: None)
        expected = (everything.agreed >= naive) | (everything.m4 <= 1e-4)
        assert 0 < expected.sum() < len(expected)
        assert similar == (expected & (everything.m4 > 1e-4)).sum()
        assert sorted(map(tuple, found.rows.tolist())) == sorted(
            map(tuple, everything.rows[expected].tolist())
        )
