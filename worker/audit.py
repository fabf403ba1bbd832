"""The hash-chained audit log: what decides and what leaves, each in the transaction that makes it.

On the chain are deliveries claimed, ended and requeued (`intake.*`, `delivery.requeued`), runs (`run.*`), requests
made, publications put out, and of the mail what needed a person: messages resolved and letters handed over to the
operator (`mail.resolved`, `mail.by-hand`). The attempts of a message between those are not: its row has its state.

hash(n) = SHA-256 over `previous \\n sequence \\n at \\n event \\n facts`; the first `previous` is 64 zeros. Facts are
JSON with sorted keys. They name deliveries, runs, requests, messages and pseudonyms, never people.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from jobs.errors import BaiqauError
from worker.store.tables import audit, stamp

GENESIS = "0" * 64


class AuditBroken(BaiqauError):
    """The audit chain does not hold."""


@dataclass(frozen=True)
class Entry:
    """One link of the chain, as stored."""

    sequence: int
    at: str
    event: str
    facts: str
    previous: str
    hash: str


def record(connection: Connection, at: datetime, event: str, facts: Mapping[str, object]) -> None:
    """Append to the chain inside the caller's transaction."""
    last = connection.execute(
        select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
    ).first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    body = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    link = _hash(previous, sequence, stamp(at), event, body)
    row = {
        "sequence": sequence,
        "at": stamp(at),
        "event": event,
        "facts": body,
        "previous": previous,
        "hash": link,
    }
    connection.execute(insert(audit), row)


def _hash(previous: str, sequence: int, at: str, event: str, facts: str) -> str:
    return hashlib.sha256("\n".join((previous, str(sequence), at, event, facts)).encode()).hexdigest()


def entries(connection: Connection) -> Iterable[Entry]:
    """The chain, oldest first."""
    return (Entry(*row) for row in connection.execute(select(audit).order_by(audit.c.sequence)))


def verify(chain: Iterable[Entry]) -> tuple[int, str]:
    """How many links hold and the last hash; AuditBroken names the first that does not."""
    previous, count = GENESIS, 0
    for count, link in enumerate(chain, start=1):
        if link.sequence != count:
            raise AuditBroken(f"audit: link {count} is missing; the log was cut or a row was removed.")
        if link.previous != previous or link.hash != _hash(
            previous, link.sequence, link.at, link.event, link.facts
        ):
            raise AuditBroken(f"audit: link {count} ({link.event}) was altered after it was written.")
        previous = link.hash
    return count, previous
