"""Tables as people really write them into files: Excel, Kazakhstan's encodings, XML, and what goes wrong.

Every writer is deterministic: the same table gives the same bytes, at any hour and on any machine.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Literal

import xlsxwriter
from lxml import etree
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | date | datetime | None
Row = tuple[Cell, ...]
Words = Literal["kk", "ru", "en"]

HEADERS: Mapping[str, Mapping[Words, str]] = {
    "roster": {
        "en": "iin|surname|name|patronymic|birth_date|sex|school_id|school|grade|class|region|district|"
        "locality|language",
        "kk": "ЖСН|Тегі|Аты|Әкесінің аты|Туған күні|Жынысы|Мектеп коды|Мектеп|Параллель|Сынып|Облыс|Аудан|"
        "Елді мекен түрі|Оқыту тілі",
        "ru": "ИИН|Фамилия|Имя|Отчество|Дата рождения|Пол|Код школы|Наименование школы|Параллель|Класс|"
        "Область|Район|Тип местности|Язык обучения",
    },
    "registrations": {
        "en": "iin|guardian_iin|phone|phone_confirmed|email|language|consent|registered_at",
        "kk": "Оқушының ЖСН|Ата-анасының ЖСН|Телефон|Телефон расталды|Электрондық пошта|Тестілеу тілі|"
        "Келісім|Тіркелген уақыты",
        "ru": "ИИН ученика|ИИН родителя|Номер телефона|Телефон подтверждён|Эл. почта|Язык тестирования|"
        "Согласие|Время регистрации",
    },
    "keys": {"en": "stage|variant|item|key|item_id"},
    "sheets": {
        "en": "participant|stage|variant|started_at|finished_at",
        "kk": "ЖСН|Кезең|Нұсқа|Басталған уақыты|Аяқталған уақыты",
        "ru": "ИИН|Этап|Вариант|Время начала|Время окончания",
    },
    "quotas": {
        "en": "school_id|school|language|intake|seats|boarding|email",
        "kk": "Мектеп коды|Мектеп атауы|Оқыту тілі|Қабылдау|Орындар|Интернат орындары|Эл. почта",
        "ru": "Код школы|Школа|Язык обучения|Приём в 7 класс|Места|Места в интернате|Эл. почта",
    },
    "applications": {"en": "participant|preference|school_id|language|boarding|submitted_at"},
}
"""Feed to the headers people write over its columns, in one order for every language; en is canonical."""


@dataclass(frozen=True)
class Drop:
    """A file: when it is dropped (UTC), where (relative to inbox/), and its bytes."""

    at: datetime
    path: str
    data: bytes


_CREATED = datetime(2026, 1, 1, tzinfo=UTC)  # a workbook would otherwise carry the moment it was made
_LOOKALIKES = str.maketrans("іІә", "iIə")  # Cyrillic to the Latin letters of the same look


@dataclass(frozen=True)
class Table:
    """Headers and rows; a row may be longer than the headers, as a ragged file's rows are."""

    headers: tuple[str, ...]
    rows: Sequence[Row]


def headers(feed: str, words: Words) -> dict[str, str]:
    """Canonical column to its header in that language."""
    spoken = HEADERS[feed]
    return dict(zip(spoken["en"].split("|"), spoken[words].split("|"), strict=True))


def csv_text(table: Table, delimiter: str = ";") -> str:
    """The table as CSV with CRLF; dates as 31.05.2013 and moments as 31.05.2013 09:00:00, as Excel does."""
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
    """KZ-1048 that somebody opened as cp1251 and saved as UTF-8: no letter is lost, sixteen look wrong."""
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


def xlsx(table: Table, titles: Sequence[str] = ()) -> bytes:
    """A workbook of one sheet: each title merged over all columns, then the headers, then the rows."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "default_date_format": "dd.mm.yyyy hh:mm:ss"})
    book.set_properties({"created": _CREATED})
    page = book.add_worksheet()
    bold = book.add_format({"bold": True, "align": "center", "border": 1})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for line, title in enumerate(titles):
        page.merge_range(line, 0, line, len(table.headers) - 1, title, bold)
    page.write_row(len(titles), 0, table.headers, bold)
    for line, row in enumerate(table.rows, start=len(titles) + 1):
        for column, cell in enumerate(row):
            _write(page, line, column, cell, day)
    book.close()
    return sink.getvalue()


def _write(page: Worksheet, line: int, column: int, cell: Cell, day: Format) -> None:
    """A text is written as a text, however much it looks like a number or a formula."""
    if isinstance(cell, str):
        page.write_string(line, column, cell)
    elif isinstance(cell, datetime):
        page.write_datetime(line, column, cell)
    elif isinstance(cell, date):
        page.write_datetime(line, column, cell, day)
    elif cell is not None:
        page.write_number(line, column, cell)


def with_subtotals(table: Table, by: int, word: str) -> Table:
    """A first column «№» numbers the rows; `word` heads a total after each run of equal cells in column `by`,
    and a grand total."""
    empty = [None] * (len(table.headers) - 1)
    rows: list[Row] = []
    number = 0
    for group, run in groupby(table.rows, key=lambda row: row[by]):
        before = number
        for number, row in enumerate(run, start=before + 1):
            rows.append((number, *row))
        rows.append((f"{word}: {group}", number - before, *empty))
    rows.append((word, number, *empty))
    return Table(("№", *table.headers), rows)
