"""The reports of the medal's five roles: each reader's own in a folder of the own, participants' cards to the operator,
who hands them out (regulation 003, clauses 3.3, 4.1, 4.4)."""

from collections.abc import Iterator, Mapping

import polars as pl

from jobs.medal.marks import LEAST, counted_marks
from jobs.medal.scope import OPERATOR, PARTICIPANT, STAFF, Programme, plain, programme
from jobs.medal.tables import Diary, Results, Tables, role_reports
from jobs.rulebook import Rulebook, Stage
from worker.deliver.context import OPERATOR as OPERATORS_FOLDER
from worker.deliver.context import Consequence
from worker.deliver.roles.words import Row, full_name
from worker.store.counted_marks import add, counted
from worker.store.publications import Publication

REPORT = "role-report"
CARDS = "role-cards"
READERS = "role-readers"
RECORDS = "role-records"
RECORDED = ("journal", "gaps")
"""Sheets with a row a record: of the whole country they are too many for one file."""
_NOWHERE = "no-region"
_STATE = ("profiles", "staff", "absences", "centres")
_WHOSE = ("participant", "surname", "name", "patronymic", "region")
_DIARY = ("journals", "catalogue", "mentor-ratings")


def reports(run: Consequence) -> None:
    """Publish what each role may see on the day of the stage; its job `levels` gives the percents and ratings."""
    on = run.date
    state = _programme(run, on)
    found = role_reports(state, _results(run), _diary(run), on)
    parts = {role: by_reader(tables) for role, tables in found.items()}
    folders = {
        (role, reader): _folder(run, role, reader)
        for role in (*STAFF, OPERATOR)
        for reader in sorted(parts[role])
    }
    for (role, reader), folder in folders.items():
        sheets = parts[role][reader]
        if role == OPERATOR:
            _records(run, on, sheets)
            sheets = {name: table for name, table in sheets.items() if name not in RECORDED}
        _report(run, on, state, role, reader, folder, rows_of(sheets))
    _cards(run, on, parts[PARTICIPANT])
    _readers(run, state, folders)


def _programme(run: Consequence, on: str) -> Programme:
    profiles, staff, absences, centres = (_feed(run, name) for name in _STATE)
    admitted = run.result.evidence["ratings"].select(participant="entry")
    known = profiles.join(admitted, on="participant", how="semi").unique("participant", keep="last")
    return programme(known, staff, absences, centres, on)


def feeds_read(_rulebook: Rulebook, _stage: Stage) -> frozenset[str]:
    """What the reports tell of besides the verdicts, whether the stage reads it or not: of some there may be none."""
    return frozenset((*_STATE, *_DIARY))


def _feed(run: Consequence, name: str) -> pl.DataFrame:
    return plain(run.tables[name], run.rulebook.timezone)


def _results(run: Consequence) -> Results:
    found = run.result.evidence
    return Results(*(plain(found[name], run.rulebook.timezone) for name in ("percents", "ratings", "gaps")))


def _diary(run: Consequence) -> Diary:
    journals, catalogue, marks = (_feed(run, name) for name in _DIARY)
    shown = counted_marks(marks, counted(run.connection, run.contest))
    add(run.connection, run.contest, run.run_id, shown)
    return Diary(journals, catalogue, shown)


def by_reader(tables: Tables) -> dict[str, dict[str, pl.DataFrame]]:
    """Reader to sheet to table."""
    parts: dict[str, dict[str, pl.DataFrame]] = {}
    for name, table in tables.items():
        for (reader,), own in table.partition_by("reader", as_dict=True, maintain_order=True).items():
            parts.setdefault(str(reader), {})[name] = own.drop("reader")
    return parts


def rows_of(sheets: Mapping[str, pl.DataFrame]) -> dict[str, list[Row]]:
    """Of one reader at a time: as rows a table takes many times its room."""
    return {name: table.to_dicts() for name, table in sheets.items()}


def _folder(run: Consequence, role: str, reader: str) -> str:
    """Whose outbox it is: no id of a person in the name."""
    return (
        OPERATORS_FOLDER
        if role == OPERATOR
        else f"{role}-{run.pseudonyms.code(run.contest, f'{role}/{reader}')}"
    )


def _head(run: Consequence, on: str) -> dict[str, object]:
    return run.heading() | {"on": on, "least": LEAST}


def _report(
    run: Consequence,
    on: str,
    state: Programme,
    role: str,
    reader: str,
    folder: str,
    sheets: Mapping[str, list[Row]],
) -> None:
    content = _head(run, on) | {
        "role": role,
        "reader": reader,
        "named": _named(state, reader),
        "sheets": sheets,
    }
    name = f"{REPORT}/{run.contest}/{run.rulebook.edition}/{run.stage}/{run.run_id}/{folder}"
    run.intend(Publication(name, folder, f"{run.contest}/report", REPORT, content))


def _records(run: Consequence, on: str, sheets: Mapping[str, pl.DataFrame]) -> None:
    """For the operator, what everybody has written: a publication a region, so that none grows with the country."""
    people = sheets.get("people", pl.DataFrame(schema=dict.fromkeys(_WHOSE, pl.String))).select(_WHOSE)
    homes = people.unique("participant", maintain_order=True).with_columns(
        pl.col("region").fill_null(_NOWHERE)
    )
    for (region,), own in sorted(homes.partition_by("region", as_dict=True).items()):
        found = {
            name: sheets[name].join(own, on="participant", how="semi", maintain_order="left")
            for name in RECORDED
            if name in sheets
        }
        if any(table.height for table in found.values()):
            content = _head(run, on) | {"role": OPERATOR, "reader": OPERATOR, "named": ""}
            content |= {"sheets": rows_of({"people": own, **found})}
            name = f"{RECORDS}/{run.contest}/{run.rulebook.edition}/{run.stage}/{run.run_id}/{region}"
            folder = f"{run.contest}/report/{region}"
            run.intend(Publication(name, OPERATORS_FOLDER, folder, RECORDS, content))


def _named(state: Programme, person: str) -> str:
    found = state.staff.filter(person=person).to_dicts()
    return full_name(found[0]) if found else ""


def _cards(run: Consequence, on: str, parts: Mapping[str, Mapping[str, pl.DataFrame]]) -> None:
    """A publication a region, so that none grows with the country."""
    homes: dict[str, list[str]] = {}
    for participant, sheets in sorted(parts.items()):
        homes.setdefault(sheets["people"]["region"][0] or _NOWHERE, []).append(participant)
    for region, own in sorted(homes.items()):
        cards = [_card(run, participant, rows_of(parts[participant])) for participant in own]
        name = f"{CARDS}/{run.contest}/{run.rulebook.edition}/{run.stage}/{run.run_id}/{region}"
        content = _head(run, on) | {"cards": cards}
        run.intend(Publication(name, OPERATORS_FOLDER, f"{run.contest}/cards/{region}", CARDS, content))


def _card(run: Consequence, participant: str, sheets: Mapping[str, list[Row]]) -> dict[str, object]:
    person = sheets["people"][0]
    content = {"role": PARTICIPANT, "reader": participant, "named": full_name(person), "sheets": sheets}
    return {"code": run.code(participant), "language": person["language"] or "kk", "content": content}


def _readers(run: Consequence, state: Programme, folders: Mapping[tuple[str, str], str]) -> None:
    """For the operator: which folder is whose, so that each is opened to its reader alone."""
    rows = list(_owners(state, folders))
    name = f"{READERS}/{run.contest}/{run.rulebook.edition}/{run.stage}/{run.run_id}"
    run.intend(Publication(name, OPERATORS_FOLDER, run.contest, READERS, {"rows": rows}))


def _owners(state: Programme, folders: Mapping[tuple[str, str], str]) -> Iterator[Row]:
    known = {(row["role"], row["person"]): row for row in state.staff.to_dicts()}
    for (role, reader), folder in sorted(folders.items()):
        if role != OPERATOR:
            person = known[role, reader]
            named = {"name": full_name(person), "email": person["email"]}
            yield {"folder": folder, "role": role, "person": reader, "region": person["region"], **named}
