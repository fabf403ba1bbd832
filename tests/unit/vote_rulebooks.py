"""A small contest by votes for tests of the pipeline: its rulebook, people and works."""

from typing import Any

import polars as pl
from unit.tables import at, table

from jobs.pipeline import Beacon, Rulings, StageResult, run_stage
from jobs.rulebook import Rulebook, load
from worker.beacon import new_test_chain

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
CHAIN = new_test_chain(b"the key of these tests", int(at("2025-01-01 00:00").timestamp()))


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


UNTOLD = season(
    [
        work("a", likes=30),
        work("b", likes=10, shares=15),
        work("c", likes=20, shares=None),
        *WORKS[3:],
    ]
)
"""Of b and c one enters the pool: b where an unknown share is none, c where shares count for nobody."""


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


def code(entry: str) -> str:
    return f"CODE-{entry.upper()}"


def standing(result: StageResult) -> list[str]:
    return sorted(result.standing["entry"])


def of(result: StageResult, entry: str) -> list[tuple[str, str]]:
    """(verdict, code) of every decision on an entry, in order."""
    return [(row["verdict"], row["code"]) for row in result.decisions.filter(entry=entry).to_dicts()]
