"""What a feed is: a dataframely schema, the headers people write, and how a cell is read.

One declaration serves everything: it validates, words the reasons of refused rows, names the database table
and generates the reference page, the XSD and the sample files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import new_class
from typing import Any

import dataframely as dy

TEXT = "text"  # words of people: NBSP, look-alike letters and spaces are mended
CODE = "code"  # identifiers: only outer spaces go
PERSON = "person"  # an IIN where it looks like one: Excel's lost zeros are restored
WHOLE = "whole"
DATE = "date"
INSTANT = "instant"
CHOICE = "choice"
FLAG = "flag"
PHONE = "phone"
EMAIL = "email"
REGION = "region"


def column(
    kind: str, description: str, *headers: str, choices: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, Any]:
    """Keyword arguments of a dataframely column: how its cells are read, what it means, how people head it."""
    return {
        "description": description,
        "metadata": {"kind": kind, "headers": headers, "choices": dict(choices or {})},
    }


@dataclass(frozen=True)
class Feed:
    """A kind of input table.

    `key` identifies a record: two rows with one key are versions of one record. `own_time` is the column that
    says when the record was made. `recognised_by` are the columns whose headers make a file this feed.
    `repeated` is the pattern of columns that come in any number (q1, q2 …); they are joined into `answers`.
    """

    name: str
    schema: type[dy.Schema]
    key: tuple[str, ...]
    recognised_by: frozenset[str]
    own_time: str | None = None
    repeated: str | None = None
    derived: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def numbered(self) -> type[dy.Schema]:
        """The schema with the file's line beside each row, so that a reason can name it."""
        return new_class(
            f"{self.schema.__name__}Numbered", (self.schema,), {}, lambda body: body.update(line=dy.Int64())
        )

    @cached_property
    def columns(self) -> Mapping[str, dy.Column]:
        return self.schema.columns()

    def kind(self, name: str) -> str:
        return str(_metadata(self.columns[name])["kind"])

    def choices(self, name: str) -> Mapping[str, tuple[str, ...]]:
        found: Mapping[str, tuple[str, ...]] = _metadata(self.columns[name])["choices"]
        return found

    def headers(self) -> dict[str, tuple[str, ...]]:
        """Canonical column to the headers people write, the canonical name first."""
        return {
            name: (name, *_metadata(spec)["headers"])
            for name, spec in self.columns.items()
            if name not in self.derived
        }

    def description(self, name: str) -> str:
        return str(self.columns[name].description or "")


def _metadata(spec: dy.Column) -> dict[str, Any]:
    if spec.metadata is None:
        raise TypeError("a feed's column is declared with jobs.feeds.contract.column(...)")
    return spec.metadata
