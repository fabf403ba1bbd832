"""Queries on requests to people and on what they decided."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, insert, select

from worker.store.deliveries import readable_from
from worker.store.tables import FEED_TABLES, deliveries, requests, subjects

LOT_SUBJECT = "lot"
DRAW_SUBJECT = "draw"
READING_SUBJECT = "reading"
ABSENT_SUBJECT = "absentees"
COMPLETE = "complete"
DICE = "dice"
NO_DICE = "none"  # what is written where the dice of a draw failed


@dataclass(frozen=True)
class Request:
    """A question to people: who is asked and about which subjects (pseudonym to entry). A `standing` one may be
    answered at any time and need not be: nothing waits for it."""

    id: str
    contest: str
    stage: str
    ask: str
    run_id: int
    made_at: str
    standing: bool = False


@dataclass(frozen=True)
class Subject:
    """What is asked about: the pseudonym, the entry behind it, and a digest of what people are shown."""

    subject: str
    entry: str
    shown: str


@dataclass(frozen=True)
class Asked:
    """A subject of a request and whose it is."""

    stage: str
    ask: str
    entry: str
    shown: str


@dataclass(frozen=True)
class DecisionOn:
    """A decision on an entry; `sha256` is that of the file that brought it, `decided_at` a stamp."""

    entry: str
    decision: str
    decided_at: str
    sha256: str


def add(connection: Connection, request: Request, asked: Iterable[Subject]) -> None:
    """Record a request and what it asks about."""
    connection.execute(insert(requests), vars(request))
    connection.execute(insert(subjects), [{"request_id": request.id, **vars(subject)} for subject in asked])


def exists(connection: Connection, request_id: str) -> bool:
    """Whether such a request was made."""
    return connection.execute(select(requests.c.id).where(requests.c.id == request_id)).first() is not None


def find(connection: Connection, contest: str | None = None) -> list[Request]:
    """All requests, the oldest first."""
    query = select(requests).order_by(requests.c.made_at, requests.c.id)
    if contest is not None:
        query = query.where(requests.c.contest == contest)
    return [Request(*row) for row in connection.execute(query)]


def asked_subjects(connection: Connection, contest: str) -> dict[tuple[str, str], Asked]:
    """(request, subject) to what was asked, for every subject asked about in a contest."""
    told = (requests.c.stage, requests.c.ask, subjects.c.entry, subjects.c.shown)
    query = select(subjects.c.request_id, subjects.c.subject, *told).join_from(subjects, requests)
    query = query.where(requests.c.contest == contest)
    return {(row[0], row[1]): Asked(*row[2:]) for row in connection.execute(query)}


def decisions(connection: Connection, contest: str, *, until: int | None = None) -> pl.DataFrame:
    """Every decision taken in for a contest: request_id, subject, decision, decided_by, decided_at; `until`: when the
    arrival of that number was the last.

    The earliest decision on a subject counts: a later, different one is refused when it comes.
    """
    table = FEED_TABLES["decisions"]
    names = ["request_id", "subject", "decision", "decided_by", "decided_at"]
    query = select(*(table.c[name] for name in names)).join_from(table, deliveries)
    query = query.where(deliveries.c.contest == contest)
    if until is not None:
        query = query.where(readable_from() <= until)
    rows = connection.execute(query.order_by(table.c.decided_at, table.c.decided_by)).all()
    frame = pl.DataFrame([tuple(row) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.unique(["request_id", "subject"], keep="first", maintain_order=True)


def decided_in_order(connection: Connection, contest: str, ask: str) -> list[DecisionOn]:
    """The decisions on the subjects of an ask in the order in which they came; of several on one subject, the first."""
    table = FEED_TABLES["decisions"]
    query = (
        select(subjects.c.entry, table.c.decision, table.c.decided_at, deliveries.c.sha256)
        .join_from(table, deliveries)
        .join(
            subjects, (subjects.c.request_id == table.c.request_id) & (subjects.c.subject == table.c.subject)
        )
        .join(requests)
        .where(deliveries.c.contest == contest, requests.c.contest == contest, requests.c.ask == ask)
        .order_by(deliveries.c.number, table.c.line)
    )
    found: dict[str, DecisionOn] = {}
    for row in connection.execute(query):
        found.setdefault(row[0], DecisionOn(*row))
    return list(found.values())


def open_requests(connection: Connection, contest: str | None = None) -> list[tuple[Request, int]]:
    """Requests with subjects nobody has decided, and how many."""
    found = []
    for request in find(connection, contest):
        if request.standing:
            continue
        answered = decisions(connection, request.contest).filter(pl.col("request_id") == request.id)
        asked = (
            connection.execute(select(subjects.c.subject).where(subjects.c.request_id == request.id))
            .scalars()
            .all()
        )
        if left := len(set(asked) - set(answered["subject"])):
            found.append((request, left))
    return found
