"""What the parser's child says to its parent, and the limits it says it under.

Everything here is a msgspec struct: the pipe carries msgpack, so a child that a hostile file has taken over
can send wrong values but no code.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from jobs.errors import BaiqauError

MIB: Final = 1 << 20
SEPARATOR: Final = "\x1f"
"""Stands between cells on the pipe (ASCII "unit separator"); a row with it in a cell is refused."""


class Limits(msgspec.Struct, frozen=True):
    """What one file may cost. In bytes, seconds, characters; `memory_bytes` is all of the child's memory."""

    max_bytes: int = 512 * MIB
    max_uncompressed_bytes: int = 2048 * MIB
    max_ratio: int = 200
    max_rows: int = 2_000_000
    max_cell_chars: int = 32_767
    max_columns: int = 2_000
    memory_bytes: int = 1024 * MIB
    cpu_seconds: int = 120
    wall_seconds: float = 180.0


class FeedWords(msgspec.Struct, frozen=True):
    """How a feed is recognised: canonical column to the headers people write, and which must be there.

    `pattern` names columns that come in any number (`q([0-9]{1,3})`); such a header is its own column name. `aids`
    are columns that are searched and not kept: what may not be kept refuses no row there.
    """

    columns: Mapping[str, tuple[str, ...]]
    required: frozenset[str]
    pattern: str | None = None
    aids: frozenset[str] = frozenset()


Vocabulary = Mapping[str, FeedWords]


class Job(msgspec.Struct, frozen=True):
    """One file to read: where our private copy is, what its sender called it, and how to understand it."""

    path: str
    file_name: str
    vocabulary: dict[str, FeedWords]
    limits: Limits
    chunk_rows: int


class Repair(msgspec.Struct, frozen=True):
    """Something that was not as it should be and was mended or kept: reported, never silent."""

    code: str
    count: int
    note: str


class Opened(msgspec.Struct, frozen=True, tag=True):
    """How the file was read. `repairs` are those decided on its opening; `End` has the final counts."""

    format: str
    encoding: str
    delimiter: str | None = None
    sheet: str | None = None
    member: str | None = None
    repairs: list[Repair] = []


class Recognised(msgspec.Struct, frozen=True, tag=True):
    """The feed, its columns in the file's order, the headers nobody knows, and the header's line."""

    feed: str
    columns: list[str]
    ignored_headers: list[str]
    header_line: int


class Rows(msgspec.Struct, frozen=True):
    """Rows by column, in the order of `Recognised.columns`: polars series of strings, which the child's code must
    not import. "" is a blank cell, null one of a column that the file, as far as it was seen, has not."""

    lines: list[int]
    columns: list[Any]


class PackedRows(msgspec.Struct, frozen=True, tag=True):
    """`Rows` on the pipe: cells row by row between separators, UTF-8; `take` the places of the wanted columns,
    `lacking` those among them that the file's opening has not."""

    lines: list[int]
    cells: bytes
    width: int
    take: list[int]
    lacking: list[int] = []

    def unpack(self) -> Rows:
        """Split by column; raises ValueError where the number of cells is not what was promised."""
        import polars as pl  # noqa: PLC0415 - the child packs only, and must stay small

        try:
            cells = pl.Series([self.cells]).cast(pl.String).str.split(SEPARATOR).explode()
        except pl.exceptions.PolarsError as fault:
            raise ValueError("the cells are no text") from fault
        if len(cells) != len(self.lines) * self.width or not all(0 <= at < self.width for at in self.take):
            raise ValueError("the cells do not fill the rows")
        columns = {at: cells.gather_every(self.width, at) for at in self.take}
        absent = {at: columns[at].set(columns[at] == "", None) for at in self.lacking if at in columns}
        return Rows(self.lines, [absent.get(at, columns[at]) for at in self.take])


class Passed(msgspec.Struct, frozen=True, tag=True):
    """A line that is no data: a title, a blank line, a subtotal. Only the first 1,000 of a file are told."""

    line: int
    code: str
    why: str


class RefusedRow(msgspec.Struct, frozen=True, tag=True):
    """A row that is not taken while the others are."""

    line: int
    column: str | None
    code: str
    why: str


class RefusedFile(msgspec.Struct, frozen=True, tag=True):
    """The last frame of a file that is not taken: rows sent before it are void."""

    code: str
    why: str


class End(msgspec.Struct, frozen=True, tag=True):
    """The last frame of a file that was read to its end."""

    rows: int
    refused: int
    passed: int
    repairs: list[Repair] = []
    ignored_later: list[str] = []
    """Names first met after the file's opening (XML elements, JSON keys) that nobody knows."""


STATUS: Final = struct.Struct("!i")
"""How a child ended, as `os.waitpid` says it, on its leash."""
EXIT_MEMORY: Final = 70
EXIT_INPUT_OUTPUT: Final = 74

Wire = Opened | Recognised | PackedRows | Passed | RefusedRow | RefusedFile | End
Frame = Opened | Recognised | Rows | Passed | RefusedRow | RefusedFile | End


class Refusal(BaiqauError):
    """A file that is not taken: a code for machines and one sentence for its sender, without its data."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why
