"""Checking a protocol: everything is computed again from its own facts and compared."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from jobs.beacon import BeaconError, RoundFault
from jobs.draw1.document import parse_protocol, read_draw
from jobs.draw1.facts import Document, Draw
from jobs.draw1.faults import AnnulmentFault, DrawFault, EntrantFault

_FIXED: Final = (
    "draw_id", "contest", "title", "group", "organisation", "manifest", "commit", "draw_at", "entrants", "chain",
    "pulse", "dice", "seed", "ranking", "prizes",
)  # fmt: skip
"""What no later version may change."""


def check_protocol(protocol: Document, previous: bytes | None = None) -> list[str]:
    """Every difference between a protocol and what follows from its own facts; none where it is sound.

    `previous`: the bytes of the version before this one; None where this is the first, or it is not at hand and
    the chain of versions is not checked here. The pulse's BLS signature is for `worker.beacon.verify_pulse`.
    """
    try:
        draw = read_draw(protocol)
    except (DrawFault, BeaconError) as fault:
        return [str(fault)]
    faults = [*draw.faults(), *_first_version_faults(draw)]
    if previous is not None:
        faults += _succession_faults(draw, protocol, previous)
    return [*faults, *_differences(draw, protocol)]


def _differences(draw: Draw, protocol: Document) -> Iterator[str]:
    try:
        expected = draw.document()
    except (EntrantFault, RoundFault):
        return  # nothing can be recomputed; the draw's own faults name the reason
    except AnnulmentFault as fault:
        yield str(fault)
        expected = {**protocol, **_without_awards(draw)}
    for key in sorted(expected):
        if expected[key] != protocol[key]:
            yield from _difference(key, protocol[key], expected[key])


def _without_awards(draw: Draw) -> Document:
    """What can still be computed where the annulments contradict the ranking."""
    found = replace(draw, annulments=()).document()
    return {key: found[key] for key in found if key not in ("annulments", "awards")}


def _difference(key: str, given: Any, expected: Any) -> Iterator[str]:
    if not (isinstance(given, list) and isinstance(expected, list)):
        yield f"{key}: the protocol says {_shown(given)}, recomputed {_shown(expected)}"
        return
    if len(given) != len(expected):
        yield f"{key}: the protocol has {len(given)}, recomputed {len(expected)}"
    for number, (one, other) in enumerate(zip(given, expected, strict=False), 1):
        if one != other:
            yield f"{key}: number {number} is {_shown(one)}, recomputed {_shown(other)}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _first_version_faults(draw: Draw) -> Iterator[str]:
    if (draw.version == 1) != (draw.previous is None):
        yield "the first version, and only it, follows no other"
    if (draw.version == 1) != (not draw.annulments):
        yield "the first version, and only it, has no annulment"


def _succession_faults(draw: Draw, protocol: Document, previous: bytes) -> Iterator[str]:
    """What two neighbouring versions may not have: different facts, lost annulments, a broken hash."""
    if draw.previous != hashlib.sha256(previous).hexdigest():
        yield "previous: the SHA-256 is not that of the version before"
    try:
        before = parse_protocol(previous)
        older = read_draw(before)
    except (DrawFault, BeaconError) as fault:
        yield f"the version before: {fault}"
        return
    if draw.version != older.version + 1:
        yield f"version {draw.version} does not follow version {older.version}"
    for key in _FIXED:
        if before[key] != protocol[key]:
            yield f"{key}: it is not that of the version before"
    kept = draw.annulments[: len(older.annulments)] == older.annulments
    if not kept or len(draw.annulments) <= len(older.annulments):
        yield "annulments: those of the version before and at least one more must be there"
    if not older.skipped.items() <= draw.skipped.items():
        yield "skipped: somebody of the version before is missing"
