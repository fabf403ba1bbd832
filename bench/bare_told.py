"""How a bare expression gives its answer: the verdict, its code, one sentence and the figures in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

Given = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]
Bare = Callable[[pl.DataFrame, Given, Tables], pl.DataFrame]
ZONE = "Asia/Almaty"


@dataclass(frozen=True)
class Says:
    """Where `when` holds: the verdict, the code, the pieces of the sentence and its figures."""

    when: pl.Expr
    verdict: str
    code: str
    text: str
    figures: Mapping[str, pl.Expr] = field(default_factory=dict)


def told(frame: pl.DataFrame, *cases: Says, keep: tuple[str, ...] = ()) -> pl.DataFrame:
    """The first case that holds, the last one where none does; and the columns to `keep` beside it."""
    columns = {
        "verdict": [pl.lit(case.verdict) for case in cases],
        "code": [pl.lit(case.code) for case in cases],
        "why": [
            pl.format(case.text, *case.figures.values()) if case.figures else pl.lit(case.text)
            for case in cases
        ],
        "facts": [_facts(case) for case in cases],
    }
    return frame.select(
        "entry", *(_first(cases, values).alias(name) for name, values in columns.items()), *keep
    )


def _facts(case: Says) -> pl.Expr:
    if not case.figures:
        return pl.lit(None, pl.String)
    return pl.struct(
        value.cast(pl.String).alias(name) for name, value in case.figures.items()
    ).struct.json_encode()


def _first(cases: tuple[Says, ...], values: list[pl.Expr]) -> pl.Expr:
    result = values[-1]
    for case, value in zip(reversed(cases[:-1]), reversed(values[:-1]), strict=True):
        result = pl.when(case.when).then(value).otherwise(result)
    return result


def otherwise(text: str, **figures: pl.Expr) -> Says:
    """What is said where no other case holds: in."""
    return Says(pl.lit(value=True), "in", "ok", text, figures)


def clock_day(table: pl.DataFrame, column: str) -> pl.Expr:
    """The day in a column; of an instant that which the contest's clocks show."""
    if isinstance(table.schema[column], pl.Datetime):
        return pl.col(column).dt.convert_time_zone(ZONE).dt.date()
    return pl.col(column)


def holds_word(column: str, word: str) -> pl.Expr:
    """Whether the word stands among those of the column."""
    return pl.format(" {} ", column).str.contains(f" {word} ", literal=True).fill_null(value=False)
