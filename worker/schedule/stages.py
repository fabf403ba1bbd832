"""Running stages: which are due, on what tables, and what their decisions set in motion; a run is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from jobs import pipeline
from jobs.beacon import Chain
from jobs.binding import Annulled
from jobs.pipeline import RULING_SCHEMA, PublishedFault, Rulings, StageResult
from jobs.rulebook import Rulebook, Stage, rules_digest
from worker import audit
from worker.deliver.intents import Intents, feeds_delivered
from worker.events import Report, told
from worker.failpoint import failpoint
from worker.schedule.draws import beacon_for, draw_obstacle
from worker.schedule.reopening import (
    changes_something,
    correction_of,
    moved,
    otherwise,
    published,
    unheard,
    unspent,
)
from worker.settings import Stages as StagePolicy
from worker.store import deliveries, requests, runs
from worker.store.corrections import Correction, mark_feeds
from worker.store.runs import SETTLED, WAITING, NewRun, Run
from worker.store.tables import instant

FILES = "files"


@dataclass(frozen=True)
class Blocked:
    """Why a due stage cannot be decided yet; `code` for machines, `why` for people."""

    code: str
    why: str


@dataclass(frozen=True)
class Stages:
    """The stages of every contest of the site."""

    engine: Engine
    rulebooks: Mapping[str, Rulebook]
    intents: Intents
    chain: Chain
    policy: StagePolicy
    report: Report
    said: set[tuple[str, str, str]] = field(default_factory=set)
    hopeless: dict[tuple[str, str], str] = field(default_factory=dict)  # inputs on which it cannot be decided

    def note_rules(self) -> None:
        """Of the runs of an older release: by which rules of their own they decided, where the rulebook is still the
        one they name."""
        with self.engine.begin() as connection:
            for book in self.rulebooks.values():
                for stage in book.stages:
                    rules = rules_digest(book, stage)
                    runs.note_rules(connection, book.contest, stage.id, book.digest, rules)

    def run_due(self, now: datetime, *, late: bool = False) -> int:
        """Decide every stage that is due and can be; returns how many runs were made. A stage later than the
        settings allow waits for a person to run it (`late`)."""
        made = 0
        for rulebook in self.rulebooks.values():
            for stage in rulebook.stages:
                made += self._run_if_due(rulebook, stage, now, late=late)
        return made

    def _run_if_due(self, rulebook: Rulebook, stage: Stage, now: datetime, *, late: bool) -> bool:
        if now < stage.decided_at:
            return False
        too_late = now - stage.decided_at > self.policy.max_lateness and not late
        with self.engine.begin() as connection:
            last = runs.latest(connection, rulebook.contest, stage.id)
            public = correction_of(connection, rulebook, stage)
            if self._closed(connection, rulebook, stage, last, public, now) if last else too_late:
                return False
            facts = self._facts(connection, rulebook, stage, public)
            others = _answers(stage) | feeds_delivered(rulebook, stage)
            inputs = runs.inputs_digest(connection, rulebook.contest, others, [facts])
            if (last and last.inputs == inputs) or self.hopeless.get((rulebook.contest, stage.id)) == inputs:
                return False
            if obstacle := blocked(connection, rulebook, stage, public) or _draw_blocked(
                connection, rulebook, stage, facts, now
            ):
                self._say_blocked(rulebook, stage, obstacle, inputs)
                return False
            run = _NewRun(rulebook, stage, last.revision + 1 if last else 1, facts, inputs, now, public)
            result = self._try(connection, run)
            failpoint("run.before-commit")
        if result is None:
            return False
        failpoint("run.committed")
        self._tell(rulebook, result)
        return True

    def _try(self, connection: Connection, run: "_NewRun") -> StageResult | None:
        """None where the stage cannot be decided: nothing of it is kept, the log says why, the other stages go on,
        and it is tried again when its files change."""
        savepoint = connection.begin_nested()
        try:
            return self._run(connection, run)
        except (OperationalError, OSError):
            raise  # the machine's fault, not the stage's: the turn is tried again
        except PublishedFault as fault:
            savepoint.rollback()
            self._give_up(run, fault)
            self._tell_otherwise(connection, run)
            return None
        except Exception as fault:  # noqa: BLE001 - one stage must not stop the others, and it is reported
            savepoint.rollback()
            self._give_up(run, fault)
            return None

    def _give_up(self, run: "_NewRun", fault: Exception) -> None:
        self.hopeless[run.rulebook.contest, run.stage.id] = run.inputs
        place = {"contest": run.rulebook.contest, "stage": run.stage.id}
        self.report("run.failed", why=told(fault), **place)

    def _tell_otherwise(self, connection: Connection, run: "_NewRun") -> None:
        """Those who sent changed marks are told that they are not heard."""
        if run.public is not None:
            self.intents.unheard(
                connection, otherwise(connection, run.rulebook, run.stage, run.public), run.now
            )

    def _closed(
        self,
        connection: Connection,
        rulebook: Rulebook,
        stage: Stage,
        last: Run,
        public: Correction | None,
        now: datetime,
    ) -> bool:
        """Whether the stage was decided for good: it is decided again where marks were changed afterwards, or where a
        stage before it was. What hinders that is told, once."""
        waiting = last.state != SETTLED
        if _may_be_amended(rulebook, stage) or (waiting and public is None):
            return False
        if public is None or not (waiting or moved(connection, rulebook, stage, public)):
            return True
        found = unheard(connection, rulebook, stage, public)
        if found is None:
            return False
        self.intents.unheard(connection, found, now)
        why = f"changed marks came after it, and {found.hindrance.why}; what was published stands"
        if (rulebook.contest, stage.id, why) not in self.said:
            self.said.add((rulebook.contest, stage.id, why))
            self.report("run.closed", contest=rulebook.contest, stage=stage.id, why=why)
        return True

    def _say_blocked(self, rulebook: Rulebook, stage: Stage, obstacle: Blocked, inputs: str) -> None:
        """Once for a reason: a stage can wait for weeks, and its tables are not read again until they change."""
        if obstacle.code == FILES:
            self.hopeless[rulebook.contest, stage.id] = inputs
        if (rulebook.contest, stage.id, obstacle.why) not in self.said:
            self.said.add((rulebook.contest, stage.id, obstacle.why))
            self.report("run.blocked", contest=rulebook.contest, stage=stage.id, why=obstacle.why)

    def _facts(
        self, connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction | None
    ) -> str:
        """A digest of all that the stage reads, but for what people decided about it.

        Of content alone: numbers of rows depend on what else the worker did meanwhile, and the digest is printed.
        """
        before = [
            f"run {run.stage} {run.revision} {run.inputs}"
            for run in _predecessors(connection, rulebook, stage)
        ]
        calendar = [f"calendar {rulebook.workdays.version}"] if rulebook.workdays else []
        others = [f"rulebook {rulebook.digest}", *calendar, *before]
        if public is None:
            return runs.inputs_digest(connection, rulebook.contest, stage.feeds, others)
        marks = mark_feeds(stage)
        newest = f"marks {runs.inputs_digest(connection, rulebook.contest, marks, [])}"
        feeds, came = stage.feeds - marks, public.first.came or 0
        return runs.inputs_digest(connection, rulebook.contest, feeds, [*others, newest], until=came)

    def _run(self, connection: Connection, run: "_NewRun") -> StageResult:
        rulebook, stage, contest = run.rulebook, run.stage, run.rulebook.contest
        tables = tables_of(connection, rulebook, stage, run.public)
        before = {
            earlier.stage: runs.standing(connection, earlier)
            for earlier in _predecessors(connection, rulebook, stage)
        }
        decided = _all_rulings(connection, run)
        host = self.intents.settings.site.organisation
        beacon = beacon_for(connection, contest, self.chain, self.intents.pseudonyms, host)
        result = pipeline.run_stage(rulebook, stage, tables, before, decided, beacon)
        state = SETTLED if result.settled else WAITING
        record = NewRun(
            contest=contest,
            edition=rulebook.edition,
            stage=stage.id,
            slot=stage.decided_at,
            revision=run.revision,
            state=state,
            rulebook=rulebook.digest,
            inputs=run.inputs,
            columns=runs.schema_of(result.standing),
            rules=rules_digest(rulebook, stage),
        )
        run_id = runs.add(connection, record, run.now)
        runs.add_verdicts(connection, run_id, result.decisions)
        runs.add_standing(connection, run_id, result.standing)
        if run.public is None or not result.settled or changes_something(connection, run_id, run.public):
            told = {feed: runs.table(connection, feed, contest) for feed in feeds_delivered(rulebook, stage)}
            known = pipeline.named_alike(rulebook, tables | told)
            self.intents.of(connection, rulebook, result, known, run_id, run.facts, run.now, run.public)
        about = {"contest": contest, "stage": stage.id, "run": run_id, "inputs": run.inputs}
        audit.record(connection, run.now, f"run.{state}", about | _counts(result))
        return result

    def _tell(self, rulebook: Rulebook, result: StageResult) -> None:
        counts = _counts(result)
        place = {"contest": rulebook.contest, "stage": result.stage.id}
        if result.settled:
            self.report("run.settled", entries=counts["in"], out=counts["out"], **place)
        else:
            asks = result.pending["ask"].n_unique()
            self.report("run.waiting", undecided=counts["undecided"], requests=asks, **place)


@dataclass(frozen=True)
class _NewRun:
    """A run about to be made: `facts` digests what is read, `inputs` that, what people decided and what its deliveries
    tell of besides; `public`, where the stage was decided before."""

    rulebook: Rulebook
    stage: Stage
    revision: int
    facts: str
    inputs: str
    now: datetime
    public: Correction | None


def tables_of(
    connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction | None = None
) -> dict[str, pl.DataFrame]:
    """What the stage reads; where it was decided before, all but the changed marks as it was then."""
    now = stage.feeds if public is None else mark_feeds(stage)
    came = (public.first.came or 0) if public else 0
    return {
        feed: runs.table(connection, feed, rulebook.contest, until=None if feed in now else came)
        for feed in stage.feeds
    }


def blocked(
    connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction | None = None
) -> Blocked | None:
    """What a stage waits for besides its moment: an earlier stage, a feed, or a contradiction to be mended.

    An earlier stage about whose changed marks people are asked holds up what stands on it from afar too: decided
    meanwhile, it could be a draw, and then no answer could count any more.
    """
    for name in (*rulebook.upon(stage), *stage.waits_for):
        run = runs.latest(connection, rulebook.contest, name)
        if run is None or run.state != SETTLED:
            return Blocked("earlier-stage", f"waits for {rulebook.stage(name).title['en']} to be decided")
    if held := deliveries.held(connection, rulebook.contest):
        return Blocked("intake", f"waits for {held} file(s) that could not be taken in yet")
    why = pipeline.obstacle(rulebook, stage, tables_of(connection, rulebook, stage, public))
    return Blocked(FILES, why) if why else None


def _draw_blocked(
    connection: Connection, rulebook: Rulebook, stage: Stage, facts: str, now: datetime
) -> Blocked | None:
    why = draw_obstacle(connection, rulebook, stage, facts, now)
    return Blocked("draw", why) if why else None


def _may_be_amended(rulebook: Rulebook, stage: Stage) -> bool:
    """Awards of a draw can be annulled after it (BilimClass, 6.4); its ranking stands for ever."""
    return stage.draw is not None and bool(rulebook.asks_of("annulment"))


def _answers(stage: Stage) -> set[str]:
    """The feeds that answer what a stage asks: they may come after its first run."""
    return {"decisions", "pulses"} if stage.draw else {"decisions"}


def _predecessors(connection: Connection, rulebook: Rulebook, stage: Stage) -> list[Run]:
    found = (runs.latest(connection, rulebook.contest, name) for name in stage.needs)
    return [run for run in found if run is not None]


def _all_rulings(connection: Connection, run: _NewRun) -> Rulings:
    found = rulings(connection, run.rulebook, run.stage, run.facts)
    if run.public is None:
        return found
    earlier = rulings(connection, run.rulebook, run.stage, run.facts, until=run.public.public.came or 0)
    table = unspent(run.stage, found.table, earlier.table)
    known = published(connection, run.rulebook, run.stage, run.public, earlier.table)
    return replace(found, table=table, published=known)


def rulings(
    connection: Connection, rulebook: Rulebook, stage: Stage, facts: str, *, until: int | None = None
) -> Rulings:
    """What people have decided about this stage so far, or when the arrival numbered `until` was the last; dice and
    readings count for the facts they were given on."""
    asked = requests.asked_subjects(connection, rulebook.contest)
    rows: list[tuple[str, ...]] = []
    dice: dict[str, str] = {}
    chosen: dict[str, str] = {}
    complete: set[str] = set()
    for given in requests.decisions(connection, rulebook.contest, until=until).iter_rows(named=True):
        subject = asked[given["request_id"], given["subject"]]
        kind = rulebook.asks[subject.ask].kind if subject.stage == stage.id else None
        if kind in ("lot", "draw") and subject.shown == facts:
            dice[subject.ask] = "" if given["decision"] == requests.NO_DICE else given["decision"]
        elif kind == "reading" and subject.shown == facts:
            chosen[subject.ask] = given["decision"]
        elif kind == "absentees" and given["decision"] == requests.COMPLETE:
            complete.add(subject.ask)
        elif kind in ("people", "group"):
            how = (given["decision"], given["request_id"], given["decided_by"])
            rows.append((subject.ask, subject.entry, subject.shown, *how))
    table = pl.DataFrame(sorted(rows), schema=RULING_SCHEMA, orient="row")
    annulled = _annulled(connection, rulebook, stage)
    return Rulings(table, dice, frozenset(complete), chosen, annulled)


def _annulled(connection: Connection, rulebook: Rulebook, stage: Stage) -> tuple[Annulled, ...]:
    if stage.draw is None:
        return ()
    return tuple(
        Annulled(given.entry, given.decision, given.sha256, instant(given.decided_at))
        for name in rulebook.asks_of("annulment")
        for given in requests.decided_in_order(connection, rulebook.contest, name)
    )


def _counts(result: StageResult) -> dict[str, int]:
    undecided = result.pending["entry"].n_unique()
    gone = result.decisions.filter(pl.col("verdict") == "out")["entry"].n_unique()
    return {"in": result.certain, "out": gone, "undecided": undecided}
