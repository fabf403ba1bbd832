"""Bars and calendars of weeks as SVG texts: the same data gives the same characters.

They are read on a phone and in black-and-white print: each bar bears its figure, each kind of week its own shape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from worker.deliver.svg import INK, LINE, MIST, SKY, block, length, picture, segment, written

_PALE = "#dfe9ed"
_STEP, _BAR = 34, 16
_WIDTH, _MOST_LABEL = 720.0, 330.0
_FIGURES = 96.0  # room for the figure right of a bar
_LETTER = 9.0  # of a label, in the widest font that stands in for PT Sans


@dataclass(frozen=True)
class Bar:
    """A line of a chart: `value` between 0 and `top` of the chart, None where there is none; `shown` is its figure."""

    label: str
    value: float | None
    shown: str
    note: str = ""


def bars(rows: Sequence[Bar], title: str, top: float = 100, *, goal: bool = False) -> str:
    """Bars below each other; with `goal` a line stands at the top, which all of them are to reach."""
    left = min(_MOST_LABEL, 16 + _LETTER * max((len(row.label) for row in rows), default=0))
    right = _WIDTH - _FIGURES
    drawn = [stroke for place, row in enumerate(rows) for stroke in _bar(row, place, left, right, top or 1)]
    height = 12 + _STEP * len(rows)
    if goal:
        drawn.append(segment(right, 4, right, height - 4, INK, 1.5, ' stroke-dasharray="3 3"'))
    return picture(_WIDTH, height, drawn, title)


def _bar(row: Bar, place: int, left: float, right: float, top: float) -> Iterator[str]:
    y = 8 + _STEP * place
    middle = y + _BAR / 2 + 5
    yield written(left - 10, middle, row.label, anchor="end")
    yield block(left, y, right - left, _BAR, _PALE)
    if row.value:
        yield block(left, y, (right - left) * min(1.0, row.value / top), _BAR, SKY)
    yield written(right + 8, middle, row.shown, more=' font-weight="bold"')
    if row.note:
        yield written(left, y + _BAR + 11, row.note, size=11, fill=MIST)


Week = Literal["met", "excused", "gap", "none"]


@dataclass(frozen=True)
class Weeks:
    """A line of a calendar: a sign for each week from the first of all lines on."""

    label: str
    weeks: Sequence[Week]


_CELL = 15
_ROW = 30


def calendar(
    rows: Sequence[Weeks], months: Sequence[tuple[int, str]], texts: dict[str, str], title: str
) -> str:
    """Weeks side by side under the months, of which each stands at the place of its first week; `texts` say what the
    signs mean."""
    left = 16 + _LETTER * max((len(row.label) for row in rows), default=0)
    count = max((len(row.weeks) for row in rows), default=0)
    drawn = [written(left + at * _CELL, 14, name, size=11, fill=MIST) for at, name in months]
    for place, row in enumerate(rows):
        y = 22 + _ROW * place
        drawn.append(written(left - 10, y + 12, row.label, anchor="end"))
        drawn += [_week(week, left + at * _CELL, y) for at, week in enumerate(row.weeks)]
    floor = 22 + _ROW * len(rows)
    drawn += _meanings(texts, left, floor + 8)
    width = max(left + count * _CELL + 8, left + 60 + sum(30 + 8 * len(text) for text in texts.values()))
    return picture(width, floor + 30, drawn, title)


def _week(week: Week, x: float, y: float) -> str:
    side = _CELL - 2
    if week == "met":
        return block(x, y, side, side, SKY, ' rx="2"')
    edge = f' rx="2" stroke="{LINE if week == "none" else INK}" stroke-width="1"'
    box = block(x + 0.5, y + 0.5, side - 1, side - 1, "#fff", edge)
    if week == "excused":
        return box + _dot(x + side / 2, y + side / 2)
    if week == "gap":
        return box + _cross(x + 3, y + 3, side - 6)
    return box


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{length(x)}" cy="{length(y)}" r="2.6" fill="{INK}"/>'


def _cross(x: float, y: float, side: float) -> str:
    return segment(x, y, x + side, y + side, INK, 1.4) + segment(x, y + side, x + side, y, INK, 1.4)


def _meanings(texts: dict[str, str], left: float, y: float) -> Iterator[str]:
    signs: tuple[Week, ...] = ("met", "excused", "gap")
    x = left
    for sign in signs:
        yield _week(sign, x, y)
        yield written(x + 20, y + 12, texts[sign], size=13)
        x += 34 + 8 * len(texts[sign])
