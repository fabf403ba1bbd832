"""DRAW-1: the public vector, the cases of the notes, and the laws that make a draw fair and checkable."""

import hashlib
import hmac
import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protocols import ROUND_1000

import jobs.draw1.drawing
from jobs.beacon import PINNED, Chain, Pulse
from jobs.draw1 import (
    Annulment,
    AnnulmentFault,
    DiceFault,
    Document,
    Draw,
    DrawRefused,
    EntrantFault,
    Manifest,
    ManifestFault,
    Occasion,
    ProtocolFault,
    announce,
    annul,
    award,
    check_protocol,
    draw_seed,
    entrant_file,
    hold,
    manifest_of,
    parse_entrants,
    parse_manifest,
    parse_protocol,
    prize_names,
    prize_text,
    protocol_bytes,
    ranking,
    read_draw,
    ticket,
    tickets,
    with_hex,
)
from worker.beacon import new_test_chain, sign_round

EIGHT = [f"KZ-ALA-{number:04d}" for number in range(1, 9)]
PRIZES = ["laptop", "tablet", "camera"]
DICE = "63454660390103169462"
PULSE = Pulse.from_mapping(ROUND_1000)
QUICKNET = PINNED["quicknet"]
MANIFEST = manifest_of(
    "2026-ALA",
    entrant_file(EIGHT),
    PRIZES,
    QUICKNET,
    1000,
    rules_sha256="4b3235c9d2555c5d5363fb13ad718399606407091769ffad0514b8352394f6d6",
    dice=True,
)
AT = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


def held(
    manifest: Manifest = MANIFEST,
    entrants: Sequence[str] = EIGHT,
    chain: Chain = QUICKNET,
    pulse: Pulse = PULSE,
    dice: str = DICE,
    **more: Any,
) -> Document:
    return hold(manifest, entrants, chain, pulse, dice, **more)


def order(protocol: Document) -> list[str]:
    return [entrant for entrant, _ in protocol["ranking"]]


def eights(numbers: str) -> list[str]:
    return [f"KZ-ALA-000{number}" for number in numbers]


def annulled(protocol: Document, entrant: str, **more: Any) -> Document:
    return annul(protocol, [Annulment(entrant, "untrue data", AT)], **more)


@pytest.fixture
def vector(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "notes" / "draw1-vector.json").read_text(encoding="utf-8"))
    return found


# --- the vector ---


def test_the_vector_gives_its_commitment_seed_and_order() -> None:
    protocol = held()
    assert protocol["commit"] == "6837b94ea5e9604c1393fdef6ba21c0833f9a250462704771a4af9d947b726e2"
    assert protocol["seed"] == "e7e957108d95e003f694edff9c6d085e89fcdc83de933e1d8ffa35391bb2a3e0"
    assert order(protocol) == eights("64385271")
    assert protocol["awards"] == eights("643")


def test_every_figure_of_the_vector_is_reproduced(vector: dict[str, Any]) -> None:
    assert MANIFEST.as_dict() == vector["manifest"]
    assert MANIFEST.as_bytes().decode() == vector["manifest_bytes"]
    assert entrant_file(EIGHT).decode() == vector["entrants_file_utf8"]
    protocol = held()
    assert dict(protocol["ranking"]) == vector["tickets"]
    assert (order(protocol), protocol["awards"]) == (vector["ranking"], vector["winners"])


def test_the_vector_without_dice_has_another_seed_and_order(vector: dict[str, Any]) -> None:
    protocol = held(dice="")
    assert (protocol["seed"], order(protocol)) == (
        vector["seed_without_dice"],
        vector["ranking_without_dice"],
    )


def test_one_entrant_exchanged_changes_commitment_and_order(vector: dict[str, Any]) -> None:
    swapped = vector["one_entrant_swapped"]
    manifest = replace(
        MANIFEST, entrants_sha256=hashlib.sha256(entrant_file(swapped["entrants"])).hexdigest()
    )
    protocol = held(manifest, swapped["entrants"])
    assert (protocol["commit"], order(protocol)) == (swapped["commit"], swapped["ranking"])


def test_the_vectors_annulments_pass_each_prize_to_the_next_ticket(vector: dict[str, Any]) -> None:
    first, second, third = vector["annul_rank1_then_rank3"]
    one = held()
    two = annulled(one, first[0])
    three = annulled(two, second[2])
    assert [one["awards"], two["awards"], three["awards"]] == [first, second, third]
    assert check_protocol(three, protocol_bytes(two)) == check_protocol(two, protocol_bytes(one)) == []


# --- the list ---


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("KZ-1", "entrant 2 of the list repeats an id"),
        ("kz-2", "entrant 2 of the list has a small letter"),
        ("КZ-2", "entrant 2 of the list has a character that is not Latin"),
        (" KZ-2", "entrant 2 of the list has a space at an edge"),
        ("KZ-2 ", "entrant 2 of the list has a space at an edge"),
        ("KZ-2\r", "entrant 2 of the list has a space at an edge"),
        ("KZ-2\u00a0", "entrant 2 of the list has a space at an edge"),
        ("KZ 2", "entrant 2 of the list has a character that codes do not have"),
        ("KZ_2", "entrant 2 of the list has a character that codes do not have"),
        ("KZ-2\x00", "entrant 2 of the list has a character that codes do not have"),
        ("-KZ", "entrant 2 of the list begins with a dash"),
        ("K" * 65, "entrant 2 of the list is too long"),
        ("", "entrant 2 of the list is empty"),
        ("Й", "entrant 2 of the list has a character that is not Latin"),
        ("\u0418\u0306", "entrant 2 of the list has a character that is not Latin"),
    ],
)
def test_an_id_that_not_everybody_hashes_alike_is_refused_at_its_place(second: str, why: str) -> None:
    with pytest.raises(EntrantFault, match=why) as refused:
        entrant_file(["KZ-1", second, "kz-later"])
    assert not second.strip() or second == "KZ-1" or second not in str(refused.value)
    with pytest.raises(EntrantFault, match=why):
        ranking(b"s" * 32, "x", ["KZ-1", second, "kz-later"])


def test_the_longest_id_is_allowed() -> None:
    assert entrant_file(["K" * 64]) == b"K" * 64 + b"\n"


@pytest.mark.parametrize(
    "data",
    [b"B\nA\n", b"A\nA\n", b"A\nB", b"A\r\n", b"A\n\n", b"\n", b"a\n", b"A\n\xd0\x99\n", b"\xef\xbb\xbfA\n"],
)
def test_a_published_list_is_read_only_in_its_one_form(data: bytes) -> None:
    with pytest.raises(EntrantFault):
        parse_entrants(data)


CODES = st.lists(st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,6}", fullmatch=True), unique=True, max_size=30)


@given(CODES, st.randoms(use_true_random=False))
def test_a_shuffled_list_is_the_same_file_and_the_same_ranking(ids: list[str], chance: random.Random) -> None:
    shuffled = chance.sample(ids, len(ids))
    assert entrant_file(shuffled) == entrant_file(ids)
    assert parse_entrants(entrant_file(ids)) == sorted(ids, key=str.encode)
    assert ranking(b"s" * 32, "x", shuffled).equals(ranking(b"s" * 32, "x", ids))


@given(CODES.filter(bool), st.binary(min_size=32, max_size=32), st.data())
def test_taking_anyone_out_leaves_the_others_in_their_order(
    ids: list[str], seed: bytes, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(ids))
    full = ranking(seed, "x", ids)["entrant"].to_list()
    less = ranking(seed, "x", [one for one in ids if one != gone])["entrant"].to_list()
    assert less == [one for one in full if one != gone]


@given(st.lists(st.text(), max_size=5), st.binary(min_size=32, max_size=32))
def test_many_tickets_are_the_hmac_of_each(ids: list[str], seed: bytes) -> None:
    label = b"DRAW-1/ticket\0some-draw\0"
    expected = [hmac.new(seed, label + one.encode(), hashlib.sha256).digest() for one in ids]
    assert tickets(seed, "some-draw", ids) == expected
    assert [ticket(seed, "some-draw", one) for one in ids] == expected


def test_the_ranking_is_a_table_of_entrants_by_ticket() -> None:
    ranked = ranking(b"s" * 32, "x", EIGHT)
    assert ranked.columns == ["entrant", "ticket"]
    assert ranked["ticket"].to_list() == sorted(tickets(b"s" * 32, "x", EIGHT))
    assert with_hex(ranked)["ticket"].to_list() == [one.hex() for one in ranked["ticket"]]
    assert ranking(b"s" * 32, "x", []).height == 0


# --- the manifest ---


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "DRAW-2"}, {"draw_id": ""}, {"draw_id": "Ә"}, {"draw_id": "a b"}, {"draw_id": "x" * 65},
        {"entrants_sha256": "0" * 63}, {"entrants_sha256": "A" * 64}, {"entrants_count": -1},
        {"entrants_count": 8.0}, {"entrants_count": True}, {"entrants_count": "8"}, {"prizes": ""},
        {"prizes": "laptop"}, {"prizes": "2:laptop|1:tablet|3:camera"}, {"prizes": "1:laptop|2:|3:camera"},
        {"prizes": "1:ноутбук|2:tablet|3:camera"}, {"prizes": "1: laptop|2:tablet|3:camera"},
        {"prize_count": 2}, {"prize_count": 0}, {"rules_sha256": ""}, {"beacon": "drand"}, {"chain_hash": "0"},
        {"round": 0}, {"round": 2**53}, {"local_entropy": "dice"}, {"local_entropy": None}, {"note": "x"},
    ],
)  # fmt: skip
def test_a_manifest_that_could_not_have_been_committed_to_is_refused(change: Mapping[str, Any]) -> None:
    with pytest.raises(ManifestFault):
        Manifest.from_mapping({**MANIFEST.as_dict(), **change})


def test_a_manifest_is_read_from_its_canonical_bytes_alone() -> None:
    data = MANIFEST.as_bytes()
    assert parse_manifest(data) == MANIFEST
    for other in (
        data + b"\n", b" " + data, data.replace(b":8,", b":8.0,"), data.replace(b":8,", b":8 ,"), data[:-1],
        b"[]", b"", b"[" * 100_000, b"\xff", data[:-1] + b',"round":1000}', data.replace(b"laptop", b"l\\u0061ptop"),
    ):  # fmt: skip
        with pytest.raises(ManifestFault):
            parse_manifest(other)


def test_prizes_keep_their_names_and_order() -> None:
    names = ["iPhone 15", "2: a set", '30 000 KZT, "gift" \\ card']
    assert prize_text(names) == '1:iPhone 15|2:2: a set|3:30 000 KZT, "gift" \\ card'
    assert list(prize_names(prize_text(names))) == names
    for bad in ([], ["a|b"], [" a"], ["a "], ["a\nb"], ["камера"]):
        with pytest.raises(ManifestFault):
            prize_text(bad)


# --- the seed ---


def test_the_seed_is_of_the_commitment_the_beacon_and_the_dice() -> None:
    expected = hashlib.sha256(b"DRAW-1/seed\0" + b"c" * 32 + b"r" * 32 + DICE.encode()).digest()
    assert draw_seed(b"c" * 32, b"r" * 32, DICE) == expected
    assert draw_seed(b"c" * 32, b"r" * 32, "") != expected


@pytest.mark.parametrize(
    "dice", ["1", DICE[:-1], DICE + "0", DICE[:-1] + "a", DICE[:-1] + "\u0661", DICE[:-1] + "\n"]
)
def test_dice_are_twenty_digits_or_none(dice: str) -> None:
    with pytest.raises(DiceFault):
        draw_seed(b"c" * 32, b"r" * 32, dice)


def test_a_seed_of_texts_or_halves_is_refused() -> None:
    with pytest.raises(DrawRefused):
        draw_seed(b"c" * 64, b"r" * 32, DICE)


# --- awards ---


def test_two_entrants_and_five_prizes_leave_three_unawarded() -> None:
    assert award(["A", "B"], 5) == ("A", "B", None, None, None)


def test_the_annulled_prize_goes_to_the_next_ticket_and_the_others_stay() -> None:
    assert award("ABCDEF", 3, annulled=["A"]) == ("D", "B", "C")
    assert award("ABCDEF", 3, annulled=["A", "D"]) == ("E", "B", "C")
    assert award("ABCDEF", 3, annulled=["A", "C"]) == ("D", "B", "E")
    assert award("ABCD", 3, annulled=["B", "D"]) == ("A", None, "C")


def test_the_winner_of_an_earlier_draw_is_skipped() -> None:
    assert award("ABCDEF", 3, skipped={"B"}) == ("A", "C", "D")
    assert award("ABCDEF", 3, skipped={"B", "E"}, annulled=["D"]) == ("A", "C", "F")


@pytest.mark.parametrize("annulments", [["D"], ["A", "A"], ["X"], ["A", "B", "A"]])
def test_nobody_loses_a_prize_that_is_not_theirs(annulments: list[str]) -> None:
    with pytest.raises(AnnulmentFault):
        award("ABCDEF", 3, annulled=annulments)


@given(CODES, st.integers(0, 6), st.data())
def test_an_annulment_changes_one_prize_and_no_other(
    ids: list[str], prizes: int, data: st.DataObject
) -> None:
    skipped = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    held_now, out = award(ids, prizes, skipped), list[str]()
    while any(held_now) and data.draw(st.booleans()):
        gone = data.draw(st.sampled_from([one for one in held_now if one]))
        out.append(gone)
        after = award(ids, prizes, skipped, out)
        changed = [place for place in range(prizes) if after[place] != held_now[place]]
        assert changed == [held_now.index(gone)]
        winners = [one for one in after if one]
        assert len(set(winners)) == len(winners)
        assert not set(winners) & (skipped | set(out))
        held_now = after


# --- what is refused before any winner is computed ---

TEST_CHAIN = new_test_chain(b"secret", 1_692_803_367)
OTHER_LIST = [*EIGHT[:-1], "KZ-ALA-0009"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"pulse": replace(PULSE, round=1001)}, "of round 1001, committed was round 1000"),
        ({"pulse": replace(PULSE, randomness="0" * 64)}, "not the SHA-256 of its signature"),
        (
            {"pulse": replace(PULSE, signature=PULSE.signature[:-2] + "38")},
            "not the SHA-256 of its signature",
        ),
        ({"pulse": replace(PULSE, signature="c0" + "00" * 47)}, "infinity"),
        ({"pulse": replace(PULSE, signature=PULSE.signature[2:])}, "47 bytes, not the 48"),
        ({"chain": PINNED["default"]}, "chain is not the one committed to"),
        ({"chain": TEST_CHAIN, "pulse": sign_round(b"secret", TEST_CHAIN, 1000)}, "chain is not the one"),
        ({"manifest": replace(MANIFEST, beacon="test-chain")}, "the manifest's beacon is test-chain"),
        ({"manifest": replace(MANIFEST, round=999)}, "committed was round 999"),
        ({"entrants": OTHER_LIST}, "list of entrants is not the one committed to"),
        ({"entrants": EIGHT[:-1]}, "list of entrants is not the one committed to"),
        ({"entrants": EIGHT[::-1]}, "not byte-sorted"),
        ({"entrants": [*EIGHT, "kz"]}, "small letter"),
        ({"entrants": [*EIGHT, EIGHT[-1]]}, "repeats"),
        ({"manifest": replace(MANIFEST, entrants_count=9)}, "8 entrants, committed were 9"),
        ({"dice": DICE[:-1]}, "twenty digits"),
        ({"dice": DICE + " "}, "twenty digits"),
        ({"manifest": replace(MANIFEST, local_entropy="none")}, "no dice were committed to"),
        ({"skipped": {"KZ-ALA-0009": "earlier"}}, "skipped who is no entrant"),
    ],
)
def test_what_was_not_committed_to_is_refused_before_a_ticket_is_computed(
    change: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_given: object) -> list[bytes]:
        raise AssertionError("a ticket was computed")

    monkeypatch.setattr(jobs.draw1.drawing, "tickets", forbidden)
    monkeypatch.setattr(jobs.draw1.drawing, "ticket", forbidden)
    with pytest.raises(DrawRefused, match=why):
        held(**change)
    with pytest.raises(AssertionError, match="a ticket was computed"):
        held()


def test_a_draw_committed_to_without_dice_is_held_without() -> None:
    manifest = replace(MANIFEST, local_entropy="none")
    assert check_protocol(held(manifest, dice="")) == []


# --- the protocol ---


def test_a_protocol_has_the_agreed_keys_and_reads_back_from_its_bytes() -> None:
    words = {"kk": "Байқау", "ru": "Конкурс", "en": "Contest"}
    occasion = Occasion("bilimclass-innovator", words, {"id": "KZ-10", **words}, "Ұйымдастырушы")
    protocol = held(occasion=occasion)
    assert sorted(protocol) == [
        "annulments", "awards", "chain", "commit", "contest", "dice", "draw_at", "draw_id", "entrants", "group",
        "manifest", "organisation", "previous", "prizes", "protocol", "pulse", "ranking", "seed", "skipped",
        "title", "version",
    ]  # fmt: skip
    data = protocol_bytes(protocol)
    assert parse_protocol(data) == protocol
    assert "Ұйымдастырушы".encode() in data
    assert data == (json.dumps(protocol, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    assert protocol["draw_at"] == "2023-08-23T15:59:24Z"
    assert check_protocol(protocol) == []


def test_before_the_draw_all_results_are_null() -> None:
    protocol = announce(MANIFEST, EIGHT, QUICKNET)
    assert {key for key, value in protocol.items() if value is None} >= {
        "pulse",
        "dice",
        "seed",
        "ranking",
        "awards",
    }
    assert check_protocol(protocol) == []
    assert check_protocol({**protocol, "awards": ["KZ-ALA-0001", None, None]}) != []


def test_a_manifest_of_this_draw_is_refused_for_another_list_already_when_announced() -> None:
    with pytest.raises(DrawRefused, match="list of entrants"):
        announce(MANIFEST, OTHER_LIST, QUICKNET)


def test_bytes_that_are_not_as_written_are_no_protocol() -> None:
    data = protocol_bytes(held())
    for other in (
        data[:-1], data + b"\n", data.replace(b"\n ", b"\n  "), b"[]\n", b"", b"\xff", b"[" * 100_000,
        data.replace(b'"version": 1', b'"version": 1,\n "version": 1'), data.replace(b'"KZ-', b'"\\ud800KZ-'),
    ):  # fmt: skip
        with pytest.raises(ProtocolFault):
            parse_protocol(other)


ONE = held()
TWO = annulled(ONE, "KZ-ALA-0006")


def tampered(protocol: Document, path: str, value: object) -> Document:
    """The protocol with one place changed; `path` as `ranking.0.1`."""
    copy: Any = json.loads(protocol_bytes(protocol))
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = copy
    for part in parents:
        place = place[part]
    place[last] = value
    found: Document = copy
    return found


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("commit", "0" * 64, "commit"), ("seed", "0" * 64, "seed"), ("dice", "7" + DICE[1:], "seed"),
        ("ranking.0.0", "KZ-ALA-0004", "ranking: number 1"), ("ranking.3.1", "0" * 64, "ranking: number 4"),
        ("ranking", [], "ranking"), ("awards.2", "KZ-ALA-0001", "awards: number 3"), ("awards", None, "awards"),
        ("awards", eights("436"), "awards: number 1"), ("prizes.0", "car", "prizes: number 1"),
        ("entrants.7", "KZ-ALA-0009", "list of entrants"), ("entrants", eights("1"), "list of entrants"),
        ("manifest.prizes", "1:car|2:tablet|3:camera", "commit"), ("manifest.round", 1001, "committed was round 1001"),
        ("manifest.round", 2**53 - 1, "9999"), ("manifest.entrants_count", 9, "committed were 9"),
        ("manifest.local_entropy", "none", "no dice"), ("pulse.round", 999, "of round 999"),
        ("pulse.randomness", "0" * 64, "SHA-256 of its signature"), ("pulse", None, "belong together"),
        ("chain.period", 30, "chain_hash"), ("chain.name", "test", "do not belong together"),
        ("draw_id", "other", "draw_id"), ("draw_at", "2023-08-23T15:59:27Z", "draw_at"), ("version", 2, "version"),
        ("previous", "0" * 64, "first version"), ("skipped", {"KZ-ALA-0006": "x"}, "awards: number 1"),
        ("dice", "12", "dice"), ("version", "1", "version"), ("version", True, "version"),
        ("protocol", "DRAW-2", "protocol"),
        ("note", "x", "note"), ("title", {"kk": "x"}, "title"), ("ranking.0", [1], "ranking"),
        ("annulments", [{"entrant": "KZ-ALA-0006"}], "annulments"),
    ],
)  # fmt: skip
def test_whatever_is_changed_in_a_protocol_is_named(path: str, value: object, named: str) -> None:
    found = check_protocol(tampered(ONE, path, value))
    assert any(named in difference for difference in found), found


def test_every_difference_is_listed_and_not_only_the_first() -> None:
    changed = {**tampered(ONE, "awards", eights("123")), "seed": "0" * 64, "commit": "1" * 64}
    found = check_protocol(changed)
    assert len([one for one in found if one.startswith("awards: number")]) == 2
    assert [one.split(":")[0] for one in found if not one.startswith("awards")] == ["commit", "seed"]


@given(st.data())
@settings(max_examples=60)
def test_no_single_character_of_a_protocol_can_be_changed_unseen(data: st.DataObject) -> None:
    written = bytearray(protocol_bytes(ONE))
    at = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.integers(32, 126).filter(lambda byte: byte != written[at]))
    written[at] = other
    try:
        protocol = parse_protocol(bytes(written))
    except ProtocolFault:
        return
    assert check_protocol(protocol) != [], bytes(written[max(0, at - 20) : at + 20])


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("previous", "0" * 64, "previous"), ("previous", None, "first version"), ("version", 3, "does not follow"),
        ("annulments.0.entrant", "KZ-ALA-0004", "awards"), ("annulments.0.entrant", "KZ-ALA-0001", "holds no prize"),
        ("annulments", [], "annulments"), ("annulments.0.decided_at", "2026-02-30T00:00:00Z", "decided_at"),
        ("annulments.0.evidence_sha256", "x", "annulments"), ("awards.0", "KZ-ALA-0005", "awards: number 1"),
        ("organisation", "Other", "organisation"), ("dice", "", "dice: it is not that of the version before"),
    ],
)  # fmt: skip
def test_whatever_is_changed_in_a_later_version_is_named(path: str, value: object, named: str) -> None:
    found = check_protocol(tampered(TWO, path, value), protocol_bytes(ONE))
    assert any(named in difference for difference in found), found


def test_a_version_follows_only_the_version_it_names() -> None:
    three = annulled(TWO, "KZ-ALA-0003")
    assert check_protocol(three, protocol_bytes(TWO)) == []
    assert any("previous" in one for one in check_protocol(three, protocol_bytes(ONE)))
    assert any("version before" in one for one in check_protocol(TWO, b"{}"))
    assert three["annulments"][:1] == TWO["annulments"]
    assert check_protocol(three) == []


def test_a_lost_annulment_is_named() -> None:
    three = annulled(TWO, "KZ-ALA-0003")
    forged = replace(read_draw(three), annulments=(Annulment("KZ-ALA-0003", "untrue data", AT),))
    assert any("annulments" in one for one in check_protocol(forged.document(), protocol_bytes(TWO)))


def test_who_won_elsewhere_since_is_passed_over_and_stays_so() -> None:
    two = annulled(ONE, "KZ-ALA-0006", also_skipped={"KZ-ALA-0008": "another-draw"})
    assert two["awards"] == eights("543")
    assert check_protocol(two, protocol_bytes(ONE)) == []
    three = annulled(two, "KZ-ALA-0005", also_skipped={"KZ-ALA-0006": "another-draw"})
    assert three["awards"] == eights("243")
    assert check_protocol(three, protocol_bytes(two)) == []
    found = check_protocol(tampered(three, "skipped", {}), protocol_bytes(two))
    assert any(one.startswith("skipped: somebody") for one in found)


def test_skipped_winners_of_earlier_draws_hold_no_prize_in_a_later_one() -> None:
    protocol = held(skipped={"KZ-ALA-0004": "2026-AST"})
    assert protocol["awards"] == eights("638")
    assert protocol["skipped"] == {"KZ-ALA-0004": "2026-AST"}
    assert check_protocol(protocol) == []


def test_nothing_is_annulled_before_the_draw_nor_from_whoever_holds_nothing() -> None:
    with pytest.raises(AnnulmentFault, match="holds no prize"):
        annulled(ONE, "KZ-ALA-0001")
    with pytest.raises(DrawRefused, match="before the draw"):
        annulled(announce(MANIFEST, EIGHT, QUICKNET), "KZ-ALA-0001")
    for ground in ("", " ", "two\nlines", " padded"):
        with pytest.raises(AnnulmentFault, match="ground"):
            Annulment("KZ-ALA-0006", ground, AT)


def test_a_region_of_nobody_and_one_of_two_are_drawn_without_an_error() -> None:
    for entrants, awards in (([], [None] * 3), (EIGHT[:2], ["KZ-ALA-0002", "KZ-ALA-0001", None])):
        manifest = manifest_of(
            "small", entrant_file(entrants), PRIZES, QUICKNET, 1000, rules_sha256="0" * 64, dice=True
        )
        protocol = held(manifest, entrants)
        assert set(protocol["awards"]) == set(awards)
        assert protocol["awards"][2] is None
        assert check_protocol(protocol) == []


def test_faults_come_before_results_also_in_the_draw_itself() -> None:
    assert list(Draw(MANIFEST, EIGHT, QUICKNET, PULSE, DICE).faults()) == []
    assert "belong together" in next(iter(Draw(MANIFEST, EIGHT, QUICKNET, PULSE, None).faults()))


# --- fairness ---

DRAWS = 100_000


def say(text: str) -> None:
    """Shown by `pytest -rP`."""
    sys.stdout.write(text + "\n")


def survival(statistic: float, degrees: int) -> float:
    """P(χ² with so many degrees of freedom ≥ statistic): Q(k/2, x/2) by Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ/Γ(a + 1)."""
    half = statistic / 2
    start = 1 if degrees % 2 else 2
    value = math.erfc(math.sqrt(half)) if degrees % 2 else math.exp(-half)
    for twice in range(start, degrees, 2):
        value += math.exp(twice / 2 * math.log(half) - half - math.lgamma(twice / 2 + 1))
    return value


def deviation(counts: "np.typing.NDArray[np.int64]") -> float:
    expected = counts.sum() / counts.size
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.fixture(scope="module")
def orders() -> "np.typing.NDArray[np.int64]":
    """Of 100,000 seeds (SHA-256 of a counter): which of eight entrants, by place in the file, has each rank."""
    seeds = (hashlib.sha256(f"uniformity {number}".encode()).digest() for number in range(DRAWS))
    first = np.array([[one[:8] for one in tickets(seed, "uniformity", EIGHT)] for seed in seeds], dtype="S8")
    found: np.typing.NDArray[np.int64] = np.argsort(first, axis=1, kind="stable")
    return found


def test_the_survival_function_agrees_with_tables() -> None:
    for statistic, degrees, p in ((14.067, 7, 0.05), (18.475, 7, 0.01), (3.841, 1, 0.05), (67.505, 50, 0.05)):
        assert survival(statistic, degrees) == pytest.approx(p, rel=2e-3)


def test_every_entrant_is_first_equally_often(orders: "np.typing.NDArray[np.int64]") -> None:
    p = survival(deviation(np.bincount(orders[:, 0], minlength=8)), 7)
    say(f"first place, {DRAWS:,} draws of 8: p = {p:.4f}")
    assert p > 0.001


def test_no_place_in_the_file_favours_any_rank(orders: "np.typing.NDArray[np.int64]") -> None:
    counts = np.array([np.bincount(orders[:, rank], minlength=8) for rank in range(8)])
    # Rows and columns of counts of permutations add up alike: 7 × 7 degrees of freedom, scaled by 7/8.
    p = survival(deviation(counts) * 7 / 8, 49)
    say(f"rank by place in the file, {DRAWS:,} draws of 8: p = {p:.4f}")
    assert p > 0.001


def test_all_orders_come_equally_often(orders: "np.typing.NDArray[np.int64]") -> None:
    codes = orders @ (8 ** np.arange(8))
    every = [int(np.array(one) @ (8 ** np.arange(8))) for one in permutations(range(8))]
    counts = np.bincount(codes, minlength=max(every) + 1)[every]
    p = survival(deviation(counts), len(every) - 1)
    say(f"all {len(every):,} orders of 8, {DRAWS:,} draws: p = {p:.4f}")
    assert 0.001 < p < 0.999


def test_the_same_test_sees_the_bias_of_a_remainder(orders: "np.typing.NDArray[np.int64]") -> None:
    bytes_ = [hashlib.sha256(f"bias {number}".encode()).digest()[0] for number in range(DRAWS)]
    assert survival(deviation(np.bincount([one % 100 for one in bytes_], minlength=100)), 99) < 1e-9
    assert len(orders) == DRAWS
