"""`baiqau status`: where everything stands, and who has to do what where."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from jobs.calendar import local
from jobs.feeds import FEEDS
from jobs.pipeline import speaks_of
from jobs.rulebook import Rulebook, Stage
from worker.bootstrap import load_rulebooks
from worker.commands.opening import clock_for, database, opened
from worker.commands.printing import print_json, print_table, say
from worker.deliver import questions
from worker.schedule.reports import overview
from worker.settings import Sender
from worker.site import Site
from worker.store import deliveries, requests, runs
from worker.store.deliveries import REFUSED
from worker.store.requests import Request
from worker.store.tables import deliveries as table
from worker.store.tables import instant, messages

LOOK_AT = ("deferred", "failed", "uncertain")  # states of letters that a person may want to look at
DECISIONS = "decisions"
SHEET = "request.xlsx"


def show_status(root: Path, now: str | None, *, as_json: bool) -> None:
    """Stages, what they wait for, deliveries, open requests, letters, publications, and the last refused files."""
    site = opened(root)
    books, engine = load_rulebooks(site), database(site)
    with engine.begin() as connection:
        facts: dict[str, Any] = dict(
            overview(connection, books, clock_for(site, now).now(), site.settings.stages.max_lateness)
        )
        refused = deliveries.find(connection, table.c.state == REFUSED)[-10:]
        for stage in facts["stages"]:
            stage["act"] = _acts(connection, site, books[stage["contest"]], stage)
        facts["relay"] = _relay_trouble(connection)
    facts["refused"] = [
        {"delivery": each.id, "sender": each.sender, "code": each.code, "why": each.why} for each in refused
    ]
    facts["look_at"] = _mail_to_look_at(site, facts["messages"])
    if as_json:
        print_json(facts)
        return
    _print(facts, site.settings.site.timezone)


# ---- who has to act ----


def _acts(connection: Connection, site: Site, book: Rulebook, stage: Mapping[str, str]) -> list[str]:
    """A sentence for each thing a person has to do before the stage goes on."""
    if stage["state"] == "blocked":
        awaited = _awaited(connection, book, book.stage(stage["stage"]))
        return [_file_wanted(site, book.contest, feed) for feed in awaited]
    if stage["state"] == "waiting":
        open_requests = requests.open_requests(connection, book.contest)
        return [
            _answer_wanted(site, request, left)
            for request, left in open_requests
            if request.stage == stage["stage"]
        ]
    return []


def _awaited(connection: Connection, book: Rulebook, stage: Stage) -> list[str]:
    """The feeds of which nothing has come that speaks of this stage."""
    return [
        feed
        for feed in sorted(stage.feeds)
        if runs.table(connection, feed, book.contest).filter(speaks_of(stage, FEEDS[feed].columns)).is_empty()
    ]


def _file_wanted(site: Site, contest: str, feed: str) -> str:
    places = _places(site, contest, lambda sender: feed in sender.feeds)
    if not places:
        return f"{feed}: no sender may drop it for {contest}; add it to a sender's feeds in settings.toml"
    return f"{feed}: a file is awaited in {' or '.join(places)}"


def _answer_wanted(site: Site, request: Request, left: int) -> str:
    sheet = site.outbox / questions.RECIPIENT / request.contest / request.id / SHEET
    places = _places(
        site,
        request.contest,
        lambda sender: (
            DECISIONS in sender.feeds and (sender.answers is None or request.ask in sender.answers)
        ),
    )
    asked = f"{request.id}: {left} to decide by {request.ask}: fill in {_within(site, sheet)}"
    if not places:
        return f"{asked}; no sender may answer it: give one the feed {DECISIONS} in settings.toml"
    return f"{asked} and drop it in {' or '.join(places)}"


def _places(site: Site, contest: str, may: Callable[[Sender], bool]) -> list[str]:
    """The folders of the inbox of those senders of the contest who may."""
    senders = site.settings.senders.items()
    return [
        f"{_within(site, site.inbox / name / contest)}/"
        for name, sender in senders
        if contest in sender.contests and may(sender)
    ]


def _within(site: Site, path: Path) -> str:
    return str(path.relative_to(site.root))


def _relay_trouble(connection: Connection) -> str | None:
    """The newest deferred letter's reply, where it is about the relay and not about the letter."""
    query = select(messages.c.reply).where(messages.c.state == "deferred")
    reply = connection.execute(query.order_by(messages.c.updated_at.desc()).limit(1)).scalar()
    return str(reply) if reply and str(reply).startswith("the relay ") else None


def _mail_to_look_at(site: Site, counted: Mapping[str, int]) -> str | None:
    """The command that lists the letters that did not leave as they should."""
    states = [state for state in LOOK_AT if counted.get(state)]
    wanted = "".join(f" --state {state}" for state in states)
    return f"baiqau mail list{wanted} --site {site.root}" if states else None


# ---- printing ----


def _print(facts: Mapping[str, Any], zone: str) -> None:
    stages = [
        (each["contest"], each["stage"], local(instant(each["decided_at"]), zone), each["state"], each["why"])
        for each in facts["stages"]
    ]
    print_table(("contest", "stage", "decided at", "state", "waits for"), stages, as_json=False)
    _say_acts(facts["stages"])
    for name in ("deliveries", "messages", "publications"):
        counted = ", ".join(f"{count} {state}" for state, count in facts[name].items())
        say(f"{name:13} {counted or 'none'}")
    _list("open requests (outbox/requests/)", ("request", "open"), facts["requests"])
    _list("refused files (quarantine/)", ("delivery", "sender", "code", "why"), facts["refused"])
    _say_mail(facts)


def _say_acts(stages: Iterable[Mapping[str, Any]]) -> None:
    waited = [(stage["stage"], act) for stage in stages for act in stage["act"]]
    if waited:
        say("to do")
        for stage, act in waited:
            say(f"  {stage}: {act}")
        say("")


def _say_mail(facts: Mapping[str, Any]) -> None:
    if facts["relay"]:
        say(f"\nno letter leaves: {facts['relay']}")
    if facts["look_at"]:
        counts = ", ".join(
            f"{facts['messages'][state]} {state}" for state in LOOK_AT if facts["messages"].get(state)
        )
        say(f"letters to look at: {counts}; see them with: {facts['look_at']}")


def _list(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        say(f"\n{title}")
        print_table(columns, [[row[name] for name in columns] for row in rows], as_json=False)
