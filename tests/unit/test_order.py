"""The job `order`: one public lot gives the order of performance in every nomination, and nothing moves it later."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from protocols import drawn, sealed
from unit.tables import codes_of, law, shuffled, verdicts_of

from jobs.beacon import round_at
from jobs.binding import Ceremony
from jobs.draw import DRAWS_SCHEMA
from jobs.draw1 import check_protocol, parse_protocol
from jobs.order import PRIZE, order
from jobs.verdicts import Decisions
from worker.beacon import new_test_chain, sign_round

SECRET = b"the key of these tests"
CHAIN = new_test_chain(SECRET, int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()))
AT = datetime(2026, 3, 20, 5, 0, tzinfo=UTC)
PULSE = sign_round(SECRET, CHAIN, round_at(CHAIN, AT))
DICE = "63454660390103169462"
PEOPLE = {"flute": ["f1", "f2", "f3", "f4", "f5", "f6"], "oboe": ["o1", "o2", "o3"], "horn": ["h1"]}


def code(entry: str) -> str:
    return hashlib.sha256(entry.encode()).hexdigest()[:12].upper()


def entries(without: str = "") -> pl.DataFrame:
    rows = [(who, group) for group, people in PEOPLE.items() for who in people if who != without]
    return pl.DataFrame(rows, schema={"entry": pl.String, "group": pl.String}, orient="row")


def ceremony(*, spoken: bool = True, dice: str | None = DICE) -> Ceremony:
    come: dict[str, Any] = {"dice": dice, "pulses": {PULSE.round: PULSE}} if spoken else {}
    rules = hashlib.sha256(b"the rulebook").hexdigest()
    return Ceremony(
        "performers-2026", rules, CHAIN, code, "performers", {"kk": "", "ru": "", "en": ""}, **come
    )


def ordered(table: pl.DataFrame, **given_: Any) -> Decisions:
    return order(table, at=AT, ceremony=ceremony(**given_))


def numbers(decisions: Decisions) -> dict[str, int]:
    assert decisions.columns is not None
    return dict(decisions.columns.select("entry", "performance").iter_rows())


def test_before_the_beacon_everybody_waits_and_one_list_of_all_is_committed_to() -> None:
    decisions = ordered(entries(), spoken=False)
    assert set(verdicts_of(decisions.verdicts).values()) == {"undecided"}
    assert set(codes_of(decisions.verdicts).values()) == {"order-to-be-drawn"}
    row = decisions.evidence["draws"].row(0, named=True)
    assert dict(decisions.evidence["draws"].schema) == DRAWS_SCHEMA
    assert (row["draw_id"], row["version"], row["entrants"]) == ("performers-2026-order", 0, 10)


def test_each_nomination_performs_from_1_on_in_the_order_of_the_one_lot() -> None:
    decisions = ordered(entries())
    protocol = parse_protocol(decisions.evidence["draws"]["protocol"][0].encode())
    ranking = [one for one, _ticket in protocol["ranking"]]
    found = numbers(decisions)
    for people in PEOPLE.values():
        assert [found[who] for who in sorted(people, key=lambda who: ranking.index(code(who)))] == [
            *range(1, len(people) + 1)
        ]
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


def test_the_lot_is_replayed_with_hashes_alone() -> None:
    decisions = ordered(entries())
    protocol = parse_protocol(decisions.evidence["draws"]["protocol"][0].encode())
    assert check_protocol(protocol) == []
    everybody = sorted(map(code, entries()["entry"]))
    sealed_ = sealed("performers-2026-order", everybody, [PRIZE], chain=CHAIN.as_dict(), round_=PULSE.round)
    sealed_["manifest"] |= {"rules_sha256": protocol["manifest"]["rules_sha256"]}
    sealed_["commit"] = protocol["commit"]
    again = drawn(sealed_, {key: value for key, value in PULSE.as_dict().items() if value is not None}, DICE)
    assert again["ranking"] == protocol["ranking"]
    assert sealed_["manifest"] == protocol["manifest"]


def test_other_dice_give_another_order_and_failed_dice_one_as_well() -> None:
    orders = [tuple(numbers(ordered(entries(), dice=dice)).values()) for dice in (DICE, "0" * 20, None)]
    assert len(set(orders)) == 3


@law
@given(st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    assert numbers(ordered(shuffled(entries(), seed))) == numbers(ordered(entries()))


def test_nobody_to_perform_is_no_draw() -> None:
    decisions = ordered(entries().clear())
    assert decisions.verdicts.height == 0
    assert decisions.evidence["draws"].height == 0
