"""Letters to participants: diplomas and certificates to whoever has earned them, refusals to whoever is out.

Everybody is written to in their own language; a letter is of one entry, so that a person with two awards has two
diplomas, and each author of a project one of their own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from worker.deliver.context import Consequence, Record, facts_of
from worker.deliver.corrections import corrected
from worker.deliver.letters import Rulings, address_of, outcome_of, post, rulings_of
from worker.deliver.people import NAMES, People, people_of
from worker.deliver.titles import PARTS
from worker.store.messages import NewMessage

DIPLOMA, CERTIFICATE, REFUSAL = "diploma", "certificate", "refusal"


def diplomas(run: Consequence) -> None:
    """A letter with a diploma for every person of an entry that has an award; where that is a correction, one also for
    those who have none any more."""
    standing = run.result.standing
    awarded = standing.drop_nulls("award") if "award" in standing.columns else standing.clear()
    _write(run, awarded.select("entry"), DIPLOMA, _awarding_clause(run))
    if run.correction is not None and "refusals" not in run.result.stage.deliver:
        refusals(run)


def certificates(run: Consequence) -> None:
    """A letter with a certificate for every person of an entry still in: who took part (order 99, annex 1, 16)."""
    _write(run, run.result.standing.select("entry"), CERTIFICATE, run.result.stage.clause)


def refusals(run: Consequence) -> None:
    """A letter for every person of an entry that is out: the regulation, the clause and the reason with its figures."""
    out = run.last_verdicts().filter(verdict="out")
    _write(run, out.select("entry"), REFUSAL, run.result.stage.clause)


def _awarding_clause(run: Consequence) -> str:
    """The clause of the step that gave the awards."""
    steps = (step.clause for step in reversed(run.result.stage.steps) if step.job.name == "award")
    return next(steps, run.result.stage.clause)


@dataclass(frozen=True)
class _Desk:
    """What every letter of a stage is written from."""

    run: Consequence
    kind: str
    clause: str
    people: People
    rulings: Rulings

    def letter(self, entry: str, person: str, verdict: Record, number: int) -> NewMessage:
        """The letter to a person about an entry; `number` counts the person's letters of this kind."""
        run, known = self.run, self.people.person(person)
        kind = f"{self.kind}/{run.stage}" + (f"/{number}" if number > 1 else "") + run.version
        language = str(known.get("language") or "kk")
        content = self._content(entry, person, verdict, language)
        name = f"{run.rulebook.edition}/{kind}"
        return NewMessage(
            id=run.pseudonyms.digest(run.contest, person, "message", name).hex()[:32],
            contest=run.contest,
            person=person,
            kind=kind,
            run_id=run.run_id,
            address=self._address(content, known),
            language=language,
            content=content,
        )

    def _address(self, content: Record, known: Record) -> str | None:
        """Nobody is mailed a diploma without a name: the operator has to see to it."""
        nameless = content["person"] is None and content["diploma"] is not None
        return None if nameless else address_of({"email": known.get("email")})

    def _content(self, entry: str, person: str, verdict: Record, language: str) -> dict[str, object]:
        run, known, record = self.run, self.people.person(person), self.people.record(entry)
        outcome = outcome_of(run, verdict, self.rulings, language)
        title = run.result.stage.title.get(language, outcome["stage_title"])
        return {
            "template": "award" if self.kind == DIPLOMA else self.kind,
            "contest": run.about_contest,
            "organisation": run.settings.site.organisation,
            "person": {name: known.get(name) for name in NAMES} if known.get("surname") else None,
            "outcome": outcome | {"facts": _nameless(outcome["facts"]), "stage_title": title},
            "result": _result(record, verdict),
            "nomination": nomination(record),
            "work": record.get("title"),
            "award": record.get("award") if self.kind == DIPLOMA else None,
            "school": known.get("school") or known.get("unit"),
            "region": known.get("region"),
            "corrected": run.correction is not None,
            "public_code": run.code(entry),
            "phone": known.get("phone"),
            "admission": None,
            "admission_reason": None,
            "diploma": None if self.kind == REFUSAL else self._document(entry, person),
        }

    def _document(self, entry: str, person: str) -> dict[str, object]:
        run = self.run
        code = run.diploma_code("/".join((self.kind, run.stage, entry, person)) + run.version)
        number = f"{run.contest}-{run.rulebook.edition}-{code}".upper()
        return {"kind": self.kind, "number": number, "date": run.date, "clause": self.clause}


def _write(run: Consequence, entries: pl.DataFrame, kind: str, clause: str) -> None:
    desk = _Desk(run, kind, clause, people_of(run), rulings_of(run))
    known = run.last_verdicts().join(entries, on="entry", how="semi", maintain_order="left")
    unjudged = _unjudged(run, entries.join(known, on="entry", how="anti"))
    verdicts = pl.concat([known, unjudged.select(known.columns)])
    if run.correction is not None:  # nobody is written to twice of whom nothing has changed
        verdicts = verdicts.filter(pl.col("entry").is_in(sorted(corrected(run))))
    post(run, list(_letters(desk, verdicts.sort("entry"))), called=f"-{kind}{run.version.replace('/', '-')}")


def _unjudged(run: Consequence, entries: pl.DataFrame) -> pl.DataFrame:
    """Of a stage without steps nobody says anything: whoever came in is in."""
    told = {"verdict": "in", "clause": run.result.stage.clause, "code": "took-part"}
    schema = run.result.decisions.schema
    return entries.select(
        pl.col(name) if name == "entry" else pl.lit(told.get(name), schema[name]).alias(name)
        for name in schema
    )


def _letters(desk: _Desk, verdicts: pl.DataFrame) -> Iterator[NewMessage]:
    written: Counter[str] = Counter()
    for verdict in verdicts.to_dicts():
        entry = str(verdict["entry"])
        for person in desk.people.of(entry):
            written[person] += 1
            yield desk.letter(entry, person, verdict, written[person])


def nomination(record: Record) -> dict[str, str]:
    """What an entry took part in: the columns that say it, as they were written, each value once."""
    told = {str(record[name]): name for name in reversed(PARTS) if record.get(name) is not None}
    return {name: text for text, name in reversed(told.items())}


def _result(record: Record, verdict: Record) -> dict[str, object] | None:
    """Rank and points: of the record while it is in, else of the verdict that put it out."""
    facts = facts_of(verdict)
    found = {"rank": record.get("rank", facts.get("rank")), "score": record.get("score", facts.get("points"))}
    known = any(value is not None for value in found.values())
    return found | {"items": None} if known else None


def _nameless(facts: object) -> dict[str, object]:
    """The figures of a verdict without the other people it speaks of."""
    told = facts if isinstance(facts, Mapping) else {}
    return {name: value for name, value in told.items() if name != "people"}
