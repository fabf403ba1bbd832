"""A notice that marks changed after publication are not heard: what hinders it, what waits, and what people can do.

It lies beside the requests, for those who would be asked about the marks, and is published once for a hindrance and the
marks it keeps out.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from jobs.calendar import local
from jobs.rulebook import Rulebook, Stage
from worker import audit
from worker.store import corrections, publications, runs
from worker.store.corrections import Correction
from worker.store.publications import Publication
from worker.store.tables import instant

RECIPIENT = "requests"
KIND = "unheard-marks"

Cause = Literal["rules", "drawn", "delivered", "otherwise"]


@dataclass(frozen=True)
class Hindrance:
    """Why a published stage cannot be decided again; `stage` is the one at which it fails, itself or one decided upon
    it; `why` is a clause of a sentence.

    rules: its own rules are others than it was decided by. drawn: it was drawn or chosen in public. delivered: it has
    delivered `what`, of which no corrected version is made. otherwise: by its own marks it would be another result.
    """

    cause: Cause
    stage: Stage
    why: str
    what: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unheard:
    """A stage that would be decided again, what is public of it, and what hinders that; `waiting`: people were asked
    already, and what comes after it waits."""

    rulebook: Rulebook
    stage: Stage
    public: Correction
    hindrance: Hindrance
    waiting: bool


def tell(connection: Connection, unheard: Unheard, organisation: str, now: datetime) -> None:
    """Commit to a notice; nothing where these people were told the same of these marks."""
    book, stage, hindrance = unheard.rulebook, unheard.stage, unheard.hindrance
    marks = corrections.files_of_marks(connection, book, stage, unheard.public)
    known = [hindrance.cause, hindrance.stage.id, marks, _earlier(connection, unheard)]
    of_stage = f"{KIND}/{book.contest}/{book.edition}/{stage.id}"
    name = f"{of_stage}/{hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]}"
    if publications.exists(connection, name):
        return
    number = publications.count_below(connection, of_stage) + 1
    notice = f"late-marks-{stage.id}.{number}"
    content = _content(connection, unheard) | {
        "notice": notice,
        "organisation": organisation,
        "marks": marks,
    }
    publication = Publication(name, RECIPIENT, f"{book.contest}/{notice}", KIND, content)
    publications.intend(connection, publication, run_id=None, now=now)
    facts = {"contest": book.contest, "stage": stage.id, "cause": hindrance.cause, "at": hindrance.stage.id}
    audit.record(connection, now, "marks.unheard", facts)


def _earlier(connection: Connection, unheard: Unheard) -> list[tuple[str, int]]:
    """The stages before it with the revisions in which they stand."""
    found = (runs.latest(connection, unheard.rulebook.contest, name) for name in unheard.stage.needs)
    return [(run.stage, run.revision) for run in found if run is not None]


def _content(connection: Connection, unheard: Unheard) -> dict[str, object]:
    book, stage, hindrance = unheard.rulebook, unheard.stage, unheard.hindrance
    decided = runs.settled(connection, book.contest, hindrance.stage.id)[-1]
    held = corrections.held_up(connection, book, stage) if unheard.waiting else []
    return {
        "contest": book.contest,
        "title": dict(book.title),
        "edition": book.edition,
        "stage": _named(stage),
        "asked": [dict(book.asks[name].title) for name in _asks(stage)],
        "cause": hindrance.cause,
        "at": _named(hindrance.stage),
        "what": list(hindrance.what),
        "decided_at": local(instant(decided.finished_at), book.timezone),
        "rulebook": {"then": decided.rulebook, "now": book.digest},
        "waiting": unheard.waiting,
        "held": [dict(each.title) for each in held],
    }


def _named(stage: Stage) -> dict[str, str]:
    return {"id": stage.id, **stage.title}


def _asks(stage: Stage) -> list[str]:
    """Who would be asked about changed marks."""
    return list(dict.fromkeys(step.ask for step in stage.steps if step.rescores and step.ask))
