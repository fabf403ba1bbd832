"""Whether a key can be right: whoever chose its answer must do at least as well in the others as whoever chose another.

With a wrong key the right answers of honest pupils are common "errors", and the better they are the more alike they
seem. How well somebody does is measured here without the key, by what most chose.
"""

import numpy as np

from jobs.integrity.forms import Codes, Key

ENOUGH_SHEETS = 100
DOUBTFUL = 5  # a key with more than one doubtful item in so many is not believed
_CHOSEN_BY = 20  # sheets that chose an option, before it is held against the key
_ERRORS = 3  # standard errors by which they must do better

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def doubtful_items(codes: Codes, key: Key, options: int) -> list[int]:
    """The items, by place, of which those who chose some other option did clearly better in the rest of the test than
    those who chose the key's; none of fewer than ENOUGH_SHEETS sheets. A code of 0 is a blank."""
    if len(codes) < ENOUGH_SHEETS:
        return []
    usual = np.array([np.bincount(item, minlength=options + 1)[1:].argmax() + 1 for item in codes.T])
    agrees = codes == usual
    score = agrees.sum(axis=1)
    return [
        item
        for item in range(codes.shape[1])
        if _doubtful(codes[:, item], int(key[item]), (score - agrees[:, item]).astype(np.float64), options)
    ]


def _doubtful(
    chosen: "np.ndarray[tuple[int], np.dtype[np.uint8]]", right: int, rest: Floats, options: int
) -> bool:
    count = np.bincount(chosen, minlength=options + 1).astype(np.float64)
    mean = np.bincount(chosen, weights=rest, minlength=options + 1) / np.maximum(count, 1)
    solvers = max(count[right], 1.0)
    usual = mean[right] if count[right] else rest.mean()
    ahead = (mean - usual) / np.sqrt(rest.var() * (1 / np.maximum(count, 1) + 1 / solvers) + 1e-12)
    against = (count >= _CHOSEN_BY) & (ahead > _ERRORS)
    against[[0, right]] = False
    return bool(against.any())


def believable(doubtful: int, items: int) -> bool:
    """Whether statistics can be made with a key of which so many items are doubtful."""
    return doubtful * DOUBTFUL <= items
