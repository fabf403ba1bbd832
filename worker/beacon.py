"""drand's signatures: the check without which there is no draw, and a chain of one's own for rehearsals.

A pulse comes as a file; nothing is fetched. `drand_verify` answers with the randomness or raises; it panics on
text that is no hex and takes a public key at infinity, so both are refused before it is asked. pyblst takes
the point at infinity for a signature and is used only to sign the rounds of a test chain and to look at keys.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import drand_verify
import pyblst

from jobs.beacon import (
    CHAINED,
    TEST,
    TEST_BEACON_ID,
    UNCHAINED,
    Chain,
    ChainFault,
    Pulse,
    PulseFault,
    chain_hash,
    pulse_faults,
)

__all__ = ["PulseFault", "new_test_chain", "read_chain", "read_pulse", "sign_round", "verify_pulse"]

_MOST_BYTES: Final = 1 << 16
# RFC 9380's suite for signatures on G1; drand hashes the round to this.
_DOMAIN: Final = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
# Of BLS12-381: the order of its groups, and the generator of G2 in compressed form (zkcrypto's serialization).
_ORDER: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
_G2: Final = bytes.fromhex(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)


def verify_pulse(chain: Chain, pulse: Pulse) -> bytes:
    """The 32 random bytes of a pulse whose BLS signature holds under the chain's key; else PulseFault.

    Whether the pulse is of the round a draw committed to is asked by `jobs.draw1.hold`, which also wants it.
    """
    for fault in pulse_faults(chain, pulse.round, pulse):
        raise PulseFault(f"{fault}; take the pulse of the {chain.name} chain itself")
    _refuse_false_key(chain)
    try:
        proved = _proved(chain, pulse)
    except ValueError as error:
        raise PulseFault(
            f"the pulse's signature is not that of the {chain.name} chain for round {pulse.round}; "
            "take the beacon's own file"
        ) from error
    if proved != pulse.randomness:
        raise PulseFault(
            "the pulse's randomness is not what its signature proves; take the beacon's own file"
        )
    return bytes.fromhex(proved)


def _proved(chain: Chain, pulse: Pulse) -> str:
    """The randomness in hex; ValueError where the signature does not hold."""
    proved: str
    if chain.scheme == CHAINED:
        proved = drand_verify.verify_pedersen_bls_chained(
            pulse.round, pulse.previous_signature, pulse.signature, chain.public_key
        )
    else:
        proved = drand_verify.verify_bls_unchained_g1_rfc9380(pulse.round, pulse.signature, chain.public_key)
    return proved


def _refuse_false_key(chain: Chain) -> None:
    """A key that is no point of its group would make the verifier panic. (No Chain has infinity, which proves all.)"""
    group = pyblst.BlstP1Element if chain.scheme == CHAINED else pyblst.BlstP2Element
    try:
        group.uncompress(bytes.fromhex(chain.public_key))
    except ValueError as error:
        raise ChainFault(
            f"the public key of the chain {chain.name} is no point of its group; take chain.json afresh"
        ) from error


def new_test_chain(secret: bytes, genesis_time: int, period: int = 3) -> Chain:
    """A chain of one's own key, named test wherever it shows: for rehearsals, which cannot know future rounds.

    `genesis_time` in Unix seconds. Whoever has `secret` knows every round beforehand.
    """
    public_key = pyblst.BlstP2Element.uncompress(_G2).scalar_mul(_scalar(secret)).compress().hex()
    facts: dict[str, Any] = {
        "period": period,
        "genesis_time": genesis_time,
        "public_key": public_key,
        "group_hash": hashlib.sha256(b"baiqau-test" + bytes.fromhex(public_key)).hexdigest(),
        "beacon_id": TEST_BEACON_ID,
    }
    return Chain(name=TEST, chain_hash=chain_hash(**facts), scheme=UNCHAINED, **facts)


def sign_round(secret: bytes, chain: Chain, round_: int) -> Pulse:
    """The pulse of a round of the test chain of that secret; ChainFault for any other chain."""
    if chain != new_test_chain(secret, chain.genesis_time, chain.period):
        raise ChainFault(
            f"the secret is not that of the chain {chain.name}; sign rounds of your own test chain"
        )
    message = hashlib.sha256(round_.to_bytes(8, "big")).digest()
    point = pyblst.BlstP1Element.hash_to_group(message, _DOMAIN).scalar_mul(_scalar(secret))
    signature: bytes = point.compress()
    return Pulse(round_, hashlib.sha256(signature).hexdigest(), signature.hex())


def _scalar(secret: bytes) -> int:
    """The secret key: 1 … order − 1, from 512 bits so that the remainder is not biased."""
    return int.from_bytes(hashlib.sha512(secret).digest(), "big") % (_ORDER - 1) + 1


def read_pulse(path: Path) -> Pulse:
    """The pulse in a file of drand's own JSON: round, randomness, signature, previous_signature where chained.

    PulseFault, naming the file, where it is anything else; the signature is not checked here.
    """
    try:
        return Pulse.from_mapping(_json_object(path))
    except (PulseFault, ValueError, RecursionError) as error:
        raise PulseFault(f"{path}: {_reason(error, 'pulse')}.") from error


def read_chain(path: Path) -> Chain:
    """The chain in a file such as chain.json; ChainFault, naming the file, where its facts do not hold."""
    try:
        return Chain.from_mapping(_json_object(path))
    except (ChainFault, ValueError, RecursionError) as error:
        raise ChainFault(f"{path}: {_reason(error, 'chain')}.") from error


def _reason(error: Exception, what: str) -> str:
    if isinstance(error, PulseFault | ChainFault):
        return str(error)
    return f"it is no JSON object of a {what}; take the file as it was published"


def _json_object(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError("too long")
    found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key given twice readers take different values, so it is refused."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found
