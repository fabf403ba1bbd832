"""A season of votes and draws while it is written: its size, what is planted in it, and the files so far."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from jobs.regions import REGIONS, Region
from jobs.rulebook import Rulebook
from worker.rehearsal.people import Inventor
from worker.rehearsal.spreadsheet import Drop
from worker.rehearsal.teachers import Staff

T = TypeVar("T")


@dataclass(frozen=True)
class VoteSize:
    """How large a season is.

    `regions`: how many of the rulebook's have people (None: all). `spare`: from and to how many teachers of a region
    there are beyond its places or its quorum. `silent`: teachers of a region who send nothing. `form_teachers`: from
    and to how many eligible class teachers a region has. `works`: from and to how many works of Best SOR.
    """

    regions: int | None
    spare: tuple[int, int]
    silent: int
    form_teachers: tuple[int, int]
    works: tuple[int, int]


FULL = VoteSize(regions=None, spare=(4, 15), silent=12, form_teachers=(20, 40), works=(4, 12))
SMALL = VoteSize(regions=3, spare=(5, 7), silent=1, form_teachers=(5, 7), works=(4, 5))
"""For tests, which may set the rulebook's `least` and `places` down to 12; three regions show all the trouble."""


@dataclass(frozen=True)
class VoteCase:
    """Planted trouble: what the steps of a contest's stage say of `ids` (people, or works by their ids).

    `verdict` and `code` are of the one step that speaks of the trouble; undecided is what it says before people answer.
    """

    name: str
    contest: str
    stage: str
    ids: tuple[str, ...]
    verdict: str
    code: str


@dataclass(frozen=True)
class VotePlanted:
    """What the season knows of itself; people answering as in worker.rehearsal.people.

    files: path of every drop to its outcome: accepted, partial (some rows refused) or duplicate. entrants: contest to
    region to how many are in its draw. short: the region with one teacher too few; tied: the one with three works on
    the last place; differing: those whose pool depends on how unknown shares are read. counts: work to the likes,
    comments and shares (of Best SOR: likes and adds) that hold. winners: region to the works that win in Best SOR.
    """

    cases: tuple[VoteCase, ...]
    files: Mapping[str, str]
    entrants: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    short: str | None = None
    tied: str | None = None
    differing: tuple[str, ...] = ()
    counts: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    winners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def case(self, name: str) -> VoteCase:
        """The case of that name; KeyError where none was planted."""
        return {case.name: case for case in self.cases}[name]


@dataclass(frozen=True)
class VoteSeason:
    """The files in the order of their times, and what was planted in them."""

    drops: tuple[Drop, ...]
    planted: VotePlanted


@dataclass
class VoteDraft:
    """`staff` numbers the teachers of all contests of the season."""

    size: VoteSize
    rng: random.Random
    staff: Staff
    drops: list[Drop] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    cases: list[VoteCase] = field(default_factory=list)
    entrants: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[str, tuple[int | None, ...]] = field(default_factory=dict)

    def drop(
        self, rulebook: Rulebook, at: datetime, sender: str, name: str, data: bytes, outcome: str = "accepted"
    ) -> None:
        path = f"{sender}/{rulebook.contest}/{name}"
        self.drops.append(Drop(at, path, data))
        self.files[path] = outcome

    def plant(
        self, name: str, rulebook: Rulebook, stage: str, ids: Iterable[str], verdict: str, code: str
    ) -> None:
        self.cases.append(VoteCase(name, rulebook.contest, stage, tuple(ids), verdict, code))

    def regions(self, rulebook: Rulebook) -> list[Region]:
        """The regions that have people, in the order of their codes."""
        return regions_of(rulebook)[: self.size.regions]

    def ordered(self) -> tuple[Drop, ...]:
        return tuple(sorted(self.drops, key=lambda drop: (drop.at, drop.path)))


def begin(size: VoteSize, seed: int, prefix: str) -> VoteDraft:
    rng = random.Random(seed)
    return VoteDraft(size, rng, Staff(rng, Inventor(rng), prefix))


def regions_of(rulebook: Rulebook) -> list[Region]:
    """The regions that the rulebook's step on regions lets in, in the order of their codes."""
    known = {region.code: region for region in REGIONS}
    return [known[code] for code in sorted(parameter(rulebook, "require", "one_of", column="region"))]


def parameter(rulebook: Rulebook, job: str, name: str, **others: object) -> Any:
    """What the first step with that job, and with these other parameters, gives for `name`; KeyError without one."""
    for stage in rulebook.stages:
        for step in stage.steps:
            same = all(step.given.get(key) == value for key, value in others.items())
            if step.job.name == job and name in step.given and same:
                return step.given[name]
    raise KeyError(f"{job}.{name}")


def stage_of(rulebook: Rulebook, feed: str) -> str:
    """The id of the stage whose entries are that feed."""
    return next(stage.id for stage in rulebook.stages if stage.entries == feed)


def stage_with(rulebook: Rulebook, job: str, column: str | None = None) -> str:
    """The id of the first stage that has a step of that job (on that column)."""
    for stage in rulebook.stages:
        for step in stage.steps:
            if step.job.name == job and (column is None or step.given.get("column") == column):
                return stage.id
    raise KeyError(job)


def in_parts(items: list[T], parts: int) -> Iterator[list[T]]:
    """The items in so many neighbouring parts, empty ones left out."""
    for number in range(parts):
        part = items[len(items) * number // parts : len(items) * (number + 1) // parts]
        if part:
            yield part
