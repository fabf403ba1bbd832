"""What a stage is decided by, as a digest: of its own rules as they were read, whatever else the file of the rulebook
says and however it says it."""

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from fractions import Fraction

from pydantic import BaseModel

from jobs.binding import BoundStep
from jobs.rulebook.model import Rulebook, Stage
from jobs.workdays import Workdays

_Told = Mapping[str, object]


def rules_digest(rulebook: Rulebook, stage: Stage) -> str:
    """A digest of all that the stage is decided by and of what is delivered of it: its entries, its steps with their
    readings, the windows, moments, tables and calendar they lean on, who may say what, and the same of the stages it
    needs.

    Comments, titles, the order of tables and stages, another spelling of a value (45 % and 9/20) and a default that is
    written out leave it as it is, and so do stages that it does not need.
    """
    told = {"decided": _decided(rulebook, stage), "deliver": stage.deliver}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=_plain).encode()).hexdigest()


def _decided(rulebook: Rulebook, stage: Stage) -> _Told:
    told = {
        **_keys(stage, _NO_RULES),
        **_named_times(rulebook, stage),
        "contest": (rulebook.contest, rulebook.edition, rulebook.timezone),
        "steps": [_step(step) for step in stage.steps],
        "asks": {name: _asked(rulebook, name) for name in _asks(stage)},
        "one-name": rulebook.one_name,
        "calendar": rulebook.workdays.version if _counts_days(stage) else "",
        "needs": {name: _decided(rulebook, rulebook.stage(name)) for name in stage.needs},
    }
    return {name: value for name, value in told.items() if value}  # a key that is new later changes no digest


_NO_RULES = frozenset(
    {"id", "title", "rows", "waits_for", "may_lack", "on_sheets", "decided_at", "deliver", "steps"}
)
"""The keys of a stage that do not decide it: what it is called, when it can be decided, and what is made of it. Any
other does, one that is new too."""


def _keys(of: Stage | BoundStep, but: Set[str]) -> _Told:
    told = {field.name: getattr(of, field.name) for field in fields(of) if field.name not in but}
    return {name: value for name, value in told.items() if value}


def _named_times(rulebook: Rulebook, stage: Stage) -> _Told:
    """The lines of [season] that say which of several records counts."""
    latest, snapshots = stage.latest, stage.snapshots
    return {
        "within": rulebook.windows[latest.within] if latest and latest.within else None,
        "until": rulebook.moments[snapshots.until] if snapshots else None,
    }


def _step(step: BoundStep) -> _Told:
    defaults = inspect.signature(step.job.function).parameters
    given = {name: value for name, value in step.given.items() if value != defaults[name].default}
    return {**_keys(step, {"rows", "brought"}), "job": step.job.name, "given": given}


def _asks(stage: Stage) -> Iterator[str]:
    """Who can be asked about anything in the stage."""
    named = (stage.absent, stage.strangers, stage.latest.twice if stage.latest else None)
    for name in (*named, *(ask for step in stage.steps for ask in (step.ask, step.choose))):
        if name is not None:
            yield name


def _asked(rulebook: Rulebook, name: str) -> _Told:
    ask = rulebook.asks[name]
    return {"clause": ask.clause, "kind": ask.kind, "choices": ask.choices, "awards": ask.awards}


def _counts_days(stage: Stage) -> bool:
    return any(Workdays in step.brought for step in stage.steps)


def _plain(value: object) -> object:
    """What JSON does not know, as it does."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Fraction():
            return str(value)
        case BaseModel():
            return value.model_dump(exclude_defaults=True)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} does not stand in a rulebook")
