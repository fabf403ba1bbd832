"""What a stage is decided by, as a digest: of its own rules as they were read, whatever else the file of the rulebook
says and however it says it."""

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
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
        "contest": (rulebook.contest, rulebook.edition, rulebook.timezone),
        "clause": stage.clause,
        **_entering(rulebook, stage),
        "steps": [_step(step) for step in stage.steps],
        "asks": {name: _asked(rulebook, name) for name in _asks(stage)},
        "one-name": rulebook.one_name,
        "calendar": rulebook.workdays.version if _counts_days(stage) else "",
        "needs": {name: _decided(rulebook, rulebook.stage(name)) for name in stage.needs},
    }
    return {name: value for name, value in told.items() if value}  # a key that is new later changes no digest


def _entering(rulebook: Rulebook, stage: Stage) -> _Told:
    """Who comes in, and which of their records counts."""
    latest, snapshots = stage.latest, stage.snapshots
    return {
        "entries": stage.entries,
        "key": stage.key,
        "only": stage.only,
        "except": stage.others,
        "latest": latest,
        "within": rulebook.windows[latest.within] if latest and latest.within else None,
        "snapshots": snapshots,
        "until": rulebook.moments[snapshots.until] if snapshots else None,
        "among": stage.among,
        "absent": stage.absent,
        "from_earlier": stage.from_earlier,
        "person": stage.person,
        "become": stage.become,
    }


def _step(step: BoundStep) -> _Told:
    defaults = inspect.signature(step.job.function).parameters
    given = {name: value for name, value in step.given.items() if value != defaults[name].default}
    told = {
        "clause": step.clause,
        "job": step.job.name,
        "per": step.per,
        "ask": step.ask,
        "choose": step.choose,
        "reading": step.reading,
        "given": given,
        "tables": step.tables,
        "standings": step.standings,
    }
    return {name: value for name, value in told.items() if value}


def _asks(stage: Stage) -> Iterator[str]:
    """Who can be asked about anything in the stage."""
    named = (stage.absent, stage.latest.twice if stage.latest else None)
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
