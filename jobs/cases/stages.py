"""The stages that a case needs, one after the other, people answering what they are asked."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from jobs.binding import Annulled
from jobs.cases.people import Cast, Names
from jobs.cases.short import aliases, as_rows
from jobs.cases.tables import FeedTables
from jobs.cases.written import Case, CaseFault
from jobs.pipeline import (
    RULING_SCHEMA,
    Beacon,
    Rulings,
    StageResult,
    obstacle,
    run_stage,
    subject_of,
    what_was_shown,
)
from jobs.rulebook import Rulebook, Stage

NO_FILE = hashlib.sha256().hexdigest()
"""The digest of a rulebook that stands in no file."""

BeaconOf = Callable[[Stage, str], Beacon]
"""The beacon of a stage: "of the draw" with the pulse of its draw, "another round" with the one after it, "none"
without one."""


def standings(case: Case, people: Cast) -> dict[str, pl.DataFrame]:
    """What the case says stands after earlier stages, which are then not run."""
    return {name: _standing(rows, people) for name, rows in case.standing.items()}


def _standing(rows: list[dict[str, Any]], people: Cast) -> pl.DataFrame:
    named = [
        {"entry": people.entry(alias), **{name: row[name] for name in row if name != "who"}}
        for row in as_rows(rows)
        for alias in aliases(row["who"])
    ]
    return pl.DataFrame(named, infer_schema_length=None).sort("entry")


class StageRun:
    """The stages a case needs, one after the other, people answering what they are asked."""

    def __init__(
        self,
        book: Rulebook,
        case: Case,
        people: Cast,
        tables: FeedTables,
        beacon: BeaconOf,
    ) -> None:
        self.book, self.case, self.people, self.beacon = book, case, people, beacon
        self.tables, self.entries = tables.tables, tables.entries
        self.before = standings(case, people)
        needed = self._needed(case.stage)
        self.stages = [stage for stage in book.stages if stage.id in needed]

    def _needed(self, name: str) -> set[str]:
        stage = self.book.stage(name)
        earlier = [each for each in stage.needs if each not in self.before]
        if stage.strangers is not None and stage.among in earlier and self._lacking(stage.among):
            earlier.remove(stage.among)  # as in `baiqau try`: then everybody with a record enters
        return {name}.union(*map(self._needed, earlier))

    def _lacking(self, name: str) -> bool:
        """Whether nothing is written from which that stage, or one that it needs, could be decided."""
        stage = self.book.stage(name)
        needed = [each for each in stage.needs if each not in self.before]
        return obstacle(self.book, stage, self.tables) is not None or any(map(self._lacking, needed))

    def obstacle(self) -> str | None:
        """Why a stage cannot be decided on these tables."""
        found = ((stage.id, obstacle(self.book, stage, self.tables)) for stage in self.stages)
        return next((why if name == self.case.stage else f"{name} {why}" for name, why in found if why), None)

    def decide(self) -> StageResult:
        standing = dict(self.before)
        for stage in self.stages:
            result = self._decided(stage, standing)
            if stage.id == self.case.stage:
                return result
            if not result.settled:
                asked = ", ".join(
                    f"{entry} ({code})" for entry, code in result.pending.select("entry", "code").rows()
                )
                raise CaseFault(
                    f"{self.case.says!r}: {stage.id} before it waits for people to decide {asked}."
                )
            standing[stage.id] = result.standing
        raise CaseFault(f"{self.case.says!r}: {self.case.stage} stands before a stage that it needs.")

    def _decided(self, stage: Stage, standing: Mapping[str, pl.DataFrame]) -> StageResult:
        beacon, rulings = self.beacon(stage, self.case.pulse), self._rulings(stage, None)
        result = run_stage(self.book, stage, self.tables, standing, rulings, beacon)
        if not result.settled and self.case.rulings:
            rulings = self._rulings(stage, result)
            result = run_stage(self.book, stage, self.tables, standing, rulings, beacon)
        for prize in self.case.annul if stage.draw else ():
            rulings = replace(rulings, annulled=(*rulings.annulled, self._annulled(prize, result)))
            result = run_stage(self.book, stage, self.tables, standing, rulings, beacon)
        return result

    def _annulled(self, prize: int, result: StageResult) -> Annulled:
        """That the prize of this number is taken back from whoever holds it, on the first ground of the rulebook."""
        held = result.standing.filter(prize=prize) if "prize" in result.standing.columns else pl.DataFrame()
        grounds = [ground for ask in self.book.asks_of("annulment") for ground in self.book.asks[ask].choices]
        if held.height != 1 or not grounds:
            raise CaseFault(f"{self.case.says!r}: prize {prize} cannot be annulled: one person must hold it.")
        return Annulled(held["entry"].item(), grounds[0], NO_FILE, result.stage.decided_at)

    def _rulings(self, stage: Stage, first: StageResult | None) -> Rulings:
        complete = self.case.complete or stage.id != self.case.stage
        asks = self.book.asks_of
        return Rulings(
            table=pl.DataFrame(list(self._answers(first)), schema=RULING_SCHEMA, orient="row"),
            dice=_by_ask(self.case.dice, [*asks("lot"), *asks("draw")]),
            chosen=_by_ask(self.case.chosen, asks("reading")),
            complete=frozenset(asks("absentees") if complete else ()),
        )

    def _answers(self, first: StageResult | None) -> Iterator[tuple[str | None, ...]]:
        if first is None:
            return
        names = Names(self.people, self.entries(first.stage))
        asked = first.pending.with_columns(entry=subject_of(self.book))
        for ask, subject, shown in what_was_shown(asked).iter_rows():
            if subject is not None and (word := self._word(names, ask, subject)):
                yield ask, subject, shown, word, "request 1", "people"

    def _word(self, names: Names, ask: str, subject: str) -> str | None:
        """What people answer to that ask about an entry or group."""
        for key, word in self.case.rulings.items():
            words = (
                word
                if isinstance(word, dict) and key == ask
                else {key: word}
                if isinstance(word, str)
                else {}
            )
            for alias, choice in words.items():
                if {subject, subject.partition("/")[0]} & names.meant(alias):
                    return choice
        return None


def _by_ask(said: str | Mapping[str, str], asks: list[str]) -> Mapping[str, str]:
    return dict.fromkeys(asks, said) if isinstance(said, str) else said
