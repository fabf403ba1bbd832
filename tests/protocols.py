"""Protocols of draws written down a third time, with hashlib and hmac alone: what the others must agree with."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from worker.beacon import new_test_chain, sign_round

Protocol = dict[str, Any]

QUICKNET: dict[str, Any] = {
    "name": "quicknet",
    "chain_hash": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "public_key": (
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    "period": 3,
    "genesis_time": 1692803367,
    "group_hash": "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
    "scheme": "bls-unchained-g1-rfc9380",
    "beacon_id": "quicknet",
}
ROUND_1000: dict[str, Any] = {
    "round": 1000,
    "randomness": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "signature": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}
DEFAULT: dict[str, Any] = {
    "name": "default",
    "chain_hash": "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
    "public_key": (
        "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31"
    ),
    "period": 30,
    "genesis_time": 1595431050,
    "group_hash": "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
    "scheme": "pedersen-bls-chained",
    "beacon_id": "default",
}
DEFAULT_ROUND_1: dict[str, Any] = {
    "round": 1,
    "signature": (
        "8d61d9100567de44682506aea1a7a6fa6e5491cd27a0a0ed349ef6910ac5ac20ff7bc3e09d7c046566c9f7f3c6f3b101"
        "04990e7cb424998203d8f7de586fb7fa5f60045417a432684f85093b06ca91c769f0e7ca19268375e659c2a2352b4655"
    ),
    "previous_signature": "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
    "randomness": "101297f1ca7dc44ef6088d94ad5fb7ba03455dc33d53ddb412bbc4564ed986ec",
}
DICE = "63454660390103169462"
TITLE = {"kk": "Жаңашыл мұғалім", "ru": "Педагог-новатор", "en": "Innovator teacher"}
PRIZES = ("iPhone 15", "iPad 10 Wi-Fi 64 GB", "Xiaomi Watch S3", "JBL", "30 000 KZT", "Book", "Pen")
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SECRET = b"the key of the tests"


def test_beacon(genesis_time: int, round_: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A test chain and the pulse of one of its rounds."""
    chain = new_test_chain(_SECRET, genesis_time)
    pulse = sign_round(_SECRET, chain, round_)
    return chain.as_dict(), {key: value for key, value in pulse.as_dict().items() if value is not None}


test_beacon.__test__ = False  # type: ignore[attr-defined] # pytest: a builder, whatever its name


def codes(chance: random.Random, count: int) -> list[str]:
    """Public codes of the form K7Q2-9XMB-4TPL, sorted."""
    made: set[str] = set()
    while len(made) < count:
        letters = [chance.choice(_ALPHABET) for _ in range(12)]
        made.add("-".join("".join(letters[at : at + 4]) for at in (0, 4, 8)))
    return sorted(made)


def digits(chance: random.Random) -> str:
    return "".join(chance.choice("0123456789") for _ in range(20))


def sealed(
    draw_id: str,
    entrants: Sequence[str],
    prizes: Sequence[str],
    *,
    dice: bool = True,
    chain: Mapping[str, Any] = QUICKNET,
    round_: int = 1000,
    **shown: object,
) -> Protocol:
    """The protocol before the draw; `shown`: contest, title, group, organisation, skipped."""
    manifest = {
        "protocol": "DRAW-1",
        "draw_id": draw_id,
        "entrants_sha256": _sha("".join(one + "\n" for one in entrants).encode()),
        "entrants_count": len(entrants),
        "prizes": "|".join(f"{number}:{name}" for number, name in enumerate(prizes, 1)),
        "prize_count": len(prizes),
        "rules_sha256": _sha(b"the rules"),
        "beacon": "test-chain" if chain["name"] == "test" else f"drand-{chain['name']}",
        "chain_hash": chain["chain_hash"],
        "round": round_,
        "local_entropy": "dice-20d10" if dice else "none",
    }
    instant = datetime.fromtimestamp(chain["genesis_time"] + (round_ - 1) * chain["period"], UTC)
    empty = dict.fromkeys(("previous", "contest", "title", "group", "organisation"))
    results = dict.fromkeys(("pulse", "dice", "seed", "ranking", "awards"))
    return {
        "protocol": "DRAW-1",
        "version": 1,
        "draw_id": draw_id,
        "manifest": manifest,
        "commit": _commit(manifest),
        "draw_at": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "entrants": list(entrants),
        "chain": dict(chain),
        "skipped": {},
        "annulments": [],
        "prizes": list(prizes),
        **empty,
        **results,
        **shown,
    }


def region(seed: int, number: int = 102, **shown: object) -> Protocol:
    """A sealed draw of a region, with every fact a page shows."""
    group = {"id": "KZ-10", "kk": "Абай облысы", "ru": "область Абай", "en": "Abai region"}
    facts: dict[str, Any] = {
        "contest": "bilimclass-innovator",
        "title": TITLE,
        "group": group,
        "organisation": "«Bilim Land» ЖШС",
    }
    entrants = codes(random.Random(seed), number)
    return sealed(f"innovator-2025-{seed}", entrants, PRIZES[:5], **(facts | shown))


def broadcast(people: Sequence[str], *ids: str) -> list[Protocol]:
    """Draws of one contest among the same people."""
    return [
        sealed(one, people, PRIZES[:2], contest="c", group=dict.fromkeys(("id", "kk", "ru", "en"), one))
        for one in ids
    ]


def drawn(before: Protocol, pulse: Mapping[str, Any], dice: str) -> Protocol:
    """The protocol after the draw, version 1."""
    after = copy.deepcopy(before)
    label = b"DRAW-1/seed\0"
    seed = _digest(label + bytes.fromhex(before["commit"] + pulse["randomness"]) + dice.encode())
    head = b"DRAW-1/ticket\0" + before["draw_id"].encode() + b"\0"
    tickets = {
        one: hmac.new(seed, head + one.encode(), hashlib.sha256).hexdigest() for one in before["entrants"]
    }
    order = sorted(tickets, key=lambda one: (tickets[one], one))
    after.update(
        pulse=dict(pulse), dice=dice, seed=seed.hex(), ranking=[[one, tickets[one]] for one in order]
    )
    after["awards"] = _awards(after)
    return after


def annulled(protocol: Protocol, *prizes: int) -> Protocol:
    """The next version: whoever holds those prizes at that point, one after another, loses them."""
    after = copy.deepcopy(protocol)
    after.update(version=protocol["version"] + 1, previous=_sha(json.dumps(protocol).encode()))
    for prize in prizes:
        holder = after["awards"][prize]
        if holder is None:
            continue
        record = {
            "entrant": holder,
            "ground": "untrue information in the video",
            "evidence_sha256": _sha(holder.encode()),
            "decided_at": "2025-05-21T09:15:00Z",
        }
        after["annulments"].append(record)
        after["awards"] = _awards(after)
    return after if after["annulments"] else copy.deepcopy(protocol)


def _awards(protocol: Protocol) -> list[str | None]:
    waiting = [one for one, _ in protocol["ranking"] if one not in protocol["skipped"]]
    count = len(protocol["prizes"])
    held: list[str | None] = [*waiting[:count], *[None] * (count - len(waiting[:count]))]
    waiting = waiting[count:]
    for record in protocol["annulments"]:
        held[held.index(record["entrant"])] = waiting.pop(0) if waiting else None
    return held


def _commit(manifest: Mapping[str, Any]) -> str:
    return _sha(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sha(data: bytes) -> str:
    return _digest(data).hex()


def hashed(signature: str) -> str:
    """The randomness of a signature, as drand has it."""
    return hashlib.sha256(bytes.fromhex(signature)).hexdigest()


def flipped(text: str) -> str:
    """A hex text with another first digit."""
    return ("0" if text[0] != "0" else "1") + text[1:]
