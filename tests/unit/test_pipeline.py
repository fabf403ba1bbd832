"""A stage: who enters, what every step says, what is carried on, and what people have ruled."""

import copy
import tomllib
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.tables import (
    NOON,
    application,
    at,
    iin_of,
    key_rows,
    law,
    pupil,
    quota,
    registration,
    rulebook,
    sheet,
    shuffled,
    spelt,
    table,
)

from jobs.pipeline import (
    DECISION_SCHEMA,
    PENDING_SCHEMA,
    RULING_SCHEMA,
    Conflict,
    Rulings,
    StageResult,
    conflicts,
    missing_feeds,
    run_stage,
)
from jobs.rulebook import Rulebook

NAMES = ("a", "b", "c", "d", "e")
A, B, C, D, E = (iin_of(name) for name in NAMES)
SPRING = at("2026-04-11 10:00")


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


def run_all(tables: dict[str, pl.DataFrame], rulings: Rulings | None = None) -> dict[str, StageResult]:
    results: dict[str, StageResult] = {}
    for stage in rulebook().stages:
        before = {name: each.standing for name, each in results.items()}
        results[stage.id] = run_stage(rulebook(), stage, tables, before, rulings or Rulings())
    return results


def standing(result: StageResult) -> list[str]:
    return result.standing["entry"].to_list()


def codes(result: StageResult, who: str) -> list[str]:
    return result.decisions.filter(entry=who)["code"].to_list()


def ruled(*rows: tuple[str, str, str]) -> Rulings:
    full = [(ask, entry, decision, "request", "commission") for ask, entry, decision in rows]
    return Rulings(pl.DataFrame(full, schema=RULING_SCHEMA, orient="row"))


def test_a_whole_season_is_decided_stage_by_stage() -> None:
    results = run_all(season())
    assert all(result.settled for result in results.values())
    assert [len(standing(result)) for result in results.values()] == [5, 5, 5, 3, 3]
    assert standing(results["winners"]) == [E, D, C]
    awards = dict(results["admission"].standing.select("entry", "award").iter_rows())
    assert awards == {E: "X", D: "Y", C: "Y"}


def test_decisions_and_pending_have_the_agreed_columns() -> None:
    for result in run_all(season()).values():
        assert dict(result.decisions.schema) == DECISION_SCHEMA
        assert dict(result.pending.schema) == PENDING_SCHEMA


def test_every_step_says_something_of_everybody_still_there() -> None:
    result = run_all(season())["registration"]
    assert result.decisions.height == 5 * len(result.stage.steps)
    assert result.decisions.group_by("step").len()["len"].to_list() == [5] * len(result.stage.steps)


def test_whoever_is_out_is_touched_by_no_later_step() -> None:
    registrations = [registration(A, phone=None), registration(B)]
    result = run_all(season(registrations=registrations))["registration"]
    assert result.decisions.filter(entry=A)["step"].to_list() == [1, 2, 3, 4]
    assert standing(result) == [B]


# --- what earlier stages knew ---


def test_the_score_of_stage_2_is_of_stage_2s_answers_though_stage_1s_was_carried_on() -> None:
    results = run_all(season())
    first, second = (results[name].standing.sort("entry") for name in ("stage-1", "stage-2"))
    assert dict(first.select("entry", "score").iter_rows()) == {A: 8, B: 7, C: 6, D: 5, E: 4}
    assert dict(second.select("entry", "score").iter_rows()) == {A: 4, B: 5, C: 6, D: 7, E: 8}
    assert second.filter(entry=E)["correct"].to_list() == ["1111111100"]


CARRIED = {
    "score": 999, "items": 3, "answered": 2, "correct": "111", "errors": 77, "possible": 88, "school": "s",
    "key": "ZZZ", "last": 1, "versions": 2, "total": 5, "rank": 1, "award": "old", "gnormed": 1, "partners": 4,
    "identical": 40, "hint": "x",
}  # fmt: skip


@pytest.mark.parametrize("name", ["stage-1", "stage-2"])
def test_no_column_of_an_earlier_stage_leaks_into_a_stages_own_result(name: str) -> None:
    tables, results = season(), run_all(season())
    stage = rulebook().stage(name)
    assert stage.among is not None
    before = results[stage.among].standing
    plain = before.drop([column for column in CARRIED if column in before.columns])
    laden = plain.with_columns(**{column: pl.lit(value) for column, value in CARRIED.items()})
    own = ["entry", "score", "items", "answered", "correct", "errors", "possible"]
    first, again = (
        run_stage(rulebook(), stage, tables, {stage.among: each}, Rulings()) for each in (plain, laden)
    )
    assert first.decisions.equals(again.decisions)
    assert first.standing.select(own).equals(again.standing.select(own))
    assert first.pending.equals(again.pending)


def test_an_award_or_rank_of_an_earlier_stage_does_not_stand_for_this_one() -> None:
    results = run_all(season())
    assert set(results["winners"].standing["award"]) == {"winner"}
    ranks = dict(results["admission"].standing.select("entry", "rank").iter_rows())
    assert ranks == {E: 1, D: 2, C: 3}


def test_what_a_sheet_does_not_say_is_filled_from_the_ministrys_list() -> None:
    tables = season(roster=[pupil(who, school_id="listed", region="31") for who in (A, B, C, D, E)])
    result = run_all(tables)["stage-1"]
    assert set(result.standing["school_id"]) == {"listed"}
    assert set(result.standing["region"]) == {"31"}


# --- who enters ---


def test_strangers_and_the_absent_are_told_so_before_the_first_step() -> None:
    sheets = [sheet(A, "A" * 10), sheet("stranger", "A" * 10)]
    result = run_all(season(sheets=sheets))["stage-1"]
    assert codes(result, "stranger") == ["not-among"]
    assert codes(result, B) == ["absent"]
    assert result.decisions.filter(entry=B).select("step", "clause", "verdict").rows() == [(0, "4", "out")]
    assert standing(result) == [A]


def test_a_sheet_of_another_stage_does_not_enter() -> None:
    result = run_all(season(sheets=[sheet(A, "A" * 10, stage="stage-2", started_at=SPRING)]))["stage-1"]
    assert result.standing.height == 0
    assert set(result.decisions["code"]) == {"absent"}


def test_of_two_sheets_the_latest_inside_the_stages_window_counts() -> None:
    sheets = [
        sheet(A, "ABBBBBBBBB"),
        sheet(A, "AABBBBBBBB", started_at=NOON + timedelta(hours=1)),
        sheet(A, "AAABBBBBBB", started_at=NOON + timedelta(days=30)),
    ]
    assert run_all(season(sheets=sheets))["stage-1"].standing["score"].to_list() == [2]


def test_a_stage_that_nobody_reaches_is_decided_about_nobody() -> None:
    results = run_all(season(registrations=[registration(A, consent=False)]))
    for name in ("stage-1", "stage-2", "winners", "admission"):
        assert results[name].standing.height == 0
        assert results[name].settled


def test_a_stage_without_an_earlier_one_takes_every_record() -> None:
    stage = rulebook().stage("stage-1")
    assert run_stage(rulebook(), stage, season(), {}, Rulings()).standing.height == 5


# --- undecided and ruled ---


def copied() -> dict[str, pl.DataFrame]:
    same = spelt("8A 2B")
    sheets = [sheet(A, same, school_id="s"), sheet(B, same, school_id="s"), sheet(C, "A" * 10, school_id="t")]
    return season(sheets=sheets)


def test_the_undecided_stay_and_wait_for_the_named_people() -> None:
    result = run_all(copied())["stage-1"]
    assert not result.settled
    assert result.pending.select("ask", "entry", "code").rows() == [
        ("integrity-commission", who, "similar") for who in sorted((A, B))
    ]
    assert standing(result) == sorted((A, B, C))
    assert result.evidence["pairs"].height == 1


def test_a_ruling_out_puts_out_and_a_ruling_in_keeps_and_both_are_told() -> None:
    rulings = ruled(("integrity-commission", A, "annul"), ("integrity-commission", B, "keep"))
    result = run_all(copied(), rulings)["stage-1"]
    assert result.settled
    assert standing(result) == sorted((B, C))
    rows = result.decisions.filter(code="ruled").select("entry", "verdict", "clause", "step")
    steps = len(result.stage.steps) + 1
    assert sorted(rows.rows()) == sorted([(A, "out", "10, 11.1", steps), (B, "in", "10, 11.1", steps)])
    assert "decided: annul (request request)" in result.decisions.filter(entry=A, code="ruled")["why"][0]


def test_who_is_annulled_wins_nothing_and_the_others_move_up() -> None:
    same = spelt("9A 1B")
    sheets = [sheet(who, f"{'A' * (8 - n)}{'B' * (2 + n)}") for n, who in enumerate((A, B, C))] + [
        sheet(A, same, stage="stage-2", started_at=SPRING, school_id="s"),
        sheet(B, same, stage="stage-2", started_at=SPRING, school_id="s"),
        sheet(C, spelt("1A 9B"), stage="stage-2", started_at=SPRING, school_id="t"),
    ]
    tables = season(sheets=sheets, quotas=[quota("X", seats=2)])
    ruling = ruled(("integrity-commission", A, "annul"), ("integrity-commission", B, "keep"))
    assert standing(run_all(tables, ruling)["winners"]) == [B, C]


def test_a_ruling_on_somebody_nobody_asked_about_changes_nothing() -> None:
    result = run_all(copied(), ruled(("integrity-commission", C, "annul")))["stage-1"]
    assert C in standing(result)
    assert codes(result, C).count("ruled") == 0


def test_a_ruling_of_others_than_those_asked_changes_nothing() -> None:
    result = run_all(copied(), ruled(("ministry", A, "not-listed")))["stage-1"]
    assert A in result.pending["entry"].to_list()


def test_a_ruling_that_is_none_of_the_choices_decides_nothing() -> None:
    result = run_all(copied(), ruled(("integrity-commission", A, "perhaps")))["stage-1"]
    assert A in result.pending["entry"].to_list()
    assert codes(result, A).count("ruled") == 0


def test_one_ruling_answers_every_sign_that_the_same_people_were_asked_about() -> None:
    tables = season(sheets=[sheet(A, "A" * 10, seconds=60)])
    assert run_all(tables)["stage-1"].pending.height == 3  # too short, too fast, fast and accurate
    result = run_all(tables, ruled(("integrity-commission", A, "keep")))["stage-1"]
    assert result.settled
    assert codes(result, A).count("ruled") == 1


def test_whoever_one_commission_has_put_out_no_other_is_asked_about() -> None:
    tables = season(sheets=[sheet(A, "A" * 10, variant="9", seconds=60)])
    asked = run_all(tables)["stage-1"].pending["ask"].unique().sort().to_list()
    assert asked == ["integrity-commission", "operator"]
    assert run_all(tables, ruled(("operator", A, "refuse")))["stage-1"].settled


# --- files that contradict each other ---


def test_two_files_that_disagree_about_a_timeless_record_are_a_conflict() -> None:
    keys = key_rows("A" * 10)
    tables = season(keys=[*keys, keys[0] | {"key": "B"}], quotas=[quota("X", seats=1), quota("X", seats=2)])
    assert conflicts(rulebook().stage("stage-1"), tables) == [Conflict("keys", 1)]
    assert conflicts(rulebook().stage("winners"), tables) == [Conflict("quotas", 1)]


def test_the_same_record_twice_and_newer_versions_are_no_conflict() -> None:
    keys = key_rows("A" * 10)
    tables = season(keys=keys + keys, registrations=[registration(A), registration(A, phone="+77010000000")])
    assert conflicts(rulebook().stage("stage-1"), tables) == []
    assert conflicts(rulebook().stage("registration"), tables) == []


def test_the_feeds_that_have_not_come_are_named() -> None:
    assert missing_feeds(rulebook().stage("admission"), ["quotas"]) == ["applications"]
    assert missing_feeds(rulebook().stage("registration"), ["roster", "registrations", "keys"]) == []


# --- groups ---


def regional() -> Rulebook:
    from unit.tables import MYN_BALA

    from jobs.rulebook import RulebookTable, _Builder

    written = copy.deepcopy(tomllib.loads(MYN_BALA.read_text(encoding="utf-8")))
    winners = next(stage for stage in written["stage"] if stage["id"] == "winners")
    winners["step"][0] |= {"per": ["region"], "places": 1}
    del winners["step"][0]["seats"]
    return _Builder(RulebookTable.model_validate(written), "regional").build("")


def test_a_step_per_region_decides_each_region_by_itself_and_names_it() -> None:
    book = regional()
    before = pl.DataFrame(
        {"entry": ["a", "b", "c"], "region": ["31", "31", "75"], "score": [5, 7, 1]},
    )
    result = run_stage(
        book, book.stage("winners"), {"quotas": season()["quotas"]}, {"stage-2": before}, Rulings()
    )
    assert sorted(standing(result)) == ["b", "c"]
    assert result.decisions.sort("entry").select("entry", "group").rows() == [
        ("a", "31"),
        ("b", "31"),
        ("c", "75"),
    ]


# --- the order of rows ---


SCORES = st.lists(st.integers(0, 10), min_size=5, max_size=5)
VERSIONS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([True, False]), st.sampled_from(["one", "two"])), max_size=5
)


@settings(law, max_examples=20)
@given(SCORES, SCORES, VERSIONS, st.integers(0, 999))
def test_the_order_of_rows_in_the_files_never_matters_to_a_season(
    first: list[int], second: list[int], versions: list[tuple[int, bool, str]], seed: int
) -> None:
    everybody = (A, B, C, D, E)
    schools = "sstt"
    sheets = [
        sheet(who, "A" * right + "B" * (10 - right), school_id=schools[n % 4], stage=stage, started_at=start)
        for stage, start, scores in (("stage-1", NOON, first), ("stage-2", SPRING, second))
        for n, (who, right) in enumerate(zip(everybody, scores, strict=True))
    ]
    again = [registration(everybody[n], consent=consent, email=school) for n, consent, school in versions]
    lists = [pupil(everybody[n], school_id=school) for n, _, school in versions]
    tables = season(
        sheets=sheets,
        registrations=[registration(who) for who in everybody] + again,
        roster=[pupil(who, school_id="one") for who in everybody] + lists,
        quotas=[quota("X", language="kk", seats=1), quota("X", language="ru", seats=1), quota("Y", seats=1)],
    )
    mixed = {feed: shuffled(each, seed + n) for n, (feed, each) in enumerate(tables.items())}
    for one, other in zip(run_all(tables).values(), run_all(mixed).values(), strict=True):
        assert one.decisions.equals(other.decisions)
        assert one.standing.equals(other.standing)
        assert one.pending.equals(other.pending)
        assert one.evidence.keys() == other.evidence.keys()
        assert all(one.evidence[name].equals(other.evidence[name]) for name in one.evidence)
