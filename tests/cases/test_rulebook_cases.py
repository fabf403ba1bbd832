"""Runs contests/myn-bala.cases.toml: sentences an official can read, decided by the rulebook beside them.

A case names a stage, a few small tables and what is expected. Whatever it does not say is usual: everybody named
is on the ministry's list, has registered in order, and has sat each earlier stage for 80 minutes with own answers.
The stages before the one asked about really run.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from unit.tables import (
    ROOT,
    adult_iin_of,
    application,
    at,
    iin_of,
    key_rows,
    pupil,
    quota,
    registration,
    sheet,
    spelt,
    table,
)

from jobs.pipeline import RULING_SCHEMA, Rulings, StageResult, run_stage, what_was_shown
from jobs.rulebook import Rulebook, load
from worker.coverage import places

FILES = [ROOT / "contests" / "myn-bala.cases.toml"]
USUAL_TIME = "80:00"
CASE_KEYS = {
    "clause", "says", "rows", "stage", "roster", "registrations", "items", "sheets", "keys", "scores", "quotas",
    "applications", "complete", "rulings", "dice", "crowd", "expect", "because", "places", "award",
}  # fmt: skip


@dataclass
class Case:
    """A case with its aliases made into people and its tables filled in."""

    rulebook: Rulebook
    written: Mapping[str, Any]
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = set(self.written) - CASE_KEYS
        assert not unknown, f"a case has no key {unknown}"
        self.ids |= {row["who"]: row["iin"] for row in self._rows("registrations") if "iin" in row}
        for alias in self._aliases():
            self.ids.setdefault(alias, iin_of(alias))
        assert len(set(self.ids.values())) == len(self.ids), "two aliases share an IIN"

    def _aliases(self) -> list[str]:
        named = [row["who"] for name in ("roster", "registrations", "sheets") for row in self._rows(name)]
        crowd = [f"p{number:02d}" for number in range(1, self.written.get("crowd", 0) + 1)]
        named += [*self.written.get("expect", {}), *self.written.get("scores", {}), *crowd]
        return list(dict.fromkeys(named))

    def _rows(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.written.get(name, [])
        return rows

    @property
    def stage(self) -> str:
        return str(self.written["stage"])

    @property
    def items(self) -> int:
        return int(self.written.get("items", 40))

    def tables(self) -> dict[str, pl.DataFrame]:
        return {
            "roster": table("roster", self._roster()),
            "registrations": table("registrations", self._registrations()),
            "keys": table("keys", self._keys()),
            "sheets": table("sheets", self._sheets()),
            "quotas": table(
                "quotas", [quota(row["school"], **_without(row, "school")) for row in self._quotas()]
            ),
            "applications": table("applications", self._applications()),
        }

    def _roster(self) -> list[dict[str, Any]]:
        told = {row["who"]: None for row in self._rows("roster")}
        schools = {
            row["who"]: {"school_id": row["school"]} for row in self._rows("sheets") if "school" in row
        }
        usual = [pupil(iin, **schools.get(alias, {})) for alias, iin in self.ids.items() if alias not in told]
        listed = (row for row in self._rows("roster") if row.get("listed", True))
        return usual + [pupil(self.ids[row["who"]], **_without(row, "who", "listed")) for row in listed]

    def _registrations(self) -> list[dict[str, Any]]:
        told = {row["who"] for row in self._rows("registrations")}
        usual = [registration(iin) for alias, iin in self.ids.items() if alias not in told]
        return usual + [self._registration(row) for row in self._rows("registrations")]

    def _registration(self, row: dict[str, Any]) -> dict[str, Any]:
        given = _moments(_without(row, "who", "iin", "guardian"), "registered_at")
        guardian = row.get("guardian", "adult")
        if guardian == "none":
            given["guardian_iin"] = None
        elif guardian == "the pupil":
            given["guardian_iin"] = self.ids[row["who"]]
        elif guardian != "adult":
            given["guardian_iin"] = iin_of("young", born=guardian)
        if row.get("phone") == "none":
            given["phone"] = None
        return registration(self.ids[row["who"]], **given)

    def _keys(self) -> list[dict[str, Any]]:
        variants = {str(row.get("variant", "1")) for row in self._rows("sheets")} | {"1"}
        without = self.written.get("keys", {}).get("missing", [])
        return [
            row
            for stage in ("stage-1", "stage-2")
            for variant in sorted(variants - set(without if stage == self.stage else []))
            for row in key_rows("A" * self.items, stage, variant)
        ]

    def _sheets(self) -> list[dict[str, Any]]:
        rows = []
        for stage in ("stage-1", "stage-2"):
            told = {row["who"] for row in self._rows("sheets") if row.get("sat", self.stage) == stage}
            rows += [self._usual_sheet(stage, alias) for alias in self.ids if alias not in told]
        return rows + [self._sheet(row) for row in self._rows("sheets") if row.get("answers") != "none"]

    def _usual_sheet(self, stage: str, alias: str) -> dict[str, Any]:
        right = self._score(stage, alias)
        answers = "A" * right + _own_errors(list(self.ids).index(alias), range(right, self.items))
        times = {"started_at": _start(stage), "seconds": _seconds(USUAL_TIME)}
        return sheet(self.ids[alias], answers, stage=stage, **times)

    def _score(self, stage: str, alias: str) -> int:
        if stage == "stage-2" and alias in self.written.get("scores", {}):
            return int(self.written["scores"][alias])
        return 1 + -int(alias[1:]) % (self.items - 1) if alias[1:].isdigit() else self.items // 2

    def _sheet(self, row: dict[str, Any]) -> dict[str, Any]:
        stage = row.get("sat", self.stage)
        given: dict[str, Any] = {"stage": stage, "variant": str(row.get("variant", "1"))}
        given["started_at"] = _began(row["began"]) if "began" in row else _start(stage)
        given["seconds"] = _seconds(row.get("time", USUAL_TIME))
        if "school" in row:
            given["school_id"] = row.get("says_school", row["school"])
        return sheet(self.ids[row["who"]], spelt(row.get("answers", f"{self.items}A")), **given)

    def _quotas(self) -> list[dict[str, Any]]:
        return self._rows("quotas") or [{"school": "X", "intake": 10}]

    def _applications(self) -> list[dict[str, Any]]:
        told = [self._application(row) for row in self._rows("applications")]
        crowd = [iin for alias, iin in self.ids.items() if alias[1:].isdigit()]
        return told + [application(iin, 1, self._quotas()[0]["school"]) for iin in crowd]

    def _application(self, row: dict[str, Any]) -> dict[str, Any]:
        given = _moments(_without(row, "who", "wants", "preference"), "submitted_at")
        return application(self.ids[row["who"]], row.get("preference", 1), row["wants"], **given)


def _own_errors(person: int, items: range) -> str:
    """Nobody is wrong like a schoolmate: thirteen letters, in an order of each person's own."""
    steps = ((person * item + (person // 13) * item * item) % 13 for item in items)
    return "".join(chr(ord("B") + step) for step in steps)


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _moments(row: dict[str, Any], name: str) -> dict[str, Any]:
    return row | {name: at(row[name])} if name in row else row


def _began(text: str) -> Any:
    return None if text == "unknown" else at(text)


def _start(stage: str) -> Any:
    return at("2026-02-20 10:00") if stage == "stage-1" else at("2026-04-11 10:00")


def _seconds(clock: str) -> float | None:
    if clock == "unknown":
        return None
    minutes, seconds = clock.split(":")
    return timedelta(minutes=int(minutes), seconds=int(seconds)).total_seconds()


@cache
def _decided(path: Path, says: str) -> tuple[Case, StageResult]:
    written = next(each for each in _cases(path) if each["says"] == says)
    case = Case(_rulebook(path), written)
    return case, decide(case)


def _cases(path: Path) -> list[dict[str, Any]]:
    file = path.with_name(f"{path.stem}.cases.toml")
    cases: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    return cases


def decide(case: Case) -> StageResult:
    """Run every stage up to the one asked about; what the case has people say answers what that one asks."""
    tables = case.tables()
    standing: dict[str, pl.DataFrame] = {}
    for stage in case.rulebook.stages:
        result = run_stage(case.rulebook, stage, tables, standing, Rulings())
        if not result.settled and stage.id == case.stage:
            result = run_stage(case.rulebook, stage, tables, standing, _rulings(case, result))
        if stage.id == case.stage:
            return result
        assert result.settled, f"{stage.id} is not settled: {result.pending['code'].unique().to_list()}"
        standing[stage.id] = result.standing
    raise AssertionError(f"no stage {case.stage}")


def _rulings(case: Case, result: StageResult) -> Rulings:
    given = {case.ids[alias]: word for alias, word in case.written.get("rulings", {}).items()}
    rows = [
        (ask, entry, shown, given[entry], "request 1", "commission")
        for ask, entry, shown in what_was_shown(result.pending).iter_rows()
        if entry in given
    ]
    dice = {"lot": case.written["dice"]} if "dice" in case.written else {}
    complete = frozenset({"test-centre"} if case.written.get("complete", False) else ())
    return Rulings(pl.DataFrame(rows, schema=RULING_SCHEMA, orient="row"), dice, complete)


def verdict(result: StageResult, entry: str) -> str:
    if entry in result.pending["entry"].to_list():
        return "undecided"
    return "in" if entry in result.standing["entry"].to_list() else "out"


@cache
def _rulebook(path: Path) -> Rulebook:
    return load(path.read_text(encoding="utf-8"), path.name)


def _written() -> list[Any]:
    books = [path.with_name(path.name.replace(".cases", "")) for path in FILES]
    return [
        pytest.param(book, each["says"], id=f"{book.stem} {each['clause']}: {each['says']}")
        for book in books
        for each in _cases(book)
    ]


@pytest.mark.parametrize(("path", "says"), _written())
def test_case(path: Path, says: str) -> None:
    case, result = _decided(path, says)
    expected = case.written.get("expect", {})
    assert {alias: verdict(result, case.ids[alias]) for alias in expected} == expected
    for alias, code in case.written.get("because", {}).items():
        _check_reason(case, result, alias, code)
    _check_places(case, result)


def _check_reason(case: Case, result: StageResult, alias: str, code: str) -> None:
    rows = result.decisions.filter(entry=case.ids[alias], code=code)
    every = result.decisions.filter(entry=case.ids[alias]).select("clause", "code", "verdict").rows()
    assert rows.height, f"{alias} was not told {code!r}: {every}"
    cited = {part.strip() for clause in rows["clause"] for part in clause.replace("-", ",").split(",")}
    wanted = {part.strip() for part in case.written["clause"].split(",")}
    assert cited & wanted, f"{code} cites {cited}, the case is about {wanted}"


def _check_places(case: Case, result: StageResult) -> None:
    if "places" in case.written:
        assert result.settled
        assert result.standing.height == case.written["places"]
    if "award" in case.written:
        awards = dict(result.standing.select("entry", "award").iter_rows())
        assert {alias: awards.get(case.ids[alias], "") for alias in case.written["award"]} == case.written[
            "award"
        ]


def test_every_rule_of_regulation_002_that_a_worker_decides_has_a_case() -> None:
    path = ROOT / "contests" / "myn-bala.toml"
    told = {row for each in _cases(path) for row in each["rows"]}
    carried_out = {place.row for place in places([_rulebook(path)]) if place.how in ("step", "request")}
    assert {row for row in carried_out - told if not row.startswith("X-")} == set()


def test_no_sentence_stands_twice() -> None:
    names = [param.id for param in _written()]
    assert len(set(names)) == len(names)


def test_every_step_of_myn_bala_has_a_case_in_which_it_does_not_simply_pass() -> None:
    struck: set[tuple[str, int]] = set()
    for param in _written():
        _, result = _decided(*param.values)
        rows = result.decisions.filter((pl.col("verdict") != "in") | (pl.col("code") == "mismatch"))
        struck |= set(rows.select("stage", "step").rows())
    rulebook = _rulebook(ROOT / "contests" / "myn-bala.toml")
    steps = {(stage.id, number) for stage in rulebook.stages for number in range(1, len(stage.steps) + 1)}
    assert steps - struck == set()


def test_the_adult_of_every_family_is_of_age() -> None:
    assert adult_iin_of("x")[:6] == "850917"
