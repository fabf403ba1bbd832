"""Runs the cases of the public votes and draws: contests/bilimclass-*.cases.toml and contests/best-sor.cases.toml.

The stages before the one asked about really run, on tables that went through the readers of their feeds; draws are
held with pulses of a test chain and recomputed here with hashlib and hmac alone.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import protocols
import pytest
from cases.vote_tables import Case, decide
from unit.tables import ROOT

from jobs.binding import BoundStep
from jobs.calendar import instant
from jobs.draw1 import check_protocol
from jobs.pipeline import StageResult
from jobs.regions import region_code
from jobs.rulebook import load
from worker.coverage import places

BOOKS = [
    ROOT / "contests" / f"{name}.toml" for name in ("bilimclass-innovator", "bilimclass-curator", "best-sor")
]


@cache
def _cases(path: Path) -> list[dict[str, Any]]:
    file = path.with_name(f"{path.stem}.cases.toml")
    cases: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    return cases


def _written() -> list[Any]:
    return [
        pytest.param(book, each["says"], id=f"{book.stem} {each['clause']}: {each['says']}")
        for book in BOOKS
        for each in _cases(book)
    ]


@cache
def _decided(path: Path, says: str) -> tuple[Case, StageResult]:
    case = Case(path, next(each for each in _cases(path) if each["says"] == says))
    return case, decide(case)


def entries_of(table: pl.DataFrame, entry: str) -> pl.DataFrame:
    """The rows of an entry; of a class teacher those of each class (`teacher/class`)."""
    return table.filter((pl.col("entry") == entry) | pl.col("entry").str.starts_with(f"{entry}/"))


def verdict(result: StageResult, entry: str) -> str:
    pending, standing = entries_of(result.pending, entry), entries_of(result.standing, entry)
    if standing.join(pending, on="entry", how="anti").height:
        return "in"
    return "undecided" if pending.height else "out"


@pytest.mark.parametrize(("path", "says"), _written())
def test_case(path: Path, says: str) -> None:
    case, result = _decided(path, says)
    expected = case.written.get("expect", {})
    assert {alias: verdict(result, case.entry(alias)) for alias in expected} == expected
    for alias, code in case.written.get("because", {}).items():
        _check_reason(case, result, alias, code)
    _check_ranking(case, result)
    _check_evidence(case, result)
    if result.stage.draw is not None:
        _check_draws(case, result)


def _check_reason(case: Case, result: StageResult, alias: str, code: str) -> None:
    every = entries_of(result.decisions, case.entry(alias)).select("clause", "code", "verdict")
    rows = every.filter(code=code)
    assert rows.height, f"{alias} was not told {code!r}: {every.rows()}"
    cited = {part.strip() for clause in rows["clause"] for part in clause.replace("-", ",").split(",")}
    wanted = {part.strip() for part in case.written["clause"].split(",")}
    assert cited & wanted, f"{code} cites {cited}, the case is about {wanted}"


def _check_ranking(case: Case, result: StageResult) -> None:
    """`places`: how many are in; `ranks` and `award` of those still in."""
    if "places" in case.written:
        assert result.settled
        assert result.standing.height == case.written["places"]
    for key, column in (("ranks", "rank"), ("award", "award")):
        wanted = {case.entry(alias): value for alias, value in case.written.get(key, {}).items()}
        found = dict(result.standing.select("entry", column).iter_rows()) if wanted else {}
        assert {entry: found.get(entry) for entry in wanted} == wanted


def _check_evidence(case: Case, result: StageResult) -> None:
    """What is printed beside the verdicts: `cut`, the rankings that `differ`, the `readings`, merged rows."""
    if "cut" in case.written:
        wanted = case.written["cut"]
        assert result.evidence["cut"].select(*wanted).row(0, named=True) == wanted
    if "differs" in case.written:
        differing = result.evidence["rankings"].filter("differs")["entry"]
        assert set(differing) == {case.entry(alias) for alias in case.written["differs"]}
    if "readings" in case.written:
        wanted = {
            name: {case.entry(alias) for alias in won} for name, won in case.written["readings"].items()
        }
        assert _readings(result) == wanted
    merged = {case.entry(alias): count for alias, count in case.written.get("merged", {}).items()}
    told = dict(result.evidence["snapshots"].select("work_id", "snapshots").iter_rows()) if merged else {}
    assert {entry: told.get(entry) for entry in merged} == merged


def _readings(result: StageResult) -> dict[str, set[str]]:
    table = result.evidence.get("readings", pl.DataFrame(schema={"reading": pl.String, "entry": pl.String}))
    return {str(name): set(part["entry"]) for (name,), part in table.group_by("reading")}


# --- draws ---


def _check_draws(case: Case, result: StageResult) -> None:
    latest = result.evidence["draws"].sort("version").unique("group", keep="last")
    drawn = {row["group"]: json.loads(row["protocol"]) for row in latest.iter_rows(named=True)}
    for row in result.evidence["draws"].iter_rows(named=True):
        _recompute(case, row)
    if "draws" in case.written:
        assert len(drawn) == case.written["draws"]
    assert {
        region: len(drawn[code]["entrants"]) for region, code in _coded(case, "entrants")
    } == case.written.get("entrants", {})
    assert {region: drawn[code]["prizes"] for region, code in _coded(case, "prizes")} == case.written.get(
        "prizes", {}
    )
    assert {
        region: _tickets(result, drawn[code]) for region, code in _coded(case, "tickets")
    } == case.written.get("tickets", {})
    _check_moments(case, result, drawn)


def _coded(case: Case, key: str) -> list[tuple[str, str]]:
    return [(region, str(region_code(region))) for region in case.written.get(key, {})]


def _tickets(result: StageResult, protocol: Mapping[str, Any]) -> list[int]:
    """For each prize the place in the draw of whoever has it, 0 for nobody; the protocol and the verdicts agree."""
    order = [entrant for entrant, _ in protocol["ranking"]]
    places = [order.index(one) + 1 if one else 0 for one in protocol["awards"]]
    own = result.standing.filter(draw_id=protocol["draw_id"]).select("prize", "rank", "award").sort("prize")
    held = [
        (number, place, protocol["prizes"][number - 1]) for number, place in enumerate(places, 1) if place
    ]
    assert own.rows() == held
    return places


def _recompute(case: Case, row: Mapping[str, Any]) -> None:
    """The commitment, the seed and the ranking follow from the manifest, the pulse and the dice alone."""
    protocol = json.loads(row["protocol"])
    assert hashlib.sha256(row["manifest"].encode()).hexdigest() == row["commit"] == protocol["commit"]
    assert protocol["manifest"]["rules_sha256"] == hashlib.sha256(case.text.encode()).hexdigest()
    assert protocol["manifest"]["draw_id"] == protocol["draw_id"]
    assert check_protocol(protocol) == []
    if protocol["pulse"] is None:
        assert protocol["awards"] is None
        return
    again = protocols.drawn(protocol | {"annulments": []}, protocol["pulse"], protocol["dice"])
    for name in ("seed", "ranking", *([] if protocol["annulments"] else ["awards"])):
        assert again[name] == protocol[name]


def _check_moments(case: Case, result: StageResult, drawn: Mapping[str, Any]) -> None:
    """`beacon`: the moment of the round the draws were committed to; `list_out`: when the list is published."""
    zone = case.rulebook.timezone
    if "beacon" in case.written:
        expected = instant(case.written["beacon"], zone).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert {protocol["draw_at"] for protocol in drawn.values()} == {expected}
    if "list_out" in case.written:
        assert result.stage.decided_at == instant(case.written["list_out"], zone)


# --- the cases as a whole ---


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_row_that_a_step_carries_out_has_a_case_and_no_case_tells_of_one_that_nothing_does(
    path: Path,
) -> None:
    rulebook = load(path.read_text(encoding="utf-8"), path.name)
    told = {row for each in _cases(path) for row in each["rows"]}
    executed = {place.row for place in places([rulebook]) if place.how in ("step", "stage", "request")}
    assert {row for row in executed - told if not row.startswith("X-")} == set()
    assert told - executed - rulebook.elsewhere.keys() == set()


def test_no_sentence_stands_twice() -> None:
    names = [param.id for param in _written()]
    assert len(set(names)) == len(names)


def test_every_verdict_against_somebody_has_its_reason_in_the_case() -> None:
    for book in BOOKS:
        for each in _cases(book):
            against = {alias for alias, word in each.get("expect", {}).items() if word != "in"}
            assert against <= each.get("because", {}).keys(), each["says"]


def _against(step: BoundStep) -> set[str]:
    """What the step can say against somebody; of a job title people alone judge."""
    if step.job.name == "position":
        return {"undecided"}
    return {"out", "undecided"} if step.ask else {"out"}


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_step_has_a_case_in_which_it_does_not_simply_pass_and_one_in_which_it_asks(path: Path) -> None:
    struck: dict[tuple[str, int], set[str]] = {}
    for each in _cases(path):
        _, result = _decided(path, each["says"])
        for stage, step, found in result.decisions.select("stage", "step", "verdict").unique().iter_rows():
            struck.setdefault((stage, step), set()).add(found)
    for stage in load(path.read_text(encoding="utf-8"), path.name).stages:
        for number, step in enumerate(stage.steps, start=1):
            wanted = {"in", *_against(step)}
            missing = wanted - struck.get((stage.id, number), set())
            assert not missing, f"{stage.id}, step {number} ({step.job.name}): no case gives {missing}"
