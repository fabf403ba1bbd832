"""Readings: what a rulebook says of questions the regulation leaves open, and the other ways to read them.

All of it works on tables as TOML gives them; `jobs.rulebook` builds what comes of them.
"""

import copy
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.errors import BaiqauError

WITHOUT = "without"
"""In an `or`: the keys that a step would not have."""

WAY = "way"
"""In an `or`: the name of a way that is written in several places with different keys; under one question all lines of
that name are one way to read it."""

_NEXT = re.compile(r"; *(?=Q\d+[^;:]*:)")
"""Between two readings in one line: "Q42: …; Q45: …"."""


class ReadingFault(BaiqauError):
    """Another way to read a rulebook cannot be laid over it."""


@dataclass(frozen=True)
class OtherWay:
    """A rulebook's tables `read` the other way: the `question`, what it then `says`, and in which `places`."""

    question: str
    says: str
    places: tuple[str, ...]
    read: dict[str, Any]


def answers(line: str) -> Iterator[tuple[str, str]]:
    """The questions that the line of a step answers, each with its answer."""
    for reading in _NEXT.split(line):
        question, _, text = reading.partition(":")
        if question:
            yield question.strip(), text.strip()


def other_ways(table: Mapping[str, Any], questions: Collection[str]) -> Iterator[OtherWay]:
    """Every other way to read the tables of a rulebook that answers `questions`. What is written alike, or under one
    name (`way`), under one question in several places is one way to read it. Raises ReadingFault."""
    named = {*questions, *(part.strip() for question in questions for part in question.split(","))}
    found: dict[tuple[str, str], list[_Way]] = {}
    for way in _ways(table):
        if way.question not in named:
            known = ", ".join(sorted(named)) or "none"
            raise ReadingFault(f"{way.place}, or: {way.question} is no reading; there are {known}.")
        found.setdefault((way.question, way.name or way.says), []).append(way)
    for (question, says), ways in found.items():
        yield OtherWay(question, says, tuple(way.place for way in ways), _changed(table, ways))


def lay(table: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Write `changes` over the tables of a rulebook, table by table; a stage is named by its id. Raises ReadingFault
    where there is no stage of that name."""
    for key, value in changes.items():
        below = table.setdefault(key, {})
        if isinstance(below, list) and isinstance(value, dict):  # [[stage]], each under its id
            _lay_parts(key, {part.get("id", ""): part for part in below}, value)
        elif isinstance(below, dict) and isinstance(value, dict):
            lay(below, value)
        else:
            table[key] = value


def _lay_parts(key: str, parts: dict[str, Any], changes: Mapping[str, Any]) -> None:
    if unknown := sorted(changes.keys() - parts.keys()):
        raise ReadingFault(f"{key} {unknown[0]} is to be changed, and there are {', '.join(parts)}.")
    lay(parts, changes)


@dataclass(frozen=True)
class _Way:
    """One line of an `or`: of a step, where `stage` and `step` tell its place in the file, or of the rulebook."""

    question: str
    changes: Mapping[str, Any]
    place: str
    stage: int | None = None
    step: int | None = None
    name: str = ""

    @property
    def says(self) -> str:
        return ", ".join(_assigned("", self.changes))

    def change(self, table: dict[str, Any]) -> None:
        """Lay the changes over the written table."""
        if self.stage is None or self.step is None:
            lay(table, self.changes)
            return
        step = table["stage"][self.stage]["step"][self.step]
        step |= {key: value for key, value in self.changes.items() if key != WITHOUT}
        for key in self.changes.get(WITHOUT, []):
            step.pop(key, None)


def _ways(table: Mapping[str, Any]) -> Iterator[_Way]:
    for question, changes, name in _lines(table):
        yield _Way(question, changes, "the rulebook", name=name)
    for at, stage in enumerate(table.get("stage", [])):
        for number, step in enumerate(stage.get("step", [])):
            for question, changes, name in _lines(step):
                place = f"stage {stage['id']}, step {number + 1}"
                yield _Way(question, changes, place, at, number, name)


def _lines(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """The question of each line, its changes and the name of its way, "" where it has none."""
    for question, ways in table.get("or", {}).items():
        for way in ways:
            changes = {key: value for key, value in way.items() if key != WAY}
            yield question, changes, str(way.get(WAY, ""))


def _changed(table: Mapping[str, Any], ways: list[_Way]) -> dict[str, Any]:
    changed = copy.deepcopy(dict(table))
    for way in ways:
        way.change(changed)
    return changed


def _assigned(prefix: str, changes: Mapping[str, Any]) -> Iterator[str]:
    """`key = value` of each change, the keys of tables in tables dotted."""
    for key, value in changes.items():
        if isinstance(value, dict):
            yield from _assigned(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key} = {json.dumps(value, ensure_ascii=False)}"
