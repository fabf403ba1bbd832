"""The pairs of a form: which are rare, how rare, and how often honest pairs are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

import numpy as np

from jobs.integrity.curves import OptionCurves, option_curves
from jobs.integrity.forms import Codes, Form
from jobs.integrity.planes import pack
from jobs.integrity.screen import (
    NEVER_WEIGHED,
    STRATA,
    Borders,
    Bytes,
    Engine,
    Floats,
    Found,
    Rows,
    Short,
    Whole,
    weight_needed,
)
from jobs.integrity.tables import chances, least_wrong

T = TypeVar("T")
R = TypeVar("R")

class Run(Protocol):
    """Applies a function to many values, on several threads or not, and gives the results in order."""

    def __call__(self, function: Callable[[T], R], values: Iterable[T], /) -> Iterable[R]: ...


NULL_LEVELS = (1e-2, 1e-3, 1e-4, 1e-5)
NULL_SHEETS = 6_000  # of a form: eighteen million pairs tell a rate of 1e-5 to a tenth
NULL_LEAST = 20  # pairs expected at a level before its rate is believed
SMALLEST = 100  # sheets of a form: fewer do not tell how honest pupils answer
_TASK = 512
_SCHOOL_TASK = 16_384
_LIGHT = 85  # items whose weights fit in a byte: three times as many


@dataclass(frozen=True)
class Family:
    """Pairs that are judged together: `level`, the rarity from which they are listed, and whether they are those of
    one school, those of different schools, or all."""

    level: float
    of: str  # "school" | "others" | "all"


@dataclass(frozen=True, eq=False)
class Pairs:
    """Of n pairs: rows of the form (n, 2), `agreed` in all and `wrong` in wrong answers, the chance of such a pair
    among honest pupils (NaN where the form is too small), and what agreement was to be expected."""

    rows: Whole
    agreed: Whole
    wrong: Whole
    m4: Floats
    gbt: Floats
    expected: Floats


@dataclass(frozen=True, eq=False)
class Null:
    """Pairs of different regions, who cannot have copied: how many there were (strata), and how many reached each
    of NULL_LEVELS (strata, levels)."""

    pairs: Whole
    exceed: Whole

    def raised_by(self) -> Floats:
        """(strata): how many times more often than nominal such pairs reach a level, at least once; of a stratum with
        few pairs the whole form speaks."""
        whole = self._ratio(self.pairs.sum(keepdims=True), self.exceed.sum(axis=0, keepdims=True))
        each = self._ratio(self.pairs, self.exceed)
        known: Floats = np.where(self.pairs * NULL_LEVELS[1] >= NULL_LEAST, each, whole[0])
        return known

    @staticmethod
    def _ratio(pairs: Whole, exceed: Whole) -> Floats:
        expected = pairs[:, None] * np.array(NULL_LEVELS)
        ratios = np.divide(exceed, expected, out=np.ones(expected.shape), where=expected >= NULL_LEAST)
        highest: Floats = np.maximum(ratios.max(axis=1), 1)
        return highest


@dataclass(frozen=True, eq=False)
class Comparer:
    """A form made ready for comparing. `chosen` are its rows that answered enough."""

    form: Form
    engine: Engine
    run: Run
    curves: OptionCurves | None
    chosen: Whole
    school: Short
    region: Short

    @property
    def items(self) -> int:
        return self.form.size

    @property
    def score(self) -> Short:
        return self.form.score.astype(np.int32)


def comparer(form: Form, engine: Engine, run: Run) -> Comparer:
    """The curves are of the sheets with enough answers; a form with under SMALLEST of them has none."""
    chosen = np.flatnonzero(form.enough)
    curves = None
    if len(chosen) >= SMALLEST:
        curves = option_curves(form.codes[chosen], form.key, len(form.letters))
    return Comparer(form, engine, run, curves, chosen, _numbered(form, "school_id"), _numbered(form, "region"))


def _numbered(form: Form, column: str) -> Short:
    """A number for each value; -1 where it is not known."""
    return form.sheets[column].rank("dense").cast(int).fill_null(0).to_numpy().astype(np.int32) - 1


# --- the pairs of a family ---


def listed(
    ready: Comparer, family: Family, naive: int, room: int, told: Callable[[int], None]
) -> tuple[Pairs, int]:
    """The pairs of a family that are as rare as its level, and those with `naive` agreements; of the latter none
    where they are more than `room`. Also how many of these there are."""
    rows, order = _in_order(ready, family)
    levels = _levels(ready, (family.level,))
    borders = Borders(
        needed=_needed(ready, levels, rows.score, naive),
        table=levels.table, least=levels.least, listed=0, naive=naive, room=room,
        across=family.of == "others", null=False,
    )  # fmt: skip
    found = [each for each in _screened(ready, rows, borders, family, told)]
    total = sum(each.naive for each in found)
    pairs = np.concatenate([np.empty((0, 4), np.int32), *(each.pairs for each in found)]).astype(np.int64)
    graded = _graded(ready, np.sort(order[pairs[:, :2]], axis=1), pairs[:, 2], pairs[:, 3])
    return (graded if total <= room else _only(graded, graded.m4 <= family.level)), total


def _in_order(ready: Comparer, family: Family) -> tuple[Rows, Whole]:
    """Sheets of one score side by side, as they share their borders; within a school where only schools are asked."""
    chosen, school = ready.chosen, ready.school
    if family.of == "school":
        chosen = chosen[school[chosen] >= 0]
        order = chosen[np.lexsort((ready.score[chosen], school[chosen]))]
        end = np.searchsorted(school[order], school[order], side="right").astype(np.int32)
    else:
        order = chosen[np.argsort(ready.score[chosen], kind="stable")]
        end = np.full(len(order), len(order), dtype=np.int32)
    return _rows(ready, order, end), order


def _rows(ready: Comparer, order: Whole, end: Short) -> Rows:
    planes = pack(ready.form.codes[order], ready.form.key)
    return Rows(planes, ready.score[order], ready.school[order], ready.region[order], end)


def _screened(
    ready: Comparer, rows: Rows, borders: Borders, family: Family, told: Callable[[int], None]
) -> Iterable[Found]:
    step = _SCHOOL_TASK if family.of == "school" else _TASK
    begins = range(0, len(rows.score), step)
    ends = [min(begin + step, len(rows.score)) for begin in begins]
    screen = partial(_screen_rows, ready.engine, rows, borders)
    for (begin, last), found in zip(
        zip(begins, ends, strict=True), ready.run(screen, list(zip(begins, ends, strict=True))), strict=True
    ):
        told(int((rows.end[begin:last] - np.arange(begin, last) - 1).sum()))
        yield found


def _screen_rows(engine: Engine, rows: Rows, borders: Borders, part: tuple[int, int]) -> Found:
    return engine.screen(rows, borders, *part)


# --- where the borders lie ---


@dataclass(frozen=True, eq=False)
class Levels:
    """As in `Borders`."""

    table: Short
    least: Bytes


def _levels(ready: Comparer, levels: Sequence[float]) -> Levels:
    """The borders of every pair of scores that occurs; none where the form is too small for statistics."""
    scores, items = np.unique(ready.score[ready.chosen]).tolist(), ready.items
    table = np.zeros((items + 1, items + 1), dtype=np.int32)
    if ready.curves is None:
        return Levels(table, np.empty((0, 1, items + 1), dtype=np.uint8))
    both = [(one, other) for one in scores for other in scores if one <= other]
    for number, (one, other) in enumerate(both):
        table[one, other] = table[other, one] = number
    least = ready.run(partial(_least, ready, levels), both)
    return Levels(table, np.ascontiguousarray(np.stack(list(least), axis=1)))


def _least(ready: Comparer, levels: Sequence[float], scores: tuple[int, int]) -> Bytes:
    m4 = chances(_joint(ready, scores)).m4
    return np.stack([least_wrong(m4, level) for level in levels])


def _joint(ready: Comparer, scores: tuple[int, int]) -> Floats:
    if ready.curves is None:
        raise TypeError("a form without curves has no chances")
    return ready.engine.joint(*ready.curves.agreement(*scores))


def _needed(ready: Comparer, levels: Levels, score: Short, naive: int) -> Bytes:
    """What a pair must weigh, by the score of the one and the sheet of the other."""
    kind = np.uint8 if ready.items <= _LIGHT else np.uint16
    scores = np.unique(score).tolist()
    lightest = np.full((ready.items + 1, ready.items + 1), np.iinfo(kind).max, dtype=kind)
    for one in scores:
        for other in scores:
            rare = [weight_needed(levels.least[0, levels.table[one, other]], one, other)] if len(levels.least) else []
            needed = min([_naive_weight(naive, one, other, ready.items), *rare])
            lightest[one, other] = min(needed, np.iinfo(kind).max)
    return np.ascontiguousarray(lightest[:, score])


def _naive_weight(naive: int, one: int, other: int, items: int) -> int:
    """Who shares so many answers shares wrong ones where the lower score is not enough of them."""
    wrong = max(0, naive - min(one, other))
    return naive + 2 * wrong if wrong <= items - max(one, other) else NEVER_WEIGHED


# --- how rare they are ---


def _graded(ready: Comparer, rows: Whole, agreed: Whole, wrong: Whole) -> Pairs:
    m4, gbt, expected = (np.full(len(rows), np.nan) for _ in range(3))
    scores = np.sort(ready.score[rows], axis=1)
    order = np.lexsort((scores[:, 1], scores[:, 0]))
    alike = np.flatnonzero(np.diff(scores[order], axis=0, prepend=-1).any(axis=1))
    groups = np.split(order, alike[1:]) if len(order) and ready.curves is not None else []
    parts = ready.run(partial(_grades, ready, scores, agreed, wrong), groups)
    for group, (rare, tail, mean) in zip(groups, parts, strict=True):
        m4[group], gbt[group], expected[group] = rare, tail, mean
    return Pairs(rows, agreed, wrong, m4, gbt, expected)


def _grades(
    ready: Comparer, scores: Whole, agreed: Whole, wrong: Whole, group: Whole
) -> tuple[Floats, Floats, float]:
    """Of pairs with the same two scores."""
    both = (int(scores[group[0], 0]), int(scores[group[0], 1]))
    if ready.curves is None:
        raise TypeError("a form without curves has no chances")
    right, mistaken = ready.curves.agreement(*both)
    found = chances(ready.engine.joint(right, mistaken))
    return (
        found.m4[agreed[group] - wrong[group], wrong[group]],
        found.gbt[agreed[group]],
        float(right.sum() + mistaken.sum()),
    )


def _only(pairs: Pairs, kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Pairs:
    return replace(
        pairs,
        rows=pairs.rows[kept], agreed=pairs.agreed[kept], wrong=pairs.wrong[kept], m4=pairs.m4[kept],
        gbt=pairs.gbt[kept], expected=pairs.expected[kept],
    )  # fmt: skip


# --- the empirical null ---


def null(ready: Comparer) -> Null:
    """How often pairs of different regions are rare, from an even sample of the sheets whose region is known."""
    nothing = Null(np.zeros(STRATA, np.int64), np.zeros((STRATA, len(NULL_LEVELS)), np.int64))
    known = ready.chosen[ready.region[ready.chosen] >= 0]
    if ready.curves is None or len(np.unique(ready.region[known])) < 2:  # noqa: PLR2004 - one region has no pairs
        return nothing
    sample = known[evenly(len(known), NULL_SHEETS)]
    rows = _rows(ready, sample, np.full(len(sample), len(sample), np.int32))
    levels = _levels(ready, NULL_LEVELS)
    borders = Borders(
        needed=np.zeros((ready.items + 1, len(sample)), np.uint8),
        table=levels.table, least=levels.least, listed=len(NULL_LEVELS) - 1, naive=ready.items + 1, room=0,
        across=False, null=True,
    )  # fmt: skip
    found = _screened(ready, rows, borders, Family(NULL_LEVELS[-1], "all"), lambda _pairs: None)
    return Null(_pairs_apart(rows, ready.items), sum((each.exceed for each in found), start=nothing.exceed))


def evenly(size: int, most: int) -> Whole:
    """At most `most` numbers below `size`, evenly spread."""
    count = min(size, most)
    return np.arange(count) * size // max(count, 1)


def _pairs_apart(rows: Rows, items: int) -> Whole:
    """How many pairs of different regions there are in each stratum."""
    everybody = np.bincount(rows.score, minlength=items + 1)
    regions = [
        np.bincount(rows.score[rows.region == region], minlength=items + 1) for region in np.unique(rows.region)
    ]
    ordered = np.convolve(everybody, everybody) - sum(np.convolve(each, each) for each in regions)
    band = STRATA * np.arange(2 * items + 1) // (2 * items + 1)
    return np.bincount(band, weights=ordered / 2, minlength=STRATA).astype(np.int64)


def common(codes: Codes, key: "np.ndarray[tuple[int], np.dtype[np.uint8]]", rows: Whole) -> tuple[Whole, Whole]:
    """Items that both of each pair answered, and that both answered wrongly (EIC)."""
    one, other = codes[rows[:, 0]], codes[rows[:, 1]]
    both = (one > 0) & (other > 0)
    return both.sum(axis=1), (both & (one != key) & (other != key)).sum(axis=1)
