"""Tables as people really write them into files: Excel, the encodings of Kazakhstan, XML, and what goes wrong.

Every writer is deterministic: the same table gives the same bytes, at any hour and on any machine.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import xlsxwriter
from lxml import etree

Cell = str | int | date | datetime | None
Row = tuple[Cell, ...]

_CREATED = datetime(2026, 1, 1, tzinfo=UTC)  # a workbook would otherwise carry the moment it was made
_LOOKALIKES = str.maketrans("іІә", "iIə")  # Cyrillic to the Latin letters of the same look


@dataclass(frozen=True)
class Table:
    """Headers and rows; a row may be longer than the headers, as a ragged file's rows are."""

    headers: tuple[str, ...]
    rows: Sequence[Row]


def csv_text(table: Table, delimiter: str = ";") -> str:
    """The table as CSV with CRLF; dates as 31.05.2013, moments as 31.05.2013 09:00:00, as Excel shows them."""
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(table.headers)
    writer.writerows([_shown(cell) for cell in row] for row in table.rows)
    return sink.getvalue()


def _shown(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%d.%m.%Y %H:%M:%S")
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    return "" if cell is None else str(cell)


def utf8(table: Table, delimiter: str = ",") -> bytes:
    """Plain UTF-8."""
    return csv_text(table, delimiter).encode()


def utf8_with_bom(table: Table) -> bytes:
    """ "CSV UTF-8" as Excel saves it in a country of decimal commas."""
    return csv_text(table).encode("utf-8-sig")


def kz1048(table: Table) -> bytes:
    """One byte a letter by STRK 1048-2002, as Kazakhstan's older programs export."""
    return csv_text(table).encode("kz1048")


def utf16_tabs(table: Table) -> bytes:
    """ "Unicode text" as Excel saves it: UTF-16 little-endian with its mark, tab-separated."""
    return b"\xff\xfe" + csv_text(table, "\t").encode("utf-16-le")


def misread_kz1048(table: Table) -> bytes:
    """KZ-1048 that somebody opened as cp1251 and saved as UTF-8: every letter is there, sixteen look wrong."""
    return kz1048(table).decode("cp1251").encode()


def letters_lost(table: Table) -> bytes:
    """Saved as cp1251, which has no Kazakh letters: each has become a question mark, for good."""
    return csv_text(table).encode("cp1251", "replace")


def lookalikes(table: Table) -> bytes:
    """Typed with Latin i and ə among Cyrillic letters; UTF-8."""
    return csv_text(table).translate(_LOOKALIKES).encode()


def excel_lost_zeros(table: Table, columns: Sequence[int]) -> bytes:
    """KZ-1048 CSV that Excel opened and saved: in `columns` leading zeros are gone."""
    return kz1048(Table(table.headers, [_without_zeros(row, columns) for row in table.rows]))


def _without_zeros(row: Row, columns: Sequence[int]) -> Row:
    return tuple(str(cell).lstrip("0") if at in columns else cell for at, cell in enumerate(row))


def xml(table: Table, root: str, record: str) -> bytes:
    """`<root><record><header>cell</header>…`: headers are element names, dates ISO, empty cells left out."""
    tree = etree.Element(root)
    for row in table.rows:
        element = etree.SubElement(tree, record)
        for name, cell in zip(table.headers, row, strict=True):
            if cell is not None:
                etree.SubElement(element, name).text = (
                    cell.isoformat() if isinstance(cell, date) else str(cell)
                )
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def xlsx(table: Table, titles: Sequence[str] = (), sheet: str = "1") -> bytes:
    """A workbook of one sheet: each title merged over all columns, then the headers, then the rows."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "default_date_format": "dd.mm.yyyy hh:mm:ss"})
    book.set_properties({"created": _CREATED})
    page = book.add_worksheet(sheet)
    bold = book.add_format({"bold": True, "align": "center", "border": 1})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for line, title in enumerate(titles):
        page.merge_range(line, 0, line, len(table.headers) - 1, title, bold)
    page.write_row(len(titles), 0, table.headers, bold)
    for line, row in enumerate(table.rows, start=len(titles) + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(line, column, cell)
            elif isinstance(cell, datetime):
                page.write_datetime(line, column, cell)
            elif isinstance(cell, date):
                page.write_datetime(line, column, cell, day)
            elif cell is not None:
                page.write_number(line, column, cell)
    book.close()
    return sink.getvalue()


def with_subtotals(table: Table, by: int, word: str = "Барлығы") -> Table:
    """Rows numbered in a first column «№», a subtotal after each run of equal cells in column `by`, a grand total."""
    width = len(table.headers)
    rows: list[Row] = []
    run = 0
    for number, row in enumerate(table.rows, start=1):
        rows.append((number, *row))
        run += 1
        if number == len(table.rows) or table.rows[number][by] != row[by]:
            rows.append((f"{word}: {row[by]}", run, *[None] * (width - 1)))
            run = 0
    rows.append((word, len(table.rows), *[None] * (width - 1)))
    return Table(("№", *table.headers), rows)
