"""The pairs of a form: which are rare, how rare, and how often honest pairs are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, Protocol, TypeVar

import numpy as np

from jobs.integrity.curves import OptionCurves, option_curves, projected_score
from jobs.integrity.forms import Codes, Form
from jobs.integrity.keycheck import believable, doubtful_items
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
    rare,
    strata,
    weights_needed,
)
from jobs.integrity.tables import chances, least_wrong

T = TypeVar("T")
R = TypeVar("R")


class Run(Protocol):
    """Applies a function to many values, on several threads or not, and gives the results in order."""

    def __call__(self, function: Callable[[T], R], values: Iterable[T], /) -> Iterable[R]: ...


NULL_LEVELS = (1e-2, 1e-3, 1e-4, 1e-5)
NULL_TOLD = NULL_LEVELS[1]  # the level that people are told of
NULL_SHEETS = 6_000  # of a form: eighteen million pairs tell a rate of 1e-5 to a tenth
NULL_LEAST = 20  # pairs expected at a level before its rate is believed
SMALLEST = 25  # sheets of a form: fewer were not tried
_TASK = 512
_SCHOOL_TASK = 16_384
_LIGHT = 85  # items whose weights fit in a byte: three times as many


@dataclass(frozen=True)
class Family:
    """Pairs that are judged together: those of one school, of different schools, or all (`of`), `size` in all forms.
    A pair is listed from the rarity `level` on."""

    of: Literal["school", "others", "all"]
    size: int
    level: float


@dataclass(frozen=True, eq=False)
class Pairs:
    """Of n pairs: rows of the form (n, 2), `agreed` in all and `wrong` in wrong answers, the chance of such a pair
    among honest pupils (NaN where the form is too small), and what agreement was to be expected in the items that both
    answered."""

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
        known: Floats = np.where(self.pairs * NULL_TOLD >= NULL_LEAST, each, whole[0])
        return known

    @staticmethod
    def _ratio(pairs: Whole, exceed: Whole) -> Floats:
        expected = pairs[:, None] * np.array(NULL_LEVELS)
        ratios = np.divide(exceed, expected, out=np.ones(expected.shape), where=expected >= NULL_LEAST)
        highest: Floats = np.maximum(ratios.max(axis=1), 1)
        return highest


@dataclass(frozen=True, eq=False)
class Sheets:
    """The sheets of a form that can be compared by `codes` (N, J). `chosen` are the rows that answered enough; of every
    row the score, the one projected to all items, and a number for its school and region, -1 where it is not known."""

    form: Form
    codes: Codes
    chosen: Whole
    own_score: Short
    score: Short
    school: Short
    region: Short

    @property
    def items(self) -> int:
        return self.form.size

    @property
    def enough(self) -> bool:
        """Whether they are enough to tell how honest pupils answer."""
        return len(self.chosen) >= SMALLEST

    @cached_property
    def doubtful(self) -> list[int]:
        """The items whose key is doubtful."""
        return doubtful_items(self.codes[self.chosen], self.form.key, len(self.form.letters))

    @property
    def telling(self) -> bool:
        """Whether statistics can be made: enough sheets, and a key that can be right."""
        return self.enough and believable(len(self.doubtful), self.items)

    @property
    def pairs(self) -> int:
        return len(self.chosen) * (len(self.chosen) - 1) // 2

    @property
    def pairs_of_schools(self) -> int:
        """Pairs of one school."""
        known = self.school[self.chosen]
        sizes = np.bincount(known[known >= 0]).astype(np.int64)
        return int((sizes * (sizes - 1) // 2).sum())


def comparable(form: Form) -> Sheets:
    """By the answers that tell of a pupil: what was filled in without thinking counts as blank."""
    codes = np.where(form.filled, np.uint8(0), form.codes)
    return _sheets(form, codes, 2 * np.count_nonzero(codes, axis=1) >= form.size)


def as_written(form: Form) -> Sheets:
    """By all their answers, of which clause 9.3 takes a share; no sheet where nobody filled in anything, as then the
    other comparison has seen them all."""
    return _sheets(form, form.codes, form.enough & form.filled.any())


def _sheets(form: Form, codes: Codes, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Sheets:
    answered, score = np.count_nonzero(codes, axis=1), np.count_nonzero(codes == form.key, axis=1)
    return Sheets(
        form=form,
        codes=codes,
        chosen=np.flatnonzero(chosen),
        own_score=score.astype(np.int32),
        score=projected_score(score, answered, form.size).astype(np.int32),
        school=_numbered(form, "school_id"),
        region=_numbered(form, "region"),
    )


@dataclass(frozen=True, eq=False)
class Comparer:
    """Sheets with what is to be expected of honest pupils: the curves of their options, None where they are too few;
    `table` and `least` as in `Borders`, for every level of `levels`."""

    sheets: Sheets
    engine: Engine
    run: Run
    curves: OptionCurves | None
    levels: Sequence[float]
    table: Short
    least: Bytes


def comparer(sheets: Sheets, engine: Engine, run: Run, families: Sequence[Family]) -> Comparer:
    """With the borders of the families and of the empirical null."""
    if not sheets.telling:
        return by_share(sheets, engine, run)
    levels, items = (*NULL_LEVELS, *(family.level for family in families)), sheets.items
    table = _no_table(items)
    form, score = sheets.form, sheets.score[sheets.chosen]
    curves = option_curves(sheets.codes[sheets.chosen], form.key, len(form.letters), score.astype(np.int64))
    scores = np.unique(score).tolist()
    both = [(one, other) for one in scores for other in scores if one <= other]
    for number, (one, other) in enumerate(both):
        table[one, other] = table[other, one] = number
    least = np.stack(list(run(partial(_least, engine, curves, levels), both)), axis=1)
    return Comparer(sheets, engine, run, curves, levels, table, np.ascontiguousarray(least))


def by_share(sheets: Sheets, engine: Engine, run: Run) -> Comparer:
    """Without curves: only the number of agreements lists a pair."""
    items = sheets.items
    return Comparer(
        sheets, engine, run, None, (), _no_table(items), np.empty((0, 1, items + 1), dtype=np.uint8)
    )


def _no_table(items: int) -> Short:
    return np.full((items + 1, items + 1), -1, dtype=np.int32)


def _least(engine: Engine, curves: OptionCurves, levels: Sequence[float], scores: tuple[int, int]) -> Bytes:
    m4 = chances(engine.joint(*curves.agreement(*scores))).m4
    return np.stack([least_wrong(m4, level) for level in levels])


def _numbered(form: Form, column: str) -> Short:
    return form.sheets[column].rank("dense").cast(int).fill_null(0).to_numpy().astype(np.int32) - 1


# --- the pairs of a family ---


def listed(
    ready: Comparer, family: Family, naive: int, room: int, told: Callable[[int], None]
) -> tuple[Pairs, int]:
    """The pairs of a family that are as rare as its level, and those with `naive` agreements; of the latter none
    where they are more than `room`. Also how many of these there are."""
    sheets, number = ready.sheets, ready.levels.index(family.level) if ready.curves is not None else 0
    order, end = _in_order(sheets, family)
    kind, needed = _needed(ready, number, order, naive)
    rows = _rows(sheets, order, end, kind)
    borders = Borders(
        needed=needed,
        table=ready.table, least=ready.least, listed=number, naive=naive, room=room,
        across=family.of == "others", null=False,
    )  # fmt: skip
    step = _SCHOOL_TASK if family.of == "school" else _TASK
    pairs, similar = _gathered(rows, borders, _screened(ready, rows, borders, step, told))
    return _graded(ready, np.sort(order[pairs[:, :2]], axis=1), pairs[:, 2], pairs[:, 3]), similar


def _gathered(rows: Rows, borders: Borders, found: Iterable[Found]) -> tuple[Whole, int]:
    """All that is listed, and how many pairs only their number of agreements lists. These are let go of as soon as
    they are too many, and `borders.most` is enough of the others, so that memory has a bound."""
    kept: list[Short] = [np.empty((0, 4), np.int32)]
    similar = 0
    for each in found:
        full, similar = similar > borders.room, similar + each.naive
        if similar > borders.room and not full:
            kept = [pairs[rare(rows, borders, pairs, borders.listed)] for pairs in kept]
        chosen = rare(rows, borders, each.pairs, borders.listed) if similar > borders.room else slice(None)
        kept.append(each.pairs[chosen])
        if sum(map(len, kept)) >= borders.most:
            break
    return np.concatenate(kept)[: borders.most].astype(np.int64), similar


def _in_order(sheets: Sheets, family: Family) -> tuple[Whole, Short]:
    """Sheets of one score side by side, as they share their borders; within a school where only schools are asked.
    And where the sheets end that each is compared with."""
    chosen, school = sheets.chosen, sheets.school
    if family.of != "school":
        order = chosen[np.argsort(sheets.score[chosen], kind="stable")]
        return order, np.full(len(order), len(order), dtype=np.int32)
    chosen = chosen[school[chosen] >= 0]
    order = chosen[np.lexsort((sheets.score[chosen], school[chosen]))]
    return order, np.searchsorted(school[order], school[order], side="right").astype(np.int32)


def _rows(sheets: Sheets, order: Whole, end: Short, kind: Short) -> Rows:
    planes = pack(sheets.codes[order], sheets.form.key)
    return Rows(planes, kind, sheets.score[order], sheets.school[order], sheets.region[order], end)


def _screened(
    ready: Comparer, rows: Rows, borders: Borders, step: int, told: Callable[[int], None]
) -> Iterator[Found]:
    """In tasks of `step` rows, in order whatever thread does them."""
    count = len(rows.score)
    tasks = [(first, min(first + step, count)) for first in range(0, count, step)]
    screen = partial(_screen_rows, ready.engine, rows, borders)
    for (first, last), found in zip(tasks, ready.run(screen, tasks), strict=True):
        told(int((rows.end[first:last] - np.arange(first, last) - 1).sum()))
        yield found


def _screen_rows(engine: Engine, rows: Rows, borders: Borders, task: tuple[int, int]) -> Found:
    return engine.screen(rows, borders, *task)


_BEHIND = np.array([0, 1, 2, 4, 8, 16, 254])
"""A score may be so many points behind the projected one: bounds of the kinds of sheets."""


def _kinds(sheets: Sheets, order: Whole) -> tuple[Short, Whole, Whole]:
    """Sheets of one projected score and about as many blanks are of one kind: the kind of each sheet, and of each
    kind the projected score and the lowest score that a sheet of it can have."""
    projected = sheets.score[order].astype(np.int64)
    behind = _BEHIND[np.searchsorted(_BEHIND, projected - sheets.own_score[order])]
    values, kind = np.unique(np.stack([projected, behind]), axis=1, return_inverse=True)
    return kind.astype(np.int32), values[0], values[0] - values[1]


def _needed(ready: Comparer, number: int, order: Whole, naive: int) -> tuple[Short, Bytes]:
    """The kind of each sheet, and what a pair must weigh, by the kind of the one and the sheet of the other.

    Two sheets with so many right answers have at least so many of them in common; that keeps high scorers, who agree
    in much, from all being looked at.
    """
    items = ready.sheets.items
    kind, score, lowest = _kinds(ready.sheets, order)
    wrong = np.maximum(
        0, naive - np.minimum.outer(score, score)
    )  # who shares more than the score shares errors
    weight = np.where(wrong <= items - np.maximum.outer(score, score), naive + 2 * wrong, NEVER_WEIGHED)
    if ready.curves is not None:
        common = np.clip(np.add.outer(lowest, lowest) - items, 0, items)
        pairs = ready.table[score[:, None], score]
        weight = np.minimum(weight, weights_needed(ready.least[number], ready.table)[pairs, common])
    width = np.uint8 if items <= _LIGHT else np.uint16
    lightest = np.minimum(weight, np.iinfo(width).max).astype(width)
    return kind, np.ascontiguousarray(lightest[:, kind])


# --- how rare they are ---


def _graded(ready: Comparer, rows: Whole, agreed: Whole, wrong: Whole) -> Pairs:
    """Pairs with the same two scores share a table, made anew for them: all tables at once would not fit memory."""
    m4, gbt, expected = (np.full(len(rows), np.nan) for _ in range(3))
    scores = np.sort(ready.sheets.score[rows], axis=1).astype(np.int64)
    order = np.lexsort((scores[:, 1], scores[:, 0]))
    begins = np.flatnonzero(np.diff(scores[order], axis=0, prepend=-1).any(axis=1))
    groups = np.split(order, begins[1:]) if len(order) and ready.curves is not None else []
    grade = partial(_grades, ready, rows, scores, agreed, wrong)
    for group, (chance, tail, mean) in zip(groups, ready.run(grade, groups), strict=True):
        m4[group], gbt[group], expected[group] = chance, tail, mean
    return Pairs(rows, agreed, wrong, m4, gbt, expected)


def _grades(
    ready: Comparer, rows: Whole, scores: Whole, agreed: Whole, wrong: Whole, group: Whole
) -> tuple[Floats, Floats, Floats]:
    if ready.curves is None:
        raise TypeError("a form without curves has no chances")
    one, other = scores[group[0]].tolist()
    right, mistaken = ready.curves.agreement(one, other)
    found = chances(ready.engine.joint(right, mistaken))
    rights, wrongs = agreed[group] - wrong[group], wrong[group]
    answered = ready.sheets.codes[rows[group]] > 0
    both = answered[:, 0] & answered[:, 1]
    return found.m4[rights, wrongs], found.gbt[agreed[group]], (both * (right + mistaken)).sum(axis=1)


# --- the empirical null ---


def null(ready: Comparer) -> Null:
    """How often pairs of different regions are rare, from an even sample of the sheets whose region is known."""
    sheets, levels = ready.sheets, len(NULL_LEVELS)
    nothing = Null(np.zeros(STRATA, np.int64), np.zeros((STRATA, levels), np.int64))
    known = sheets.chosen[sheets.region[sheets.chosen] >= 0]
    if ready.curves is None or len(np.unique(sheets.region[known])) < 2:
        return nothing
    sample = known[evenly(len(known), NULL_SHEETS)]
    sample = sample[np.argsort(sheets.score[sample], kind="stable")]
    kind, needed = _needed(ready, 0, sample, sheets.items + 1)
    rows = _rows(sheets, sample, np.full(len(sample), len(sample), np.int32), kind)
    borders = Borders(
        needed=needed,
        table=ready.table, least=ready.least[:levels], listed=levels - 1, naive=sheets.items + 1, room=0,
        across=False, null=True,
    )  # fmt: skip
    found = _screened(ready, rows, borders, _TASK, lambda _pairs: None)
    return Null(_pairs_apart(rows, sheets.items), sum((each.exceed for each in found), start=nothing.exceed))


def evenly(size: int, most: int) -> Whole:
    """At most `most` numbers below `size`, evenly spread."""
    count = min(size, most)
    return np.arange(count) * size // max(count, 1)


def _pairs_apart(rows: Rows, items: int) -> Whole:
    """How many pairs of different regions there are in each stratum."""
    everybody = np.bincount(rows.score, minlength=items + 1)
    regions = [
        np.bincount(rows.score[rows.region == region], minlength=items + 1)
        for region in np.unique(rows.region)
    ]
    ordered = np.convolve(everybody, everybody) - sum(np.convolve(each, each) for each in regions)
    band = strata(np.arange(2 * items + 1), items)
    return np.bincount(band, weights=ordered / 2, minlength=STRATA).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Common:
    """Of n pairs, by all their answers: the items both answered, answered alike, both wrongly (EIC), and wrongly
    alike (EEIC)."""

    answered: Whole
    alike: Whole
    wrong: Whole
    wrong_alike: Whole


def common(form: Form, rows: Whole) -> Common:
    """What the two sheets of each pair have in common."""
    one, other = form.codes[rows[:, 0]], form.codes[rows[:, 1]]
    both, mistaken = (one > 0) & (other > 0), (one != form.key) & (other != form.key)
    alike = both & (one == other)
    return Common(
        both.sum(axis=1), alike.sum(axis=1), (both & mistaken).sum(axis=1), (alike & mistaken).sum(axis=1)
    )
