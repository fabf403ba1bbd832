"""A run whose consequences are being committed, and what every consequence asks of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from jobs.beacon import Chain
from jobs.calendar import time_zone
from jobs.pipeline import StageResult, Tables
from jobs.rulebook import Rulebook
from worker.pseudonyms import Pseudonyms
from worker.settings import Settings
from worker.store import publications
from worker.store.corrections import Correction
from worker.store.publications import Publication

OPERATOR = "operator"  # the recipient who runs the contest
PUBLIC = "public"  # what everybody may read


@dataclass(frozen=True)
class Consequence:
    """The open transaction of a run, its result, and the site's settings, pseudonyms, rulebooks and beacon;
    `correction`, where the stage was decided and made public before."""

    connection: Connection
    settings: Settings
    pseudonyms: Pseudonyms
    rulebook: Rulebook
    result: StageResult
    tables: Tables
    rulebooks: Mapping[str, Rulebook]
    chain: Chain
    run_id: int
    facts: str
    now: datetime
    correction: Correction | None = None

    @property
    def contest(self) -> str:
        return self.rulebook.contest

    @property
    def stage(self) -> str:
        return self.result.stage.id

    @property
    def about_contest(self) -> dict[str, object]:
        """The contest as letters, diplomas and certificates name it."""
        book = self.rulebook
        return {
            "id": book.contest,
            "edition": book.edition,
            "title": dict(book.title),
            "regulation": book.regulation,
        }

    @property
    def date(self) -> str:
        """The day on which the stage was to be decided, or its prizes drawn, in the contest's own zone: it stands on
        the documents, so that the same decision makes the same documents whenever the worker gets to it."""
        stage = self.result.stage
        drawn = stage.draw.given["at"] if stage.draw and self.result.settled else None
        at = drawn if isinstance(drawn, datetime) else stage.decided_at
        return at.astimezone(time_zone(self.rulebook.timezone)).date().isoformat()

    def code(self, entry: str) -> str:
        """The pseudonym of an entry."""
        return self.pseudonyms.code(self.contest, entry)

    def diploma_code(self, entry: str) -> str:
        """The pseudonym on the diploma of an entry: who sees it cannot find the person in the public lists."""
        return self.pseudonyms.code(self.contest, entry, "diploma", self.rulebook.edition)

    @property
    def version(self) -> str:
        """What the name of a corrected version ends with; empty the first time."""
        return f"/v{self.correction.version}" if self.correction else ""

    def intend(self, publication: Publication) -> None:
        """Commit to a publication."""
        publications.intend(self.connection, publication, run_id=self.run_id, now=self.now)

    def heading(self) -> dict[str, object]:
        """What stands at the head of every document."""
        return {
            "contest": self.contest,
            "title": dict(self.rulebook.title),
            "edition": self.rulebook.edition,
            "regulation": self.rulebook.regulation,
            "organisation": self.settings.site.organisation,
            "date": self.date,
            "rulebook": self.rulebook.digest,
        }

    def schools(self) -> dict[str, str]:
        """The partner schools, id to name; one whose rows name it differently has the first name by letter,
        whichever file came first."""
        named = self.tables["quotas"].select("school_id", "school").sort("school_id", "school")
        return dict(named.unique("school_id", keep="first", maintain_order=True).iter_rows())

    def last_verdicts(self) -> pl.DataFrame:
        """The verdict that counts for each entry of the stage: its last one, or the one that put it out."""
        decisions = self.result.decisions.with_row_index("order")
        final = (
            decisions.sort(pl.col("verdict") == "out", "order").group_by("entry", maintain_order=True).last()
        )
        return final.sort("entry").drop("order")


Record = Mapping[str, object]


def facts_of(verdict: Record) -> dict[str, object]:
    """The figures of a verdict."""
    found: dict[str, object] = json.loads(str(verdict["facts"])) if verdict["facts"] else {}
    return found
