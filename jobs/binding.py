"""Binding a step's keys to its job's signature: the annotations are the schema.

`pl.DataFrame` takes a feed's name, `Standing` an earlier stage's, `Window` and `datetime` a name of [season],
`Lookup` a name of [lookup.…]; `Lot`, `Zone`, `Choice`, `Codes`, `Ceremony`, `Kept` and `Workdays` take nothing (the
pipeline brings them);
`Fraction` is written as a whole number, "9/10" or "90 %"; int, str, bool, list[str], dict[str, str] and Literal[…]
as they are.
"""

import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, NewType, Protocol, Union, get_args, get_origin, get_type_hints

import polars as pl

from jobs.beacon import Chain, Pulse
from jobs.calendar import Window
from jobs.errors import ParameterFault
from jobs.verdicts import Decisions
from jobs.workdays import Workdays


@dataclass(frozen=True)
class Lot:
    """What the pipeline brings to a job that may have to break a tie by lot: the draw's id and, once people have
    thrown them in public, the dice."""

    draw_id: str
    dice: str | None


Zone = NewType("Zone", str)
"""What the pipeline brings to a job that reads days off instants: the contest's time zone."""

Standing = NewType("Standing", pl.DataFrame)
"""What the pipeline brings for the name of an earlier stage: its entries still in."""


@dataclass(frozen=True)
class Lookup:
    """A table of the rulebook: the values of `column` to what belongs to each."""

    column: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """What the pipeline brings to a job whose rule can be read in two ways and is left to people: the reading they
    chose, None before they have."""

    made: str | None


@dataclass(frozen=True)
class Annulled:
    """That the organiser annulled an entry's award, on a ground from the rulebook's closed list. `at`: UTC."""

    entry: str
    ground: str
    evidence_sha256: str
    at: datetime


@dataclass(frozen=True)
class Ceremony:
    """What the pipeline brings to a job that draws prizes in public.

    `stem` begins the ids of its draws; `rules` is the rulebook's SHA-256; `code` gives an entry's public code;
    `contest`, `title` (kk, ru, en) and `organisation` are printed above the protocol.
    `dice` are the digits read aloud, None before; `pulses` are verified, by round; `annulled` in the order in which
    the decisions came.
    """

    stem: str
    rules: str
    chain: Chain
    code: Callable[[str], str]
    contest: str
    title: Mapping[str, str]
    organisation: str | None = None
    dice: str | None = None
    pulses: Mapping[int, Pulse] = field(default_factory=dict)
    annulled: tuple[Annulled, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What the pipeline brings to the job that changes marks: the groups whose old marks stay, or `every` one; and
    where the stage was made public before, the changed marks that counted then (entry to points): they are the old
    ones there."""

    groups: frozenset[str] = frozenset()
    every: bool = False
    published: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Codes:
    """What the pipeline brings to a job that reads papers on which people stand by their public codes: the code of an
    entry."""

    of: Callable[[str], str]


BROUGHT = (Lot, Zone, Choice, Ceremony, Codes, Kept, Workdays)
"""What no step writes: the pipeline brings it."""


class Changes(Protocol):
    """What a job's change does: `evidence` is the job's, `before` and `after` the outcomes (`entry`, `outcome`) without
    and with it; `public`: those without it were published."""

    def __call__(
        self, evidence: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, /, *, public: bool
    ) -> pl.DataFrame:
        """A row an entry of whom anything changes, with its `group`."""


@dataclass(frozen=True)
class Twice:
    """That a stage with the job is decided twice, without what the job changes and with it, and people confirm group by
    group what differs, before it counts. The job takes `Kept`, and leaves the table `evidence` where it changes
    anything.

    `changes` compares the two; `asked` gives the undecided verdicts that ask about its rows; people answer `confirm` or
    `keep` (what was before stays).
    """

    evidence: str
    changes: Changes
    asked: Callable[[pl.DataFrame], pl.DataFrame]
    confirm: str
    keep: str


@dataclass(frozen=True)
class Job:
    """A job, whether it can leave an entry undecided, whether it wants all groups of `per` at once (in a column
    `group`) instead of one at a time, whether a stage with it is decided twice, and whether it `counts` places, equals
    or shares among the entries, so that whom people put out must be gone before it."""

    name: str
    function: Callable[..., Decisions]
    asks: bool = False
    all_groups: bool = False
    twice: Twice | None = None
    counts: bool = False

    @property
    def parameters(self) -> Mapping[str, tuple[Any, inspect.Parameter]]:
        hints = get_type_hints(self.function)
        found = inspect.signature(self.function).parameters
        return {name.rstrip("_"): (hints[name], found[name]) for name in list(found)[1:]}

    @property
    def draws(self) -> bool:
        """Whether it draws in public, asking for dice."""
        return any(kind is Ceremony for kind, _ in self.parameters.values())


@dataclass(frozen=True)
class BoundStep:
    """A step ready to run: `given` are values, `tables` map a parameter to the feed it wants and `standings` to the
    earlier stage; `brought` maps what the pipeline brings to the parameter that takes it."""

    clause: str
    job: Job
    per: tuple[str, ...]
    ask: str | None
    choose: str | None
    reading: str | None
    given: Mapping[str, object]
    tables: Mapping[str, str]
    standings: Mapping[str, str]
    brought: Mapping[type | NewType, str]
    rows: tuple[str, ...] = ()

    @property
    def draws(self) -> bool:
        """Whether it draws in public."""
        return Ceremony in self.brought

    @property
    def rescores(self) -> bool:
        """Whether it changes marks, so that people confirm what that does."""
        return self.job.twice is not None

    @property
    def feeds(self) -> frozenset[str]:
        return frozenset(self.tables.values())


def bind(
    step: Mapping[str, Any],
    job: Job,
    written: Mapping[str, Any],
    *,
    windows: Mapping[str, Window],
    moments: Mapping[str, datetime],
    feeds: Collection[str],
    lookups: Mapping[str, Lookup] | None = None,
    stages: Collection[str] = (),
) -> BoundStep:
    """Check `written` against the job's signature and resolve the names in it. Raises ParameterFault."""
    wanted = job.parameters
    _refuse_unknown(job, written, wanted)
    names = _Names(feeds, stages, windows, moments, lookups or {})
    given, tables, standings = _resolved(job, written, wanted, names)
    return BoundStep(
        clause=str(step["clause"]),
        job=job,
        per=tuple(step.get("per", ())),
        ask=step.get("ask"),
        choose=step.get("choose"),
        reading=step.get("reading"),
        given=given,
        tables=tables,
        standings=standings,
        brought={kind: parameter.name for kind, parameter in wanted.values() if kind in BROUGHT},
        rows=tuple(step.get("rows", ())),
    )


@dataclass(frozen=True)
class _Names:
    """What the names in a step may mean."""

    feeds: Collection[str]
    stages: Collection[str]
    windows: Mapping[str, Window]
    moments: Mapping[str, datetime]
    lookups: Mapping[str, Lookup]


_Wanted = Mapping[str, tuple[Any, inspect.Parameter]]
"""The keys of a job: of each its type and the parameter it is given to."""


def _resolved(
    job: Job, written: Mapping[str, Any], wanted: _Wanted, names: _Names
) -> tuple[dict[str, object], dict[str, str], dict[str, str]]:
    """By parameter: the values that are given, the feeds and the earlier stages that are named."""
    given: dict[str, object] = {}
    tables: dict[str, str] = {}
    standings: dict[str, str] = {}
    for name, (kind, parameter) in wanted.items():
        if kind in BROUGHT:
            continue
        if name not in written:
            _refuse_missing(job, name, parameter)
        elif kind in (pl.DataFrame, pl.DataFrame | None):
            tables[parameter.name] = _one_of(job, name, written[name], names.feeds, "feed")
        elif kind in (Standing, Standing | None):
            standings[parameter.name] = _one_of(job, name, written[name], names.stages, "earlier stage")
        else:
            given[parameter.name] = _value(job, name, kind, written[name], names)
    return given, tables, standings


def _refuse_unknown(job: Job, written: Mapping[str, Any], wanted: _Wanted) -> None:
    keys = [name for name, (kind, _) in wanted.items() if kind not in BROUGHT]
    for name in written:
        if name not in keys:
            raise ParameterFault(f"{job.name} has no key {name!r}; it takes {', '.join(keys) or 'none'}.")


def _refuse_missing(job: Job, name: str, parameter: inspect.Parameter) -> None:
    if parameter.default is inspect.Parameter.empty:
        raise ParameterFault(f"{job.name} needs the key {name!r}.")


def _one_of(job: Job, name: str, value: object, known: Collection[str], what: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise ParameterFault(
            f"{job.name}.{name}: {value!r} is no {what}; there are {', '.join(sorted(known))}."
        )
    return value


def _value(job: Job, name: str, kind: Any, value: object, names: _Names) -> object:
    if kind in (Window, Window | None):
        return names.windows[_one_of(job, name, value, names.windows, "window of [season]")]
    if kind in (datetime, datetime | None):
        return names.moments[_one_of(job, name, value, names.moments, "moment of [season]")]
    if kind in (Lookup, Lookup | None):
        return names.lookups[_one_of(job, name, value, names.lookups, "table of [lookup.…]")]
    if kind in (Fraction, Fraction | None):
        return _fraction(job, name, value)
    if value in ([], {}):
        raise ParameterFault(f"{job.name}.{name}: is empty; name at least one, or leave the key away.")
    if _fits(kind, value):
        return value
    raise ParameterFault(f"{job.name}.{name}: {value!r} is not {_named(kind)}.")


def _fraction(job: Job, name: str, value: object) -> Fraction:
    text = str(value).replace(" ", "")
    try:
        return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError) as fault:
        raise ParameterFault(
            f'{job.name}.{name}: {value!r} is not a share such as "90 %" or "9/10".'
        ) from fault


def _fits(kind: Any, value: object) -> bool:
    origin = get_origin(kind)
    if origin is Literal:
        return value in get_args(kind)
    if origin in (types.UnionType, Union):
        return any(_fits(part, value) for part in get_args(kind) if part is not types.NoneType)
    if origin is list:
        return isinstance(value, list) and all(_fits(get_args(kind)[0], part) for part in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(get_args(kind)[1], part) for part in value.values())
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _named(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(kind))
    return str(getattr(kind, "__name__", kind))
