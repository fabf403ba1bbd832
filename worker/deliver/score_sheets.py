"""Score sheets for a jury: for each juror a form of whom and what to mark, which comes back as the feed `scores`.

People stand on them by their public codes, with what the rulebook's `on_sheets` names; a juror has no row for an own
pupil (order 99, annex 4, clause 14).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from jobs.binding import BoundStep
from jobs.juries import BODIES, of_stage, own_pupils, voting
from jobs.jury import BONUS, wanted_of
from jobs.rulebook import Rulebook, Stage
from worker.deliver.context import Consequence
from worker.deliver.exports import ScoreSheet
from worker.deliver.questions import RECIPIENT
from worker.store.publications import Publication

KIND = "score-sheet"


def score_sheets(run: Consequence) -> None:
    """A form a juror, for every stage that has a jury mark whoever is still in here."""
    for stage, step in _marking_steps(run.rulebook, run.result.stage):
        _of_jury(run, stage, step)


def feeds_read(rulebook: Rulebook, stage: Stage) -> frozenset[str]:
    """The lists of jurors by which the forms of a stage are shared out."""
    return frozenset(_jurors(step) for _, step in _marking_steps(rulebook, stage))


def _marking_steps(rulebook: Rulebook, marked: Stage) -> Iterator[tuple[Stage, BoundStep]]:
    """The steps in which a jury marks whoever is still in after `marked`."""
    for stage in rulebook.stages:
        if marked.id in (stage.entries, stage.among):
            yield from ((stage, step) for step in stage.steps if step.job.name == "jury")


def _jurors(step: BoundStep) -> str:
    return step.tables.get("jurors", "jurors")


def _of_jury(run: Consequence, stage: Stage, step: BoundStep) -> None:
    marking = _Marking(run, step.given)
    for juror, entries in marking.share_out(_bench(run, step)):
        code = run.code(juror)
        name = f"{run.contest}-{stage.id}-{code}"
        content = run.heading() | {
            "name": name,
            "juror": code,
            "stage": step.given.get("stage"),
            "sheet": step.given.get("sheet"),
            "timed": step.given.get("minutes") is not None,
            "rows": marking.rows(entries),
        }
        folder = f"{run.contest}/score-sheets/{stage.id}"
        run.intend(
            Publication(
                f"{KIND}/{run.rulebook.edition}/{run.run_id}/{name}", RECIPIENT, folder, KIND, content
            )
        )


def _bench(run: Consequence, step: BoundStep) -> pl.DataFrame:
    """Those who mark in this step, as far as the jury's list tells by now."""
    stage = step.given.get("stage")
    table = run.tables[_jurors(step)]
    return voting(of_stage(table, None if stage is None else str(stage))).sort("juror", "nomination")


@dataclass(frozen=True)
class _Marking:
    """What is marked of whom: the parameters of a step with the job `jury`, over whoever is still in."""

    run: Consequence
    given: Mapping[str, object]

    def share_out(self, bench: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """Each juror with the entries to mark: of the body the juror sits on, without own pupils."""
        standing = self.run.result.standing
        teacher, contestant = self.given.get("teacher"), str(self.given.get("contestant") or "entry")
        own = own_pupils(bench, standing, None if teacher is None else str(teacher), contestant)
        body = next((name for name in BODIES if name in standing.columns), None)
        for (juror,), seats in bench.group_by("juror", maintain_order=True):
            others = standing.join(own.filter(pl.col("juror") == juror), on="entry", how="anti")
            bodies = seats["nomination"].to_list()
            if body is not None and None not in bodies:
                others = others.filter(pl.col(body).is_in(bodies))
            if others.height:
                yield str(juror), others

    def rows(self, entries: pl.DataFrame) -> list[dict[str, object]]:
        """A row a contestant and thing to mark, contestants in the order of their codes."""
        contestants = sorted((self.run.code(str(row["entry"])), row) for row in _dicts(entries))
        things = list(self._things())
        return [
            {"contestant": code, "told": self._told(row), **thing}
            for code, row in contestants
            for thing in things
        ]

    def _things(self) -> Iterator[dict[str, object]]:
        """What is marked, each with its most points; a bonus after what it belongs to."""
        maxima, bonus, rounds = (self.given.get(name) for name in ("maxima", "bonus", "rounds"))
        wanted = wanted_of(maxima or {}, bonus or {}, rounds)  # type: ignore[arg-type]  # as the job's signature has them
        for row in wanted.iter_rows(named=True):
            thing = {"round": row["round"], "criterion": row["criterion"]}
            yield {**thing, "most": row["most"]}
            if row["bonus"] != "0":
                yield {**thing, "criterion": f"{row['criterion']}{BONUS}", "most": row["bonus"]}

    def _told(self, row: Mapping[str, object]) -> str:
        shown = self.run.result.stage.on_sheets
        return ", ".join(str(row[name]) for name in shown if row.get(name) is not None)


def _dicts(entries: pl.DataFrame) -> Sequence[Mapping[str, object]]:
    return entries.to_dicts()


def form_of(content: Mapping[str, object], labels: Mapping[str, Mapping[str, str]]) -> ScoreSheet:
    """The form of a publication; `labels` has criterion codes with their names in kk and ru."""
    rows = content["rows"]
    return ScoreSheet(
        juror=str(content["juror"]),
        stage=_text(content["stage"]),
        sheet=_text(content["sheet"]),
        timed=bool(content["timed"]),
        rows=tuple(rows) if isinstance(rows, list) else (),
        labels=labels,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
