"""Where each row of our list of rules stands: in which step, request or other part, or why nowhere."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from jobs.rulebook import Rulebook, Stage
from worker.bootstrap import load_rulebook
from worker.site import RESOURCES

RULES = Path(__file__).parent.parent / "docs" / "rules.toml"

How = Literal["step", "stage", "request", "elsewhere", "not executed", "in part"]
HOWS: Sequence[How] = ("step", "stage", "request", "elsewhere", "not executed")
"""The strongest first: a row is counted by the first of these that it has. What is carried out "in part" stands beside
one of them."""


@dataclass(frozen=True)
class Place:
    """One place where a row stands; `told` is the step, stage or request, or the reason."""

    row: str
    contest: str
    how: How
    told: str
    clause: str = ""


@cache
def rules() -> Mapping[str, Mapping[str, str]]:
    """Regulation to its rows and what each is about."""
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


@cache
def shipped() -> tuple[Rulebook, ...]:
    """Every rulebook in contests/, by name."""
    paths = sorted(path for path in (RESOURCES / "contests").glob("*.toml") if "." not in path.stem)
    return tuple(map(load_rulebook, paths))


def places(rulebooks: Sequence[Rulebook]) -> Iterator[Place]:
    """Every place of every row, contest by contest, in the order of the rulebook."""
    for book in rulebooks:
        for stage in book.stages:
            yield from _of_stage(book, stage)
        for name, ask in book.asks.items():
            for row in ask.rows:
                yield Place(row, book.contest, "request", f"{ask.title['en']} ({name})", ask.clause)
        for row, part in book.elsewhere.items():
            yield Place(row, book.contest, "elsewhere", part)
        for row, reason in book.not_executed.items():
            yield Place(row, book.contest, "not executed", reason)
        for row, rest in book.in_part.items():
            yield Place(row, book.contest, "in part", rest)


def _of_stage(book: Rulebook, stage: Stage) -> Iterator[Place]:
    for row in stage.rows:
        yield Place(row, book.contest, "stage", stage.id, stage.clause)
    for number, step in enumerate(stage.steps, start=1):
        for row in step.rows:
            told = f"{stage.id} {number}: {step.job.name}"
            yield Place(row, book.contest, "step", told, step.clause)


def how(found: Sequence[Place]) -> How | None:
    """The strongest way in which a row is carried out; None where it stands nowhere."""
    ways = {place.how for place in found}
    return next((each for each in HOWS if each in ways), None)
