"""`baiqau status`: where everything stands."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.calendar import local
from worker.bootstrap import load_rulebooks
from worker.commands.opening import clock_for, database, opened
from worker.commands.printing import print_json, print_table, say
from worker.schedule.reports import overview
from worker.store import deliveries
from worker.store.deliveries import REFUSED
from worker.store.tables import deliveries as table
from worker.store.tables import instant


def show_status(root: Path, now: str | None, *, as_json: bool) -> None:
    """Stages, deliveries, open requests, letters, publications, and the last refused files."""
    site = opened(root)
    books, engine = load_rulebooks(site), database(site)
    with engine.begin() as connection:
        facts: dict[str, Any] = dict(
            overview(connection, books, clock_for(site, now).now(), site.settings.stages.max_lateness)
        )
        refused = deliveries.find(connection, table.c.state == REFUSED)[-10:]
    facts["refused"] = [
        {"delivery": each.id, "sender": each.sender, "code": each.code, "why": each.why} for each in refused
    ]
    if as_json:
        print_json(facts)
        return
    _print(facts, site.settings.site.timezone)


def _print(facts: Mapping[str, Any], zone: str) -> None:
    stages = [
        (each["contest"], each["stage"], local(instant(each["decided_at"]), zone), each["state"], each["why"])
        for each in facts["stages"]
    ]
    print_table(("contest", "stage", "decided at", "state", "waits for"), stages, as_json=False)
    for name in ("deliveries", "messages", "publications"):
        counted = ", ".join(f"{count} {state}" for state, count in facts[name].items())
        say(f"{name:13} {counted or 'none'}")
    _list("open requests (outbox/requests/)", ("request", "open"), facts["requests"])
    _list("refused files (quarantine/)", ("delivery", "sender", "code", "why"), facts["refused"])


def _list(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        say(f"\n{title}")
        print_table(columns, [[row[name] for name in columns] for row in rows], as_json=False)
