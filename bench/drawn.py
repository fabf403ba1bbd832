"""Tables of contests whose cases have a format of their own, drawn at random with a seed."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from jobs.feeds import FEEDS

REGIONS = ["KZ-11", "KZ-15", "KZ-19", "KZ-31", "KZ-33", "KZ-39", "KZ-43", "KZ-59", "KZ-61", "KZ-10", "KZ-62"]
TITLES = ["мұғалім", "математика мұғалімі", "сынып жетекші", "учитель физики", "директордың орынбасары"]
SEED = 99


def _table(feed: str, **cells: pl.Series | pl.Expr | str | int | bool | datetime) -> pl.DataFrame:
    """Rows of a feed with the types of its contract; a column nobody gives is null."""
    series = {name: cell for name, cell in cells.items() if isinstance(cell, pl.Series)}
    frame = pl.DataFrame(series)
    others = {
        name: cell if isinstance(cell, pl.Expr) else pl.lit(cell)
        for name, cell in cells.items()
        if name not in series
    }
    whole = frame.with_columns(**others)
    columns = FEEDS[feed].columns
    empty = [pl.lit(None).alias(name) for name in columns if name not in whole.columns]
    return whole.with_columns(empty).select(pl.col(name).cast(spec.dtype) for name, spec in columns.items())


def _names(start: str, count: int) -> pl.Series:
    return pl.Series([f"{start}{number:07d}" for number in range(count)])


def _one_of(draw: np.random.Generator, values: list[str], count: int) -> pl.Series:
    return pl.Series(values).gather(draw.integers(0, len(values), count))


def _times(draw: np.random.Generator, start: datetime, days: int, count: int) -> pl.Series:
    seconds = pl.Series(draw.integers(0, days * 86400, count) * 1_000_000)
    return (pl.lit(start) + seconds.cast(pl.Duration("us"))).pipe(lambda e: pl.select(e).to_series())


def _people(draw: np.random.Generator, count: int) -> pl.DataFrame:
    names = _names("T", count)
    titles = _one_of(np.random.default_rng(SEED), TITLES, count)  # of one title for all polars looks at one
    return _table(
        "participants", participant=names, surname="Үлгі", name="Мұғалім", position=titles, handles=names,
        region=_one_of(draw, REGIONS, count), civil_servant=False, manager=False, procurement=False,
    )  # fmt: skip


def _works(draw: np.random.Generator, count: int, start: datetime, days: int) -> dict[str, pl.Series]:
    middles = {"likes": 5, "comments": 2, "shares": 3, "adds": 2}
    counts = {
        name: pl.Series(draw.lognormal(at, 1.5, count).astype(np.int64)) for name, at in middles.items()
    }
    return {"participant": _names("T", count), "posted_at": _times(draw, start, days, count), **counts}


def innovator(count: int) -> dict[str, pl.DataFrame]:
    draw = np.random.default_rng(SEED)
    people = _people(draw, count)
    hashtags = people["region"].cast(pl.String).replace_strict(_hashtags())
    works = _table(
        "works", work_id=_names("W", count), **_works(draw, count, datetime(2025, 3, 27, tzinfo=UTC), 45),
        platform="instagram", post=_names("P", count), duration_ms=240_000, approved=True,
        hashtags=hashtags, scraped_at=datetime(2025, 5, 12, 7, tzinfo=UTC),
    )  # fmt: skip
    return {"participants": people, "works": works}


def _hashtags() -> dict[str, str]:
    """The hashtag of each region as the rulebook has it."""
    rulebook = Path(__file__).parent.parent / "contests" / "bilimclass-innovator.toml"
    values: dict[str, str] = tomllib.loads(rulebook.read_text(encoding="utf-8"))["lookup"]["region_hashtag"][
        "values"
    ]
    return values


def curator(count: int) -> dict[str, pl.DataFrame]:
    draw = np.random.default_rng(SEED)
    pupils = pl.Series(draw.integers(10, 30, count))
    classes = _table(
        "classes", participant=_names("T", count), region=_one_of(draw, REGIONS, count), grade=5, **{"class": "А"},
        pupils=pupils, connected=pl.Series(draw.integers(5, 11, count)),
        applied_at=_times(draw, datetime(2025, 3, 27, tzinfo=UTC), 45, count),
    )  # fmt: skip
    return {"participants": _people(draw, count), "classes": classes}


def best_sor(count: int) -> dict[str, pl.DataFrame]:
    draw = np.random.default_rng(SEED)
    works = _table(
        "works", work_id=_names("W", count), **_works(draw, count, datetime(2020, 10, 2, tzinfo=UTC), 22),
        post=_names("P", count), approved=True, scraped_at=datetime(2020, 10, 23, 12, tzinfo=UTC),
    )  # fmt: skip
    return {"participants": _people(draw, count), "works": works}


def myn_bala(count: int) -> dict[str, pl.DataFrame]:
    """Registration alone: bench/integrity.py and bench/admission.py have the stages after it."""
    draw = np.random.default_rng(SEED)
    iins = pl.Series([f"140305{5}{number % 10000:04d}{number // 10000:05d}" for number in range(count)])
    roster = _table(
        "roster", iin=iins, surname="Үлгі", name="Оқушы", school_id="S1", school="Мектеп", grade=6,
        region=_one_of(draw, REGIONS, count), locality="rural", language="kk",
    )  # fmt: skip
    registrations = _table(
        "registrations", iin=iins, guardian_iin=f"850917{4}00018", phone="+77000000000", phone_confirmed=True,
        language="kk", consent=True, registered_at=_times(draw, datetime(2026, 1, 14, tzinfo=UTC), 32, count),
    )  # fmt: skip
    return {"roster": roster, "registrations": registrations}


DRAWN: Mapping[str, Callable[[int], dict[str, pl.DataFrame]]] = {
    "best-sor": best_sor,
    "bilimclass-curator": curator,
    "bilimclass-innovator": innovator,
    "myn-bala": myn_bala,
}
