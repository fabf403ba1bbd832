"""Queries on publications: what is to be put into the outbox, and what was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from worker.store.tables import as_text, instant, manifests, publications, stamp

INTENDED, PUBLISHED = "intended", "published"
RECEIPT = "receipt"
"""The kind of the answer to a delivery: intake writes it, and it is published like everything else."""


@dataclass(frozen=True)
class Publication:
    """A publication and all that its files are made of."""

    id: str
    recipient: str
    folder: str
    kind: str
    content: Mapping[str, object]


def intend(connection: Connection, publication: Publication, *, run_id: int | None, now: datetime) -> None:
    """Commit ourselves to publish; the publisher does it as often as it takes."""
    values = {
        "id": publication.id,
        "recipient": publication.recipient,
        "folder": publication.folder,
        "kind": publication.kind,
        "run_id": run_id,
        "content": json.dumps(publication.content, ensure_ascii=False, sort_keys=True, default=as_text),
        "state": INTENDED,
        "intended_at": stamp(now),
    }
    connection.execute(insert(publications), values)


def withdraw(connection: Connection, publication_id: str) -> None:
    """Forget a publication that is about to be made anew under the same name."""
    connection.execute(delete(publications).where(publications.c.id == publication_id))


@dataclass(frozen=True)
class Intended:
    """A publication that is to be made, without what it is made of."""

    id: str
    recipient: str


def intended(connection: Connection) -> list[Intended]:
    """What is to be published, in the order it was intended."""
    table = publications.c
    query = select(table.id, table.recipient).where(table.state == INTENDED)
    return [Intended(*row) for row in connection.execute(query.order_by(table.intended_at, table.id))]


def read(connection: Connection, publication_id: str) -> Publication:
    """A publication with all that its files are made of; one at a time, for some take much room."""
    table = publications.c
    query = select(table.id, table.recipient, table.folder, table.kind, table.content)
    row = connection.execute(query.where(table.id == publication_id)).one()
    return Publication(row.id, row.recipient, row.folder, row.kind, json.loads(row.content))


def set_published(
    connection: Connection,
    files: Mapping[str, list[dict[str, object]]],
    recipient: str,
    sequence: int,
    sha256: str,
    now: datetime,
) -> None:
    """Record that the publications (id to their files) and a new manifest of their recipient are out."""
    for publication_id, made in files.items():
        values = {"state": PUBLISHED, "files": json.dumps(made), "published_at": stamp(now)}
        connection.execute(update(publications).where(publications.c.id == publication_id).values(values))
    row = {"recipient": recipient, "sequence": sequence, "sha256": sha256, "made_at": stamp(now)}
    connection.execute(insert(manifests), row)


def files_of(connection: Connection, recipient: str) -> list[dict[str, object]]:
    """Every file published for a recipient, by path, of one path the newest last: {path, bytes, sha256}."""
    query = (
        select(publications.c.files)
        .where(publications.c.recipient == recipient, publications.c.state == PUBLISHED)
        .order_by(publications.c.intended_at, publications.c.id)
    )
    found = [file for text in connection.execute(query).scalars() for file in json.loads(text)]
    return sorted(found, key=lambda file: str(file["path"]))


def last_manifest(connection: Connection, recipient: str) -> tuple[int, str | None]:
    """Sequence and sha256 of the recipient's newest manifest; (0, None) before the first."""
    query = select(manifests.c.sequence, manifests.c.sha256).where(manifests.c.recipient == recipient)
    row = connection.execute(query.order_by(manifests.c.sequence.desc()).limit(1)).first()
    return (row.sequence, row.sha256) if row else (0, None)


def published_at(connection: Connection, publication_id: str) -> datetime | None:
    """When a publication went out; None before."""
    query = select(publications.c.published_at).where(publications.c.id == publication_id)
    stamped = connection.execute(query).scalar()
    return instant(stamped) if stamped else None


def exists(connection: Connection, publication_id: str) -> bool:
    """Whether such a publication was intended."""
    query = select(publications.c.id).where(publications.c.id == publication_id)
    return connection.execute(query).first() is not None


def count_below(connection: Connection, name: str) -> int:
    """How many publications there are of which the id begins with this name and a slash."""
    query = select(func.count()).where(publications.c.id.startswith(f"{name}/", autoescape=True))
    return int(connection.execute(query).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    """How many publications there are in each state."""
    query = select(publications.c.state, func.count()).group_by(publications.c.state)
    return dict(connection.execute(query).all())
