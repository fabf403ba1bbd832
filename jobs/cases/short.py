"""What a case writes short: several people, numbers and rows in one text."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

_NUMBER = re.compile(r"\d+")


def spelled_out(text: str) -> list[str]:
    """p01..p03 as p01, p02, p03 and 9..7 as 9, 8, 7: two texts that differ in numbers only, with those between them;
    numbers that change run together ("9A 1B..7A 3B"). Any other text as itself."""
    first, _, last = text.partition("..")
    if _NUMBER.split(first) != _NUMBER.split(last):
        return [text]
    runs = list(map(_run, _NUMBER.findall(first), _NUMBER.findall(last)))
    length = max(map(len, runs), default=1)
    if any(len(run) not in (1, length) for run in runs):
        return [text]
    columns = [run * length if len(run) == 1 else run for run in runs]
    return ["".join(_interleaved(_NUMBER.split(first), each)) for each in zip(*columns, strict=True)]


def _run(first: str, last: str) -> list[str]:
    """The numbers from one to another, as wide as they are where they begin with 0."""
    width = len(first) if "0" in (first[0], last[0]) else 1
    step = 1 if int(first) <= int(last) else -1
    return [f"{number:0{width}d}" for number in range(int(first), int(last) + step, step)]


def _interleaved(between: Sequence[str], numbers: Sequence[str]) -> Iterator[str]:
    for text, number in zip_longest(between, numbers, fillvalue=""):
        yield from (text, number)


def aliases(who: Any) -> list[str]:
    listed = who if isinstance(who, list) else [] if who is None else [who]
    return [alias for each in listed for alias in spelled_out(str(each))]


def as_rows(written: Any) -> list[dict[str, Any]]:
    """The rows of a feed, p01, p02 … standing for lists in order."""
    listed = [{"in_order": written}] if isinstance(written, dict) else written
    return [row for each in listed for row in _in_order(each)]


def _in_order(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "in_order" not in row:
        yield row
        return
    same = {name: cell for name, cell in row.items() if name != "in_order"}
    columns = {name: all_cells(cells) for name, cells in row["in_order"].items() if isinstance(cells, list)}
    same |= {name: cell for name, cell in row["in_order"].items() if name not in columns}
    for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
        yield {"who": f"p{number:02d}", **same, **dict(zip(columns, cells, strict=True))}


def all_cells(cells: list[Any]) -> list[Any]:
    """The cells of a list; a text such as "1..40" as all that it stands for."""
    parts = (spelled_out(cell) if isinstance(cell, str) else [cell] for cell in cells)
    return [cell for part in parts for cell in part]


def as_text(value: object) -> str:
    """A cell as a file has it; times as TOML reads them are written with a space, as people do."""
    return str(int(value)) if isinstance(value, bool) else str(value)
