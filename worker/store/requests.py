"""Queries on requests to people and on what they decided."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, insert, select

from worker.store.tables import FEED_TABLES, deliveries, requests, subjects

LOT_SUBJECT = "lot"
DICE = "dice"


@dataclass(frozen=True)
class Request:
    """A question to people: who is asked and about which subjects (pseudonym to entry)."""

    id: str
    contest: str
    stage: str
    ask: str
    run_id: int
    made_at: str


def add(connection: Connection, request: Request, asked: Iterable[tuple[str, str]]) -> None:
    """Record a request and its subjects (subject, entry)."""
    connection.execute(insert(requests), vars(request))
    rows = [{"request_id": request.id, "subject": subject, "entry": entry} for subject, entry in asked]
    connection.execute(insert(subjects), rows)


def exists(connection: Connection, request_id: str) -> bool:
    """Whether such a request was made."""
    return connection.execute(select(requests.c.id).where(requests.c.id == request_id)).first() is not None


def find(connection: Connection, contest: str | None = None) -> list[Request]:
    """All requests, the oldest first."""
    query = select(requests).order_by(requests.c.made_at, requests.c.id)
    if contest is not None:
        query = query.where(requests.c.contest == contest)
    return [Request(*row) for row in connection.execute(query)]


def asked_subjects(connection: Connection, contest: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """(request, subject) to (stage, ask, entry) for every subject asked about in a contest."""
    query = (
        select(subjects.c.request_id, subjects.c.subject, requests.c.stage, requests.c.ask, subjects.c.entry)
        .join_from(subjects, requests)
        .where(requests.c.contest == contest)
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in connection.execute(query)}


def decisions(connection: Connection, contest: str) -> pl.DataFrame:
    """Every decision taken in for a contest: request_id, subject, decision, decided_by, decided_at.

    The earliest decision on a subject counts: a later, different one is refused when it comes.
    """
    table = FEED_TABLES["decisions"]
    names = ["request_id", "subject", "decision", "decided_by", "decided_at"]
    query = select(*(table.c[name] for name in names)).join_from(table, deliveries)
    rows = connection.execute(
        query.where(deliveries.c.contest == contest).order_by(table.c.decided_at, table.c.decided_by)
    ).all()
    frame = pl.DataFrame([tuple(row) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.unique(["request_id", "subject"], keep="first", maintain_order=True)


def open_requests(connection: Connection, contest: str | None = None) -> list[tuple[Request, int]]:
    """Requests with subjects nobody has decided, and how many."""
    found = []
    for request in find(connection, contest):
        answered = decisions(connection, request.contest).filter(pl.col("request_id") == request.id)
        asked = (
            connection.execute(select(subjects.c.subject).where(subjects.c.request_id == request.id))
            .scalars()
            .all()
        )
        if left := len(set(asked) - set(answered["subject"])):
            found.append((request, left))
    return found
