"""The last step of every reader: rows of cells are judged, packed and counted.

A cell is looked at only where one search over its whole chunk says that something is there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

from worker.intake.decode import Mending
from worker.intake.frames import (
    SEPARATOR,
    End,
    Limits,
    PackedRows,
    Passed,
    Recognised,
    Refusal,
    RefusedRow,
    Repair,
    Wire,
)
from worker.intake.header import Heading

PASSED_TOLD: Final = 1000

# Controls but for tab and line ends, bidi controls, characters without width, U+FFFD and non-characters.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1e\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TOTALS: Final = "барлығы|барлыгы|жиыны|итого|всего|қорытынды"
_TOTAL: Final = re.compile(rf"(?:{_TOTALS})(?!\w)")
_LONGEST_TOTAL: Final = 10
# A line whose first cell is blank, starts with white space or is a word of totals deserves a closer look.
PERHAPS_PASSED: Final = re.compile(rf"^(?:\s|$|{_TOTALS})", re.MULTILINE)


@dataclass
class Shipper:
    """Judges and packs the rows of one file under one heading; `width` is the cells a row must have."""

    heading: Heading
    width: int
    mending: Mending
    limits: Limits
    repaired: int = 0
    rows: int = 0
    refused: int = 0
    passed: int = 0
    formulas: int = 0
    seen: int = 0
    take: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.take = list(self.heading.places)

    def recognised(self, header_line: int) -> Recognised:
        """The frame that opens the rows."""
        columns = list(self.heading.places.values())
        return Recognised(self.heading.feed, columns, self.heading.ignored, header_line)

    def pass_over(self, line: int, code: str, why: str) -> Iterator[Wire]:
        """Count a line that is no data; tell the first thousand."""
        self.passed += 1
        if self.passed <= PASSED_TOLD:
            yield Passed(line, code, why)

    def refuse(self, line: int, column: str | None, code: str, why: str) -> Iterator[Wire]:
        """Count and tell a row that is not taken."""
        self.refused += 1
        yield RefusedRow(line, column, code, why)

    def ship_text(self, lines: Sequence[int], cells: str) -> Iterator[Wire]:
        """Rows already cut to `width` and joined by separators, known to hold no total, blank or long row."""
        if _UNSAFE.search(cells) or (self.mending.watch_for_losses and "?" in cells):
            flat = cells.split(SEPARATOR)
            yield from self.ship_rows(
                lines, [flat[at : at + self.width] for at in range(0, len(flat), self.width)]
            )
            return
        self._count(len(lines))
        yield self._pack(lines, cells)

    def ship_rows(self, lines: Sequence[int], rows: list[list[str]]) -> Iterator[Wire]:
        """Rows as a reader cut them: passed over, refused, mended and packed."""
        self._count(len(rows))
        if self.mending.kind is not None:
            rows = [self._mended(row) for row in rows]
        lines, rows = yield from self._without_passed(lines, rows)
        joined = [SEPARATOR.join(row) for row in rows]
        if self._has_faults(joined):
            sound = yield from self._sound(lines, rows)
            lines, joined = list(compress(lines, sound)), list(compress(joined, sound))
        if joined:
            yield self._pack(lines, SEPARATOR.join(joined))

    def end(self, ignored_later: Sequence[str] = ()) -> End:
        """The closing frame. Raises Refusal where the header has nothing under it."""
        if not self.rows + self.refused:
            raise Refusal("no-rows", "there are no rows under the header.")
        return End(self.rows, self.refused, self.passed, self._repairs(), list(ignored_later))

    def _count(self, rows: int) -> None:
        self.seen += rows
        if self.seen > self.limits.max_rows:
            raise Refusal("too-many-rows", f"the file has more than the {self.limits.max_rows} rows allowed.")

    def _pack(self, lines: Sequence[int], cells: str) -> PackedRows:
        self.rows += len(lines)
        if "=" in cells:
            self.formulas += cells.count(SEPARATOR + "=") + cells.startswith("=")
        return PackedRows(list(lines), cells, self.width, self.take)

    def _mended(self, row: list[str]) -> list[str]:
        mended, count = self.mending.row(row)
        self.repaired += count
        return mended

    def _repairs(self) -> list[Repair]:
        note = "text that looks like a formula was kept as text"
        formulas = [Repair("formula-like-text", self.formulas, note)] if self.formulas else []
        return self.mending.repairs(self.repaired) + formulas

    # --- rows that are no data, or not of the header's width ---

    def _without_passed(
        self, lines: Sequence[int], rows: list[list[str]]
    ) -> Iterator[Wire]:  # a generator that also returns (lines, rows)
        raise NotImplementedError
