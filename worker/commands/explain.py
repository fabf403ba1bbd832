"""`baiqau explain`: one person's whole story, clause by clause: what an answer to an appeal is made of."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from jobs.accounts import account_name, accounts_of
from jobs.calendar import local
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.feeds.contract import PERSON
from jobs.rulebook import Rulebook
from worker.bootstrap import load_rulebooks
from worker.commands.opening import database, opened
from worker.commands.printing import print_json, say
from worker.deliver.mail import Letters
from worker.deliver.words import LANGUAGES, Words
from worker.pseudonyms import Pseudonyms
from worker.secrets import read_secret
from worker.site import Site
from worker.store import runs
from worker.store.tables import FEED_TABLES, deliveries, instant, messages, requests, subjects, verdicts
from worker.store.tables import runs as runs_table

Story = Mapping[str, Any]
MOST_LINES = 8  # of a file, printed; `--json` has them all

# The borders of `duration`, beside the time a sheet took where it kept to them.
_LIMITS = {
    "kk": ("кемінде {}:00", "ең көбі {}:00"),
    "ru": ("не менее {}:00", "не более {}:00"),
    "en": ("at least {}:00", "at most {}:00"),
}
_WITHIN_LIMITS = "usual-time"
_OF_SCHOOLS = {"school", "story"}  # figures of verdicts whose sentence names schools


_FIRST = ("roster", "registrations", "sheets", "applications", "participants", "classes")
_NAMING = [
    (feed.name, column)
    for feed in sorted(FEEDS.values(), key=lambda feed: (feed.name not in _FIRST, feed.name))
    for column in feed.key
    if feed.kind(column) == PERSON or (feed.name, column) == ("projects", "project")
]
"""Which feeds speak of a person or a project, and in which column of their key."""


class UnknownContest(BaiqauError):
    """The site does not run that contest."""


class UnknownLanguage(BaiqauError):
    """There are no words in that language."""


@dataclass(frozen=True)
class _Letter:
    """What a letter is worded from."""

    id: str
    language: str
    content: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class _Teller:
    """Tells stories of one contest in one language."""

    connection: Connection
    book: Rulebook
    letters: Letters
    language: str

    @property
    def words(self) -> Words:
        return self.letters.words

    def at(self, stamped: str) -> str:
        """An instant of the database in the contest's own time."""
        return local(instant(stamped), self.book.timezone)


def explain_person(root: Path, contest: str, person: str, *, language: str = "en", as_json: bool) -> bool:
    """Print the story of a participant, given by id or by public code; False where nobody is known by it.

    English has the officials' sentence of each step, with all its figures; kk and ru the words of the letters.
    """
    if language not in LANGUAGES:
        raise UnknownLanguage(f"--lang: {language!r} has no words; choose one of {', '.join(LANGUAGES)}.")
    site = opened(root)
    books, engine = load_rulebooks(site), database(site)
    if contest not in books:
        raise UnknownContest(f"{contest!r} does not run here; there are {', '.join(books)}.")
    codes = Pseudonyms(read_secret(site.path(site.settings.keys.pseudonyms)))
    with engine.begin() as connection:
        teller = _Teller(connection, books[contest], Letters(site.templates), language)
        entries = _entries(connection, contest, person, codes)
        stories = [_story(teller, site, entry, codes) for entry in entries]
    if not stories:
        say(
            "Codes stand in the letters, in outbox/requests/ and in the lists of outbox/public/; "
            "whoever no stage has touched yet has no story."
        )
        say(f"{contest}: nobody is known here as {person!r}.")
        return False
    told = [story | ({} if story["public_code"] == person.upper() else {"entry": entry})
            for story, entry in zip(stories, entries, strict=True)]  # fmt: skip
    _print_all(told, as_json=as_json)
    return True


def _entries(connection: Connection, contest: str, person: str, codes: Pseudonyms) -> list[str]:
    """What stands under that id or public code: a person who sits two subjects has an entry, and a code, in each; so
    has who stands in the results of one stage and in the team of the next, and the author of a project has the
    project."""
    query = (
        select(verdicts.c.entry)
        .distinct()
        .join_from(verdicts, runs_table)
        .where(runs_table.c.contest == contest)
    )
    known = sorted(set(connection.execute(query).scalars()))
    works = _projects(connection, contest, person)
    own = [entry for entry in known if person == entry or person in entry.split("/") or entry in works]
    if own:
        return own
    wanted = person.upper()
    return [entry for entry in known if codes.code(contest, entry) == wanted][:1]


def _projects(connection: Connection, contest: str, person: str) -> set[str]:
    """The projects of an author."""
    table = FEED_TABLES["projects"]
    query = (
        select(table.c.project, table.c.authors)
        .join_from(table, deliveries)
        .where(deliveries.c.contest == contest, deliveries.c.superseded_by.is_(None))
    )
    return {project for project, authors in connection.execute(query) if person in (authors or "").split()}


def _story(teller: _Teller, site: Site, entry: str, codes: Pseudonyms) -> dict[str, Any]:
    book, connection = teller.book, teller.connection
    stages = [story for stage in book.stages if (story := _stage(teller, stage.id, entry))]
    return {
        "contest": book.contest,
        "edition": book.edition,
        "rulebook": book.digest,
        "public_code": codes.code(book.contest, entry),
        "outcome": _outcome(stages),
        "records": _records(connection, book, entry, book.timezone),
        "stages": stages,
        "letters": _letters(teller, entry),
        "site": site.settings.site.organisation,
    }


def _outcome(stages: list[dict[str, Any]]) -> str:
    """What came of it, in one sentence: the first step that put the person out, else the last one."""
    last = stages[-1]
    put_out = [step for step in last["steps"] if step["verdict"] == "out"]
    step = (put_out or last["steps"])[-1]
    where = f"{last['title']}, clause {step['clause']}"
    if put_out:
        return f"Out at {where}: {step['reason']}"
    if last["state"] == "waiting":
        open_steps = [each for each in last["steps"] if each["verdict"] == "undecided"]
        if open_steps and last["steps"][-1]["code"] != "ruled":
            step = open_steps[-1]
            return f"Undecided at {last['title']}, clause {step['clause']}, until people answer: {step['reason']}"
    return f"Still in after {where}: {step['reason']}"


def _records(connection: Connection, book: Rulebook, entry: str, zone: str) -> list[dict[str, str]]:
    """Which files spoke of this person, and in which line."""
    found = []
    named = [entry, *entry.split("/")]
    for feed, column in _NAMING:
        table = FEED_TABLES[feed]
        query = (
            select(deliveries.c.received_at, deliveries.c.sender, deliveries.c.id, table.c.line)
            .join_from(table, deliveries)
            .where(
                table.c[column].in_(named),
                deliveries.c.contest == book.contest,
                deliveries.c.superseded_by.is_(None),
            )
            .order_by(deliveries.c.received_at, table.c.line)
        )
        for received_at, sender, delivery, line in connection.execute(query):
            at = local(instant(received_at), zone)
            found.append({"feed": feed, "at": at, "sender": sender, "delivery": delivery, "line": str(line)})
    return found


def _stage(teller: _Teller, name: str, entry: str) -> dict[str, Any] | None:
    book = teller.book
    run = runs.latest(teller.connection, book.contest, name)
    if run is None:
        return None
    rows = [
        {"about": each if each != entry else "", **row}
        for each in (entry, *_works(teller, name, entry))
        for row in runs.story(teller.connection, run.id, each)
    ]
    if not rows:
        return None
    return {
        "stage": name,
        "title": teller.words.stage(
            teller.language, book.contest, name, book.stage(name).title[teller.language]
        ),
        "state": run.state,
        "at": teller.at(run.finished_at),
        "run": run.id,
        "steps": [_step(teller, name, entry, row) for row in rows],
    }


def _works(teller: _Teller, name: str, person: str) -> list[str]:
    """The works of a person in a stage whose entries are works: those under the person's id or account names."""
    book, stage = teller.book, teller.book.stage(name)
    while stage.entries not in FEED_TABLES:
        stage = book.stage(stage.entries)
    if stage.entries != "works":
        return []
    people = runs.table(teller.connection, "participants", book.contest).filter(participant=person)
    names = accounts_of(people.rename({"participant": "entry"}), "handles")["name"]
    works = runs.table(teller.connection, "works", book.contest)
    own = works.filter(account_name(pl.col("participant")).is_in(names.implode()))
    return own["work_id"].unique().sort().to_list()


def _step(teller: _Teller, stage: str, entry: str, row: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(row["facts"]) if row["facts"] else {}
    told = {key: row[key] for key in ("about", "step", "clause", "verdict", "code", "why")}
    told["reason"] = _reason(teller, row, facts) + _limit(teller, stage, row)
    ruling = _ruling(teller, stage, entry, str(facts["request"])) if row["code"] == "ruled" else None
    return told | ({"ruling": ruling} if ruling else {})


def _reason(teller: _Teller, row: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The step's words in the language asked for, with each school's name beside its id."""
    if teller.language != "en" and row["code"] in teller.words.reasons:
        return teller.words.reason(teller.language, row["code"], facts)
    return _with_names(teller, str(row["why"])) if _OF_SCHOOLS & facts.keys() else str(row["why"])


def _with_names(teller: _Teller, why: str) -> str:
    """Schools stand in a sentence as `id:`; of several lists of quotas the newest names a school."""
    quotas = FEED_TABLES["quotas"]
    query = (
        select(quotas.c.school_id, quotas.c.school)
        .join_from(quotas, deliveries)
        .where(deliveries.c.contest == teller.book.contest)
        .order_by(deliveries.c.number)
    )
    names = {row.school_id: row.school for row in teller.connection.execute(query)}
    return re.sub(r"[^\s:;]+(?=:)", lambda found: _named(found[0], names), why)


def _named(school_id: str, names: Mapping[str, str]) -> str:
    return f"{school_id} ({names[school_id]})" if school_id in names else school_id


def _limit(teller: _Teller, stage: str, row: Mapping[str, Any]) -> str:
    steps = teller.book.stage(stage).steps
    if row["code"] != _WITHIN_LIMITS or not 0 < row["step"] <= len(steps):
        return ""
    given = steps[row["step"] - 1].given
    least, most = _LIMITS[teller.language]
    borders = [
        wording.format(given[key])
        for key, wording in (("shorter_than", least), ("longer_than", most))
        if given.get(key) is not None
    ]
    return f" ({', '.join(borders)})" if borders else ""


def _ruling(teller: _Teller, stage: str, entry: str, request: str) -> dict[str, str] | None:
    """Who decided, when and on what ground; the earliest decision on a subject counts."""
    table = FEED_TABLES["decisions"]
    query = (
        select(table.c.decision, table.c.decided_by, table.c.decided_at, table.c.ground)
        .join_from(
            table,
            subjects,
            (table.c.request_id == subjects.c.request_id) & (table.c.subject == subjects.c.subject),
        )
        .join(requests, requests.c.id == subjects.c.request_id)
        .where(requests.c.id == request, requests.c.stage == stage, subjects.c.entry == entry)
        .order_by(table.c.decided_at, table.c.decided_by)
    )
    found = teller.connection.execute(query.limit(1)).first()
    if found is None:
        return None
    return {
        "request": request,
        "decision": found.decision,
        "decided_by": found.decided_by,
        "decided_at": teller.at(found.decided_at),
        "ground": found.ground or "",
    }


def _letters(teller: _Teller, entry: str) -> list[dict[str, str]]:
    query = select(messages).where(messages.c.contest == teller.book.contest, messages.c.person == entry)
    return [_letter(teller, dict(row)) for row in teller.connection.execute(query).mappings()]


def _letter(teller: _Teller, row: Mapping[str, Any]) -> dict[str, str]:
    content = json.loads(row["content"])
    subject = teller.letters.write(_Letter(row["id"], row["language"], content)).subject
    return {
        "message": row["id"],
        "stage": content["outcome"]["stage"],
        "subject": subject,
        "state": row["state"],
        "at": teller.at(row["updated_at"]),
        "reply": row["reply"] or "",
    }


def _print_all(stories: Sequence[Story], *, as_json: bool) -> None:
    if as_json:
        print_json(stories[0] if len(stories) == 1 else {"entries": stories})
        return
    for number, story in enumerate(stories):
        if number:
            say("")
        _print(story)


def _print(story: Story) -> None:
    say(story["outcome"])
    entry = f", {story['entry']}" if "/" in story.get("entry", "") else ""
    say(f"{story['contest']} {story['edition']}{entry}, public code {story['public_code']}")
    say(f"rulebook {story['rulebook'][:16]}")
    say("\nWhat came")
    for (at, feed, sender, delivery), lines in _by_file(story["records"]).items():
        say(f"  {at}  {feed} from {sender}, delivery {delivery}, line {', '.join(lines)}")
    for stage in story["stages"]:
        say(f"\n{stage['title']} ({stage['state']} {stage['at']}, run {stage['run']})")
        for step in stage["steps"]:
            _print_step(step)
    for letter in story["letters"]:
        say(f"\nletter {letter['message']} about {letter['stage']}: “{letter['subject']}”")
        say(f"  {letter['state']} {letter['at']} {letter['reply']}".rstrip())


def _by_file(records: Sequence[Mapping[str, str]]) -> dict[tuple[str, str, str, str], list[str]]:
    """The lines of each file, of many the first and how many there are."""
    files: dict[tuple[str, str, str, str], list[str]] = {}
    for each in records:
        file = (each["at"], each["feed"], each["sender"], each["delivery"])
        files.setdefault(file, []).append(each["line"])
    return {
        file: lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"… ({len(lines)} lines)"]
        for file, lines in files.items()
    }


def _print_step(step: Mapping[str, Any]) -> None:
    about = f"{step['about']}: " if step["about"] else ""
    say(f"  cl. {step['clause']:<8} {step['verdict']:<9} {about}{step['reason']}")
    if ruling := step.get("ruling"):
        ground = f", on the ground: {ruling['ground']}" if ruling["ground"] else ", no ground written"
        say(
            f"      {ruling['decision']}: {ruling['decided_by']}, {ruling['decided_at']}{ground} ({ruling['request']})"
        )
