"""A season through the pipeline: what stages know of each other, groups, and that no order of rows matters."""

import copy
import tomllib
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.pipeline_seasons import SPRING, A, B, C, D, E, run_all, season, standing
from unit.tables import NOON, law, pupil, quota, registration, rulebook, sheet, shuffled, spelt

from jobs.pipeline import DECISION_SCHEMA, PENDING_SCHEMA, Rulings, run_stage
from jobs.rulebook import Rulebook


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


def test_what_the_ministrys_list_says_goes_before_what_a_sheet_says() -> None:
    said = {"school_id": "wrong", "region": "75", "class": "1Я"}
    tables = season(
        roster=[pupil(who, school_id="listed", region="31") for who in (A, B)],
        sheets=[sheet(A, "A" * 10, **said), sheet(B, "B" * 10)],
    )
    result = run_all(tables)["stage-1"]
    assert result.standing.select("school_id", "region", "class").unique().rows() == [("listed", "31", "6А")]
    assert not [name for name in result.standing.columns if "earlier" in name]


def test_what_the_ministrys_list_does_not_say_is_taken_from_the_sheet() -> None:
    tables = season(
        roster=[pupil(A, school_id=None)], sheets=[sheet(A, "A" * 10, school_id="said", region="31")]
    )
    assert run_all(tables)["stage-1"].standing.select("school_id", "region").rows() == [("said", "75")]


def test_a_wrong_school_on_a_sheet_does_not_hide_a_pair() -> None:
    same = spelt("8A 2B")
    tables = season(
        roster=[pupil(who, school_id="s") for who in (A, B)],
        sheets=[sheet(A, same, school_id="s"), sheet(B, same, school_id="another")],
    )
    result = run_all(tables)["stage-1"]
    assert result.pending["code"].to_list() == ["similar", "similar"]
    assert result.evidence["pairs"].height == 1


# --- groups ---


def regional() -> Rulebook:
    from unit.tables import MYN_BALA

    from jobs.rulebook import build

    written = copy.deepcopy(tomllib.loads(MYN_BALA.read_text(encoding="utf-8")))
    winners = next(stage for stage in written["stage"] if stage["id"] == "winners")
    winners["step"][0] |= {"per": ["region"], "places": 1}
    del winners["step"][0]["seats"]
    return build(written, "regional", "")


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
    more = [
        sheet(everybody[n], "AB" * 5, started_at=NOON + timedelta(hours=3 * late)) for n, late, _ in versions
    ]
    again = [registration(everybody[n], consent=consent, email=school) for n, consent, school in versions]
    lists = [pupil(everybody[n], school_id=school) for n, _, school in versions]
    tables = season(
        sheets=sheets + more,
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
