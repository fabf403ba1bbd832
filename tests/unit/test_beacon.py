"""Beacons: drand's chains and rounds as facts, BLS signatures that never fail open, a test chain of one's own."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols import DEFAULT, DEFAULT_ROUND_1, QUICKNET, ROUND_1000

from jobs.beacon import (
    PINNED,
    Chain,
    ChainFault,
    Pulse,
    PulseFault,
    RoundFault,
    instant_text,
    round_at,
    round_time,
)
from worker.beacon import new_test_chain, read_chain, read_pulse, sign_round, verify_pulse

SECRET = b"only for these tests"
GENESIS = 1_747_000_000
TEST_CHAIN = new_test_chain(SECRET, GENESIS)
NEXT = Pulse.from_mapping(ROUND_1000)
FIRST = Pulse.from_mapping(DEFAULT_ROUND_1)
INFINITY = {48: "c0" + "00" * 47, 96: "c0" + "00" * 95}


def resigned(pulse: Pulse, signature: str) -> Pulse:
    """The pulse with another signature and the randomness that goes with it."""
    return replace(
        pulse, signature=signature, randomness=hashlib.sha256(bytes.fromhex(signature)).hexdigest()
    )


def flipped(text: str, bit: int) -> str:
    data = bytearray.fromhex(text)
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    return data.hex()


# --- chains ---


def test_the_pinned_chains_are_drands(shared: Path) -> None:
    chains = json.loads((shared / "notes" / "drand-chains.json").read_text(encoding="utf-8"))["chains"]
    assert {name: chain.as_dict() for name, chain in PINNED.items()} == {
        name: {"name": name, **facts} for name, facts in chains.items()
    }


@pytest.mark.parametrize(
    "facts", [QUICKNET, DEFAULT, TEST_CHAIN.as_dict()], ids=["quicknet", "default", "test"]
)
def test_a_chain_is_read_back_from_its_facts(facts: Mapping[str, Any]) -> None:
    chain = Chain.from_mapping(facts)
    assert chain.as_dict() == facts
    assert chain.test == (facts["name"] == "test")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"period": 30}, "chain_hash"),
        ({"genesis_time": QUICKNET["genesis_time"] + 1}, "chain_hash"),
        ({"public_key": flipped(QUICKNET["public_key"], 700)}, "chain_hash"),
        ({"group_hash": flipped(QUICKNET["group_hash"], 3)}, "chain_hash"),
        ({"chain_hash": flipped(QUICKNET["chain_hash"], 3)}, "chain_hash"),
        ({"beacon_id": "default"}, "do not belong together"),
        ({"scheme": "pedersen-bls-chained"}, "public_key"),
        ({"scheme": "unheard-of"}, "public_key"),
        ({"name": "default"}, "do not belong together"),
        ({"name": "mine"}, "do not belong together"),
        ({"name": "test"}, "do not belong together"),
        ({"public_key": INFINITY[96]}, "infinity"),
        ({"public_key": QUICKNET["public_key"].upper()}, "public_key"),
        ({"period": 0}, "period"),
        ({"period": True}, "wrong kind"),
        ({"period": 3.0}, "wrong kind"),
        ({"period": "3"}, "wrong kind"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_chain_whose_facts_do_not_hold_is_refused(change: Mapping[str, Any], named: str) -> None:
    with pytest.raises(ChainFault, match=named):
        Chain.from_mapping({**QUICKNET, **change})


def test_a_chain_of_ones_own_cannot_take_drands_name() -> None:
    with pytest.raises(ChainFault):
        replace(TEST_CHAIN, name="quicknet")
    forged = {**TEST_CHAIN.as_dict(), "name": "quicknet", "beacon_id": "quicknet"}
    numbers = (3).to_bytes(4, "big") + GENESIS.to_bytes(8, "big")
    hashed = numbers + bytes.fromhex(TEST_CHAIN.public_key + TEST_CHAIN.group_hash) + b"quicknet"
    forged["chain_hash"] = hashlib.sha256(hashed).hexdigest()
    with pytest.raises(ChainFault, match="is not drand's chain"):
        Chain.from_mapping(forged)


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(ChainFault, match="period"):
        Chain.from_mapping({name: fact for name, fact in QUICKNET.items() if name != "period"})


# --- rounds ---


@pytest.mark.parametrize(
    ("after_genesis", "round_"),
    [(0.0, 1), (0.000001, 2), (2.999999, 2), (3.0, 2), (3.000001, 3), (2997.0, 1000), (2997.5, 1001)],
)
def test_the_round_at_an_instant_is_the_first_not_before_it(after_genesis: float, round_: int) -> None:
    genesis = round_time(PINNED["quicknet"], 1)
    assert round_at(PINNED["quicknet"], genesis + timedelta(seconds=after_genesis)) == round_


def test_round_1000_of_quicknet_came_when_drand_says() -> None:
    assert round_time(PINNED["quicknet"], 1000) == datetime(2023, 8, 23, 15, 59, 24, tzinfo=UTC)
    assert instant_text(round_time(PINNED["default"], 1)) == "2020-07-22T15:17:30Z"


@given(
    st.sampled_from([*PINNED.values(), TEST_CHAIN]),
    st.integers(1, 2_000_000_000).map(
        lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
)
def test_no_earlier_round_comes_at_or_after_the_instant(chain: Chain, instant: datetime) -> None:
    round_ = round_at(chain, instant)
    assert round_time(chain, round_) >= instant > round_time(chain, round_ - 1)


def test_there_is_no_round_before_genesis_nor_beyond_the_calendar() -> None:
    with pytest.raises(RoundFault, match="began at"):
        round_at(PINNED["quicknet"], datetime(2023, 8, 23, tzinfo=UTC))
    for round_ in (0, -1, 2**53):
        with pytest.raises(RoundFault, match="whole number"):
            round_time(PINNED["quicknet"], round_)
    with pytest.raises(RoundFault, match="9999"):
        round_time(PINNED["quicknet"], 2**53 - 1)


# --- signatures ---


def test_round_1000_of_quicknet_and_round_1_of_default_are_what_drand_signed() -> None:
    assert verify_pulse(PINNED["quicknet"], NEXT).hex() == ROUND_1000["randomness"]
    assert verify_pulse(PINNED["default"], FIRST).hex() == DEFAULT_ROUND_1["randomness"]


@pytest.mark.parametrize(("chain", "pulse"), [("quicknet", NEXT), ("default", FIRST)])
@pytest.mark.parametrize("bit", [0, 5, 6, 7, 100, 300, 383])
def test_a_flipped_bit_is_refused_even_with_the_randomness_to_go_with_it(
    chain: str, pulse: Pulse, bit: int
) -> None:
    signature = flipped(pulse.signature, bit)
    with pytest.raises(PulseFault, match="SHA-256 of its signature"):
        verify_pulse(PINNED[chain], replace(pulse, signature=signature))
    with pytest.raises(PulseFault):
        verify_pulse(PINNED[chain], resigned(pulse, signature))


@pytest.mark.parametrize("round_", [999, 1001, 1, 2**53 - 1])
def test_the_valid_signature_of_another_round_is_refused(round_: int) -> None:
    with pytest.raises(PulseFault, match="not that of the quicknet chain for round"):
        verify_pulse(PINNED["quicknet"], replace(NEXT, round=round_))


def test_another_chains_signature_is_refused() -> None:
    strange = sign_round(b"another secret", new_test_chain(b"another secret", GENESIS), 1000)
    for chain in (PINNED["quicknet"], TEST_CHAIN):
        with pytest.raises(PulseFault, match="not that of"):
            verify_pulse(chain, strange)


@pytest.mark.parametrize(("chain", "pulse"), [("quicknet", NEXT), ("default", FIRST)])
def test_the_point_at_infinity_is_refused_by_name(chain: str, pulse: Pulse) -> None:
    forged = resigned(pulse, INFINITY[len(pulse.signature) // 2])
    with pytest.raises(PulseFault, match="infinity"):
        verify_pulse(PINNED[chain], forged)


@pytest.mark.parametrize("signature", ["", "00", "zz" * 48, "ff" * 48, "80" + "00" * 47, "C0" + "00" * 47])
def test_what_is_no_point_is_refused_without_a_panic(signature: str) -> None:
    forged = replace(NEXT, signature=signature)
    if set(signature) <= set("0123456789abcdef"):
        forged = resigned(NEXT, signature)
    with pytest.raises(PulseFault):
        verify_pulse(PINNED["quicknet"], forged)


@pytest.mark.parametrize("length", [47, 49, 96])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    signature = (NEXT.signature * 2)[: 2 * length].ljust(2 * length, "0")
    with pytest.raises(PulseFault, match=f"{length} bytes, not the 48"):
        verify_pulse(PINNED["quicknet"], resigned(NEXT, signature))


def test_randomness_in_capitals_or_cut_short_is_refused() -> None:
    for randomness in (NEXT.randomness.upper(), NEXT.randomness[:-2], ""):
        with pytest.raises(PulseFault, match="randomness"):
            verify_pulse(PINNED["quicknet"], replace(NEXT, randomness=randomness))


def test_a_chained_pulse_needs_its_own_previous_signature_and_an_unchained_one_has_none() -> None:
    for previous in (None, flipped(str(FIRST.previous_signature), 9)):
        with pytest.raises(PulseFault):
            verify_pulse(PINNED["default"], replace(FIRST, previous_signature=previous))
    with pytest.raises(PulseFault, match="previous_signature"):
        verify_pulse(PINNED["quicknet"], replace(NEXT, previous_signature="00"))


def test_a_key_that_is_no_point_makes_a_chain_unusable_not_the_program() -> None:
    for key in ("ff" * 96, "80" + "00" * 94 + "02"):
        facts = {name: fact for name, fact in TEST_CHAIN.as_dict().items() if name != "public_key"}
        numbers = (3).to_bytes(4, "big") + GENESIS.to_bytes(8, "big")
        named = bytes.fromhex(key + TEST_CHAIN.group_hash) + b"baiqau-test"
        facts["chain_hash"] = hashlib.sha256(numbers + named).hexdigest()
        broken = Chain.from_mapping({**facts, "public_key": key})
        with pytest.raises(ChainFault, match="no point"):
            verify_pulse(broken, sign_round(SECRET, TEST_CHAIN, 5))


# --- a chain of one's own ---


@pytest.mark.parametrize("round_", [1, 2, 1000, 2**40])
def test_rounds_of_a_test_chain_verify_and_differ(round_: int) -> None:
    pulse = sign_round(SECRET, TEST_CHAIN, round_)
    assert verify_pulse(TEST_CHAIN, pulse).hex() == pulse.randomness
    assert pulse != sign_round(SECRET, TEST_CHAIN, round_ + 1)
    assert pulse == sign_round(SECRET, TEST_CHAIN, round_)


def test_only_the_secret_of_a_test_chain_signs_its_rounds() -> None:
    for chain in (PINNED["quicknet"], new_test_chain(b"another", GENESIS)):
        with pytest.raises(ChainFault, match="secret"):
            sign_round(SECRET, chain, 1)


# --- files ---


def written(folder: Path, text: str) -> Path:
    path = folder / "pulse.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_drands_own_json_is_read(tmp_path: Path) -> None:
    assert read_pulse(written(tmp_path, json.dumps(ROUND_1000))) == NEXT
    assert read_pulse(written(tmp_path, json.dumps({**ROUND_1000, "previous_signature": ""}))) == NEXT
    assert read_pulse(written(tmp_path, json.dumps(DEFAULT_ROUND_1, indent=4))) == FIRST
    assert read_chain(written(tmp_path, json.dumps(QUICKNET))) == PINNED["quicknet"]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", "[" * 100_000, "\ufeff", json.dumps([ROUND_1000]),
        json.dumps({**ROUND_1000, "round": "1000"}), json.dumps({**ROUND_1000, "round": 1000.0}),
        json.dumps({**ROUND_1000, "round": True}), json.dumps({**ROUND_1000, "round": 0}),
        json.dumps({**ROUND_1000, "round": 2**64}), json.dumps({**ROUND_1000, "note": "x"}),
        json.dumps({**ROUND_1000, "randomness": None}), json.dumps({**ROUND_1000, "signature": 7}),
        json.dumps({key: value for key, value in ROUND_1000.items() if key != "randomness"}),
        json.dumps(ROUND_1000)[:-1] + ',"round":1001}', json.dumps(ROUND_1000) + " " * 70_000,
    ],
)  # fmt: skip
def test_anything_but_a_pulse_is_refused_in_one_sentence_that_names_the_file(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(PulseFault) as refused:
        read_pulse(written(tmp_path, text))
    assert str(refused.value).startswith(f"{tmp_path / 'pulse.json'}: ")
    assert str(refused.value).count("\n") == 0
