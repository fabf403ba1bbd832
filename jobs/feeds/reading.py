"""From columns of strings to typed rows: what is accepted, what is refused and why, what was repaired."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from jobs.feeds import contract
from jobs.feeds.cells import DIGITS_LOST, mended_text, tidied, value
from jobs.feeds.contract import Feed
from jobs.feeds.sheets import BLANK
from jobs.regions import region_expr

REFUSED_SCHEMA = {"line": pl.Int64(), "column": pl.String(), "code": pl.String(), "why": pl.String()}

_UNREADABLE = {
    contract.PERSON: ("digits-lost", "Excel has cut the number short; send it again as text"),
    contract.WHOLE: ("not-a-number", "is not a whole number"),
    contract.DATE: ("not-a-date", "is not a date such as 2013-05-31 or 31.05.2013"),
    contract.INSTANT: (
        "not-a-time",
        "is not a moment such as 2026-01-15 09:00:00, with an offset where the clock showed it twice",
    ),
    contract.CHOICE: ("unknown-choice", "is none of the values we know for this column"),
    contract.FLAG: ("not-yes-or-no", "is neither yes (1) nor no (0)"),
}
_RULES = {
    "nullability": ("missing", "is missing"),
    "regex": ("wrong-form", "has not the form this column needs"),
    "min": ("too-small", "is smaller than this column allows"),
    "max": ("too-large", "is larger than this column allows"),
    "min_length": ("too-short", "is shorter than this column needs"),
    "max_length": ("too-long", "is longer than this column allows"),
}


@dataclass(frozen=True)
class Reading:
    """`rows`: `line` and the feed's columns, typed; `refused`: one row a reason; `repairs`: code to count."""

    rows: pl.DataFrame
    refused: pl.DataFrame
    repairs: Mapping[str, int]


def read_rows(feed: Feed, raw: pl.DataFrame, *, zone: str, assume: Mapping[str, str]) -> Reading:
    """Read `raw` (`line` and string columns, canonical names) by the feed's contract.

    `assume` gives the value of columns that the whole file lacks, which are absent from `raw` or null there (a
    blank cell of a column that the file has is ""); `zone` reads local times.
    """
    written, assumed = _complete(feed, raw, assume)
    mended = _derive(feed, _mend(feed, written))
    typed = mended.select("line", *(value(feed, name, zone) for name in feed.columns))
    unreadable = _unreadable(feed, mended, typed)
    sound = (
        typed.join(unreadable, on="line", how="anti", maintain_order="left") if unreadable.height else typed
    )
    rows, broken = _keep_valid(feed, sound)
    refused = pl.concat([unreadable, broken]).sort("line", "column")
    return Reading(rows, refused, assumed | _repairs(feed, written, mended, typed))


def _complete(
    feed: Feed, raw: pl.DataFrame, assume: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """All columns of the feed, blank cells as null; and how many cells were assumed, by their repair's code."""
    absent = [pl.lit(None, pl.String).alias(name) for name in assume if name not in raw.columns]
    whole = raw.with_columns(absent)
    assumed = {f"{name}-assumed-{value}": whole[name].null_count() for name, value in assume.items()}
    filled = whole.with_columns(pl.col(name).fill_null(value) for name, value in assume.items())
    tidy = tidied(filled, [name for name in filled.columns if name != "line"])
    if feed.repeated is not None:
        tidy = _join_answers(tidy)
    absent = [pl.lit(None, pl.String).alias(name) for name in feed.columns if name not in tidy.columns]
    return tidy.with_columns(absent), {code: count for code, count in assumed.items() if count}


def _join_answers(blank: pl.DataFrame) -> pl.DataFrame:
    """q1 … qJ as one string, a column that is missing in between as blank; a cell of two letters spoils the row."""
    items = [name for name in blank.columns if name[0] == "q" and name[1:].isdigit()]
    if not items:
        return blank
    wanted = [f"q{number}" for number in range(1, max(int(name[1:]) for name in items) + 1)]
    whole = blank.with_columns(pl.lit(None, pl.String).alias(name) for name in wanted if name not in items)
    marks = [pl.col(name).str.to_uppercase().fill_null(BLANK) for name in wanted]
    single = pl.all_horizontal(mark.str.len_chars() == 1 for mark in marks)
    answers = pl.when(single).then(pl.concat_str(marks)).otherwise(None)
    return whole.with_columns(answers=answers).drop(wanted)


def _derive(feed: Feed, table: pl.DataFrame) -> pl.DataFrame:
    """Grade and school of a list without them, from mended words: however it is written, a school is one."""
    if feed.name != "roster":
        return table
    if table["grade"].has_nulls():
        table = table.with_columns(grade=pl.coalesce("grade", pl.col("class").str.extract(r"^([0-9]{1,2})")))
    if table["school_id"].has_nulls():
        region = pl.coalesce(region_expr("region"), "region")
        place = pl.concat_str(region, "district", "school", separator="|", ignore_nulls=True)
        table = table.with_columns(school_id=pl.coalesce("school_id", place.str.to_lowercase()))
    return table


def _mend(feed: Feed, written: pl.DataFrame) -> pl.DataFrame:
    texts = (contract.TEXT, contract.CHOICE, contract.REGION)
    return mended_text(written, [name for name in feed.columns if feed.kind(name) in texts])


def _unreadable(feed: Feed, mended: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in feed.columns if feed.kind(name) in _UNREADABLE]
    some_lost = [name for name in names if mended[name].null_count() != typed[name].null_count()]
    lost = [_lost(feed, name, mended, typed) for name in some_lost]
    return pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *lost])


def _lost(feed: Feed, name: str, mended: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    code, why = _UNREADABLE[feed.kind(name)]
    lines = mended.filter(mended[name].is_not_null() & typed[name].is_null())
    return lines.select(
        "line", pl.lit(name).alias("column"), pl.lit(code).alias("code"), pl.lit(why).alias("why")
    )


def _keep_valid(feed: Feed, sound: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    kept, failure = feed.numbered.filter(sound)
    if kept.height == sound.height:
        return kept, pl.DataFrame(schema=REFUSED_SCHEMA)
    details = failure.details()
    rules = [rule for rule in details.columns if rule not in sound.columns]
    broken = [_broken(rule, details) for rule in rules]
    return kept, pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *broken])


def _broken(rule: str, details: pl.DataFrame) -> pl.DataFrame:
    name, _, kind = rule.partition("|")
    code, why = _RULES[kind]
    lines = details.filter(pl.col(rule).cast(pl.String) == "invalid")
    return lines.select(
        "line", pl.lit(name).alias("column"), pl.lit(code).alias("code"), pl.lit(why).alias("why")
    )


def _repairs(feed: Feed, written: pl.DataFrame, mended: pl.DataFrame, typed: pl.DataFrame) -> dict[str, int]:
    counts = {
        "letters-folded": sum(
            _differing(written[name], mended[name])
            for name in feed.columns
            if feed.kind(name) == contract.TEXT
        ),
        "zeros-restored": sum(
            _differing(mended[name], typed[name].fill_null("")) - _lost_digits(mended[name])
            for name in feed.columns
            if feed.kind(name) == contract.PERSON
        ),
    }
    return {code: count for code, count in counts.items() if count}


def _differing(before: pl.Series, after: pl.Series) -> int:
    return int((before.is_not_null() & before.ne_missing(after)).sum())


def _lost_digits(cells: pl.Series) -> int:
    return int(cells.str.contains(DIGITS_LOST).sum())
