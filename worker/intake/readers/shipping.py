"""The last step of every reader: rows of cells are judged, packed and counted.

A cell is looked at only where one search over its whole chunk says that something is there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

from jobs.kazakh import tidy
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
_PLAIN_OPENINGS: Final = frozenset("0123456789")
LONGEST_TOTAL: Final = 10
# A row whose first cell is blank, starts with white space or is a word of totals deserves a closer look; the
# delimiters are there for callers that cut the opening off an uncut line.
_PERHAPS_PASSED: Final = re.compile(rf"^(?:[\s;,|]|$|{_TOTALS})", re.MULTILINE)


@dataclass
class Shipper:
    """Judges and packs the rows of one file under one heading; `width` is the cells a row must have, `lacking` the
    places of columns that the heading grants and the file's opening has not."""

    heading: Heading
    width: int
    mending: Mending
    limits: Limits
    repaired: int = 0  # characters mended so far, the header's included
    lacking: list[int] = field(default_factory=list)
    rows: int = 0
    refused: int = 0
    passed: int = 0
    _formulas: int = 0
    _seen: int = 0
    _take: list[int] = field(init=False)
    _notices: list[Wire] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._take = list(self.heading.places)

    def recognised(self, header_line: int) -> Recognised:
        """The frame that opens the rows."""
        columns = list(self.heading.places.values())
        return Recognised(self.heading.feed, columns, self.heading.ignored, header_line)

    def pass_over(self, line: int, code: str, why: str) -> None:
        """Count a line that is no data; the first thousand are told with the next rows."""
        self.passed += 1
        if self.passed <= PASSED_TOLD:
            self._notices.append(Passed(line, code, why))

    def refuse(self, line: int, column: str | None, code: str, why: str) -> None:
        """Count a row that is not taken; it is told with the next rows."""
        self.refused += 1
        self._notices.append(RefusedRow(line, column, code, why))

    def ship_text(self, lines: Sequence[int], cells: str) -> list[Wire]:
        """Rows already cut to `width` and joined by separators, known to hold no total, blank or long row."""
        if _UNSAFE.search(cells) or (self.mending.watch_for_losses and "?" in cells):
            flat = cells.split(SEPARATOR)
            return self.ship_rows(
                lines, [flat[at : at + self.width] for at in range(0, len(flat), self.width)]
            )
        self._count(len(lines))
        return [*self._told(), self._pack(lines, cells)]

    def ship_rows(self, lines: Sequence[int], rows: list[list[str]]) -> list[Wire]:
        """Rows as a reader cut them: passed over, refused, mended and packed."""
        self._count(len(rows))
        if self.mending.kind is not None:
            rows = [self._mended(row) for row in rows]
        if self._some_perhaps_passed(rows):
            lines, rows = self._keep(
                lines, rows, [self._is_data(line, row) for line, row in zip(lines, rows, strict=True)]
            )
        joined = list(map(SEPARATOR.join, rows))
        cells = SEPARATOR.join(joined)
        if self._some_faulty(joined, cells):
            rows = [self._freed(row) for row in rows]
            sound = [self._is_sound(line, row) for line, row in zip(lines, rows, strict=True)]
            lines, rows = self._keep(lines, rows, sound)
            cells = SEPARATOR.join(map(SEPARATOR.join, rows))
        return [*self._told(), self._pack(lines, cells)] if rows else self._told()

    def end(self, ignored_later: Iterable[str] = ()) -> list[Wire]:
        """What is left to tell and the closing frame. Raises Refusal where no row came."""
        if not self.rows + self.refused:
            raise Refusal("no-rows", "there are no rows under the header.")
        end = End(self.rows, self.refused, self.passed, self._repairs(), list(ignored_later))
        return [*self._told(), end]

    def _count(self, rows: int) -> None:
        self._seen += rows
        if self._seen > self.limits.max_rows:
            raise Refusal("too-many-rows", f"the file has more than the {self.limits.max_rows} rows allowed.")

    def _told(self) -> list[Wire]:
        told, self._notices = self._notices, []
        return told

    def _pack(self, lines: Sequence[int], cells: str) -> PackedRows:
        self.rows += len(lines)
        if "=" in cells:
            self._formulas += cells.count(SEPARATOR + "=") + cells.startswith("=")
        return PackedRows(list(lines), cells.encode(), self.width, self._take, self.lacking)

    def _mended(self, row: list[str]) -> list[str]:
        mended, count = self.mending.row(row)
        self.repaired += count
        return mended

    def _repairs(self) -> list[Repair]:
        note = "text that looks like a formula was kept as text"
        formulas = [Repair("formula-like-text", self._formulas, note)] if self._formulas else []
        return self.mending.repairs(self.repaired) + formulas

    @staticmethod
    def _keep(
        lines: Sequence[int], rows: list[list[str]], kept: list[bool]
    ) -> tuple[list[int], list[list[str]]]:
        return list(compress(lines, kept)), list(compress(rows, kept))

    # --- rows that are no data, or not of the header's width ---

    def _some_perhaps_passed(self, rows: list[list[str]]) -> bool:
        if set(map(len, rows)) != {self.width}:
            return True
        return may_be_passed([row[0][:LONGEST_TOTAL] for row in rows])

    def _is_data(self, line: int, row: list[str]) -> bool:
        first = next((text for text in map(tidy, row) if text), None)
        if first is None:
            self.pass_over(line, "blank-row", "the row is blank")
            return False
        if _TOTAL.match(first.casefold()):
            self.pass_over(line, "subtotal", "the row is a total of other rows")
            return False
        if len(row) != self.width:
            why = f"the row has {len(row)} cells where the header has {self.width}"
            self.refuse(line, None, "ragged-row", why)
            return False
        return True

    # --- rows with something in a cell that must not be there ---

    def _some_faulty(self, joined: list[str], cells: str) -> bool:
        return (
            cells.count(SEPARATOR) != max(len(joined) * self.width - 1, 0)
            or max(map(len, joined), default=0) > self.limits.max_cell_chars
            or _UNSAFE.search(cells) is not None
            or (self.mending.watch_for_losses and "?" in cells)
        )

    def _freed(self, row: list[str]) -> list[str]:
        """The row without what may not be kept in the cells that are not: captions are full of signs without width."""
        longest = self.limits.max_cell_chars
        return [
            cell if place in self.heading.kept else _UNSAFE.sub(" ", cell.replace(SEPARATOR, " "))[:longest]
            for place, cell in enumerate(row)
        ]

    def _is_sound(self, line: int, row: list[str]) -> bool:
        for place, cell in enumerate(row):
            fault = self._fault(cell) if place in self.heading.kept else None
            if fault is not None:
                self.refuse(line, self.heading.places.get(place), *fault)
                return False
        return True

    def _fault(self, cell: str) -> tuple[str, str] | None:
        if len(cell) > self.limits.max_cell_chars:
            return (
                "cell-too-long",
                f"the cell has more than the {self.limits.max_cell_chars} characters allowed",
            )
        if SEPARATOR in cell or _UNSAFE.search(cell):
            return _name_unsafe(cell)
        if self.mending.has_lost_letters(cell):
            return "letters-lost", "Kazakh letters were saved as question marks"
        return None


def may_be_passed(openings: Sequence[str]) -> bool:
    """Whether one of the rows' openings (ten characters) shows a blank first cell or could begin a total."""
    if {opening[:1] for opening in openings} <= _PLAIN_OPENINGS:
        return False
    return _PERHAPS_PASSED.search("\n".join(openings).casefold()) is not None


def _name_unsafe(cell: str) -> tuple[str, str]:
    if "\x00" in cell:
        return "nul-character", "the cell holds a NUL character"
    if "\ufffd" in cell:
        return "letters-lost", "letters were replaced by the sign U+FFFD"
    if _BIDI.search(cell):
        return "bidi-character", "the cell holds a character that turns the direction of writing"
    return "control-character", "the cell holds a control or invisible character"
