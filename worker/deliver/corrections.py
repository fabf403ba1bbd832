"""What was made public and is decided otherwise now: shown to those who are asked, and told with the corrected version.

A signed list says what it replaces and what changes: under codes for everybody, with the people and the letters they
have for the operator, who takes back by hand what no longer holds.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from jobs.pipeline import settled_outcomes
from jobs.rescore import RESCORED
from jobs.verdicts import OUT
from worker.deliver.context import OPERATOR, PUBLIC, Consequence, facts_of
from worker.deliver.people import people_of
from worker.store import corrections, messages, runs
from worker.store.corrections import KIND
from worker.store.publications import Publication

Row = Mapping[str, Any]
_FORMS = ("request", "score-sheet", "act-key", "observations", "letters-by-hand")
"""Kinds of which no other version replaces one."""


def made_public(run: Consequence) -> dict[str, object]:
    """For those who are asked: what of the stage is out already, which stages were decided upon it, and which wait for
    their answer."""
    if run.correction is None:
        return {}
    place = run.connection, run.rulebook, run.result.stage
    told = {
        "files": corrections.files(run.connection, run.contest, run.stage, _FORMS),
        "letters": corrections.letters(run.connection, run.contest, run.stage),
        "again": [dict(stage.title) for stage in corrections.decided_upon(*place)],
        "held": [dict(stage.title) for stage in corrections.held_up(*place)],
    }
    return {"public": told}


def corrected(run: Consequence) -> frozenset[str]:
    """The entries of whom something else is decided than was made public: another outcome, or another mark, which
    stands in their letters too."""
    return frozenset(_by_entry(run))


def _moves(run: Consequence) -> list[dict[str, str | None]]:
    if run.correction is None:
        return []
    then = settled_outcomes(runs.standing(run.connection, run.correction.public))
    now = settled_outcomes(run.result.standing)
    both = then.join(now, on="entry", how="full", coalesce=True, suffix="_now")
    told = both.select(
        "entry", before=pl.col("outcome").fill_null(OUT), after=pl.col("outcome_now").fill_null(OUT)
    )
    return told.filter(pl.col("before") != pl.col("after")).sort("entry").to_dicts()


def correct(run: Consequence) -> None:
    """The list of what a corrected version replaces and changes; nothing where there is none before it."""
    if run.correction is None:
        return
    _keep_back(run)
    name = f"{KIND}/{run.contest}/{run.rulebook.edition}/{run.stage}{run.version}"
    content = run.heading() | {
        "stage": run.stage,
        "stage_title": dict(run.result.stage.title),
        "version": run.correction.version,
    }
    recipients = [OPERATOR, PUBLIC] if "protocol" in run.result.stage.deliver else [OPERATOR]
    files = corrections.files(run.connection, run.contest, run.stage, (*_FORMS, KIND))
    for recipient in recipients:
        replaced = [file for file in files if file["recipient"] == recipient]
        rows = _named(run) if recipient == OPERATOR else _coded(run)
        told = content | {"replaces": replaced, "rows": rows}
        run.intend(Publication(f"{name}/{recipient}", recipient, run.contest, KIND, told))


def _keep_back(run: Consequence) -> None:
    """Letters about those of whom something else is decided now: one that was put off, or is sent again, would come
    after the letter that takes its place."""
    earlier = [one for one in runs.of_stage(run.connection, run.contest, run.stage) if one != run.run_id]
    messages.replace(run.connection, earlier, {run.code(entry) for entry in corrected(run)}, run.now)


def _coded(run: Consequence) -> list[dict[str, str | None]]:
    """A row an entry of which the mark or the outcome is another: by its code alone."""
    return sorted(
        ({"code": run.code(entry), **moved} for entry, moved in _by_entry(run).items()),
        key=lambda row: str(row["code"]),
    )


def _by_entry(run: Consequence) -> dict[str, dict[str, str | None]]:
    """Entry to its outcome and its changed mark before and after; empty where they are as they were."""
    if run.correction is None:
        return {}
    outcomes = {str(row["entry"]): row for row in _moves(run)}
    then, now = runs.marks_of(run.connection, run.correction.public), _marks(run)
    marked = {entry for entry in {**then, **now} if then.get(entry) != now.get(entry)}
    return {
        entry: {
            "mark_before": then.get(entry) if entry in marked else None,
            "mark_after": now.get(entry) if entry in marked else None,
            "before": outcomes[entry]["before"] if entry in outcomes else None,
            "after": outcomes[entry]["after"] if entry in outcomes else None,
        }
        for entry in sorted(marked | set(outcomes))
    }


def _marks(run: Consequence) -> dict[str, str]:
    rows = run.result.decisions.filter(code=RESCORED).to_dicts()
    return {str(row["entry"]): str(facts_of(row)["after"]) for row in rows}


def _named(run: Consequence) -> list[dict[str, str | None]]:
    """The same with the people and the letters they have."""
    people, moved = people_of(run), _by_entry(run)
    owners = {entry: people.of(entry) for entry in moved}
    everybody = {person for own in owners.values() for person in own}
    letters = corrections.mailed_to(run.connection, run.contest, run.stage, everybody)
    return [
        {"code": run.code(entry), "participant": person, "name": people.full_name(person)}
        | told
        | {"letters": letters.get(person)}
        for entry, told in moved.items()
        for person in owners[entry]
    ]
