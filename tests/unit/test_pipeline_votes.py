"""Votes, pools and draws in the pipeline: groups and readings that people decide about, merged counts, re-keyed
entries; and what is wrong with a rulebook of such a contest."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from unit.tables import at, codes_of, shuffled, table, verdicts_of

from jobs.beacon import round_at
from jobs.binding import Annulled
from jobs.pipeline import (
    DECISION_SCHEMA,
    PENDING_SCHEMA,
    RULING_SCHEMA,
    Beacon,
    Rulings,
    StageResult,
    run_stage,
    subject_of,
    what_was_shown,
)
from jobs.rulebook import Rulebook, RulebookFault, load
from worker.beacon import new_test_chain, sign_round

BOOK = """
contest = "votes"
regulation = "000"
edition = "2025"
timezone = "Asia/Almaty"
contact = "people"
addressed = "people"

[title]
kk = "Дауыс"
ru = "Голоса"
en = "Votes"

[season]
publication = { opens = "2025-03-28 00:00", closes = "2025-05-09 00:00" }
count = { at = "2025-05-12 18:00" }
pool = { at = "2025-05-14 10:00" }
commitment = { at = "2025-05-16 12:00" }
draw = { at = "2025-05-19 16:30" }

[ask.organiser]
title = { kk = "Ұйымдастырушы", ru = "Организатор", en = "The organiser" }
clause = "2.3"
choices = { accept = "in", refuse = "out" }

[ask.holding]
title = { kk = "Ұйымдастырушы", ru = "Организатор", en = "The organiser" }
clause = "5.6"
kind = "group"
choices = { hold = "in", do-not-hold = "out" }

[ask.shares]
title = { kk = "Ұйымдастырушы", ru = "Организатор", en = "The organiser" }
clause = "6.2"
kind = "reading"
choices = ["zero", "left-out"]

[ask.host]
title = { kk = "Жүргізуші", ru = "Ведущий", en = "The host" }
clause = "6.1"
kind = "draw"

[ask.annulment]
title = { kk = "Ұйымдастырушы", ru = "Организатор", en = "The organiser" }
clause = "6.4"
kind = "annulment"
choices = ["untrue", "not-eligible"]

[lookup.tags]
column = "region"

[lookup.tags.values]
KZ-10 = "#North"
KZ-62 = "#South"

[[stage]]
id = "people"
title = { kk = "адамдар", ru = "люди", en = "people" }
clause = "4"
entries = "participants"
key = "participant"
decided = "publication"

[[stage.step]]
clause = "3.3"
job = "require"
column = "region"
one_of = ["KZ-10", "KZ-62"]

[[stage]]
id = "checked"
title = { kk = "жұмыстар", ru = "работы", en = "works" }
clause = "5"
entries = "works"
key = "work_id"
person = "participant"
snapshots = { by = "scraped_at", until = "count", counts = ["likes", "shares", "comments"] }
decided = "publication"

[[stage.step]]
clause = "5.5"
job = "author"
people = "people"
account = "participant"
handles = "handles"
take = ["region"]
ask = "organiser"

[[stage.step]]
clause = "6.2"
job = "require"
column = "hashtags"
contains = "tags"

[[stage]]
id = "pool"
title = { kk = "үздіктер", ru = "лучшие", en = "the best" }
clause = "6.2"
entries = "checked"
person = "participant"
decided = "pool"

[[stage.step]]
clause = "5.6"
job = "quorum"
per = ["region"]
of = "participant"
least = 2
below = "ask"
ask = "holding"

[[stage.step]]
clause = "6.2"
job = "top"
per = ["region"]
places = 2
points = ["likes", "shares", "comments"]
optional = ["shares"]
ties = "extend"
ask = "organiser"
choose = "shares"

[[stage]]
id = "draw"
title = { kk = "ұтыс", ru = "розыгрыш", en = "the draw" }
clause = "6.1"
entries = "pool"
become = "participant"
decided = "commitment"

[[stage.step]]
clause = "6.1"
job = "draw"
per = ["region"]
prizes = ["laptop"]
at = "draw"
ask = "host"
"""

NORTH, SOUTH = "KZ-10", "KZ-62"
TAGS = {NORTH: "#north", SOUTH: "#south"}
Row = Mapping[str, Any]


def book(*changes: tuple[str, str]) -> Rulebook:
    return load(changed(*changes), "contests/votes.toml")


def changed(*changes: tuple[str, str]) -> str:
    text = BOOK
    for old, new in changes:
        assert old in text, f"the rulebook has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def person(name: str, region: str = NORTH, **given: Any) -> dict[str, Any]:
    return {
        "participant": name,
        "surname": "Үлгі",
        "name": name,
        "region": region,
        "handles": f"@{name}",
    } | given


def work(name: str, region: str = NORTH, **given: Any) -> dict[str, Any]:
    """A video of the person of that name, of ten points."""
    return {
        "work_id": f"W-{name}",
        "participant": name,
        "region": region,
        "platform": "tiktok",
        "hashtags": TAGS[region],
        "posted_at": at("2025-04-01 12:00"),
        "likes": 10,
        "shares": 0,
        "comments": 0,
        "scraped_at": at("2025-05-12 12:00"),
    } | given


PEOPLE = [person(name) for name in "abc"] + [person(name, SOUTH) for name in "xyz"]
WORKS = [work(name, likes=10 * n) for n, name in enumerate("abc", start=1)]
WORKS += [work(name, SOUTH, likes=10 * n) for n, name in enumerate("xyz", start=1)]


def season(works: list[dict[str, Any]] | None = None, people: list[dict[str, Any]] | None = None) -> Any:
    return {
        "participants": table("participants", PEOPLE if people is None else people),
        "works": table("works", WORKS if works is None else works),
    }


def run(
    tables: dict[str, pl.DataFrame],
    rulings: Rulings | None = None,
    *,
    rulebook: Rulebook | None = None,
    beacon: Beacon | None = None,
) -> dict[str, StageResult]:
    """Every stage; the rulings are given to each."""
    rules = rulebook or book()
    results: dict[str, StageResult] = {}
    for stage in rules.stages:
        before = {name: each.standing for name, each in results.items()}
        results[stage.id] = run_stage(
            rules, stage, tables, before, rulings or Rulings(), beacon or Beacon(CHAIN, code=code)
        )
    return results


CHAIN = new_test_chain(b"the key of these tests", int(at("2025-01-01 00:00").timestamp()))


def code(entry: str) -> str:
    return f"CODE-{entry.upper()}"


def standing(result: StageResult) -> list[str]:
    return sorted(result.standing["entry"])


def of(result: StageResult, entry: str) -> list[tuple[str, str]]:
    """(verdict, code) of every decision on an entry, in order."""
    return [(row["verdict"], row["code"]) for row in result.decisions.filter(entry=entry).to_dicts()]


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


# --- groups that people decide about ---

FEW = season([*WORKS[:3], WORKS[3]])
"""Three teachers in the north, one in the south: fewer than two."""


def ruled(result: StageResult, *rows: tuple[str, str, str], **others: Any) -> Rulings:
    """Rulings (ask, subject, decision) on what `result` shows."""
    subjects = result.pending.with_columns(entry=subject_of(book()))
    shown = {(ask, who): digest for ask, who, digest in what_was_shown(subjects).iter_rows()}
    given = [
        (ask, who, shown.get((ask, who), "never shown"), word, "votes.pool.holding.1", "N")
        for ask, who, word in rows
    ]
    return Rulings(pl.DataFrame(given, schema=RULING_SCHEMA, orient="row"), **others)


def test_below_the_quorum_a_group_is_undecided_as_a_whole() -> None:
    pool = run(FEW)["pool"]

    assert not pool.settled
    assert dict(pool.pending.schema) == PENDING_SCHEMA
    assert pool.pending.select("ask", "entry", "group", "code").rows() == [
        ("holding", "W-x", SOUTH, "below-quorum")
    ]


def test_people_are_asked_about_the_group_and_not_about_its_entries() -> None:
    few = season([*WORKS[:1], *WORKS[3:4]])
    pending = run(few)["pool"].pending
    subjects = pending.with_columns(entry=subject_of(book()))

    assert sorted(subjects["entry"]) == [NORTH, SOUTH]
    assert what_was_shown(subjects).height == 2


def test_what_a_group_shows_does_not_depend_on_which_of_its_entries_there_are() -> None:
    one = run(season([*WORKS[:3], WORKS[3]]))["pool"].pending
    other = run(season([*WORKS[:3], WORKS[4]]))["pool"].pending

    assert (
        what_was_shown(one.with_columns(entry=subject_of(book())))["shown"].to_list()
        == what_was_shown(other.with_columns(entry=subject_of(book())))["shown"].to_list()
    )


def test_a_group_that_is_held_stays_and_is_told_who_decided() -> None:
    rulings = ruled(run(FEW)["pool"], ("holding", SOUTH, "hold"))
    pool = run(FEW, rulings)["pool"]

    assert pool.settled
    assert standing(pool) == ["W-b", "W-c", "W-x"]
    assert of(pool, "W-x")[-1] == ("in", "ruled")
    (row,) = pool.decisions.filter(entry="W-x", code="ruled").to_dicts()
    assert row["why"] == "The organiser decided: hold (request votes.pool.holding.1)"
    assert (row["clause"], row["step"]) == ("5.6", 3)


def test_every_entry_of_a_group_that_is_not_held_is_out() -> None:
    few = season(
        [
            *WORKS[:3],
            WORKS[3],
            work("second", SOUTH, participant="x", likes=99),
        ]
    )
    rulings = ruled(run(few)["pool"], ("holding", SOUTH, "do-not-hold"))
    pool = run(few, rulings)["pool"]

    assert pool.settled
    assert standing(pool) == ["W-b", "W-c"]
    assert {of(pool, entry)[-1] for entry in ("W-x", "W-second")} == {("out", "ruled")}


def test_two_groups_are_decided_about_apart() -> None:
    few = season([WORKS[0], WORKS[3]])
    rulings = ruled(run(few)["pool"], ("holding", NORTH, "hold"), ("holding", SOUTH, "do-not-hold"))

    assert standing(run(few, rulings)["pool"]) == ["W-a"]


def test_a_group_nobody_has_decided_about_keeps_the_stage_waiting() -> None:
    few = season([WORKS[0], WORKS[3]])
    rulings = ruled(run(few)["pool"], ("holding", NORTH, "hold"))
    pool = run(few, rulings)["pool"]

    assert pool.pending["group"].to_list() == [SOUTH]


@pytest.mark.parametrize("word", ["maybe", "in", "zero"])
def test_a_word_that_is_no_choice_decides_about_no_group(word: str) -> None:
    rulings = ruled(run(FEW)["pool"], ("holding", SOUTH, word))

    assert not run(FEW, rulings)["pool"].settled


def test_a_decision_about_a_group_counts_for_the_figures_it_was_given_on() -> None:
    fewer = book(("least = 2", "least = 3"))
    rulings = ruled(run(FEW)["pool"], ("holding", SOUTH, "hold"))

    assert not run(FEW, rulings, rulebook=fewer)["pool"].settled


def test_a_decision_about_an_entry_decides_nothing_about_its_group() -> None:
    shown = what_was_shown(run(FEW)["pool"].pending)["shown"][0]
    row = ("holding", "W-x", shown, "hold", "request", "N")
    rulings = Rulings(pl.DataFrame([row], schema=RULING_SCHEMA, orient="row"))

    assert not run(FEW, rulings)["pool"].settled


def test_a_group_that_reaches_the_quorum_needs_nobody() -> None:
    assert run(season())["pool"].settled


# --- two readings of a rule ---

UNTOLD = season(
    [
        work("a", likes=30),
        work("b", likes=10, shares=15),
        work("c", likes=20, shares=None),
        *WORKS[3:],
    ]
)
"""Of b and c one enters the pool: b where an unknown share is none, c where shares count for nobody."""


def test_where_two_readings_differ_people_are_asked_to_choose() -> None:
    pool = run(UNTOLD)["pool"]

    assert pool.pending.select("ask", "entry", "code").sort("entry").rows() == [
        ("shares", "W-b", "reading-differs"),
        ("shares", "W-c", "reading-differs"),
    ]


@pytest.mark.parametrize(("reading", "inside"), [("zero", "W-b"), ("left-out", "W-c")])
def test_each_reading_lets_in_its_own(reading: str, inside: str) -> None:
    pool = run(UNTOLD, Rulings(chosen={"shares": reading}))["pool"]

    assert pool.settled
    assert [entry for entry in standing(pool) if entry in ("W-b", "W-c")] == [inside]
    assert "W-a" in standing(pool)


def test_a_choice_of_another_ask_settles_nothing() -> None:
    assert not run(UNTOLD, Rulings(chosen={"holding": "zero"}))["pool"].settled


def test_a_reading_is_no_ruling_on_people() -> None:
    pool = run(UNTOLD)["pool"]
    rulings = ruled(pool, ("shares", "W-b", "zero"), ("shares", "W-c", "zero"))

    assert not run(UNTOLD, rulings)["pool"].settled


def test_where_both_readings_agree_nobody_is_asked() -> None:
    agreeing = season([work("a", likes=30, shares=None), work("b", likes=20), *WORKS[3:]])

    assert run(agreeing)["pool"].settled


def test_what_is_unknown_beside_the_reading_is_asked_of_the_other_commission() -> None:
    unknown = season([work("a", likes=None), work("b"), work("c"), *WORKS[3:]])
    pending = run(unknown)["pool"].pending

    assert set(pending["ask"]) == {"organiser"}


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


# --- the draw ---

PULSE_ROUND = round_at(CHAIN, at("2025-05-19 16:30"))
PULSE = sign_round(b"the key of these tests", CHAIN, PULSE_ROUND)
SPOKEN = Beacon(CHAIN, {PULSE_ROUND: PULSE}, code, "The organiser")


def test_a_draw_waits_for_the_beacon_with_everybody_pending() -> None:
    draw = run(season())["draw"]

    assert draw.pending.select("ask", "entry", "group").sort("entry").rows() == [
        ("host", "b", NORTH),
        ("host", "c", NORTH),
        ("host", "y", SOUTH),
        ("host", "z", SOUTH),
    ]
    assert sorted(draw.evidence["draws"]["draw_id"]) == ["votes-2025-KZ-10", "votes-2025-KZ-62"]


def test_the_draws_of_all_groups_are_one_step() -> None:
    """A job that wants all groups at once sees them at once: that is how one person gets one prize."""
    draw = run(season(), beacon=SPOKEN)["draw"]

    assert draw.settled
    assert dict(draw.decisions.schema) == DECISION_SCHEMA
    assert sorted(draw.decisions.filter(verdict="in")["group"]) == [NORTH, SOUTH]
    assert len(standing(draw)) == 2


def test_dice_reach_the_draw_that_asked_for_them() -> None:
    def dice_of(rulings: Rulings) -> set[str]:
        rows = run(season(), rulings, beacon=SPOKEN)["draw"].evidence["draws"]["protocol"]
        return {json.loads(text)["dice"] for text in rows}

    assert dice_of(Rulings(dice={"host": "1" * 20})) == {"1" * 20}
    assert dice_of(Rulings(dice={"holding": "1" * 20})) == {""}


def test_a_draw_is_of_the_rulebook_it_was_run_with() -> None:
    rows = run(season())["draw"].evidence["draws"]["manifest"]

    assert {json.loads(text)["rules_sha256"] for text in rows} == {book().digest}


def test_an_annulled_prize_of_a_draw_goes_to_the_next() -> None:
    before = run(season(), beacon=SPOKEN)["draw"]
    (loser,) = before.decisions.filter(verdict="in", group=NORTH)["entry"]
    taken = Annulled(loser, "untrue", "ab" * 32, at("2025-05-21 10:00"))
    after = run(season(), Rulings(annulled=(taken,)), beacon=SPOKEN)["draw"]

    assert codes_of(after.decisions)[loser] == "annulled"
    assert verdicts_of(after.decisions.filter(group=NORTH)) == {
        entry: "out" if entry == loser else "in" for entry in ("b", "c")
    }


def test_the_order_of_all_rows_never_matters_to_a_draw() -> None:
    tables = season()
    one = run(tables, beacon=SPOKEN)["draw"]
    for seed in range(5):
        mixed = {name: shuffled(each, seed) for name, each in tables.items()}

        assert run(mixed, beacon=SPOKEN)["draw"].evidence["draws"].equals(one.evidence["draws"])


# --- what a rulebook may not say ---

DRAW_STEP = """[[stage.step]]
clause = "6.1"
job = "draw"
"""
AFTER_THE_DRAW = """
[[stage.step]]
clause = "9"
job = "require"
column = "region"
is = "present"
"""
FAULTS = {
    "a stage named like a feed": (
        changed(('id = "people"', 'id = "works"'), ('contact = "people"', 'contact = "works"')),
        "stage works",
        "name of a feed",
    ),
    "a step after the draw": (BOOK + AFTER_THE_DRAW, "stage draw, step 1", "no step may follow it"),
    "a list frozen within a day of the draw": (
        changed(('commitment = { at = "2025-05-16 12:00" }', 'commitment = { at = "2025-05-18 16:30:01" }')),
        "stage draw, decided",
        "less than 24 hours before the draw; move season.commitment",
    ),
    "dice asked of those who decide about people": (
        changed(('ask = "host"', 'ask = "organiser"')),
        "stage draw, step 1, ask",
        "organiser is not of kind draw",
    ),
    "dice asked where nothing is drawn": (
        changed(('ask = "holding"', 'ask = "host"')),
        "stage pool, step 1, ask",
        "host is of kind draw",
    ),
    "a choice of readings asked as if it were about entries": (
        changed(('ask = "holding"', 'ask = "shares"')),
        "stage pool, step 1, ask",
        "shares is of kind reading",
    ),
    "an annulment asked before any draw": (
        changed(('ask = "holding"', 'ask = "annulment"')),
        "stage pool, step 1, ask",
        "annulment is of kind annulment",
    ),
    "groups asked about where there are none": (
        changed(('job = "quorum"\nper = ["region"]\n', 'job = "quorum"\n')),
        "stage pool, step 1, ask",
        "holding is of kind group",
    ),
    "a prize that no manifest can hold": (
        changed(('prizes = ["laptop"]', 'prizes = ["ноутбук"]')),
        "stage draw, step 1",
        "prize 1 must be named in plain Latin letters",
    ),
    "no prizes": (
        changed(('prizes = ["laptop"]', "prizes = []")),
        "stage draw, step 1",
        "name at least one",
    ),
    "a choice of readings left to those who decide about people": (
        changed(('choose = "shares"', 'choose = "organiser"')),
        "stage pool, step 2, choose",
        "kind reading",
    ),
    "a choice of readings left to nobody": (
        changed(('choose = "shares"', 'choose = "somebody"')),
        "stage pool, step 2, choose",
        "somebody",
    ),
    "an unknown lookup": (
        changed(('contains = "tags"', 'contains = "hashtags"')),
        "stage checked, step 2",
        "'hashtags' is no table of [lookup.…]",
    ),
    "a lookup of nothing": (
        changed(('[lookup.tags.values]\nKZ-10 = "#North"\nKZ-62 = "#South"', "[lookup.tags.values]")),
        "lookup.tags.values",
        "at least 1 item",
    ),
    "a lookup without a column": (
        changed(('column = "region"\n\n[lookup', "\n[lookup")),
        "lookup.tags.column",
        "required",
    ),
    "snapshots beside latest": (
        changed(("snapshots = {", 'latest = { by = "posted_at" }\nsnapshots = {')),
        "stage checked, snapshots",
        "stands beside `latest`",
    ),
    "snapshots of a key of two columns": (
        changed(('key = "work_id"', 'key = ["work_id", "platform"]')),
        "stage checked, snapshots",
        "needs a key of one column",
    ),
    "a key of which one is no column": (
        changed(('key = "participant"', 'key = ["participant", "nickname"]')),
        "stage people, key",
        "nickname is no column of participants",
    ),
    "snapshots by no column": (
        changed(('by = "scraped_at"', 'by = "seen_at"')),
        "stage checked, snapshots.by",
        "seen_at is no column of works",
    ),
    "snapshots of no count": (
        changed(('["likes", "shares", "comments"] }', '["likes", "hearts"] }')),
        "stage checked, snapshots.counts.hearts",
        "no column of works",
    ),
    "snapshots without counts": (
        changed(('counts = ["likes", "shares", "comments"] }', "counts = [] }")),
        "snapshots.counts",
        "at least 1 item",
    ),
    "snapshots until no moment": (
        changed(('until = "count"', 'until = "christmas"')),
        "stage checked, snapshots.until",
        "christmas is not in [season]",
    ),
    "a standing of a later stage": (
        changed(('people = "people"', 'people = "pool"')),
        "stage checked, step 1",
        "'pool' is no earlier stage",
    ),
    "a standing of a feed": (
        changed(('people = "people"', 'people = "participants"')),
        "stage checked, step 1",
        "no earlier stage",
    ),
    "a draw at no moment": (
        changed(('at = "draw"', 'at = "noon"')),
        "stage draw, step 1",
        "no moment of [season]",
    ),
    "a kind of ask nobody knows": (changed(('kind = "reading"', 'kind = "oracle"')), "ask.shares.kind", ""),
    "a letter to nobody there is": (changed(('addressed = "people"', 'addressed = "pets"')), "addressed", ""),
    "a broadcast with an odd name": (
        changed(('addressed = "people"', 'addressed = "people"\nbroadcast = "19 мая"')),
        "broadcast",
        "",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_faulty_rulebook_of_votes_is_refused_in_one_sentence_with_file_and_key(what: str) -> None:
    text, key, why = FAULTS[what]
    with pytest.raises(RulebookFault) as caught:
        load(text, "contests/x.toml")
    said = str(caught.value)

    assert said.startswith("contests/x.toml: ")
    assert key in said
    assert why in said
    assert said.endswith(".") and "\n" not in said and ".." not in said


def test_a_list_may_be_frozen_exactly_a_day_before_the_draw() -> None:
    rules = book(('commitment = { at = "2025-05-16 12:00" }', 'commitment = { at = "2025-05-18 16:30" }'))

    assert rules.moments["draw"] - rules.stage("draw").decided_at == timedelta(hours=24)


@pytest.mark.parametrize(
    ("name", "choices"), [("shares", ["zero", "left-out"]), ("annulment", ["untrue", "not-eligible"])]
)
def test_choices_may_be_a_list_where_none_puts_anybody_in_or_out(name: str, choices: list[str]) -> None:
    assert list(book().asks[name].choices) == choices


def test_the_step_that_draws_is_known() -> None:
    rules = book()

    assert {stage.id: stage.draw is not None for stage in rules.stages} == {
        "people": False,
        "checked": False,
        "pool": False,
        "draw": True,
    }
    assert rules.asks_of("group") == ["holding"]
    assert rules.asks_of("annulment") == ["annulment"]
