"""Markdown: pages, tables and code."""

from collections.abc import Iterable, Sequence

NOTE = "<!-- made by `make reference` from the code: change that, not this -->"


def page(title: str, *parts: str) -> str:
    """A whole page: the title, the note that it is made, and the parts that are not empty."""
    return "\n\n".join((f"# {title}", NOTE, *(part for part in parts if part))) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; what would part its cells is escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: object) -> str:
    """A value in the type of code; nothing where there is none."""
    return f"`{value}`" if str(value) else ""


def codes(values: Iterable[object]) -> str:
    """Each as `code` has it, parted by commas."""
    return ", ".join(code(value) for value in values)
