"""Folders of sheets and keys for tests of the integrity command, and what it wrote of them."""

import csv
import math
import random
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import BaiqauError
from worker.commands.integrity import read_keys, read_sheets, write_tables

KEYS = "variant,item,key\n1,1,A\n1,2,B\n1,3,C\n2,1,A\n2,2,B\n2,3,C\n"


class Desk:
    """A folder of input files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sheets(self, text: str | bytes, name: str = "sheets.csv") -> pl.DataFrame:
        return read_sheets(self._file(name, text))

    def keys(self, text: str | bytes = KEYS, stage: str | None = None) -> pl.DataFrame:
        return read_keys(self._file("keys.csv", text), stage)

    def fault(self, text: str | bytes) -> str:
        with pytest.raises(BaiqauError) as fault:
            self.sheets(text)
        return str(fault.value).removeprefix(f"{self.folder}/")

    def _file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


PAIR = {
    "a": "=1+1", "b": "p2", "variant": "1+2", "same_school": True, "compared": 60, "identical": 58, "eic": 9,
    "eeic": 8, "expected": 0.1 + 0.2, "m4_p": 1.2345678901234567e-11, "gbt_p": 5e-324, "m4_adjusted": math.nan,
    "level": "recommend",
}  # fmt: skip

PERSON = {
    "rte": 0.5, "participant": "p1", "variant": "1", "score": 51, "answered": 60, "minutes": None,
    "flags": ["too-short", "similar"], "gnormed": 1 / 3, "u3": math.nan, "ht": -0.25,
}  # fmt: skip

CLUSTER = {
    "cluster": 1, "size": 3, "edges": 2, "density": 2 / 3, "largest_clique": 2, "clique_exact": False,
    "members": ["p1", "p2", "p 3"],
}  # fmt: skip


def written(out: Path) -> dict[str, list[dict[str, str]]]:
    tables = {
        "pairs": pl.DataFrame([dict(reversed(PAIR.items()))]),
        "people": pl.DataFrame([PERSON]),
        "clusters": pl.DataFrame([CLUSTER]),
        "null": pl.DataFrame({"stratum": [1], "rate": [1e-3]}),
    }
    files = write_tables(out, **tables)
    assert sorted(files) == sorted(out.iterdir())
    return {path.stem: list(csv.DictReader(path.read_text("utf-8").splitlines())) for path in files}


ITEMS = 40


def sat(
    folder: Path, people: int, copied: Mapping[int, int], *, school: int | None = 20
) -> tuple[Path, Path]:
    """Sheets of people who answer by chance, `school` to a school (None: no schools); who copied, and from whom."""
    rng = random.Random(7)
    rows = ["".join(rng.choice("AAABCD") for _ in range(ITEMS)) for _ in range(people)]
    for who, source in copied.items():
        rows[who] = rows[source]
    places = [f",S{at // school},KZ-{10 + at // school % 2}" if school else "" for at in range(people)]
    header = f"id{',school,region' if school else ''},{','.join(f'q{item + 1}' for item in range(ITEMS))}"
    lines = [
        f"IIN{at:06}{place},{','.join(marks)}"
        for at, (place, marks) in enumerate(zip(places, rows, strict=True))
    ]
    sheets, key = folder / "sheets.csv", folder / "key.csv"
    sheets.write_text("\n".join([header, *lines, ""]))
    key.write_text("\n".join(["item,key", *(f"{item + 1},A" for item in range(ITEMS)), ""]))
    return sheets, key


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))
