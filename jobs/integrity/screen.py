"""Comparing every sheet with every other: what is compared, where the borders lie, what is found."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, NamedTuple, Protocol

import numpy as np

from jobs.integrity.planes import Planes

Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Short = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

EngineName = Literal["auto", "numba", "numpy"]
Progress = Callable[[int, int], None]
"""Told of pairs done and pairs in all."""
STRATA = 10
RARE = 500_000
"""Pairs of a form and family, at most, that are listed as rare."""
NEVER_WEIGHED = 3 * 255 + 1


class Rows(NamedTuple):
    """N sheets of a form, in the order in which they are compared: sheet i with those after it and before `end[i]`.

    `score` is the projected one; `kind`: the row of `Borders.needed` that speaks of the sheet; `school`, `region` are
    numbers, -1 where unknown.
    """

    planes: Planes
    kind: Short
    score: Short
    school: Short
    region: Short
    end: Short


class Borders(NamedTuple):
    """`needed` (kinds, N): what a sheet of that kind and sheet j must weigh to be worth a look: their agreements plus
    twice those in wrong answers (see `weights_needed`).
    `table` (scores, scores): the number of a pair of scores, -1 where nobody has them, in `least` (levels, score pairs,
    J+1): how many wrong agreements beside so many right ones make M4 as small as a level. A pair is listed at level
    number `listed`, or from `naive` agreements on; of the latter alone at most `room` a task, which ones an engine may
    choose. `across`: pairs of one school are passed over.
    `null`: exceedances are counted.

    A task lists `most` pairs at most: more are no pairs of pupils any more, but one sheet given to very many.
    """

    needed: Bytes
    table: Short
    least: Bytes
    listed: int
    naive: int
    room: int
    across: bool
    null: bool

    @property
    def most(self) -> int:
        """See above."""
        return max(self.room, RARE)


@dataclass(frozen=True)
class Found:
    """`pairs` (n, 4): row, row, agreements, agreements in wrong answers, sorted. `exceed` (strata, levels): pairs of
    different regions at most as probable as each level. `naive`: pairs that only the number of agreements lists, more
    than are in `pairs` where the room was short."""

    pairs: Short
    exceed: Whole
    naive: int


class Engine(Protocol):
    """A way of computing; every engine gives the same bits."""

    def joint(self, both_right: Floats, both_wrong: Floats) -> Floats:
        """The distribution (J+1, J+1) of agreements in right and in wrong answers."""

    def screen(self, rows: Rows, borders: Borders, first: int, last: int) -> Found:
        """Compare the sheets `first` … `last` - 1 with those after them."""


def weights_needed(least: Bytes, table: Short) -> Whole:
    """The lightest agreement that `least` (score pairs, J+1) calls rare, by pair of scores and by how many agreements
    in right answers there are at least (J+1); NEVER_WEIGHED if none is rare.

    The rare pairs lie above a curve in the plane of agreements in right and in wrong answers. A line under it, of
    which a wrong agreement weighs three right ones, lets a thousandth of the other pairs pass, where counting all
    agreements alike would let in half of them.
    """
    items = least.shape[1] - 1
    one, other = np.nonzero(np.triu(table >= 0))
    lower, higher = (np.zeros(len(least), dtype=np.int64) for _ in range(2))
    lower[table[one, other]], higher[table[one, other]] = one, other
    rights = np.arange(items + 1)
    possible = (least <= items - higher[:, None]) & (rights <= lower[:, None])
    weights = np.where(possible, rights + 3 * least.astype(np.int64), NEVER_WEIGHED)
    return np.flip(np.minimum.accumulate(np.flip(weights, axis=1), axis=1), axis=1)


def engine_named(name: EngineName) -> Engine:
    """numba's machine code where it can be had, else numpy. Loaded late: numba takes most of a second."""
    if name == "numpy":
        return _loaded("numpy_engine")
    try:
        return _loaded("numba_engine")
    except ImportError:
        if name == "numba":
            raise
        return _loaded("numpy_engine")


def _loaded(module: str) -> Engine:
    engine: Engine = import_module(f"jobs.integrity.{module}")
    return engine


def strata(scores: Whole | Short, items: int) -> Whole:
    """Ten bands of the sum of the scores of a pair."""
    bands: Whole = STRATA * scores.astype(np.int64) // (2 * items + 1)
    return bands


def rare(
    rows: Rows, borders: Borders, pairs: Short, level: int
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which pairs, as in `Found`, reach a level; none where there are no levels."""
    if not len(borders.least):
        return np.zeros(len(pairs), dtype=np.bool_)
    cell = borders.table[rows.score[pairs[:, 0]], rows.score[pairs[:, 1]]]
    reached: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        pairs[:, 3] >= borders.least[level, cell, pairs[:, 2] - pairs[:, 3]]
    )
    return reached
