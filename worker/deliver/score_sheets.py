"""Score sheets for a jury: for each juror a form of whom and what to mark, which comes back as the feed `scores`.

People stand on them by their public codes, with what the rulebook's `on_sheets` names; a juror has no row for an own
pupil (order 99, annex 4, clause 14).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from jobs.author_sheets import of_list
from jobs.binding import BoundStep, Lookup
from jobs.juries import of_other_bodies, of_stage, own_pupils, voting
from jobs.jury import BONUS, wanted_of
from jobs.rulebook import MARKING, Rulebook, Stage
from worker.deliver.context import OPERATOR, Consequence
from worker.deliver.exports import ScoreSheet
from worker.deliver.findings import ACT_KEY
from worker.deliver.questions import RECIPIENT
from worker.store.publications import Publication

KIND = "score-sheet"


def score_sheets(run: Consequence) -> None:
    """A form a juror, for every stage that has a jury mark whoever is still in here."""
    for stage, steps in _marking(run.rulebook, run.result.stage):
        _of_stage(run, stage, [_Marking(run, step) for step in steps])


def feeds_read(rulebook: Rulebook, stage: Stage) -> frozenset[str]:
    """The lists of jurors by which the forms of a stage are shared out."""
    return frozenset(_jurors(step) for _, steps in _marking(rulebook, stage) for step in steps)


def _marking(rulebook: Rulebook, marked: Stage) -> Iterator[tuple[Stage, list[BoundStep]]]:
    """The stages in which a jury marks whoever is still in after `marked`, with the steps that read the marks."""
    for stage in rulebook.stages:
        steps = [step for step in stage.steps if step.job.name in MARKING]
        if steps and marked.id in (stage.entries, stage.among):
            yield stage, steps


def _jurors(step: BoundStep) -> str:
    return step.tables.get("jurors", "jurors")


def _of_stage(run: Consequence, stage: Stage, markings: Sequence["_Marking"]) -> None:
    """One form a juror, with all that the steps of the stage have marked."""
    shares: dict[str, list[tuple[_Marking, pl.DataFrame]]] = {}
    for marking in markings:
        for juror, entries in marking.share_out():
            shares.setdefault(juror, []).append((marking, entries))
    for juror, parts in shares.items():
        code = run.code(juror)
        name = f"{run.contest}-{stage.id}-{code}"
        rows = sorted((row for marking, entries in parts for row in marking.rows(entries)), key=_turn)
        content = run.heading() | {
            "name": name,
            "juror": code,
            "stage": markings[0].stage,
            "timed": any(marking.timed for marking in markings),
            "rows": [row for _turn, row in rows],  # the things of each stay in their order
        }
        folder = f"{run.contest}/score-sheets/{stage.id}"
        key = f"{KIND}/{run.rulebook.edition}/{run.run_id}/{name}"
        run.intend(Publication(key, RECIPIENT, folder, KIND, content))
    if shares:
        _tell_whose(run, stage, sorted(shares), {_jurors(marking.step) for marking in markings})


def _tell_whose(run: Consequence, stage: Stage, jurors: Sequence[str], lists: set[str]) -> None:
    """For the operator alone: whose the forms are, which name jurors by code."""
    names = {
        juror: name
        for feed in sorted(lists)
        for juror, name in run.tables[feed].sort("juror", "name").select("juror", "name").iter_rows()
    }
    title = f"score-sheets-{stage.id}"
    rows = [{"code": run.code(juror), "juror": juror, "name": names.get(juror)} for juror in jurors]
    content = run.heading() | {"request": title, "rows": rows}
    key = f"{ACT_KEY}/{run.rulebook.edition}/{run.run_id}/{title}"
    run.intend(Publication(key, OPERATOR, run.contest, ACT_KEY, content))


@dataclass(frozen=True)
class _Marking:
    """What is marked of whom by a step that reads score sheets, over whoever is still in."""

    run: Consequence
    step: BoundStep

    @property
    def given(self) -> Mapping[str, Any]:
        return self.step.given

    @property
    def stage(self) -> str | None:
        found = self.given.get("stage")
        return None if found is None else str(found)

    @property
    def timed(self) -> bool:
        """Whether jurors note how long somebody took."""
        return bool(self.given.get("times") or self.given.get("timed"))

    def share_out(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Each juror with the entries to mark: of the body the juror sits on, without own pupils; as far as the jury's
        list tells by now."""
        listed = of_stage(self.run.tables[_jurors(self.step)], self.stage)
        bench, standing = voting(listed).sort("juror", "nomination"), self.run.result.standing
        own = own_pupils(bench, standing, self.given.get("teacher"), "entry")
        for juror in bench["juror"].unique(maintain_order=True):
            all_of_them = standing.select("entry", juror=pl.lit(juror))
            elsewhere = of_other_bodies(all_of_them, standing, bench, self.given.get("bodies"))
            left = all_of_them.join(
                pl.concat([elsewhere, own.select("entry", "juror")]), on=["entry", "juror"], how="anti"
            )
            if left.height:
                yield str(juror), standing.join(left, on="entry", how="semi")

    def rows(self, entries: pl.DataFrame) -> Iterator[tuple["Turn", dict[str, object]]]:
        """A row a contestant and thing to mark, each with the contestant's turn: by what is told of everybody, the
        number of an order of performance say, then by code."""
        for row in _dicts(entries):
            code = self.run.code(str(row["entry"]))
            turn = ([(value is None, value or 0) for value in self._shown(row).values()], code)
            told = self._told(row)
            yield from ((turn, {"contestant": code, "told": told, **thing}) for thing in self._things(row))

    def _things(self, row: Mapping[str, object]) -> Iterator[dict[str, object]]:
        """What is marked of somebody, each with its most points; a bonus after what it belongs to."""
        if self.step.job.name == "author-sheets":
            sheet = "team" if len(str(row[self.given["authors"]] or "").split()) > 1 else "individual"
            yield from ({**thing, "sheet": sheet} for thing in self._of(self._listed(row, self.given[sheet])))
        else:
            yield from self._of(self.given["maxima"])

    def _listed(self, row: Mapping[str, object], maxima: Mapping[str, str]) -> Mapping[str, str]:
        """The criteria of the list that the work stands on; all of them where the table of lists does not name it."""
        lists = self.given.get("lists")
        if not isinstance(lists, Lookup):
            return maxima
        return of_list(maxima, lists.values.get(str(row.get(lists.column))), lists)

    def _of(self, maxima: Mapping[str, str]) -> Iterator[dict[str, object]]:
        wanted = wanted_of(maxima, self.given.get("bonus") or {}, self.given.get("rounds"))
        for row in wanted.iter_rows(named=True):
            thing = {"round": row["round"], "criterion": row["criterion"], "sheet": None}
            yield {**thing, "most": row["most"]}
            if row["bonus"] != "0":
                yield {**thing, "criterion": f"{row['criterion']}{BONUS}", "most": row["bonus"]}

    def _shown(self, row: Mapping[str, object]) -> dict[str, object]:
        return {name: row.get(name) for name in self.run.result.stage.on_sheets}

    def _told(self, row: Mapping[str, object]) -> str:
        shown = self._shown(row)
        return ", ".join(
            _NUMBER.get(name, "{}").format(told) for name, told in shown.items() if told is not None
        )


Turn = tuple[list[tuple[bool, object]], str]
_NUMBER = {"performance": "№ {}"}


def _turn(row: tuple[Turn, dict[str, object]]) -> Any:
    return row[0]


def _dicts(entries: pl.DataFrame) -> Sequence[Mapping[str, object]]:
    return entries.to_dicts()


def form_of(content: Mapping[str, object], labels: Mapping[str, Mapping[str, str]]) -> ScoreSheet:
    """The form of a publication; `labels` has criteria ("CONTEST/CODE" or the code alone) with their names."""
    rows = content["rows"] if isinstance(content["rows"], list) else []
    criteria = {str(row["criterion"]) for row in rows}
    return ScoreSheet(
        juror=str(content["juror"]),
        stage=_text(content["stage"]),
        timed=bool(content["timed"]),
        rows=tuple(rows),
        labels={each: criterion_names(labels, str(content["contest"]), each) for each in criteria},
    )


def criterion_names(
    labels: Mapping[str, Mapping[str, str]], contest: str, criterion: str
) -> Mapping[str, str]:
    """What a criterion, or its bonus, is called in each language; empty where it has no words."""
    plain = criterion.removesuffix(BONUS)
    names = labels.get(f"{contest}/{plain}") or labels.get(plain, {})
    if plain == criterion:
        return names
    return {language: f"{name}: {_BONUS_NAME[language]}" for language, name in names.items()}


_BONUS_NAME = {"kk": "қосымша балл", "ru": "дополнительный балл", "en": "bonus"}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
