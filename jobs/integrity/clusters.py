"""Clusters of flagged pairs: connected components, how dense each is, and its largest clique.

A clique is a group of which every two were flagged; a sparse cluster may be a chain of separate events.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

import polars as pl

STEPS = 500_000  # people looked at while searching one cluster: about a second
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "cluster": pl.Int64,
    "size": pl.Int64,
    "edges": pl.Int64,
    "density": pl.Float64,
    "largest_clique": pl.Int64,
    "clique_exact": pl.Boolean,
    "members": pl.List(pl.String),
}

Graph = list[set[int]]


def clusters(edges: pl.DataFrame, *, steps: int = STEPS) -> pl.DataFrame:
    """Connected components of the graph whose edges are the rows a, b (String, a < b, unique).

    One row a component, largest first, then by first member: cluster (1, 2, …), size, edges, density (of the
    size(size-1)/2 pairs), largest_clique, clique_exact, members (sorted). The search of a component looks at
    `steps` people at most: then clique_exact is false and largest_clique a lower bound.
    """
    names = pl.concat([edges["a"], edges["b"]]).unique().sort().to_list()
    graph = _graph(edges, {name: number for number, name in enumerate(names)})
    components = sorted(_components(graph), key=lambda members: (-len(members), members[0]))
    rows = [
        (number, *_measured(graph, members, steps), [names[member] for member in members])
        for number, members in enumerate(components, start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _graph(edges: pl.DataFrame, number: dict[str, int]) -> Graph:
    graph: Graph = [set() for _ in number]
    for first, second in zip(edges["a"].to_list(), edges["b"].to_list(), strict=True):
        graph[number[first]].add(number[second])
        graph[number[second]].add(number[first])
    return graph


def _components(graph: Graph) -> Iterator[list[int]]:
    seen = [False] * len(graph)
    for start in range(len(graph)):
        if not seen[start]:
            seen[start] = True
            members = [start]
            for member in members:  # grows while it is read: breadth first
                fresh = [other for other in graph[member] if not seen[other]]
                for other in fresh:
                    seen[other] = True
                members.extend(fresh)
            yield sorted(members)


def _measured(graph: Graph, members: list[int], steps: int) -> tuple[int, int, float, int, bool]:
    size = len(members)
    edges = sum(len(graph[member]) for member in members) // 2
    possible = size * (size - 1) // 2
    clique, exact = (size, True) if edges == possible else _largest_clique(graph, members, steps)
    return size, edges, edges / possible, clique, exact


def _largest_clique(graph: Graph, members: list[int], steps: int) -> tuple[int, bool]:
    """Size of the largest clique, and whether that is certain.

    Every clique has a first member in the smallest-last order, and the rest of it among that member's later
    neighbours, of whom there are few even in a huge sparse component: one small search for each.
    """
    order = _smallest_last(graph, members)
    place = {member: position for position, member in enumerate(order)}
    search = _Search(best=_greedy(graph, order), steps=steps)
    for member in reversed(order):
        later = [other for other in graph[member] if place[other] > place[member]]
        if len(later) >= search.best and not search.run(_bits(graph, sorted(later, key=place.__getitem__))):
            return search.best, False
    return search.best, True


def _smallest_last(graph: Graph, members: list[int]) -> list[int]:
    """Again and again the person with the fewest neighbours left (Matula & Beck 1983)."""
    left = {member: len(graph[member]) for member in members}
    heap = [(degree, member) for member, degree in left.items()]
    heapify(heap)
    order = []
    while heap:
        degree, member = heappop(heap)
        if left.get(member) == degree:  # otherwise an entry that a later, smaller one replaced
            order.append(member)
            del left[member]
            for other in graph[member] & left.keys():
                left[other] -= 1
                heappush(heap, (left[other], other))
    return order


def _greedy(graph: Graph, order: list[int]) -> int:
    """A clique to begin with: whoever knows all chosen so far, from the dense end of the order."""
    chosen: set[int] = set()
    for member in reversed(order):
        if chosen <= graph[member]:
            chosen.add(member)
    return len(chosen)


def _bits(graph: Graph, people: list[int]) -> list[int]:
    """Who knows whom among `people`, a bit set for each."""
    place = {person: position for position, person in enumerate(people)}
    return [sum(1 << place[other] for other in graph[person] & place.keys()) for person in people]


@dataclass
class _Branch:
    """A clique of `size`, who may still join it, and the order to try them in with a bound on what each can give."""

    size: int
    candidates: int
    tries: list[tuple[int, int]]


@dataclass
class _Search:
    """Branch and bound with greedy colouring (Tomita & Seki 2003); `best` counts the person all candidates know."""

    best: int
    steps: int
    _stack: list[_Branch] = field(default_factory=list)

    def run(self, rows: list[int]) -> bool:
        """Search the neighbours `rows` of one person; false when the steps ran out."""
        self._stack = [self._branch(1, (1 << len(rows)) - 1, rows)]
        while self._stack and self.steps >= 0:
            branch = self._stack[-1]
            if not branch.tries or branch.size + branch.tries[-1][1] <= self.best:
                self._stack.pop()
            else:
                self._try(branch, rows)
        return self.steps >= 0

    def _try(self, branch: _Branch, rows: list[int]) -> None:
        person, _ = branch.tries.pop()
        branch.candidates &= ~(1 << person)
        self.best = max(self.best, branch.size + 1)
        if narrowed := branch.candidates & rows[person]:
            self._stack.append(self._branch(branch.size + 1, narrowed, rows))

    def _branch(self, size: int, candidates: int, rows: list[int]) -> _Branch:
        self.steps -= candidates.bit_count()
        return _Branch(size, candidates, list(_coloured(candidates, rows)))


def _coloured(candidates: int, rows: list[int]) -> Iterator[tuple[int, int]]:
    """People with the number of their colour: no two of a colour know each other, so a clique has one of each."""
    colour = 0
    while candidates:
        colour += 1
        apart = candidates
        while apart:
            lowest = apart & -apart
            person = lowest.bit_length() - 1
            candidates ^= lowest
            apart &= ~(rows[person] | lowest)
            yield person, colour
