"""The receipt a sender gets for every file: what came (transport) and what was made of it (business)."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from worker.settings import Settings
from worker.store import deliveries as store
from worker.store.deliveries import Delivery, Versions
from worker.store.publications import RECEIPT, Publication

MOST_REASONS = 10_000
OPERATOR = "operator"


@dataclass(frozen=True)
class Effect:
    """What a delivery changed: versions of its file, and the stages that were decided before it came."""

    versions: Versions = field(default_factory=Versions)
    too_late_for: tuple[str, ...] = ()


def receipt(connection: Connection, settings: Settings, delivery: Delivery, effect: Effect) -> Publication:
    """The publication that holds the receipt; strangers have no outbox, so the operator gets theirs."""
    recipient = delivery.sender if delivery.sender in settings.senders else OPERATOR
    content = {
        "receipt": delivery.id,
        "sender": delivery.sender,
        "contest": delivery.contest,
        "name": delivery.name,
        "received_at": delivery.received_at,
        "transport": {"bytes": delivery.bytes, "sha256": delivery.sha256 or None},
        "business": {
            "outcome": delivery.state,
            "code": delivery.code,
            "why": delivery.why,
            "feed": delivery.feed,
            "rows_accepted": delivery.rows,
            "rows_refused": delivery.refused_rows,
            "refused": store.reasons(connection, delivery.id, MOST_REASONS),
            "repairs": store.repaired(connection, delivery.id),
            "replaces": [earlier.id for earlier in effect.versions.replaced],
            "replaced_by": effect.versions.newer.id if effect.versions.newer else None,
            "too_late_for": list(effect.too_late_for),
        },
    }
    return Publication(f"{RECEIPT}/{delivery.id}", recipient, "receipts", RECEIPT, content)
