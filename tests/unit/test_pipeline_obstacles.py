"""What keeps a stage from being decided: files that contradict each other or have not come."""

import polars as pl
from unit.pipeline_seasons import SPRING, A, B, C, D, E, season
from unit.tables import key_rows, quota, registration, rulebook, sheet

from jobs.pipeline import Conflict, conflicts, obstacle


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


def blocked(stage: str, tables: dict[str, pl.DataFrame]) -> str | None:
    return obstacle(rulebook(), rulebook().stage(stage), tables)


def test_a_season_with_all_its_files_has_no_obstacle() -> None:
    assert [blocked(stage.id, season()) for stage in rulebook().stages] == [None] * 5


def test_the_feeds_that_have_not_come_are_named() -> None:
    tables = season()
    del tables["applications"], tables["quotas"]
    assert (
        blocked("admission", tables)
        == "waits for a file of applications, quotas for admission to specialised schools"
    )
    assert blocked("registration", tables) is None


def test_a_feed_without_a_row_has_not_come() -> None:
    assert blocked("registration", season(roster=[])) == "waits for a file of roster for registration"


def test_stage_2_waits_for_its_own_sheets_though_stage_1s_are_there() -> None:
    sheets = [sheet(who, "A" * 10) for who in (A, B, C, D, E)]
    assert blocked("stage-2", season(sheets=sheets)) == "waits for a file of sheets for stage 2"
    assert blocked("stage-1", season(sheets=sheets)) is None
    own = sheet(A, "A" * 10, stage="stage-2", started_at=SPRING)
    assert blocked("stage-2", season(sheets=[*sheets, own])) is None


def test_stage_2_waits_for_its_own_keys_though_stage_1s_are_there() -> None:
    assert blocked("stage-2", season(keys=key_rows("A" * 10))) == "waits for a file of keys for stage 2"


def test_a_contradiction_is_an_obstacle_to_the_stage_it_is_about_and_to_no_other() -> None:
    keys = key_rows("A" * 10) + key_rows("A" * 10, "stage-2")
    tables = season(keys=[*keys, keys[-1] | {"key": "B"}])
    assert blocked("stage-1", tables) is None
    assert blocked("stage-2", tables) == (
        "two files disagree: keys (1 records); send the right one under the wrong one's name"
    )
