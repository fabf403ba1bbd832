"""The season while it is written: its size, what is planted in it, and the files so far."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from jobs.calendar import Window, time_zone
from jobs.regions import regions
from jobs.rulebook import Rulebook
from worker.rehearsal.people import Inventor, Pupil, School
from worker.rehearsal.spreadsheet import Cell, Drop, Words


@dataclass(frozen=True)
class Size:
    """How large a season is.

    `seats`: of all partner schools together. `finalists`: the best of stage 1 who sit stage 2; `applicants`:
    the best of those who apply to schools. `files`: sheet files of stage 1 (stage 2 has half as many).
    `batches`: registration files. `shapes`: one of ROSTER_SHAPES for each file of the ministry's list.
    `thorough`: all the planted trouble, else only what a short test of the whole road needs.
    """

    pupils: int
    schools: int
    partners: int
    seats: int
    finalists: int
    applicants: int
    files: int
    batches: int
    shapes: tuple[str, ...]
    thorough: bool


DEMO = Size(
    pupils=2000,
    schools=120,
    partners=20,
    seats=120,
    finalists=400,
    applicants=200,
    files=8,
    batches=9,
    shapes=("xlsx", "kz1048", "utf16", "utf8-bom", "misread", "xml", "lookalikes", "ruined", "xlsx-russian"),
    thorough=True,
)
SMALL = Size(
    pupils=14,
    schools=3,
    partners=2,
    seats=4,
    finalists=8,
    applicants=6,
    files=1,
    batches=1,
    shapes=("xlsx", "ruined"),
    thorough=False,
)


@dataclass(frozen=True)
class Case:
    """Planted trouble: what the steps of `stage` that cite `clause` say of `ids` (participants).

    `verdict` is in, out or undecided; undecided is what they say before people answer. Clause 4 or 5 stands
    for the sheets that a stage takes at all. Steps of other clauses may say otherwise.
    """

    name: str
    stage: str
    ids: tuple[str, ...]
    verdict: str
    clause: str


@dataclass(frozen=True)
class Planted:
    """What the season knows of itself.

    listed: IINs of the ministry's list, those of rows that must be refused too. cases: the planted people.
    files: path of every drop to its outcome: accepted, partial (some rows refused), refused, duplicate, or
    unregistered (no sender may use that folder). scores: stage to participant to right answers of the sheet
    that counts. winners: by clause 12 and reading Q22, provided that people answer as in
    worker.rehearsal.people. lot: who tie for the last seat of `lot_school`.
    """

    listed: tuple[str, ...]
    cases: tuple[Case, ...]
    files: Mapping[str, str]
    scores: Mapping[str, Mapping[str, int]]
    seats: int
    winners: tuple[str, ...]
    lot: tuple[str, ...]
    lot_school: str

    def case(self, name: str) -> Case:
        """The case of that name; KeyError where none was planted."""
        return {case.name: case for case in self.cases}[name]


@dataclass(frozen=True)
class Season:
    """The files in the order of their times, and what was planted in them."""

    drops: tuple[Drop, ...]
    planted: Planted


@dataclass
class Draft:
    """`accepted`: whose registration holds; `roles`: IIN to the one trouble a person is dealt."""

    rulebook: Rulebook
    size: Size
    rng: random.Random
    people: Inventor
    schools: list[School]
    listed: list[Pupil]
    accepted: list[Pupil] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    drops: list[Drop] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    finalists: list[str] = field(default_factory=list)
    trio: list[str] = field(default_factory=list)

    def window(self, name: str) -> Window:
        return self.rulebook.windows[name]

    def drop(self, at: datetime, sender: str, name: str, data: bytes, outcome: str = "accepted") -> None:
        path = f"{sender}/{self.rulebook.contest}/{name}"
        self.drops.append(Drop(at, path, data))
        self.files[path] = outcome

    def plant(self, name: str, stage: str, ids: Iterable[str], verdict: str, clause: str) -> None:
        self.cases.append(Case(name, stage, tuple(ids), verdict, clause))

    def deal(self, role: str, count: int, among: Sequence[Pupil]) -> list[str]:
        """`count` of those without a role get this one; their IINs."""
        free = [pupil.iin for pupil in among if pupil.iin not in self.roles]
        chosen = self.rng.sample(free, count)
        self.roles |= dict.fromkeys(chosen, role)
        return chosen

    def stranger(self) -> Pupil:
        """Somebody who is not on the ministry's list."""
        return self.people.pupil(self.rng.choice(self.schools))

    def written(self, at: datetime, words: Words) -> Cell:
        """The instant with its offset in a program's export, else as the contest's clocks show it."""
        local = at.astimezone(time_zone(self.rulebook.timezone))
        return local.isoformat() if words == "en" else local.replace(tzinfo=None)


def begin(rulebook: Rulebook, size: Size, seed: int) -> Draft:
    rng = random.Random(seed)
    people = Inventor(rng)
    oblasts = [region for region in regions() if region.kind == "oblast"][: size.schools]
    schools = [people.school(n + 1, oblasts[n * len(oblasts) // size.schools]) for n in range(size.schools)]
    listed = [people.pupil(schools[n % size.schools]) for n in range(size.pupils)]
    return Draft(rulebook, size, rng, people, schools, listed)
