"""A stage that was decided and made public, and is decided again: marks were changed, or a stage before it was."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from jobs.rulebook import Rulebook, Stage
from worker.store import runs
from worker.store.deliveries import ACCEPTED, PARTIAL, readable_from
from worker.store.publications import PUBLISHED
from worker.store.runs import Run
from worker.store.tables import deliveries, messages, publications

KIND = "correction"


@dataclass(frozen=True)
class Correction:
    """`first`: the run that decided the stage first: all but the changed marks is read as it could read it; `public`:
    the run whose result is public now; `version`: of what would replace that, 2 for the first time."""

    first: Run
    public: Run
    version: int


def of(connection: Connection, contest: str, stage: str) -> Correction | None:
    """None where the stage was never decided."""
    decided = runs.settled(connection, contest, stage)
    if not decided:
        return None
    made = select(func.count(func.distinct(publications.c.run_id))).where(
        publications.c.kind == KIND, publications.c.run_id.in_([run.id for run in decided])
    )
    return Correction(decided[0], decided[-1], int(connection.execute(made).scalar_one()) + 2)


def decided_upon(connection: Connection, rulebook: Rulebook, stage: Stage) -> list[Stage]:
    """The stages that were decided on the result of this one, in their order."""
    reached, found = {stage.id}, []
    for each in rulebook.stages:
        if reached & set(each.needs) and runs.settled(connection, rulebook.contest, each.id):
            reached.add(each.id)
            found.append(each)
    return found


def held_up(connection: Connection, rulebook: Rulebook, stage: Stage) -> list[Stage]:
    """The stages not decided yet that wait until this one is, in their order."""
    reached, found = {stage.id}, []
    for each in rulebook.stages:
        awaited = reached & {*rulebook.upon(each), *each.waits_for}
        if awaited and not runs.settled(connection, rulebook.contest, each.id):
            reached.add(each.id)
            found.append(each)
    return found


def mark_feeds(stage: Stage) -> frozenset[str]:
    """The feeds of changed marks that a stage reads."""
    return frozenset(step.tables["rescores"] for step in stage.steps if step.rescores)


def files_of_marks(
    connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction
) -> list[dict[str, object]]:
    """The files of changed marks that came after what is public: delivery, sender, rows, in the order they came."""
    table = deliveries.c
    query = select(table.id, table.sender, table.rows).where(
        table.contest == rulebook.contest,
        table.feed.in_(sorted(mark_feeds(stage))),
        table.state.in_((ACCEPTED, PARTIAL)),
        table.superseded_by.is_(None),
        readable_from() > (public.public.came or 0),
    )
    rows = connection.execute(query.order_by(readable_from())).all()
    return [{"delivery": row.id, "sender": row.sender, "rows": row.rows} for row in rows]


def files(connection: Connection, contest: str, stage: str, besides: Collection[str]) -> list[dict[str, str]]:
    """What the runs of a stage put into the outbox, but for some kinds: recipient, path, sha256; each path's newest."""
    table = publications.c
    query = select(table.recipient, table.files).where(
        table.run_id.in_(runs.of_stage(connection, contest, stage)),
        table.state == PUBLISHED,
        table.kind.not_in(sorted(besides)),
    )
    newest = {
        (recipient, str(file["path"])): str(file["sha256"])
        for recipient, made in connection.execute(query.order_by(table.intended_at, table.id))
        for file in json.loads(made)
    }
    return [
        {"recipient": recipient, "path": path, "sha256": sha256}
        for (recipient, path), sha256 in sorted(newest.items())
    ]


def letters(connection: Connection, contest: str, stage: str) -> list[dict[str, object]]:
    """How many letters of each kind a stage's runs wrote, by what became of them."""
    table = messages.c
    query = (
        select(table.kind, table.state, func.count())
        .where(table.run_id.in_(runs.of_stage(connection, contest, stage)))
        .group_by(table.kind, table.state)
    )
    rows = sorted((str(kind), str(state), int(number)) for kind, state, number in connection.execute(query))
    return [{"kind": kind, "state": state, "number": number} for kind, state, number in rows]


def mailed_to(connection: Connection, contest: str, stage: str, people: Collection[str]) -> dict[str, str]:
    """Person to the letters of a stage's runs they have, with what became of each."""
    table = messages.c
    query = select(table.person, table.kind, table.state).where(
        table.run_id.in_(runs.of_stage(connection, contest, stage))
    )
    found: dict[str, list[str]] = {}
    for person, kind, state in connection.execute(query.order_by(table.queued_at, table.kind)):
        if person in people:
            found.setdefault(person, []).append(f"{kind} ({state})")
    return {person: "; ".join(kinds) for person, kinds in found.items()}
