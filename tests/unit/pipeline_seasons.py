"""A season of the pipeline's tests: five pupils, their papers, and what people decide of them."""

from typing import Any

import polars as pl
from unit.tables import application, at, iin_of, key_rows, pupil, quota, registration, rulebook, sheet, table

from jobs.pipeline import RULING_SCHEMA, Rulings, StageResult, run_stage, what_was_shown

NAMES = ("a", "b", "c", "d", "e")
A, B, C, D, E = (iin_of(name) for name in NAMES)
SPRING = at("2026-04-11 10:00")
COMMISSION = "integrity-commission"
ALL_CAME = Rulings(complete=frozenset({"test-centre"}))


def season(**given_rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Five pupils, all of whom register, sit both stages and apply, unless a feed is given."""
    everybody = (A, B, C, D, E)
    first = [sheet(who, f"{'A' * (8 - n)}{'B' * (2 + n)}", seconds=3000) for n, who in enumerate(everybody)]
    second = [
        sheet(who, f"{'A' * (4 + n)}{'C' * (6 - n)}", stage="stage-2", started_at=SPRING)
        for n, who in enumerate(everybody)
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "roster": [pupil(who) for who in everybody],
        "registrations": [registration(who) for who in everybody],
        "sheets": first + second,
        "keys": key_rows("A" * 10) + key_rows("A" * 10, "stage-2"),
        "quotas": [quota("X", seats=1), quota("Y", seats=2)],
        "applications": [
            application(who, n, school) for who in everybody for n, school in ((1, "X"), (2, "Y"))
        ],
    }
    return {feed: table(feed, each) for feed, each in (rows | given_rows).items()}


def run_all(tables: dict[str, pl.DataFrame], rulings: Rulings = ALL_CAME) -> dict[str, StageResult]:
    """Every stage; the test centre has said that all files have come, unless `rulings` say otherwise."""
    results: dict[str, StageResult] = {}
    for stage in rulebook().stages:
        before = {name: each.standing for name, each in results.items()}
        results[stage.id] = run_stage(rulebook(), stage, tables, before, rulings)
    return results


def standing(result: StageResult) -> list[str]:
    return result.standing["entry"].to_list()


def codes(result: StageResult, who: str) -> list[str]:
    return result.decisions.filter(entry=who)["code"].to_list()


def ruled(shown: StageResult, *rows: tuple[str, str, str]) -> Rulings:
    """Rulings (ask, entry, decision) on the signs that `shown` has; none where somebody shows none."""
    signs = {(ask, entry): digest for ask, entry, digest in what_was_shown(shown.pending).iter_rows()}
    full = [
        (ask, entry, signs.get((ask, entry), ""), decision, "request", "commission")
        for ask, entry, decision in rows
    ]
    return Rulings(pl.DataFrame(full, schema=RULING_SCHEMA, orient="row"), complete=ALL_CAME.complete)
