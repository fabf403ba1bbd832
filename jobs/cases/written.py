"""A file of cases as it is written: its keys, and what is wrong with them."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.errors import BaiqauError
from jobs.feeds import FEEDS

Row = Mapping[str, Any]


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
