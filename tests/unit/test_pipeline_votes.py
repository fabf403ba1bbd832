"""What the pipeline brings to the steps of a contest by votes, and what entries become on the way."""

import json

from unit.tables import at, shuffled
from unit.vote_rulebooks import NORTH, SOUTH, UNTOLD, WORKS, book, of, person, run, season, standing, work

from jobs.pipeline import Rulings, run_stage

# --- what steps are brought ---


def test_a_lookup_of_the_rulebook_gives_each_region_its_own_hashtag() -> None:
    works = [work("a"), work("b", hashtags="#south"), work("c", hashtags="#other #NORTH")]
    result = run(season(works))["checked"]

    assert standing(result) == ["W-a", "W-c"]
    assert of(result, "W-b")[-1][0] == "out"


def test_the_hashtag_is_that_of_the_authors_region_and_not_of_what_the_work_says() -> None:
    """`author` takes the region from the platform's list, and the step after it sees that one."""
    works = [work("a", region=SOUTH, hashtags="#south"), work("b", region=SOUTH, hashtags="#north")]

    assert standing(run(season(works))["checked"]) == ["W-b"]


def test_a_step_is_brought_those_still_in_after_an_earlier_stage() -> None:
    people = [person("a"), person("b", "KZ-75"), person("c")]
    result = run(season([work("a"), work("b"), work("stranger")], people))["checked"]

    assert standing(result) == ["W-a"]
    assert of(result, "W-b") == [("out", "no-author")]
    assert of(result, "W-stranger") == [("out", "no-author")]


def test_a_stage_waits_for_the_stages_that_its_steps_are_brought() -> None:
    rules = book()

    assert rules.stage("checked").needs == ("people",)
    assert rules.stage("pool").needs == ("checked",)
    assert rules.stage("draw").needs == ("pool",)
    assert rules.stage("checked").feeds == {"works"}


# --- counts taken at several times ---

SNAPSHOTS = [
    work("a", likes=5, scraped_at=at("2025-05-01 12:00")),
    work("a", likes=8, scraped_at=at("2025-05-12 17:00")),
    work("a", likes=900, scraped_at=at("2025-05-13 12:00")),
    work("b", likes=7),
]


def test_of_several_snapshots_the_latest_before_the_count_holds() -> None:
    result = run(season(SNAPSHOTS))["checked"]
    (row,) = result.standing.filter(entry="W-a").to_dicts()

    assert (row["likes"], row["scraped_at"]) == (8, at("2025-05-12 17:00"))
    assert standing(result) == ["W-a", "W-b"]


def test_each_merge_is_told_of_the_work_and_of_no_other() -> None:
    result = run(season(SNAPSHOTS))["checked"]
    (told,) = result.decisions.filter(code="merged").to_dicts()

    assert (told["entry"], told["verdict"], told["step"]) == ("W-a", "in", 0)
    assert told["why"] == "3 rows of this entry are one"
    assert json.loads(told["facts"]) == {"rows": "3"}
    report = result.evidence["snapshots"].filter(work_id="W-a").to_dicts()[0]
    assert (report["likes_first"], report["likes_used"], report["late"]) == (5, 8, 1)


def test_a_row_that_came_twice_alike_is_one_and_no_merge() -> None:
    result = run(season([work("a"), work("a")]))["checked"]

    assert result.decisions.filter(code="merged").height == 0
    assert result.standing["snapshots"].to_list() == [1]


def test_the_order_of_snapshots_never_matters() -> None:
    tables = season(SNAPSHOTS)
    one = run(tables)["checked"]
    for seed in range(5):
        other = run(tables | {"works": shuffled(tables["works"], seed)})["checked"]

        assert other.standing.equals(one.standing)
        assert other.decisions.equals(one.decisions)


def test_an_entry_may_be_named_by_several_columns() -> None:
    two = book(('key = "participant"', 'key = ["region", "participant"]'))
    people = [person("a"), person("a", SOUTH), person("b")]
    tables = season(people=people)
    stage = run_stage(two, two.stage("people"), tables, {}, Rulings())

    assert standing(stage) == [f"{NORTH}/a", f"{NORTH}/b", f"{SOUTH}/a"]


# --- whose the works are ---


def test_the_people_of_a_stage_of_works_are_its_authors() -> None:
    """Whatever name of an account stands in the export, the person is the one of the platform's list."""
    works = [
        work("a"),
        work("second", participant="a"),
        work("third", participant="@B"),
        work("fourth", participant="C"),
    ]

    assert run(season(works))["checked"].people == {
        "W-a": "a",
        "W-second": "a",
        "W-third": "b",
        "W-fourth": "c",
    }


def test_a_stage_of_people_has_no_map_of_them() -> None:
    results = run(season())

    assert results["people"].people == {}
    assert results["draw"].people == {}


# --- evidence of a step that is done group by group ---


def test_evidence_says_of_which_group_it_is() -> None:
    evidence = run(season())["pool"].evidence

    assert sorted(evidence["cut"]["group"]) == [NORTH, SOUTH]
    assert evidence["cut"].columns[0] == "group"


def test_evidence_of_one_group_alone_is_kept() -> None:
    rankings = run(UNTOLD)["pool"].evidence["rankings"]

    assert set(rankings["group"]) == {NORTH}
    assert sorted(rankings.filter("differs")["entry"]) == ["W-b", "W-c"]


# --- entries that become people ---


def test_entrants_of_a_draw_are_the_authors_once_each() -> None:
    works = [
        work("a", likes=50),
        work("more", participant="a", likes=40),
        work("b", likes=1),
        *WORKS[3:],
    ]
    results = run(season(works))

    assert standing(results["pool"]) == ["W-a", "W-more", "W-y", "W-z"]
    assert standing(results["draw"]) == ["a", "y", "z"]


def test_whoever_has_several_entries_becomes_the_first_in_the_order_of_the_stage() -> None:
    works = [work("more", participant="a", likes=50), work("a", likes=40), work("b", likes=1), *WORKS[3:]]
    (row,) = run(season(works))["draw"].standing.filter(entry="a").to_dicts()

    assert row["work_id"] == "W-more"


def test_rank_and_award_of_the_pool_are_not_those_of_the_draw() -> None:
    standing_ = run(season())["draw"].standing

    assert "rank" not in standing_.columns
    assert "rank" in run(season())["pool"].standing.columns
