"""`baiqau mail`: messages, and what a person decides about the doubtful ones."""

from pathlib import Path
from typing import Literal

from jobs.calendar import local
from worker import audit
from worker.clock import SystemClock
from worker.commands.opening import database, opened
from worker.commands.printing import print_table, say
from worker.store import messages
from worker.store.database import open_database


def list_mail(root: Path, states: list[str], *, as_json: bool) -> None:
    """Messages in these states: no address or name is printed, `explain` tells whose a message is."""
    site = opened(root)
    zone = site.settings.site.timezone
    wanted = [state for state in messages.STATES if state in states]
    rows = [
        (row.id, row.contest, row.state, row.attempts, local(row.updated_at, zone), row.reply or "")
        for row in messages.list_messages(database(site), wanted)
    ]
    print_table(("message", "contest", "state", "attempts", "since", "reply"), rows, as_json=as_json)


def resolve_mail(root: Path, message: str, how: Literal["resend", "assume-sent"]) -> None:
    """Carry out the decision and put it on the audit chain."""
    site = opened(root)
    engine, now = open_database(site.database_url), SystemClock().now()
    messages.resolve(engine, message, how, now)
    with engine.begin() as connection:
        audit.record(connection, now, "mail.resolved", {"message": message, "how": how})
    say(f"{message}: {'queued to be sent again' if how == 'resend' else 'taken as sent'}")
