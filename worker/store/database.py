"""Opening the database: SQLite in WAL mode with full synchronisation by default, one writer."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

from jobs.errors import BaiqauError

HEAD = "0012"  # the newest migration; a test compares it with the folder of migrations
READ_ONLY = "baiqau_read_only"
OLDEST_SQLITE = (3, 51, 3)  # older ones may corrupt a WAL that two connections reset at once


class DatabaseFault(BaiqauError):
    """The database cannot be used as it is."""


class WorkerRunning(BaiqauError):
    """Another worker holds the site."""


def open_database(url: str) -> Engine:
    """The engine for `url`, its schema brought to the newest migration."""
    engine = _sqlite(url) if url.startswith("sqlite:") else create_engine(url, hide_parameters=True)
    migrate(engine)
    return engine


def _sqlite(url: str) -> Engine:
    import pysqlite3.dbapi2 as module  # noqa: PLC0415 - only sites on SQLite need its wheel

    if module.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseFault(
            f"SQLite {module.sqlite_version} may corrupt its log: install the pinned pysqlite3."
        )
    engine = create_engine(url, module=module, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, so that a read never becomes a failed write
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "busy_timeout = 10000",
        "cache_size = -8192",  # 8 MB: rows are appended, and what is read again lies in the system's cache
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def for_reading(engine: Engine) -> Engine:
    """The same database for commands that only look: they never wait for the worker's transaction."""
    return engine.execution_options(**{READ_ONLY: True})


def migrate(engine: Engine) -> None:
    """Bring the schema to HEAD; says nothing and costs one query when it is there."""
    if _revision(engine) == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - half a second that only a new site pays
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def sole_worker(folder: Path) -> Iterator[None]:
    """Hold the site's lock file; a second worker is refused at once."""
    descriptor = os.open(folder / "worker.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as fault:
        raise WorkerRunning(f"{folder}: another worker is running on this site; stop it first.") from fault
    finally:
        os.close(descriptor)
