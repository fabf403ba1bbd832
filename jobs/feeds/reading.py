"""From columns of strings to typed rows: what is accepted, what is refused and why, what was repaired."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from jobs.feeds import contract
from jobs.feeds.cells import (
    DIGITS_LOST,
    answer_twins,
    mended_answers,
    mended_persons,
    mended_text,
    tidied,
    value,
)
from jobs.feeds.contract import BLANK, NO_TIME, Feed

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
_NO_ITEM = ("answer-columns-clash", "is the number of no item; number the columns of items from 1")
_HEADED_TWICE = (
    "answer-columns-clash",
    "heads two columns, one of them with zeros before the number; keep the right one",
)
_SECONDS = r"^[0-9]{1,9}(?:\.[0-9]{1,9})?$"


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
    if clash := _clash(feed, raw):
        return clash
    written, told = _complete(feed, raw, assume)
    mended = _mend(feed, written)
    derived = feed.derive(mended) if feed.derive is not None else mended
    typed = derived.select("line", *(value(feed, name, zone) for name in feed.columns))
    unreadable = _unreadable(feed, derived, typed)
    sound = (
        typed.join(unreadable, on="line", how="anti", maintain_order="left") if unreadable.height else typed
    )
    rows, broken = _keep_valid(feed, sound)
    refused = pl.concat([unreadable, broken]).sort("line", "column")
    told |= _derived(feed, mended, derived) | _repairs(feed, written, mended, derived, typed)
    return Reading(rows, refused, told)


def _complete(
    feed: Feed, raw: pl.DataFrame, assume: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """All columns of the feed, blank cells as null; and what was filled in, by its repair's code."""
    absent = [pl.lit(None, pl.String).alias(name) for name in assume if name not in raw.columns]
    whole = raw.with_columns(absent)
    told = {f"{name}-assumed-{value}": whole[name].null_count() for name, value in assume.items()}
    filled = whole.with_columns(pl.col(name).fill_null(value) for name, value in assume.items())
    tidy = tidied(filled, [name for name in filled.columns if name != "line"])
    if feed.repeated is not None:
        items = _items(feed.repeated, tidy.columns)
        tidy = _join_answers(tidy, items)
        told["answer-columns-missing"] = max(items.values(), default=0) - len(items)
    if feed.timed is not None:
        tidy, told["item-times-unreadable"] = _join_times(tidy, _items(feed.timed, tidy.columns))
    for name, pattern in feed.gathered.items():
        tidy = _gather(tidy, name, pattern)
    absent = [
        pl.lit(None, pl.String).alias(name)
        for name in (*feed.columns, *feed.aids)
        if name not in tidy.columns
    ]
    return tidy.with_columns(absent), {code: count for code, count in told.items() if count}


def _gather(tidy: pl.DataFrame, name: str, pattern: str) -> pl.DataFrame:
    """The cells of the columns that match, after what `name` has itself, joined into it with spaces."""
    others = [each for each in tidy.columns if re.fullmatch(pattern, each)]
    if not others:
        return tidy
    parts = [each for each in (name, *others) if each in tidy.columns]
    joined = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    filled = pl.any_horizontal(pl.col(each).is_not_null() for each in parts)
    return tidy.with_columns(pl.when(filled).then(joined).alias(name)).drop(others)


def _items(repeated: str, names: Iterable[str]) -> dict[str, int]:
    """The columns of items, each with the number of its item."""
    matches = ((name, re.fullmatch(repeated, name)) for name in names)
    return {name: int(match[1]) for name, match in matches if match}


def _clash(feed: Feed, raw: pl.DataFrame) -> Reading | None:
    """Every row refused where the headers do not say which answer or time belongs to which item."""
    items = [_items(pattern, raw.columns) for pattern in feed.of_items]
    unsound = next(filter(None, map(_unsound, items)), None)
    if unsound is None:
        return None
    nothing = read_rows(feed, raw.drop(*items).clear(), zone="UTC", assume={})
    name, number = unsound
    return Reading(nothing.rows, reasons(raw, name, *(_HEADED_TWICE if number else _NO_ITEM)), {})


def _unsound(items: Mapping[str, int]) -> tuple[str, int] | None:
    """The plain header and number of a column that is of no item, or of one that another column is of."""
    columns = Counter(items.values())
    number = min((each for each in columns if each == 0 or columns[each] > 1), default=None)
    return None if number is None else (f"{next(iter(items))[0]}{number}", number)


def _join_answers(blank: pl.DataFrame, items: Mapping[str, int]) -> pl.DataFrame:
    """q1 … qJ as one string, a column that is missing in between as blank; a cell of two letters spoils the row."""
    if not items:
        return blank
    headed = {number: pl.col(name).fill_null(BLANK) for name, number in items.items()}
    marks = [headed.get(number, pl.lit(BLANK)) for number in range(1, max(headed) + 1)]
    joined = pl.concat_str(marks).str.to_uppercase()
    # The capital of some letters is two (ß): the answers after it would shift.
    whole = joined.str.len_chars() == len(marks)
    single = pl.all_horizontal(whole, *(mark.str.len_chars() == 1 for mark in headed.values()))
    return blank.with_columns(answers=pl.when(single).then(joined)).drop(list(items))


def _join_times(written: pl.DataFrame, items: Mapping[str, int]) -> tuple[pl.DataFrame, int]:
    """t1 … tJ as numbers with spaces between, and how many cells are none: their times stay unknown."""
    if not items:
        return written, 0
    cells = written.select(pl.col(name).str.replace(",", ".", literal=True) for name in items)
    read = cells.select(pl.when(pl.col(name).str.contains(_SECONDS)).then(name) for name in items)
    marks = {number: read[name].fill_null(NO_TIME) for name, number in items.items()}
    parts = [marks.get(number, pl.lit(NO_TIME)) for number in range(1, max(marks) + 1)]
    some = read.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    joined = written.with_columns(seconds=pl.when(some).then(pl.concat_str(parts, separator=" ")))
    lost = sum(read[name].null_count() - cells[name].null_count() for name in items)
    return joined.drop(list(items)), lost


def _mend(feed: Feed, written: pl.DataFrame) -> pl.DataFrame:
    texts = mended_text(written, feed.of_kind(contract.TEXT, contract.CHOICE, contract.REGION))
    return mended_answers(mended_persons(texts, feed.of_kind(contract.PERSON)), feed.of_kind(contract.ANSWER))


def _derived(feed: Feed, mended: pl.DataFrame, derived: pl.DataFrame) -> dict[str, int]:
    counts = feed.repaired(mended, derived) if feed.repaired is not None else {}
    return {code: count for code, count in counts.items() if count}


def _unreadable(feed: Feed, derived: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    names = feed.of_kind(*_UNREADABLE)
    some_lost = [name for name in names if derived[name].null_count() != typed[name].null_count()]
    found = [_lost(feed, name, derived, typed) for name in some_lost]
    lost = pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *found])
    if feed.barred is None:
        return lost
    barred = feed.barred(derived)
    return pl.concat([barred, lost.join(barred, on="line", how="anti", maintain_order="left")])


def _lost(feed: Feed, name: str, derived: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    lines = derived.filter(derived[name].is_not_null() & typed[name].is_null())
    kind = feed.kind(name)
    code, why = _UNREADABLE[kind]
    if kind == contract.CHOICE:
        why = f"{why}: {', '.join(feed.choices(name))}"
    return reasons(lines, name, code, feed.why(name, "unreadable", why))


def reasons(lines: pl.DataFrame, name: str, code: str, why: str) -> pl.DataFrame:
    """One reason for each of these rows, shaped as `Reading.refused`."""
    return lines.select(
        "line", pl.lit(name).alias("column"), pl.lit(code).alias("code"), pl.lit(why).alias("why")
    )


def _keep_valid(feed: Feed, sound: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    kept, failure = feed.numbered.filter(sound)
    if kept.height == sound.height:
        return kept, pl.DataFrame(schema=REFUSED_SCHEMA)
    details = failure.details()
    rules = [rule for rule in details.columns if rule.partition("|")[0] in feed.columns and "|" in rule]
    broken = [_broken(feed, rule, details) for rule in rules]
    return kept, pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *broken])


def _broken(feed: Feed, rule: str, details: pl.DataFrame) -> pl.DataFrame:
    name, _, kind = rule.partition("|")
    code, why = _RULES[kind]
    lines = details.filter(pl.col(rule).cast(pl.String) == "invalid")
    return reasons(lines, name, code, feed.why(name, kind, why))


def _repairs(
    feed: Feed, written: pl.DataFrame, mended: pl.DataFrame, derived: pl.DataFrame, typed: pl.DataFrame
) -> dict[str, int]:
    counts = {
        "letters-folded": sum(
            _differing(written[name], mended[name]) for name in feed.of_kind(contract.TEXT)
        ),
        "zeros-restored": sum(
            _restored(written[name], mended[name], derived[name], typed[name])
            for name in feed.of_kind(contract.PERSON)
        ),
        "answer-letters-folded": sum(answer_twins(written[name]) for name in feed.of_kind(contract.ANSWER)),
        "phone-unreadable": sum(
            typed[name].null_count() - derived[name].null_count() for name in feed.of_kind(contract.PHONE)
        ),
    }
    return {code: count for code, count in counts.items() if count}


def _restored(written: pl.Series, mended: pl.Series, derived: pl.Series, typed: pl.Series) -> int:
    """Numbers of people that were mended; what was told from other cells is no mending."""
    own = mended.eq_missing(derived)
    return _differing(written.filter(own), typed.filter(own).fill_null("")) - _lost_digits(mended.filter(own))


def _differing(before: pl.Series, after: pl.Series) -> int:
    return int((before.is_not_null() & before.ne_missing(after)).sum())


def _lost_digits(cells: pl.Series) -> int:
    return int(cells.str.contains(DIGITS_LOST).sum())
