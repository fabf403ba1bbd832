"""Deciding again what was published: where marks were changed after it, and in the stages decided upon such a one.

All but the changed marks is read as the first run could read it: other late files change nothing (docs/adr/0009).
Where the rules by which a stage was decided are others now, it is not decided again by them. Draws stay as they were
held, and a stage on which one stands is not reopened. What hinders it people are told (`worker.deliver.unheard`).
"""

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Connection

from jobs.pipeline import RULING_SCHEMA, Published, settled_outcomes
from jobs.rulebook import Rulebook, Stage, rules_digest
from worker.deliver.unheard import Hindrance, Unheard
from worker.store import corrections, runs
from worker.store.corrections import Correction, mark_feeds
from worker.store.runs import SETTLED, Run

CORRECTABLE = frozenset({"protocol", "diplomas", "certificates", "refusals", "score-sheets"})
"""What a stage delivers of which a corrected version is made."""


def correction_of(connection: Connection, rulebook: Rulebook, stage: Stage) -> Correction | None:
    """What is public of a stage that would be decided again; None where it is decided for the first time, or is a draw,
    whose ranking stands for ever."""
    return None if stage.draw is not None else corrections.of(connection, rulebook.contest, stage.id)


def unheard(connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction) -> Unheard | None:
    """What keeps a stage that is to be decided again from being so; None where nothing does."""
    hindered = hindrance(connection, rulebook, stage)
    return _kept_from(connection, rulebook, public, hindered, stage) if hindered else None


def otherwise(connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction) -> Unheard:
    """The same where the published result would be another by the very marks it stood on."""
    hindered = Hindrance("otherwise", stage, f"{stage.id} by the marks it stood on is not what was published")
    return _kept_from(connection, rulebook, public, hindered, stage)


def _kept_from(
    connection: Connection, rulebook: Rulebook, public: Correction, hindered: Hindrance, stage: Stage
) -> Unheard:
    last = runs.latest(connection, rulebook.contest, stage.id)
    return Unheard(rulebook, stage, public, hindered, waiting=last is not None and last.state != SETTLED)


def moved(connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction) -> bool:
    """Whether other marks are there than those the published result stands on, or a stage before it was corrected."""
    return _marks_moved(connection, rulebook, stage, public) or _stages_moved(
        connection, rulebook, stage, public
    )


def _marks_moved(connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction) -> bool:
    came, feeds, contest = public.public.came or 0, mark_feeds(stage), rulebook.contest
    digests = (runs.inputs_digest(connection, contest, feeds, [], until=until) for until in (None, came))
    if not feeds or len(set(digests)) == 1:
        return False
    return any(
        _marks(connection, contest, feed, of, None) != _marks(connection, contest, feed, of, came)
        for feed, of in _readers(stage)
    )


def _readers(stage: Stage) -> Iterator[tuple[str, str | None]]:
    """Each feed of changed marks with the stage of the results whose marks are read, None where all are."""
    for step in stage.steps:
        if step.rescores:
            of = step.given.get("stage")
            yield step.tables["rescores"], None if of is None else str(of)


def _marks(
    connection: Connection, contest: str, feed: str, of: str | None, until: int | None
) -> frozenset[tuple[object, ...]]:
    table = runs.table(connection, feed, contest, until=until)
    return frozenset((table if of is None else table.filter(pl.col("stage").cast(pl.String) == of)).rows())


def _stages_moved(connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction) -> bool:
    """A stage before it has been decided again after it; draws are amended without what comes after them."""
    earlier = (rulebook.stage(name) for name in stage.needs)
    return any(
        _decided_again(connection, rulebook.contest, each.id, public.public.id)
        for each in earlier
        if each.draw is None
    )


def _decided_again(connection: Connection, contest: str, stage: str, since: int) -> bool:
    """Whether a stage was decided before the run `since` and after it: one that an edited rulebook has put before what
    is public was never read there."""
    newest = runs.latest(connection, contest, stage)
    if newest is None or newest.state != SETTLED or newest.id < since:
        return False
    return runs.settled(connection, contest, stage)[0].id < since


def hindrance(connection: Connection, rulebook: Rulebook, stage: Stage) -> Hindrance | None:
    """Why a stage cannot be decided again, with those decided upon it."""
    together = (stage, *corrections.decided_upon(connection, rulebook, stage))
    found = (_hindrance_at(connection, rulebook, each) for each in together)
    return next((each for each in found if each is not None), None)


def _hindrance_at(connection: Connection, rulebook: Rulebook, stage: Stage) -> Hindrance | None:
    kinds = {rulebook.asks[ask].kind for step in stage.steps for ask in (step.ask, step.choose) if ask}
    if stage.draw is not None or kinds & {"lot", "draw", "reading"}:
        why = f"{stage.id} is drawn or chosen in public, which is not done twice"
        return Hindrance("drawn", stage, why)
    if other := tuple(sorted(set(stage.deliver) - CORRECTABLE)):
        why = f"{stage.id} has delivered {', '.join(other)}, of which no corrected version is made"
        return Hindrance("delivered", stage, why, other)
    if not _by_these_rules(rulebook, stage, runs.settled(connection, rulebook.contest, stage.id)[-1]):
        why = f"{stage.id} was decided by other rules; put those back until they are decided upon"
        return Hindrance("rules", stage, why)
    return None


def _by_these_rules(rulebook: Rulebook, stage: Stage, run: Run) -> bool:
    """Whether the run decided the stage by the rules it has now. The same file says the same, whichever release of the
    worker made the digest of the rules; of runs before that digest only the file tells."""
    return run.rulebook == rulebook.digest or run.rules == rules_digest(rulebook, stage)


def published(
    connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction, rulings: pl.DataFrame
) -> Published:
    """What the pipeline has to know of the published result; `rulings` are those it stood on."""
    return Published(
        settled_outcomes(runs.standing(connection, public.public)),
        runs.marks_of(connection, public.public),
        rulings.select(*RULING_SCHEMA),
        before=_stood_upon(connection, rulebook, stage, public),
    )


def _stood_upon(
    connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction
) -> dict[str, pl.DataFrame]:
    """The standings of the stages before it as they were when what is public was decided."""
    decided = (runs.settled(connection, rulebook.contest, name) for name in stage.needs)
    then = ([run for run in each if run.id < public.public.id] for each in decided)
    return {each[-1].stage: runs.standing(connection, each[-1]) for each in then if each}


def unspent(stage: Stage, given: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """The rulings that count where a stage is decided again: changed marks that were confirmed before the published
    result (`earlier`) are in it, and the same change, should it come once more, has to be confirmed anew."""
    confirming = {(step.ask, step.job.twice.confirm) for step in stage.steps if step.job.twice}
    said = pl.DataFrame(sorted(confirming), schema={"ask": pl.String, "decision": pl.String}, orient="row")
    spent = earlier.join(said, on=["ask", "decision"], how="semi")
    return given.join(spent, on=["ask", "entry", "shown", "request_id"], how="anti", maintain_order="left")


def changes_something(connection: Connection, run_id: int, public: Correction) -> bool:
    """Whether a run says anything else than what is public."""
    return runs.told_of_all(connection, run_id) != runs.told_of_all(connection, public.public.id)
