"""Printing tables for people and JSON for programs."""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich import box
from rich.console import Console
from rich.table import Table

WIDE = 200  # where no terminal says how wide it is


def say(text: str) -> None:
    """A line to standard output."""
    typer.echo(text)


def print_json(value: object) -> None:
    """JSON to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, as_json: bool) -> None:
    """Rows under headings; as JSON a list of objects."""
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    width = None if sys.stdout.isatty() else WIDE
    Console(width=width, highlight=False).print(table)


def print_summary(summary: object, *, as_json: bool) -> None:
    """A dataclass of counts, files and warnings: a line each."""
    facts = {field.name: getattr(summary, field.name) for field in dataclasses.fields(summary)}  # type: ignore[arg-type]  # a dataclass
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        _print_fact(name, value)


def _print_fact(name: str, value: object) -> None:
    if isinstance(value, tuple):
        for each in value:
            say(f"{'wrote ' if isinstance(each, Path) else 'note: '}{each}")
    elif not isinstance(value, Mapping):
        say(f"{name}: {value}")
