"""The two pictures of an act as SVG texts: pure, the same data giving the same characters.

They are read on a screen, on a phone and in black-and-white print: shape and line style tell the levels apart,
never colour alone. Lengths are SVG units; a reader scales them.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.deliver.svg import INK, LETTER, LINE, MIST, SKY, block, length, picture, segment, written

_GREYS = ("#e3e8ea", "#ced6d9", "#b6c1c6", "#9dabb1", "#84949b")
_LEVELS = ("recommend", "review", "none")
_DASHES = {"recommend": "", "review": ' stroke-dasharray="7 4"', "none": ' stroke-dasharray="1.5 4"'}
_WIDTHS = {"recommend": 3.2, "review": 2.2, "none": 1.8}

THICK = 100  # lines of a graph from which on they get thinner

COUNTED = 6
"""A graph of no more lines than this says on each how many answers are identical."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom
Curve = tuple[Point, Point, Point]  # a quadratic Bézier curve: start, control point, end
Sign = Callable[[float, float], str]  # draws itself at a place of the legend
Placed = tuple[Sign, Point, str]  # where it stands, and what it means


@dataclass(frozen=True)
class Cell:
    """Honest pairs: mean score of the two, identical answers, how many such pairs."""

    score: float
    identical: int
    pairs: int


@dataclass(frozen=True)
class Mark:
    """A pair of the act; one without a label is drawn smaller. `expected` is None where nothing can be expected."""

    label: str
    score: float
    identical: int
    expected: float | None
    level: str


@dataclass(frozen=True)
class Edge:
    """Two participants with similar answers."""

    a: str
    b: str
    level: str
    identical: int


Texts = Mapping[str, str]
"""score, identical, cloud, expected, recommend, review, none: what the axes and the signs are called."""


# --- score against identical answers ---


@dataclass(frozen=True)
class _Plot:
    """Where values fall: x from `low_x`, y from `low_y`, both up to `top` (the number of items)."""

    low_x: int
    low_y: int
    top: int
    left: float = 58
    head: float = 14
    width: float = 480
    height: float = 330

    def x(self, value: float) -> float:
        return self.left + self.width * (value - self.low_x) / (self.top - self.low_x)

    def y(self, value: float) -> float:
        return self.head + self.height * (self.top - value) / (self.top - self.low_y)

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def floor(self) -> float:
        return self.head + self.height


def similarity_chart(cloud: Sequence[Cell], marks: Sequence[Mark], items: int, texts: Texts) -> str:
    """Mean score of a pair (x) against its identical answers (y): the null cloud in greys by the logarithm of the
    number of pairs, the pairs of the act as dots, what was expected of them as dashes."""
    plot = _frame(cloud, marks, items)
    key = _key(plot, cloud, marks, texts)
    drawn = [*_axes(plot, texts), *_cloud(plot, cloud), *_marks(plot, marks), *_legend(key)]
    lowest = max(y for _, (_, y), _ in key)
    return picture(plot.right + 22, lowest + 12, drawn, f"{texts['score']}, {texts['identical']}")


def _frame(cloud: Sequence[Cell], marks: Sequence[Mark], items: int) -> _Plot:
    scores = [*(cell.score for cell in cloud), *(mark.score for mark in marks)]
    identical = [
        *(cell.identical for cell in cloud),
        *(mark.identical for mark in marks),
        *(mark.expected for mark in marks if mark.expected is not None),
    ]
    step = _step(items)
    return _Plot(_below(scores, step, items), _below(identical, step, items), items)


def _below(values: Iterable[float], step: int, items: int) -> int:
    """A round figure under all the values, and under `items` in any case."""
    lowest = min(values, default=0)
    return max(0, min(math.floor((lowest - 0.5) / step) * step, items - 1))


def _step(span: int) -> int:
    """The distance of ticks that makes at most eight of them."""
    return next(step for step in (1, 2, 5, 10, 20, 50) if span / step <= 8)


def _ticks(low: int, top: int) -> range:
    step = _step(top - low)
    return range(-(-low // step) * step, top + 1, step)


def _axes(plot: _Plot, texts: Texts) -> Iterator[str]:
    for value in _ticks(plot.low_x, plot.top):
        x = plot.x(value)
        yield segment(x, plot.floor, x, plot.floor + 5, MIST, 1)
        yield written(x, plot.floor + 21, str(value), anchor="middle", fill=MIST)
    for value in _ticks(plot.low_y, plot.top):
        y = plot.y(value)
        yield segment(plot.left, y, plot.right, y, LINE, 0.6)
        yield written(plot.left - 8, y + 5, str(value), anchor="end", fill=MIST)
    yield segment(plot.left, plot.floor, plot.right, plot.floor, MIST, 1.2)
    yield written(plot.left + plot.width / 2, plot.floor + 42, texts["score"], anchor="middle")
    turned = f' transform="rotate(-90 16 {length(plot.head + plot.height / 2)})"'
    yield written(16, plot.head + plot.height / 2, texts["identical"], anchor="middle", more=turned)


def _cloud(plot: _Plot, cloud: Sequence[Cell]) -> Iterator[str]:
    """One path a shade of grey; at most some 60 cells each way, however many items."""
    wide = max(1, math.ceil((plot.top - plot.low_x) / 60))
    high = max(1, math.ceil((plot.top - plot.low_y) / 60))
    counts: dict[tuple[int, int], int] = {}
    for cell in (cell for cell in cloud if cell.pairs > 0):
        place = (math.floor(cell.score / wide), cell.identical // high)
        counts[place] = counts.get(place, 0) + cell.pairs
    most = max(counts.values(), default=1)
    shades: dict[int, list[str]] = {}
    for (column, row), pairs in sorted(counts.items()):
        # scores come in halves, identical answers whole: the cell is centred on what falls into it
        left, top = column * wide - 0.25, row * high + high - 0.5
        shades.setdefault(_shade(pairs, most), []).append(_square(plot, left, top, wide, high))
    for shade, squares in sorted(shades.items()):
        yield f'<path fill="{_GREYS[shade]}" d="{"".join(squares)}"/>'


def _shade(pairs: int, most: int) -> int:
    """The darkest for the most frequent, then a shade lighter for every ten times fewer."""
    return max(0, len(_GREYS) - 1 - int(math.log10(most / pairs)))


def _square(plot: _Plot, left: float, top: float, wide: float, high: float) -> str:
    """The cell, cut off at the edges of the plot."""
    x0, x1 = max(plot.x(left), plot.left), min(plot.x(left + wide), plot.right)
    y0, y1 = max(plot.y(top), plot.head), min(plot.y(top - high), plot.floor)
    return f"M{length(x0)} {length(y0)}H{length(x1)}V{length(y1)}H{length(x0)}z"


def _marks(plot: _Plot, marks: Sequence[Mark]) -> Iterator[str]:
    """Dashes first, then dots, the weakest first, then the labels, none over another."""
    ordered = sorted(marks, key=lambda mark: (bool(mark.label), -_LEVELS.index(mark.level), mark.label))
    for mark in ordered:
        if mark.label and mark.expected is not None:
            x, y = plot.x(mark.score), plot.y(mark.expected)
            yield segment(x - 9, y, x + 9, y, INK, 2.4)
            yield segment(x, y, x, plot.y(mark.identical), MIST, 0.8, ' stroke-dasharray="2 3"')
    dots = (
        _dot(plot.x(mark.score), plot.y(mark.identical), mark.level, 6.5 if mark.label else 4)
        for mark in ordered
    )
    yield from dict.fromkeys(dots)  # thousands of pairs lie on a few hundred points
    yield from _labels(plot, [mark for mark in marks if mark.label])


def _dot(x: float, y: float, level: str, radius: float) -> str:
    fill = SKY if level == "recommend" else "#fff"
    edge = f'stroke="{"#fff" if level == "recommend" else SKY}" stroke-width="{1.5 if radius > 5 else 1.2}"'
    return f'<circle cx="{length(x)}" cy="{length(y)}" r="{radius}" fill="{fill}" {edge}/>'


def _labels(plot: _Plot, marks: Sequence[Mark]) -> list[str]:
    """Pairs at one point share a label; each label takes the nearest free place and points at its dot."""
    points: dict[Point, list[str]] = {}
    for mark in marks:
        points.setdefault((plot.x(mark.score), plot.y(mark.identical)), []).append(mark.label)
    taken: list[Box] = [(x - 8, y - 8, x + 8, y + 8) for x, y in points]
    leaders, names = [], []
    for at, found in sorted(points.items()):
        text = ", ".join(found[:3]) + (f" +{len(found) - 3}" if len(found) > 3 else "")
        box = _free_place(plot, at, len(text) * 14 * LETTER + 6, taken)
        if box is None:
            continue
        taken.append(box)
        leaders += _leader(box, at)
        names.append(_label(box, text))
    return [*leaders, *names]


def _free_place(plot: _Plot, at: Point, width: float, taken: Sequence[Box]) -> Box | None:
    """The first place around a dot, nearest first and to the upper left first, that covers no other."""
    x, y = at
    for distance in range(12, 240, 10):
        for angle in (180, 150, 120, 210, 90, 240, 60, 270, 0, 30, 300, 330):
            cx = x + (distance + width / 2) * math.cos(math.radians(angle))
            cy = y - (distance + 9) * math.sin(math.radians(angle))
            box = (cx - width / 2, cy - 9, cx + width / 2, cy + 9)
            inside = (
                box[0] > plot.left and box[2] < plot.right + 20 and plot.head - 8 < box[1] < plot.floor - 20
            )
            if inside and not any(_overlap(box, other) for other in taken):
                return box
    return None


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _leader(box: Box, at: Point) -> list[str]:
    """A line from a label that is not beside its dot."""
    left, top, right, bottom = box
    nearest = (min(max(at[0], left), right), min(max(at[1], top), bottom))
    return [segment(*nearest, *at, INK, 0.8)] if math.dist(nearest, at) > 16 else []


def _label(box: Box, text: str) -> str:
    middle = (box[0] + box[2]) / 2
    return _plate(box) + written(middle, box[1] + 14, text, anchor="middle", more=' font-weight="bold"')


def _plate(box: Box) -> str:
    """White behind a label, so that it reads on the cloud."""
    left, top, right, bottom = map(length, (box[0], box[1], box[2] - box[0], box[3] - box[1]))
    return f'<rect x="{left}" y="{top}" width="{right}" height="{bottom}" rx="3" fill="#fff" fill-opacity="0.85"/>'


def _key(plot: _Plot, cloud: Sequence[Cell], marks: Sequence[Mark], texts: Texts) -> list[Placed]:
    """Under the axis: the signs that were used, and what they mean."""
    signs: list[tuple[Sign, str]] = [(_grey_patch, texts["cloud"])] if cloud else []
    signs += [(_dotted(level), texts[level]) for level in _used(mark.level for mark in marks)]
    if any(mark.expected is not None for mark in marks):
        signs.append((_dash, texts["expected"]))
    return list(_placed(signs, plot.left - 40, plot.floor + 65, plot.right + 10))


def _dash(x: float, y: float) -> str:
    return segment(x, y, x + 18, y, INK, 2.4)


def _dotted(level: str) -> Sign:
    return lambda x, y: _dot(x + 9, y, level, 6)


def _grey_patch(x: float, y: float) -> str:
    return "".join(
        f'<rect x="{length(x + 6 * place)}" y="{length(y - 6)}" width="6.5" height="12" fill="{grey}"/>'
        for place, grey in enumerate(_GREYS[::2])
    )


def _used(levels: Iterable[str]) -> list[str]:
    found = set(levels)
    return [level for level in _LEVELS if level in found]


def _placed(signs: Sequence[tuple[Sign, str]], left: float, top: float, right: float) -> Iterator[Placed]:
    """Side by side, in a new row where the line is full."""
    x, y = left, top
    for sign, text in signs:
        width = 26 + len(text) * 8.2 + 14
        if x > left and x + width > right:
            x, y = left, y + 20
        yield sign, (x, y), text
        x += width


def _legend(key: Iterable[Placed]) -> Iterator[str]:
    for sign, (x, y), text in key:
        yield sign(x, y)
        yield written(x + 26, y + 5, text, size=13)


# --- the cluster as a graph ---


def cluster_graph(labels: Sequence[str], edges: Sequence[Edge], texts: Texts) -> str:
    """Participants on a circle in the order given, from the top and clockwise; a line joins each pair.

    A line that would run through a third participant bends inwards. Up to COUNTED lines bear their number of
    identical answers. Two participants lie side by side.
    """
    ring = _ring(len(labels))
    places = {label: place for place, label in enumerate(labels)}
    ordered = sorted(edges, key=lambda edge: (-_LEVELS.index(edge.level), edge.a, edge.b))
    curves = [ring.curve(places[edge.a], places[edge.b]) for edge in ordered]
    thin = min(1.0, max(0.15, THICK / max(len(edges), 1)))
    drawn = [
        _joined(curve, edge.level, 1.0 if edge.level == "recommend" else thin)
        for curve, edge in zip(curves, ordered, strict=True)
    ]
    if len(edges) <= COUNTED:
        drawn += [_count(curve, edge.identical) for curve, edge in zip(curves, ordered, strict=True)]
    drawn += [_node(*ring.at(place), label) for place, label in enumerate(labels)]
    signs = [(_sample(level), texts[level]) for level in _used(edge.level for edge in edges)]
    drawn += _legend(_placed(signs, 8, ring.lowest + 10, 8))  # one under another
    return picture(2 * ring.x, ring.lowest + 4 + 20 * len(signs), drawn, " – ".join(labels))


@dataclass(frozen=True)
class _Ring:
    """`count` places on a circle around (x, y), clockwise from the angle `start`."""

    count: int
    radius: float
    start: float
    x: float
    y: float

    def at(self, place: int) -> Point:
        angle = self.start + 2 * math.pi * place / self.count
        return (self.x + self.radius * math.cos(angle), self.y + self.radius * math.sin(angle))

    @property
    def lowest(self) -> float:
        """Under the lowest circle."""
        return max(self.at(place)[1] for place in range(self.count)) + 22

    def curve(self, a: int, b: int) -> Curve:
        """A straight line between neighbours; others keep clear of the circles between them."""
        start, end = self.at(a), self.at(b)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        bend = self._bend(min(abs(a - b), self.count - abs(a - b)))
        return (start, (_between(middle[0], self.x, bend), _between(middle[1], self.y, bend)), end)

    def _bend(self, step: int) -> float:
        """How far from the chord towards the centre the control point lies, from 0 to 1."""
        depth = self.radius * (1 - math.cos(math.pi * step / self.count))
        wanted = 14 + 8 * step
        return 0.0 if step == 1 or depth >= wanted else min(1.0, 2 * (wanted - depth) / (self.radius - depth))


def _ring(count: int) -> _Ring:
    """Neighbours are never nearer than 43; two lie on a level."""
    if count <= 2:
        return _Ring(count, 90.0, math.pi, 120.0, 30.0)
    radius = max(84.0, count * 44 / (2 * math.pi))
    return _Ring(count, radius, -math.pi / 2, max(radius + 22, 120.0), radius + 22)


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _joined(curve: Curve, level: str, thin: float = 1.0) -> str:
    (x0, y0), (x1, y1), (x2, y2) = curve
    width = f"{_WIDTHS[level] * thin:.2f}".rstrip("0").rstrip(".")
    stroke = f'stroke="{SKY if level == "recommend" else MIST}" stroke-width="{width}"'
    path = f"M{length(x0)} {length(y0)}Q{length(x1)} {length(y1)} {length(x2)} {length(y2)}"
    return f'<path d="{path}" fill="none" {stroke}{_DASHES[level]}/>'


def _sample(level: str) -> Sign:
    return lambda x, y: _joined(((x, y), (x + 10, y), (x + 20, y)), level)


def _count(curve: Curve, identical: int) -> str:
    """Off the middle of the line, so that crossing lines do not meet at their figures."""
    share = 0.42
    x, y = (
        _between(_between(a, b, share), _between(b, c, share), share) for a, b, c in zip(*curve, strict=True)
    )
    half = len(str(identical)) * 4.5 + 4
    plate = block(x - half, y - 10, 2 * half, 20, "#fff", ' rx="4"')
    return plate + written(x, y + 5, str(identical), anchor="middle")


def _node(x: float, y: float, label: str) -> str:
    circle = (
        f'<circle cx="{length(x)}" cy="{length(y)}" r="16" fill="#fff" stroke="{INK}" stroke-width="1.8"/>'
    )
    size = 15 if len(label) < 3 else 12
    return circle + written(x, y + 5, label, size=size, anchor="middle", more=' font-weight="bold"')
