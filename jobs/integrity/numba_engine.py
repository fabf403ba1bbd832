"""The engine in machine code: loops that numba compiles, without the interpreter's lock."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from jobs.integrity.screen import STRATA, Borders, Floats, Found, Rows

_BLOCK = 1024  # sheets of the right side that stay in the first cache
_TILE = 256
_ROOM = 2**16
# Numba passes arrays fast, and copies tuples of them at every call: the figures of a sheet are rows of one array
# `about`, the rest of the borders one array `limits`, what is counted one array `tally`.
_SCORE, _SCHOOL, _REGION, _KIND = 0, 1, 2, 3
_LISTED, _ENOUGH, _SPACE, _ACROSS, _NULL = 0, 1, 2, 3, 4
_STORED, _NAIVE = 0, 1

_F = TypeVar("_F", bound=Callable[..., Any])


def _compiled(function: _F) -> _F:
    return cast(_F, numba.njit(nogil=True)(function))


def _population_count(_context: Any, _word: Any) -> Any:
    """The number of bits set, by the processor's own instruction."""

    def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), build


_ones: Any = intrinsic(_population_count)  # numba's decorators have no types


def joint(both_right: Floats, both_wrong: Floats) -> Floats:
    """See `jobs.integrity.screen.Engine`."""
    items = len(both_right)
    cells = np.zeros((items + 1, items + 1))
    _convolve(both_right, both_wrong, cells)
    return cells


@_compiled
def _convolve(both_right: Floats, both_wrong: Floats, cells: Floats) -> None:
    """Item by item, from the far corner, so that a cell still reads its neighbours of the item before."""
    cells[0, 0] = 1
    for item in range(both_right.size):
        right, wrong = both_right[item], both_wrong[item]
        neither = max(0.0, 1 - right - wrong)
        for rights in range(item + 1, -1, -1):
            for wrongs in range(item + 1 - rights, -1, -1):
                cell = cells[rights, wrongs] * neither
                if rights > 0:
                    cell += cells[rights - 1, wrongs] * right
                if wrongs > 0:
                    cell += cells[rights, wrongs - 1] * wrong
                cells[rights, wrongs] = cell


def screen(rows: Rows, borders: Borders, first: int, last: int) -> Found:
    """See `jobs.integrity.screen.Engine`."""
    kept = np.empty((_ROOM, 4), dtype=np.int32)
    while True:
        exceed = np.zeros((STRATA, borders.least.shape[0]), dtype=np.int64)
        tally = np.zeros(2, dtype=np.int64)
        _screen(
            *rows.planes, np.stack([rows.score, rows.school, rows.region, rows.kind]), rows.end, borders.needed,
            borders.table, borders.least, np.array(borders[3:], dtype=np.int64), first, last, exceed, kept, tally,
        )  # fmt: skip
        if tally[_STORED] <= len(kept) or len(kept) == borders.most:
            pairs = kept[: tally[_STORED]]
            return Found(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], exceed, int(tally[_NAIVE]))
        kept = np.empty((min(tally[_STORED], borders.most), 4), dtype=np.int32)


@_compiled
def _weigh(
    one: int, two: int, three: int, wrong: int, ones: Any, twos: Any, threes: Any, weight: Any
) -> None:
    """A function of its own, as the compiler then makes vectors of it; `weight` in bytes where they fit, of which a
    vector holds most."""
    for k in range(ones.size):
        same = ~((one ^ ones[k]) | (two ^ twos[k]) | (three ^ threes[k]))
        weight[k] = _ones(same) + (_ones(same & wrong) << 1)


@_compiled
def _weigh_more(left: Any, right: Any, wrong: int, word: int, i: int, start: int, weight: Any) -> None:
    """Of a further word of items, or of codes in more than three planes."""
    for k in range(weight.size):
        differing = np.uint64(0)
        for plane in range(left.shape[0]):
            differing |= left[plane, word, i] ^ right[plane, word, start + k]
        weight[k] += _ones(~differing) + (_ones(~differing & wrong) << 1)


@_compiled
def _weights(left: Any, right: Any, wrong: Any, i: int, start: int, weight: Any) -> None:
    """How alike sheet i and each sheet from `start` on are."""
    begun, stop = 0, start + weight.size
    if left.shape[0] == 3:  # they hold six options and a blank
        _weigh(
            left[0, 0, i], left[1, 0, i], left[2, 0, i], wrong[0, i],
            right[0, 0, start:stop], right[1, 0, start:stop], right[2, 0, start:stop], weight,
        )  # fmt: skip
        begun = 1
    else:
        weight[:] = 0
    for word in range(begun, left.shape[1]):
        _weigh_more(left, right, wrong[word, i], word, i, start, weight)


@_compiled
def _any_reached(weight: Any, needed: Any, reached: Any) -> bool:
    """`reached`: a byte a sheet, so that eight are looked at as one word."""
    some = np.uint8(0)
    for k in range(weight.size):
        hit = np.uint8(weight[k] >= needed[k])
        reached[k] = hit
        some |= hit
    return bool(some != 0)


@_compiled
def _places(reached: Any, words: Any, size: int, near: Any) -> int:
    """Which of the first `size` sheets are as alike as is needed: their places in `near`, and how many."""
    reached[size : size + 8] = 0
    count = 0
    for word in range((size + 7) // 8):
        if words[word]:
            for k in range(8 * word, 8 * word + 8):
                near[count] = k
                count += reached[k]
    return count


@_compiled
def _agreements(left: Any, right: Any, wrong: Any, i: int, j: int) -> tuple[int, int]:
    """In all answers, and in wrong ones."""
    in_all, in_wrong = 0, 0
    for word in range(left.shape[1]):
        differing = np.uint64(0)
        for plane in range(left.shape[0]):
            differing |= left[plane, word, i] ^ right[plane, word, j]
        in_all += _ones(~differing)
        in_wrong += _ones(~differing & wrong[word, i])
    return in_all, in_wrong


@_compiled
def _exceeds(
    about: Any, table: Any, least: Any, i: int, j: int, rights: int, wrongs: int, exceed: Any
) -> None:
    """Counts a pair of different regions at every level that it reaches."""
    if about[_REGION, i] < 0 or about[_REGION, j] < 0 or about[_REGION, i] == about[_REGION, j]:
        return
    band = STRATA * (about[_SCORE, i] + about[_SCORE, j]) // (2 * (least.shape[2] - 1) + 1)
    cell = table[about[_SCORE, i], about[_SCORE, j]]
    for level in range(least.shape[0]):
        if wrongs >= least[level, cell, rights]:
            exceed[band, level] += 1


@_compiled
def _look(  # noqa: PLR0913, PLR0917 - see `about`, `limits`, `tally`
    left: Any, right: Any, wrong: Any, about: Any, table: Any, least: Any, limits: Any, i: int, start: int,
    near: Any, exceed: Any, kept: Any, tally: Any,
) -> None:  # fmt: skip
    """Sheet i beside those `near` places after `start`: which pairs are kept."""
    stored, naive, across = tally[_STORED], tally[_NAIVE], limits[_ACROSS] and about[_SCHOOL, i] >= 0
    for k in range(near.size):
        j = start + near[k]
        if across and about[_SCHOOL, i] == about[_SCHOOL, j]:
            continue
        agreed, wrongs = _agreements(left, right, wrong, i, j)
        if limits[_NULL]:
            _exceeds(about, table, least, i, j, agreed - wrongs, wrongs, exceed)
        cell = table[about[_SCORE, i], about[_SCORE, j]]
        if least.shape[0] == 0 or wrongs < least[limits[_LISTED], cell, agreed - wrongs]:
            if agreed < limits[_ENOUGH]:
                continue
            naive += 1
            if naive > limits[_SPACE]:
                continue
        if stored < len(kept):
            kept[stored, 0], kept[stored, 1], kept[stored, 2], kept[stored, 3] = i, j, agreed, wrongs
        stored += 1
    tally[_STORED], tally[_NAIVE] = stored, naive


@_compiled
def _screen(  # noqa: PLR0913, PLR0917 - see `about`, `limits`, `tally`
    left: Any, right: Any, wrong: Any, about: Any, end: Any, needed: Any, table: Any, least: Any, limits: Any,
    first: int, last: int, exceed: Any, kept: Any, tally: Any,
) -> None:  # fmt: skip
    """Tiles of rows meet blocks of sheets that stay in the first cache; where one is near enough it is looked at."""
    weights = np.empty(_BLOCK, dtype=needed.dtype)
    reached = np.zeros(_BLOCK + 8, dtype=np.uint8)
    words = reached.view(np.uint64)
    near = np.empty(_BLOCK + 8, dtype=np.int64)
    for tile in range(first, last, _TILE):
        below = min(last, tile + _TILE)
        for block in range(tile + 1, end[below - 1], _BLOCK):
            for i in range(tile, below):
                start, stop = max(block, i + 1), min(block + _BLOCK, end[i])
                if start >= stop:
                    continue
                weight = weights[: stop - start]
                _weights(left, right, wrong, i, start, weight)
                if _any_reached(weight, needed[about[_KIND, i], start:stop], reached):
                    count = _places(reached, words, stop - start, near)
                    _look(
                        left, right, wrong, about, table, least, limits, i, start, near[:count], exceed, kept, tally,
                    )  # fmt: skip
