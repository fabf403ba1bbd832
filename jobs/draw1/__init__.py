"""DRAW-1: a draw anyone can check. From a published list, dice and a public beacon to a ranking of everybody.

The list and the manifest are committed to before the beacon's round; the ranking then follows from hashes alone:
    commit = SHA256(manifest)
    seed   = SHA256("DRAW-1/seed\\0" ‖ commit ‖ randomness ‖ dice)
    ticket = HMAC-SHA256(seed, "DRAW-1/ticket\\0" ‖ draw_id ‖ "\\0" ‖ entrant), the lowest (ticket, entrant) first
So no place depends on the order of the list, and taking one entrant out leaves the others' order unchanged.
A protocol is the JSON document of one draw; each annulment adds a version that names the one before by hash.

The road inside: entrants (one canonical list) → manifest (what is committed to) → drawing (hashes to a ranking and
winners) → facts (all of one draw, and why it is refused) → document (its file) → versions (announced, held,
annulled); check computes a protocol again.
"""

from jobs.draw1.check import check_protocol
from jobs.draw1.document import parse_protocol, protocol_bytes, read_draw
from jobs.draw1.drawing import SEED_LABEL, award, draw_seed, ranking, ticket, tickets, with_hex
from jobs.draw1.entrants import entrant_file, listed_code, parse_entrants
from jobs.draw1.facts import Annulment, Document, Draw, Occasion
from jobs.draw1.faults import (
    AnnulmentFault,
    DiceFault,
    DrawFault,
    DrawRefused,
    EntrantFault,
    ManifestFault,
    ProtocolFault,
)
from jobs.draw1.manifest import DICE, DRAW_ID, Manifest, manifest_of, parse_manifest, prize_names, prize_text
from jobs.draw1.versions import announce, annul, hold

__all__ = [
    "DICE",
    "DRAW_ID",
    "SEED_LABEL",
    "Annulment",
    "AnnulmentFault",
    "DiceFault",
    "Document",
    "Draw",
    "DrawFault",
    "DrawRefused",
    "EntrantFault",
    "Manifest",
    "ManifestFault",
    "Occasion",
    "ProtocolFault",
    "announce",
    "annul",
    "award",
    "check_protocol",
    "draw_seed",
    "entrant_file",
    "hold",
    "listed_code",
    "manifest_of",
    "parse_entrants",
    "parse_manifest",
    "parse_protocol",
    "prize_names",
    "prize_text",
    "protocol_bytes",
    "ranking",
    "read_draw",
    "ticket",
    "tickets",
    "with_hex",
]
