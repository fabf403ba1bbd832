"""What a run sets in motion, committed in its own transaction: requests, signed files, messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jobs.pipeline import StageResult, Tables
from jobs.rulebook import Rulebook
from worker.deliver.context import Consequence
from worker.deliver.letters import answers, diplomas
from worker.deliver.lists import public_result, school_lists
from worker.deliver.questions import ask
from worker.pseudonyms import Pseudonyms
from worker.settings import Settings

DELIVERERS: Mapping[str, Callable[[Consequence], None]] = {
    "answers": answers,
    "school-lists": school_lists,
    "public-result": public_result,
    "diplomas": diplomas,
}


@dataclass(frozen=True)
class Intents:
    """Turns the result of a run into rows of requests, publications and messages."""

    settings: Settings
    pseudonyms: Pseudonyms

    def of(
        self,
        connection: Connection,
        rulebook: Rulebook,
        result: StageResult,
        tables: Tables,
        run_id: int,
        facts: str,
        now: datetime,
    ) -> None:
        """Commit to all that follows from `result`: while anything is undecided, only the requests."""
        run = Consequence(
            connection, self.settings, self.pseudonyms, rulebook, result, tables, run_id, facts, now
        )
        if not result.settled:
            ask(run)
            return
        for name in result.stage.deliver:
            DELIVERERS[name](run)
