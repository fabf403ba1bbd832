"""The tables of a case, each cell read by the reader of its feed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import polars as pl

from jobs.cases.people import Cast
from jobs.cases.short import aliases, all_cells, as_rows, as_text, spelled_out
from jobs.cases.written import Case, CaseFault, Cases, Row
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.pipeline import (
    entry_of,
)
from jobs.rulebook import Rulebook, Stage

_PIECE = re.compile(r"(\d*)(\D)")


@dataclass(frozen=True)
class _Written:
    """A row of text, and what the case calls it."""

    alias: str | None
    cells: dict[str, str]


class FeedTables:
    """What the files of a case would bring, read as the intake reads them; what is refused is a failure. `named`:
    what each row of a feed is called; `lined`: its rows with their lines."""

    def __init__(self, book: Rulebook, cases: Cases, case: Case, people: Cast) -> None:
        self.book, self.cases, self.case, self.people = book, cases, case, people
        self.failures: list[str] = []
        self.named: dict[str, list[str | None]] = {}
        self.lined: dict[str, pl.DataFrame] = {}
        feeds = (*self.case.feeds, *self.cases.always, *self.cases.people.everybody)
        for feed in dict.fromkeys(feeds):
            self._read(feed, list(self._rows(feed)))

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The rows of each feed as its reader has them."""
        return {feed: rows.drop("line") for feed, rows in self.lined.items()}

    def entries(self, stage: Stage) -> Mapping[str, frozenset[str]]:
        """The entries of a stage by the alias that a row was given: its `called`, else its `who`."""
        while stage.entries not in FEEDS and stage.become is None:
            stage = self.book.stage(stage.entries)
        if stage.become is not None or stage.entries not in self.lined:
            return {}
        named = self.named[stage.entries]
        made: dict[str, set[str]] = {}
        rows = self.lined[stage.entries].select("line", entry=entry_of(stage)).drop_nulls()
        for line, entry in rows.iter_rows():
            made.setdefault(named[line - 1] or "", set()).add(entry)
        return {alias: frozenset(entries) for alias, entries in made.items() if alias}

    def _rows(self, feed: str) -> Iterator[_Written]:
        rows = as_rows(self.case.feeds.get(feed, self.cases.always.get(feed, [])))
        for row in [*(self._everybody(feed, rows) if feed in self.cases.people.everybody else ()), *rows]:
            yield from self._spelled(feed, {**self._usual(feed, row), **row})

    def _usual_rows(self, feed: str) -> list[dict[str, Any]]:
        usual = self.cases.usual.get(feed, {})
        return [usual] if isinstance(usual, dict) else usual or [{}]

    def _everybody(self, feed: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """A row of each usual one for everybody of whom neither a written row nor `absent` is."""
        absent = {alias for key in self.case.absent.get(feed, []) for alias in spelled_out(key)}
        usual = self._usual_rows(feed)
        first = next(iter(usual[0]), "") if len(usual) > 1 else ""
        told = {(alias, self._cell(feed, row, first)) for row in rows for alias in aliases(row.get("who"))}
        for alias in self.people.aliases:
            for row in usual:
                if alias not in absent and (alias, row.get(first)) not in told:
                    yield {"who": alias} | ({first: row.get(first, "")} if first else {})

    def _cell(self, feed: str, row: Row, name: str) -> Any:
        return {**self._of_stage(feed), **row}.get(name)

    def _usual(self, feed: str, row: Row) -> dict[str, Any]:
        """What a row does not say: what makes it one of the stage that is asked about, and what is usual of it."""
        usual = self._usual_rows(feed)
        if len(usual) > 1:
            first = next(iter(usual[0]))
            usual = [each for each in usual if each.get(first) == self._cell(feed, row, first)] or [{}]
        return {**self._of_stage(feed), **usual[0]}

    def _of_stage(self, feed: str) -> Row:
        """What makes a row one of the stage that is asked about."""
        stage = self.book.stage(self.case.stage)
        own = stage.only if stage.entries == feed else {}
        return {name: value if isinstance(value, str) else value[0] for name, value in own.items()}

    def _spelled(self, feed: str, row: dict[str, Any]) -> Iterator[_Written]:
        """One row of text for each person, each combination of listed cells and each cell of a table."""
        people: list[str | None] = [*aliases(row.get("who"))]
        for who in people or [None]:
            cells = {name: cell for name, cell in row.items() if name not in ("who", "called")}
            column = self.people.column(feed)
            if who is not None and column is not None:
                cells.setdefault(column, "{who}")
            own = {} if who is None else {"who": self.people.ids.get(who, who)}
            called = self.people.filled(str(row.get("called", who or "")), own)
            named = own | ({"called": called} if called else {})
            for one in self._spread(feed, cells):
                filled = {name: self.people.filled(as_text(cell), named) for name, cell in one.items()}
                yield _Written(called or None, self._answered(feed, filled, who))

    def _answered(self, feed: str, cells: dict[str, str], who: str | None) -> dict[str, str]:
        """`answers = "36A 4B"` as the columns of 40 items."""
        repeated = FEEDS[feed].repeated
        if repeated is None or "answers" not in cells:
            return cells
        answers = ""
        for piece in cells["answers"].split():
            found = _PIECE.fullmatch(piece)
            if found is None:
                raise CaseFault(f"{self.case.says!r}: {piece!r} are no answers; write them as in 36A 4B.")
            count = int(found[1] or 1)
            own = self.people.errors(who, range(len(answers), len(answers) + count))
            answers += own if found[2] == "*" else found[2] * count
        head = repeated.partition("(")[0]
        items = {f"{head}{item}": letter.strip(".") for item, letter in enumerate(answers, start=1)}
        return {name: cell for name, cell in cells.items() if name != "answers"} | items

    def _spread(self, feed: str, cells: dict[str, Any]) -> Iterator[dict[str, Any]]:
        tables = {name: cell for name, cell in cells.items() if isinstance(cell, dict)}
        parts = [list(self._leaves(feed, name, table)) for name, table in tables.items()]
        for chosen in product(*parts):
            one = {name: cell for name, cell in cells.items() if name not in tables}
            for part in chosen:
                one |= part
            lists = {name: all_cells(cell) for name, cell in one.items() if isinstance(cell, list)}
            for values in product(*lists.values()):
                yield one | dict(zip(lists, values, strict=True))

    def _leaves(self, feed: str, name: str, table: Row) -> Iterator[dict[str, Any]]:
        """The cells of a table of tables, each with the keys that lead to it, in the columns of [spread]."""
        columns = self.cases.spread.get(feed, {}).get(name)
        depth = _depth(table)
        if columns is None or depth > len(columns):
            key = f"spread.{feed}.{name}"
            raise CaseFault(
                f"{self.case.says!r}: {key} does not say to which columns {depth} levels of keys belong."
            )
        for keys, cell in _walked(table):
            yield {**dict(zip(columns[-depth:], keys, strict=True)), name: cell}

    def _read(self, feed: str, written: list[_Written]) -> None:
        rows = [each.cells for each in written]
        names = list(dict.fromkeys(name for row in rows for name in row))
        for name in set(names) - FEEDS[feed].spellings().keys() - _of_items(feed, names):
            raise CaseFault(f"{self.case.says!r}: {feed} has no column {name}.")
        lines = pl.Series("line", range(1, len(rows) + 1), dtype=pl.Int64)
        cells = [pl.Series(name, [row.get(name, "") for row in rows], dtype=pl.String) for name in names]
        assume = self.book.assume.get(feed, {})
        reading = read_rows(
            FEEDS[feed], pl.DataFrame([lines, *cells]), zone=self.book.timezone, assume=assume
        )
        self._check_refused(feed, reading.refused)
        self.named[feed], self.lined[feed] = [each.alias for each in written], reading.rows

    def _check_refused(self, feed: str, refused: pl.DataFrame) -> None:
        expected = set(self.case.refused.get(feed, []))
        for line, column, _, why in refused.iter_rows():
            if column not in expected:
                self.failures.append(f"row {line} of {feed} is refused: {column} {why}")
        for column in sorted(expected - set(refused["column"])):
            self.failures.append(f"no row of {feed} is refused for its {column}")


def _of_items(feed: str, names: Sequence[str]) -> set[str]:
    patterns = FEEDS[feed].patterns
    return {name for name in names if any(re.fullmatch(pattern, name) for pattern in patterns)}


def _depth(table: Any) -> int:
    return 1 + max(map(_depth, table.values()), default=0) if isinstance(table, dict) else 0


def _walked(table: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(table, dict):
        yield keys, table
        return
    for key, below in table.items():
        yield from _walked(below, (*keys, key))
