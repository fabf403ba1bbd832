"""XLSX workbooks by calamine, after a look into the ZIP that calamine itself does not take.

calamine holds a sheet as one dense block, so one cell at XFD1048576 asks for 17 billion places and aborts the
process: the farthest cell is sought in the sheet's XML before the sheet is opened.
"""

import datetime
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Final

import python_calamine as calamine

from worker.intake.decode import Mending, doubts, examine, refuse_lost_letters
from worker.intake.frames import MIB, Job, Limits, Opened, Refusal, Wire
from worker.intake.header import HEAD_ROWS, Heading, Lexicon
from worker.intake.readers import archive
from worker.intake.readers.archive import Source
from worker.intake.readers.shipping import Shipper

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta

_SAMPLE_ROWS: Final = 1000
_PLACE_BYTES: Final = 32  # what calamine needs for one place of the block, blank or not
_LONGEST_EXACT: Final = 1e15
# Each opens with plain letters, which `re` seeks fast. A sheet written to evade them meets the memory limit.
_COLUMN: Final = re.compile(rb' r="([A-Z]{1,3})')
_ROW: Final = re.compile(rb'row r="(\d{1,7})"')
_FAR_CELL: Final = re.compile(rb' r="[A-Z]{1,3}(\d{6,7})"')
_FAR: Final = 100_000
_OVERLAP: Final = 512
_DOCTYPE: Final = b"<!DOCTYPE"


@dataclass(frozen=True)
class _Found:
    name: str
    sheet: calamine.CalamineSheet
    heading: Heading


def read(source: Source, job: Job) -> Iterator[Wire]:
    """The frames of the one sheet of the workbook that has a header we know. Raises Refusal."""
    book = source.path if source.member is None else _whole(source, job.limits)
    _look_over(book, job.limits)
    if isinstance(book, BytesIO):
        book.seek(0)
    try:
        found = _recognised_sheet(calamine.load_workbook(book), job)
    except calamine.CalamineError as fault:
        raise Refusal("damaged", "the workbook cannot be read: save it anew as .xlsx or CSV.") from fault
    yield from _ship(found, source, job)


def _ship(found: _Found, source: Source, job: Job) -> Iterator[Wire]:
    cells = islice(found.sheet.iter_rows(), _SAMPLE_ROWS)
    sample = [_as_text(row) for row in cells]
    opening = "\n".join("\n".join(row) for row in sample)
    refuse_lost_letters(cell for row in sample for cell in found.heading.kept_of(row))
    mending = examine(opening)
    mended = mending.row(sample[found.heading.row])[1]
    shipper = Shipper(found.heading, len(sample[0]), mending, job.limits, mended)
    repairs = mending.repairs(mending.cell(opening)[1]) + doubts(opening, mending)
    yield Opened("xlsx", "utf-8", sheet=found.name, member=source.member, repairs=repairs)
    yield shipper.recognised(found.heading.row + 1)
    for line in range(1, found.heading.row + 1):
        shipper.pass_over(line, "title-row", "the row stands above the header")
    rows = islice(found.sheet.iter_rows(), found.heading.row + 1, None)
    line = found.heading.row + 2
    while chunk := [_as_text(row) for row in islice(rows, job.chunk_rows)]:
        yield from shipper.ship_rows(range(line, line + len(chunk)), chunk)
        line += len(chunk)
    yield from shipper.end()


# --- which sheet ---


def _recognised_sheet(workbook: calamine.CalamineWorkbook, job: Job) -> _Found:
    """The one visible sheet with a header we know. Raises Refusal for none and for two."""
    lexicon, found, refusals = Lexicon(job.vocabulary), [], []
    for at, meta in enumerate(workbook.sheets_metadata):
        if not _is_table(meta):
            continue
        sheet = workbook.get_sheet_by_index(at)
        try:
            heading = _heading(sheet, lexicon, job.limits)
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            found.append(_Found(meta.name, sheet, heading))
    return _only(found, refusals)


def _only(found: list[_Found], refusals: list[Refusal]) -> _Found:
    stern = [refusal for refusal in refusals if refusal.code not in ("no-feed", "empty-sheet")]
    if stern:
        raise stern[0]
    if len(found) > 1:
        raise Refusal("two-sheets", f"{len(found)} sheets have a header that we know; leave one of them.")
    if not found:
        nearest = [refusal for refusal in refusals if refusal.code == "no-feed"]
        raise nearest[0] if nearest else Refusal("empty-file", "the workbook has no filled visible sheet.")
    return found[0]


def _is_table(meta: calamine.SheetMetadata) -> bool:
    return meta.typ == calamine.SheetTypeEnum.WorkSheet and meta.visible == calamine.SheetVisibleEnum.Visible


def _heading(sheet: calamine.CalamineSheet, lexicon: Lexicon, limits: Limits) -> Heading:
    head = [_as_text(row) for row in islice(sheet.iter_rows(), HEAD_ROWS)]
    if not head:
        raise Refusal("empty-sheet", "the sheet is empty.")
    if len(head[0]) > limits.max_columns:
        raise Refusal(
            "too-many-columns", f"the sheet has {len(head[0])} columns; {limits.max_columns} are allowed."
        )
    mending = _mending(head)
    return lexicon.find([[mending.cell(cell)[0] for cell in row] for row in head])


def _mending(rows: list[list[str]]) -> Mending:
    return examine("\n".join("\n".join(row) for row in rows))


# --- cells as text ---


def _as_text(row: list[Cell]) -> list[str]:
    return [cell if type(cell) is str else _TEXT[type(cell)](cell) for cell in row]


def _number(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() and abs(cell) < _LONGEST_EXACT else repr(cell)


def _instant(cell: datetime.datetime) -> str:
    """Excel keeps days as a binary fraction: the nearest second is what was typed."""
    rounded = (cell + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
    return rounded.isoformat(sep=" ")


_TEXT: Final[dict[type, Callable[..., str]]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda cell: "1" if cell else "0",
    datetime.date: datetime.date.isoformat,
    datetime.datetime: _instant,
    datetime.time: lambda cell: cell.isoformat(timespec="seconds"),
    datetime.timedelta: str,
}


# --- the look into the ZIP ---


def _whole(source: Source, limits: Limits) -> BytesIO:
    """A workbook inside a ZIP, in memory. Raises Refusal above an eighth of the child's memory."""
    most = limits.memory_bytes // 8
    with source.open() as stream:
        packed = stream.read(most + 1)
    if len(packed) > most:
        raise Refusal(
            "too-large", f"the workbook in the archive is larger than {most // MIB} MB; send it by itself."
        )
    return BytesIO(packed)


def _look_over(path: Path | BytesIO, limits: Limits) -> None:
    with zipfile.ZipFile(path) as book:
        found = archive.within_limits(book, limits)
        archive.refuse_nested(found)
        for entry in found:
            if entry.filename.endswith((".xml", ".rels")):
                _refuse_doctype(book, entry)
            if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                _refuse_sparse(book, entry, limits)


def _refuse_doctype(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with book.open(entry) as stream:
        if _DOCTYPE in stream.read(4096):
            raise Refusal(
                "doctype", "the workbook holds a document type definition (DOCTYPE); these are not taken."
            )


def _refuse_sparse(book: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> None:
    columns, rows = _extent(book, entry)
    places = columns * rows
    if places * _PLACE_BYTES > limits.memory_bytes:
        raise Refusal(
            "sparse-sheet",
            f"a sheet reaches to row {rows} and column {columns}, too far to hold; delete the blank rows and "
            "columns after the table.",
        )


def _extent(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """The farthest column and row that a cell of the sheet names (rows to within `_FAR` cells' honesty)."""
    letters: set[bytes] = set()
    rows, tail = 1, b""
    with book.open(entry) as sheet:
        while block := sheet.read(MIB):
            text = tail + block
            letters.update(_COLUMN.findall(text))
            rows = max(rows, max(map(int, _ROW.findall(text)), default=1))
            if rows < _FAR:
                rows = max(rows, max(map(int, _FAR_CELL.findall(text)), default=1))
            tail = text[-_OVERLAP:]
    return max(map(_column_number, letters), default=1), rows


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
