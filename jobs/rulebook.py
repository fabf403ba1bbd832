"""A rulebook: a regulation as TOML that only chooses tested jobs and names their parameters.

Everything wrong with it is found when it loads: unknown keys, jobs, parameters, windows and feeds, wrong types
and values. See docs/reference/rulebook.md for every key.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jobs import calendar
from jobs.binding import BoundStep, Lookup, bind
from jobs.catalogue import JOBS
from jobs.draw1 import prize_text
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.readings import ReadingFault, answers, other_ways
from jobs.rescore import CONFIRM, KEEP
from jobs.verdicts import IN, UNDECIDED
from jobs.workdays import NO_CALENDAR, Workdays, no_calendar

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]

Row = Annotated[str, Field(pattern=r"^(\d{3}-\d{2,3}|\d{3}-\d{2}[a-z]|X-\d{2})$")]
"""A row of the list of rules (docs/rules.toml): "004-216", "004-00a", "X-01"."""

Sentence = Annotated[str, Field(min_length=10)]

Alternatives = dict[str, Annotated[list[Annotated[dict[str, Any], Field(min_length=1)]], Field(min_length=1)]]
"""The name of a reading to the other ways to read it: each the keys that it would change, with their values."""


COMMITTED_BEFORE = timedelta(hours=24)
"""How long before a draw its list must have been published (DRAW-1, 3)."""


class RulebookFault(BaiqauError):
    """A rulebook says something that cannot be carried out."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=False)


def _three_languages(title: dict[str, str]) -> dict[str, str]:
    if set(title) != {"kk", "ru", "en"}:
        raise ValueError("give the title in kk, ru and en")
    return title


class Period(_Table):
    """A line of [season]: a window (`opens` with `closes`, `days`, `hours` or `working_days`) or a moment (`at`).

    `days` counts the day of opening as the first; `working_days` are counted from the day after it, and end with the
    last of them.

    `files_by` is the moment until which the files about a window are awaited; its stage is decided then, or when
    the window closes where it is not given.
    """

    opens: str | None = None
    closes: str | None = None
    days: int | None = Field(default=None, ge=1)
    hours: int | None = Field(default=None, ge=1)
    working_days: int | None = Field(default=None, ge=1)
    files_by: str | None = None
    at: str | None = None


Title = Annotated[dict[Literal["kk", "ru", "en"], str], AfterValidator(_three_languages)]


def _listed(choices: object) -> object:
    """A list of choices is one of readings or of grounds, which put nobody in or out by themselves."""
    return dict.fromkeys(choices, "in") if isinstance(choices, list) else choices


Kind = Literal["people", "lot", "absentees", "group", "reading", "draw", "annulment"]


class Ask(_Table):
    """Who decides what the regulation leaves to people, and what each choice does to an undecided entry.

    What they are asked, by `kind`: `people` about each entry; `group` about a group as a whole; `lot` for the dice
    of a public lot; `absentees` whether all files have come; `reading` which of two readings counts; `draw` for the
    dice of a public draw; `annulment` whether a prize is annulled, the choices being the grounds.
    """

    title: Title
    clause: str
    choices: Annotated[dict[str, Literal["in", "out"]], BeforeValidator(_listed)] = {}
    kind: Kind = "people"
    rows: list[Row] = []

    @property
    def lot(self) -> bool:
        """They are asked for the dice of a public lot."""
        return self.kind == "lot"


class Latest(_Table):
    """Of several records of one entry, the latest counts (the latest inside `within`, where one is); `twice` names
    who is asked where there are two different ones inside."""

    by: str
    within: Name | None = None
    twice: Name | None = None


class Snapshots(_Table):
    """Several rows of one entry are counts taken at different times: the latest `by` not after `until` counts, and
    each merge is told."""

    by: str
    until: Name
    counts: list[str] = Field(min_length=1)


class LookupTable(_Table):
    """One [lookup.…]: the values of a column, and what belongs to each."""

    column: str
    values: dict[str, str] = Field(min_length=1)


class StepWords(_Table):
    """What every [[stage.step]] may say; its other keys are its job's. `choose` names who chooses between two readings
    where they differ; `ask` who is asked about everything else; `rows` the rows of the list of rules that the step
    carries out; `or` what other keys it would have where a reading it names were the other one."""

    clause: str = Field(min_length=1)
    job: str
    per: list[str] = []
    ask: str | None = None
    choose: str | None = None
    reading: str | None = None
    rows: list[Row] = []
    alternatives: Alternatives = Field(default={}, alias="or")


MARKING = ("jury", "author-sheets")
"""The jobs that read score sheets."""

STEP_WORDS = frozenset(field.alias or name for name, field in StepWords.model_fields.items())


Addressed = Literal["families", "people"]
"""Whether letters go to the families of children or to the participants themselves."""

Deliverable = Literal[
    "answers",
    "school-lists",
    "public-result",
    "diplomas",
    "certificates",
    "protocol",
    "refusals",
    "pool",
    "prizes",
    "winners",
    "prize-letters",
    "role-reports",
    "order",
    "score-sheets",
]


class StageTable(_Table):
    """One [[stage]] as written. `may_lack`: feeds of which nothing need come (there may be no appeals): its moment
    has then passed without any, and the stage does not wait. `waits_for`: earlier stages of which it reads nothing and
    before which it is not decided (no score sheets go out before there is a jury)."""

    id: Name
    title: Title
    clause: str
    entries: str
    decided: Name
    key: str | list[str] | None = None
    only: dict[str, str] = {}
    latest: Latest | None = None
    snapshots: Snapshots | None = None
    among: Name | None = None
    waits_for: list[Name] = []
    absent: Name | None = None
    from_earlier: list[str] = []
    person: str | None = None
    become: str | None = None
    on_sheets: list[str] = []
    may_lack: list[str] = []
    deliver: list[Deliverable] = []
    rows: list[Row] = []
    step: list[dict[str, Any]] = []


class RulebookTable(_Table):
    """The whole file as written.

    [elsewhere] names the rows of the list of rules that another part of the worker carries out, and which;
    [not-executed] those that nothing carries out, and why. [or] has the other ways to read what no single step says:
    tables to be laid over this one (a stage under its id).
    """

    contest: Name
    regulation: str
    title: Title
    timezone: str
    edition: str
    season: dict[Name, Period]
    contact: Name
    ask: dict[Name, Ask] = {}
    assume: dict[str, dict[str, str]] = {}
    lookup: dict[str, LookupTable] = {}
    readings: dict[str, str] = {}
    alternatives: Alternatives = Field(default={}, alias="or")
    elsewhere: dict[Row, Sentence] = {}
    not_executed: dict[Row, Sentence] = Field(default={}, alias="not-executed")
    broadcast: Name | None = None
    addressed: Addressed = "families"
    stage: list[StageTable]


@dataclass(frozen=True)
class Stage:
    """A stage with its steps bound to jobs. `decided_at` is the instant at which it is decided."""

    id: str
    title: Mapping[str, str]
    clause: str
    entries: str
    key: tuple[str, ...]
    only: Mapping[str, str]
    latest: Latest | None
    snapshots: Snapshots | None
    among: str | None
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
    broadcast: str | None
    addressed: Addressed
    stages: tuple[Stage, ...]
    digest: str
    workdays: Workdays = NO_CALENDAR
    alternatives: tuple[Alternative, ...] = ()

    def stage(self, name: str) -> Stage:
        """The stage of that name; StopIteration where there is none."""
        return next(stage for stage in self.stages if stage.id == name)

    def asks_of(self, kind: Kind) -> list[str]:
        """The names of the asks of a kind."""
        return [name for name, ask in self.asks.items() if ask.kind == kind]


def load(text: str, source: str, workdays: Callable[[], Workdays] = no_calendar) -> Rulebook:
    """Read a rulebook's TOML; `source` names it in errors; `workdays` gives the calendar of working days, and is asked
    only where the rulebook counts them. Raises RulebookFault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise RulebookFault(f"{source}: {fault}.") from fault
    digest = hashlib.sha256(text.encode()).hexdigest()
    rulebook = build(table, source, digest, workdays)
    return replace(rulebook, alternatives=tuple(_alternatives(rulebook, table, source, workdays)))


def build(
    table: Mapping[str, Any], source: str, digest: str, workdays: Callable[[], Workdays] = no_calendar
) -> Rulebook:
    """The rulebook in tables as TOML gives them, without other ways to read it. Raises RulebookFault."""
    try:
        written = RulebookTable.model_validate(table)
    except ValidationError as fault:
        raise RulebookFault(f"{source}: {_first(fault)}.") from fault
    return _Builder(written, source, workdays).build(digest)


def _alternatives(
    rulebook: Rulebook, table: dict[str, Any], source: str, workdays: Callable[[], Workdays]
) -> Iterator[Alternative]:
    """Every other way to read the rulebook, built, so that a fault in one is found with all others. It keeps the
    digest: nothing else changes."""
    try:
        for other in other_ways(table, {question for question, _ in rulebook.readings}):
            place = f"{source}, or.{other.question}"
            built = build(other.read, place, rulebook.digest, workdays)
            yield Alternative(other.question, other.says, other.places, built)
    except ReadingFault as fault:
        raise RulebookFault(f"{source}: {fault}") from fault


def _first(fault: ValidationError) -> str:
    error = fault.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg'].removeprefix('Value error, ').rstrip('.')}"


class _Builder:
    """Turns the written tables into a Rulebook, naming the key of whatever does not fit."""

    def __init__(self, written: RulebookTable, source: str, workdays: Callable[[], Workdays]) -> None:
        self.written = written
        self.source = source
        self.workdays = workdays
        self.windows: dict[str, calendar.Window] = {}
        self.moments: dict[str, datetime] = {}

    def build(self, digest: str) -> Rulebook:
        self._read_season()
        self._check_assumptions()
        stages = tuple(self._stage(index, stage) for index, stage in enumerate(self.written.stage))
        self._check_sheets(stages)
        readings = (*self.written.readings.items(), *_step_readings(stages))
        return Rulebook(
            contest=self.written.contest,
            regulation=self.written.regulation,
            edition=self.written.edition,
            title=dict(self.written.title.items()),
            timezone=self.written.timezone,
            windows=self.windows,
            moments=self.moments,
            contact=self._contact(),
            asks=self.written.ask,
            assume=self.written.assume,
            readings=readings,
            elsewhere=self.written.elsewhere,
            not_executed=self._not_executed(stages),
            broadcast=self.written.broadcast,
            addressed=self.written.addressed,
            stages=stages,
            digest=digest,
            workdays=self.workdays() if self._counts_working_days() else NO_CALENDAR,
        )

    def _counts_working_days(self) -> bool:
        steps = (step for stage in self.written.stage for step in stage.step)
        return any("working_days" in step for step in steps) or any(
            period.working_days is not None for period in self.written.season.values()
        )

    def _not_executed(self, stages: tuple[Stage, ...]) -> dict[str, str]:
        """The rows that nothing carries out; one that something does carry out is a contradiction."""
        executed = {
            row for ask in self.written.ask.values() for row in ask.rows
        } | self.written.elsewhere.keys()
        for stage in stages:
            executed.update(stage.rows, *(step.rows for step in stage.steps))
        for row in self.written.not_executed:
            if row in executed:
                what = (
                    "a step, stage, request or [elsewhere] carries that row out; take it away here or there"
                )
                raise self._fault(f"not-executed.{row}", what)
        return self.written.not_executed

    def _fault(self, key: str, what: str) -> RulebookFault:
        return RulebookFault(f"{self.source}: {key}: {what}.")

    def _read_season(self) -> None:
        for name, period in self.written.season.items():
            try:
                self._read_period(name, period)
            except BaiqauError as fault:
                raise self._fault(f"season.{name}", str(fault).rstrip(".")) from fault

    def _read_period(self, name: str, period: Period) -> None:
        zone = self.written.timezone
        if period.at is not None:
            self._refuse_mixture(name, period)
            self.moments[name] = calendar.instant(period.at, zone)
            return
        ends = (period.closes, period.days, period.hours, period.working_days)
        if period.opens is None or sum(end is not None for end in ends) != 1:
            what = "give `at`, or `opens` with one of `closes`, `days`, `hours` and `working_days`"
            raise self._fault(f"season.{name}", what)
        closes = self._last_working_day(period.opens, period.working_days) or period.closes
        window = calendar.window(period.opens, closes=closes, days=period.days, hours=period.hours, zone=zone)
        self.windows[name] = window
        self.moments[name] = calendar.instant(period.files_by, zone) if period.files_by else window.closes_at
        if self.moments[name] < window.closes_at:
            raise self._fault(f"season.{name}.files_by", "lies before the window closes")

    def _last_working_day(self, opens: str, number: int | None) -> str | None:
        if number is None:
            return None
        opened = calendar.instant_or_start_of_day(opens, self.written.timezone)
        day = opened.astimezone(calendar.time_zone(self.written.timezone)).date()
        return self.workdays().after(day, number).isoformat()

    def _refuse_mixture(self, name: str, period: Period) -> None:
        if any(
            (period.opens, period.closes, period.days, period.hours, period.working_days, period.files_by)
        ):
            raise self._fault(f"season.{name}", "has `at` beside the keys of a window; keep one of the two")

    def _contact(self) -> str:
        if self.written.contact not in {stage.id for stage in self.written.stage if stage.entries in FEEDS}:
            raise self._fault("contact", f"{self.written.contact} is no stage whose entries are a feed")
        return self.written.contact

    def _check_assumptions(self) -> None:
        for feed, values in self.written.assume.items():
            if feed not in FEEDS:
                raise self._fault(f"assume.{feed}", f"is no feed; there are {', '.join(FEEDS)}")
            for name in values.keys() - FEEDS[feed].columns.keys():
                raise self._fault(f"assume.{feed}.{name}", "is no column of that feed")

    def _stage(self, index: int, stage: StageTable) -> Stage:
        place = f"stage {stage.id}"
        earlier = [before.id for before in self.written.stage[:index]]
        self._check_stage(place, stage, earlier)
        steps = tuple(
            self._step(f"{place}, step {n}", step, earlier) for n, step in enumerate(stage.step, start=1)
        )
        self._check_draws(place, stage, steps)
        self._check_rescoring(place, stage, steps)
        return Stage(
            id=stage.id,
            title=dict(stage.title.items()),
            clause=stage.clause,
            entries=stage.entries,
            key=_columns(stage.key),
            only=stage.only,
            latest=stage.latest,
            snapshots=stage.snapshots,
            among=stage.among,
            waits_for=tuple(stage.waits_for),
            absent=stage.absent,
            from_earlier=tuple(stage.from_earlier),
            person=stage.person,
            become=stage.become,
            on_sheets=tuple(stage.on_sheets),
            may_lack=tuple(stage.may_lack),
            decided_at=self.moments[stage.decided],
            deliver=tuple(stage.deliver),
            rows=tuple(stage.rows),
            steps=steps,
        )

    def _check_stage(self, place: str, stage: StageTable, earlier: list[str]) -> None:
        if stage.id in earlier:
            raise self._fault(place, "stands twice; stage ids are unique")
        if stage.id in FEEDS:
            raise self._fault(place, "has the name of a feed; call the stage otherwise")
        if stage.entries not in FEEDS and stage.entries not in earlier:
            raise self._fault(f"{place}, entries", f"{stage.entries} is neither a feed nor an earlier stage")
        self._check_earlier(place, stage, earlier)
        self._check_asks(place, stage)
        if stage.decided not in self.moments:
            raise self._fault(f"{place}, decided", f"{stage.decided} is not in [season]")
        if stage.entries in FEEDS:
            self._check_columns(place, stage)

    def _check_earlier(self, place: str, stage: StageTable, earlier: list[str]) -> None:
        named = [("waits_for", name) for name in stage.waits_for]
        for key, name in (("among", stage.among), *named):
            if name is not None and name not in earlier:
                raise self._fault(f"{place}, {key}", f"{name} is no earlier stage")

    def _check_sheets(self, stages: tuple[Stage, ...]) -> None:
        """Score sheets are made of what a later stage has a jury mark."""
        marked = {
            name
            for stage in stages
            for name in (stage.entries, stage.among)
            if any(step.job.name in MARKING for step in stage.steps)
        }
        for stage in stages:
            if "score-sheets" in stage.deliver and stage.id not in marked:
                what = "no stage over it has a step with the job jury or author-sheets, so there is nothing to mark"
                raise self._fault(f"stage {stage.id}, deliver", f"score-sheets: {what}")

    def _check_asks(self, place: str, stage: StageTable) -> None:
        for key, ask in (("absent", stage.absent), ("latest.twice", stage.latest and stage.latest.twice)):
            if ask is not None and ask not in self.written.ask:
                raise self._fault(f"{place}, {key}", f"{ask} is not in [ask.…]")
        if stage.absent is not None and self.written.ask[stage.absent].kind != "absentees":
            raise self._fault(f"{place}, absent", f"{stage.absent} is not of kind absentees")

    def _check_columns(self, place: str, stage: StageTable) -> None:
        columns = FEEDS[stage.entries].columns
        named = {f"key.{at}" if at else "key": name for at, name in enumerate(_columns(stage.key))}
        named |= {"latest.by": stage.latest.by} if stage.latest else {}
        named |= {f"only.{name}": name for name in stage.only}
        if stage.snapshots:
            named |= {"snapshots.by": stage.snapshots.by}
            named |= {f"snapshots.counts.{name}": name for name in stage.snapshots.counts}
        named |= {f"from_earlier.{name}": name for name in stage.from_earlier}
        for key, name in named.items():
            if name not in columns:
                raise self._fault(f"{place}, {key}", f"{name} is no column of {stage.entries}")
        if stage.latest and stage.latest.within and stage.latest.within not in self.windows:
            raise self._fault(f"{place}, latest.within", f"{stage.latest.within} is no window of [season]")
        if stage.snapshots and stage.snapshots.until not in self.moments:
            raise self._fault(f"{place}, snapshots.until", f"{stage.snapshots.until} is not in [season]")
        if stage.snapshots and len(_columns(stage.key)) > 1:
            raise self._fault(f"{place}, snapshots", "needs a key of one column")
        if stage.snapshots and stage.latest:
            raise self._fault(f"{place}, snapshots", "stands beside `latest`; keep one of the two")

    def _check_draws(self, place: str, stage: StageTable, steps: tuple[BoundStep, ...]) -> None:
        """A draw is the last step of its stage, is asked for by dice, and its list is out a day before."""
        for number, step in enumerate(steps, start=1):
            if not step.draws:
                continue
            if number < len(steps):
                raise self._fault(f"{place}, step {number}", "is a public draw; no step may follow it")
            if step.ask is None or self.written.ask[step.ask].kind != "draw":
                raise self._fault(f"{place}, step {number}, ask", f"{step.ask} is not of kind draw")
            if "prizes" in step.given:
                self._check_prizes(f"{place}, step {number}", step.given["prizes"])
            at = step.given["at"]
            if isinstance(at, datetime) and at - self.moments[stage.decided] < COMMITTED_BEFORE:
                what = f"less than 24 hours before the draw; move season.{stage.decided} or the draw"
                raise self._fault(f"{place}, decided", f"the list would be published {what}")

    def _check_rescoring(self, place: str, stage: StageTable, steps: tuple[BoundStep, ...]) -> None:
        """Changed marks are confirmed group by group, once a stage; and a feed that may be lacking is one it reads."""
        numbers = [number for number, step in enumerate(steps, start=1) if step.rescores]
        if len(numbers) > 1:
            raise self._fault(
                f"{place}, step {numbers[1]}", "changes marks a second time; once a stage is enough"
            )
        for number in numbers:
            ask = self.written.ask.get(steps[number - 1].ask or "")
            if ask is None or ask.kind != "group" or set(ask.choices) != {CONFIRM, KEEP}:
                what = f"needs an ask of kind group with the choices {CONFIRM} and {KEEP}"
                raise self._fault(f"{place}, step {number}, ask", what)
        read = {stage.entries, *(feed for step in steps for feed in step.feeds)}
        for feed in stage.may_lack:
            if feed not in read:
                raise self._fault(f"{place}, may_lack", f"{feed} is no feed that it reads")

    def _asks_of(self, kind: Kind) -> list[str]:
        return [name for name, ask in self.written.ask.items() if ask.kind == kind]

    def _words(self, place: str, step: dict[str, Any]) -> StepWords:
        try:
            return StepWords.model_validate({key: step[key] for key in STEP_WORDS & step.keys()})
        except ValidationError as fault:
            raise self._fault(place, _first(fault)) from fault

    def _check_prizes(self, place: str, prizes: object) -> None:
        """The manifest of a draw must be able to hold them."""
        try:
            prize_text(prizes if isinstance(prizes, list) else [])
        except BaiqauError as fault:
            raise self._fault(f"{place}, prizes", str(fault).rstrip(".")) from fault

    def _check_ask(self, place: str, words: StepWords) -> None:
        """What the undecided rows of a step can be asked as."""
        kind = self.written.ask[words.ask].kind if words.ask in self.written.ask else "people"
        if words.job in JOBS and JOBS[words.job].draws:
            return
        if kind == "group" and not words.per:
            raise self._fault(f"{place}, ask", f"{words.ask} is of kind group, and the step has no `per`")
        if kind not in ("people", "group", "lot"):
            raise self._fault(
                f"{place}, ask", f"{words.ask} is of kind {kind}, which no step but its own asks"
            )

    def _step(self, place: str, step: dict[str, Any], earlier: list[str]) -> BoundStep:
        name = step.get("job")
        if name not in JOBS:
            raise self._fault(place, f"job {name!r} is unknown; there are {', '.join(sorted(JOBS))}")
        words = self._words(place, step)
        only_notes = step.get("verdict") == IN
        asks = (JOBS[name].asks and not only_notes) or any(
            value in (UNDECIDED, "ask") for value in step.values()
        )
        if words.ask not in self.written.ask and (asks or words.ask is not None):
            known = ", ".join(self.written.ask) or "none"
            raise self._fault(f"{place}, ask", f"{name} asks {words.ask!r}; of [ask.…] there are {known}")
        self._check_ask(place, words)
        if words.choose is not None and words.choose not in self._asks_of("reading"):
            raise self._fault(f"{place}, choose", f"{words.choose} is not in [ask.…] with the kind reading")
        if "working_days" in step and not self.workdays():
            raise self._fault(f"{place}, working_days", "no calendar of working days was given")
        parameters = {key: given for key, given in step.items() if key not in STEP_WORDS}
        try:
            return bind(
                step,
                JOBS[name],
                parameters,
                windows=self.windows,
                moments=self.moments,
                feeds=FEEDS.keys(),
                lookups={
                    name: Lookup(each.column, each.values) for name, each in self.written.lookup.items()
                },
                stages=earlier,
            )
        except BaiqauError as fault:
            raise self._fault(place, str(fault).rstrip(".")) from fault


def _columns(key: str | list[str] | None) -> tuple[str, ...]:
    """The columns whose values together name an entry."""
    if isinstance(key, list):
        return tuple(key)
    return (key or "entry",)


def _step_readings(stages: tuple[Stage, ...]) -> Iterator[tuple[str, str]]:
    for stage in stages:
        for step in stage.steps:
            for question, text in answers(step.reading or ""):
                yield question, f"{text} (stage {stage.id}, clause {step.clause})"
