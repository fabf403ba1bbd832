"""The manifest: what is committed to before the beacon's round, in its canonical JSON."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from jobs.beacon import Chain
from jobs.draw1.entrants import parse_entrants
from jobs.draw1.faults import ManifestFault

PROTOCOL: Final = "DRAW-1"
DICE: Final = "dice-20d10"
NO_DICE: Final = "none"

BEACONS: Final = MappingProxyType(
    {"quicknet": "drand-quicknet", "default": "drand-default", "test": "test-chain"}
)
"""What a manifest calls the beacon of each chain."""

DRAW_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)

_PRIZE: Final = re.compile(
    r"[!-{}~](?:[ -{}~]*[!-{}~])?", re.ASCII
)  # printable, no | and no space at an edge

_MOST: Final = 2**53 - 1  # every JSON reader, a browser too, holds these exactly


@dataclass(frozen=True)
class Manifest:
    """What is committed to before the draw; ManifestFault where a field could not have been.

    Digests in lower-case hex; `prizes` is "1:laptop|2:tablet", see `prize_text`; `round` the beacon's.
    """

    draw_id: str
    entrants_sha256: str
    entrants_count: int
    prizes: str
    prize_count: int
    rules_sha256: str
    beacon: str
    chain_hash: str
    round: int
    local_entropy: str
    protocol: str = PROTOCOL

    def __post_init__(self) -> None:
        texts: Mapping[str, Callable[[str], object]] = {
            "protocol": lambda text: text == PROTOCOL,
            "draw_id": DRAW_ID.fullmatch,
            "entrants_sha256": DIGEST.fullmatch,
            "prizes": lambda text: prize_text(prize_names(text)) == text,
            "rules_sha256": DIGEST.fullmatch,
            "beacon": lambda text: text in BEACONS.values(),
            "chain_hash": DIGEST.fullmatch,
            "local_entropy": lambda text: text in (DICE, NO_DICE),
        }
        for name, holds in texts.items():
            written = getattr(self, name)
            _demand(type(written) is str and holds(written), name)
        for name, least in (("entrants_count", 0), ("prize_count", 1), ("round", 1)):
            written = getattr(self, name)
            _demand(type(written) is int and least <= written <= _MOST, name)
        _demand(len(prize_names(self.prizes)) == self.prize_count, "prize_count")

    def as_dict(self) -> dict[str, str | int]:
        """The manifest as JSON has it."""
        return asdict(self)

    def as_bytes(self) -> bytes:
        """Its canonical JSON: of RFC 8785 the part without floats and beyond ASCII. These bytes are hashed."""
        return json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":")).encode("ascii")

    @property
    def commit(self) -> bytes:
        """SHA-256 of the canonical bytes: what is published at least 24 hours before the round."""
        return hashlib.sha256(self.as_bytes()).digest()

    @classmethod
    def from_mapping(cls, written: Mapping[str, Any]) -> "Manifest":
        """The manifest of exactly these keys; ManifestFault where one is missing, foreign or ill-formed."""
        for name in sorted({one.name for one in fields(cls)} ^ written.keys()):
            raise ManifestFault(
                f"the manifest lacks {name} or must not have it; take the published file afresh"
            )
        return cls(**written)


def _demand(holds: object, name: str) -> None:
    if not holds:
        raise ManifestFault(f"the manifest's {name} is not what {PROTOCOL} allows; correct {name}")


def parse_manifest(data: bytes) -> Manifest:
    """The manifest of its canonical bytes; ManifestFault where they are anything else."""
    try:
        written = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ManifestFault("the manifest is no JSON; take the published file afresh") from error
    if not isinstance(written, dict):
        raise ManifestFault("the manifest is no JSON object; take the published file afresh")
    manifest = Manifest.from_mapping(written)
    if manifest.as_bytes() != data:
        raise ManifestFault("the manifest is not in its canonical form; take the published file afresh")
    return manifest


def prize_text(names: Sequence[str]) -> str:
    """The prizes as a manifest has them: "1:laptop|2:tablet"; ManifestFault names the first it cannot hold."""
    if not names:
        raise ManifestFault("there is no prize to draw; name at least one")
    for number, name in enumerate(names, 1):
        if not _PRIZE.fullmatch(name):
            raise ManifestFault(f"prize {number} must be named in plain Latin letters without |; rename it")
    return "|".join(f"{number}:{name}" for number, name in enumerate(names, 1))


def prize_names(prizes: str) -> tuple[str, ...]:
    """The names in a manifest's `prizes`, in order; ManifestFault where they are not numbered 1, 2, 3 …"""
    pairs = [one.partition(":") for one in prizes.split("|")]
    if [number for number, _, _ in pairs] != [str(number) for number in range(1, len(pairs) + 1)]:
        raise ManifestFault("the prizes are not numbered 1, 2, 3 …; write 1:NAME|2:NAME")
    return tuple(name for _, _, name in pairs)


def manifest_of(
    draw_id: str,
    entrants: bytes,
    prizes: Sequence[str],
    chain: Chain,
    round_: int,
    *,
    rules_sha256: str,
    dice: bool,
) -> Manifest:
    """The manifest to commit to. `entrants`: the published list's bytes. EntrantFault, ManifestFault."""
    return Manifest(
        draw_id=draw_id,
        entrants_sha256=hashlib.sha256(entrants).hexdigest(),
        entrants_count=len(parse_entrants(entrants)),
        prizes=prize_text(prizes),
        prize_count=len(prizes),
        rules_sha256=rules_sha256,
        beacon=BEACONS[chain.name],
        chain_hash=chain.chain_hash,
        round=round_,
        local_entropy=DICE if dice else NO_DICE,
    )
