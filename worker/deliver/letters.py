"""Messages: everybody who registered is answered once, where their road ends."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import polars as pl

from jobs import pipeline
from worker.deliver.context import OPERATOR, Consequence, Record
from worker.store import messages, runs
from worker.store.messages import NewMessage
from worker.store.publications import Publication

KIND = "answer"
BY_HAND = "letters-by-hand"
_NAMES = ("surname", "name", "patronymic")


def answers(run: Consequence) -> None:
    """A letter for everyone whom this stage put out."""
    out = run.last_verdicts().filter(pl.col("verdict") == "out")
    people, contacts = _people(run), _contacts(run)
    _queue(
        run, [_letter(run, verdict, people, contacts, {"template": "answer"}) for verdict in out.to_dicts()]
    )


def diplomas(run: Consequence) -> None:
    """A letter with a diploma for every winner, with the school or why there is none."""
    people, contacts, schools = _people(run), _contacts(run), run.schools()
    seated = {str(person["entry"]): person for person in run.result.standing.to_dicts()}
    skipped = _skipped(run, schools)
    letters = []
    for verdict in run.last_verdicts().to_dicts():
        entry = str(verdict["entry"])
        options = skipped.get(entry, [])
        extra = {"template": "diploma", "diploma": _diploma(run, entry), "skipped": options} | _place(
            verdict, seated.get(entry), schools
        )
        letters.append(_letter(run, verdict, people, contacts, extra))
    _queue(run, letters)


def _queue(run: Consequence, letters: Sequence[NewMessage | None]) -> None:
    """Queue what is new; what has no address goes to the operator, who has the telephone number."""
    answered = messages.people_answered(run.connection, run.contest, KIND)
    new = [letter for letter in letters if letter is not None and letter.person not in answered]
    messages.queue(run.connection, new, run.now)
    by_hand = sorted((letter for letter in new if letter.address is None), key=lambda letter: letter.id)
    if by_hand:
        rows = [
            {"message": letter.id, "language": letter.language, "content": letter.content}
            for letter in by_hand
        ]
        name = f"by-hand/{run.contest}/{run.rulebook.edition}/{run.stage}"
        content = run.heading() | {"stage": run.stage, "letters": rows}
        run.intend(Publication(name, OPERATOR, run.contest, BY_HAND, content))


def _people(run: Consequence) -> dict[str, Record]:
    """What is known of everyone: from the earliest stage that matched them to this one, the newest last."""
    known: dict[str, Record] = {}
    for stage in run.rulebook.stages:
        last = runs.latest(run.connection, run.contest, stage.id)
        if last is not None and last.id != run.run_id:
            for person in runs.standing(run.connection, last).to_dicts():
                known[str(person["entry"])] = {**known.get(str(person["entry"]), {}), **person}
    return known


def _contacts(run: Consequence) -> dict[str, Record]:
    """Address and language of everyone, from the record that counts in the rulebook's `contact` stage."""
    stage = run.rulebook.stage(run.rulebook.contact)
    table = runs.table(run.connection, stage.entries, run.contest)
    records, _ = pipeline.own_entries(run.rulebook, stage, table)
    return {str(record["entry"]): record for record in records.to_dicts()}


def _diploma(run: Consequence, entry: str) -> dict[str, object]:
    number = f"{run.contest}-{run.rulebook.edition}-{run.code(entry)}".upper()
    return {"number": number, "date": run.date}


def _skipped(run: Consequence, schools: Mapping[str, str]) -> dict[str, list[dict[str, object]]]:
    """Every option that could not be given, with its reason and figures: why this school did not take this child."""
    found: dict[str, list[dict[str, object]]] = {}
    for row in run.result.evidence["skipped"].to_dicts():
        figures = {name: row[name] for name in ("cutoff", "score", "tied", "by_lot") if row[name] is not None}
        school = schools.get(row["school_id"], row["school_id"])
        option = {"preference": row["preference"], "school": school, "code": row["code"], "facts": figures}
        found.setdefault(row["participant"], []).append(option)
    return found


def _place(verdict: Record, seat: Record | None, schools: Mapping[str, str]) -> dict[str, object]:
    reason = {"code": verdict["code"], "facts": _facts(verdict), "why": verdict["why"]}
    if seat is None:
        return {"admission": None, "admission_reason": reason}
    place = {
        "school_id": seat["award"],
        "school": schools[str(seat["award"])],
        "language": seat["school_language"],
        "boarding": bool(seat["boarding"]),
        "preference": seat["preference"],
    }
    return {"admission": place, "admission_reason": reason}


def _letter(
    run: Consequence,
    verdict: Record,
    people: Mapping[str, Record],
    contacts: Mapping[str, Record],
    extra: Record,
) -> NewMessage | None:
    """None for somebody who never registered: a sheet can carry an id that nobody gave us an address for."""
    entry = str(verdict["entry"])
    contact = contacts.get(entry)
    if contact is None:
        return None
    person = people.get(entry, {})
    content = {
        "contest": {
            "id": run.contest,
            "edition": run.rulebook.edition,
            "title": dict(run.rulebook.title),
            "regulation": run.rulebook.regulation,
        },
        "organisation": run.settings.site.organisation,
        "person": {name: person[name] for name in _NAMES} if person.get("surname") else None,
        "outcome": _outcome(run, verdict),
        "result": _result(person, verdict),
        "school": person.get("school"),
        "region": person.get("region"),
        "public_code": run.code(entry),
        "phone": contact["phone"],
        "admission": None,
        "admission_reason": None,
        "diploma": None,
        **extra,
    }
    return NewMessage(
        id=hashlib.sha256(
            f"{run.contest}/{run.rulebook.edition}/{run.code(entry)}/{KIND}".encode()
        ).hexdigest()[:24],
        contest=run.contest,
        person=entry,
        kind=KIND,
        run_id=run.run_id,
        address=str(contact["email"]) if contact["email"] else None,
        language=str(contact["language"]),
        content=content,
    )


def _result(person: Record, verdict: Record) -> dict[str, object] | None:
    """Rank and points, unless nothing came from the person in this stage: then they are of an earlier one."""
    if "score" not in person or verdict["code"] == "absent":
        return None
    return {name: person.get(name) for name in ("rank", "score", "items")}


def _outcome(run: Consequence, verdict: Record) -> dict[str, object]:
    return {
        "verdict": verdict["verdict"],
        "stage": run.stage,
        "stage_title": run.result.stage.title["en"],
        "clause": verdict["clause"],
        "code": verdict["code"],
        "facts": _facts(verdict),
        "why": verdict["why"],
    }


def _facts(verdict: Record) -> dict[str, object]:
    found: dict[str, object] = json.loads(str(verdict["facts"])) if verdict["facts"] else {}
    return found
