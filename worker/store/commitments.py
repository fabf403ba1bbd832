"""Queries on what was committed to before a draw: the manifest of each draw, kept for ever."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from worker.store.tables import commitments, instant, stamp


@dataclass(frozen=True)
class Commitment:
    """One draw as it was committed to. `facts` digests all that its list was made of, `manifest` are its bytes."""

    draw_id: str
    revision: int
    contest: str
    stage: str
    facts: str
    manifest: str
    commitment: str
    round: int
    draw_at: datetime
    publication_id: str


def add(connection: Connection, made: list[Commitment], now: datetime) -> None:
    """Record the commitments that are about to be published together."""
    rows = [{**vars(each), "draw_at": stamp(each.draw_at), "made_at": stamp(now)} for each in made]
    connection.execute(insert(commitments), rows)


def current(connection: Connection, contest: str, stage: str | None = None) -> list[Commitment]:
    """The newest commitment of each draw of a contest, by draw id."""
    newest = (
        select(commitments.c.stage, func.max(commitments.c.revision).label("revision"))
        .where(commitments.c.contest == contest)
        .group_by(commitments.c.stage)
        .subquery()
    )
    columns = [commitments.c[name] for name in Commitment.__dataclass_fields__]
    query = (
        select(*columns)
        .join(newest, (commitments.c.stage == newest.c.stage) & (commitments.c.revision == newest.c.revision))
        .where(commitments.c.contest == contest)
        .order_by(commitments.c.draw_id)
    )
    if stage is not None:
        query = query.where(commitments.c.stage == stage)
    return [
        Commitment(**{**row._mapping, "draw_at": instant(row.draw_at)}) for row in connection.execute(query)
    ]
