"""Tables as one Excel workbook that people read: headings, widths, number formats, nothing that a cell executes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same content makes the same bytes
_MOST_ROWS = 1_048_575  # below the heading
_WIDEST, _NARROWEST = 60, 9
_MEASURED = 500  # rows by which the width of a column is chosen
_MANY = 20_000  # rows of a file from which on each is written to a temporary file at once and not kept

Kind = Literal["text", "whole", "decimal"]
Cell = str | int | float | None


@dataclass(frozen=True)
class Sheet:
    """A table: the name of its tab, its headings with the kind of what is below, and its rows."""

    name: str
    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet], title: str, author: str, *, read_only: bool) -> bytes:
    """The sheets in a file; `read_only`: whoever opens it is told that it is for reading."""
    out = io.BytesIO()
    keeps = sum(len(sheet.rows) for sheet in sheets) < _MANY
    room = {"in_memory": True} if keeps else {"constant_memory": True}
    book = xlsxwriter.Workbook(out, {**room, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _MADE, "title": title, "author": author})
    if read_only:
        book.read_only_recommended()
    looks = _Looks(
        head=book.add_format(
            {"bold": True, "bg_color": "#DCE9EE", "bottom": 2, "text_wrap": True, "valign": "top"}
        ),
        cells={
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "whole": book.add_format({"num_format": "#,##0", "valign": "top"}),
            "decimal": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        },
    )
    for sheet in sheets:
        for number, first in enumerate(range(0, max(1, len(sheet.rows)), _MOST_ROWS)):
            name = sheet.name[:31] if number == 0 else f"{sheet.name[:27]} {number + 1}"
            _fill(
                book.add_worksheet(name), sheet, range(first, min(first + _MOST_ROWS, len(sheet.rows))), looks
            )
    book.close()
    return out.getvalue()


@dataclass(frozen=True)
class _Looks:
    head: Format
    cells: dict[Kind, Format]


def _fill(tab: Worksheet, sheet: Sheet, numbers: range, looks: _Looks) -> None:
    """Row by row from the top, each cell once: of a large file no row stays in memory."""
    first = [sheet.rows[number] for number in islice(numbers, _MEASURED)]
    for at, (heading, _) in enumerate(sheet.columns):
        tab.write_string(0, at, heading, looks.head)
        tab.set_column(at, at, _width(heading, [row[at] for row in first]))
    kinds = [looks.cells[kind] for _, kind in sheet.columns]
    for line, number in enumerate(numbers, start=1):
        for at, (value, look) in enumerate(zip(sheet.rows[number], kinds, strict=True)):
            _write(tab, line, at, value, look)
    tab.freeze_panes(1, 1)
    tab.autofilter(0, 0, len(numbers), max(0, len(sheet.columns) - 1))
    tab.set_landscape()
    tab.set_paper(9)
    tab.fit_to_pages(1, 0)
    tab.repeat_rows(0)


def _write(tab: Worksheet, row: int, at: int, value: Cell, look: Format) -> None:
    if isinstance(value, str):
        tab.write_string(row, at, value, look)
    elif value is not None:
        tab.write_number(row, at, value, look)


def _width(heading: str, values: Sequence[Cell]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    words = max((len(word) for word in heading.split()), default=0)
    return min(_WIDEST, max(_NARROWEST, longest + 2, words + 4))
