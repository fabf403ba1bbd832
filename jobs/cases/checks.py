"""What is decided beside what a case says, in sentences."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from jobs.calendar import instant
from jobs.cases.people import Names
from jobs.cases.short import as_rows, as_text, spelled_out
from jobs.cases.written import Case
from jobs.pipeline import (
    StageResult,
)
from jobs.rulebook import Rulebook


class Check:
    """What is not as the case says, in sentences."""

    def __init__(self, book: Rulebook, case: Case, names: Names, result: StageResult) -> None:
        self.book, self.case, self.names, self.result = book, case, names, result

    def failures(self) -> Iterator[str]:
        for alias, expected in _each(self.case.expect):
            if (found := self._verdict(alias)) != expected:
                yield f"{alias} is {found}, not {expected}{self._told(alias)}"
        for alias, codes in _each(self.case.because):
            for code in [codes] if isinstance(codes, str) else codes:
                yield from self._check_reason(alias, code)
        given = {"award": self.case.award} if self.case.award else {}
        for name, wanted in {**given, **self.case.columns}.items():
            yield from self._check_column(name, wanted)
        yield from self._check_places()
        yield from self._check_beside()
        yield from self._check_moments()

    def _check_beside(self) -> Iterator[str]:
        """What is printed beside the verdicts."""
        for name, rows in self.case.evidence.items():
            unnamed = [{key: cell for key, cell in row.items() if key != "who"} for row in as_rows(rows)]
            yield from self._check_evidence(name, unnamed)
        for name, count in self.case.evidence_rows.items():
            if (found := self._evidence.get(name, pl.DataFrame()).height) != count:
                yield f"the evidence {name} has {found} rows, not {count}"

    @property
    def _evidence(self) -> Mapping[str, pl.DataFrame]:
        """The tables beside the verdicts, and that of those still in."""
        return {**self.result.evidence, "standing": self.result.standing}

    def _verdict(self, alias: str) -> str:
        pending, standing = (
            self.names.of(self.result.pending, alias),
            self.names.of(self.result.standing, alias),
        )
        if standing.join(pending, on="entry", how="anti").height:
            return "in"
        return "undecided" if pending.height else "out"

    def _told(self, alias: str) -> str:
        against = self.names.of(self.result.decisions, alias).filter(pl.col("verdict") != "in")
        told = [
            f"clause {clause}, {code}: {why}"
            for clause, code, why in against.select("clause", "code", "why").rows()
        ]
        return f" ({'; '.join(told) or 'no step says anything against it'})"

    def _check_reason(self, alias: str, code: str) -> Iterator[str]:
        every = self.names.of(self.result.decisions, alias).select("clause", "code")
        cited = {part for clause in every.filter(code=code)["clause"] for part in _parts(clause)}
        if not cited:
            told = ", ".join(dict.fromkeys(every["code"])) or "nothing"
            yield f"{alias} was not told {code} but {told}"
        elif not cited & _parts(self.case.clause):
            yield f"{code} cites {', '.join(sorted(cited))}, and the case is about {self.case.clause}"

    def _check_column(self, name: str, wanted: Mapping[str, Any]) -> Iterator[str]:
        standing = self.result.standing
        if name not in standing.columns:
            yield f"no step gives a column {name}; there are {', '.join(standing.columns)}"
            return
        for alias, value in _each(wanted):
            found = [as_text("" if cell is None else cell) for cell in self.names.of(standing, alias)[name]]
            if found != [as_text(value)]:
                yield f"the {name} of {alias} is {', '.join(found) or 'told of nobody'}, not {value!r}"

    def _check_places(self) -> Iterator[str]:
        if self.case.places is None:
            return
        if not self.result.settled:
            yield f"{self.result.pending.height} are undecided, so the number of places is not known"
        elif self.result.standing.height != self.case.places:
            yield f"{self.result.standing.height} are in, not {self.case.places}"

    def _check_evidence(self, name: str, rows: list[dict[str, Any]]) -> Iterator[str]:
        if name not in self._evidence:
            yield f"there is no evidence {name}; there is {', '.join(self._evidence)}"
            return
        table = self._evidence[name]
        for row in rows:
            if absent := sorted(row.keys() - set(table.columns)):
                yield f"the evidence {name} has no column {absent[0]}; there are {', '.join(table.columns)}"
                continue
            found = table.select(row.keys()).rows()
            wanted = [self.names.people.filled(as_text(cell), {}) for cell in row.values()]
            if wanted not in [[as_text("" if cell is None else cell) for cell in each] for each in found]:
                yield f"no row of the evidence {name} is {row}; there are {found[:5]}"

    def _check_moments(self) -> Iterator[str]:
        stage = self.result.stage
        known = {"decided": stage.decided_at, "draw": stage.draw and stage.draw.given["at"]}
        for name, told in self.case.moments.items():
            if known[name] != instant(told, self.book.timezone):
                yield f"the moment {name} of {stage.id} is {known[name]}, not {told}"


def _each(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((alias, value) for key, value in told.items() for alias in spelled_out(key))


def _parts(clause: str) -> set[str]:
    """The clauses in "28, 29" or "4-6"."""
    return {part.strip() for part in re.split(r"[,;-]", clause)}
