"""Queries on the run ledger, on verdicts and on standings."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from jobs.feeds import FEEDS
from jobs.feeds.contract import DATE, INSTANT
from jobs.rescore import RESCORED
from jobs.verdicts import OUT
from worker.store.deliveries import ACCEPTED, PARTIAL, readable_from
from worker.store.rows import insert_many
from worker.store.tables import FEED_TABLES, deliveries, runs, stamp, standings, verdicts

SETTLED, WAITING, DONE, MISSED = "settled", "waiting", "done", "missed"
_TYPES = {"BIGINT": pl.Int64, "BOOLEAN": pl.Boolean}
VERDICT_COLUMNS = ["step", "clause", "entry", "group", "verdict", "code", "why", "facts"]


@dataclass(frozen=True)
class Run:
    """A firing of a stage or of a schedule."""

    id: int
    contest: str
    edition: str
    stage: str
    slot: str
    revision: int
    state: str
    rulebook: str | None
    inputs: str | None
    columns: str | None
    finished_at: str
    came: int | None
    rules: str | None


def latest(connection: Connection, contest: str, stage: str) -> Run | None:
    """The newest run of a stage or schedule."""
    query = select(runs).where(runs.c.contest == contest, runs.c.stage == stage)
    row = connection.execute(query.order_by(runs.c.id.desc()).limit(1)).first()
    return Run(*row) if row else None


def settled(connection: Connection, contest: str, stage: str) -> list[Run]:
    """The runs that decided a stage, the first one first; a second is one that corrected what was published."""
    query = select(runs).where(runs.c.contest == contest, runs.c.stage == stage, runs.c.state == SETTLED)
    return [Run(*row) for row in connection.execute(query.order_by(runs.c.id))]


def of_stage(connection: Connection, contest: str, stage: str) -> list[int]:
    """The ids of all runs of a stage."""
    query = select(runs.c.id).where(runs.c.contest == contest, runs.c.stage == stage)
    return list(connection.execute(query.order_by(runs.c.id)).scalars())


@dataclass(frozen=True)
class NewRun:
    """A run to be recorded; (contest, stage, slot, revision) is unique, so that no firing happens twice."""

    contest: str
    edition: str
    stage: str
    slot: datetime
    revision: int
    state: str
    rulebook: str | None = None
    inputs: str | None = None
    columns: str | None = None
    rules: str | None = None


def add(connection: Connection, run: NewRun, now: datetime) -> int:
    """Record a run; returns its id."""
    came = select(func.max(readable_from())).where(deliveries.c.contest == run.contest)
    last = connection.execute(came).scalar() or 0
    values = {**vars(run), "slot": stamp(run.slot), "finished_at": stamp(now), "came": last}
    return int(connection.execute(insert(runs).returning(runs.c.id), values).scalar_one())


def note_rules(connection: Connection, contest: str, stage: str, rulebook: str, rules: str) -> None:
    """Of the runs of an older release by this rulebook, by which rules of its own the stage was decided."""
    older = runs.c.rules.is_(None), runs.c.rulebook == rulebook
    change = update(runs).where(runs.c.contest == contest, runs.c.stage == stage, *older)
    connection.execute(change.values(rules=rules))


def other_edition(connection: Connection, contest: str, edition: str) -> str | None:
    """Another edition of the contest that has runs here."""
    query = select(runs.c.edition).where(runs.c.contest == contest, runs.c.edition != edition).limit(1)
    return connection.execute(query).scalar()


def add_verdicts(connection: Connection, run_id: int, decisions: pl.DataFrame) -> None:
    """Store every decision of a run, in their order."""
    numbered = decisions.select(VERDICT_COLUMNS).with_row_index("number", 1)
    rows = numbered.select(pl.lit(run_id).alias("run_id"), "number", *VERDICT_COLUMNS).rows()
    insert_many(connection, "verdicts", ["run_id", "number", *VERDICT_COLUMNS], rows)


def add_standing(connection: Connection, run_id: int, standing: pl.DataFrame) -> None:
    """Store the entries still in, with all their columns."""
    whole = pl.col(pl.Int8, pl.Int16, pl.Int32, pl.UInt32, pl.UInt64).cast(pl.Int64)
    texts = standing.with_columns(
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"),
        pl.col(pl.Date, pl.Enum).cast(pl.String),
        whole,
    )
    records = (
        json.dumps(record, ensure_ascii=False, sort_keys=True) for record in texts.iter_rows(named=True)
    )
    pairs = enumerate(zip(standing["entry"], records, strict=True), start=1)
    rows = [(run_id, number, entry, record) for number, (entry, record) in pairs]
    insert_many(connection, "standings", ["run_id", "number", "entry", "record"], rows)


def schema_of(standing: pl.DataFrame) -> str:
    """The columns of a standing and their kinds, as a run keeps them: an empty standing has them too."""
    return json.dumps({name: _kind_of(dtype) for name, dtype in standing.schema.items()})


def _kind_of(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "whole"
    return next((kind for kind, known in _KINDS.items() if dtype == known), "text")


_KINDS: dict[str, pl.DataType] = {
    "whole": pl.Int64(),
    "flag": pl.Boolean(),
    INSTANT: pl.Datetime("us", "UTC"),
    DATE: pl.Date(),
    "text": pl.String(),
}


def standing(connection: Connection, run: Run) -> pl.DataFrame:
    """The entries still in after a run, in their order, with the columns and kinds they had."""
    query = select(standings.c.record).where(standings.c.run_id == run.id).order_by(standings.c.number)
    records = [json.loads(text) for text in connection.execute(query).scalars()]
    kinds: dict[str, str] = json.loads(run.columns or '{"entry": "text"}')
    stored = {name: pl.String() if kind in (INSTANT, DATE) else _KINDS[kind] for name, kind in kinds.items()}
    return _in_time(pl.DataFrame(records, schema=stored, orient="row"), kinds)


def story(connection: Connection, run_id: int, entry: str) -> list[dict[str, object]]:
    """Every verdict of a run on one entry, in their order."""
    query = select(verdicts).where(verdicts.c.run_id == run_id, verdicts.c.entry == entry)
    return [dict(row) for row in connection.execute(query.order_by(verdicts.c.number)).mappings()]


def marks_of(connection: Connection, run: Run) -> dict[str, str]:
    """The changed marks that count by a run: entry to points."""
    told = select(verdicts.c.entry, verdicts.c.facts).where(
        verdicts.c.run_id == run.id, verdicts.c.code == RESCORED
    )
    return {entry: str(json.loads(facts)["after"]) for entry, facts in connection.execute(told)}


def told_of_all(connection: Connection, run_id: int) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    """All that a run lets people know of its entries: the records of those in, and who was put out and why. Two runs
    of which this is the same say the same."""
    inside = select(standings.c.record).where(standings.c.run_id == run_id)
    saying = (verdicts.c.entry, verdicts.c.code, func.coalesce(verdicts.c.facts, ""))
    outside = select(*saying).where(
        verdicts.c.run_id == run_id, (verdicts.c.verdict == OUT) | (verdicts.c.code == RESCORED)
    )
    return (
        frozenset(connection.execute(inside).scalars()),
        frozenset((str(entry), str(code), str(facts)) for entry, code, facts in connection.execute(outside)),
    )


def _in_force(contest: str, until: int | None) -> ColumnElement[bool]:
    """The deliveries that count for a contest, now or when the arrival numbered `until` was the last."""
    taken = and_(deliveries.c.contest == contest, deliveries.c.state.in_((ACCEPTED, PARTIAL)))
    if until is None:
        return and_(taken, deliveries.c.superseded_by.is_(None))
    newer = deliveries.alias("newer")
    replaced_by_then = select(newer.c.id).where(readable_from(newer) <= until)
    stands = deliveries.c.superseded_by.is_(None) | deliveries.c.superseded_by.not_in(replaced_by_then)
    return and_(taken, readable_from() <= until, stands)


def table(connection: Connection, feed: str, contest: str, *, until: int | None = None) -> pl.DataFrame:
    """All rows of a feed that count for a contest: accepted, not replaced; identical rows once. `until`: as they
    counted when the arrival of that number was the last."""
    columns = [FEED_TABLES[feed].c[name] for name in FEEDS[feed].columns]
    query = select(*columns).join_from(FEED_TABLES[feed], deliveries).where(_in_force(contest, until))
    schema = {column.name: _TYPES.get(str(column.type), pl.String) for column in columns}
    rows = [tuple(row) for row in connection.execute(query)]
    frame = pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)
    return _in_time(frame, {name: FEEDS[feed].kind(name) for name in FEEDS[feed].columns})


def _in_time(frame: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """With its instants and days, which the database keeps as texts, as what they are."""
    texts = {name: pl.col(name).str for name in frame.columns}
    instants = (name for name, kind in kinds.items() if kind == INSTANT)
    days = (name for name, kind in kinds.items() if kind == DATE)
    return frame.with_columns(
        *(
            texts[name].to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us").dt.replace_time_zone("UTC")
            for name in instants
        ),
        *(texts[name].to_date("%Y-%m-%d") for name in days),
    )


def inputs_digest(
    connection: Connection,
    contest: str,
    feeds: Collection[str],
    others: Collection[str],
    *,
    until: int | None = None,
) -> str:
    """A digest of all that a run would read: the content of the deliveries of its feeds, and `others`; `until`: as they
    counted when the arrival of that number was the last."""
    query = select(deliveries.c.sender, deliveries.c.sha256).where(
        deliveries.c.feed.in_(sorted(feeds)), _in_force(contest, until)
    )
    parts = sorted(f"{sender}/{sha256}" for sender, sha256 in connection.execute(query))
    return hashlib.sha256("\n".join((*parts, *sorted(others))).encode()).hexdigest()
