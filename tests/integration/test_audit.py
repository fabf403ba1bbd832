"""The audit log: each link holds the one before it, so nothing can be altered, taken out or put in unseen."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from worker import audit
from worker.audit import GENESIS, AuditBroken
from worker.store.database import open_database
from worker.store.tables import audit as table

NOW = datetime(2026, 1, 20, 7, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'audit.db'}")
    yield opened
    opened.dispose()


def write(engine: Engine, count: int) -> None:
    with engine.begin() as connection:
        for number in range(count):
            audit.record(connection, NOW + timedelta(seconds=number), f"event.{number}", {"n": number})


def verified(engine: Engine) -> tuple[int, str]:
    with engine.begin() as connection:
        return audit.verify(audit.entries(connection))


def test_an_empty_log_holds() -> None:
    assert audit.verify([]) == (0, GENESIS)


def test_the_links_hold_and_the_head_is_the_last_hash(engine: Engine) -> None:
    write(engine, 5)
    links, head = verified(engine)
    with engine.begin() as connection:
        chain = list(audit.entries(connection))
    assert (links, head) == (5, chain[-1].hash)
    assert chain[0].previous == GENESIS
    assert [link.previous for link in chain[1:]] == [link.hash for link in chain[:-1]]
    assert json.loads(chain[3].facts) == {"n": 3}


def test_the_same_events_give_the_same_head_anywhere(engine: Engine, tmp_path: Path) -> None:
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    write(engine, 3)
    write(other, 3)
    assert verified(engine) == verified(other)
    other.dispose()


@pytest.mark.parametrize("column", ["at", "event", "facts", "previous", "hash"])
def test_an_altered_link_is_named(engine: Engine, column: str) -> None:
    write(engine, 4)
    with engine.begin() as connection:
        connection.execute(update(table).where(table.c.sequence == 3).values({column: "forged"}))
    with pytest.raises(AuditBroken, match="link 3"):
        verified(engine)


def test_a_link_whose_hash_was_forged_too_breaks_the_next_one(engine: Engine) -> None:
    write(engine, 4)
    with engine.begin() as connection:
        link = list(audit.entries(connection))[1]
        forged = audit._hash(link.previous, link.sequence, link.at, link.event, '{"n":7}')
        values = {"facts": '{"n":7}', "hash": forged}
        connection.execute(update(table).where(table.c.sequence == 2).values(values))
    with pytest.raises(AuditBroken, match="link 3"):
        verified(engine)


def test_a_removed_link_is_missed(engine: Engine) -> None:
    write(engine, 4)
    with engine.begin() as connection:
        connection.execute(delete(table).where(table.c.sequence == 2))
    with pytest.raises(AuditBroken, match="link 2 is missing"):
        verified(engine)


def test_what_is_rolled_back_leaves_no_link(engine: Engine) -> None:
    write(engine, 1)
    with engine.connect() as connection:
        audit.record(connection, NOW, "never", {})
        connection.rollback()
    assert verified(engine)[0] == 1
    write(engine, 1)
    assert verified(engine)[0] == 2
