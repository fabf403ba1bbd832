"""Tables as files: CSV that no spreadsheet will execute, XML with a published schema, XLSX for people to fill in."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import xlsxwriter
from lxml import etree

from jobs.exact import number as exact_number

NAMESPACE = "urn:baiqau:{name}:1"
BOM = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same content makes the same bytes

Value = str | int | bool | None


@dataclass(frozen=True)
class Grid:
    """A table to be exported: its name, its attributes, its columns and its rows."""

    name: str
    row: str
    attributes: Mapping[str, str]
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, object]]


def as_csv(grid: Grid) -> bytes:
    """UTF-8 with a BOM, comma, CRLF (RFC 4180); texts that start like a formula get an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(grid.columns)
    writer.writerows([_cell(row[name]) for name in grid.columns] for row in grid.rows)
    return (BOM + out.getvalue()).encode()


def _cell(value: object) -> str:
    text = _text(value)
    return "'" + text if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def as_xml(grid: Grid) -> bytes:
    """An element a row, an element a column; empty values are left out. The schema is `schema(grid)`."""
    namespace = NAMESPACE.format(name=grid.name)
    root = etree.Element(
        f"{{{namespace}}}{grid.name}", dict(grid.attributes), nsmap=cast("dict[str, str]", {None: namespace})
    )
    for row in grid.rows:
        item = etree.SubElement(root, f"{{{namespace}}}{grid.row}")
        for name in grid.columns:
            if row[name] is not None:
                etree.SubElement(item, f"{{{namespace}}}{name}").text = _text(row[name])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def schema(name: str, row: str, attributes: Sequence[str], columns: Mapping[str, str]) -> bytes:
    """The XSD of a grid: `columns` maps a name to its XSD type; every column may be absent."""
    fields = "\n".join(
        f'            <xs:element name="{column}" type="xs:{kind}" minOccurs="0"/>'
        for column, kind in columns.items()
    )
    marks = "\n".join(f'      <xs:attribute name="{name}" type="xs:string"/>' for name in attributes)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
           targetNamespace="{NAMESPACE.format(name=name)}">
  <xs:element name="{name}">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="{row}" minOccurs="0" maxOccurs="unbounded">
          <xs:complexType><xs:all>
{fields}
          </xs:all></xs:complexType>
        </xs:element>
      </xs:sequence>
{marks}
    </xs:complexType>
  </xs:element>
</xs:schema>
""".encode()


def question_sheet(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    choices: Sequence[Sequence[str]],
    decision: str,
    *,
    free: bool = False,
) -> bytes:
    """An XLSX to be filled in: the rows, a drop-down in the column `decision`, and a sheet of the choices: each
    row a choice as it is written, and what it means.

    Where `free`, something else than the drop-down offers may be written.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": _MADE})
    bold = book.add_format({"bold": True, "bg_color": "#DCE9EE", "border": 1})
    open_cell = book.add_format({"bg_color": "#FFF8DC", "border": 1})
    sheet = book.add_worksheet("decisions")
    for at, name in enumerate(columns):
        sheet.write_string(0, at, name, bold)
        sheet.set_column(at, at, max(14, min(60, 4 + max((len(_text(row[at])) for row in rows), default=0))))
    at, offered = list(columns).index(decision), [choice[0] for choice in choices]
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            sheet.write_string(number, place, _text(value), open_cell if value == "" else None)
        if len(choices) > 1:
            sheet.data_validation(
                number, at, number, at, {"validate": "list", "source": offered, "show_error": not free}
            )
    sheet.freeze_panes(1, 0)
    listed = book.add_worksheet("choices")
    listed.set_column(0, 0, 20)
    listed.set_column(1, len(choices[0]) if choices else 1, 50)
    for number, choice in enumerate(choices):
        listed.write_row(number, 0, choice)
    book.close()
    return out.getvalue()


def workbook(grids: Sequence[Grid]) -> bytes:
    """An XLSX to be read: a sheet a grid; texts stay texts, whatever they look like."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _MADE})
    bold = book.add_format({"bold": True, "bg_color": "#DCE9EE", "border": 1, "text_wrap": True})
    for grid in grids:
        sheet = book.add_worksheet(grid.name[:31])
        for at, name in enumerate(grid.columns):
            sheet.write_string(0, at, name, bold)
            longest = max((len(_text(row[name])) for row in grid.rows), default=0)
            sheet.set_column(at, at, max(10, min(60, 3 + longest)))
        for number, row in enumerate(grid.rows, start=1):
            for at, name in enumerate(grid.columns):
                value = row[name]
                if isinstance(value, int):
                    sheet.write_number(number, at, value)
                else:
                    sheet.write_string(number, at, _text(value))
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


CONTESTANT_HEADER, JUROR_HEADER = "Қатысушы коды / Код участника", "Қазы коды / Код члена жюри"
ROUND_HEADER, CRITERION_HEADER = "Тур", "Критерий"
POINTS_HEADER, MINUTES_HEADER = "Ұпай / Балл", "Минут / Минуты"


@dataclass(frozen=True)
class ScoreSheet:
    """A juror's form. `rows`: `contestant`, `told` (of the contestant), `round`, `criterion`, `sheet` (its kind),
    `most`; `labels` names criteria in kk and ru."""

    juror: str
    stage: str | None
    timed: bool
    rows: Sequence[Mapping[str, object]]
    labels: Mapping[str, Mapping[str, str]]

    @property
    def columns(self) -> Mapping[str, Sequence[object]]:
        """Header to cells; those that stand empty in every row are left out. The feed `scores` knows the headers of
        what it reads, and passes over the others."""
        told: dict[str, Sequence[object]] = {
            CONTESTANT_HEADER: [row["contestant"] for row in self.rows],
            "Қатысушы туралы / Об участнике": [row["told"] for row in self.rows],
            JUROR_HEADER: [self.juror] * len(self.rows),
            "Кезең / Этап": [self.stage] * len(self.rows),
            ROUND_HEADER: [row["round"] for row in self.rows],
            CRITERION_HEADER: [row["criterion"] for row in self.rows],
            "Критерийдің атауы / Название критерия": [self._label(row) for row in self.rows],
            "Парақ түрі / Вид листа": [row["sheet"] for row in self.rows],
            "Ең көп ұпай / Максимум": [row["most"] for row in self.rows],
        }
        filled = {name: cells for name, cells in told.items() if any(cells)}
        blank: dict[str, Sequence[object]] = {name: [""] * len(self.rows) for name in self.open}
        return filled | blank

    @property
    def open(self) -> tuple[str, ...]:
        """The headers of what the juror fills in."""
        return (POINTS_HEADER, *([MINUTES_HEADER] if self.timed else []))

    def _label(self, row: Mapping[str, object]) -> str:
        names = self.labels.get(str(row["criterion"]), {})
        return " / ".join(dict.fromkeys(names[language] for language in ("kk", "ru") if language in names))


def score_sheet(form: ScoreSheet) -> bytes:
    """An XLSX to be filled in: points from 0 to the maximum of each row, anything else is refused in the cell."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _MADE})
    bold = book.add_format({"bold": True, "bg_color": "#DCE9EE", "border": 1, "text_wrap": True})
    open_cell = book.add_format({"bg_color": "#FFF8DC", "border": 1, "locked": False})
    sheet = book.add_worksheet("scores")
    for at, (name, cells) in enumerate(form.columns.items()):
        sheet.write_string(0, at, name, bold)
        sheet.set_column(at, at, max(12, min(48, 3 + max((len(_text(cell)) for cell in cells), default=0))))
        for number, cell in enumerate(cells, start=1):
            sheet.write_string(number, at, _text(cell), open_cell if name in form.open else None)
    first = len(form.columns) - len(form.open)
    for number, row in enumerate(form.rows, start=1):
        sheet.data_validation(
            number, first, number, first, _between(float(exact_number(str(row["most"]), "most")))
        )
        if form.timed:
            sheet.data_validation(number, first + 1, number, first + 1, _between(1440))
    sheet.freeze_panes(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
    book.close()
    return out.getvalue()


def _between(most: float) -> dict[str, object]:
    """A number from 0 to the most; what is shown where it is not."""
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": most,
        "error_title": "0 – " + f"{most:g}",
        "error_message": f"0-ден {most:g}-ге дейінгі сан жазыңыз. Напишите число от 0 до {most:g}.",
    }
