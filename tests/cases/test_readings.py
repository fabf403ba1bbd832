"""Every reading of order 99 that is open has its other ways, and each of them decides some case otherwise."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from unit.tables import ROOT

from jobs.cases import Case, CaseFault, read_cases, run_case
from jobs.readings import other_ways
from worker.commands.cases import beacon_of
from worker.workdays import kazakhstan

BOOKS = ("presidential-olympiad", "subject-olympiad", "science-projects", "performers", "music-theory",
         "professional-skill")  # fmt: skip
SHOWN_BY_KEYS = {"Q34", "Q36", "Q37", "Q38", "Q39", "Q40", "Q41", "Q42", "Q45", "Q46", "Q47", "Q48", "Q50", "Q54",
                 "Q55", "Q57", "Q58", "Q59", "3", "12", "13", "17", "unmet"}  # fmt: skip
"""Readings whose other way is shown by cases that change those keys by themselves (`with`)."""


@cache
def table(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "contests" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def cases(name: str) -> Any:
    file = Path(f"{name}.cases.toml")
    return read_cases((ROOT / "contests" / file).read_text(encoding="utf-8"), file.name)


def ways(name: str) -> set[tuple[str, str]]:
    lines = (table(name), *(step for stage in table(name)["stage"] for step in stage.get("step", [])))
    questions = {question for line in lines for question in line.get("or", {})}
    return {(way.question, way.says) for way in other_ways(table(name), questions)}


def told(name: str) -> dict[tuple[str, str], list[Case]]:
    found: dict[tuple[str, str], list[Case]] = {}
    for case in cases(name).case:
        for pair in case.otherwise.items():
            found.setdefault(pair, []).append(case)
    return found


@pytest.mark.parametrize("name", BOOKS)
def test_every_other_way_to_read_has_a_case(name: str) -> None:
    wanted = {way for way in ways(name) if way[0] not in SHOWN_BY_KEYS}
    assert wanted - told(name).keys() == set()


@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name in BOOKS for way in told(name)], ids=lambda part: str(part)[:60]
)
def test_what_a_case_shows_of_another_reading_is_not_so_as_the_rulebook_stands(
    name: str, way: tuple[str, str]
) -> None:
    """Changing one reading changes an outcome: without it one of its cases does not hold."""
    as_it_stands = (case.model_copy(update={"otherwise": {}}) for case in told(name)[way])
    assert any(_fails(name, case) for case in as_it_stands)


def _fails(name: str, case: Case) -> bool:
    outcome = run_case(table(name), cases(name), case, source=name, beacon=beacon_of, workdays=kazakhstan)
    return bool(outcome.failures)


def test_a_case_that_names_a_way_nobody_wrote_is_refused() -> None:
    case = next(case for case in cases("subject-olympiad").case if case.otherwise)
    wrong = case.model_copy(update={"otherwise": {"Q43": "registered"}})
    with pytest.raises(CaseFault, match=r"Q43 is not read so; there are registered = "):
        run_case(table("subject-olympiad"), cases("subject-olympiad"), wrong, source="x", workdays=kazakhstan)
