"""The database: one table a thing of the road, and one a feed, named and shaped by its contract.

Instants are stored as text in UTC, `YYYY-MM-DDTHH:MM:SS.ffffffZ`, so that they sort as they pass and read the
same in every database.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeEngine

from jobs.feeds import FEEDS
from jobs.feeds.contract import FLAG, WHOLE, Feed

INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"

_IN_FORCE = text("state IN ('accepted', 'partial') AND superseded_by IS NULL")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),  # which arrival of this site: instants can be equal or go back
    Column("sender", Text, nullable=False),
    Column("contest", Text, nullable=False),
    Column("name", Text, nullable=False),  # as dropped; bytes that are no UTF-8 stand escaped
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),  # path below the inbox, percent-encoded bytes
    Column("identity", Text, nullable=False),  # device, inode, size, mtime and ctime of the file in the inbox
    Column("received_at", Text, nullable=False),
    Column("state", Text, nullable=False),  # claimed | accepted | partial | refused | duplicate
    Column("feed", Text),
    Column("rows", Integer, nullable=False, server_default="0"),
    Column("refused_rows", Integer, nullable=False, server_default="0"),
    Column("code", Text),
    Column("why", Text),
    Column("superseded_by", Text),
    Column("placed", Boolean, nullable=False, server_default=text("0")),
    Column("requeued_as", Integer),  # the number it would have, had it come when it was requeued
    Index(
        "uq_deliveries_content",
        "contest",
        "sender",
        "name",
        "sha256",
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    ),
    UniqueConstraint("number"),
)

refusals = Table(
    "refusals",
    metadata,
    Column("delivery_id", Text, ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line", Integer),
    Column("column", Text),
    Column("code", Text, nullable=False),
    Column("why", Text, nullable=False),
)

repairs = Table(
    "repairs",
    metadata,
    Column("delivery_id", Text, ForeignKey("deliveries.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("contest", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("stage", Text, nullable=False),  # a stage, or the name of a schedule
    Column("slot", Text, nullable=False),  # the moment it was due
    Column("revision", Integer, nullable=False),  # 1, then one more whenever its inputs changed
    Column("state", Text, nullable=False),  # settled | waiting | done | missed
    Column("rulebook", Text),
    Column("inputs", Text),
    Column("columns", Text),  # JSON: the columns of the standing and their kinds
    Column("finished_at", Text, nullable=False),
    Column("came", Integer),  # the number of the last arrival of the contest that it could read
    Column("rules", Text),  # a digest of the stage's own rules, whatever else the rulebook's file says
    UniqueConstraint("contest", "stage", "slot", "revision"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("clause", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("group", Text),
    Column("verdict", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("facts", Text),
    Index("ix_verdicts_entry", "entry"),
)

standings = Table(
    "standings",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("entry", Text, nullable=False),
    Column("record", Text, nullable=False),  # JSON: every column the steps gave the entry
    Index("ix_standings_entry", "entry"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contest", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("ask", Text, nullable=False),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False),
    Column("made_at", Text, nullable=False),
    Column("standing", Boolean, nullable=False, server_default=false()),  # may be answered, and need not be
)

subjects = Table(
    "subjects",
    metadata,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("subject", Text, primary_key=True),  # the pseudonym under which people are asked
    Column("entry", Text, nullable=False),
    Column("shown", Text, nullable=False),  # a digest of what they are shown: an answer counts for that alone
)

publications = Table(
    "publications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("folder", Text, nullable=False),  # below the recipient's folder: a contest, or "receipts"
    Column("kind", Text, nullable=False),
    Column("run_id", Integer, ForeignKey("runs.id")),
    Column("content", Text, nullable=False),  # JSON: all that the files are made of
    Column("state", Text, nullable=False),  # intended | published
    Column("files", Text),  # JSON: [{path, bytes, sha256}]
    Column("intended_at", Text, nullable=False),
    Column("published_at", Text),
    Index("ix_publications_state", "state"),
)

commitments = Table(
    "commitments",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column(
        "revision", Integer, primary_key=True
    ),  # one more when a draw is put off before its beacon has spoken
    Column("contest", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("facts", Text, nullable=False),  # a digest of all that the list was made of
    Column("manifest", Text, nullable=False),  # the manifest's bytes
    Column("commitment", Text, nullable=False),  # its SHA-256
    Column("round", BigInteger, nullable=False),
    Column("draw_at", Text, nullable=False),
    Column("publication_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Index("ix_commitments_contest", "contest"),
)

manifests = Table(
    "manifests",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contest", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run_id", Integer, ForeignKey("runs.id")),
    Column("address", Text),
    Column("language", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON: all that the mail and the diploma are made of
    Column(
        "state", Text, nullable=False
    ),  # no-address | queued | claimed | in_data | sent | deferred | failed | uncertain | withdrawn
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Text),
    Column("reply", Text),
    Column("by_hand", Boolean, nullable=False, server_default=false()),  # the operator has the letter
    Column("queued_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column(
        "replaced", Boolean, nullable=False, server_default=false()
    ),  # by a correction: it never leaves again
    UniqueConstraint("contest", "person", "kind"),
    Index("ix_messages_state", "state"),
)

counted_marks = Table(
    "counted_marks",
    metadata,
    Column("contest", Text, primary_key=True),
    Column("rating", Text, primary_key=True),  # the questionnaire's number
    Column("mentor", Text, nullable=False),
    Column("stars", Integer, nullable=False),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False),  # whose reports showed it first
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("at", Text, nullable=False),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("at", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("facts", Text, nullable=False),  # canonical JSON
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)


def _feed_table(feed: Feed) -> Table:
    kinds: dict[str, type[TypeEngine[Any]]] = {WHOLE: BigInteger, FLAG: Boolean}
    columns = (
        Column(name, kinds.get(feed.kind(name), Text), nullable=spec.nullable)
        for name, spec in feed.columns.items()
    )
    return Table(
        f"feed_{feed.name}",
        metadata,
        Column("delivery_id", Text, ForeignKey("deliveries.id"), primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        *columns,
    )


FEED_TABLES: dict[str, Table] = {name: _feed_table(feed) for name, feed in FEEDS.items()}


def stamp(at: datetime) -> str:
    """An aware instant as the database keeps it."""
    return at.astimezone(UTC).strftime(INSTANT_FORMAT)


def instant(stamped: str) -> datetime:
    """The instant of a stamp."""
    return datetime.strptime(stamped, INSTANT_FORMAT).replace(tzinfo=UTC)


def as_text(value: object) -> str:
    """A day or an instant in a JSON document: `json.dumps(…, default=as_text)`."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not stand in a document")
