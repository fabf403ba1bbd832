"""Files that commands are given and files they make: feeds read as the intake reads them, CSV written whole."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from jobs.errors import BaiqauError
from jobs.feeds.contract import Feed
from jobs.feeds.reading import Reading, read_rows
from worker.intake.frames import Limits, Recognised, RefusedFile, RefusedRow, Rows
from worker.intake.ingest import BATCH_ROWS, frames_of, repaired_so_far

_FORMULA = (
    r"(^|;)([=+\-@\t\r])"  # what a spreadsheet would compute; semicolons part cells where commas are decimal
)


class FileFault(BaiqauError):
    """A file given to a command cannot be read."""


@dataclass(frozen=True)
class FeedRows:
    """`rows`: `line` and the feed's columns, typed; `repairs`: what was mended or assumed, counted by its code."""

    rows: pl.DataFrame
    repairs: Mapping[str, int]


def read_feed(
    feed: Feed, file: Path, *, zone: str, assume: Mapping[str, str], tell: Callable[[str], None]
) -> FeedRows:
    """The good rows of a file; `tell` gets a sentence for each reason why another one is not taken.

    `zone` reads local times; `assume` gives columns that the file lacks. Raises FileFault.
    """
    must_be_file(file)
    empty = {"line": pl.Int64(), **{name: spec.dtype for name, spec in feed.columns.items()}}
    parts = [pl.DataFrame(schema=empty)]
    repairs: Counter[str] = Counter()
    for raw in _tables(feed, file, tell):
        read = read_rows(feed, raw, zone=zone, assume=assume)
        _tell_refused(file, read, tell)
        parts.append(read.rows.select(list(empty)))
        for code, count in read.repairs.items():
            repairs[code] = repaired_so_far(code, repairs[code], count)
    return FeedRows(pl.concat(parts, how="vertical_relaxed"), repairs)


def must_be_file(path: Path) -> None:
    """Raises FileFault where it is none."""
    if path.is_dir():
        raise FileFault(f"{path}: it is a folder; give a file.")
    if not path.is_file():
        raise FileFault(f"{path}: there is no such file.")


def _tables(feed: Feed, file: Path, tell: Callable[[str], None]) -> Iterator[pl.DataFrame]:
    """The rows as strings, some thousands at a time: fewer would cost more than they save."""
    columns: list[str] = []
    waiting: list[pl.DataFrame] = []
    for frame in frames_of(file, file.name, feed, Limits()):
        match frame:
            case Recognised():
                columns = frame.columns
            case Rows():
                cells = dict(zip(columns, frame.columns, strict=True))
                waiting.append(pl.DataFrame({"line": frame.lines, **cells}))
            case RefusedRow():
                tell(f"{file.name}, line {frame.line}: {frame.column or 'row'} {frame.why}")
            case RefusedFile():
                raise FileFault(f"{file}: {frame.why}")
            case _:
                pass
        if sum(table.height for table in waiting) >= BATCH_ROWS:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _tell_refused(file: Path, read: Reading, tell: Callable[[str], None]) -> None:
    for line, column, _code, why in read.refused.iter_rows():
        tell(f"{file.name}, line {line}: {column} {why}")


def write_csv(table: pl.DataFrame, path: Path, *, private: bool = False) -> Path:
    """UTF-8, LF, whole or not at all; what a spreadsheet would take for a formula gets an apostrophe before it.
    Floats have the fewest digits that read back as the same float. `private`: only the owner may read it, at any time.
    """
    with _draft(path) as draft:
        if private:
            draft.touch(mode=0o600)
        table.with_columns(safe_cells(pl.col(pl.String))).write_csv(draft)
    return path


def safe_cells(text: pl.Expr) -> pl.Expr:
    """No part of the text is a formula in a spreadsheet."""
    return text.str.replace_all(_FORMULA, "${1}'${2}")


def write_whole(path: Path, content: bytes) -> Path:
    """A file, whole or not at all."""
    with _draft(path) as draft:
        draft.write_bytes(content)
    return path


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside it that takes its place at the end; where that is not reached, it goes."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
