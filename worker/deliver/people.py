"""Whose the entries of a stage are, and all that is known of these people: one entry may be of several (a project's
authors), and one person may have several entries (two subjects, two nominations)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jobs import pipeline
from jobs.feeds import FEEDS
from jobs.rulebook import Rulebook, Stage
from worker.deliver.context import Consequence, Record
from worker.store import runs

NAMES = ("surname", "name", "patronymic")
_OF_ONE = (*NAMES, "school", "phone", "email", "birth_date")
_OF_ALL = ("region", "unit", "language")
"""What a record of several people tells of each of them."""
WRITTEN_BY_ANYBODY = ("appeals",)
"""Feeds that do not tell where others write to a person: whoever appeals in a child's name must not get the diploma."""


@dataclass(frozen=True)
class People:
    """`records`: what came about each entry of the stage, with what its steps found; `known`: what is known of each
    person, from the rulebook's `contact` stage first and then from the newest stage to the earliest."""

    records: Mapping[str, Record]
    owners: Mapping[str, str]
    known: Mapping[str, Record] = field(repr=False)

    def record(self, entry: str) -> Record:
        """What came about an entry."""
        return self.records.get(entry, {})

    def of(self, entry: str) -> tuple[str, ...]:
        """The ids of the people whose entry it is."""
        owner = self.owners.get(entry) or self.record(entry).get("participant") or entry
        return tuple(str(owner).split())

    def person(self, person: str) -> Record:
        """What is known of a person."""
        return self.known.get(person, {})

    def full_name(self, person: str) -> str:
        """Surname, name and patronymic; empty where the name is not known."""
        return " ".join(str(part) for name in NAMES if (part := self.person(person).get(name)))


def people_of(run: Consequence) -> People:
    """The people of a run's entries."""
    records = {**_came(run), **_by_entry(run.result.standing.to_dicts())}
    known: dict[str, dict[str, object]] = {}
    for person, told in _told(run, records):
        mine = known.setdefault(person, {})
        mine.update({name: value for name, value in told.items() if mine.get(name) is None})
    return People(records, run.result.people, known)


def _came(run: Consequence) -> dict[str, Record]:
    """The records that entered the stage, those of whoever is out included."""
    stage = run.result.stage
    if stage.entries in FEEDS:
        table = run.tables[stage.entries]
        return _by_entry(pipeline.own_entries(run.rulebook, stage, table)[0].to_dicts())
    return _standing(run, stage.entries)


def _by_entry(records: list[dict[str, object]]) -> dict[str, Record]:
    return {str(record["entry"]): record for record in records}


def _standing(run: Consequence, stage: str) -> dict[str, Record]:
    last = runs.latest(run.connection, run.contest, stage)
    return _by_entry(runs.standing(run.connection, last).to_dicts()) if last else {}


def _told(run: Consequence, own: Mapping[str, Record]) -> Iterator[tuple[str, Record]]:
    """Person and what a record tells of them, those that go before others first."""
    contact = run.rulebook.stage(run.rulebook.contact)
    table = runs.table(run.connection, contact.entries, run.contest)
    wrote = pipeline.own_entries(run.rulebook, contact, table)[0].to_dicts()
    yield from _each(_by_entry(wrote), contact.person)
    yield from _each(own, run.result.stage.person)
    for stage in tellers(run.rulebook, run.stage):
        yield from _each(_standing(run, stage.id), stage.person)


def tellers(rulebook: Rulebook, own: str) -> list[Stage]:
    """The stages besides the `own` that tell of people, the newest first."""
    others = [
        stage for stage in rulebook.stages if stage.id != own and stage.entries not in WRITTEN_BY_ANYBODY
    ]
    return others[::-1]


def _each(records: Mapping[str, Record], column: str | None) -> Iterator[tuple[str, Record]]:
    for entry, record in sorted(records.items()):
        owner = (column and record.get(column)) or record.get("participant") or entry
        people = str(owner).split()
        told = (*_OF_ONE, *_OF_ALL) if len(people) == 1 else _OF_ALL
        for person in people:
            yield person, {name: record.get(name) for name in told}
