"""Option curves: how probable each answer to each item is for an honest pupil with a given score."""

from dataclasses import dataclass

import numpy as np

from jobs.integrity.forms import Codes, Key

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

BANDWIDTH = 1 / 60  # of the number of items; wider ones let low scores exceed their nominal chances
_PRIOR_WRONG = 1.0  # a sheet's worth of the item's overall choice of wrong options, at every score
_SHIFT_STEPS = 60  # bisections; each halves an interval of 80 logits


@dataclass(frozen=True)
class OptionCurves:
    """`right` (scores 0 … J, items): probability of the right option. `wrong` (scores, items, options): of each
    wrong one, 0 at the right one. Together 1: of whoever answers the item."""

    right: Floats
    wrong: Floats

    def agreement(self, one: int, other: int) -> tuple[Floats, Floats]:
        """For two honest pupils with these scores, item by item: the probability that both are right, and that
        both chose the same wrong option."""
        both_wrong = np.einsum("jk,jk->j", self.wrong[one], self.wrong[other])
        return self.right[one] * self.right[other], both_wrong


def projected_score(score: Whole, answered: Whole, items: int) -> Whole:
    """The score that a sheet's share of right answers would make of all `items`, rounded up; of a sheet without
    blanks its score. All items right it is only if every answer is.

    Two sheets can agree only where both answered: if blanks made a sheet look weak, its answers would look too good
    for its score, and omitting pupils would be alike more often than their scores allow.
    """
    return -(-score * items // np.maximum(answered, 1))


def option_curves(codes: Codes, key: Key, options: int, score: Whole) -> OptionCurves:
    """Curves of the sheets `codes` (N sheets, J items; 0 is a blank, 1 … `options` the options) by kernel smoothing
    over `score` (0 … J; Ramsay 1991), a Gaussian of `BANDWIDTH`·J points.

    The curves of right answers are then shifted together, score by score, so that they add up to the score: pupils
    with all items right agree in all of them, whatever the neighbours of their score do.
    """
    chosen = _counts(codes, options, score)
    smooth = np.tensordot(_kernel(chosen.shape[0]), chosen, axes=1)
    right = _right(smooth, key)
    return OptionCurves(right, (1 - right)[:, :, None] * _among_wrong(smooth, chosen, key))


def _counts(codes: Codes, options: int, score: Whole) -> Floats:
    """How many sheets of each score chose each option of each item, blanks left out: (J + 1, J, options)."""
    items = codes.shape[1]
    cell = (score[:, None] * items + np.arange(items)) * (options + 1) + codes
    size = (items + 1) * items * (options + 1)
    counts = np.bincount(cell.ravel(), minlength=size).reshape(items + 1, items, options + 1)
    return counts[:, :, 1:].astype(np.float64)


def _kernel(scores: int) -> Floats:
    at = np.arange(scores)
    return np.exp(-0.5 * ((at[:, None] - at) / (BANDWIDTH * (scores - 1))) ** 2)


def _right(smooth: Floats, key: Key) -> Floats:
    """Smoothed shares of right answers, shifted on the logit scale to add up to the score."""
    items = smooth.shape[1]
    hits = smooth[:, np.arange(items), key - 1]
    share = (hits + 0.5) / (smooth.sum(axis=2) + 1)
    logits = np.log(share / (1 - share))
    low, high = np.full(items + 1, -40.0), np.full(items + 1, 40.0)
    for _ in range(_SHIFT_STEPS):
        middle = (low + high) / 2
        below = (1 / (1 + np.exp(-logits - middle[:, None]))).sum(axis=1) < np.arange(items + 1)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    shifted: Floats = 1 / (1 + np.exp(-logits - high[:, None]))
    shifted[0], shifted[-1] = 0, 1
    return shifted


def _among_wrong(smooth: Floats, chosen: Floats, key: Key) -> Floats:
    """Which option is taken by those who answer and are not right: (J + 1, J, options)."""
    items, options = smooth.shape[1:]
    mistaken = np.ones((items, options))
    mistaken[np.arange(items), key - 1] = 0
    overall = (chosen.sum(axis=0) + 1 / options) * mistaken
    overall /= np.maximum(
        overall.sum(axis=1, keepdims=True), np.finfo(float).tiny
    )  # of one option none is wrong
    near = smooth * mistaken
    shares: Floats = (near + _PRIOR_WRONG * overall) / (near.sum(axis=2, keepdims=True) + _PRIOR_WRONG)
    return shares
