"""Exact chances of agreement for two honest pupils of given scores: GBT and M4.

`both_right` and `both_wrong` (J) are the probabilities, item by item, that two pupils agree in the right or in a wrong
answer, given their scores; items are independent given the scores.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

TIE = 1e-9
"""Two cells whose upper orthants differ by less, relatively, are as rare as each other."""
NEVER = 255
"""A number of agreements that no pair reaches: more than the items of the longest test."""


@dataclass(frozen=True)
class Chances:
    """`m4` (J+1, J+1): of agreements at least as rare as this many right and this many wrong ones; `gbt` (J+1): of
    at least this many agreements."""

    m4: Floats
    gbt: Floats


def chances(joint: Floats) -> Chances:
    """M4 (Maynes 2014) and GBT (van der Linden & Sotaridona 2006) from the joint distribution of agreements, `joint`
    (J+1, J+1): in right answers by agreements in wrong ones."""
    return Chances(_m4(joint), _gbt(joint))


def _m4(joint: Floats) -> Floats:
    """The sum of all cells whose upper-orthant probability is at most this cell's, TIE apart."""
    orthant = np.flip(np.flip(joint).cumsum(axis=0).cumsum(axis=1))
    possible = _possible(joint.shape[0])
    order = possible[np.argsort(orthant.ravel()[possible], kind="stable")]
    rising, sums = orthant.ravel()[order], joint.ravel()[order].cumsum()
    ends = np.append(rising[1:] > rising[:-1] * (1 + TIE), True)
    last = np.flatnonzero(ends)[np.cumsum(ends) - ends]
    m4 = np.zeros(joint.size)
    m4[order] = np.minimum(sums[last], 1)
    return m4.reshape(joint.shape)


@cache
def _possible(count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The cells whose agreements together are no more than the items; no other ever has a chance."""
    together = np.add.outer(np.arange(count), np.arange(count))
    return np.flatnonzero(together.ravel() < count)


def _gbt(joint: Floats) -> Floats:
    """The upper tail of right and wrong agreements together."""
    count = joint.shape[0]
    possible = _possible(count)
    total = np.bincount(
        possible // count + possible % count, weights=joint.ravel()[possible], minlength=count
    )
    tail: Floats = np.minimum(np.flip(np.flip(total).cumsum()), 1)
    return tail


def least_wrong(m4: Floats, level: float) -> Bytes:
    """For each number of agreements in right answers (J+1), how many in wrong ones make it as rare as `level`; NEVER
    where none does. M4 falls with both."""
    rare = m4 <= level
    return np.where(rare.any(axis=1), rare.argmax(axis=1), NEVER).astype(np.uint8)
