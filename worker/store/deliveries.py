"""Queries on deliveries: what came, from whom, and what became of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, insert, intersect, select, update

from jobs.feeds import FEEDS
from jobs.feeds.contract import FLAG, INSTANT, WHOLE, Feed
from worker.store.rows import insert_many
from worker.store.tables import FEED_TABLES, INSTANT_FORMAT, deliveries, refusals, repairs, stamp

SLICE_ROWS = 2_500  # as Python tuples in memory at one time

ACCEPTED, PARTIAL, REFUSED, DUPLICATE, CLAIMED = "accepted", "partial", "refused", "duplicate", "claimed"


@dataclass(frozen=True)
class Delivery:
    """A row of `deliveries`."""

    id: str
    number: int
    sender: str
    contest: str
    name: str
    sha256: str
    bytes: int
    origin: str
    identity: str
    received_at: str
    state: str
    feed: str | None
    rows: int
    refused_rows: int
    code: str | None
    why: str | None
    superseded_by: str | None
    placed: bool
    requeued_as: int | None


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery."""

    state: str
    feed: str | None = None
    rows: int = 0
    refused_rows: int = 0
    code: str | None = None
    why: str | None = None


def new_id(connection: Connection, arrival: "Arrival") -> str:
    """Eight digits of sender and contest, eight of the content, and how many ids have begun so, this one counted:
    the same bytes from two senders have ids of their own, in whatever order they are taken."""
    whose = hashlib.sha256(f"{arrival.sender}/{arrival.contest}".encode()).hexdigest()
    prefix = f"{whose[:8]}{arrival.sha256[:8] or 'unread'}-"
    begun_so = deliveries.c.id.startswith(prefix, autoescape=True)
    return f"{prefix}{connection.execute(select(func.count()).where(begun_so)).scalar_one() + 1}"


@dataclass(frozen=True)
class Arrival:
    """A file that has been claimed: who dropped it where, and what it was."""

    sender: str
    contest: str
    name: str
    sha256: str  # "" where it was not read
    bytes: int
    origin: str
    identity: str


def add_claim(connection: Connection, arrival: Arrival, now: datetime) -> Delivery:
    """Record a claimed file, before anything is made of it."""
    delivery_id = new_id(connection, arrival)
    own = {"id": delivery_id, "number": _next(connection), "received_at": stamp(now), "state": CLAIMED}
    connection.execute(insert(deliveries), {**vars(arrival), **own})
    return get(connection, delivery_id)


def readable_from(table: FromClause = deliveries) -> ColumnElement[int]:
    """The arrival since which the rows of a delivery can be read: a requeued one was refused before."""
    return func.coalesce(table.c.requeued_as, table.c.number)


def _next(connection: Connection) -> int:
    last = connection.execute(select(func.max(readable_from()))).scalar_one()
    return (last or 0) + 1


def get(connection: Connection, delivery_id: str) -> Delivery:
    """One delivery; NoResultFound where there is none of that id."""
    return Delivery(*connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one())


def find(connection: Connection, *conditions: object) -> list[Delivery]:
    """Deliveries that meet the conditions, in the order they came."""
    query = select(deliveries).where(and_(True, *conditions))  # type: ignore[arg-type]  # column expressions
    return [Delivery(*row) for row in connection.execute(query.order_by(deliveries.c.number))]


def unfinished(connection: Connection) -> list[Delivery]:
    """Deliveries claimed but not decided."""
    return find(connection, deliveries.c.state == CLAIMED)


def held(connection: Connection, contest: str) -> int:
    """How many files of a contest are claimed and wait to be decided: the database or the reader was away."""
    mine = (deliveries.c.contest == contest, deliveries.c.state == CLAIMED)
    return connection.execute(select(func.count()).where(*mine)).scalar_one()


def unplaced(connection: Connection) -> list[Delivery]:
    """Deliveries decided whose files are not yet where they belong."""
    return find(connection, deliveries.c.state != CLAIMED, deliveries.c.placed.is_(False))


IN_FORCE = (deliveries.c.state.in_((ACCEPTED, PARTIAL)), deliveries.c.superseded_by.is_(None))
"""What makes the rows of a delivery count: they were taken, and no newer version has replaced them."""


def same_content(connection: Connection, delivery: Delivery) -> Delivery | None:
    """The delivery in force that this one repeats, if any: the same bytes from the same sender to the same contest.

    Known bytes under a name that stands for other content now are no repetition but a correction of that name.
    """
    from_here = (deliveries.c.contest == delivery.contest, deliveries.c.sender == delivery.sender, *IN_FORCE)
    same = find(connection, *from_here, deliveries.c.sha256 == delivery.sha256)
    under_this_name = [earlier for earlier in same if earlier.name == delivery.name]
    if same and not under_this_name and find(connection, *from_here, deliveries.c.name == delivery.name):
        return None
    return next(iter(under_this_name or same), None)


def decide(connection: Connection, delivery: Delivery, outcome: Outcome) -> Delivery:
    """Set the outcome of a delivery."""
    values = {
        "state": outcome.state,
        "feed": outcome.feed,
        "rows": outcome.rows,
        "refused_rows": outcome.refused_rows,
        "code": outcome.code,
        "why": outcome.why,
    }
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(values))
    return get(connection, delivery.id)


def set_placed(connection: Connection, delivery: Delivery) -> None:
    """The file lies where its outcome says."""
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(placed=True))


def set_content(connection: Connection, delivery: Delivery, sha256: str, size: int) -> None:
    """What a delivery that was not read before turned out to be."""
    values = {"sha256": sha256, "bytes": size}
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(values))


def reopen(connection: Connection, delivery: Delivery) -> None:
    """Make a refused delivery claimed again."""
    connection.execute(refusals.delete().where(refusals.c.delivery_id == delivery.id))
    connection.execute(repairs.delete().where(repairs.c.delivery_id == delivery.id))
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(state=CLAIMED, placed=False, code=None, why=None, requeued_as=_next(connection))
    )


@dataclass(frozen=True)
class Versions:
    """What a delivery did to the versions of its file: those it replaced, or the newer one that stays in force."""

    replaced: tuple[Delivery, ...] = ()
    newer: Delivery | None = None


def keep_newest(connection: Connection, delivery: Delivery) -> Versions:
    """Of the versions of an accepted file (same sender, contest, name and feed) only the one that came last counts.

    That is not always the one decided last: a refused file can be requeued after its correction was taken. A file
    that has less than half of the other's records is no version of it but another file under its name (each school
    calls its own "quotas.xlsx"): both stay in force.
    """
    same_file = (
        deliveries.c.sender == delivery.sender,
        deliveries.c.contest == delivery.contest,
        deliveries.c.name == delivery.name,
        deliveries.c.feed == delivery.feed,
        *IN_FORCE,
    )
    *others, newest = find(connection, *same_file)
    older = [each for each in others if _is_version(connection, each, newest)]
    replaced = update(deliveries).where(deliveries.c.id.in_([each.id for each in older]))
    connection.execute(replaced.values(superseded_by=newest.id))
    if newest.id == delivery.id:
        return Versions(tuple(older))
    return Versions(newer=newest) if delivery.id in {each.id for each in older} else Versions()


def _is_version(connection: Connection, older: Delivery, newer: Delivery) -> bool:
    table, key = FEED_TABLES[str(older.feed)], FEEDS[str(older.feed)].key
    keys = [
        select(*(table.c[name] for name in key)).where(table.c.delivery_id == each.id)
        for each in (older, newer)
    ]
    before = connection.execute(select(func.count()).select_from(keys[0].distinct().subquery())).scalar_one()
    shared = connection.execute(select(func.count()).select_from(intersect(*keys).subquery())).scalar_one()
    return shared * 2 >= before


def stages_named(connection: Connection, delivery_id: str, feed: Feed) -> frozenset[str] | None:
    """The stages that a delivery's rows are about; None where the rows of its feed name no stage."""
    if "stage" not in feed.columns:
        return None
    rows = FEED_TABLES[feed.name].c
    query = select(rows.stage).distinct().where(rows.delivery_id == delivery_id)
    return frozenset(connection.execute(query).scalars())


def insert_rows(connection: Connection, delivery_id: str, feed: Feed, rows: pl.DataFrame) -> None:
    """Insert accepted rows; `rows` has `line` and the feed's columns, typed."""
    table = FEED_TABLES[feed.name]
    names = ["delivery_id", "line", *feed.columns]
    stored = rows.select(
        pl.lit(delivery_id).alias("delivery_id"), "line", *(_stored(feed, name) for name in feed.columns)
    )
    for slice_ in stored.iter_slices(SLICE_ROWS):
        insert_many(connection, table.name, names, slice_.rows())


def _stored(feed: Feed, name: str) -> pl.Expr:
    kind, value = feed.kind(name), pl.col(name)
    if kind == INSTANT:
        return value.dt.strftime(INSTANT_FORMAT.replace("%f", "%6f"))
    return value if kind in (WHOLE, FLAG) else value.cast(pl.String)


def add_refusals(
    connection: Connection, delivery_id: str, first: int, rows: Iterable[tuple[object, ...]]
) -> int:
    """Store reasons (line, column, code, why), numbered from `first`; returns the next number."""
    numbered = [(delivery_id, number, *row) for number, row in enumerate(rows, start=first)]
    insert_many(connection, "refusals", ["delivery_id", "number", "line", "column", "code", "why"], numbered)
    return first + len(numbered)


def add_repairs(connection: Connection, delivery_id: str, counts: dict[str, int]) -> None:
    """Store what was repaired."""
    insert_many(
        connection,
        "repairs",
        ["delivery_id", "code", "count"],
        [(delivery_id, *pair) for pair in counts.items()],
    )


def reason_codes(connection: Connection, delivery_id: str) -> list[str]:
    """The different codes for which rows were refused."""
    query = select(refusals.c.code).distinct().where(refusals.c.delivery_id == delivery_id)
    return sorted(connection.execute(query).scalars())


def reasons(connection: Connection, delivery_id: str, most: int) -> list[dict[str, object]]:
    """The first `most` reasons of refused rows, in the order of the file."""
    query = select(refusals.c.line, refusals.c.column, refusals.c.code, refusals.c.why).where(
        refusals.c.delivery_id == delivery_id
    )
    return [dict(row) for row in connection.execute(query.order_by(refusals.c.number).limit(most)).mappings()]


def repaired(connection: Connection, delivery_id: str) -> dict[str, int]:
    """What was repaired in a delivery: code to count."""
    query = (
        select(repairs.c.code, repairs.c.count)
        .where(repairs.c.delivery_id == delivery_id)
        .order_by(repairs.c.code)
    )
    return dict(connection.execute(query).all())
