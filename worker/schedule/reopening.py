"""Deciding again what was published: where marks were changed after it, and in the stages decided upon such a one.

All but the changed marks is read as the first run could read it: other late files change nothing (docs/adr/0009), and
neither does a rulebook that was edited since. Draws stay as they were held, and a stage on which one stands is not
reopened.
"""

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Connection

from jobs.pipeline import RULING_SCHEMA, Published, settled_outcomes
from jobs.rulebook import Rulebook, Stage
from worker.store import corrections, runs
from worker.store.corrections import Correction
from worker.store.runs import SETTLED

CORRECTABLE = frozenset({"protocol", "diplomas", "certificates", "refusals", "score-sheets"})
"""What a stage delivers of which a corrected version is made."""


def correction_of(connection: Connection, rulebook: Rulebook, stage: Stage) -> Correction | None:
    """What is public of a stage that would be decided again; None where it is decided for the first time, or is a draw,
    whose ranking stands for ever."""
    return None if stage.draw is not None else corrections.of(connection, rulebook.contest, stage.id)


def mark_feeds(stage: Stage) -> frozenset[str]:
    """The feeds of changed marks that a stage reads."""
    return frozenset(step.tables["rescores"] for step in stage.steps if step.rescores)


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


def hindrance(connection: Connection, rulebook: Rulebook, stage: Stage) -> str | None:
    """Why a stage cannot be decided again, in a clause of a sentence."""
    for each in (stage, *corrections.decided_upon(connection, rulebook, stage)):
        kinds = {rulebook.asks[ask].kind for step in each.steps for ask in (step.ask, step.choose) if ask}
        other = sorted(set(each.deliver) - CORRECTABLE)
        if each.draw is not None or kinds & {"lot", "draw", "reading"}:
            return f"{each.id} was drawn or chosen in public, which is not done twice"
        if other:
            return f"{each.id} has delivered {', '.join(other)}, of which no corrected version is made"
        if runs.settled(connection, rulebook.contest, each.id)[-1].rulebook != rulebook.digest:
            return f"{each.id} was decided by another rulebook; put that one back until they are decided upon"
    return None


def published(
    connection: Connection, rulebook: Rulebook, stage: Stage, public: Correction, rulings: pl.DataFrame
) -> Published:
    """What the pipeline has to know of the published result; `rulings` are those it stood on."""
    return Published(
        settled_outcomes(runs.standing(connection, public.public)),
        runs.marks_of(connection, public.public),
        rulings.select(*RULING_SCHEMA),
        upon_others=_stages_moved(connection, rulebook, stage, public),
    )


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
