"""The reference pages, made from the code they describe: `python -m worker.reference docs/reference`.

Each page is a function without arguments that returns a text; PAGES names them all. The same code gives the same
bytes, and a test compares them with the committed ones.
"""

import ast
import inspect
import re
import sys
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl
import typer
from pydantic import BaseModel
from sqlalchemy import Column, Table

from jobs.binding import Job, Lot
from jobs.calendar import Window
from jobs.catalogue import JOBS
from jobs.feeds import FEEDS, contract
from jobs.feeds.contract import Feed
from jobs.feeds.reading import read_rows
from jobs.rulebook import Ask, Latest, Period, RulebookTable, StageTable
from worker import settings
from worker.cli import app
from worker.deliver.documents import SCHEMAS
from worker.deliver.exports import NAMESPACE
from worker.deliver.words import LANGUAGES
from worker.events import SENTENCES
from worker.site import RESOURCES
from worker.store import tables

ROOT = Path(__file__).parent.parent
NOTE = "<!-- made by `make reference` from the code: change that, not this -->"
MOST_ITEMS = 200  # of q1, q2 … in an XSD; the reader takes up to q999 within its limit of columns
HELP_WIDTH = 100

# --- Markdown ---


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", NOTE, *(part for part in parts if part))) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _code(value: object) -> str:
    return f"`{value}`" if str(value) else ""


def _codes(values: Iterable[object]) -> str:
    return ", ".join(_code(value) for value in values)


# --- feeds ---

KINDS: Mapping[str, str] = {
    contract.TEXT: "words; odd spaces and look-alike letters are mended",
    contract.CODE: "identifier; only outer spaces go",
    contract.PERSON: "identifier of a person; an IIN's zeros lost to Excel are put back where the control digit proves them",
    contract.WHOLE: "whole number",
    contract.DATE: "date: 2013-05-31 or 31.05.2013",
    contract.INSTANT: "moment: 2026-01-15 09:00:00 or 15.01.2026 09:00, local time of the contest unless an offset is written",
    contract.CHOICE: "one of the values below",
    contract.FLAG: "yes or no: 1, true, yes, иә, да or 0, false, no, жоқ, нет",
    contract.PHONE: "mobile number of Kazakhstan; kept as +7 and ten digits, anything else reads as none",
    contract.EMAIL: "e-mail address",
    contract.REGION: "region: ISO or KATO code, or the name in Kazakh or Russian",
}
_SAMPLES: Mapping[str, str] = {
    contract.TEXT: "x",
    contract.CODE: "x",
    contract.PERSON: "000000000000",
    contract.WHOLE: "1",
    contract.DATE: "2013-05-31",
    contract.INSTANT: "2026-01-15T09:00:00",
    contract.FLAG: "1",
    contract.PHONE: "+77000000000",
    contract.EMAIL: "x@contest.example",
    contract.REGION: "KZ-10",
}


def sample_row(feed: Feed) -> dict[str, str]:
    """One row that the feed's contract takes, every column filled; q1 stands for the answers."""
    row = {name: _sample(feed, name) for name in feed.headers()}
    return row | ({"class": "6a"} if "class" in row else {}) | ({"q1": "a"} if feed.repeated else {})


def _sample(feed: Feed, name: str) -> str:
    choices = feed.choices(name)
    return next(iter(choices)) if choices else _SAMPLES[feed.kind(name)]


@cache
def needed(feed: Feed) -> frozenset[str]:
    """The columns without which a row is not taken, found by leaving each out."""
    return feed.recognised_by | {name for name in sample_row(feed) if not _is_taken(feed, without=name)}


def _is_taken(feed: Feed, *, without: str) -> bool:
    row = {name: [text] for name, text in sample_row(feed).items() if name != without}
    read = read_rows(feed, pl.DataFrame({"line": [1], **row}), zone="Asia/Almaty", assume={})
    return read.refused.height == 0


def feeds_page() -> str:
    """What each kind of input file holds."""
    intro = (
        "A file is recognised by its headers, in any of the spellings below; case, dots, quotes, look-alike "
        "letters and `_` for a space do not matter, and `ЖСН / ИИН` is one header. Columns may stand in any "
        "order; unknown ones are ignored and counted in the receipt. Title rows may stand above the header "
        "(it is sought in the first 50 rows). In XML the elements of a row are the headers, in JSON the keys; "
        "the XSDs lie in `xsd/`. A column is needed where a row without it is refused."
    )
    kinds = _table(("kind", "what is read"), sorted(KINDS.items()))
    return _page("Feeds", intro, "## Kinds of columns", kinds, *map(_feed, FEEDS.values()))


def _feed(feed: Feed) -> str:
    doc = inspect.getdoc(sys.modules[feed.schema.__module__]) or ""
    facts = [
        f"A record is known by {_codes(feed.key)}.",
        f"Its own time is `{feed.own_time}`."
        if feed.own_time
        else "Its records carry no time: a file of the same name from the same sender replaces the earlier one.",
        f"A file is this feed where the headers of {_codes(sorted(feed.recognised_by))} are there.",
    ]
    if feed.repeated:
        facts.append("Columns `q1`, `q2` … hold one character each; a blank cell is an item without an answer.")
    rows = [_feed_column(feed, name) for name in feed.headers()]
    headings = ("column", "kind", "needed", "what it is", "headers recognised")
    parts = [f"## {feed.name}", doc, " ".join(facts), _table(headings, rows), _feed_choices(feed)]
    return "\n\n".join(part for part in parts if part)


def _feed_column(feed: Feed, name: str) -> Sequence[str]:
    wanted = "yes" if name in needed(feed) else "no"
    headers = ", ".join(dict.fromkeys(feed.headers()[name][1:])) or "–"
    return (_code(name), feed.kind(name), wanted, feed.description(name), headers)


def _feed_choices(feed: Feed) -> str:
    rows = [
        (_code(name), _code(choice), ", ".join(dict.fromkeys(spelt)))
        for name in feed.headers()
        for choice, spelt in feed.choices(name).items()
    ]
    return _table(("column", "value", "written as"), rows) if rows else ""


# --- XSDs of the feeds ---

_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+\-][0-9]{2}:[0-9]{2})?"
_XSD_TYPES: Mapping[str, tuple[str, str]] = {  # kind to the base type and the pattern of its values
    contract.TEXT: ("xs:string", r"[\s\S]*\S[\s\S]*"),
    contract.CODE: ("xs:token", r".+"),
    contract.PERSON: ("xs:token", r".+"),
    contract.WHOLE: ("xs:integer", r"[0-9]+"),
    contract.DATE: ("xs:date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    contract.INSTANT: ("xs:dateTime", _INSTANT),
    contract.FLAG: ("xs:boolean", ""),
    contract.PHONE: ("xs:token", r"\+77[0-9]{9}"),
    contract.EMAIL: ("xs:token", r"[^@\s]+@[^@\s]+"),
    contract.REGION: ("xs:token", r".+"),
}


def feed_xsd(feed: Feed) -> str:
    """The XSD of a feed's XML form: stricter than the reader, which takes any namespace and any root and repairs.

    What it finds valid, the reader takes row by row (the rules of a contest come later).
    """
    columns = "\n".join(_xsd_column(feed, name) for name in feed.headers())
    items = "".join(f"\n            {_xsd_item(number)}" for number in range(1, MOST_ITEMS + 1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
           targetNamespace="{NAMESPACE.format(name=feed.name)}">
  <xs:element name="{feed.name}">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="row" maxOccurs="unbounded">
          <xs:complexType><xs:all>
{columns}{items if feed.repeated else ""}
          </xs:all></xs:complexType>
        </xs:element>
      </xs:sequence>
      <xs:anyAttribute processContents="skip"/>
    </xs:complexType>
  </xs:element>
</xs:schema>
"""


def _xsd_item(number: int) -> str:
    least = "" if number == 1 else ' minOccurs="0"'
    length = '<xs:restriction base="xs:string"><xs:maxLength value="1"/></xs:restriction>'
    return f'<xs:element name="q{number}"{least}><xs:simpleType>{length}</xs:simpleType></xs:element>'


def _xsd_column(feed: Feed, name: str) -> str:
    least = "" if name in needed(feed) else ' minOccurs="0"'
    base, facets = _xsd_facets(feed, name)
    return f"""\
            <xs:element name="{name}"{least}>
              <xs:annotation><xs:documentation>{feed.description(name)}</xs:documentation></xs:annotation>
              <xs:simpleType><xs:restriction base="{base}">
                {"".join(facets)}
              </xs:restriction></xs:simpleType>
            </xs:element>"""


def _xsd_facets(feed: Feed, name: str) -> tuple[str, list[str]]:
    if choices := feed.choices(name):
        return "xs:token", [f'<xs:enumeration value="{choice}"/>' for choice in choices]
    base, pattern = _XSD_TYPES[feed.kind(name)]
    spec = feed.columns[name]
    pattern = (getattr(spec, "regex", None) or pattern).removeprefix("^").removesuffix("$")
    facets = [f'<xs:pattern value="{pattern}"/>'] if pattern else []
    bounds = {
        "minInclusive": "min",
        "maxInclusive": "max",
        "minLength": "min_length",
        "maxLength": "max_length",
    }
    found = ((facet, getattr(spec, attribute, None)) for facet, attribute in bounds.items())
    return base, facets + [f'<xs:{facet} value="{value}"/>' for facet, value in found if value is not None]


# --- settings ---


def settings_page() -> str:
    """Every key of settings.toml."""
    shipped = tomllib.loads((RESOURCES / "settings.toml").read_text(encoding="utf-8"))
    intro = (
        "Every key of `settings.toml`. A key that is not here, is missing or has a wrong value is a fault that "
        "`baiqau check` names. *shipped* is what `baiqau init` writes. Durations: `30s`, `5m`, `12h`, `3d`; "
        "sizes: `512MB`, `2GB` (of 1,024). Paths are relative to the site. Tables marked NAME are repeated, one "
        "for each name of small letters, digits and `-`."
    )
    parts = [
        _section(name, field.annotation, shipped[name])
        for name, field in settings.Settings.model_fields.items()
    ]
    return _page("settings.toml", intro, *parts)


def _section(name: str, kind: Any, shipped: Mapping[str, Any]) -> str:
    if get_origin(kind) is Mapping:
        names = f"Shipped: {_codes(shipped)}. The figures below are those of the first."
        return _section(f"{name}.NAME", get_args(kind)[1], next(iter(shipped.values()))).replace(
            "\n\n", f"\n\n{names}\n\n", 1
        )
    model: type[BaseModel] = kind
    rows = [
        (_code(key), _type(field.annotation, field.metadata), field.description or "", _code(_toml(shipped.get(key, ""))))
        for key, field in model.model_fields.items()
    ]
    return f"## [{name}]\n\n" + _table(("key", "value", "what it is", "shipped"), rows)


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


_TYPE_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "`true` or `false`",
    timedelta: "duration",
    Fraction: 'share: "9/10", "90 %" or a whole number',
    pl.DataFrame: "name of a feed",
    Window: "window of [season]",
    datetime: "moment of [season]",
}


def _type(kind: Any, metadata: Sequence[object] = ()) -> str:
    """A type in words; pydantic's bounds and our readers of sizes and feeds stand in `metadata`."""
    if any("_size" in repr(each) for each in metadata):
        return "size"
    origin = get_origin(kind)
    if origin is not None and hasattr(kind, "__metadata__"):
        return _type(kind.__origin__, kind.__metadata__)
    if origin is Literal:
        return " or ".join(_code(_toml(choice)) for choice in get_args(kind))
    if origin in (types.UnionType, Union):
        return " or ".join(_type(part) for part in get_args(kind) if part is not types.NoneType)
    if origin is list:
        return f"list of {_type(get_args(kind)[0])}"
    if origin is dict:
        return f"table of {_type(get_args(kind)[1])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"table, see {kind.__name__.removesuffix('Table')}"
    return _TYPE_WORDS[kind]
