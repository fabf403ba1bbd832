"""The versions of a protocol: announced before the draw, held, and one more for each annulment."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jobs.beacon import Chain, Pulse
from jobs.draw1.document import protocol_bytes, read_draw
from jobs.draw1.facts import Annulment, Document, Draw, Occasion
from jobs.draw1.faults import DrawRefused
from jobs.draw1.manifest import Manifest


def announce(
    manifest: Manifest,
    entrants: Sequence[str],
    chain: Chain,
    *,
    skipped: Mapping[str, str] | None = None,
    occasion: Occasion | None = None,
) -> Document:
    """The protocol before the draw: what was committed to, all results null. DrawRefused as `hold`."""
    draw = Draw(manifest, entrants, chain, skipped=dict(skipped or {}), occasion=occasion or Occasion())
    return _document(draw)


def hold(
    manifest: Manifest,
    entrants: Sequence[str],
    chain: Chain,
    pulse: Pulse,
    dice: str,
    *,
    skipped: Mapping[str, str] | None = None,
    occasion: Occasion | None = None,
) -> Document:
    """The protocol of a draw, version 1. `pulse` has passed `worker.beacon.verify_pulse`; `entrants` as published.

    DrawRefused, before any ticket is computed, where the list, the chain, the round, the randomness or the form
    of the dice is not what the manifest committed to. `dice` is "" where none were thrown or they failed.
    """
    draw = Draw(manifest, entrants, chain, pulse, dice, dict(skipped or {}), occasion=occasion or Occasion())
    return _document(draw)


def annul(
    protocol: Document, annulments: Sequence[Annulment], also_skipped: Mapping[str, str] | None = None
) -> Document:
    """The next version of a protocol: those prizes go to the next eligible tickets, all others stay.

    `also_skipped`: who since got a prize of another draw and cannot take one here. The protocol is one that
    `check_protocol` finds sound. AnnulmentFault where somebody holds no prize; ProtocolFault, DrawRefused.
    """
    before = read_draw(protocol)
    out = {each.entrant for each in before.annulments}  # no ticket of theirs counts again
    skipped = {who: where for who, where in (also_skipped or {}).items() if who not in out}
    after = replace(
        before,
        version=before.version + 1,
        previous=hashlib.sha256(protocol_bytes(protocol)).hexdigest(),
        annulments=(*before.annulments, *annulments),
        skipped={**before.skipped, **skipped},
    )
    return _document(after)


def _document(draw: Draw) -> Document:
    for fault in draw.faults():
        raise DrawRefused(f"the draw {draw.manifest.draw_id} is refused: {fault}")
    return draw.document()
