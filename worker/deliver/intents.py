"""What a run sets in motion, committed in its own transaction: requests, signed files, messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jobs.beacon import Chain
from jobs.pipeline import StageResult, Tables
from jobs.rulebook import Rulebook, Stage
from worker.deliver import participants
from worker.deliver.context import Consequence
from worker.deliver.corrections import correct
from worker.deliver.draws import publications as draws
from worker.deliver.draws.order import order
from worker.deliver.findings import observe
from worker.deliver.letters import answers, diplomas, prize_letters
from worker.deliver.lists import public_result, school_lists
from worker.deliver.pool import pool, winners
from worker.deliver.protocols.content import protocol
from worker.deliver.questions import ask, ask_about_awards
from worker.deliver.roles.reports import feeds_read as role_feeds
from worker.deliver.roles.reports import reports as role_reports
from worker.deliver.score_sheets import feeds_read as jurors_lists
from worker.deliver.score_sheets import score_sheets
from worker.deliver.unheard import Unheard, tell
from worker.pseudonyms import Pseudonyms
from worker.settings import Settings
from worker.store.corrections import Correction


def prizes(run: Consequence) -> None:
    """The protocols and who gets what; and the form on which a prize may be annulled, at any time (6.4)."""
    draws.prizes(run)
    for name in run.rulebook.asks_of("annulment"):
        ask_about_awards(run, name, draws.holders(run))


def diplomas_of(run: Consequence) -> None:
    """Diplomas of an admission tell the school; those of any other stage the award."""
    (diplomas if "placements" in run.result.evidence else participants.diplomas)(run)


DELIVERERS: Mapping[str, Callable[[Consequence], None]] = {
    "answers": answers,
    "school-lists": school_lists,
    "public-result": public_result,
    "diplomas": diplomas_of,
    "certificates": participants.certificates,
    "protocol": protocol,
    "refusals": participants.refusals,
    "pool": pool,
    "prizes": prizes,
    "winners": winners,
    "prize-letters": prize_letters,
    "role-reports": role_reports,
    "order": order,
    "score-sheets": score_sheets,
}


READERS: Mapping[str, Callable[[Rulebook, Stage], frozenset[str]]] = {
    "role-reports": role_feeds,
    "score-sheets": jurors_lists,
}
"""What a delivery reads besides the tables of its stage."""


def feeds_delivered(rulebook: Rulebook, stage: Stage) -> frozenset[str]:
    """The feeds that the deliveries of a stage tell of and its steps do not read: a run stands on them too."""
    found = (READERS[name](rulebook, stage) for name in stage.deliver if name in READERS)
    return frozenset[str]().union(*found) - stage.feeds


@dataclass(frozen=True)
class Intents:
    """Turns the result of a run into rows of requests, publications and messages."""

    settings: Settings
    pseudonyms: Pseudonyms
    rulebooks: Mapping[str, Rulebook]
    chain: Chain

    def unheard(self, connection: Connection, found: Unheard, now: datetime) -> None:
        """Commit to telling people that changed marks are not heard, once."""
        tell(connection, found, self.settings.site.organisation, now)

    def of(
        self,
        connection: Connection,
        rulebook: Rulebook,
        result: StageResult,
        tables: Tables,
        run_id: int,
        facts: str,
        now: datetime,
        correction: Correction | None = None,
    ) -> None:
        """Commit to all that follows from `result`: while anything is undecided, only the requests; where it is decided
        otherwise than before (`correction`), corrected versions."""
        run = Consequence(
            connection=connection,
            settings=self.settings,
            pseudonyms=self.pseudonyms,
            rulebook=rulebook,
            result=result,
            tables=tables,
            rulebooks=self.rulebooks,
            chain=self.chain,
            run_id=run_id,
            facts=facts,
            now=now,
            correction=correction,
        )
        observe(run)
        if not result.settled:
            ask(run)
            return
        correct(run)
        for name in result.stage.deliver:
            DELIVERERS[name](run)
