"""Lot tickets that order equal scores: the ticket form of DRAW-1, computed from the list and the dice alone.

Anyone holding the list of ids can recompute a ticket with stock tools (SHA-256 and HMAC-SHA-256).
A beacon's randomness, where one was committed to beforehand, enters the seed before the dice, as in DRAW-1.
"""

import hashlib
import re
from collections.abc import Iterable

from jobs.draw1 import DRAW_ID, SEED_LABEL, tickets
from jobs.errors import BaiqauError

_DICE = re.compile(r"[0-9]*", re.ASCII)


class LotError(BaiqauError):
    """The lot's inputs cannot be turned into tickets that everyone would recompute alike."""


def lot_tickets(ids: Iterable[str], draw_id: str, dice: str = "", *, beacon: bytes = b"") -> dict[str, bytes]:
    """The 32-byte ticket of each id; the lowest (ticket, id) comes first.

    ticket(i) = HMAC-SHA256(seed, "DRAW-1/ticket\\0" ‖ draw_id ‖ "\\0" ‖ i), with `lot_seed` as the seed.
    `ids` in any order; `dice` are the digits read aloud, empty where none were thrown; `beacon` is 32 bytes
    or empty. Raises LotError for an id given twice, an empty id, or ill-formed dice, draw id or beacon.
    """
    known = sorted(ids)
    seed = lot_seed(known, dice, beacon=beacon)
    if not DRAW_ID.fullmatch(draw_id):
        raise LotError(
            f"the draw id {draw_id!r} must be 1 to 64 ASCII letters, digits, dots, dashes or underscores"
        )
    return dict(zip(known, tickets(seed, draw_id, known), strict=True))


def lot_seed(ids: Iterable[str], dice: str = "", *, beacon: bytes = b"") -> bytes:
    """SHA256("DRAW-1/seed\\0" ‖ SHA256(byte-sorted ids, each ended by LF) ‖ beacon ‖ dice): 32 bytes."""
    if not _DICE.fullmatch(dice):
        raise LotError("dice must be the digits 0 to 9 read aloud, without spaces; correct the dice argument")
    if len(beacon) not in (0, 32):
        raise LotError(
            f"a beacon's randomness has 32 bytes, not {len(beacon)}; give the pulse's randomness field"
        )
    return hashlib.sha256(SEED_LABEL + list_digest(ids) + beacon + dice.encode("ascii")).digest()


def list_digest(ids: Iterable[str]) -> bytes:
    """SHA-256 of the list as published: what is committed to before the dice are thrown."""
    return hashlib.sha256(_list_of(ids)).digest()


def _list_of(ids: Iterable[str]) -> bytes:
    """The list as published: one id a line, byte-sorted, LF-terminated."""
    lines = sorted(one.encode() for one in ids)
    if len(set(lines)) != len(lines):
        raise LotError("the lot's list names an id twice; remove the repetition")
    if any(not line or b"\n" in line for line in lines):
        raise LotError("the lot's list has an empty id or one with a line break; correct the list")
    return b"".join(line + b"\n" for line in lines)
