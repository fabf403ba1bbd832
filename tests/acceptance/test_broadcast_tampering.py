"""A protocol that was tampered with is shown in red on the page of a broadcast, and without winners."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from broadcast import Page
from protocols import (
    DICE,
    ROUND_1000,
    Protocol,
    annulled,
    broadcast,
    codes,
    drawn,
    flipped,
    hashed,
    region,
    sealed,
    test_beacon,
)


def _swap(values: list[Any]) -> None:
    values[0], values[1] = values[1], values[0]


def _edit_entrant(protocol: Protocol) -> None:
    at = protocol["entrants"].index(protocol["ranking"][-1][0])
    protocol["entrants"][at] = protocol["entrants"][at][:-1] + (
        "2" if protocol["entrants"][at][-1] != "2" else "3"
    )


def _remove_annulment(protocol: Protocol) -> None:
    protocol["annulments"].pop()


def _annul_a_stranger(protocol: Protocol) -> None:
    protocol["annulments"].append({**protocol["annulments"][0], "entrant": protocol["ranking"][-1][0]})


def _pose_as_quicknet(protocol: Protocol) -> None:
    """Sound in everything, but the key is one's own."""
    facts, pulse = test_beacon(1_700_000_000, 50)
    chain = {**facts, "name": "quicknet"}
    before = sealed(protocol["draw_id"], protocol["entrants"], protocol["prizes"], chain=chain, round_=50)
    protocol.clear()
    protocol.update(drawn(before, pulse, DICE))


def _resign(protocol: Protocol) -> None:
    signature = "c0" + "00" * 47
    protocol["pulse"].update(signature=signature, randomness=hashed(signature))


def _edited(*path: str | int, to: Callable[[Any], Any]) -> Callable[[Protocol], None]:
    def edit(protocol: Protocol) -> None:
        place: Any = protocol
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to(place[path[-1]])

    return edit


TAMPERED: dict[str, tuple[Callable[[Protocol], None], str]] = {
    "an entrant edited": (_edit_entrant, "entrants"),
    "entrants out of order": (lambda one: _swap(one["entrants"]), "list"),
    "an entrant dropped": (lambda one: one["entrants"].pop(), "count"),
    "a ticket flipped": (_edited("ranking", 7, 1, to=flipped), "tickets"),
    "two places swapped": (lambda one: _swap(one["ranking"]), "order"),
    "a place dropped": (lambda one: one["ranking"].pop(), "order"),
    "two prizes swapped": (lambda one: _swap(one["awards"]), "awards"),
    "a prize given to nobody": (_edited("awards", 2, to=lambda _: None), "awards"),
    "the dice changed": (_edited("dice", to=flipped), "seed"),
    "the dice cut": (_edited("dice", to=lambda dice: dice[:-1]), "dice"),
    "the dice forgotten": (_edited("dice", to=lambda _: ""), "seed"),
    "the round of the pulse changed": (_edited("pulse", "round", to=lambda one: one + 1), "round"),
    "the sealed round changed": (_edited("manifest", "round", to=lambda one: one + 1), "commit"),
    "the randomness changed": (_edited("pulse", "randomness", to=flipped), "randomness"),
    "the signature at infinity": (_resign, "signature"),
    "the seed changed": (_edited("seed", to=flipped), "seed"),
    "the commitment changed": (_edited("commit", to=flipped), "commit"),
    "the rules changed": (_edited("manifest", "rules_sha256", to=flipped), "commit"),
    "a prize renamed": (_edited("prizes", 0, to=lambda _: "iPhone 16"), "prizes"),
    "the annulment removed": (_remove_annulment, "history"),
    "somebody without a prize annulled": (_annul_a_stranger, "annulments"),
    "the version before denied": (_edited("previous", to=lambda _: None), "history"),
    "the chain hash changed": (_edited("chain", "chain_hash", to=flipped), "chain"),
    "the key of the chain changed": (_edited("chain", "public_key", to=flipped), "chain"),
    "another chain posing as quicknet": (_pose_as_quicknet, "chain_name"),
    "the moment changed": (_edited("draw_at", to=lambda _: "2025-05-19T11:00:00Z"), "moment"),
    "the draw renamed": (_edited("draw_id", to=lambda one: one + "x"), "draw_id"),
    "the ranking removed": (_edited("ranking", to=lambda _: None), "form"),
    "the manifest removed": (_edited("manifest", to=lambda _: None), "form"),
    "the pulse removed": (_edited("pulse", to=lambda _: None), "early"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_tampered_protocol_is_shown_in_red_and_without_winners(page: Page, kind: str) -> None:
    tamper, named = TAMPERED[kind]
    protocol = annulled(drawn(region(16), ROUND_1000, DICE), 0)
    tamper(protocol)
    page.open([protocol])
    assert named in page.faults()
    assert "ХАТТАМА СӘЙКЕС ЕМЕС" in page.text("#faults")
    colour = "return getComputedStyle(document.querySelector('.fault')).backgroundColor"
    red, green, blue = map(int, re.findall(r"\d+", page.run(colour)))
    assert red > 150 > 60 > max(green, blue)
    assert not page.says_valid()


def test_untampered_protocol_of_the_same_draw_is_not_red(page: Page) -> None:
    page.open([annulled(drawn(region(16), ROUND_1000, DICE), 0)])
    assert page.faults() == []
    assert page.says_valid()


def test_one_bad_draw_among_good_ones_is_named_and_the_others_stand(page: Page) -> None:
    protocols = [drawn(region(seed, 20), ROUND_1000, DICE) for seed in (30, 31, 32)]
    _swap(protocols[1]["awards"])
    page.open(protocols)
    assert page.faults() == ["awards"]
    shown = set(page.texts(".codes code"))
    assert shown == {*protocols[0]["awards"], *protocols[2]["awards"]}
    page.show(protocols[0]["draw_id"])
    assert "ХАТТАМА СӘЙКЕС ЕМЕС" in page.text("#faults")
    assert page.winners() == protocols[0]["awards"]


def test_person_passed_over_without_having_won_is_found(page: Page) -> None:
    first, second = broadcast(codes(random.Random(17), 20), "first", "second")
    first = drawn(first, ROUND_1000, DICE)
    loser = first["ranking"][-1][0]
    second = drawn({**second, "skipped": dict.fromkeys((*first["awards"], loser), "first")}, ROUND_1000, DICE)
    page.open([first, second])
    assert page.faults() == ["skipped"]


def test_person_with_two_prizes_of_a_contest_is_found(page: Page) -> None:
    first, second = broadcast(codes(random.Random(18), 3), "first", "second")
    page.open([drawn(first, ROUND_1000, DICE), drawn(second, ROUND_1000, DICE)])
    assert page.faults() == ["one_prize"]


def test_person_passed_over_for_a_later_draw_after_an_annulment_is_no_fault(page: Page) -> None:
    people = codes(random.Random(19), 12)
    first, second = broadcast(people, "first", "second")
    before = drawn(first, ROUND_1000, DICE)
    after = drawn({**second, "skipped": dict.fromkeys(before["awards"], "first")}, ROUND_1000, DICE)
    versions = annulled({**before, "skipped": dict.fromkeys(after["awards"], "second")}, 0)
    page.open([versions, after])
    assert page.faults() == []
