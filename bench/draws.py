"""A draw of a million entrants beside a bare HMAC loop, in one run: `python bench/draws.py [ENTRANTS]`.

Ours is a whole draw by `jobs.draw1` from the parsed list to its winners: the form, order and digest of the list
checked, the chain, round, randomness and dice held against the manifest, the seed, every ticket, the ranking
sorted by (ticket, entrant), the awards. The bare loop computes one `hmac.digest` for each entrant and keeps it:
no check, no sort. The sides take turns and the best of each side's runs counts. Limit: 1.5 times. Beside it,
without a limit: the same with the protocol's document, two million Python strings in a million lists.
"""

import hashlib
import hmac
import random
import sys
import time
from collections.abc import Callable

import polars as pl

from jobs.beacon import PINNED, Pulse
from jobs.draw1 import Document, Draw, Manifest, entrant_file, hold, manifest_of, parse_entrants

Awards = tuple[str | None, ...] | None

RUNS = 3
MOST_RATIO = 1.5
CHAIN = PINNED["quicknet"]
DICE = "63454660390103169462"
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# drand quicknet, round 1000: a public fact.
SIGNATURE = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
PULSE = Pulse(1000, hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest(), SIGNATURE)


def entrants_of(count: int) -> bytes:
    """Codes such as K7Q2-9XMB-4TPL, shuffled, made into the published list."""
    draw = random.Random(20250519)
    codes: set[str] = set()
    while len(codes) < count:
        letters = draw.choices(ALPHABET, k=12)
        codes.add("-".join("".join(letters[at : at + 4]) for at in (0, 4, 8)))
    return entrant_file(codes)


def ours(manifest: Manifest, entrants: list[str]) -> tuple[pl.DataFrame | None, Awards]:
    draw = Draw(manifest, entrants, CHAIN, PULSE, DICE)
    assert not list(draw.faults())
    return draw.ranked, draw.awards()


def document(manifest: Manifest, entrants: list[str]) -> Document:
    return hold(manifest, entrants, CHAIN, PULSE, DICE)


def bare(seed: bytes, label: bytes, entrants: list[str]) -> list[bytes]:
    digest = hmac.digest
    return [digest(seed, label + entrant.encode(), "sha256") for entrant in entrants]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    published = entrants_of(count)
    entrants = parse_entrants(published)
    prizes = ["laptop", "tablet", "camera", "watch", "earphones"]
    manifest = manifest_of(
        "bench-2025-KZ-10", published, prizes, CHAIN, PULSE.round, rules_sha256="0" * 64, dice=True
    )
    protocol = document(manifest, entrants)
    seed, label = bytes.fromhex(protocol["seed"]), b"DRAW-1/ticket\0" + manifest.draw_id.encode() + b"\0"
    tickets = sorted(zip(bare(seed, label, entrants), entrants, strict=True))
    assert [entrant for _, entrant in tickets] == [entrant for entrant, _ in protocol["ranking"]]
    del protocol, tickets
    sides: dict[str, Callable[[], object]] = {
        "bare hmac.digest loop": lambda: bare(seed, label, entrants),
        "baiqau draw, list to winners": lambda: ours(manifest, entrants),
        "  with the protocol's document": lambda: document(manifest, entrants),
    }
    taken = {name: seconds(work) for name, work in sides.items()}
    for _ in range(RUNS - 1):
        taken = {name: min(taken[name], seconds(work)) for name, work in sides.items()}
    loop, own, _ = taken.values()
    print(f"{'what':<34}{'entrants':>11}{'seconds':>9}{'entrants/s':>14}{'ratio':>7}")
    for name, best in taken.items():
        print(f"{name:<34}{count:>11,}{best:>9.3f}{count / best:>14,.0f}{best / loop:>7.2f}")
    print(f"limit {MOST_RATIO}")
    if own / loop > MOST_RATIO:
        sys.exit(1)


if __name__ == "__main__":
    main()
