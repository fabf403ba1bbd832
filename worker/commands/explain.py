"""`baiqau explain`: one person's whole story, clause by clause: what an answer to an appeal is made of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from jobs.calendar import local
from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from worker.bootstrap import load_rulebooks
from worker.commands.opening import database, opened
from worker.commands.printing import print_json, say
from worker.pseudonyms import Pseudonyms
from worker.secrets import read_secret
from worker.site import Site
from worker.store import runs
from worker.store.tables import FEED_TABLES, deliveries, instant, messages, verdicts
from worker.store.tables import runs as runs_table

Story = Mapping[str, Any]


class UnknownContest(BaiqauError):
    """The site does not run that contest."""


def explain_person(root: Path, contest: str, person: str, *, as_json: bool) -> bool:
    """Print the story of a participant, given by id or by public code; False where nobody is known by it."""
    site = opened(root)
    books, engine = load_rulebooks(site), database(site)
    if contest not in books:
        raise UnknownContest(f"{contest!r} does not run here; there are {', '.join(books)}.")
    codes = Pseudonyms(read_secret(site.path(site.settings.keys.pseudonyms)))
    with engine.begin() as connection:
        entry = _entry(connection, contest, person, codes)
        story = _story(connection, site, books[contest], entry, codes) if entry else None
    if story is None:
        say(f"{contest}: nobody is known here as {person!r}.")
        return False
    print_json(story) if as_json else _print(story)
    return True


def _entry(connection: Connection, contest: str, person: str, codes: Pseudonyms) -> str | None:
    query = (
        select(verdicts.c.entry)
        .distinct()
        .join_from(verdicts, runs_table)
        .where(runs_table.c.contest == contest)
    )
    known = set(connection.execute(query).scalars())
    if person in known:
        return person
    wanted = person.upper()
    return next((entry for entry in sorted(known) if codes.code(contest, entry) == wanted), None)


def _story(connection: Connection, site: Site, book: Rulebook, entry: str, codes: Pseudonyms) -> Story:
    zone = book.timezone
    return {
        "contest": book.contest,
        "edition": book.edition,
        "rulebook": book.digest,
        "public_code": codes.code(book.contest, entry),
        "records": _records(connection, book, entry, zone),
        "stages": [
            story for stage in book.stages if (story := _stage(connection, book, stage.id, entry, zone))
        ],
        "letters": _letters(connection, book.contest, entry, zone),
        "site": site.settings.site.organisation,
    }


def _records(connection: Connection, book: Rulebook, entry: str, zone: str) -> list[dict[str, str]]:
    """Which files spoke of this person, and in which line."""
    found = []
    for feed, column in (
        ("roster", "iin"),
        ("registrations", "iin"),
        ("sheets", "participant"),
        ("applications", "participant"),
    ):
        table = FEED_TABLES[feed]
        query = (
            select(deliveries.c.received_at, deliveries.c.sender, deliveries.c.id, table.c.line)
            .join_from(table, deliveries)
            .where(
                table.c[column] == entry,
                deliveries.c.contest == book.contest,
                deliveries.c.superseded_by.is_(None),
            )
            .order_by(deliveries.c.received_at, table.c.line)
        )
        for received_at, sender, delivery, line in connection.execute(query):
            at = local(instant(received_at), zone)
            found.append({"feed": feed, "at": at, "sender": sender, "delivery": delivery, "line": str(line)})
    return found


def _stage(connection: Connection, book: Rulebook, name: str, entry: str, zone: str) -> dict[str, Any] | None:
    run = runs.latest(connection, book.contest, name)
    rows = runs.story(connection, run.id, entry) if run else []
    if run is None or not rows:
        return None
    steps = [{key: row[key] for key in ("step", "clause", "verdict", "why")} for row in rows]
    at = local(instant(run.finished_at), zone)
    title = book.stage(name).title["en"]
    return {"stage": name, "title": title, "state": run.state, "at": at, "run": run.id, "steps": steps}


def _letters(connection: Connection, contest: str, entry: str, zone: str) -> list[dict[str, str]]:
    query = select(messages.c.id, messages.c.state, messages.c.updated_at, messages.c.reply).where(
        messages.c.contest == contest, messages.c.person == entry
    )
    return [
        {"message": message, "state": state, "at": local(instant(at), zone), "reply": reply or ""}
        for message, state, at, reply in connection.execute(query)
    ]


def _print(story: Story) -> None:
    say(f"{story['contest']} {story['edition']}, public code {story['public_code']}")
    say(f"rulebook {story['rulebook'][:16]}")
    say("\nWhat came")
    for each in story["records"]:
        say(
            f"  {each['at']}  {each['feed']} from {each['sender']}, delivery {each['delivery']}, line {each['line']}"
        )
    for stage in story["stages"]:
        say(f"\n{stage['title']} ({stage['state']} {stage['at']}, run {stage['run']})")
        for step in stage["steps"]:
            say(f"  cl. {step['clause']:<8} {step['verdict']:<9} {step['why']}")
    for letter in story["letters"]:
        say(f"\nletter {letter['message']}: {letter['state']} {letter['at']} {letter['reply']}".rstrip())
