"""The job `draw`: who is on which list before the beacon speaks, and who has which prize after it."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols import drawn
from unit.tables import codes_of, law, shuffled, verdicts_of

from jobs.beacon import Pulse, round_at
from jobs.binding import Annulled, Ceremony
from jobs.draw import DRAWS_SCHEMA, draw
from jobs.draw1 import Document, DrawRefused, check_protocol, parse_entrants, parse_protocol
from jobs.verdicts import VERDICT_SCHEMA, Decisions
from worker.beacon import new_test_chain, sign_round

SECRET = b"the key of these tests"
CHAIN = new_test_chain(SECRET, int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()))
AT = datetime(2025, 5, 19, 11, 30, tzinfo=UTC)
ROUND = round_at(CHAIN, AT)
PULSE = sign_round(SECRET, CHAIN, ROUND)
DICE = "63454660390103169462"
PRIZES = ["laptop", "tablet"]
DECIDED = datetime(2025, 5, 21, 9, 15, tzinfo=UTC)
EVIDENCE = "ab" * 32
TITLE = {"kk": "Байқау", "ru": "Конкурс", "en": "Contest"}

Members = dict[str, Sequence[str]]
NORTH_SOUTH: Members = {"KZ-10": ["a", "b", "c", "d", "e"], "KZ-62": ["v", "w", "x", "y", "z"]}


def entries(members: Members) -> pl.DataFrame:
    rows = [(entry, group) for group, people in members.items() for entry in people]
    return pl.DataFrame(rows, schema={"entry": pl.String, "group": pl.String}, orient="row")


def code(entry: str) -> str:
    """A public code that tells nothing of the order of the entries."""
    return hashlib.sha256(entry.encode()).hexdigest()[:12].upper()


def ceremony(**given_: Any) -> Ceremony:
    usual: dict[str, Any] = {
        "stem": "contest-2025",
        "rules": hashlib.sha256(b"the rulebook").hexdigest(),
        "chain": CHAIN,
        "code": code,
        "contest": "contest",
        "title": TITLE,
        "organisation": "The organiser",
    }
    return Ceremony(**usual | given_)


def announced(members: Members = NORTH_SOUTH, **given_: Any) -> Decisions:
    return draw(entries(members), prizes=PRIZES, at=AT, ceremony=ceremony(**given_))


def held(
    members: Members = NORTH_SOUTH, *annulled: Annulled, prizes: list[str] = PRIZES, **given_: Any
) -> Decisions:
    """The draw with dice and pulse."""
    come: dict[str, Any] = {"dice": DICE, "pulses": {ROUND: PULSE}, "annulled": annulled}
    return draw(entries(members), prizes=prizes, at=AT, ceremony=ceremony(**come | given_))


def annulled(entry: str, ground: str = "untrue") -> Annulled:
    return Annulled(entry, ground, EVIDENCE, DECIDED)


def protocols(decisions: Decisions, group: str) -> list[Document]:
    """The versions of a group's protocol, the oldest first."""
    rows = decisions.evidence["draws"].filter(group=group).sort("version")
    return [parse_protocol(text.encode()) for text in rows["protocol"]]


def order(decisions: Decisions, group: str) -> list[str]:
    """The entries of a draw by their place."""
    assert decisions.columns is not None
    of_draw = decisions.columns.filter(draw_id=f"contest-2025-{group}")
    return of_draw.sort("rank")["entry"].to_list()


def prizes_of(decisions: Decisions, group: str) -> dict[int, str]:
    """The number of each prize to the entry that has it."""
    assert decisions.columns is not None
    of_draw = decisions.columns.filter(draw_id=f"contest-2025-{group}").drop_nulls("prize")
    return dict(of_draw.sort("prize").select("prize", "entry").iter_rows())


# --- before the beacon has spoken ---


def test_before_the_beacon_everybody_is_undecided_and_knows_their_code_and_draw() -> None:
    decisions = announced()
    assert decisions.columns is not None

    assert set(verdicts_of(decisions.verdicts).values()) == {"undecided"}
    assert set(codes_of(decisions.verdicts).values()) == {"to-be-drawn"}
    assert dict(decisions.verdicts.schema) == VERDICT_SCHEMA
    assert decisions.columns.sort("entry").rows() == [
        (entry, code(entry), f"contest-2025-{group}")
        for group, people in NORTH_SOUTH.items()
        for entry in people
    ]


def test_before_the_beacon_each_group_has_one_list_and_manifest_and_no_result() -> None:
    evidence = announced().evidence["draws"]

    assert dict(evidence.schema) == DRAWS_SCHEMA
    assert evidence["version"].to_list() == [0, 0]
    for row in evidence.iter_rows(named=True):
        protocol = parse_protocol(row["protocol"].encode())
        assert check_protocol(protocol) == []
        assert protocol["entrants"] == sorted(map(code, NORTH_SOUTH[row["group"]]))
        assert [protocol[name] for name in ("pulse", "dice", "seed", "ranking", "awards")] == [None] * 5
        assert row["commit"] == hashlib.sha256(row["manifest"].encode()).hexdigest() == protocol["commit"]
        assert (row["entrants"], row["round"]) == (5, ROUND)


def test_a_manifest_commits_to_the_list_the_prizes_the_rules_and_the_round() -> None:
    (text,) = announced({"KZ-10": ["a", "b"]}).evidence["draws"]["manifest"]
    entrants = "".join(f"{each}\n" for each in sorted(map(code, "ab")))

    assert parse_entrants(entrants.encode())
    assert json.loads(text) == {
        "protocol": "DRAW-1",
        "draw_id": "contest-2025-KZ-10",
        "entrants_sha256": hashlib.sha256(entrants.encode()).hexdigest(),
        "entrants_count": 2,
        "prizes": "1:laptop|2:tablet",
        "prize_count": 2,
        "rules_sha256": hashlib.sha256(b"the rulebook").hexdigest(),
        "beacon": "test-chain",
        "chain_hash": CHAIN.chain_hash,
        "round": ROUND,
        "local_entropy": "dice-20d10",
    }


def test_a_protocol_says_whose_draw_it_is_in_three_languages() -> None:
    (protocol,) = protocols(announced({"KZ-10": ["a"]}), "KZ-10")

    assert (protocol["contest"], protocol["title"], protocol["organisation"]) == (
        "contest",
        TITLE,
        "The organiser",
    )
    assert protocol["group"] == {
        "id": "KZ-10",
        "kk": "Абай облысы",
        "ru": "область Абай",
        "en": "Abai region",
    }


def test_dice_alone_hold_no_draw() -> None:
    assert set(verdicts_of(announced(dice=DICE).verdicts).values()) == {"undecided"}


def test_the_pulse_of_another_round_holds_no_draw() -> None:
    other = sign_round(SECRET, CHAIN, ROUND + 1)

    assert set(verdicts_of(announced(pulses={ROUND + 1: other}).verdicts).values()) == {"undecided"}


def test_a_pulse_kept_under_the_round_of_the_draw_but_of_another_is_refused() -> None:
    other = sign_round(SECRET, CHAIN, ROUND + 1)
    with pytest.raises(DrawRefused, match=f"the pulse is of round {ROUND + 1}"):
        held(pulses={ROUND: other})


def test_a_pulse_whose_randomness_is_not_its_signatures_is_refused() -> None:
    with pytest.raises(DrawRefused, match="randomness"):
        held(pulses={ROUND: Pulse(ROUND, "00" * 32, PULSE.signature)})


# --- after it ---


@pytest.mark.parametrize("group", NORTH_SOUTH)
def test_a_draw_ranks_as_hashlib_and_hmac_alone_do(group: str) -> None:
    (before,) = protocols(announced(), group)
    (after,) = protocols(held(), group)

    assert after == drawn(before, PULSE.as_dict(), DICE)
    assert check_protocol(after) == []


def test_the_first_tickets_have_the_prizes_and_the_others_none() -> None:
    decisions = held()
    verdicts, codes = verdicts_of(decisions.verdicts), codes_of(decisions.verdicts)
    for group in NORTH_SOUTH:
        first, second, *others = order(decisions, group)

        assert prizes_of(decisions, group) == {1: first, 2: second}
        assert {entry: verdicts[entry] for entry in (first, second)} == {first: "in", second: "in"}
        assert {codes[entry] for entry in (first, second)} == {"prize"}
        assert {(verdicts[entry], codes[entry]) for entry in others} == {("out", "no-prize")}


def test_a_winner_is_told_the_prize_the_place_and_the_draw() -> None:
    decisions = held({"KZ-10": ["a", "b", "c"]})
    _, second, third = order(decisions, "KZ-10")
    rows = {row["entry"]: row for row in decisions.verdicts.to_dicts()}
    assert decisions.columns is not None

    assert rows[second]["why"] == "drew prize 2, tablet: place 2 of 3 in the draw contest-2025-KZ-10"
    assert rows[third]["why"] == "place 3 of 3 in the draw contest-2025-KZ-10 of 2 prizes"
    assert json.loads(rows[second]["facts"]) == {
        "name": "tablet",
        "prize": "2",
        "place": "2",
        "entrants": "3",
        "draw_id": "contest-2025-KZ-10",
    }
    assert decisions.columns.filter(entry=second).to_dicts() == [
        {
            "entry": second,
            "award": "tablet",
            "prize": 2,
            "entrant": code(second),
            "draw_id": "contest-2025-KZ-10",
            "entrants": 3,
            "rank": 2,
        }
    ]


def test_a_draw_is_held_on_the_manifest_that_was_announced() -> None:
    before, after = announced().evidence["draws"], held().evidence["draws"]

    assert after["manifest"].to_list() == before["manifest"].to_list()
    assert after["version"].to_list() == [1, 1]


def test_dice_that_never_came_are_empty() -> None:
    (protocol,) = protocols(held({"KZ-10": ["a", "b"]}, dice=None), "KZ-10")

    assert protocol["dice"] == ""
    assert check_protocol(protocol) == []


def test_other_dice_give_other_tickets() -> None:
    (one,) = protocols(held(), "KZ-10")
    (other,) = protocols(held(dice="0" * 20), "KZ-10")

    assert one["commit"] == other["commit"]
    assert one["ranking"] != other["ranking"]


def test_of_two_entrants_and_five_prizes_two_are_awarded() -> None:
    prizes = ["one", "two", "three", "four", "five"]
    decisions = held({"KZ-10": ["a", "b"]}, prizes=prizes)
    (protocol,) = protocols(decisions, "KZ-10")

    assert protocol["awards"] == [*(entrant for entrant, _ in protocol["ranking"]), None, None, None]
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


def test_a_group_with_letters_that_no_id_has_still_has_a_draw_id() -> None:
    (row,) = announced({"Қала 7/б": ["a"]}).evidence["draws"]["draw_id"]

    assert row == "contest-2025--7-"


@law
@given(st.integers(0, 10_000), st.booleans())
def test_the_order_of_the_entries_never_matters(seed: int, spoken: bool) -> None:
    come: dict[str, Any] = {"dice": DICE, "pulses": {ROUND: PULSE}} if spoken else {}
    host = ceremony(**come)
    one = draw(entries(NORTH_SOUTH), prizes=PRIZES, at=AT, ceremony=host)
    other = draw(shuffled(entries(NORTH_SOUTH), seed), prizes=PRIZES, at=AT, ceremony=host)

    assert other.verdicts.equals(one.verdicts)
    assert other.evidence["draws"].equals(one.evidence["draws"])


def test_where_nobody_is_left_nothing_is_drawn() -> None:
    decisions = announced({})

    assert dict(decisions.verdicts.schema) == VERDICT_SCHEMA
    assert decisions.evidence["draws"].height == 0


# --- one prize a person ---


SHARED: Members = {"KZ-10": ["p", "q"], "KZ-62": ["p", "q", "r", "s", "t"]}
"""p and q stand on two lists and win in the first draw, which has as many prizes as entrants."""


def test_whoever_won_an_earlier_draw_is_skipped_in_the_later_ones() -> None:
    decisions = held(SHARED)
    (later,) = protocols(decisions, "KZ-62")

    assert set(prizes_of(decisions, "KZ-10").values()) == {"p", "q"}
    assert later["skipped"] == {code("p"): "contest-2025-KZ-10", code("q"): "contest-2025-KZ-10"}
    assert not {"p", "q"} & set(prizes_of(decisions, "KZ-62").values())
    assert check_protocol(later) == []


def test_whoever_is_skipped_is_told_of_the_prize_they_have() -> None:
    rows = held(SHARED).verdicts.filter(entry="p").to_dicts()

    assert [(row["verdict"], row["code"]) for row in rows] == [("in", "prize"), ("out", "won-earlier")]
    assert rows[1]["why"] == "has a prize of the draw contest-2025-KZ-10"


def test_a_freed_prize_passes_over_whoever_won_a_later_draw() -> None:
    """Everybody stands on both lists; the winners of the second draw are those that the first left over."""
    everybody: Members = {"KZ-10": list("abcdef"), "KZ-62": list("abcdef")}
    before = held(everybody)
    winners = set(prizes_of(before, "KZ-62").values())
    first, *_ = prizes_of(before, "KZ-10").values()
    after = held(everybody, annulled(first))
    waiting = [entry for entry in order(before, "KZ-10") if entry not in prizes_of(before, "KZ-10").values()]

    assert waiting[0] in winners, "the case would show nothing: choose other dice"
    assert prizes_of(after, "KZ-62") == prizes_of(before, "KZ-62")
    assert prizes_of(after, "KZ-10")[1] == next(entry for entry in waiting if entry not in winners)
    assert len({*prizes_of(after, "KZ-10").values(), *prizes_of(after, "KZ-62").values()}) == 4


def test_whoever_lost_a_prize_of_one_draw_gets_none_in_another() -> None:
    everybody: Members = {"KZ-10": list("abcdef"), "KZ-62": list("abcdef")}
    before = held(everybody)
    first, *_ = prizes_of(before, "KZ-10").values()
    waiting = [entry for entry in order(before, "KZ-10") if entry not in prizes_of(before, "KZ-10").values()]
    barred = waiting[0]
    assert barred in prizes_of(before, "KZ-62").values(), "the case would show nothing: choose other dice"
    after = held(everybody, annulled(barred), annulled(first))

    assert barred not in prizes_of(after, "KZ-10").values()
    assert barred not in prizes_of(after, "KZ-62").values()
    assert len({*prizes_of(after, "KZ-10").values(), *prizes_of(after, "KZ-62").values()}) == 4
    for group in everybody:
        assert check_protocol(protocols(after, group)[-1]) == []


# --- annulled prizes ---


def test_an_annulled_prize_goes_to_the_next_ticket_and_all_others_stay() -> None:
    before = held()
    one, two, three, *_ = order(before, "KZ-10")
    after = held(NORTH_SOUTH, annulled(one))

    assert prizes_of(after, "KZ-10") == {1: three, 2: two}
    assert prizes_of(after, "KZ-62") == prizes_of(before, "KZ-62")
    assert order(after, "KZ-10") == order(before, "KZ-10")


def test_whoever_lost_a_prize_is_out_and_told_the_ground() -> None:
    one, *_ = order(held(), "KZ-10")
    (row,) = held(NORTH_SOUTH, annulled(one, "not-eligible")).verdicts.filter(entry=one).to_dicts()

    assert (row["verdict"], row["code"]) == ("out", "annulled")
    assert json.loads(row["facts"]) == {"ground": "not-eligible", "draw_id": "contest-2025-KZ-10"}


def test_a_replacement_annulled_again_is_followed_by_the_ticket_after_it() -> None:
    one, two, three, four, _ = order(held(), "KZ-10")
    after = held(NORTH_SOUTH, annulled(one), annulled(three))

    assert prizes_of(after, "KZ-10") == {1: four, 2: two}


def test_each_annulment_is_a_version_that_names_the_one_before() -> None:
    one, _, three, *_ = order(held(), "KZ-10")
    evidence = held(NORTH_SOUTH, annulled(one), annulled(three)).evidence["draws"]
    texts = [text.encode() for text in evidence.filter(group="KZ-10").sort("version")["protocol"]]

    assert len(texts) == 3
    assert texts[:1] == [text.encode() for text in held().evidence["draws"].filter(group="KZ-10")["protocol"]]
    for before, after in itertools.pairwise(texts):
        assert check_protocol(parse_protocol(after), before) == []
    assert parse_protocol(texts[2])["annulments"] == [
        {
            "entrant": code(entry),
            "ground": "untrue",
            "evidence_sha256": EVIDENCE,
            "decided_at": "2025-05-21T09:15:00Z",
        }
        for entry in (one, three)
    ]


def test_the_order_in_which_annulments_came_decides_who_gets_what() -> None:
    one, two, three, four, _ = order(held(), "KZ-10")

    assert prizes_of(held(NORTH_SOUTH, annulled(one), annulled(two)), "KZ-10") == {1: three, 2: four}
    assert prizes_of(held(NORTH_SOUTH, annulled(two), annulled(one)), "KZ-10") == {1: four, 2: three}


def test_annulments_of_two_draws_make_a_version_of_each() -> None:
    losers = [order(held(), group)[0] for group in NORTH_SOUTH]
    after = held(NORTH_SOUTH, *map(annulled, losers))

    assert after.evidence["draws"].select("group", "version").sort("group", "version").rows() == [
        (group, version) for group in NORTH_SOUTH for version in (1, 2)
    ]


def test_a_prize_that_nobody_is_left_for_stays_unawarded() -> None:
    members: Members = {"KZ-10": ["a", "b"]}
    one, two = order(held(members), "KZ-10")
    decisions = held(members, annulled(one))

    assert prizes_of(decisions, "KZ-10") == {2: two}
    assert protocols(decisions, "KZ-10")[-1]["awards"] == [None, code(two)]
