"""The page of the feeds: what each kind of input file holds, and a row that each takes."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from jobs.feeds import FEEDS, contract
from jobs.feeds.contract import Feed
from jobs.feeds.reading import read_rows
from worker.reference import markdown

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
    kinds = markdown.table(("kind", "what is read"), sorted(KINDS.items()))
    return markdown.page("Feeds", intro, "## Kinds of columns", kinds, *map(_feed, FEEDS.values()))


def _feed(feed: Feed) -> str:
    doc = inspect.getdoc(sys.modules[feed.schema.__module__]) or ""
    versions = "A file of the same name from the same sender replaces the earlier one."
    log = "Files add up, whatever their names: each record carries its own time."
    facts = [
        f"A record is known by {markdown.codes(feed.key)}.",
        f"Its own time is `{feed.own_time}`." if feed.own_time else "It carries no time.",
        versions if feed.versioned_by_name else log,
        f"A file is this feed where the headers of {markdown.codes(sorted(feed.recognised_by))} are there.",
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
    rows = [_column(feed, name) for name in feed.headers()]
    headings = ("column", "kind", "needed", "what it is", "headers recognised")
    parts = [f"## {feed.name}", doc, " ".join(facts), markdown.table(headings, rows), _choices(feed)]
    return "\n\n".join(part for part in parts if part)


def _column(feed: Feed, name: str) -> Sequence[str]:
    wanted = "yes" if name in needed(feed) else "no"
    headers = ", ".join(dict.fromkeys(feed.headers()[name][1:])) or "–"
    return (markdown.code(name), feed.kind(name), wanted, feed.description(name), headers)


def _choices(feed: Feed) -> str:
    rows = [
        (markdown.code(name), markdown.code(choice), ", ".join(dict.fromkeys(spelt)))
        for name in feed.headers()
        for choice, spelt in feed.choices(name).items()
    ]
    return markdown.table(("column", "value", "written as"), rows) if rows else ""
