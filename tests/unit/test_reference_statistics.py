"""The references by which the statistics of jobs/integrity are judged, against values worked by hand."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_statistics import (
    Alike,
    alike,
    bellezza,
    benjamini_hochberg,
    bonferroni,
    cells,
    exceedance,
    joint_by_enumeration,
    joint_by_steps,
    m4_p,
    m4_table,
    poisson_binomial_tail,
    same_error_chance,
    upper_orthant,
)

HALF, THIRD, QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)

items = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 6)), min_size=1, max_size=6
).map(
    lambda rows: ([Fraction(a, a + b + c) for a, b, c in rows], [Fraction(b, a + b + c) for a, b, c in rows])
)


def test_two_events_of_unequal_chance() -> None:
    # both: 1/2 * 1/3 = 1/6; none: 1/2 * 2/3 = 1/3, so at least one: 2/3.
    assert poisson_binomial_tail([HALF, THIRD]) == [Fraction(1), Fraction(2, 3), Fraction(1, 6)]


def test_equal_events_are_binomial() -> None:
    tail = poisson_binomial_tail([QUARTER] * 5)
    assert tail[3] == sum(comb(5, k) * QUARTER**k * (1 - QUARTER) ** (5 - k) for k in (3, 4, 5))


def test_the_tail_is_the_same_in_floats() -> None:
    exact = poisson_binomial_tail([Fraction(k, 17) for k in range(1, 17)])
    floats = poisson_binomial_tail([k / 17 for k in range(1, 17)])
    assert floats == pytest.approx([float(each) for each in exact], rel=1e-12)


def test_joint_distribution_of_two_items() -> None:
    # item 1: right 1/2, wrong 1/4, none 1/4; item 2: right 1/3, wrong 1/3, none 1/3.
    assert joint_by_enumeration([HALF, THIRD], [QUARTER, THIRD]) == {
        (2, 0): Fraction(1, 6),
        (1, 1): Fraction(1, 6) + Fraction(1, 12),
        (1, 0): Fraction(1, 6) + Fraction(1, 12),
        (0, 2): Fraction(1, 12),
        (0, 1): Fraction(1, 12) + Fraction(1, 12),
        (0, 0): Fraction(1, 12),
    }


def test_upper_orthants_of_two_items() -> None:
    joint = joint_by_enumeration([HALF, THIRD], [QUARTER, THIRD])
    assert upper_orthant(joint, (0, 0)) == 1
    assert upper_orthant(joint, (1, 0)) == Fraction(1, 6) + Fraction(1, 4) + Fraction(1, 4)
    assert upper_orthant(joint, (0, 1)) == Fraction(1, 4) + Fraction(1, 12) + Fraction(1, 6)
    assert upper_orthant(joint, (1, 1)) == Fraction(1, 4)


def test_m4_of_two_items() -> None:
    # orthants: (0,2) 1/12 < (2,0) 1/6 < (1,1) 1/4 < (0,1) 1/2 < (1,0) 2/3 < (0,0) 1.
    joint = joint_by_enumeration([HALF, THIRD], [QUARTER, THIRD])
    assert m4_p(joint, (0, 2)) == Fraction(1, 12)
    assert m4_p(joint, (2, 0)) == Fraction(1, 12) + Fraction(1, 6)
    assert m4_p(joint, (1, 1)) == Fraction(1, 12) + Fraction(1, 6) + Fraction(1, 4)
    assert m4_p(joint, (0, 1)) == Fraction(1, 2) + Fraction(1, 6)
    assert m4_p(joint, (1, 0)) == Fraction(11, 12)
    assert m4_p(joint, (0, 0)) == 1


def test_cells_of_equal_orthants_are_counted_together() -> None:
    # Right and wrong matches are equally probable, so (1, 0) ties with (0, 1): both cells count for either.
    exact = joint_by_enumeration([THIRD], [THIRD])
    floats = joint_by_enumeration([1 / 3], [1 / 3])
    assert m4_p(exact, (1, 0)) == m4_p(exact, (0, 1)) == Fraction(2, 3)
    assert m4_p(floats, (1, 0)) == pytest.approx(2 / 3, rel=1e-12)


def test_a_tie_that_rounding_breaks_is_still_a_tie() -> None:
    floats = joint_by_enumeration([0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2])
    assert 0.1 + 0.2 != 0.3
    assert m4_p(floats, (1, 0)) == m4_p(floats, (0, 1))


@settings(max_examples=40, deadline=None)
@given(items)
def test_enumeration_and_steps_agree_exactly(chances: tuple[list[Fraction], list[Fraction]]) -> None:
    enumerated, stepped = joint_by_enumeration(*chances), joint_by_steps(*chances)
    assert enumerated == stepped
    assert sum(enumerated.values()) == 1
    assert set(enumerated) == set(cells(len(chances[0])))


@settings(max_examples=40, deadline=None)
@given(items)
def test_m4_is_a_valid_p_value(chances: tuple[list[Fraction], list[Fraction]]) -> None:
    joint = joint_by_enumeration(*chances)
    p = {cell: m4_p(joint, cell) for cell in joint}
    for border in set(p.values()):
        assert sum((joint[cell] for cell in joint if p[cell] <= border), Fraction(0)) <= border


@settings(max_examples=40, deadline=None)
@given(items)
def test_all_matches_together_are_poisson_binomial(chances: tuple[list[Fraction], list[Fraction]]) -> None:
    joint = joint_by_enumeration(*chances)
    tail = poisson_binomial_tail([r + w for r, w in zip(*chances, strict=True)])
    for total, chance in enumerate(tail):
        assert sum((mass for (m, n), mass in joint.items() if m + n >= total), Fraction(0)) == chance


def test_the_table_is_m4_of_every_cell() -> None:
    right, wrong = [0.9, 0.5, 0.31, 0.07, 0.62], [0.02, 0.13, 0.3, 0.21, 0.11]
    joint = joint_by_steps(right, wrong)
    assert m4_table(joint) == pytest.approx({cell: m4_p(joint, cell) for cell in joint}, rel=1e-12)


def test_what_two_sheets_have_in_common() -> None:
    key = [1, 2, 3, 4, 5, 1, 2]
    a = [1, 2, 1, 1, 0, 2, 0]
    b = [1, 3, 1, 2, 5, 1, 0]
    # right alike; right and wrong; same error; different errors; blank; wrong and right; two blanks
    assert alike(a, b, key) == Alike(compared=5, identical=2, right=1, eic=2, eeic=1)


def test_sheets_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        alike([1, 2], [1], [1, 2])


def test_bellezza_of_three_errors() -> None:
    chance = same_error_chance([HALF, QUARTER, QUARTER])
    assert chance == Fraction(3, 8)
    assert bellezza(3, 2, chance) == 3 * Fraction(9, 64) * Fraction(5, 8) + Fraction(27, 512)
    assert bellezza(3, 0, chance) == 1


def test_bonferroni_multiplies_and_stops_at_one() -> None:
    assert bonferroni([Fraction(1, 100), Fraction(1, 2)]) == [Fraction(1, 50), Fraction(1)]
    assert bonferroni([Fraction(1, 100)], family=30) == [Fraction(3, 10)]


def test_benjamini_hochberg_by_hand() -> None:
    # sorted .01 .02 .03 .5 times 4/1, 4/2, 4/3, 4/4: .04 .04 .04 .5
    p = [Fraction(3, 100), Fraction(1, 100), Fraction(1, 2), Fraction(2, 100)]
    assert benjamini_hochberg(p) == [Fraction(1, 25), Fraction(1, 25), Fraction(1, 2), Fraction(1, 25)]


def test_benjamini_hochberg_takes_the_least_level_above() -> None:
    # .04 * 2 / 1 = .08, but .05 * 2 / 2 = .05 rejects both.
    assert benjamini_hochberg([Fraction(4, 100), Fraction(5, 100)]) == [Fraction(1, 20), Fraction(1, 20)]


def test_equal_p_values_have_equal_q_values() -> None:
    assert benjamini_hochberg([Fraction(1, 50), Fraction(1, 50), Fraction(1)]) == [
        Fraction(3, 100),
        Fraction(3, 100),
        Fraction(1),
    ]


def test_the_rest_of_a_family_has_p_of_one() -> None:
    assert benjamini_hochberg([Fraction(1, 1000)], family=100) == [Fraction(1, 10)]
    assert benjamini_hochberg([Fraction(1, 1000), Fraction(1), Fraction(1)]) == [
        *benjamini_hochberg([Fraction(1, 1000)], family=3),
        1,
        1,
    ]


def test_exceedance_counts_the_border() -> None:
    assert exceedance([0.001, 0.002, 0.5, 1.0], 0.002) == 0.5
