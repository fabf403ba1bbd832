"""What a feed is: a dataframely schema, the headers people write, and how a cell is read.

One declaration serves everything: it validates, words the reasons of refused rows, names the database table
and generates the reference page, the XSD and the sample files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import new_class
from typing import Any

import dataframely as dy
import polars as pl

TEXT = "text"  # words of people: NBSP, look-alike letters and spaces are mended
CODE = "code"  # identifiers: only outer spaces go
ANSWER = "answer"  # letters of answers: capitals of one alphabet
PERSON = "person"  # an IIN where it looks like one: Excel's lost zeros are restored
WHOLE = "whole"
DATE = "date"
INSTANT = "instant"
CHOICE = "choice"
FLAG = "flag"
PHONE = "phone"
EMAIL = "email"
REGION = "region"

BLANK = "."  # an item without an answer, in `answers`
NO_TIME = "-"  # an item whose time is not known, in `seconds`


# What is printed on lists and diplomas must be in letters their fonts have, and fit a line.
PERSON_NAME = r"^[A-Za-zÀ-ſЀ-ӿ'’ʼ. ()-]{1,100}$"
PRINTED_LINE = r"^[ -~ -ſЀ-ӿ‐-”„№…]{1,200}$"


def column(
    kind: str,
    description: str,
    *headers: str,
    choices: Mapping[str, tuple[str, ...]] | None = None,
    whys: Mapping[str, str] | None = None,
    midnight: bool = False,
    sample: str | None = None,
) -> dict[str, Any]:
    """Keyword arguments of a dataframely column: how its cells are read, what it means, how people head it.

    `whys`: a rule of dataframely (`nullability`, `regex` …), or `unreadable`, to the sentence for a row that breaks
    it here, where the general one would not say what to do. `midnight`: an INSTANT that may be a date alone, the
    day's beginning. `sample`: a cell that is taken, where not every cell of its kind is.
    """
    return {
        "description": description,
        "metadata": {
            "kind": kind,
            "headers": headers,
            "choices": {value: _with_itself(value, words) for value, words in (choices or {}).items()},
            "whys": dict(whys or {}),
            "midnight": midnight,
            "sample": sample,
        },
    }


def _with_itself(value: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return words if value in words else (value, *words)


@dataclass(frozen=True)
class Feed:
    """A kind of input table.

    `key` identifies a record: two rows with one key are versions of one record. `own_time` is the column that
    says when the record was made. `recognised_by` are the columns whose headers make a file this feed.
    `repeated` is the pattern of columns that come in any number (q1, q2 …), its group their number; they are
    joined into `answers`, one of the `derived` columns, which no file has. `timed` likewise (t1, t2 …): the seconds
    each item took, joined into `seconds`. `gathered`: a column to the pattern of
    others (hashtags/0, hashtags/1 …) whose cells are joined into it with spaces; the pattern is of headers as they
    are compared (`worker.intake.header.normalise`). `aids`: columns that are read for what they tell of others and
    are not kept, to the headers people write.

    Three functions of tables of strings (`line`, every column and aid; words mended, blank cells null). `derive`
    fills cells that can be told from others. `repaired` counts what it did, by a code, from the tables before and
    after. `barred` names the rows, after `derive`, that are no records or lost what names them: `line`, `column`,
    `code`, `why`, one a row; nothing else is said of such a row.

    `versioned_by_name`: a file is a version of a whole, so a later one of the same name from the same sender
    replaces it, rows that are gone included. False for logs: their files add up whatever they are called, and
    each record carries its `own_time`.
    """

    name: str
    schema: type[dy.Schema]
    key: tuple[str, ...]
    recognised_by: frozenset[str]
    versioned_by_name: bool
    own_time: str | None = None
    repeated: str | None = None
    timed: str | None = None
    derived: frozenset[str] = field(default_factory=frozenset)
    gathered: Mapping[str, str] = field(default_factory=dict, hash=False)
    aids: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    derive: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    repaired: Callable[[pl.DataFrame, pl.DataFrame], Mapping[str, int]] | None = None
    barred: Callable[[pl.DataFrame], pl.DataFrame] | None = None

    @cached_property
    def numbered(self) -> type[dy.Schema]:
        """The schema with the file's line beside each row, so that a reason can name it."""
        return new_class(
            f"{self.schema.__name__}Numbered", (self.schema,), {}, lambda body: body.update(line=dy.Int64())
        )

    @cached_property
    def columns(self) -> Mapping[str, dy.Column]:
        return self.schema.columns()

    def of_kind(self, *kinds: str) -> list[str]:
        """The columns that are read in one of these ways."""
        return [name for name in self.columns if self.kind(name) in kinds]

    def kind(self, name: str) -> str:
        return str(_metadata(self.columns[name])["kind"])

    def choices(self, name: str) -> Mapping[str, tuple[str, ...]]:
        found: Mapping[str, tuple[str, ...]] = _metadata(self.columns[name])["choices"]
        return found

    def why(self, name: str, rule: str, otherwise: str) -> str:
        """The sentence for a row whose column breaks a rule."""
        return str(_metadata(self.columns[name])["whys"].get(rule, otherwise))

    def takes_midnight(self, name: str) -> bool:
        """Whether a date alone is read as the beginning of that local day."""
        return bool(_metadata(self.columns[name])["midnight"])

    def sample(self, name: str) -> str | None:
        """A cell that the column takes, where not every cell of its kind is one."""
        found: str | None = _metadata(self.columns[name])["sample"]
        return found

    def spellings(self) -> dict[str, tuple[str, ...]]:
        """`headers` and those of the aids: all that a file is read for."""
        return self.headers() | {name: (name, *headers) for name, headers in self.aids.items()}

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of the columns that come in any number."""
        return (*self.of_items, *self.gathered.values())

    @property
    def of_items(self) -> tuple[str, ...]:
        """The patterns of the columns that come once an item."""
        return tuple(filter(None, (self.repeated, self.timed)))

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
