"""The lists that a settled admission delivers: one for each partner school, and the public result."""

from collections.abc import Mapping, Sequence

import polars as pl

from worker.deliver.context import Consequence, Record
from worker.store.publications import Publication

PUBLIC = "public"
ADMISSION_LIST = "admission-list"
PUBLIC_RESULT = "public-result"


def school_lists(run: Consequence) -> None:
    """Each school gets its own people and no more; a school that nobody was admitted to is told so."""
    admitted = run.result.standing.to_dicts()
    for school_id, name in run.schools().items():
        _school_list(run, school_id, name, [person for person in admitted if person["award"] == school_id])


def _school_list(run: Consequence, school_id: str, school: str, people: Sequence[Record]) -> None:
    content = run.heading() | {
        "school_id": school_id,
        "school": school,
        "number": f"{run.contest}-{run.rulebook.edition}-{school_id}".upper(),
        "rows": [_admitted(person) for person in people],
    }
    name = f"list/{run.contest}/{run.rulebook.edition}/{school_id}"
    run.intend(Publication(name, f"school-{school_id}", run.contest, ADMISSION_LIST, content))


def _admitted(person: Record) -> dict[str, object]:
    names = ("surname", "name", "patronymic", "school", "region", "boarding", "preference", "score")
    return {"iin": person["entry"], "language": person["school_language"]} | {
        name: person[name] for name in names
    }


def public_result(run: Consequence) -> None:
    """Ranks, points and schools under pseudonyms, and every school's cut-off: no name, no IIN."""
    seated = {str(person["entry"]): person for person in run.result.standing.to_dicts()}
    content = run.heading() | {
        "rows": sorted((_public_row(run, person, seated) for person in _everyone(run)), key=_by_rank),
        "cutoffs": run.result.evidence["cutoffs"].to_dicts(),
        "drawn": sorted(set(run.result.evidence["contested"]["school_id"].to_list())),
        "readings": [list(reading) for reading in run.rulebook.readings],
    }
    name = f"public/{run.contest}/{run.rulebook.edition}"
    run.intend(Publication(name, PUBLIC, run.contest, PUBLIC_RESULT, content))


def _everyone(run: Consequence) -> Sequence[Record]:
    placements = run.result.evidence["placements"]
    place = (
        pl.col("score").rank("min", descending=True).cast(pl.Int64)
    )  # equal points share a place, as in the letters
    return placements.select("participant", "score", rank=place).to_dicts()


def _public_row(run: Consequence, person: Record, seated: Mapping[str, Record]) -> dict[str, object]:
    entry = str(person["participant"])
    seat = seated.get(entry, {})
    row = {"code": run.code(entry), "rank": person["rank"], "score": person["score"]}
    return row | {"school_id": seat.get("award"), "preference": seat.get("preference")}


def _by_rank(row: Record) -> tuple[int, str]:
    return int(str(row["rank"])), str(row["code"])
