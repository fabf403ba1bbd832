"""Jurors of a rehearsal: they take the score sheets that were sent out, write their marks in and send them back.

A season plans the marks by ids, as if they came in one file; the forms name people by their codes, and whom a form does
not name is not marked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineWorkbook

from jobs.errors import BaiqauError
from worker.deliver.exports import (
    CONTESTANT_HEADER,
    CRITERION_HEADER,
    JUROR_HEADER,
    MINUTES_HEADER,
    POINTS_HEADER,
    ROUND_HEADER,
)
from worker.pseudonyms import Pseudonyms
from worker.rehearsal.spreadsheet import Cell, Drop, Table, xlsx
from worker.secrets import read_secret
from worker.site import Site

Place = tuple[str, str, str, str]
"""A contestant, a juror, a round (or nothing) and a criterion."""


class NoForms(BaiqauError):
    """No score sheet was sent out to the jurors of a rehearsal."""


@dataclass(frozen=True)
class Marks(Drop):
    """A file of marks that comes back on the forms of a `stage` instead. `given`: place to points and minutes."""

    stage: str
    given: Mapping[Place, tuple[str, Cell]]


def planned(drop: Drop, stage: str, rows: Sequence[Mapping[str, object]]) -> Marks:
    """The marks of a file of `scores` with these rows."""
    given = {
        (str(row["contestant"]), str(row["juror"]), str(row.get("round") or ""), str(row["criterion"])): (
            str(row["points"]),
            _whole(row.get("minutes")),
        )
        for row in rows
    }
    return Marks(drop.at, drop.path, drop.data, stage, given)


def _whole(value: object) -> Cell:
    return value if isinstance(value, int) else None


def filled(site: Site, marks: Marks) -> Iterator[Drop]:
    """The forms that jurors fill in, each under its own name. Raises NoForms where none was sent out."""
    folder, contest = Path(marks.path).parent, Path(marks.path).parent.name
    names = Pseudonyms(read_secret(site.path(site.settings.keys.pseudonyms)))
    by_code = {
        (names.code(contest, contestant), names.code(contest, juror), at, criterion): points
        for (contestant, juror, at, criterion), points in marks.given.items()
    }
    forms = sorted((site.outbox / "requests" / contest / "score-sheets" / marks.stage).glob("*.xlsx"))
    if not forms:
        raise NoForms(f"{contest}: no score sheets of the stage {marks.stage} were sent out to its jurors.")
    for form in forms:
        table = _written(form, by_code)
        if table is not None:
            yield Drop(marks.at, str(folder / form.name), xlsx(table))


def _written(form: Path, given: Mapping[Place, tuple[str, Cell]]) -> Table | None:
    """The form with the juror's marks; None where the juror gives none."""
    head, *body = CalamineWorkbook.from_path(str(form)).get_sheet_by_index(0).to_python()
    rows = [dict(zip(map(str, head), map(str, row), strict=True)) for row in body]
    marked = [given.get(_place(row)) for row in rows]
    if not any(marked):
        return None
    cells = [_row(row, mark) for row, mark in zip(rows, marked, strict=True)]
    return Table(tuple(map(str, head)), cells)


def _place(row: Mapping[str, str]) -> Place:
    return row[CONTESTANT_HEADER], row[JUROR_HEADER], row.get(ROUND_HEADER, ""), row[CRITERION_HEADER]


def _row(row: Mapping[str, str], mark: tuple[str, Cell] | None) -> tuple[Cell, ...]:
    points, minutes = mark if mark is not None else (None, None)
    new: dict[str, Cell] = {POINTS_HEADER: points, MINUTES_HEADER: minutes}
    return tuple(new.get(name, cell) for name, cell in row.items())
