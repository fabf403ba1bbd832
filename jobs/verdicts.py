"""Verdicts: what a step of a rulebook says of each entry it touched."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

IN = "in"
OUT = "out"
UNDECIDED = "undecided"

READING_DIFFERS = "reading-differs"
"""The code of a verdict that depends on which of two readings people choose."""

VERDICT_SCHEMA: dict[str, pl.DataType] = {
    "entry": pl.String(),
    "verdict": pl.String(),
    "code": pl.String(),
    "why": pl.String(),
    "facts": pl.String(),
}


@dataclass(frozen=True)
class Decisions:
    """What a job returns.

    `verdicts` has one row an entry touched, with the columns of VERDICT_SCHEMA: `code` names the reason for
    templates, `why` words it in English, `facts` is a JSON object with the figures in it.
    `columns` (entry + new columns) is joined to the entries for the steps that follow.
    `evidence` holds tables for the people who will judge an undecided verdict.
    """

    verdicts: pl.DataFrame
    columns: pl.DataFrame | None = None
    evidence: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """A reason: its code, its English sentence and the figures that stand in it."""

    code: str
    why: pl.Expr
    facts: pl.Expr | None = None


def words(code: str, text: str, **figures: pl.Expr) -> Wording:
    """A reason whose `{name}` places are filled from columns: words("late", "sent {at}", at=pl.col("at"))."""
    return Wording(code, _filled(text, figures), _as_json(figures) if figures else None)


def _as_json(figures: Mapping[str, pl.Expr]) -> pl.Expr:
    return pl.struct(
        figure.cast(pl.String).alias(name) for name, figure in figures.items()
    ).struct.json_encode()


def _filled(text: str, figures: Mapping[str, pl.Expr]) -> pl.Expr:
    pieces = re.split(r"\{(\w+)\}", text)  # words at even places, names at odd ones
    parts = [figures[piece].cast(pl.String) if odd % 2 else pl.lit(piece) for odd, piece in enumerate(pieces)]
    return pl.concat_str(parts, ignore_nulls=True)


@dataclass(frozen=True)
class Case:
    """Where `when` is true (null counts as false), the verdict and its reason."""

    when: pl.Expr
    verdict: str
    reason: Wording


def judge(entries: pl.DataFrame, *cases: Case, otherwise: Wording) -> pl.DataFrame:
    """The first case that holds gives an entry its verdict; an entry for which none holds is in."""
    last = Case(pl.lit(value=True), IN, otherwise)
    chosen = {
        "verdict": [pl.lit(case.verdict) for case in (*cases, last)],
        "code": [pl.lit(case.reason.code) for case in (*cases, last)],
        "why": [case.reason.why for case in (*cases, last)],
        "facts": [_facts(case.reason) for case in (*cases, last)],
    }
    conditions = [case.when.fill_null(value=False) for case in cases]
    return entries.select(
        "entry", *(_first_holding(conditions, values).alias(name) for name, values in chosen.items())
    )


def _first_holding(conditions: list[pl.Expr], values: list[pl.Expr]) -> pl.Expr:
    result = values[-1]
    for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
        result = pl.when(condition).then(value).otherwise(result)
    return result


def _facts(wording: Wording) -> pl.Expr:
    return wording.facts if wording.facts is not None else pl.lit(None, dtype=pl.String)


def no_verdicts() -> pl.DataFrame:
    """An empty table of verdicts."""
    return pl.DataFrame(schema=VERDICT_SCHEMA)
