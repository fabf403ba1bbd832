"""Until when each schedule has been planned."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from worker.store.tables import instant, stamp, watermarks


def read_watermark(connection: Connection, schedule: str) -> datetime | None:
    """The instant up to which the schedule's slots are dealt with; None for a schedule never seen."""
    text = connection.execute(select(watermarks.c.at).where(watermarks.c.schedule == schedule)).scalar()
    return instant(text) if text else None


def set_watermark(connection: Connection, schedule: str, at: datetime) -> None:
    """Everything up to `at` is dealt with."""
    connection.execute(delete(watermarks).where(watermarks.c.schedule == schedule))
    connection.execute(insert(watermarks), {"schedule": schedule, "at": stamp(at)})
