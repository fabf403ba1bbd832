"""The engine for machines without numba: the same bits, a tenth of the speed."""

import numpy as np

from jobs.integrity.planes import Planes
from jobs.integrity.screen import STRATA, Borders, Floats, Found, Rows, Short, Whole, rare, strata


def joint(both_right: Floats, both_wrong: Floats) -> Floats:
    """See `jobs.integrity.screen.Engine`."""
    items = len(both_right)
    cells = np.zeros((items + 1, items + 1))
    cells[0, 0] = 1
    for item, (right, wrong) in enumerate(zip(both_right, both_wrong, strict=True)):
        before = cells[: item + 2, : item + 2].copy()
        after = before * max(0.0, 1 - right - wrong)
        after[1:] += before[:-1] * right
        after[:, 1:] += before[:, :-1] * wrong
        cells[: item + 2, : item + 2] = after
    return cells


def screen(rows: Rows, borders: Borders, first: int, last: int) -> Found:
    """See `jobs.integrity.screen.Engine`."""
    exceed = np.zeros((STRATA, borders.least.shape[0]), dtype=np.int64)
    kept, naive = [np.empty((0, 4), dtype=np.int32)], 0
    for row in range(first, last):
        near = _near(rows, borders, row)
        if borders.null:
            _count(rows, borders, near, exceed)
        listed, only_naive = _listed(rows, borders, near)
        room = max(0, borders.room - naive)
        naive += int(only_naive.sum())
        stored = listed | (only_naive & (np.cumsum(only_naive) <= room))
        kept.append(near[stored])
    return Found(np.concatenate(kept)[: borders.most], exceed, naive)


def _near(rows: Rows, borders: Borders, row: int) -> Short:
    """Row, other row, agreements and wrong agreements of those as alike as is needed."""
    start, stop = row + 1, int(rows.end[row])
    same = ~_differing(rows.planes, row, start, stop)
    agreed = np.bitwise_count(same).sum(axis=0, dtype=np.int32)
    wrong = np.bitwise_count(same & rows.planes.wrong[:, row, None]).sum(axis=0, dtype=np.int32)
    near = np.flatnonzero(agreed + 2 * wrong >= borders.needed[rows.kind[row], start:stop])
    if borders.across and rows.school[row] >= 0:
        near = near[rows.school[start + near] != rows.school[row]]
    columns = (np.full_like(near, row), start + near, agreed[near], wrong[near])
    return np.stack(columns, axis=1).astype(np.int32)


def _differing(
    planes: Planes, row: int, start: int, stop: int
) -> "np.ndarray[tuple[int, int], np.dtype[np.uint64]]":
    differing: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = np.bitwise_or.reduce(
        planes.left[:, :, row, None] ^ planes.right[:, :, start:stop], axis=0
    )
    return differing


def _count(rows: Rows, borders: Borders, near: Short, exceed: Whole) -> None:
    regions = rows.region[near[:, :2]]
    apart = near[(regions.min(axis=1) >= 0) & (regions[:, 0] != regions[:, 1])]
    bands = strata(rows.score[apart[:, :2]].sum(axis=1), borders.least.shape[2] - 1)
    for level in range(borders.least.shape[0]):
        exceed[:, level] += np.bincount(bands[rare(rows, borders, apart, level)], minlength=STRATA)


def _listed(
    rows: Rows, borders: Borders, near: Short
) -> "tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], np.ndarray[tuple[int], np.dtype[np.bool_]]]":
    listed = rare(rows, borders, near, borders.listed)
    return listed, ~listed & (near[:, 2] >= borders.naive)
