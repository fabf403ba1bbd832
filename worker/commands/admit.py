"""`baiqau admit`: three CSV files in, admission.csv, cutoffs.csv and skipped.csv out."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

import polars as pl

from jobs.admission import Admission, AdmissionError, Rounding, Tie, admit
from jobs.errors import BaiqauError
from jobs.lot import lot_tickets
from worker.commands.files import write_csv

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]{1,9})?", re.ASCII)

Cell = str | int | Decimal | None
Reader = Callable[[str], Cell]


class AdmitInputError(BaiqauError):
    """A file of `baiqau admit` cannot be used; the sentence names file, line and column."""


@dataclass(frozen=True)
class AdmitSummary:
    """Counts for the last line on the screen, the files written, and sentences worth reading."""

    applicants: int
    placed: int
    seats: int
    supernumerary: int
    files: tuple[Path, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """How a column's cells are read, and whether the file or a cell may do without."""

    read: Reader
    kind: type[pl.DataType]
    needed: bool = True
    filled: bool = True


@dataclass(frozen=True)
class Sheet:
    """A CSV file as read: the table, and the line each of its rows began on."""

    path: Path
    table: pl.DataFrame
    lines: Sequence[int]


def run_admit(  # noqa: PLR0913 - one parameter an option of the command
    results: Path,
    quotas: Path,
    applications: Path,
    out: Path,
    *,
    tie: str = "strict",
    priorities: Path | None = None,
    chain: Sequence[str] = (),
    rounding: str = "floor",
    draw_id: str = "admission",
    dice: str = "",
) -> AdmitSummary:
    """Admit by score priority and write the three files into `out`, made if it is not there.

    `chain` names columns of results that order equal scores, higher first; who is equal there too is ordered
    (tie = strict) by a lot: DRAW-1 tickets over the list of participants, with `dice` digits if thrown.
    Files are UTF-8, comma-separated, lines ended by LF; a cell of text that a spreadsheet would take for a
    formula gets an apostrophe before it. Raises AdmitInputError, AdmissionError or LotError, each one
    sentence.
    """
    _one_of(rounding, ("floor", "half-up", "ceil"), "rounding")
    people = _read_results(results, chain)
    schools = _read(quotas, QUOTAS)
    wishes = _read(applications, APPLICATIONS)
    own = None if priorities is None else _read(priorities, PRIORITIES)
    _refuse_repeats(wishes, ("participant", "preference"), wish=("school_id", "language", "boarding"))
    outcome = admit(
        people.table,
        schools.table,
        wishes.table,
        tie=cast(Tie, tie),
        chain=chain,
        rounding=cast(Rounding, rounding),
        lot=lot_tickets(people.table["participant"], draw_id, dice) if tie == "strict" else None,
        priorities=None if own is None else own.table,
    )
    return _summary(outcome, _write_all(outcome, out))


def _count(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("a whole number")
    return int(text)


def _order(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= 9999:
        raise ValueError("a whole number from 1 to 9999")
    return int(text)


def _rank(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= 10**9:
        raise ValueError("a whole number from 1")
    return int(text)


def _score(text: str) -> Decimal:
    """Exactly what is written, with a point or a comma; never by way of a float."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("a number such as 85 or 82.5")
    return Decimal(text.replace(",", "."))


def _flag(text: str) -> int:
    if text not in {"0", "1"}:
        raise ValueError("0 or 1")
    return int(text)


_TEXT = Column(str, pl.String)
_MAYBE_TEXT = Column(str, pl.String, needed=False, filled=False)
_MAYBE_COUNT = Column(_count, pl.Int64, needed=False, filled=False)
QUOTAS = {
    "school_id": _TEXT,
    "language": _MAYBE_TEXT,
    "intake": Column(_count, pl.Int64),
    "seats": _MAYBE_COUNT,
    "boarding": _MAYBE_COUNT,
}
APPLICATIONS = {
    "participant": _TEXT,
    "preference": Column(_order, pl.Int64),
    "school_id": _TEXT,
    "language": _MAYBE_TEXT,
    "boarding": Column(_flag, pl.Int64, needed=False, filled=False),
}
PRIORITIES = {"school_id": _TEXT, "participant": _TEXT, "rank": Column(_rank, pl.Int64)}


def _read_results(path: Path, chain: Sequence[str]) -> Sheet:
    columns = {"participant": _TEXT, "score": Column(_score, pl.Object)}
    columns |= {name: Column(_score, pl.Object) for name in chain}
    sheet = _read(path, columns)
    _refuse_repeats(sheet, ("participant",))
    exact = [_exact(sheet.table[name]) for name in ("score", *chain)]
    return Sheet(sheet.path, sheet.table.with_columns(exact), sheet.lines)


def _exact(cells: pl.Series) -> pl.Series:
    """Whole numbers as integers; decimals on the finest scale anybody's figure has."""
    figures = [cell for cell in cells.to_list() if isinstance(cell, Decimal)]
    scale = max((-cast(int, figure.as_tuple().exponent) for figure in figures), default=0)
    if scale == 0:
        return pl.Series(cells.name, [int(figure) for figure in figures], dtype=pl.Int64)
    return pl.Series(cells.name, figures, dtype=pl.Decimal(38, scale))


def _read(path: Path, columns: Mapping[str, Column]) -> Sheet:
    """The named columns of a CSV file; other columns are ignored."""
    rows = _rows(path)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    _check_header(path, header, columns)
    where = {name: header.index(name) for name in columns if name in header}
    cells: dict[str, list[Cell]] = {name: [] for name in columns}
    lines: list[int] = []
    for line, row in rows:
        if len(row) != len(header):
            raise AdmitInputError(
                f"{path}, line {line}: {len(row)} cells where the header has {len(header)}; correct the line"
            )
        lines.append(line)
        for name, column in columns.items():
            text = row[where[name]].strip() if name in where else ""
            cells[name].append(_cell(text, column, f"{path}, line {line}, column {name!r}"))
    series = [pl.Series(name, cells[name], dtype=column.kind) for name, column in columns.items()]
    return Sheet(path, pl.DataFrame(series), lines)


def _check_header(path: Path, header: Sequence[str], columns: Mapping[str, Column]) -> None:
    for name, column in columns.items():
        if column.needed and name not in header:
            raise AdmitInputError(f"{path}, line 1: the column {name!r} is missing; add it to the header")
        if header.count(name) > 1:
            raise AdmitInputError(f"{path}, line 1: the column {name!r} stands twice; leave one")


def _cell(text: str, column: Column, place: str) -> Cell:
    if not text:
        if column.filled:
            raise AdmitInputError(f"{place}: the cell is empty; fill it in")
        return None
    try:
        return column.read(text)
    except ValueError as error:
        raise AdmitInputError(f"{place}: the cell is not {error}; correct it") from error


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every line that is not blank, the header first."""
    text = _text(path)
    comma = "," if text.partition("\n")[0].count(",") >= text.partition("\n")[0].count(";") else ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise AdmitInputError(
            f"{path}, line {line}: this is not CSV ({error}); save the file again"
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AdmitInputError(
            f"{path}: byte {error.start} is not UTF-8; save the file as CSV UTF-8"
        ) from error
    except OSError as error:
        raise AdmitInputError(
            f"{path}: the file cannot be read ({error.strerror}); check the path"
        ) from error


def _refuse_repeats(sheet: Sheet, key: Sequence[str], wish: Sequence[str] = ()) -> None:
    """One row a key; a row that repeats the wish too is a copy, which the core drops with a warning."""
    rows = sheet.table.with_row_index("row")
    if wish:
        rows = rows.unique([*key, *wish], keep="first", maintain_order=True)
    again = rows.filter(~pl.struct(key).is_first_distinct())
    if again.height:
        line = sheet.lines[again["row"][0]]
        raise AdmitInputError(
            f"{sheet.path}, line {line}: a line above has the same {' and '.join(key)}; leave one of them"
        )


def _one_of(word: str, allowed: Sequence[str], name: str) -> None:
    if word not in allowed:
        raise AdmissionError(f"{name} {word!r} is unknown; use one of {', '.join(allowed)}")


def _write_all(outcome: Admission, out: Path) -> tuple[Path, ...]:
    placements = outcome.placements.drop("reason").join(
        outcome.explanations(), on="participant", how="left", maintain_order="left"
    )
    tables = {
        "admission.csv": placements.select(
            "participant", "school_id", "language", "boarding", "preference", "reason"
        ),
        "cutoffs.csv": outcome.cutoffs,
        "skipped.csv": outcome.skipped,
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        return tuple(_write(table, out / name) for name, table in tables.items())
    except OSError as error:
        raise AdmitInputError(
            f"{out}: cannot be written ({error.strerror}); choose another folder"
        ) from error


def _write(table: pl.DataFrame, path: Path) -> Path:
    flags = [pl.col(name).cast(pl.Int8) for name, kind in table.schema.items() if kind == pl.Boolean]
    return write_csv(table.with_columns(flags), path)


def _summary(outcome: Admission, files: tuple[Path, ...]) -> AdmitSummary:
    return AdmitSummary(
        applicants=outcome.placements.height,
        placed=outcome.placements["school_id"].drop_nulls().len(),
        seats=int(outcome.cutoffs["seats"].sum()),
        supernumerary=int(outcome.cutoffs["supernumerary"].sum()),
        files=files,
        warnings=outcome.warnings,
    )
