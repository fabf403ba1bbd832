"""A rulebook ready to run: its stages with their steps bound to jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jobs import calendar
from jobs.binding import BoundStep
from jobs.feeds import FEEDS
from jobs.rulebook.written import Addressed, Ask, Kind, Latest, Snapshots
from jobs.workdays import NO_CALENDAR, Workdays


@dataclass(frozen=True)
class Stage:
    """A stage with its steps bound to jobs. `decided_at` is the instant at which it is decided; records with values of
    `others` (the key `except`) are not of it."""

    id: str
    title: Mapping[str, str]
    clause: str
    entries: str
    key: tuple[str, ...]
    only: Mapping[str, str | list[str]]
    others: Mapping[str, list[str]]
    latest: Latest | None
    snapshots: Snapshots | None
    among: str | None
    strangers: str | None
    waits_for: tuple[str, ...]
    absent: str | None
    from_earlier: tuple[str, ...]
    person: str | None
    become: str | None
    on_sheets: tuple[str, ...]
    may_lack: tuple[str, ...]
    decided_at: datetime
    deliver: tuple[str, ...]
    rows: tuple[str, ...]
    steps: tuple[BoundStep, ...]

    @property
    def feeds(self) -> frozenset[str]:
        """Every feed the stage reads."""
        own = {self.entries} if self.entries in FEEDS else set()
        return frozenset(own.union(*(step.feeds for step in self.steps)) if self.steps else own)

    @property
    def draw(self) -> BoundStep | None:
        """The step that draws prizes in public, where it has one."""
        return next((step for step in self.steps if step.draws), None)

    @property
    def needs(self) -> tuple[str, ...]:
        """The earlier stages it reads, by id; `entries` is one of them where it is no feed."""
        named = (self.entries if self.entries not in FEEDS else None, self.among)
        standing = (name for step in self.steps for name in step.standings.values())
        return tuple(dict.fromkeys(name for name in (*named, *standing) if name))


@dataclass(frozen=True)
class Alternative:
    """Another way to read what the regulation leaves open: `question` is the reading, `says` what would stand in the
    rulebook, `places` where, `rulebook` the contest read so."""

    question: str
    says: str
    places: tuple[str, ...]
    rulebook: "Rulebook"


@dataclass(frozen=True)
class OneName:
    """`names`: by each spelling, in small letters, the one name it stands for in these `columns`."""

    columns: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rulebook:
    """A regulation ready to run. `alternatives`: the other ways to read it, as far as they are written."""

    contest: str
    regulation: str
    edition: str
    title: Mapping[str, str]
    timezone: str
    windows: Mapping[str, calendar.Window]
    moments: Mapping[str, datetime]
    contact: str
    asks: Mapping[str, Ask]
    assume: Mapping[str, Mapping[str, str]]
    readings: tuple[tuple[str, str], ...]
    elsewhere: Mapping[str, str]
    not_executed: Mapping[str, str]
    in_part: Mapping[str, str]
    broadcast: str | None
    addressed: Addressed
    stages: tuple[Stage, ...]
    digest: str
    workdays: Workdays = NO_CALENDAR
    alternatives: tuple[Alternative, ...] = ()
    one_name: OneName = field(default_factory=OneName)

    def stage(self, name: str) -> Stage:
        """The stage of that name; StopIteration where there is none."""
        return next(stage for stage in self.stages if stage.id == name)

    def upon(self, stage: Stage) -> list[str]:
        """The stages that `stage` is decided upon, near and far, each before those it needs itself."""
        found = list(stage.needs)
        for name in found:
            found += [each for each in self.stage(name).needs if each not in found]
        return found

    def asks_of(self, kind: Kind) -> list[str]:
        """The names of the asks of a kind."""
        return [name for name, ask in self.asks.items() if ask.kind == kind]
