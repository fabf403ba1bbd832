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
from dataclasses import dataclass, field, replace
from itertools import product, takewhile, zip_longest
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.binding import Annulled
from jobs.calendar import instant
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
    entry_of,
    obstacle,
    run_stage,
    subject_of,
    what_was_shown,
)
from jobs.readings import lay, other_ways
from jobs.regions import region_code
from jobs.rulebook import Rulebook, Stage, build
from jobs.workdays import Workdays, no_calendar

Row = Mapping[str, Any]
BeaconOf = Callable[[Stage, str], Beacon]
"""The beacon of a stage: "of the draw" with the pulse of its draw, "another round" with the one after it, "none"
without one."""


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
    annul: list[int] = []
    pulse: Literal["of the draw", "another round", "none"] = "of the draw"
    standing: dict[str, list[dict[str, Any]]] = {}
    expect: dict[str, Literal["in", "out", "undecided"]] = {}
    because: dict[str, str | list[str]] = {}
    award: dict[str, str] = {}
    columns: dict[str, dict[str, Any]] = {}
    places: int | None = None
    evidence: dict[str, dict[str, Any] | list[dict[str, Any]]] = {}
    evidence_rows: dict[str, int] = {}
    moments: dict[Literal["decided", "draw"], str] = {}
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
            self.evidence_rows,
            self.moments,
            self.obstacle,
            self.refused,
        )
        return any(told) or self.places is not None


class Cases(_Table):
    """The whole file as written. `rulebook` is laid over the rulebook in every case: the season of which they speak,
    so that they hold in another year too. Several usual rows of a feed are told apart by their first column."""

    format: Literal["cases-1"]
    rulebook: dict[str, Any] = {}
    people: People = People()
    usual: dict[str, dict[str, Any] | list[dict[str, Any]]] = {}
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


_NO_FILE = hashlib.sha256().hexdigest()


def run_case(
    rulebook: Mapping[str, Any],
    cases: Cases,
    case: Case,
    *,
    source: str,
    digest: str = _NO_FILE,
    beacon: BeaconOf = lambda _stage, _pulse: NO_BEACON,
    workdays: Callable[[], Workdays] = no_calendar,
) -> Outcome:
    """Decide a case by a rulebook in tables as TOML gives them. Raises what a rulebook or case that cannot be
    carried out raises; that another thing is decided than the case says is in the outcome."""
    book = build(_changed(rulebook, cases, case, source), source, digest, workdays)
    people = _People(cases, case)
    tables = _Tables(book, cases, case, people)
    run = _Run(book, case, people, tables, beacon)
    why = run.obstacle()
    if why is not None or case.obstacle is not None:
        return Outcome(case, (*tables.failures, *_check_obstacle(case, why)))
    result = run.decide()
    names = _Names(people, tables.entries(result.stage))
    return Outcome(case, (*tables.failures, *_Check(book, case, names, result).failures()), result)


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
    book = build(_changed(rulebook, cases, case, source), source, _NO_FILE, workdays)
    people = _People(cases, case)
    tables = _Tables(book, cases, case, people).tables
    return Material(book, tables, _standings(case, people), people.ids)


# --- the rulebook, changed for a case ---


def _changed(rulebook: Mapping[str, Any], cases: Cases, case: Case, source: str) -> dict[str, Any]:
    table = _read_otherwise(copy.deepcopy(dict(rulebook)), case, source)
    for period in cases.rulebook.get("season", {}):  # the cases' own as a whole, whatever an organiser wrote
        table["season"].pop(period, None)
    lay(table, cases.rulebook)
    lay(table, case.rulebook)
    stage = next((stage for stage in table.get("stage", []) if stage.get("id") == case.stage), None)
    if stage is None:
        raise CaseFault(f"{source}: {case.says!r}: there is no stage {case.stage}.")
    earlier = takewhile(lambda each: each is not stage, table["stage"])
    named = {f"{each['id']} {name}": steps for each in earlier for name, steps in _steps(each).items()}
    named |= _steps(stage)
    for name in (*case.changes, *case.without):
        if name not in named:
            known = ", ".join(sorted(_steps(stage)))
            raise CaseFault(f"{source}: {case.says!r}: no step is called {name!r}; there are {known}.")
    for name, values in case.changes.items():
        for step in named[name]:
            step.update(values)
    gone = [step for name in case.without for step in named[name]]
    for each in table["stage"]:
        each["step"] = [step for step in each.get("step", []) if not any(step is one for one in gone)]
    return table


def _read_otherwise(table: dict[str, Any], case: Case, source: str) -> dict[str, Any]:
    """The tables with the readings that the case names the other way, each as `baiqau check` says it."""
    steps = [step for stage in table.get("stage", []) for step in stage.get("step", [])]
    questions = [name for part in (table, *steps) for name in part.get("or", {})]
    for question, wanted in case.otherwise.items():
        ways = {way.says: way.read for way in other_ways(table, questions) if way.question == question}
        if wanted not in ways:
            known = "; ".join(ways) or "none"
            raise CaseFault(f"{source}: {case.says!r}: {question} is not read so; there are {known}.")
        table = ways[wanted]
    return table


def _steps(stage: Row) -> dict[str, list[dict[str, Any]]]:
    """The steps of a stage by what a case may call them: number, job, job and column."""
    named: dict[str, list[dict[str, Any]]] = {}
    for number, step in enumerate(stage.get("step", []), start=1):
        job = str(step.get("job"))
        for name in (str(number), job, *([f"{job} {step['column']}"] if "column" in step else ())):
            named.setdefault(name, []).append(step)
    return named


# --- people ---

_NUMBER = re.compile(r"\d+")
_PIECE = re.compile(r"(\d*)(\D)")
_BRACED = re.compile(r"\{iin (\d{6})\}|\{([\w-]+)\}")
_PERSON_COLUMNS = ("participant", "iin", "contestant", "project", "juror")


def spelled_out(text: str) -> list[str]:
    """p01..p03 as p01, p02, p03 and 9..7 as 9, 8, 7: two texts that differ in numbers only, with those between them;
    numbers that change run together ("9A 1B..7A 3B"). Any other text as itself."""
    first, _, last = text.partition("..")
    if _NUMBER.split(first) != _NUMBER.split(last):
        return [text]
    runs = list(map(_run, _NUMBER.findall(first), _NUMBER.findall(last)))
    length = max(map(len, runs), default=1)
    if any(len(run) not in (1, length) for run in runs):
        return [text]
    columns = [run * length if len(run) == 1 else run for run in runs]
    return ["".join(_interleaved(_NUMBER.split(first), each)) for each in zip(*columns, strict=True)]


def _run(first: str, last: str) -> list[str]:
    """The numbers from one to another, as wide as they are where they begin with 0."""
    width = len(first) if "0" in (first[0], last[0]) else 1
    step = 1 if int(first) <= int(last) else -1
    return [f"{number:0{width}d}" for number in range(int(first), int(last) + step, step)]


def _interleaved(between: Sequence[str], numbers: Sequence[str]) -> Iterator[str]:
    for text, number in zip_longest(between, numbers, fillvalue=""):
        yield from (text, number)


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

    def filled(self, text: str, named: Mapping[str, str]) -> str:
        """The text with the ids of those it names in braces, first of all of those in `named`; {iin 850917} is the
        made-up IIN of somebody born that day."""
        known = {**self.ids, **named}
        return _BRACED.sub(
            lambda found: _made_up_iin("somebody", found[1]) if found[1] else known.get(found[2], found[0]),
            text,
        )

    def errors(self, who: str | None, items: range) -> str:
        """Wrong answers to these items: thirteen letters, in an order of each person's own."""
        at = self.aliases.index(who) if who in self.aliases else 0
        steps = ((at * item + (at // 13) * item * item) % 13 for item in items)
        return "".join(chr(ord("B") + step) for step in steps)


@dataclass(frozen=True)
class _Names:
    """What the aliases of a case mean in a stage. `entries`: those that rows of the file of its entries made."""

    people: _People
    entries: Mapping[str, frozenset[str]]

    def of(self, table: pl.DataFrame, alias: str) -> pl.DataFrame:
        """The rows of an alias: of the entries of its rows, and of all entries of that person."""
        own = self.people.entry(alias)
        made = pl.col("entry").is_in(self.entries.get(alias, frozenset()))
        return table.filter(made | (pl.col("entry") == own) | pl.col("entry").str.starts_with(f"{own}/"))

    def meant(self, alias: str) -> set[str | None]:
        """All that an alias in `rulings` may stand for: a group, people and their entries."""
        spelt = spelled_out(alias)
        made = (entry for each in spelt for entry in self.entries.get(each, ()))
        return {region_code(alias), *map(self.people.entry, spelt), *made}


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
    columns = {name: _listed(cells) for name, cells in row["in_order"].items() if isinstance(cells, list)}
    same |= {name: cell for name, cell in row["in_order"].items() if name not in columns}
    for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
        yield {"who": f"p{number:02d}", **same, **dict(zip(columns, cells, strict=True))}


def _listed(cells: list[Any]) -> list[Any]:
    """The cells of a list; a text such as "1..40" as all that it stands for."""
    parts = (spelled_out(cell) if isinstance(cell, str) else [cell] for cell in cells)
    return [cell for part in parts for cell in part]


@dataclass(frozen=True)
class _Written:
    """A row of text, and what the case calls it."""

    alias: str | None
    cells: dict[str, str]


class _Tables:
    """What the files of a case would bring, read as the intake reads them; what is refused is a failure. `named`:
    what each row of a feed is called; `lined`: its rows with their lines."""

    def __init__(self, book: Rulebook, cases: Cases, case: Case, people: _People) -> None:
        self.book, self.cases, self.case, self.people = book, cases, case, people
        self.failures: list[str] = []
        self.named: dict[str, list[str | None]] = {}
        self.lined: dict[str, pl.DataFrame] = {}
        feeds = (*self.case.feeds, *self.cases.always, *self.cases.people.everybody)
        for feed in dict.fromkeys(feeds):
            self._read(feed, list(self._rows(feed)))

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The rows of each feed as its reader has them."""
        return {feed: rows.drop("line") for feed, rows in self.lined.items()}

    def entries(self, stage: Stage) -> Mapping[str, frozenset[str]]:
        """The entries of a stage by the alias that a row was given: its `called`, else its `who`."""
        while stage.entries not in FEEDS and stage.become is None:
            stage = self.book.stage(stage.entries)
        if stage.become is not None or stage.entries not in self.lined:
            return {}
        named = self.named[stage.entries]
        made: dict[str, set[str]] = {}
        rows = self.lined[stage.entries].select("line", entry=entry_of(stage)).drop_nulls()
        for line, entry in rows.iter_rows():
            made.setdefault(named[line - 1] or "", set()).add(entry)
        return {alias: frozenset(entries) for alias, entries in made.items() if alias}

    def _rows(self, feed: str) -> Iterator[_Written]:
        rows = _as_rows(self.case.feeds.get(feed, self.cases.always.get(feed, [])))
        for row in [*(self._everybody(feed, rows) if feed in self.cases.people.everybody else ()), *rows]:
            yield from self._spelled(feed, {**self._usual(feed, row), **row})

    def _usual_rows(self, feed: str) -> list[dict[str, Any]]:
        usual = self.cases.usual.get(feed, {})
        return [usual] if isinstance(usual, dict) else usual or [{}]

    def _everybody(self, feed: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """A row of each usual one for everybody of whom neither a written row nor `absent` is."""
        absent = {alias for key in self.case.absent.get(feed, []) for alias in spelled_out(key)}
        usual = self._usual_rows(feed)
        first = next(iter(usual[0]), "") if len(usual) > 1 else ""
        told = {(alias, self._cell(feed, row, first)) for row in rows for alias in _aliases(row.get("who"))}
        for alias in self.people.aliases:
            for row in usual:
                if alias not in absent and (alias, row.get(first)) not in told:
                    yield {"who": alias} | ({first: row.get(first, "")} if first else {})

    def _cell(self, feed: str, row: Row, name: str) -> Any:
        return {**self._of_stage(feed), **row}.get(name)

    def _usual(self, feed: str, row: Row) -> dict[str, Any]:
        """What a row does not say: what makes it one of the stage that is asked about, and what is usual of it."""
        usual = self._usual_rows(feed)
        if len(usual) > 1:
            first = next(iter(usual[0]))
            usual = [each for each in usual if each.get(first) == self._cell(feed, row, first)] or [{}]
        return {**self._of_stage(feed), **usual[0]}

    def _of_stage(self, feed: str) -> Row:
        """What makes a row one of the stage that is asked about."""
        stage = self.book.stage(self.case.stage)
        own = stage.only if stage.entries == feed else {}
        return {name: value if isinstance(value, str) else value[0] for name, value in own.items()}

    def _spelled(self, feed: str, row: dict[str, Any]) -> Iterator[_Written]:
        """One row of text for each person, each combination of listed cells and each cell of a table."""
        people: list[str | None] = [*_aliases(row.get("who"))]
        for who in people or [None]:
            cells = {name: cell for name, cell in row.items() if name not in ("who", "called")}
            column = self.people.column(feed)
            if who is not None and column is not None:
                cells.setdefault(column, "{who}")
            own = {} if who is None else {"who": self.people.ids.get(who, who)}
            called = self.people.filled(str(row.get("called", who or "")), own)
            named = own | ({"called": called} if called else {})
            for one in self._spread(feed, cells):
                filled = {name: self.people.filled(_cell(cell), named) for name, cell in one.items()}
                yield _Written(called or None, self._answered(feed, filled, who))

    def _answered(self, feed: str, cells: dict[str, str], who: str | None) -> dict[str, str]:
        """`answers = "36A 4B"` as the columns of 40 items."""
        repeated = FEEDS[feed].repeated
        if repeated is None or "answers" not in cells:
            return cells
        answers = ""
        for piece in cells["answers"].split():
            found = _PIECE.fullmatch(piece)
            if found is None:
                raise CaseFault(f"{self.case.says!r}: {piece!r} are no answers; write them as in 36A 4B.")
            count = int(found[1] or 1)
            own = self.people.errors(who, range(len(answers), len(answers) + count))
            answers += own if found[2] == "*" else found[2] * count
        head = repeated.partition("(")[0]
        items = {f"{head}{item}": letter.strip(".") for item, letter in enumerate(answers, start=1)}
        return {name: cell for name, cell in cells.items() if name != "answers"} | items

    def _spread(self, feed: str, cells: dict[str, Any]) -> Iterator[dict[str, Any]]:
        tables = {name: cell for name, cell in cells.items() if isinstance(cell, dict)}
        parts = [list(self._leaves(feed, name, table)) for name, table in tables.items()]
        for chosen in product(*parts):
            one = {name: cell for name, cell in cells.items() if name not in tables}
            for part in chosen:
                one |= part
            lists = {name: _listed(cell) for name, cell in one.items() if isinstance(cell, list)}
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

    def _read(self, feed: str, written: list[_Written]) -> None:
        rows = [each.cells for each in written]
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
        self.named[feed], self.lined[feed] = [each.alias for each in written], reading.rows

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
        tables: _Tables,
        beacon: BeaconOf,
    ) -> None:
        self.book, self.case, self.people, self.beacon = book, case, people, beacon
        self.tables, self.entries = tables.tables, tables.entries
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
        beacon, rulings = self.beacon(stage, self.case.pulse), self._rulings(stage, None)
        result = run_stage(self.book, stage, self.tables, standing, rulings, beacon)
        if not result.settled and self.case.rulings:
            rulings = self._rulings(stage, result)
            result = run_stage(self.book, stage, self.tables, standing, rulings, beacon)
        for prize in self.case.annul if stage.draw else ():
            rulings = replace(rulings, annulled=(*rulings.annulled, self._annulled(prize, result)))
            result = run_stage(self.book, stage, self.tables, standing, rulings, beacon)
        return result

    def _annulled(self, prize: int, result: StageResult) -> Annulled:
        """That the prize of this number is taken back from whoever holds it, on the first ground of the rulebook."""
        held = result.standing.filter(prize=prize) if "prize" in result.standing.columns else pl.DataFrame()
        grounds = [ground for ask in self.book.asks_of("annulment") for ground in self.book.asks[ask].choices]
        if held.height != 1 or not grounds:
            raise CaseFault(f"{self.case.says!r}: prize {prize} cannot be annulled: one person must hold it.")
        return Annulled(held["entry"].item(), grounds[0], _NO_FILE, result.stage.decided_at)

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
        names = _Names(self.people, self.entries(first.stage))
        asked = first.pending.with_columns(entry=subject_of(self.book))
        for ask, subject, shown in what_was_shown(asked).iter_rows():
            if subject is not None and (word := self._word(names, ask, subject)):
                yield ask, subject, shown, word, "request 1", "people"

    def _word(self, names: _Names, ask: str, subject: str) -> str | None:
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
                if {subject, subject.partition("/")[0]} & names.meant(alias):
                    return choice
        return None


def _by_ask(said: str | Mapping[str, str], asks: list[str]) -> Mapping[str, str]:
    return dict.fromkeys(asks, said) if isinstance(said, str) else said


# --- what came of it ---


class _Check:
    """What is not as the case says, in sentences."""

    def __init__(self, book: Rulebook, case: Case, names: _Names, result: StageResult) -> None:
        self.book, self.case, self.names, self.result = book, case, names, result

    def failures(self) -> Iterator[str]:
        for alias, expected in _each(self.case.expect):
            if (found := self._verdict(alias)) != expected:
                yield f"{alias} is {found}, not {expected}{self._told(alias)}"
        for alias, codes in _each(self.case.because):
            for code in [codes] if isinstance(codes, str) else codes:
                yield from self._check_reason(alias, code)
        given = {"award": self.case.award} if self.case.award else {}
        for name, wanted in {**given, **self.case.columns}.items():
            yield from self._check_column(name, wanted)
        yield from self._check_places()
        yield from self._check_beside()
        yield from self._check_moments()

    def _check_beside(self) -> Iterator[str]:
        """What is printed beside the verdicts."""
        for name, rows in self.case.evidence.items():
            unnamed = [{key: cell for key, cell in row.items() if key != "who"} for row in _as_rows(rows)]
            yield from self._check_evidence(name, unnamed)
        for name, count in self.case.evidence_rows.items():
            if (found := self._evidence.get(name, pl.DataFrame()).height) != count:
                yield f"the evidence {name} has {found} rows, not {count}"

    @property
    def _evidence(self) -> Mapping[str, pl.DataFrame]:
        """The tables beside the verdicts, and that of those still in."""
        return {**self.result.evidence, "standing": self.result.standing}

    def _verdict(self, alias: str) -> str:
        pending, standing = (
            self.names.of(self.result.pending, alias),
            self.names.of(self.result.standing, alias),
        )
        if standing.join(pending, on="entry", how="anti").height:
            return "in"
        return "undecided" if pending.height else "out"

    def _told(self, alias: str) -> str:
        against = self.names.of(self.result.decisions, alias).filter(pl.col("verdict") != "in")
        told = [
            f"clause {clause}, {code}: {why}"
            for clause, code, why in against.select("clause", "code", "why").rows()
        ]
        return f" ({'; '.join(told) or 'no step says anything against it'})"

    def _check_reason(self, alias: str, code: str) -> Iterator[str]:
        every = self.names.of(self.result.decisions, alias).select("clause", "code")
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
            found = [_cell("" if cell is None else cell) for cell in self.names.of(standing, alias)[name]]
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
        if name not in self._evidence:
            yield f"there is no evidence {name}; there is {', '.join(self._evidence)}"
            return
        table = self._evidence[name]
        for row in rows:
            if absent := sorted(row.keys() - set(table.columns)):
                yield f"the evidence {name} has no column {absent[0]}; there are {', '.join(table.columns)}"
                continue
            found = table.select(row.keys()).rows()
            wanted = [self.names.people.filled(_cell(cell), {}) for cell in row.values()]
            if wanted not in [[_cell("" if cell is None else cell) for cell in each] for each in found]:
                yield f"no row of the evidence {name} is {row}; there are {found[:5]}"

    def _check_moments(self) -> Iterator[str]:
        stage = self.result.stage
        known = {"decided": stage.decided_at, "draw": stage.draw and stage.draw.given["at"]}
        for name, told in self.case.moments.items():
            if known[name] != instant(told, self.book.timezone):
                yield f"the moment {name} of {stage.id} is {known[name]}, not {told}"


def _each(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((alias, value) for key, value in told.items() for alias in spelled_out(key))


def _parts(clause: str) -> set[str]:
    """The clauses in "28, 29" or "4-6"."""
    return {part.strip() for part in re.split(r"[,;-]", clause)}
