"""Small tables for tests: rows as people would name them, every unimportant column filled in and typed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import settings

from jobs.calendar import instant
from jobs.feeds import FEEDS
from jobs.iin import control_digit
from jobs.rulebook import Rulebook, load

ROOT = Path(__file__).resolve().parents[2]
MYN_BALA = ROOT / "contests" / "myn-bala.toml"
ZONE = "Asia/Almaty"
ITEMS = 40
NOON = datetime(2026, 2, 20, 7, 0, tzinfo=UTC)

Row = Mapping[str, Any]


@cache
def rulebook() -> Rulebook:
    """Myn Bala's rulebook as it stands in contests/."""
    return load(MYN_BALA.read_text(encoding="utf-8"), MYN_BALA.name)


def iin_of(alias: str, born: str = "140305", century: str = "5") -> str:
    """A right IIN for an invented person, the same for the same alias, made up of nobody's data."""
    start = sum(ord(letter) * 31**at for at, letter in enumerate(alias)) % 10_000
    for step in range(10_000):
        first = f"{born}{century}{(start + step) % 10_000:04d}"
        digit = control_digit(first)
        if digit is not None:
            return f"{first}{digit}"
    raise AssertionError("every serial number has no control digit")


def adult_iin_of(alias: str) -> str:
    return iin_of(f"{alias}'s guardian", born="850917", century="4")


def at(text: str) -> datetime:
    """An instant written in Almaty's time."""
    return instant(text, ZONE)


def table(feed: str, rows: Iterable[Row]) -> pl.DataFrame:
    """Rows of a feed with the types of its contract; a column nobody gives is null."""
    schema = {name: column.dtype for name, column in FEEDS[feed].columns.items()}
    listed = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(listed, schema=schema, orient="row")


def pupil(iin: str, **given: Any) -> dict[str, Any]:
    """A row of the ministry's list."""
    return {
        "iin": iin,
        "surname": "Үлгі",
        "name": "Оқушы",
        "school_id": f"school of {iin}",
        "school": "Ауыл мектебі",
        "grade": 6,
        "class": "6А",
        "region": "75",
        "locality": "rural",
        "language": "kk",
    } | given


def registration(iin: str, **given: Any) -> dict[str, Any]:
    return {
        "iin": iin,
        "guardian_iin": adult_iin_of(iin),
        "phone": "+77000000000",
        "phone_confirmed": True,
        "language": "kk",
        "consent": True,
        "registered_at": at("2026-01-20 12:00"),
    } | given


def sheet(participant: str, answers: str, **given: Any) -> dict[str, Any]:
    """A sheet of an hour, unless `seconds` or the moments say otherwise."""
    started = given.get("started_at", NOON)
    seconds = given.pop("seconds", 3600)
    finished = started + timedelta(seconds=seconds) if started is not None and seconds is not None else None
    return {
        "participant": participant,
        "stage": "stage-1",
        "variant": "1",
        "answers": answers,
        "finished_at": finished,
        "started_at": started,
    } | given


def key_rows(key: str, stage: str = "stage-1", variant: str = "1") -> list[dict[str, Any]]:
    return [
        {"stage": stage, "variant": variant, "item": item, "key": letter}
        for item, letter in enumerate(key, start=1)
    ]


def entries_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Sheets as a stage hands them to its jobs."""
    return table("sheets", rows).with_columns(entry=pl.col("participant"))


def quota(school_id: str, **given: Any) -> dict[str, Any]:
    return {"school_id": school_id, "school": f"Мектеп {school_id}", "intake": 10} | given


def application(participant: str, preference: int, school_id: str, **given: Any) -> dict[str, Any]:
    return {
        "participant": participant,
        "preference": preference,
        "school_id": school_id,
        "submitted_at": at("2026-05-21 10:00"),
    } | given


def spelt(answers: str) -> str:
    """ "36A 4B" as 36 A's and 4 B's, a dot being a blank."""
    return "".join(piece[-1] * int(piece[:-1] or 1) for piece in answers.split())


def verdicts_of(table_: pl.DataFrame) -> dict[str, str]:
    return dict(table_.select("entry", "verdict").iter_rows())


def codes_of(table_: pl.DataFrame) -> dict[str, str]:
    return dict(table_.select("entry", "code").iter_rows())


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=seed)


law = settings(deadline=None, max_examples=60)  # of a property test: machines differ, so no deadline
