"""Person-fit: how far one sheet's right and wrong answers are from the order of difficulty everybody else found.

An explanation beside other evidence and never a ground: on a test with known copying these indices told nobody
apart (area under the curve .49). All of them but NCI and Ht grow with misfit.
"""

from dataclasses import dataclass

import numpy as np

Whole = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Booleans = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class PersonFit:
    """Indices of N people; NaN where the answers leave nothing to compare, as at no or all items right.

    guttman: pairs of an easier item wrong and a harder one right; possible: s(J-s), the most there can be at score s.
    gnormed: guttman / possible (van der Flier 1977). nci: 1 - 2 gnormed (Tatsuoka & Tatsuoka 1983).
    u3 (van der Flier 1982), cstar (Harnisch & Linn 1981): 0 for the easiest s items, 1 for the hardest s.
    ht (Sijtsma 1986): covariance with the other people's answers, as a share of the most their scores allow.
    """

    guttman: Whole
    possible: Whole
    gnormed: Floats
    nci: Floats
    u3: Floats
    cstar: Floats
    ht: Floats


def person_fit(right: Booleans) -> PersonFit:
    """Person-fit of each row of `right`: N people, J items, true where the answer is right.

    Items stand by falling number of right answers, equal ones in the order of the test. U3 leaves out the items that
    everyone or no one solved: their logit is infinite, and no answer to them can be out of order.
    """
    solved = right.sum(axis=0, dtype=np.int64)
    order = np.argsort(-solved, kind="stable")
    rows, counts = np.ascontiguousarray(right.T)[order], solved[order]
    score = right.sum(axis=1, dtype=np.int64)
    guttman, possible = _guttman(rows), score * (len(rows) - score)
    gnormed = ratio(guttman, possible)
    # Whole numbers far below 2^53, so sums of these floats are exact.
    reached = _total(rows, counts.astype(np.float64))
    return PersonFit(
        guttman=guttman,
        possible=possible,
        gnormed=gnormed,
        nci=1 - 2 * gnormed,
        u3=_u3(rows, counts, score),
        cstar=_caution(reached, counts.astype(np.float64), score),
        ht=_ht(reached, score, len(rows)),
    )


def _guttman(rows: Booleans) -> Whole:
    """Items wrong before each right one, summed; `rows` are the items, easiest first."""
    errors = np.zeros(rows.shape[1], dtype=np.int64)
    wrong = np.zeros_like(errors)
    for row in rows:
        errors += wrong * row
        wrong += ~row
    return errors


def _total(rows: Booleans, weights: Floats) -> Floats:
    """Weight of the items each person has right, added in the order of the items so that equal sums are equal bits."""
    total = np.zeros(rows.shape[1])
    for row, weight in zip(rows, weights, strict=True):
        total += weight * row
    return total


def _caution(reached: Floats, weights: Floats, score: Whole) -> Floats:
    """From 0, the weight of the `score` heaviest items, to 1, that of the lightest; `weights` fall."""
    most = np.concatenate([[0.0], np.cumsum(weights)])[score]
    items = len(weights)
    lightest = [0.0, *(np.cumsum(weights[items - s :])[-1] for s in range(1, items + 1))]
    return ratio(most - reached, most - np.array(lightest)[score])


def _u3(rows: Booleans, counts: Whole, score: Whole) -> Floats:
    people = rows.shape[1]
    telling = (counts > 0) & (counts < people)
    logits = np.log(counts[telling] / (people - counts[telling]))
    by_all = int(np.count_nonzero(counts == people)) if people else 0
    return _caution(_total(rows[telling], logits), logits, score - by_all)


def _ht(reached: Floats, score: Whole, items: int) -> Floats:
    """Both covariances times J², so that everything is whole; `reached` is Σ_j x_j · (people right on j)."""
    own = score * (items - score)
    every = np.arange(items + 1)
    people = np.bincount(score, minlength=items + 1)
    most = (items * np.minimum.outer(every, every) - np.outer(every, every)) @ people
    return ratio(items * reached - score * score.sum() - own, most[score] - own)


def ratio(above: Whole | Floats, below: Whole | Floats, otherwise: float = np.nan) -> Floats:
    """above / below, and `otherwise` where there is nothing to divide by."""
    quotient: Floats = np.full(len(above), otherwise)
    return np.divide(above, below, out=quotient, where=below > 0)
