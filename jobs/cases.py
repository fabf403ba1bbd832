"""Cases: what a rulebook decides, as sentences an official can read, and whether it does.

A file of cases says in small tables what files would bring, and who is then in, out or undecided and why. Every cell
goes through the reader of its feed and every stage that the one asked about needs really runs, by the very functions
that run a season. The keys are told in docs/how-to/write-cases.md.
"""

import copy
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.iin import control_digit
from jobs.pipeline import (
    NO_BEACON,
    RULING_SCHEMA,
    Beacon,
    Rulings,
    StageResult,
    obstacle,
    run_stage,
    subject_of,
    what_was_shown,
)
from jobs.readings import lay, other_ways
from jobs.regions import region_code
from jobs.rulebook import Rulebook, Stage, build
from jobs.workdays import Workdays, no_calendar

FORMAT = "cases-1"
"""What a file of this format says of itself in `format`."""

Row = Mapping[str, Any]
BeaconOf = Callable[[Stage, str], Beacon]
"""The beacon of a stage: "of the draw" with the pulse of its draw, "none" without one."""


class CaseFault(BaiqauError):
    """A file of cases says something that cannot be carried out."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class People(_Table):
    """[people]: what an alias is."""

    ids: Literal["alias", "iin"] = "alias"
    born: str = Field(default="100305", pattern=r"^\d{6}$")
    columns: dict[str, str] = {}
    everybody: list[str] = []


class Case(BaseModel):
    """One [[case]]; its other keys are tables of feeds, under their names."""

    model_config = ConfigDict(extra="allow", frozen=True)

    clause: str = Field(min_length=1)
    says: str = Field(min_length=10)
    rows: list[str] = []
    stage: str
    absent: dict[str, list[str]] = {}
    changes: dict[str, dict[str, Any]] = Field(default={}, alias="with")
    without: list[str] = []
    rulebook: dict[str, Any] = {}
    otherwise: dict[str, str] = {}
    rulings: dict[str, str | dict[str, str]] = {}
    chosen: str | dict[str, str] = {}
    dice: str | dict[str, str] = {}
    complete: bool = False
    pulse: Literal["of the draw", "none"] = "of the draw"
    standing: dict[str, list[dict[str, Any]]] = {}
    expect: dict[str, Literal["in", "out", "undecided"]] = {}
    because: dict[str, str | list[str]] = {}
    award: dict[str, str] = {}
    columns: dict[str, dict[str, Any]] = {}
    places: int | None = None
    evidence: dict[str, list[dict[str, Any]]] = {}
    obstacle: str | None = None
    refused: dict[str, list[str]] = {}

    @property
    def feeds(self) -> Mapping[str, Any]:
        """What the case writes of each feed."""
        return self.model_extra or {}

    @property
    def expects(self) -> bool:
        """Whether it says anything of the outcome."""
        told = (
            self.expect,
            self.because,
            self.award,
            self.columns,
            self.evidence,
            self.obstacle,
            self.refused,
        )
        return any(told) or self.places is not None


class Cases(_Table):
    """The whole file as written. `rulebook` is laid over the rulebook in every case: the season of which they speak,
    so that they hold in another year too."""

    format: Literal["cases-1"]
    rulebook: dict[str, Any] = {}
    people: People = People()
    usual: dict[str, dict[str, Any]] = {}
    spread: dict[str, dict[str, list[str]]] = {}
    always: dict[str, list[dict[str, Any]]] = {}
    case: list[Case] = Field(min_length=1)


@dataclass(frozen=True)
class Outcome:
    """What came of a case: the sentences of what is not as it says (none where it holds), and the stage's result
    where it could be decided."""

    case: Case
    failures: tuple[str, ...]
    result: StageResult | None = field(default=None, repr=False)


def is_of_this_format(text: str) -> bool:
    """Whether the TOML says that it is; anything may be wrong in it."""
    return re.search(rf'^format = "{FORMAT}"', text, re.M) is not None


def read_cases(text: str, source: str) -> Cases:
    """Read a file of cases; `source` names it in errors. Raises CaseFault."""
    try:
        cases = Cases.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise CaseFault(f"{source}: {fault}.") from fault
    except ValidationError as fault:
        error = fault.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"])
        raise CaseFault(f"{source}: {place}: {error['msg'].rstrip('.')}.") from fault
    _check(cases, source)
    return cases


def _check(cases: Cases, source: str) -> None:
    of_feeds = [("usual", list(cases.usual)), ("spread", list(cases.spread)), ("always", list(cases.always))]
    for place, names in (*of_feeds, ("people.everybody", cases.people.everybody)):
        _check_feeds(names, f"{source}: {place}")
    told: set[str] = set()
    for case in cases.case:
        _check_feeds(list(case.feeds), f"{source}: {case.says!r}")
        if case.says in told:
            raise CaseFault(f"{source}: {case.says!r} stands twice; say what is different.")
        if not case.expects:
            raise CaseFault(
                f"{source}: {case.says!r} expects nothing; write expect, columns or another of them."
            )
        told.add(case.says)


def _check_feeds(names: Sequence[str], place: str) -> None:
    for name in names:
        if name not in FEEDS:
            raise CaseFault(
                f"{place}: {name} is neither a key of a case nor a feed; there are {', '.join(FEEDS)}."
            )


_OF_NO_FILE = hashlib.sha256().hexdigest()


def run_case(
    rulebook: Mapping[str, Any],
    cases: Cases,
    case: Case,
    *,
    source: str,
    digest: str = _OF_NO_FILE,
    beacon: BeaconOf = lambda _stage, _pulse: NO_BEACON,
    workdays: Callable[[], Workdays] = no_calendar,
) -> Outcome:
    """Decide a case by a rulebook in tables as TOML gives them. Raises what a rulebook or case that cannot be
    carried out raises; that another thing is decided than the case says is in the outcome."""
    book = build(_changed(rulebook, cases, case, source), source, digest, workdays)
    people = _People(cases, case)
    tables = _Tables(book, cases, case, people)
    run = _Run(book, case, people, tables.read(), beacon)
    why = run.obstacle()
    if why is not None or case.obstacle is not None:
        return Outcome(case, (*tables.failures, *_check_obstacle(case, why)))
    result = run.decide()
    return Outcome(case, (*tables.failures, *_Check(case, people, result).failures()), result)


def _check_obstacle(case: Case, why: str | None) -> Iterator[str]:
    if case.obstacle is None:
        yield f"the stage {case.stage} cannot be decided: it {why}"
    elif why is None:
        yield f"the stage {case.stage} is decided, and the case says that it {case.obstacle}"
    elif case.obstacle not in why:
        yield f"the stage {case.stage} {why}, and not: {case.obstacle}"


@dataclass(frozen=True)
class Material:
    """What a case decides on: the rulebook as it changes it, the tables of its feeds, the standing of earlier stages
    that it writes itself, and its people by alias."""

    rulebook: Rulebook
    tables: Mapping[str, pl.DataFrame]
    before: Mapping[str, pl.DataFrame]
    ids: Mapping[str, str]


def material(
    rulebook: Mapping[str, Any],
    cases: Cases,
    case: Case,
    *,
    source: str,
    workdays: Callable[[], Workdays] = no_calendar,
) -> Material:
    """The tables of a case as files would bring them, without deciding anything; rows its readers refuse are not in
    them."""
    book = build(_changed(rulebook, cases, case, source), source, _OF_NO_FILE, workdays)
    people = _People(cases, case)
    tables = _Tables(book, cases, case, people).read()
    return Material(book, tables, _standings(case, people), people.ids)


# --- the rulebook, changed for a case ---


def _changed(rulebook: Mapping[str, Any], cases: Cases, case: Case, source: str) -> dict[str, Any]:
    table = _read_otherwise(copy.deepcopy(dict(rulebook)), case, source)
    lay(table, cases.rulebook)
    lay(table, case.rulebook)
    stage = next((stage for stage in table.get("stage", []) if stage.get("id") == case.stage), None)
    if stage is None:
        raise CaseFault(f"{source}: {case.says!r}: there is no stage {case.stage}.")
    steps: list[dict[str, Any]] = stage.get("step", [])
    named = [_names(number, step) for number, step in enumerate(steps, start=1)]
    for name in (*case.changes, *case.without):
        if not any(name in names for names in named):
            known = ", ".join(sorted({each for names in named for each in names}))
            raise CaseFault(f"{source}: {case.says!r}: no step is called {name!r}; there are {known}.")
    for names, step in zip(named, steps, strict=True):
        for name, values in case.changes.items():
            step.update(values if name in names else {})
    kept = zip(named, steps, strict=True)
    stage["step"] = [step for names, step in kept if not names & set(case.without)]
    return table


def _read_otherwise(table: dict[str, Any], case: Case, source: str) -> dict[str, Any]:
    """The tables with the readings that the case names the other way, each as `baiqau check` says it."""
    for question, wanted in case.otherwise.items():
        questions = [name for part in (table, *_steps(table)) for name in part.get("or", {})]
        ways = {way.says: way.read for way in other_ways(table, questions) if way.question == question}
        if wanted not in ways:
            known = "; ".join(ways) or "none"
            raise CaseFault(f"{source}: {case.says!r}: {question} is not read so; there are {known}.")
        table = ways[wanted]
    return table


def _steps(table: Row) -> Iterator[Row]:
    return (step for stage in table.get("stage", []) for step in stage.get("step", []))


def _names(number: int, step: Row) -> set[str]:
    """What a case may call a step: its number, its job, its job and column."""
    job = str(step.get("job"))
    return {str(number), job} | ({f"{job} {step['column']}"} if "column" in step else set())


# --- people ---

_RANGE = re.compile(r"^([A-Za-z-]*)(\d+)\.\.\1(\d+)$")
_PERSON_COLUMNS = ("participant", "iin", "contestant", "project", "juror")


def spelled_out(alias: str) -> list[str]:
    """p01..p03 as p01, p02, p03; any other alias as itself."""
    found = _RANGE.match(alias)
    if not found:
        return [alias]
    name, first, last = found.groups()
    return [f"{name}{number:0{len(first)}d}" for number in range(int(first), int(last) + 1)]


class _People:
    """Whom a case speaks of, and their ids."""

    def __init__(self, cases: Cases, case: Case) -> None:
        self.terms = cases.people
        written = [row for value in case.feeds.values() for row in _as_rows(value)]
        named = [alias for row in written for alias in _aliases(row.get("who"))]
        things = {str(cell) for row in written for name, cell in row.items() if name != "who"}
        told = (alias for key in (*case.expect, *case.award) for alias in spelled_out(key))
        others = [alias for alias in told if "/" not in alias and alias not in things]
        self.aliases = list(dict.fromkeys([*named, *others]))
        self.ids = {alias: self._id(alias) for alias in self.aliases}
        if len(set(self.ids.values())) < len(self.ids):
            raise CaseFault(f"{case.says!r}: two aliases have one made-up IIN; call one of them otherwise.")

    def _id(self, alias: str) -> str:
        return _made_up_iin(alias, self.terms.born) if self.terms.ids == "iin" else alias

    def column(self, feed: str) -> str | None:
        """The column that names a row's person."""
        known = (name for name in _PERSON_COLUMNS if name in FEEDS[feed].columns)
        return self.terms.columns.get(feed, next(known, None))

    def entry(self, alias: str) -> str:
        """The id of an alias; of "alias/Физика" with what follows."""
        first, slash, rest = alias.partition("/")
        return self.ids.get(alias, self.ids.get(first, first) + slash + rest)

    def filled(self, text: str, who: str | None) -> str:
        """The text with the ids of those it names in braces."""
        found = text if who is None else text.replace("{who}", self.ids.get(who, who))
        return re.sub(r"\{([\w-]+)\}", lambda match: self.ids.get(match[1], match[0]), found)


def _aliases(who: Any) -> list[str]:
    listed = who if isinstance(who, list) else [] if who is None else [who]
    return [alias for each in listed for alias in spelled_out(str(each))]


def _made_up_iin(alias: str, born: str) -> str:
    """A valid IIN of nobody, the same for the same alias."""
    century = "5" if born < "50" else "3"
    start = sum(ord(letter) * 31**at for at, letter in enumerate(alias)) % 10_000
    firsts = (f"{born}{century}{(start + step) % 10_000:04d}" for step in range(10_000))
    return next(f"{first}{digit}" for first in firsts if (digit := control_digit(first)) is not None)


# --- tables ---


def _as_rows(written: Any) -> list[dict[str, Any]]:
    """The rows of a feed, p01, p02 … standing for lists in order."""
    listed = [{"in_order": written}] if isinstance(written, dict) else written
    return [row for each in listed for row in _in_order(each)]


def _in_order(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "in_order" not in row:
        yield row
        return
    same = {name: cell for name, cell in row.items() if name != "in_order"}
    columns = {name: cells for name, cells in row["in_order"].items() if isinstance(cells, list)}
    same |= {name: cell for name, cell in row["in_order"].items() if name not in columns}
    for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
        yield {"who": f"p{number:02d}", **same, **dict(zip(columns, cells, strict=True))}


class _Tables:
    """What the files of a case would bring, read as the intake reads them; what is refused is a failure."""

    def __init__(self, book: Rulebook, cases: Cases, case: Case, people: _People) -> None:
        self.book, self.cases, self.case, self.people = book, cases, case, people
        self.failures: list[str] = []

    def read(self) -> dict[str, pl.DataFrame]:
        named = (*self.case.feeds, *self.cases.always, *self.cases.people.everybody)
        return {feed: self._read(feed, list(self._rows(feed))) for feed in dict.fromkeys(named)}

    def _rows(self, feed: str) -> Iterator[dict[str, str]]:
        written = self.case.feeds.get(feed, self.cases.always.get(feed, []))
        rows = _as_rows(written)
        if feed in self.cases.people.everybody:
            told = {alias for row in rows for alias in _aliases(row.get("who"))}
            told.update(alias for key in self.case.absent.get(feed, []) for alias in spelled_out(key))
            rows = [{"who": alias} for alias in self.people.aliases if alias not in told] + rows
        for row in rows:
            yield from self._spelled(feed, {**self._of_stage(feed), **self.cases.usual.get(feed, {}), **row})

    def _of_stage(self, feed: str) -> Row:
        """What makes a row one of the stage that is asked about."""
        stage = self.book.stage(self.case.stage)
        own = stage.only if stage.entries == feed else {}
        return {name: value if isinstance(value, str) else value[0] for name, value in own.items()}

    def _spelled(self, feed: str, row: dict[str, Any]) -> Iterator[dict[str, str]]:
        """One row of text for each person, each combination of listed cells and each cell of a table."""
        people: list[str | None] = [*_aliases(row.get("who"))]
        for who in people or [None]:
            cells = {name: cell for name, cell in row.items() if name != "who"}
            column = self.people.column(feed)
            if who is not None and column is not None:
                cells.setdefault(column, "{who}")
            for one in self._spread(feed, cells):
                yield {name: self.people.filled(_cell(cell), who) for name, cell in one.items()}

    def _spread(self, feed: str, cells: dict[str, Any]) -> Iterator[dict[str, Any]]:
        tables = {name: cell for name, cell in cells.items() if isinstance(cell, dict)}
        parts = [list(self._leaves(feed, name, table)) for name, table in tables.items()]
        for chosen in product(*parts):
            one = {name: cell for name, cell in cells.items() if name not in tables}
            for part in chosen:
                one |= part
            lists = {name: cell for name, cell in one.items() if isinstance(cell, list)}
            for values in product(*lists.values()):
                yield one | dict(zip(lists, values, strict=True))

    def _leaves(self, feed: str, name: str, table: Row) -> Iterator[dict[str, Any]]:
        """The cells of a table of tables, each with the keys that lead to it, in the columns of [spread]."""
        columns = self.cases.spread.get(feed, {}).get(name)
        depth = _depth(table)
        if columns is None or depth > len(columns):
            key = f"spread.{feed}.{name}"
            raise CaseFault(
                f"{self.case.says!r}: {key} does not say to which columns {depth} levels of keys belong."
            )
        for keys, cell in _walked(table):
            yield {**dict(zip(columns[-depth:], keys, strict=True)), name: cell}

    def _read(self, feed: str, rows: list[dict[str, str]]) -> pl.DataFrame:
        names = list(dict.fromkeys(name for row in rows for name in row))
        for name in set(names) - FEEDS[feed].spellings().keys() - _of_items(feed, names):
            raise CaseFault(f"{self.case.says!r}: {feed} has no column {name}.")
        lines = pl.Series("line", range(1, len(rows) + 1), dtype=pl.Int64)
        cells = [pl.Series(name, [row.get(name, "") for row in rows], dtype=pl.String) for name in names]
        assume = self.book.assume.get(feed, {})
        reading = read_rows(
            FEEDS[feed], pl.DataFrame([lines, *cells]), zone=self.book.timezone, assume=assume
        )
        self._check_refused(feed, reading.refused)
        return reading.rows.drop("line")

    def _check_refused(self, feed: str, refused: pl.DataFrame) -> None:
        expected = set(self.case.refused.get(feed, []))
        for line, column, _, why in refused.iter_rows():
            if column not in expected:
                self.failures.append(f"row {line} of {feed} is refused: {column} {why}")
        for column in sorted(expected - set(refused["column"])):
            self.failures.append(f"no row of {feed} is refused for its {column}")


def _of_items(feed: str, names: Sequence[str]) -> set[str]:
    patterns = FEEDS[feed].patterns
    return {name for name in names if any(re.fullmatch(pattern, name) for pattern in patterns)}


def _depth(table: Any) -> int:
    return 1 + max(map(_depth, table.values()), default=0) if isinstance(table, dict) else 0


def _walked(table: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(table, dict):
        yield keys, table
        return
    for key, below in table.items():
        yield from _walked(below, (*keys, key))


def _cell(value: object) -> str:
    """A cell as a file has it; times as TOML reads them are written with a space, as people do."""
    return str(int(value)) if isinstance(value, bool) else str(value)


# --- running ---


def _standings(case: Case, people: _People) -> dict[str, pl.DataFrame]:
    """What the case says stands after earlier stages, which are then not run."""
    return {name: _standing(rows, people) for name, rows in case.standing.items()}


def _standing(rows: list[dict[str, Any]], people: _People) -> pl.DataFrame:
    named = [
        {"entry": people.entry(alias), **{name: row[name] for name in row if name != "who"}}
        for row in _as_rows(rows)
        for alias in _aliases(row["who"])
    ]
    return pl.DataFrame(named, infer_schema_length=None).sort("entry")


class _Run:
    """The stages a case needs, one after the other, people answering what they are asked."""

    def __init__(
        self,
        book: Rulebook,
        case: Case,
        people: _People,
        tables: Mapping[str, pl.DataFrame],
        beacon: BeaconOf,
    ) -> None:
        self.book, self.case, self.people, self.tables, self.beacon = book, case, people, tables, beacon
        self.before = _standings(case, people)
        needed = self._needed(case.stage)
        self.stages = [stage for stage in book.stages if stage.id in needed]

    def _needed(self, name: str) -> set[str]:
        earlier = [each for each in self.book.stage(name).needs if each not in self.before]
        return {name}.union(*map(self._needed, earlier))

    def obstacle(self) -> str | None:
        """Why a stage cannot be decided on these tables."""
        found = ((stage.id, obstacle(self.book, stage, self.tables)) for stage in self.stages)
        return next((why if name == self.case.stage else f"{name} {why}" for name, why in found if why), None)

    def decide(self) -> StageResult:
        standing = dict(self.before)
        for stage in self.stages:
            result = self._decided(stage, standing)
            if stage.id == self.case.stage:
                return result
            if not result.settled:
                asked = ", ".join(
                    f"{entry} ({code})" for entry, code in result.pending.select("entry", "code").rows()
                )
                raise CaseFault(
                    f"{self.case.says!r}: {stage.id} before it waits for people to decide {asked}."
                )
            standing[stage.id] = result.standing
        raise CaseFault(f"{self.case.says!r}: {self.case.stage} stands before a stage that it needs.")

    def _decided(self, stage: Stage, standing: Mapping[str, pl.DataFrame]) -> StageResult:
        beacon = self.beacon(stage, self.case.pulse)
        first = run_stage(self.book, stage, self.tables, standing, self._rulings(stage, None), beacon)
        if first.settled or not self.case.rulings:
            return first
        return run_stage(self.book, stage, self.tables, standing, self._rulings(stage, first), beacon)

    def _rulings(self, stage: Stage, first: StageResult | None) -> Rulings:
        complete = self.case.complete or stage.id != self.case.stage
        asks = self.book.asks_of
        return Rulings(
            table=pl.DataFrame(list(self._answers(first)), schema=RULING_SCHEMA, orient="row"),
            dice=_by_ask(self.case.dice, [*asks("lot"), *asks("draw")]),
            chosen=_by_ask(self.case.chosen, asks("reading")),
            complete=frozenset(asks("absentees") if complete else ()),
        )

    def _answers(self, first: StageResult | None) -> Iterator[tuple[str | None, ...]]:
        if first is None:
            return
        asked = first.pending.with_columns(entry=subject_of(self.book))
        for ask, subject, shown in what_was_shown(asked).iter_rows():
            if subject is not None and (word := self._word(ask, subject)):
                yield ask, subject, shown, word, "request 1", "people"

    def _word(self, ask: str, subject: str) -> str | None:
        """What people answer to that ask about an entry or group."""
        for key, word in self.case.rulings.items():
            words = (
                word
                if isinstance(word, dict) and key == ask
                else {key: word}
                if isinstance(word, str)
                else {}
            )
            for alias, choice in words.items():
                if subject in self._meant(alias) or subject.partition("/")[0] in self._meant(alias):
                    return choice
        return None

    def _meant(self, alias: str) -> set[str | None]:
        return {region_code(alias), *map(self.people.entry, spelled_out(alias))}


def _by_ask(said: str | Mapping[str, str], asks: list[str]) -> Mapping[str, str]:
    return dict.fromkeys(asks, said) if isinstance(said, str) else said


# --- what came of it ---


class _Check:
    """What is not as the case says, in sentences."""

    def __init__(self, case: Case, people: _People, result: StageResult) -> None:
        self.case, self.people, self.result = case, people, result

    def failures(self) -> Iterator[str]:
        for alias, expected in _each(self.case.expect):
            if (found := self._verdict(alias)) != expected:
                yield f"{alias} is {found}, not {expected}{self._told(alias)}"
        for alias, codes in _each(self.case.because):
            for code in [codes] if isinstance(codes, str) else codes:
                yield from self._check_reason(alias, code)
        if self.case.award:
            yield from self._check_column("award", self.case.award)
        for name, wanted in self.case.columns.items():
            yield from self._check_column(name, wanted)
        yield from self._check_places()
        for name, rows in self.case.evidence.items():
            yield from self._check_evidence(name, rows)

    def _of(self, table: pl.DataFrame, alias: str) -> pl.DataFrame:
        """The rows of a person, of all entries of theirs."""
        entry = self.people.entry(alias)
        return table.filter((pl.col("entry") == entry) | pl.col("entry").str.starts_with(f"{entry}/"))

    def _verdict(self, alias: str) -> str:
        pending, standing = self._of(self.result.pending, alias), self._of(self.result.standing, alias)
        if standing.join(pending, on="entry", how="anti").height:
            return "in"
        return "undecided" if pending.height else "out"

    def _told(self, alias: str) -> str:
        against = self._of(self.result.decisions, alias).filter(pl.col("verdict") != "in")
        told = [
            f"clause {clause}, {code}: {why}"
            for clause, code, why in against.select("clause", "code", "why").rows()
        ]
        return f" ({'; '.join(told) or 'no step says anything against it'})"

    def _check_reason(self, alias: str, code: str) -> Iterator[str]:
        every = self._of(self.result.decisions, alias).select("clause", "code")
        cited = {part for clause in every.filter(code=code)["clause"] for part in _parts(clause)}
        if not cited:
            told = ", ".join(dict.fromkeys(every["code"])) or "nothing"
            yield f"{alias} was not told {code} but {told}"
        elif not cited & _parts(self.case.clause):
            yield f"{code} cites {', '.join(sorted(cited))}, and the case is about {self.case.clause}"

    def _check_column(self, name: str, wanted: Mapping[str, Any]) -> Iterator[str]:
        standing = self.result.standing
        if name not in standing.columns:
            yield f"no step gives a column {name}; there are {', '.join(standing.columns)}"
            return
        for alias, value in _each(wanted):
            found = [_cell("" if cell is None else cell) for cell in self._of(standing, alias)[name]]
            if found != [_cell(value)]:
                yield f"the {name} of {alias} is {', '.join(found) or 'told of nobody'}, not {value!r}"

    def _check_places(self) -> Iterator[str]:
        if self.case.places is None:
            return
        if not self.result.settled:
            yield f"{self.result.pending.height} are undecided, so the number of places is not known"
        elif self.result.standing.height != self.case.places:
            yield f"{self.result.standing.height} are in, not {self.case.places}"

    def _check_evidence(self, name: str, rows: list[dict[str, Any]]) -> Iterator[str]:
        if name not in self.result.evidence:
            yield f"there is no evidence {name}; there is {', '.join(self.result.evidence) or 'none'}"
            return
        table = self.result.evidence[name]
        for row in rows:
            if absent := sorted(row.keys() - set(table.columns)):
                yield f"the evidence {name} has no column {absent[0]}; there are {', '.join(table.columns)}"
                continue
            found = table.select(row.keys()).rows()
            wanted = [self.people.filled(_cell(cell), None) for cell in row.values()]
            if wanted not in [[_cell("" if cell is None else cell) for cell in each] for each in found]:
                yield f"no row of the evidence {name} is {row}; there are {found[:5]}"


def _each(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((alias, value) for key, value in told.items() for alias in spelled_out(key))


def _parts(clause: str) -> set[str]:
    """The clauses in "28, 29" or "4-6"."""
    return {part.strip() for part in re.split(r"[,;-]", clause)}
