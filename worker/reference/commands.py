"""The page of the commands: the help of each."""

from collections.abc import Iterator
from typing import Any

import typer

from worker.cli import app
from worker.reference import markdown

HELP_WIDTH = 100


def commands_page() -> str:
    """The help of every command."""
    root = typer.main.get_command(app)
    intro = (
        "Exit status: 0 done, 1 refused or failed, 2 wrong usage. INSTANT is `2026-02-16 10:00` in the "
        "site's time zone, or with an offset."
    )
    return markdown.page("Commands", intro, *_commands(root, "baiqau"))


def _commands(command: Any, path: str) -> Iterator[str]:
    context = command.make_context(path, [], resilient_parsing=True, terminal_width=HELP_WIDTH)
    yield f"## {path}\n\n```\n{command.get_help(context).strip()}\n```"
    for name, sub in getattr(command, "commands", {}).items():
        yield from _commands(sub, f"{path} {name}")
