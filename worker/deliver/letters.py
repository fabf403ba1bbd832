"""Messages: everybody who registered is answered once, where their road ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl
from sqlalchemy import Engine

from jobs import pipeline
from jobs.calendar import local
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.regions import region_name
from worker import audit
from worker.deliver.context import OPERATOR, Consequence, Record, facts_of
from worker.deliver.mail.compose import one_address
from worker.deliver.mail.content import plain
from worker.deliver.words import LANGUAGES
from worker.store import messages, publications, requests, runs
from worker.store.messages import MessageRow, NewMessage
from worker.store.publications import Publication
from worker.store.tables import stamp

KIND = "answer"
BY_HAND = "letters-by-hand"
ANNULLED = "annulled"
OF_PARTICIPANTS = ("award", "certificate", "refusal")
"""Templates of letters to participants, of whom a file may tell no more than an id."""
_NAMES = ("surname", "name", "patronymic")


@dataclass(frozen=True)
class Ruling:
    """Who decided, in each language, and on what ground; an empty one was not given."""

    who: Mapping[str, str]
    ground: str


Rulings = Mapping[tuple[str, str], Ruling]  # request and entry


@dataclass(frozen=True)
class _Known:
    """What letters say of people beside their verdicts: their names, their contacts and what was ruled on them."""

    people: Mapping[str, Record]
    contacts: Mapping[str, Record]
    rulings: Rulings


def answers(run: Consequence) -> None:
    """A letter for everyone whom this stage put out; of whom a prize was taken back hears by another."""
    out = _of_people(run, run.last_verdicts().filter(pl.col("verdict") == "out", pl.col("code") != ANNULLED))
    known = _known(run)
    template = {"template": "answer" if run.rulebook.addressed == "families" else "notice"}
    post(run, [_letter(run, verdict, known, template) for verdict in out.to_dicts()])


def _of_people(run: Consequence, out: pl.DataFrame) -> pl.DataFrame:
    """Where the entries are works: of people none of whose works is left, the verdict on the one that came furthest."""
    if run.result.stage.person is None:
        return out
    people = pl.DataFrame(list(run.result.people.items()), schema=["entry", "person"], orient="row")
    left = run.result.standing.join(people, on="entry")["person"]
    gone = out.join(people, on="entry").filter(~pl.col("person").is_in(left.implode()))
    furthest = gone.sort("step", "entry", descending=[True, False]).unique(
        "person", keep="first", maintain_order=True
    )
    return furthest.with_columns(entry="person").drop("person").sort("entry")


def entrants(run: Consequence, draws: Mapping[str, Record], revision: int) -> None:
    """A letter for everyone on a list that is committed to: with their code each checks the list and their ticket.

    `draws`: what the host is told of each draw, by its id.
    """
    known = _known(run)
    letters = []
    for verdict in run.last_verdicts().to_dicts():
        member = _drawn(run, str(verdict["entry"]))
        of = draws[str(member["draw_id"])]
        facts = {"commitment": of["commit"], "at": of["draw_at"], "place": None, "entrants": of["entrants"]}
        extra = {"template": "entrant", "draw": _draw(member, of["group"], facts)}
        letters.append(_letter(run, {**verdict, "verdict": "in"}, known, extra, kind=f"entrant-{revision}"))
    post(run, letters)


def prize_letters(run: Consequence) -> None:
    """A letter with a diploma for whoever has a prize, and one for whoever had it taken back."""
    known = _known(run)
    verdicts = run.last_verdicts()
    clause = [run.rulebook.asks[name].clause for name in run.rulebook.asks_of("annulment")]
    taken = [{**verdict, "clause": clause[0]} for verdict in verdicts.filter(code=ANNULLED).to_dicts()]
    letters = [_prize_letter(run, verdict, known) for verdict in verdicts.filter(verdict="in").to_dicts()]
    letters += [
        _letter(
            run,
            verdict,
            known,
            {"template": "annulled", "ground": facts_of(verdict)["ground"]},
            kind=ANNULLED,
        )
        for verdict in taken
    ]
    post(run, letters)


def _prize_letter(run: Consequence, verdict: Record, known: "_Known") -> NewMessage | None:
    entry = str(verdict["entry"])
    person = run.result.people.get(entry, entry)
    holder = _drawn(run, entry)
    prize = {"number": holder.get("prize") or 1, "name": holder["award"]}
    facts = {"commitment": None, "at": None, "place": holder["rank"], "entrants": holder.get("entrants")}
    named = {
        "code": "diploma-prize" if "draw_id" in holder else "diploma-region-winner",
        "facts": {"prize": prize["name"]},
    }
    extra = {
        "template": "prize",
        "prize": prize,
        "draw": _draw(holder, verdict["group"], facts) if "draw_id" in holder else None,
        "diploma": _diploma(run, person) | {"clause": verdict["clause"], "achievement": named},
    }
    return _letter(run, {**verdict, "entry": person}, known, extra, kind="prize")


def _drawn(run: Consequence, entry: str) -> Record:
    return run.result.standing.row(by_predicate=pl.col("entry") == entry, named=True)


def _draw(member: Record, group: object, facts: Record) -> dict[str, object]:
    named = {language: region_name(str(group), language) for language in LANGUAGES}
    return {"draw_id": member["draw_id"], "group": named, **facts}


def diplomas(run: Consequence) -> None:
    """A letter with a diploma for every winner, with the school or why there is none."""
    known, schools = _known(run), run.schools()
    seated = {str(person["entry"]): person for person in run.result.standing.to_dicts()}
    skipped = _skipped(run, schools)
    letters = []
    for verdict in run.last_verdicts().to_dicts():
        entry = str(verdict["entry"])
        options = skipped.get(entry, [])
        extra = {"template": "diploma", "diploma": _diploma(run, entry), "skipped": options} | _place(
            verdict, seated.get(entry), schools
        )
        letters.append(_letter(run, verdict, known, extra))
    post(run, letters)


def post(run: Consequence, letters: Sequence[NewMessage | None], *, called: str = "") -> None:
    """Queue what is new; what has no address goes to the operator, who has the telephone number, in a list of the
    stage's; `called` tells several lists of one stage apart."""
    kinds = {letter.kind for letter in letters if letter is not None}
    answered = {
        (kind, person)
        for kind in kinds
        for person in messages.people_answered(run.connection, run.contest, kind)
    }
    new = [
        letter for letter in letters if letter is not None and (letter.kind, letter.person) not in answered
    ]
    messages.queue(run.connection, new, run.now)
    by_hand = sorted((letter for letter in new if letter.address is None), key=lambda letter: letter.id)
    if by_hand:
        rows = [_by_hand(letter) for letter in by_hand]
        name = f"by-hand/{run.contest}/{run.rulebook.edition}/{run.stage}/{run.run_id}/{by_hand[0].id}"
        content = run.heading() | {"stage": run.stage + called, "letters": rows}
        run.intend(Publication(name, OPERATOR, run.contest, BY_HAND, content))


def hand_over(engine: Engine, now: datetime) -> int:
    """Give every letter whose mail failed to the operator, once: one publication a contest; returns how many.

    The marks on the messages and the publication are committed together.
    """
    with engine.begin() as connection:
        failed = messages.hand_over(connection, now)
        for _, rows in groupby(failed, key=lambda row: row.contest):
            letters = list(rows)
            publication = _undelivered(letters, now)
            publications.intend(connection, publication, run_id=None, now=now)
            facts = {"publication": publication.id, "messages": len(letters)}
            audit.record(connection, now, "mail.by-hand", facts)
    return len(failed)


def _undelivered(letters: Sequence[MessageRow], now: datetime) -> Publication:
    """Named after its first message: as a message is handed over once, no two of these have one name."""
    contest, name = letters[0].contest, f"undelivered-{stamp(now)[:10]}-{letters[0].id}"
    rows = [_by_hand(letter) | {"fault": letter.reply} for letter in letters]
    content = {"contest": contest, "stage": name, "letters": rows}
    return Publication(f"by-hand/{contest}/{name}", OPERATOR, contest, BY_HAND, content)


def _by_hand(letter: NewMessage | MessageRow) -> dict[str, object]:
    """What the operator needs: of a participant without a name, the id by which the sender knows them."""
    unnamed = letter.content.get("template") in OF_PARTICIPANTS and letter.content.get("person") is None
    told = {"message": letter.id, "participant": letter.person if unnamed else None}
    return {**told, "language": letter.language, "content": letter.content}


def _known(run: Consequence) -> _Known:
    return _Known(_people(run), _contacts(run), rulings_of(run))


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


def rulings_of(run: Consequence) -> Rulings:
    """Who was asked about whom, and the ground that was given; the earliest decision counts. A ruling on a group
    counts for each of its entries."""
    asked = requests.asked_subjects(run.connection, run.contest)
    decided = runs.table(run.connection, "decisions", run.contest).sort("decided_at", descending=True)
    given = decided.select("request_id", "subject", "ground").drop_nulls().iter_rows()
    grounds = {(request, subject): plain(ground) for request, subject, ground in given}
    members, groups = _members(run), run.rulebook.asks_of("group")
    return {
        (request, entry): Ruling(
            {str(language): text for language, text in run.rulebook.asks[each.ask].title.items()},
            grounds.get((request, subject), "").rstrip("."),
        )
        for (request, subject), each in asked.items()
        for entry in (members.get(each.entry, []) if each.ask in groups else [each.entry])
    }


def _members(run: Consequence) -> dict[str, list[str]]:
    """Group to its entries, in the stages that ask about groups."""
    asks = set(run.rulebook.asks_of("group"))
    if not any(step.ask in asks for step in run.result.stage.steps):
        return {}
    pairs = run.result.decisions.select("group", "entry").drop_nulls().unique(maintain_order=True)
    return dict(pairs.group_by("group", maintain_order=True).agg("entry").iter_rows())


def _diploma(run: Consequence, entry: str) -> dict[str, object]:
    number = f"{run.contest}-{run.rulebook.edition}-{run.diploma_code(entry)}".upper()
    return {"number": number, "date": run.date, "clause": _winners_clause(run)}


def _winners_clause(run: Consequence) -> str:
    """The clause of the stage whose people this one takes: there they became winners."""
    stage = run.result.stage
    made = (each for each in run.rulebook.stages if each.id == stage.entries)
    return next(made, stage).clause


def _skipped(run: Consequence, schools: Mapping[str, str]) -> dict[str, list[dict[str, object]]]:
    """Every option that could not be given, with its reason and figures: why this school did not take this child."""
    found: dict[str, list[dict[str, object]]] = {}
    for row in run.result.evidence["skipped"].to_dicts():
        school = schools.get(row["school_id"], row["school_id"])
        known = {"preference": row["preference"], "school": school, "code": row["code"]}
        option = known | {"facts": _figures(run, row)}
        found.setdefault(row["participant"], []).append(option)
    return found


def _figures(run: Consequence, row: Mapping[str, Any]) -> dict[str, object]:
    """The figures of a refused option; where the score did not fall short of the cut-off also what decided."""
    figures = {name: row[name] for name in ("cutoff", "score", "tied") if row[name] is not None}
    if row["by_lot"]:
        return figures | ({"by_lot": True} if _asks_for_lot(run) else {"decided": "order"})
    if row["cutoff"] is None or row["score"] < row["cutoff"]:
        return figures
    return figures | {"decided": "criteria" if row["score"] == row["cutoff"] else "school"}


def _asks_for_lot(run: Consequence) -> bool:
    """Where no lot is asked for, nobody has thrown dice: the order of equals fell as it does."""
    asks = (run.rulebook.asks[step.ask] for step in run.result.stage.steps if step.ask)
    return any(ask.lot for ask in asks)


def _place(verdict: Record, seat: Record | None, schools: Mapping[str, str]) -> dict[str, object]:
    reason = {"code": verdict["code"], "facts": facts_of(verdict), "why": verdict["why"]}
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
    known: _Known,
    extra: Record,
    *,
    kind: str = KIND,
) -> NewMessage | None:
    """None for somebody who never registered: a sheet can carry an id that nobody gave us an address for."""
    entry = str(verdict["entry"])
    contact = known.contacts.get(entry)
    if contact is None:
        return None
    language = str(contact["language"] or "kk")
    return NewMessage(
        id=run.pseudonyms.digest(run.contest, entry, "message", f"{run.rulebook.edition}/{kind}").hex()[:32],
        contest=run.contest,
        person=entry,
        kind=kind,
        run_id=run.run_id,
        address=address_of(contact),
        language=language,
        content={**_content(run, verdict, known, contact, language), **extra},
    )


def _content(
    run: Consequence, verdict: Record, known: _Known, contact: Record, language: str
) -> dict[str, object]:
    """What every letter about a stage may say; a letter of a kind of its own says more."""
    entry = str(verdict["entry"])
    person = known.people.get(entry, {})
    return {
        "contest": run.about_contest,
        "organisation": run.settings.site.organisation,
        "person": {name: person[name] for name in _NAMES} if person.get("surname") else None,
        "outcome": outcome_of(run, verdict, known.rulings, language),
        "result": _result(person, verdict),
        "school": person.get("school"),
        "region": person.get("region"),
        "registered": _registered(run, contact),
        "public_code": run.code(entry),
        "phone": contact["phone"],
        "admission": None,
        "admission_reason": None,
        "diploma": None,
    }


def address_of(contact: Record) -> str | None:
    """None as well for what no relay could be given: such a letter is by hand from the start."""
    email = str(contact["email"] or "")
    try:
        return one_address(email) if email else None
    except BaiqauError:
        return None


def _registered(run: Consequence, contact: Record) -> str | None:
    """The local time of the record that says where the family is answered."""
    feed = FEEDS[run.rulebook.stage(run.rulebook.contact).entries]
    at = contact[feed.own_time] if feed.own_time else None
    return local(at, run.rulebook.timezone) if isinstance(at, datetime) else None


def _result(person: Record, verdict: Record) -> dict[str, object] | None:
    """Rank and points, unless nothing came from the person in this stage: then they are of an earlier one."""
    if "score" not in person or verdict["code"] == "absent":
        return None
    return {name: person.get(name) for name in ("rank", "score", "items")}


def outcome_of(run: Consequence, verdict: Record, rulings: Rulings, language: str) -> dict[str, object]:
    facts = facts_of(verdict)
    ruling = rulings.get((str(facts.get("request")), str(verdict["entry"])))
    return {
        "verdict": verdict["verdict"],
        "stage": run.stage,
        "stage_title": run.result.stage.title["en"],
        "clause": verdict["clause"],
        "code": verdict["code"],
        "facts": facts | (_worded(ruling, language) if ruling else {}),
        "why": verdict["why"],
    }


def _worded(ruling: Ruling, language: str) -> dict[str, object]:
    who: dict[str, object] = {"who": ruling.who[language]}
    return who | ({"ground": ruling.ground} if ruling.ground else {})
