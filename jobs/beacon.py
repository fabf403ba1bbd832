"""drand's public randomness as facts: chains, their rounds, and pulses that have the right form.

Whether a pulse's BLS signature holds is checked in `worker/beacon.py`: no check there means no draw. Rounds
follow drand's specification: round 1 comes at the genesis time and another one every `period` seconds.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from jobs.calendar import utc
from jobs.errors import BaiqauError

UNCHAINED: Final = "bls-unchained-g1-rfc9380"
CHAINED: Final = "pedersen-bls-chained"
TEST: Final = "test"
TEST_BEACON_ID: Final = "baiqau-test"

_KEY_BYTES: Final = MappingProxyType({UNCHAINED: 96, CHAINED: 48})
_SIGNATURE_BYTES: Final = MappingProxyType({UNCHAINED: 48, CHAINED: 96})
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)
_MOST_ROUNDS: Final = 2**53 - 1  # every JSON reader, a browser too, holds these exactly


class BeaconError(BaiqauError):
    """Something about a beacon that a draw must not be built on."""


class ChainFault(BeaconError):
    """The facts of a chain contradict each other, or are not those of the chain so named."""


class PulseFault(BeaconError):
    """A pulse that decides nothing: the wrong round, the wrong form or a signature that does not hold."""


class RoundFault(BeaconError):
    """A round or an instant that the chain does not have."""


@dataclass(frozen=True)
class Chain:
    """A chain's public facts; hex in lower case, `period` in seconds, `genesis_time` in Unix seconds.

    There is no Chain whose hash is not that of its facts, and none named quicknet or default that is not
    drand's: ChainFault.
    """

    name: str
    chain_hash: str
    public_key: str
    period: int
    genesis_time: int
    group_hash: str
    scheme: str
    beacon_id: str

    def __post_init__(self) -> None:
        for fault in self._faults():
            raise ChainFault(f"the chain {fault}; take chain.json afresh from who committed to the draw")

    def _faults(self) -> Iterator[str]:
        yield from self._ill_formed()
        if _known(self) != (self.scheme, self.beacon_id):
            yield "has a name, scheme and beacon id that do not belong together"
        hashed = chain_hash(
            period=self.period,
            genesis_time=self.genesis_time,
            public_key=self.public_key,
            group_hash=self.group_hash,
            beacon_id=self.beacon_id,
        )
        if self.chain_hash != hashed:
            yield "has facts that do not give its chain_hash"
        if self.name in _PINNED_HASHES and self.chain_hash != _PINNED_HASHES[self.name]:
            yield f"is named {self.name} but is not drand's chain of that name"

    def _ill_formed(self) -> Iterator[str]:
        key_bytes = _KEY_BYTES.get(self.scheme, 0)
        hexes = (("chain_hash", 32), ("group_hash", 32), ("public_key", key_bytes))
        for name, length in hexes:
            if not _is_hex(getattr(self, name), length):
                yield f"has a {name} that is not {length} bytes in lower-case hex"
        if not (_is_count(self.period, 2**32 - 1) and _is_count(self.genesis_time, 2**40)):
            yield "has a period or genesis_time that is no whole number of seconds"
        if is_infinity(self.public_key):
            yield "has the point at infinity as its public key"

    @property
    def test(self) -> bool:
        """Whether its key is ours, so that its rounds are no public randomness."""
        return self.name == TEST

    def as_dict(self) -> dict[str, str | int]:
        """The facts as JSON has them."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, facts: Mapping[str, Any]) -> "Chain":
        """The chain of exactly these eight facts; ChainFault where one is missing, foreign or contradicted."""
        kinds = {field.name: field.type for field in fields(cls)}
        for name in kinds.keys() ^ facts.keys():
            raise ChainFault(f"the chain lacks {name} or must not have it; take chain.json afresh")
        for name, kind in kinds.items():
            if type(facts[name]) is not kind:
                raise ChainFault(f"the chain's {name} is of the wrong kind; take chain.json afresh")
        return cls(**facts)


def chain_hash(*, period: int, genesis_time: int, public_key: str, group_hash: str, beacon_id: str) -> str:
    """SHA256(u32 period ‖ i64 genesis ‖ public key ‖ group hash ‖ beacon id), the last omitted for "default".

    The numbers are big-endian. In hex, as the facts are.
    """
    numbers = period.to_bytes(4, "big") + genesis_time.to_bytes(8, "big", signed=True)
    named = b"" if beacon_id == "default" else beacon_id.encode()
    return hashlib.sha256(numbers + bytes.fromhex(public_key) + bytes.fromhex(group_hash) + named).hexdigest()


def _known(chain: Chain) -> tuple[str, str] | None:
    """The scheme and the beacon id of the chain of that name."""
    return {
        "quicknet": (UNCHAINED, "quicknet"),
        "default": (CHAINED, "default"),
        TEST: (UNCHAINED, TEST_BEACON_ID),
    }.get(chain.name)


_PINNED_HASHES: Final = MappingProxyType(
    {
        "quicknet": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
        "default": "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
    }
)


def round_at(chain: Chain, instant: datetime) -> int:
    """The first round at `instant` or after it: ceil((T − genesis)/period) + 1. RoundFault before genesis."""
    since = utc(instant) - _genesis(chain)
    if since < timedelta(0):
        raise RoundFault(
            f"the chain {chain.name} began at {instant_text(_genesis(chain))}; choose a later time"
        )
    return -(-since // timedelta(seconds=chain.period)) + 1


def round_time(chain: Chain, round_: int) -> datetime:
    """When the round comes, in UTC; RoundFault where there is no such round."""
    if not _is_count(round_, _MOST_ROUNDS):
        raise RoundFault("a round is a whole number from 1; correct the round")
    try:
        return _genesis(chain) + timedelta(seconds=(round_ - 1) * chain.period)
    except OverflowError as error:
        raise RoundFault(f"round {round_} lies beyond the year 9999; correct the round") from error


def instant_text(instant: datetime) -> str:
    """An instant as protocols write it: UTC to the second, ended by Z."""
    return utc(instant).strftime("%Y-%m-%dT%H:%M:%SZ")


def _genesis(chain: Chain) -> datetime:
    return datetime.fromtimestamp(chain.genesis_time, UTC)


@dataclass(frozen=True)
class Pulse:
    """What a beacon is said to have published for one round, hex in lower case.

    Nothing of it is believed before `pulse_faults` and the signature's check in `worker/beacon.py`.
    """

    round: int
    randomness: str
    signature: str
    previous_signature: str | None = None

    def as_dict(self) -> dict[str, str | int]:
        """The pulse as drand's JSON has it, without a previous signature where there is none."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_mapping(cls, facts: Mapping[str, Any]) -> "Pulse":
        """The pulse of drand's JSON object; PulseFault for a missing or foreign key or a wrong form.

        An empty previous signature is none: unchained beacons write it either way.
        """
        lacking = {"round", "randomness", "signature"} - facts.keys()
        for name in sorted(lacking):
            raise PulseFault(f"the pulse has no {name}; take the beacon's own file")
        if facts.keys() - {field.name for field in fields(cls)}:
            raise PulseFault(
                "the pulse has keys other than round, randomness, signature and previous_signature; "
                "take the beacon's own file"
            )
        pulse = cls(**{**facts, "previous_signature": facts.get("previous_signature") or None})
        for fault in _ill_formed(pulse):
            raise PulseFault(f"{fault}; take the beacon's own file")
        return pulse


def _ill_formed(pulse: Pulse) -> Iterator[str]:
    if not _is_count(pulse.round, _MOST_ROUNDS):
        yield "the pulse's round is no whole number from 1"
    if not _is_hex(pulse.randomness, 32):
        yield "the pulse's randomness is not 32 bytes in lower-case hex"
    if not _is_hex(pulse.signature):
        yield "the pulse's signature is no lower-case hex"
    if pulse.previous_signature is not None and not _is_hex(pulse.previous_signature):
        yield "the pulse's previous_signature is no lower-case hex"


def pulse_faults(chain: Chain, round_: int, pulse: Pulse) -> list[str]:
    """All that is wrong with `pulse` as round `round_` of `chain`, short of its BLS signature."""
    return list(_ill_formed(pulse)) or list(_contradicted(chain, round_, pulse))


def _contradicted(chain: Chain, round_: int, pulse: Pulse) -> Iterator[str]:
    if pulse.round != round_:
        yield f"the pulse is of round {pulse.round}, committed was round {round_}"
    length = _SIGNATURE_BYTES[chain.scheme]
    if len(pulse.signature) != 2 * length:
        yield f"the pulse's signature has {len(pulse.signature) // 2} bytes, not the {length} of {chain.scheme}"
    if is_infinity(pulse.signature):
        yield "the pulse's signature is the point at infinity, which nobody signed"
    if (pulse.previous_signature is not None) != (chain.scheme == CHAINED):
        yield f"the pulse must carry a previous_signature in {CHAINED} and in no other scheme"
    if hashlib.sha256(bytes.fromhex(pulse.signature)).hexdigest() != pulse.randomness:
        yield "the pulse's randomness is not the SHA-256 of its signature"


def is_infinity(point: str) -> bool:
    """Whether the hex is a compressed point at infinity, whatever its length."""
    return point[:2] == "c0" and not point[2:].strip("0")


def _is_hex(written: object, length: int | None = None) -> bool:
    if not isinstance(written, str) or not _HEX.fullmatch(written):
        return False
    return length is None or len(written) == 2 * length


def _is_count(number: object, most: int) -> bool:
    return type(number) is int and 1 <= number <= most


PINNED: Final[Mapping[str, Chain]] = MappingProxyType(
    {
        "quicknet": Chain(
            name="quicknet",
            chain_hash=_PINNED_HASHES["quicknet"],
            public_key=(
                "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
                "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
            ),
            period=3,
            genesis_time=1692803367,
            group_hash="f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
            scheme=UNCHAINED,
            beacon_id="quicknet",
        ),
        "default": Chain(
            name="default",
            chain_hash=_PINNED_HASHES["default"],
            public_key=(
                "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31"
            ),
            period=30,
            genesis_time=1595431050,
            group_hash="176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
            scheme=CHAINED,
            beacon_id="default",
        ),
    }
)
"""drand's two chains a draw may be committed to, by name; no file can change them."""
