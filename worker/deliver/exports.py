"""Tables as files: CSV that no spreadsheet will execute, XML with a published schema, XLSX for people to fill in."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import xlsxwriter
from lxml import etree

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
    columns: Sequence[str], rows: Sequence[Sequence[object]], choices: Sequence[str], decision: str
) -> bytes:
    """An XLSX to be filled in: the rows, a drop-down in the column `decision`, and a sheet of the choices."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": _MADE})
    bold = book.add_format({"bold": True, "bg_color": "#DCE9EE", "border": 1})
    open_cell = book.add_format({"bg_color": "#FFF8DC", "border": 1})
    sheet = book.add_worksheet("decisions")
    for at, name in enumerate(columns):
        sheet.write_string(0, at, name, bold)
        sheet.set_column(at, at, max(14, min(60, 4 + max((len(_text(row[at])) for row in rows), default=0))))
    at = list(columns).index(decision)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            sheet.write_string(number, place, _text(value), open_cell if value == "" else None)
        if len(choices) > 1:
            sheet.data_validation(number, at, number, at, {"validate": "list", "source": list(choices)})
    sheet.freeze_panes(1, 0)
    listed = book.add_worksheet("choices")
    for number, choice in enumerate(choices):
        listed.write_string(number, 0, choice)
    book.close()
    return out.getvalue()
