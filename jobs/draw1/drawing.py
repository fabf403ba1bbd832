"""The draw itself, from hashes alone: the seed, everybody's ticket, their ranking and who has which prize."""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable
from typing import Final

import polars as pl

from jobs.draw1.entrants import in_byte_order
from jobs.draw1.faults import AnnulmentFault, DiceFault, DrawRefused

SEED_LABEL: Final = b"DRAW-1/seed\0"
DICE_DIGITS: Final = re.compile(r"(?:[0-9]{20})?", re.ASCII)


def draw_seed(commit: bytes, randomness: bytes, dice: str) -> bytes:
    """SHA256("DRAW-1/seed\\0" ‖ commit ‖ randomness ‖ dice): 32 bytes of 32, 32 and 20 digits or none.

    Dice that failed are the empty text; they are never thrown again. DiceFault for anything else.
    """
    if not DICE_DIGITS.fullmatch(dice):
        raise DiceFault("the dice must be the twenty digits read aloud, or nothing; type them without spaces")
    if (len(commit), len(randomness)) != (32, 32):
        raise DrawRefused("the commitment and the randomness have 32 bytes each; give the digests themselves")
    return hashlib.sha256(SEED_LABEL + commit + randomness + dice.encode("ascii")).digest()


def ticket(seed: bytes, draw_id: str, entrant: str) -> bytes:
    """The 32-byte ticket of one entrant: what each person can recompute at home. `seed` has 32 bytes."""
    return hmac.digest(seed, _ticket_label(draw_id) + entrant.encode(), "sha256")


def tickets(seed: bytes, draw_id: str, entrants: Iterable[str]) -> list[bytes]:
    """The tickets of many entrants, in their order.

    HMAC over states kept after the key and the label (RFC 2104, section 4): a third of the time of `ticket`.
    """
    key = seed.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + _ticket_label(draw_id)).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key)).copy
    drawn = []
    for entrant in entrants:
        inside, outside = inner(), outer()
        inside.update(entrant.encode())
        outside.update(inside.digest())
        drawn.append(outside.digest())
    return drawn


def _ticket_label(draw_id: str) -> bytes:
    return b"DRAW-1/ticket\0" + draw_id.encode("ascii") + b"\0"


def ranking(seed: bytes, draw_id: str, entrants: Iterable[str]) -> pl.DataFrame:
    """Everybody in the order of the draw: columns entrant (String) and ticket (Binary, 32 bytes).

    Ascending by (ticket, entrant), whatever the order of `entrants`. EntrantFault as `entrant_file`.
    """
    ids = in_byte_order(entrants)
    drawn = pl.Series("ticket", tickets(seed, draw_id, ids.to_list()), dtype=pl.Binary)
    return pl.DataFrame([ids, drawn]).sort("ticket", "entrant")


def with_hex(ranked: pl.DataFrame) -> pl.DataFrame:
    """A ranking with its tickets as lower-case hex (String), as protocols and lists print them."""
    return ranked.with_columns(pl.col("ticket").bin.encode("hex"))


def award(
    ranking_ids: Iterable[str],
    prize_count: int,
    skipped: Collection[str] = (),
    annulled: Iterable[str] = (),
) -> tuple[str | None, ...]:
    """Who has each prize, in the order of the prizes; None where nobody eligible was left.

    `skipped` have a prize of an earlier draw. `annulled` in the order decided: the next eligible ticket takes
    that very prize and all others keep theirs. AnnulmentFault where the person holds no prize at that point.
    """
    eligible = (one for one in ranking_ids if one not in skipped)
    holders = [next(eligible, None) for _ in range(prize_count)]
    for number, entrant in enumerate(annulled, 1):
        if entrant not in holders:
            raise AnnulmentFault(
                f"annulment {number}: the entrant {entrant} holds no prize of this draw; name one who does"
            )
        holders[holders.index(entrant)] = next(eligible, None)
    return tuple(holders)
