"""The reference pages, made from the code they describe: `python -m worker.reference docs/reference`.

Each page is a function without arguments that returns a text; PAGES names them all. The same code gives the
same bytes, and a test compares them with the committed ones.
"""

import ast
import inspect
import re
import sys
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl
import typer
from pydantic import BaseModel
from sqlalchemy import Column, Table, UniqueConstraint

from jobs.binding import BROUGHT, Job, Lookup, Standing
from jobs.calendar import Window
from jobs.catalogue import JOBS
from jobs.feeds import FEEDS, contract
from jobs.feeds.contract import Feed
from jobs.feeds.reading import read_rows
from jobs.rulebook import Ask, Latest, LookupTable, Period, RulebookTable, Snapshots, StageTable
from worker import coverage, settings
from worker.cli import app
from worker.coverage import Place
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
    contract.ANSWER: "letters or digits of answers, read as capitals; Cyrillic letters that look Latin are Latin",
    contract.PERSON: "identifier of a person; an IIN gets back the zeros Excel dropped if it is then valid, and "
    "9 to 12 digits lose a `.0`",
    contract.WHOLE: "whole number",
    contract.DATE: "date: 2013-05-31 or 31.05.2013",
    contract.INSTANT: "moment: 2026-01-15 09:00:00 or 15.01.2026 09:00, with offset or in the contest's zone",
    contract.CHOICE: "one of the values below",
    contract.FLAG: "yes or no: 1, true, yes, иә, да or 0, false, no, жоқ, нет",
    contract.PHONE: "number of Kazakhstan, kept as +7 and ten digits, or another country's with its +; anything else "
    "reads as none and is counted in the receipt",
    contract.EMAIL: "e-mail address",
    contract.REGION: "region: ISO or KATO code, or the name in Kazakh or Russian",
}
_SAMPLES: Mapping[str, str] = {
    contract.TEXT: "x",
    contract.CODE: "x",
    contract.ANSWER: "A",
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
    """One row that the feed's contract takes, every column filled; q1 and t1 stand for the answers and times."""
    row = {name: _sample(feed, name) for name in feed.headers()}
    of_items = ({"q1": "a"} if feed.repeated else {}) | ({"t1": "1.5"} if feed.timed else {})
    return row | ({"class": "6a"} if "class" in row else {}) | of_items


def _sample(feed: Feed, name: str) -> str:
    choices = feed.choices(name)
    return next(iter(choices)) if choices else feed.sample(name) or _SAMPLES[feed.kind(name)]


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
        "order; unknown ones are ignored and counted in the receipt. Title rows may stand above the header, "
        "sought in the first 50 rows. In XML the elements of a row are the headers, in JSON the keys; "
        "the XSDs lie in `xsd/`. *needed*: a row without it is refused, unless the rulebook's [assume] gives "
        "the value for files without the column."
    )
    kinds = _table(("kind", "what is read"), sorted(KINDS.items()))
    return _page("Feeds", intro, "## Kinds of columns", kinds, *map(_feed, FEEDS.values()))


def _feed(feed: Feed) -> str:
    doc = inspect.getdoc(sys.modules[feed.schema.__module__]) or ""
    versions = "A file of the same name from the same sender replaces the earlier one."
    log = "Files add up, whatever their names: each record carries its own time."
    facts = [
        f"A record is known by {_codes(feed.key)}.",
        f"Its own time is `{feed.own_time}`." if feed.own_time else "It carries no time.",
        versions if feed.versioned_by_name else log,
        f"A file is this feed where the headers of {_codes(sorted(feed.recognised_by))} are there.",
    ]
    if feed.repeated:
        facts.append(
            "Columns `q1`, `q2` … (or `q01`, `q001`) hold one character each; a blank cell is an item without an "
            "answer, and so is a column that is missing in between. `q0`, or `q1` beside `q01`, refuses every row."
        )
    if feed.timed:
        facts.append(
            "Columns `t1`, `t2` … hold the seconds of each item, decimals allowed; they may be left out, and what "
            "is no number of seconds is unknown."
        )
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

_INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+\-][0-9]{2}:[0-9]{2})?"
)
_XSD_TYPES: Mapping[str, tuple[str, str]] = {  # kind to the base type and the pattern of its values
    contract.TEXT: ("xs:string", r"[\s\S]*\S[\s\S]*"),
    contract.CODE: ("xs:token", r".+"),
    contract.ANSWER: ("xs:token", r"."),
    contract.PERSON: ("xs:token", r".+"),
    contract.WHOLE: ("xs:integer", r"[0-9]+"),
    contract.DATE: ("xs:date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    contract.INSTANT: ("xs:dateTime", _INSTANT),
    contract.FLAG: ("xs:boolean", ""),
    contract.PHONE: ("xs:token", r"\+(7[0-9]{10}|[1-689][0-9]{7,14})"),
    contract.EMAIL: ("xs:token", r"[^@\s]+@[^@\s]+"),
    contract.REGION: ("xs:token", r".+"),
}


def feed_xsd(feed: Feed) -> str:
    """The XSD of a feed's XML form: stricter than the reader, which takes any root and namespace and repairs.

    What it finds valid, the reader takes row by row (the rules of a contest come later).
    """
    columns = "\n".join(_xsd_column(feed, name) for name in feed.headers())
    numbers = range(1, MOST_ITEMS + 1)
    items = [_xsd_item(number) for number in numbers] if feed.repeated else []
    items += [_xsd_time(number) for number in numbers] if feed.timed else []
    elements = "".join(f"\n            {each}" for each in items)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
           targetNamespace="{NAMESPACE.format(name=feed.name)}">
  <xs:element name="{feed.name}">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="row" maxOccurs="unbounded">
          <xs:complexType><xs:all>
{columns}{elements}
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


def _xsd_time(number: int) -> str:
    seconds = (
        r'<xs:restriction base="xs:token"><xs:pattern value="([0-9]{1,9}(\.[0-9]{1,9})?)?"/></xs:restriction>'
    )
    return f'<xs:element name="t{number}" minOccurs="0"><xs:simpleType>{seconds}</xs:simpleType></xs:element>'


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
        "Every key of `settings.toml`; `baiqau check` names a key that is unknown, missing or wrong. "
        "*shipped* is what `baiqau init` writes. Durations: `30s`, `5m`, `12h`, `3d`; sizes: `512MB`, `2GB` "
        "(of 1,024). Paths are relative to the site. A table with NAME stands once for each name: small "
        "letters, digits and `-`."
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
        (
            _code(key),
            _type(field.annotation, field.metadata),
            field.description or "",
            _code(_toml(shipped.get(key, ""))),
        )
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
    Any: "any",
    Period: "window or moment",
    Ask: "[ask.NAME]",
    Latest: "latest",
    LookupTable: "[lookup.NAME]",
    Snapshots: "snapshots",
    StageTable: "[[stage]]",
    Fraction: 'share: "9/10", "90 %" or a whole number',
    pl.DataFrame: "name of a feed",
    Standing: "id of an earlier stage",
    Lookup: "name of [lookup.…]",
    Window: "window of [season]",
    datetime: "moment of [season]",
}


def _type(kind: Any, metadata: Sequence[object] = ()) -> str:
    """A type in words; `metadata` is pydantic's, where our readers of sizes stand."""
    if settings.Size.__metadata__[0] in metadata:  # type: ignore[attr-defined]  # an Annotated alias
        return "size"
    if kind in _TYPE_WORDS:
        return _TYPE_WORDS[kind]
    origin = get_origin(kind)
    if hasattr(kind, "__metadata__"):
        return _type(kind.__origin__, kind.__metadata__)
    return _MADE_TYPES[origin](get_args(kind)) if origin else f"a {kind.__name__} table"


_MADE_TYPES: Mapping[Any, Callable[[tuple[Any, ...]], str]] = {
    Literal: lambda args: " or ".join(_code(_toml(choice)) for choice in args),
    Union: lambda args: " or ".join(_type(part) for part in args if part is not types.NoneType),
    types.UnionType: lambda args: " or ".join(_type(part) for part in args if part is not types.NoneType),
    list: lambda args: f"list of {_type(args[0])}",
    dict: lambda args: f"table of {_type(args[1])}",
}


# --- rulebooks ---

_RULEBOOK_KEYS: Mapping[type[BaseModel], tuple[str, Mapping[str, str]]] = {
    RulebookTable: (
        "the file",
        {
            "contest": "Name of the contest; the file is named after it.",
            "regulation": "Number of the regulation.",
            "title": "Title in `kk`, `ru` and `en`.",
            "timezone": "IANA name; local times of the rulebook and of the files are read in it.",
            "edition": "The season, such as 2026; it stands in the numbers of diplomas and lists.",
            "season": "The periods and moments, by name: see [season].",
            "contact": "The stage whose records say where and in which language people are answered.",
            "ask": "Who decides what the regulation leaves to people, by name: see [ask.NAME].",
            "assume": "By feed: the value of a column that a whole file lacks.",
            "lookup": "What belongs to the values of a column, by name: see [lookup.NAME].",
            "readings": "By question: how the regulation is read where it is silent.",
            "or": "By question: the other ways to read it, each a table laid over this file (`stage.ID.…` for a "
            "stage); for what one step says, see `or` there.",
            "elsewhere": "By row of the list of rules: which other part of the worker carries it out.",
            "not-executed": "By row of the list of rules: why nothing carries it out, or who does.",
            "broadcast": "The draws of all rulebooks with this name are committed to under one hash.",
            "addressed": "Whether letters speak to families of children or to the participants themselves.",
            "stage": "The stages in their order: see [[stage]].",
        },
    ),
    Period: (
        "[season]",
        {
            "opens": "First instant of a window.",
            "closes": "The window's end; this instant is outside.",
            "days": "In place of `closes`: whole calendar days, the opening day being day 1.",
            "hours": "In place of `closes`: whole hours from the opening.",
            "working_days": "In place of `closes`: working days of Kazakhstan, counted from the day after the opening.",
            "files_by": "Files about the window are awaited until then (without it: until it closes).",
            "at": "In place of a window: one moment.",
        },
    ),
    Ask: (
        "[ask.NAME]",
        {
            "title": "Who is asked, in `kk`, `ru` and `en`.",
            "clause": "The clause that gives them the decision.",
            "choices": "What they may choose, and what each does to an undecided entry: `in` or `out`; of readings and "
            "grounds a list.",
            "kind": "What they are asked: to decide about `people` or about a `group` as a whole; for the dice of a "
            "public `lot` or `draw`; whether all files have come, so that `absentees` are absent; which `reading` of a "
            "rule counts; on which ground a prize is taken back (`annulment`: at any time, nothing waits for it).",
            "rows": "Rows of the list of rules that the question carries out.",
        },
    ),
    StageTable: (
        "[[stage]]",
        {
            "id": "Name of the stage, unique in the file.",
            "title": "Title in `kk`, `ru` and `en`.",
            "clause": "The clause about the stage.",
            "entries": "A feed, or an earlier stage: whoever is still in there.",
            "decided": "A name of [season]: the stage is decided at that moment or after that window.",
            "key": "The feed's column, or list of columns, that names an entry (where `entries` is a feed).",
            "only": "Records with these values of these columns.",
            "latest": "Of several records of one entry the latest counts.",
            "snapshots": "In place of `latest`: several rows of one entry are counts taken at different times.",
            "among": "Only those still in after that earlier stage; of them, who has no record is out.",
            "waits_for": "Earlier stages of which it reads nothing and which are settled before it is decided.",
            "absent": "A name of [ask.…] of kind `absentees`: until they say that all files have come, nobody is out "
            "for having no record.",
            "from_earlier": "Columns in which the earlier stage goes before what a record says.",
            "person": "Where entries are not people: the column with whose they are, so that letters go to people.",
            "on_sheets": "What of an entry stands on the jury's score sheets beside its code: columns, such as names.",
            "become": "Where `entries` is a stage: the entries are from here on the different values of this column.",
            "may_lack": "Feeds of which nothing may have come: the stage does not wait for a file of them.",
            "deliver": "What follows when the stage is settled.",
            "rows": "Rows of the list of rules that the stage itself carries out, by what enters it or follows it.",
            "step": "The steps in their order: see [[stage.step]].",
        },
    ),
    LookupTable: (
        "[lookup.NAME]",
        {
            "column": "A column of the entries.",
            "values": "Its values, and what belongs to each.",
        },
    ),
    Snapshots: (
        "snapshots",
        {
            "by": "Column with the moment of counting.",
            "until": "A name of [season]: counts taken later do not hold.",
            "counts": "The columns that grow with time; all others are filled from any row.",
        },
    ),
    Latest: (
        "latest",
        {
            "by": "Column with the record's time.",
            "within": "A record inside this window goes before later ones outside.",
            "twice": "A name of [ask.…]: who decides about an entry with different records inside the window.",
        },
    ),
}
_STEP_KEYS = {
    "clause": "The clause the step carries out. Needed.",
    "job": "One of the jobs below. Needed.",
    "per": "List of columns: the job runs for each group of entries with the same values.",
    "ask": "A name of [ask.…]: who decides what the job leaves undecided. Needed where the job can.",
    "choose": "A name of [ask.…] of kind `reading`: who chooses where two readings decide differently.",
    "reading": "`Q5: text`, several parted by `; `: how the regulation is read here; `baiqau check` lists it.",
    "rows": "Rows of the list of rules that the step carries out.",
    "or": "By question of `reading`: the other ways to read it, each the keys it would change (`without`: the list of "
    "keys it would not have); `try --compare-readings` runs each.",
}
_DELIVERIES = {
    "answers": "a letter to everyone the stage put out",
    "school-lists": "a signed list for each school of the quotas",
    "public-result": "ranks, points and cut-offs under public codes, in `outbox/public/`",
    "diplomas": "a letter with a diploma to everyone who entered an admission; in other stages to every person of an "
    "entry with an award",
    "certificates": "a letter with a certificate to every person of an entry still in",
    "protocol": "the protocol of the stage: PDF, CSV and XLSX with names for the operator, a page and CSV under codes "
    "in `outbox/public/`",
    "score-sheets": "a form in XLSX for every juror of the stages that mark whoever is still in here; filled in, it "
    "comes back as `scores`",
    "refusals": "a letter to every person of an entry that is out: regulation, clause and reason",
    "pool": "each region's pool with the cut, the first out and the ties, in `outbox/public/`",
    "winners": "each region's winner, and the winners by other readings where they differ, in `outbox/public/`",
    "prizes": "the protocols and the page of a draw in `outbox/public/`, who gets what for the operator, and the form "
    "on which a prize is annulled",
    "prize-letters": "a letter with a diploma to whoever has a prize, and one to whoever had it taken back",
    "role-reports": "what each of the medal's five roles may see, as pages and workbooks: to each mentor, expert and "
    "coordinator a folder of the own, to the operator the whole and everybody's cards",
    "order": "the protocol and the page of the lot and the order of performance under codes in `outbox/public/`, with "
    "names for the operator",
}


def rulebook_page() -> str:
    """Every key of a rulebook and every job."""
    intro = (
        "A rulebook is `contests/<contest>.toml`. It chooses jobs and names their parameters; it has no "
        "expressions, loops or conditions. `baiqau check` finds everything wrong with it and names the key."
    )
    steps = _table(("key", "what it is"), ((_code(key), text) for key, text in _STEP_KEYS.items()))
    deliver = _table(("`deliver`", "what goes out"), ((_code(k), text) for k, text in _DELIVERIES.items()))
    jobs = [_job(job) for job in JOBS.values()]
    keys = [_rulebook_keys(model) for model in _RULEBOOK_KEYS]
    tail = "A step's other keys are those of its job. A key that ends in `_` in Python is written without it."
    return _page("Rulebooks", intro, *keys, deliver, "## [[stage.step]]", steps, tail, "## Jobs", *jobs)


def _rulebook_keys(model: type[BaseModel]) -> str:
    title, meanings = _RULEBOOK_KEYS[model]
    written = {field.alias or name: field for name, field in model.model_fields.items()}
    rows = [
        (
            _code(name),
            _type(field.annotation, field.metadata),
            "yes" if field.is_required() else "no",
            meanings[name],
        )
        for name, field in written.items()
    ]
    return f"## {title}\n\n" + _table(("key", "value", "needed", "what it is"), rows)


def _job(job: Job) -> str:
    rows = [
        (_code(name), _type(kind), _default(parameter))
        for name, (kind, parameter) in job.parameters.items()
        if kind not in BROUGHT
    ]
    asks = (
        "It can leave entries undecided, so the step names `ask`."
        if job.asks
        else "It never leaves an entry undecided."
    )
    doc = inspect.cleandoc(job.function.__doc__ or "")
    return "\n\n".join((f"### {job.name}", doc, asks, _table(("key", "value", "default"), rows)))


def _default(parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return "needed"
    return "none" if parameter.default is None else _code(_toml(parameter.default))


# --- commands ---


def commands_page() -> str:
    """The help of every command."""
    root = typer.main.get_command(app)
    intro = (
        "Exit status: 0 done, 1 refused or failed, 2 wrong usage. INSTANT is `2026-02-16 10:00` in the "
        "site's time zone, or with an offset."
    )
    return _page("Commands", intro, *_commands(root, "baiqau"))


def _commands(command: Any, path: str) -> Iterator[str]:
    context = command.make_context(path, [], resilient_parsing=True, terminal_width=HELP_WIDTH)
    yield f"## {path}\n\n```\n{command.get_help(context).strip()}\n```"
    for name, sub in getattr(command, "commands", {}).items():
        yield from _commands(sub, f"{path} {name}")


# --- events and codes ---


def events_page() -> str:
    """Every line the log can hold."""
    intro = (
        "What the worker says in its log (standard error). With `--json` each line is an object with the "
        "event and its facts. No event carries a name, an IIN or an address."
    )
    rows = [(_code(event), sentence) for event, sentence in SENTENCES.items()]
    return _page("Events", intro, _table(("event", "sentence"), rows))


_OUTCOMES = {
    "claimed": "taken out of the inbox, not decided yet",
    "accepted": "every row was taken",
    "partial": "some rows were taken, the others were refused one by one",
    "refused": "nothing was taken; the file lies in `quarantine/`",
    "duplicate": "the same bytes from the same sender had been taken before",
}
_REPAIRS = {
    "letters-folded": "look-alike letters and odd spaces of names were mended",
    "zeros-restored": "IINs got back the zeros that Excel had dropped, or lost the `.0` that a table had added",
    "answer-letters-folded": "Cyrillic letters among answers or keys, read as the Latin ones they look like",
    "answer-columns-missing": "columns of answers missing in between (q1, q3): their items are blank",
    "item-times-unreadable": "times of items (t1, t2 …) that are no number of seconds: kept as unknown",
    "phone-unreadable": "telephone numbers that are no number of Kazakhstan nor +, country and number: kept as none",
    "kz1048-read-as-cp1251": "KZ-1048 text had been read as cp1251; its Kazakh letters were restored",
    "ptcp154-read-as-cp1251": "PTCP154 text had been read as cp1251; its Kazakh letters were restored",
    "utf8-read-as-cp1251": "UTF-8 text had been read as cp1251; its letters were restored",
    "foreign-letters-kept": "letters of other Cyrillic alphabets were kept as they are",
    "formula-like-text": "cells that look like formulas were kept as text",
    "counts-abbreviated": "counts such as `1,2K` or `4 тыс.`: read as the round number they say",
    "counts-unknown": "counts that are not told (`-1`, blank): kept as unknown, never 0",
    "ids-of-posts": "works named by their post, told from its address, so that two exports of one video are one work",
    "tags-from-caption": "hashtags found in the text of a post",
    "accounts-from-url": "accounts told from the address of a post",
    "accounts-unreadable": "account names that could not be read: kept as none",
    "columns-ignored": "columns whose headers nobody knows",
    "lines-passed-over": "title rows, blank rows and subtotals",
    "COLUMN-assumed-VALUE": "the file lacks the column; the rulebook's [assume] gave the value",
}
_SHORTEST_SENTENCE = 3
_NO_FILES = ("link", "pipe", "socket", "device")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_JOB_CODE = re.compile(r"""\bwords\(\s*"([a-z0-9-]+)\"""")


def codes_page() -> str:
    """Every code of receipts and verdicts."""
    intro = "Codes for programs; beside each stands what people read. `{…}` is a figure of the case."
    refused = [(_code(code), " / ".join(sorted(why))) for code, why in sorted(intake_codes().items())]
    return _page(
        "Codes",
        intro,
        "## Outcomes of a file",
        _table(("outcome", "what it means"), ((_code(code), text) for code, text in _OUTCOMES.items())),
        "## Why a file, a row or a line was not taken",
        _table(("code", "why"), refused),
        "## Repairs",
        _table(("code", "what was counted"), ((_code(code), text) for code, text in _REPAIRS.items())),
        "## Verdicts",
        "From `templates/words.toml`, which organisers may edit. *general* tells codes without words.",
        *_verdict_words(),
    )


def intake_codes() -> dict[str, set[str]]:
    """Every refusal code in the sources of the intake: there a code is followed by its sentence."""
    feeds = [ROOT / "jobs" / "feeds" / name for name in ("reading.py", "works.py")]
    files = [*sorted((ROOT / "worker" / "intake").rglob("*.py")), *feeds]
    found = {kind: {f"a {kind} is no file; drop the file"} for kind in _NO_FILES}
    for file in files:
        for code, why in _Reader().pairs(file):
            if file.name == "works.py" and len(why.split()) < _SHORTEST_SENTENCE:
                continue  # a column's header and its spelling
            found.setdefault(code, set()).add(why.rstrip("."))
    return found


@dataclass
class _Reader:
    """Finds a code and its sentence side by side in calls and tuples; a name stands for the text it was last
    given above."""

    texts: dict[str, ast.expr] = field(default_factory=dict)

    def pairs(self, file: Path) -> Iterator[tuple[str, str]]:
        nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if _place(node)]
        for node in sorted(nodes, key=_place):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                self.texts |= {target.id: node.value} if isinstance(target, ast.Name) else {}
            elif isinstance(node, ast.Call):
                yield from self._adjacent([*node.args, *(each.value for each in node.keywords)])
            elif isinstance(node, ast.Tuple):
                yield from self._adjacent(node.elts)

    def _adjacent(self, parts: Sequence[ast.expr]) -> Iterator[tuple[str, str]]:
        named = (self.texts.get(part.id, part) if isinstance(part, ast.Name) else part for part in parts)
        for code, why in pairwise(map(_text, named)):
            if code and why and _CODE.fullmatch(code) and " " in why:
                yield code, why


def _place(node: ast.AST) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def job_codes() -> set[str]:
    """Every code that a job's `words(...)` names, and those of admission."""
    sources = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "jobs").rglob("*.py")))
    return set(_JOB_CODE.findall(sources))


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{…}" for each in node.values)


def _verdict_words() -> Iterator[str]:
    reasons = tomllib.loads((RESOURCES / "templates" / "words.toml").read_text(encoding="utf-8"))["reason"]
    if wordless := sorted(job_codes() - reasons.keys()):
        yield f"Codes without words: {_codes(wordless)}."
    yield "`require` makes its codes: `COLUMN-not-CONDITION`."
    for code, wordings in sorted(reasons.items()):
        first = wordings[0] if isinstance(wordings, list) else wordings
        lines = [f"- {language}: {first[language]}" for language in LANGUAGES]
        yield f"### {code}\n\n" + "\n".join(lines)


# --- database ---

_TABLES: Mapping[str, str] = {
    "deliveries": "Every file that was claimed, and what became of it.",
    "refusals": "Why rows of a delivery were not taken.",
    "repairs": "What was mended in a delivery, counted.",
    "runs": "Every firing of a stage or schedule.",
    "verdicts": "What each step of a run said of each entry.",
    "standings": "Who was still in after a run, with everything known of them.",
    "requests": "What people were asked.",
    "subjects": "About whom.",
    "publications": "What is to be put into the outbox, and what was.",
    "manifests": "The manifests of each recipient.",
    "messages": "Every letter and how far it got.",
    "suppressions": "Addresses nothing is sent to any more.",
    "watermarks": "Up to when each schedule has been planned.",
    "audit": "The hash-chained log of every change of state.",
}
_TABLE_LINE = re.compile(r'^(\w+) = Table\($|^    "(\w+)",$')
_COLUMN_LINE = re.compile(r'^\s+(?:Column\()?"(\w+)"')
_COMMENT = re.compile(r"# (.+)$")


def database_page() -> str:
    """Tables and columns."""
    intro = (
        "SQLite, one file in the site. Instants are text in UTC, `YYYY-MM-DDTHH:MM:SS.ffffffZ`. Alembic "
        "migrations bring an older database up to date when it is opened."
    )
    comments = dict(_column_comments())
    parts = [_database_table(table, comments) for table in tables.metadata.tables.values()]
    return _page("Database", intro, *parts)


def _database_table(table: Table, comments: Mapping[tuple[str, str], str]) -> str:
    feed = table.name.removeprefix("feed_")
    purpose = _TABLES.get(table.name) or f"The rows taken of the feed [{feed}](feeds.md#{feed})."
    rows = [
        (_code(c.name), c.type, _column_key(c), comments.get((table.name, c.name), "")) for c in table.columns
    ]
    unique = [
        "Unique: " + _codes(column.name for column in constraint.columns) + "."
        for constraint in sorted(table.constraints, key=lambda each: str(each.name))
        if isinstance(constraint, UniqueConstraint)
    ]
    parts = [f"## {table.name}", purpose, _table(("column", "type", "key", "what it is"), rows), *unique]
    return "\n\n".join(parts)


def _column_key(column: Column[Any]) -> str:
    foreign = next(iter(column.foreign_keys), None)
    marks = ["primary" if column.primary_key else "", f"of {foreign.target_fullname}" if foreign else ""]
    optional = "may be empty" if column.nullable else ""
    return ", ".join(mark for mark in (*marks, optional) if mark)


def _column_comments() -> Iterator[tuple[tuple[str, str], str]]:
    """The comments that stand on the lines of columns in worker/store/tables.py."""
    table = column = ""
    for line in inspect.getsource(tables).split("\n"):
        if named := _TABLE_LINE.match(line):
            table = named[1] or table
        elif found := _COLUMN_LINE.match(line):
            column = found[1]
        if table and column and (comment := _COMMENT.search(line)):
            yield (table, column), comment[1]


# --- all of them ---

# --- coverage of the rules ---


def coverage_page() -> str:
    """Each row of the list of rules, with what carries it out or why nothing does."""
    found: dict[str, list[Place]] = {}
    for place in coverage.places(coverage.shipped()):
        found.setdefault(place.row, []).append(place)
    intro = (
        "Every rule that a headless worker could carry out, by the rows of our list (docs/rules.toml), and what "
        "carries it out: a step of a rulebook, a stage by what enters it, a request to people, or another part of the "
        "worker. Of the rest the reason is told. The rows of X are what several regulations share. A row may stand in "
        "several rulebooks; the counts take the first of these ways."
    )
    parts = [_coverage_counts(found)]
    parts += [_coverage_of(name, rows, found) for name, rows in coverage.rules().items()]
    return _page("Coverage of the rules", intro, *parts)


def _coverage_counts(found: Mapping[str, Sequence[Place]]) -> str:
    lines = []
    for name, rows in coverage.rules().items():
        ways = [coverage.how(found.get(row, [])) for row in rows]
        lines.append((name, len(rows), *(ways.count(way) for way in (*coverage.HOWS, None))))
    sums = [sum(column) for column in zip(*(line[1:] for line in lines), strict=True)]
    return _table(("regulation", "rows", *coverage.HOWS, "nowhere"), [*lines, ("all", *sums)])


def _coverage_of(name: str, rows: Mapping[str, str], found: Mapping[str, Sequence[Place]]) -> str:
    lines = [(row, about, "; ".join(_placed(found.get(row, [])))) for row, about in rows.items()]
    return f"## {name}\n\n" + _table(("row", "about", "what carries it out, or why nothing does"), lines)


def _placed(places: Sequence[Place]) -> Iterator[str]:
    """Each place in words; what two contests have alike is told once."""
    told: dict[str, list[str]] = {}
    for place in places:
        words = f"**{place.how}** {place.told}" + (f" (cl. {place.clause})" if place.clause else "")
        told.setdefault(words, []).append(place.contest)
    for words, contests in told.items():
        yield f"{', '.join(dict.fromkeys(contests))}: {words}"
    if not told:
        yield "**nowhere**"


PAGES: Mapping[str, Callable[[], str]] = {
    "coverage.md": coverage_page,
    "feeds.md": feeds_page,
    "settings.md": settings_page,
    "rulebook.md": rulebook_page,
    "commands.md": commands_page,
    "events.md": events_page,
    "codes.md": codes_page,
    "database.md": database_page,
}


def files() -> dict[str, bytes]:
    """Every file of the reference by its path below docs/reference."""
    pages = {name: make().encode() for name, make in PAGES.items()}
    inputs = {f"xsd/{feed.name}.xsd": feed_xsd(feed).encode() for feed in FEEDS.values()}
    return pages | inputs | {f"xsd/{name}.xsd": text for name, text in SCHEMAS.items()}


def write(folder: Path) -> None:
    """Write all files; those of earlier versions go."""
    made = files()
    for path in [*folder.glob("*.md"), *folder.glob("xsd/*.xsd")]:
        if str(path.relative_to(folder)) not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
