"""Tables of the votes and of Myn Bala, drawn with a seed: copies of a case would have one region and one score."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jobs.feeds import FEEDS

REGIONS = ["KZ-11", "KZ-15", "KZ-19", "KZ-31", "KZ-33", "KZ-39", "KZ-43", "KZ-59", "KZ-61", "KZ-10", "KZ-62"]
TITLES = ["мұғалім", "математика мұғалімі", "сынып жетекші", "учитель физики", "директордың орынбасары"]
SEED = 99

Reals = np.ndarray[Any, np.dtype[np.float64]]


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


def made_up_iins(count: int) -> pl.Series:
    """So many different sound IINs of children born in 2014."""
    days = pl.date_range(date(2014, 1, 1), date(2014, 12, 31), "1d", eager=True).dt.strftime("%y%m%d")
    serials = pl.Series([f"5{number:04d}" for number in range(-(-count * 10 // 9 // len(days)) + 50)])
    bodies = pl.DataFrame({"day": days}).join(pl.DataFrame({"serial": serials}), how="cross")
    eleven = bodies.select(pl.concat_str("day", "serial")).to_series()
    digits = np.stack([eleven.str.slice(at, 1).cast(pl.Int64).to_numpy() for at in range(11)], axis=1)
    first, second = (
        digits @ np.arange(1, 12) % 11,
        digits @ np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11,
    )
    control = pl.Series(np.where(first < 10, first, second))
    sound = eleven.to_frame("body").with_columns(control=control).filter(pl.col("control") < 10)
    return sound.select(pl.concat_str("body", "control"))[:count].to_series().alias("iin")


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
    """Pupils in schools of 25, sheets in variants of 5,000: within one variant every pair of sheets is compared, and
    how that grows is the matter of bench/integrity.py."""
    draw = np.random.default_rng(SEED)
    iins = made_up_iins(count)
    schools = pl.Series([f"S{number // 25:06d}" for number in range(count)])
    roster = _table(
        "roster", iin=iins, surname="Үлгі", name="Оқушы", school_id=schools, school="Мектеп", grade=6,
        region=_one_of(draw, REGIONS, count), locality="rural", language="kk",
    )  # fmt: skip
    registrations = _table(
        "registrations", iin=iins, guardian_iin="850917400018", phone="+77000000000", phone_confirmed=True,
        language="kk", consent=True, registered_at=_times(draw, datetime(2026, 1, 14, tzinfo=UTC), 32, count),
    )  # fmt: skip
    ability = draw.standard_normal(count)
    days = {"stage-1": datetime(2026, 2, 20, 5, tzinfo=UTC), "stage-2": datetime(2026, 4, 11, 5, tzinfo=UTC)}
    sat = {stage: _sheets(draw, stage, start, iins, ability) for stage, start in days.items()}
    quotas = _table(
        "quotas", school_id=_names("L", 100), school="Лицей", intake=max(1, count // 1000), language="kk"
    )
    choices = _table(
        "applications", participant=iins, preference=1, language="kk",
        school_id=_one_of(draw, quotas["school_id"].to_list(), count),
        submitted_at=_times(draw, datetime(2026, 5, 21, tzinfo=UTC), 14, count),
    )  # fmt: skip
    return {
        "roster": roster,
        "registrations": registrations,
        "sheets": pl.concat(sheets for sheets, _ in sat.values()),
        "keys": pl.concat(keys for _, keys in sat.values()),
        "quotas": quotas,
        "applications": choices,
    }


ITEMS = 40
A_VARIANT = 5000


def _sheets(
    draw: np.random.Generator, stage: str, start: datetime, people: pl.Series, ability: Reals
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers by the Rasch model, the wrong ones at random; every key is A."""
    count = len(people)
    easy = draw.standard_normal(ITEMS)
    right = draw.random((count, ITEMS)) < 1 / (1 + np.exp(easy - ability[:, None]))
    letters = np.where(right, ord("A"), draw.integers(ord("B"), ord("E"), (count, ITEMS))).astype(np.uint8)
    answers = pl.Series(np.ascontiguousarray(letters).view(f"S{ITEMS}").ravel().astype(str))
    minutes = pl.Series(np.clip(draw.normal(60, 12, count), 20, 160) * 60_000_000).cast(pl.Int64)
    begun = _times(draw, start, 1, count)
    variants = pl.Series([str(number // A_VARIANT + 1) for number in range(count)])
    sheets = _table(
        "sheets", participant=people, stage=stage, variant=variants, started_at=begun,
        finished_at=begun + minutes.cast(pl.Duration("us")), answers=answers,
    )  # fmt: skip
    items = pl.DataFrame({"variant": variants.unique()}).join(
        pl.DataFrame({"item": range(1, ITEMS + 1)}), how="cross"
    )
    return sheets, _table("keys", stage=stage, variant=items["variant"], item=items["item"], key="A")


DRAWN: Mapping[str, Callable[[int], dict[str, pl.DataFrame]]] = {
    "best-sor": best_sor,
    "bilimclass-curator": curator,
    "bilimclass-innovator": innovator,
    "myn-bala": myn_bala,
}
