"""`baiqau mail`: messages, and what a person decides about the doubtful ones."""

from pathlib import Path
from typing import Literal

import typer

from jobs.calendar import local
from worker.clock import SystemClock
from worker.commands.opening import database, opened
from worker.commands.printing import print_table, say
from worker.store import messages
from worker.store.database import open_database
from worker.store.messages import MessageRow


def list_mail(root: Path, states: list[str] | None, *, as_json: bool) -> None:
    """Messages in these states; None: those that need a person. No address or name is printed, `explain` tells
    whose a message is. typer.BadParameter where a state is none.
    """
    _check_states(states or [])
    site = opened(root)
    zone = site.settings.site.timezone
    rows = [
        (row.id, row.contest, row.state, row.attempts, local(row.updated_at, zone), row.reply or "")
        for row in messages.list_messages(database(site))
        if (_needs_a_person(row) if states is None else row.state in states)
    ]
    print_table(("message", "contest", "state", "attempts", "since", "reply"), rows, as_json=as_json)


def _check_states(states: list[str]) -> None:
    if unknown := [state for state in states if state not in messages.STATES]:
        raise typer.BadParameter(
            f"{unknown[0]!r} is no state; there are {', '.join(messages.STATES)}.", param_hint="--state"
        )


def _needs_a_person(row: MessageRow) -> bool:
    """What stands still, and what is put off again and again, or because the relay cannot be used."""
    if row.state == "deferred":
        return row.attempts != 1 or (row.reply or "").startswith("the relay ")
    return row.state in ("uncertain", "failed")


def resolve_mail(root: Path, message: str, how: Literal["resend", "assume-sent"]) -> None:
    """Carry out the decision; it is on the audit chain with it."""
    site = opened(root)
    messages.resolve(open_database(site.database_url), message, how, SystemClock().now())
    say(f"{message}: {'queued to be sent again' if how == 'resend' else 'taken as sent'}")
