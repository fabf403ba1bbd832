"""The page of the database: tables and columns."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint

from worker.reference import markdown
from worker.store import tables

_PURPOSES: Mapping[str, str] = {
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
    parts = [_table_of(table, comments) for table in tables.metadata.tables.values()]
    return markdown.page("Database", intro, *parts)


def _table_of(table: Table, comments: Mapping[tuple[str, str], str]) -> str:
    feed = table.name.removeprefix("feed_")
    purpose = _PURPOSES.get(table.name) or f"The rows taken of the feed [{feed}](feeds.md#{feed})."
    rows = [
        (markdown.code(c.name), c.type, _column_key(c), comments.get((table.name, c.name), ""))
        for c in table.columns
    ]
    unique = [
        "Unique: " + markdown.codes(column.name for column in constraint.columns) + "."
        for constraint in sorted(table.constraints, key=lambda each: str(each.name))
        if isinstance(constraint, UniqueConstraint)
    ]
    parts = [
        f"## {table.name}",
        purpose,
        markdown.table(("column", "type", "key", "what it is"), rows),
        *unique,
    ]
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
