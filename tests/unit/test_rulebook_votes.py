"""What the rulebook of a contest by votes may not say."""

from datetime import timedelta

import pytest
from unit.vote_rulebooks import BOOK, book, changed

from jobs.rulebook import RulebookFault, load

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
