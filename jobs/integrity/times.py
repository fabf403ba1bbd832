"""Response times: rapid answers, misfit to the lognormal model, and where a time stands among like scores.

Observations only: a lognormal misfit alone flags about a tenth of the examinees nobody suspected.
"""

from dataclasses import dataclass
from math import erfc, lgamma

import numpy as np
import polars as pl

from jobs.integrity.fit import Floats, Whole, ratio

Grid = np.ndarray[tuple[int, int], np.dtype[np.float64]]

LEAST = 10  # fewer known times than this say nothing about an item or a stratum
BANDS = 10
NEGLIGIBLE = 1e-6  # a variance of log times this small: times agree to a thousandth, nothing varies
HEYWOOD = 0.01  # a variance below this share of the usual one is a moment estimate gone astray


@dataclass(frozen=True)
class ItemTimes:
    """N people. rapid: answers faster than a tenth of the item's mean time (NT10, Wise & Ma 2012).

    rte: share of answers that were not rapid (Wise & Kong 2005), NaN without a known time.
    residual: L_T, squared standardised residuals of log times (van der Linden 2006; Marianti et al. 2014), NaN
    with fewer than two items; residual_p: its upper tail in chi-square with (items in it) - 1 degrees of freedom.
    """

    rapid: Whole
    rte: Floats
    residual: Floats
    residual_p: Floats


def item_times(seconds: np.ndarray[tuple[int, int], np.dtype[np.floating]]) -> ItemTimes:
    """Statistics of each row of `seconds` (N people, J items; NaN unknown, as is a negative or infinite time).

    A time of zero is rapid but has no logarithm: it takes no part in `residual`.
    """
    times = np.where(np.isfinite(seconds) & (seconds >= 0), seconds, np.nan).astype(np.float64)
    known = ~np.isnan(times)
    answered = known.sum(axis=1)
    # Tenfold time times count beside the sum: whole seconds are compared without rounding.
    rapid = (10 * times * known.sum(axis=0) < np.nansum(times, axis=0)).sum(axis=1)
    residual, freedom = _residual(times)
    return ItemTimes(
        rapid=rapid,
        rte=1 - ratio(rapid, answered),
        residual=residual,
        residual_p=chi_square_tail(residual, freedom),
    )


def _residual(times: Grid) -> tuple[Floats, Whole]:
    """L_T and its degrees of freedom; ln T_ij ~ N(β_i - τ_j, 1/α_i²) with τ_j at its maximum likelihood."""
    known = times > 0
    known &= known.sum(axis=0) >= LEAST
    logs = np.log(times, out=np.zeros_like(times), where=known)
    centred = known * (logs - _intensity(logs, known.astype(np.float64)))
    precision = _precision(centred, known.astype(np.float64))
    weights = known * precision
    slowness = ratio(centred @ precision, weights.sum(axis=1))
    freedom = (weights > 0).sum(axis=1) - 1
    residual = (weights * (centred - slowness[:, None]) ** 2).sum(axis=1)
    return np.where(freedom > 0, residual, np.nan), freedom


def _intensity(logs: Grid, known: Grid) -> Floats:
    """β: least squares of logs = β_i - τ_j over the known cells, the people eliminated; free to a constant."""
    share = _shares(known)
    normal = np.diag(known.sum(axis=0)) - known.T @ share
    mean = (logs * share).sum(axis=1)
    return _solve(normal, (known * (logs - mean[:, None])).sum(axis=0))


def _precision(centred: Grid, known: Grid) -> Floats:
    """α²: 1 / variance of each item by moments, 0 for an item that tells nothing.

    The residual about the person's own mean of n items has variance σ_i²(1 - 2/n) + Σσ²/n²; the equations of
    all items are solved together.
    """
    share = _shares(known)
    people = known.sum(axis=0)
    squares = ((centred - known * (centred * share).sum(axis=1)[:, None]) ** 2).sum(axis=0)
    mixing = np.diag((known - 2 * share).sum(axis=0)) + share.T @ share
    # The item's own mean costs a degree of freedom of its people.
    variance = _solve(mixing, squares * ratio(people, people - 1, 0.0))
    least = NEGLIGIBLE + HEYWOOD * variance[people > 0].sum() / max(np.count_nonzero(people), 1)
    return np.divide(1, variance, out=np.zeros_like(variance), where=variance > least)


def _shares(known: Grid) -> Grid:
    return known * ratio(np.ones(len(known)), known.sum(axis=1), 0.0)[:, None]


def _solve(matrix: Grid, values: Floats) -> Floats:
    """Least squares: the matrices are singular by design (a constant is free) and where an item has no times."""
    solution: Floats = np.linalg.lstsq(matrix, values, rcond=1e-10)[0].astype(np.float64)
    return solution


def chi_square_tail(statistic: Floats, freedom: Whole) -> Floats:
    """P(X >= statistic) for X chi-square with `freedom` degrees; NaN for a NaN statistic or no freedom.

    Abramowitz & Stegun 26.4.4-5: finite sums of positive terms, so that small tails keep their digits.
    """
    tail = np.full(len(statistic), np.nan)
    for degrees in np.unique(freedom[freedom > 0]).tolist():
        chosen = (freedom == degrees) & ~np.isnan(statistic)
        tail[chosen] = _tail(statistic[chosen] / 2, degrees)
    return tail


def _tail(half: Floats, degrees: int) -> Floats:
    odd = degrees % 2
    tail: Floats = np.array([erfc(root) for root in np.sqrt(half)]) if odd else np.zeros(len(half))
    logs = np.log(half, out=np.full(len(half), -np.inf), where=half > 0)
    for step in range(degrees // 2):
        power = step + odd / 2
        tail += np.exp((power * logs if power else 0.0) - half - lgamma(power + 1))
    return np.minimum(tail, 1.0)


def percentile_within(values: Floats, strata: Whole) -> Floats:
    """Mid-rank percentile (0..100) of each value among the known ones of its stratum; NaN unknown or under ten."""
    table = pl.DataFrame({"value": pl.Series(values, nan_to_null=True), "stratum": strata})
    known = pl.col("value").count().over("stratum")
    rank = pl.col("value").rank("average").over("stratum")
    percentile = pl.when(known >= LEAST).then(100 * (rank - 0.5) / known)
    found: Floats = table.select(found=percentile.fill_null(float("nan")))["found"].to_numpy()
    return found


def score_strata(score: Whole, items: int) -> Whole:
    """Ten bands of scores 0..items of as equal width as can be."""
    bands: Whole = BANDS * score // (items + 1)
    return bands
