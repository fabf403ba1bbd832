"""Response times: rapid answers, the lognormal residual, the chi-square tail, percentiles within strata."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobs.integrity.fit import Floats, Whole
from jobs.integrity.times import (
    Grid,
    chi_square_tail,
    item_times,
    percentile_within,
    score_strata,
)

NAN = math.nan


def column_of(*times: float) -> Grid:
    return np.array([[time] for time in times])


def honest(people: int, items: int, seed: int = 1, missing: float = 0.0) -> Grid:
    """Times of the lognormal model: people and items differ, and items in their spread too."""
    chance = np.random.default_rng(seed)
    spread = chance.uniform(0.2, 0.6, items)
    logs = chance.normal(3.5, 0.5, items) - chance.normal(0, 0.3, (people, 1))
    times = np.exp(logs + spread * chance.normal(size=(people, items)))
    return np.where(chance.random((people, items)) < missing, NAN, times)


# --- rapid answers ---


def test_an_answer_faster_than_a_tenth_of_the_mean_is_rapid() -> None:
    found = item_times(column_of(2, 30, 30, 38))  # mean 25, threshold 2.5
    assert found.rapid.tolist() == [1, 0, 0, 0]
    assert found.rte.tolist() == [0, 1, 1, 1]


def test_an_answer_of_exactly_a_tenth_of_the_mean_is_not_rapid() -> None:
    assert item_times(column_of(3, 40, 40, 37)).rapid.tolist() == [0, 0, 0, 0]  # mean 30


def test_the_mean_is_that_of_each_item() -> None:
    found = item_times(np.array([[2.0, 2.0], [30.0, 3.0], [30.0, 3.0], [38.0, 4.0]]))
    assert found.rapid.tolist() == [1, 0, 0, 0]
    assert found.rte.tolist() == [0.5, 1, 1, 1]


@pytest.mark.parametrize("unknown", [NAN, -5.0, math.inf])
def test_unknown_times_count_nowhere(unknown: float) -> None:
    found = item_times(
        np.array([[2.0, unknown], [30.0, unknown], [30.0, 9.0], [38.0, 9.0], [unknown, unknown]])
    )
    assert found.rapid.tolist() == [1, 0, 0, 0, 0]
    assert found.rte[:4].tolist() == [0, 1, 1, 1]
    assert math.isnan(found.rte[4])


def test_single_precision_times_are_read_as_they_are() -> None:
    times = honest(30, 5)
    narrow = times.astype(np.float32)
    np.testing.assert_array_equal(item_times(narrow).residual, item_times(narrow.astype(np.float64)).residual)


# --- the lognormal residual ---


def plain_residuals(times: list[list[float]]) -> list[float]:
    """L_T where every time is known, step by step."""
    people, items = len(times), len(times[0])
    logs = [[math.log(time) for time in row] for row in times]
    mean = [sum(row[i] for row in logs) / people for i in range(items)]
    slow = [sum(row[i] - mean[i] for i in range(items)) / items for row in logs]
    squares = [
        sum((logs[j][i] - mean[i] - slow[j]) ** 2 for j in range(people)) / (people - 1) for i in range(items)
    ]
    # E[squares_i] = σ_i²(1 - 2/J) + Σσ²/J², and their sum is Σσ²(1 - 1/J).
    total = sum(squares) / (1 - 1 / items)
    variance = [(squares[i] - total / items**2) / (1 - 2 / items) for i in range(items)]
    assume(min(variance) > 0.02 * total / items and total > 1e-3)
    found = []
    for row in logs:
        away = [row[i] - mean[i] for i in range(items)]
        pace = sum(away[i] / variance[i] for i in range(items)) / sum(1 / each for each in variance)
        found.append(sum((away[i] - pace) ** 2 / variance[i] for i in range(items)))
    return found


@st.composite
def complete(draw: st.DrawFn) -> list[list[float]]:
    people, items = draw(st.integers(10, 14)), draw(st.integers(3, 6))
    return honest(people, items, seed=draw(st.integers(0, 10**6))).tolist()


@given(complete())
def test_the_residual_is_that_of_the_plain_loop(times: list[list[float]]) -> None:
    expected = plain_residuals(times)
    found = item_times(np.array(times))
    assert found.residual.tolist() == pytest.approx(expected, rel=1e-7)
    freedom = np.full(len(times), len(times[0]) - 1)
    assert found.residual_p.tolist() == chi_square_tail(found.residual, freedom).tolist()


@given(st.integers(0, 10**6), st.floats(0.05, 20), st.integers(0, 5))
def test_who_works_slower_throughout_or_an_item_that_takes_longer_is_no_misfit(
    seed: int, factor: float, which: int
) -> None:
    times = honest(40, 6, seed, missing=0.2)
    slower = times.copy()
    slower[which] *= factor
    slower[:, which] *= factor
    np.testing.assert_allclose(item_times(slower).residual, item_times(times).residual, rtol=1e-6)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_honest_times_reach_each_level_as_often_as_it_says(missing: float) -> None:
    found = item_times(honest(4000, 20, missing=missing))
    for level in (0.01, 0.05, 0.5):
        error = math.sqrt(level * (1 - level) / 4000)
        assert abs(float((found.residual_p < level).mean()) - level) < 4 * error


def test_a_sheet_whose_pace_jumps_about_stands_out() -> None:
    times = honest(500, 20)
    times[7, ::2] /= 8
    found = item_times(times)
    assert found.residual_p[7] < 1e-9
    assert int(np.nanargmin(found.residual_p)) == 7


def test_a_time_of_zero_is_rapid_and_takes_no_part_in_the_residual() -> None:
    unknown, zero = honest(50, 6), honest(50, 6)
    unknown[3, 2], zero[3, 2] = NAN, 0.0
    found = item_times(zero)
    assert found.rapid[3] == item_times(unknown).rapid[3] + 1
    np.testing.assert_array_equal(found.residual, item_times(unknown).residual)


def test_fewer_than_two_known_times_have_no_residual() -> None:
    times = honest(50, 6)
    times[0, :] = NAN
    times[1, 1:] = NAN
    found = item_times(times)
    assert np.isnan(found.residual).tolist() == [True, True] + [False] * 48
    assert np.isnan(found.residual_p).tolist() == [True, True] + [False] * 48


def test_an_item_with_nine_known_times_is_judged_by_nobody_and_with_ten_by_all() -> None:
    nine, ten, none = honest(50, 6), honest(50, 6), honest(50, 6)
    nine[9:, 5] = NAN
    ten[10:, 5] = NAN
    none[:, 5] = NAN
    np.testing.assert_array_equal(item_times(nine).residual, item_times(none).residual)
    assert item_times(ten).residual[0] != item_times(none).residual[0]


def test_an_item_everybody_took_their_usual_share_of_time_for_tells_nothing() -> None:
    same = np.repeat(honest(30, 1), 5, axis=1)
    assert np.isnan(item_times(same).residual).all()


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (20, 1)])
def test_too_few_sheets_or_items_have_no_residual(shape: tuple[int, int]) -> None:
    found = item_times(np.full(shape, 20.0))
    assert found.rapid.tolist() == [0] * shape[0]
    assert np.isnan(found.residual).all()
    assert np.isnan(found.residual_p).all()


# --- the chi-square tail ---


@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"),
    [
        (3.841459, 1, 0.05), (10.827566, 1, 0.001), (5.991465, 2, 0.05), (7.814728, 3, 0.05),
        (16.266236, 3, 0.001), (18.307038, 10, 0.05), (29.588298, 10, 0.001), (43.772972, 30, 0.05),
        (13.787, 30, 0.995), (79.081944, 60, 0.05), (99.607, 60, 0.001), (124.342113, 100, 0.05),
    ],
)  # fmt: skip
def test_the_tail_is_that_of_the_printed_tables(statistic: float, freedom: int, tail: float) -> None:
    found = chi_square_tail(np.array([statistic]), np.array([freedom]))[0]
    assert found == pytest.approx(tail, rel=1e-4)


def test_far_out_the_tail_keeps_its_digits() -> None:
    far = np.array([10.0, 700.0, 1400.0])
    found = chi_square_tail(far, np.array([2, 2, 2]))
    assert found.tolist() == pytest.approx([math.exp(-5), math.exp(-350), math.exp(-700)], rel=1e-12)
    # A statistic beyond where e^(-x/2) alone is already zero in double precision.
    beyond = chi_square_tail(np.array([1600.0]), np.array([254]))[0]
    leading = math.exp(126 * math.log(800) - 800 - math.lgamma(127))
    assert leading < beyond < 1.2 * leading


@given(st.integers(1, 254), st.floats(0.01, 600))
def test_two_more_degrees_of_freedom_add_one_term(freedom: int, statistic: float) -> None:
    less, more = chi_square_tail(np.array([statistic] * 2), np.array([freedom, freedom + 2]))
    half = statistic / 2
    term = math.exp(freedom / 2 * math.log(half) - half - math.lgamma(freedom / 2 + 1))
    assert more == pytest.approx(min(less + term, 1), rel=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 5, 6, 59, 254])
def test_the_tail_is_the_integral_of_the_density(freedom: int) -> None:
    low = freedom + 2.0
    x = np.linspace(low, low + 400, 400_001)
    density = np.exp((freedom / 2 - 1) * np.log(x / 2) - x / 2 - math.lgamma(freedom / 2)) / 2
    assert chi_square_tail(np.array([low]), np.array([freedom]))[0] == pytest.approx(
        np.trapezoid(density, x), rel=1e-6
    )


def test_the_tail_begins_at_one_and_is_unknown_without_a_statistic_or_freedom() -> None:
    found = chi_square_tail(np.array([0.0, 0.0, NAN, 3.0, 3.0]), np.array([1, 8, 4, 0, -1]))
    assert found[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found[2:]).all()


# --- percentiles ---


def test_a_percentile_is_the_share_below_and_half_of_the_equals() -> None:
    values = np.array([1.0, 2, 3, 4, 5, 5, 7, 8, 9, 10])
    expected = [5.0, 15, 25, 35, 50, 50, 65, 75, 85, 95]
    assert percentile_within(values, np.zeros(10, dtype=np.int64)).tolist() == expected


def test_nine_known_values_have_no_percentile() -> None:
    values = np.array([*range(9), NAN], dtype=np.float64)
    assert np.isnan(percentile_within(values, np.zeros(10, dtype=np.int64))).all()


def plain_percentile(values: Floats, strata: Whole, person: int) -> float:
    known = [
        float(v) for v, s in zip(values, strata, strict=True) if s == strata[person] and not math.isnan(v)
    ]
    own = float(values[person])
    if math.isnan(own) or len(known) < 10:
        return NAN
    return 100 * (sum(v < own for v in known) + sum(v == own for v in known) / 2) / len(known)


@given(st.lists(st.tuples(st.sampled_from([NAN, 0.0, 1.5, 2.5, 7.0]), st.integers(0, 2)), max_size=60))
def test_percentiles_are_those_of_the_plain_loop(rows: list[tuple[float, int]]) -> None:
    values = np.array([value for value, _ in rows], dtype=np.float64)
    strata = np.array([stratum for _, stratum in rows], dtype=np.int64)
    expected = [plain_percentile(values, strata, person) for person in range(len(rows))]
    assert percentile_within(values, strata).tolist() == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_score_strata_are_ten_bands() -> None:
    assert score_strata(np.array([0, 6, 7, 30, 54, 55, 60]), 60).tolist() == [0, 0, 1, 4, 8, 9, 9]


@given(st.integers(1, 255))
def test_score_strata_never_leave_the_ten_bands_and_never_fall(items: int) -> None:
    bands = score_strata(np.arange(items + 1), items)
    assert bands[0] == 0
    assert bands[-1] <= 9
    assert (np.diff(bands) >= 0).all()
