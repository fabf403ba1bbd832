"""From a private copy to rows in the database: parse in the child, validate, insert; all in one transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from jobs.beacon import Chain
from jobs.feeds import FEEDS
from jobs.feeds.contract import Feed
from jobs.feeds.reading import REFUSED_SCHEMA, Reading, read_rows
from worker.failpoint import failpoint
from worker.intake.answers import Choices, check_answers
from worker.intake.child import parse
from worker.intake.frames import (
    End,
    FeedWords,
    Frame,
    Limits,
    Opened,
    Passed,
    Recognised,
    RefusedFile,
    RefusedRow,
    Rows,
)
from worker.intake.header import Lexicon
from worker.intake.pulses import check_pulses
from worker.settings import FileLimits
from worker.store import deliveries as store
from worker.store.deliveries import ACCEPTED, PARTIAL, REFUSED, Delivery, Outcome

CHUNK_ROWS = 2_500  # the child's: small, since its rows are Python lists
BATCH_ROWS = 10_000  # ours: polars and dataframely cost some ten milliseconds a call, however few the rows


@dataclass(frozen=True)
class Terms:
    """On what terms a delivery is read: the feeds its sender may drop, the contest's zone, what may be assumed of
    columns that a file lacks, what may be decided, the limits of one file, and the beacon's chain."""

    feeds: frozenset[str]
    zone: str
    assume: Mapping[str, Mapping[str, str]]
    choices: Choices
    limits: Limits
    chain: Chain


Reason = tuple[int, str | None, str, str]
"""Line, column, code and sentence."""


class _Refused(Exception):
    """The file as a whole is not taken."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code)
        self.code, self.why = code, why


@dataclass
class _Batch:
    """What came since the last insert: rows, and the reader's reasons against rows among them."""

    tables: list[pl.DataFrame] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(table.height for table in self.tables) + len(self.reasons)


@dataclass
class _Tally:
    """What has been seen of a file so far."""

    batch: _Batch = field(default_factory=_Batch)
    feed: Feed | None = None
    columns: list[str] = field(default_factory=list)
    rows: int = 0
    reasons: int = 0
    refused_lines: int = 0
    repairs: dict[str, int] = field(default_factory=dict)

    def add(self, read: Reading) -> None:
        self.rows += read.rows.height
        self.refused_lines += read.refused["line"].n_unique()
        for code, count in read.repairs.items():
            self.add_repair(code, count)

    def add_repair(self, code: str, count: int) -> None:
        self.repairs[code] = repaired_so_far(code, self.repairs.get(code, 0), count)


def repaired_so_far(code: str, before: int, count: int) -> int:
    """Cells and rows add up over the parts of a file; columns are the same in each of them."""
    return max(before, count) if code.startswith("answer-columns") else before + count


def child_limits(limits: FileLimits) -> Limits:
    """The settings' limits as the parser's child takes them."""
    return Limits(
        max_bytes=limits.file,
        max_uncompressed_bytes=limits.unpacked,
        max_rows=limits.rows,
        memory_bytes=limits.memory,
        cpu_seconds=int(limits.cpu.total_seconds()),
        wall_seconds=limits.wall.total_seconds(),
    )


def vocabulary() -> dict[str, FeedWords]:
    """How every feed is recognised."""
    return {feed.name: _words(feed) for feed in FEEDS.values()}


def _words(feed: Feed) -> FeedWords:
    pattern = "|".join(feed.patterns) or None
    return FeedWords(feed.spellings(), feed.recognised_by, pattern, frozenset(feed.aids))


def ingest(connection: Connection, delivery: Delivery, copy: Path, terms: Terms) -> Outcome:
    """Insert the good rows of `copy` and every reason; the caller's transaction commits or forgets all of it."""
    savepoint = connection.begin_nested()
    tally = _Tally()
    try:
        frames = parse(
            copy, delivery.name, vocabulary=vocabulary(), limits=terms.limits, chunk_rows=CHUNK_ROWS
        )
        for frame in frames:
            _take(connection, delivery, terms, tally, frame)
        outcome = _outcome(tally)
        savepoint.commit()
    except _Refused as refused:
        savepoint.rollback()  # rows and reasons that came before it are void
        outcome = Outcome(
            REFUSED, feed=tally.feed.name if tally.feed else None, code=refused.code, why=refused.why
        )
    failpoint("intake.parsed")
    return outcome


def _take(connection: Connection, delivery: Delivery, terms: Terms, tally: _Tally, frame: Frame) -> None:
    match frame:
        case Recognised():
            _recognise(terms, tally, frame)
        case Rows():
            tally.batch.tables.append(_table(tally, frame))
        case RefusedRow():
            tally.batch.reasons.append((frame.line, frame.column, frame.code, frame.why))
        case RefusedFile():
            raise _Refused(frame.code, frame.why)
        case End():
            _take_batch(connection, delivery, terms, tally)
            _finish(connection, delivery, tally, frame)
        case Opened() | Passed():
            pass
    if len(tally.batch) >= BATCH_ROWS:
        _take_batch(connection, delivery, terms, tally)


def _recognise(terms: Terms, tally: _Tally, frame: Recognised) -> None:
    if frame.feed not in terms.feeds:
        allowed = ", ".join(sorted(terms.feeds)) or "nothing"
        why = f"this is a file of {frame.feed}; its sender may drop {allowed} here{_nearly(terms, frame)}."
        raise _Refused("feed-not-allowed", why)
    tally.feed = FEEDS[frame.feed]
    tally.columns = frame.columns
    if frame.ignored_headers:
        tally.add_repair("columns-ignored", len(frame.ignored_headers))


def _nearly(terms: Terms, frame: Recognised) -> str:
    """Which feeds that its sender may drop a file would be, had it one more column: somebody has left one out."""
    headers = [*frame.columns, *frame.ignored_headers]
    lexicon = Lexicon({name: words for name, words in vocabulary().items() if name in terms.feeds})
    missing = {name: lexicon.match(name, headers).missing for name in sorted(terms.feeds)}
    needed = {name: FEEDS[name].recognised_by for name in missing}
    near = [
        f"{name} it lacks the column {min(lacks)}"
        for name, lacks in missing.items()
        if len(lacks) == 1 and needed[name] - lacks
    ]
    return f"; as a file of {' and as one of '.join(near)}" if near else ""


def _table(tally: _Tally, frame: Rows) -> pl.DataFrame:
    if tally.feed is None:
        raise _Refused("broken-parser", "the file's reader sent rows before it had recognised them.")
    return pl.DataFrame({"line": frame.lines, **dict(zip(tally.columns, frame.columns, strict=True))})


def _take_batch(connection: Connection, delivery: Delivery, terms: Terms, tally: _Tally) -> None:
    """Insert the good rows that came, and every reason against the others in the order of the file."""
    batch, tally.batch = tally.batch, _Batch()
    refused = pl.DataFrame(batch.reasons, schema=REFUSED_SCHEMA, orient="row")
    tally.refused_lines += refused.height  # the reader gives one reason a row
    if tally.feed is not None and batch.tables:
        read = _read(connection, delivery, terms, tally.feed, pl.concat(batch.tables))
        store.insert_rows(connection, delivery.id, tally.feed, read.rows)
        tally.add(read)
        refused = pl.concat([refused, read.refused])
    in_order = refused.sort("line", maintain_order=True).rows()
    tally.reasons = store.add_refusals(connection, delivery.id, tally.reasons, in_order)


def _read(connection: Connection, delivery: Delivery, terms: Terms, feed: Feed, raw: pl.DataFrame) -> Reading:
    read = read_rows(feed, raw, zone=terms.zone, assume=terms.assume.get(feed.name, {}))
    rows, refused = check_answers(connection, feed, delivery, terms.choices, read.rows, read.refused)
    rows, refused = check_pulses(connection, feed, delivery, terms.chain, rows, refused)
    return Reading(rows, refused, read.repairs)


def _finish(connection: Connection, delivery: Delivery, tally: _Tally, frame: End) -> None:
    for repair in frame.repairs:
        tally.add_repair(repair.code, repair.count)
    if frame.passed:
        tally.add_repair("lines-passed-over", frame.passed)
    store.add_repairs(connection, delivery.id, tally.repairs)


def _outcome(tally: _Tally) -> Outcome:
    name = tally.feed.name if tally.feed else None
    if not tally.rows:
        why = "no row of the file could be taken; each reason stands below."
        return Outcome(REFUSED, name, 0, tally.refused_lines, "no-good-row", why)
    return Outcome(PARTIAL if tally.refused_lines else ACCEPTED, name, tally.rows, tally.refused_lines)


def frames_of(path: Path, name: str, feed: Feed, limits: Limits) -> Iterator[Frame]:
    """The frames of a file that no delivery stands behind (`baiqau try`), known to be of one feed."""
    return parse(path, name, vocabulary={feed.name: _words(feed)}, limits=limits, chunk_rows=CHUNK_ROWS)
