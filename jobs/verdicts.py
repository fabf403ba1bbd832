"""Verdicts: what a step of a rulebook says of each entry it touched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

IN = "in"
OUT = "out"
UNDECIDED = "undecided"

Outcome = Literal["out", "undecided", "in"]
"""A verdict as a rulebook writes it: what befalls entries that are not as they should be."""

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


def listed(parts: Sequence[pl.Expr], between: str = ", ") -> pl.Expr:
    """The texts among `parts` that an entry has, for one place of a reason; null where it has none."""
    joined = pl.concat_str(parts, separator=between, ignore_nulls=True)
    return pl.when(joined != "").then(joined)


@dataclass(frozen=True)
class Case:
    """Where `when` is true (null counts as false), the verdict and its reason."""

    when: pl.Expr
    verdict: str
    reason: Wording


FEW = 2000
"""Up to so many entries are told all reasons at once: taking them apart would take longer."""


def judge(entries: pl.DataFrame, *cases: Case, otherwise: Wording) -> pl.DataFrame:
    """The first case that holds gives an entry its verdict; an entry for which none holds is in.

    A condition may look at all entries; the figures of a reason are those of each entry by itself.
    """
    every = (*cases, Case(pl.lit(value=True), IN, otherwise))
    return _at_once(entries, every) if entries.height <= FEW else _one_by_one(entries, every)


def _at_once(entries: pl.DataFrame, cases: Sequence[Case]) -> pl.DataFrame:
    said = [_said(case) for case in cases]
    conditions = [case.when.fill_null(value=False) for case in cases[:-1]]
    return entries.select(
        "entry", *(_first_holding(conditions, [each[name] for each in said]).alias(name) for name in said[0])
    )


def _one_by_one(entries: pl.DataFrame, cases: Sequence[Case]) -> pl.DataFrame:
    """Each reason is worded only where it holds: to word every entry in every way takes longer than the rules."""
    conditions = [case.when.fill_null(value=False) for case in cases[:-1]]
    numbers = [pl.lit(at, pl.UInt8) for at in range(len(cases))]
    holding = entries.select(_first_holding(conditions, numbers).alias("holding"))["holding"]
    found = holding.unique().sort().to_list()
    said = [_said(case) for case in cases]
    parts = pl.collect_all(
        [
            # `entry` goes along so that a reason without figures has a row for each of them.
            entries.lazy().filter(holding == at).select("entry", why=said[at]["why"], facts=said[at]["facts"])
            for at in found
        ]
    )
    texts = [part.drop("entry") for part in parts]
    worded = texts[0] if len(texts) == 1 else pl.concat(texts)[_back(holding, found)]
    short = entries.select(
        "entry",
        **{
            name: _first_holding(
                [pl.lit(holding == at) for at in found[:-1]], [said[at][name] for at in found]
            )
            for name in ("verdict", "code")
        },
    )
    return pl.concat([short, worded], how="horizontal")


def _back(holding: pl.Series, found: Sequence[int]) -> pl.Series:
    """Where each entry stands when the entries are put one case after another."""
    rows = pl.int_range(len(holding), eager=True)
    put = pl.concat([rows.filter(holding == at) for at in found])
    return pl.DataFrame({"row": put, "at": rows}).sort("row")["at"]


def _said(case: Case) -> dict[str, pl.Expr]:
    facts = case.reason.facts if case.reason.facts is not None else pl.lit(None, dtype=pl.String)
    return {
        "verdict": pl.lit(case.verdict),
        "code": pl.lit(case.reason.code),
        "why": case.reason.why,
        "facts": facts,
    }


def _first_holding(conditions: Sequence[pl.Expr], values: Sequence[pl.Expr]) -> pl.Expr:
    result = values[-1]
    for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
        result = pl.when(condition).then(value).otherwise(result)
    return result


def in_doubt(when: str | pl.Expr, code: str, text: str, **figures: pl.Expr) -> Case:
    """Undecided where `when` holds; where it is the name of a column, where anything stands there."""
    holds = pl.col(when).is_not_null() if isinstance(when, str) else when
    return Case(holds, UNDECIDED, words(code, text, **figures))


def together(columns: Sequence[str]) -> pl.Expr:
    """The values of several columns as one name: what is not told of some keeps nobody with those of whom other things
    are told, and of whom nothing is told has none."""
    values = [pl.col(name).cast(pl.String) for name in columns]
    known = pl.any_horizontal(value.is_not_null() for value in values)
    return pl.when(known).then(pl.concat_str([value.fill_null("") for value in values], separator="/"))


def group_of(entries: pl.DataFrame) -> pl.Expr:
    """The column `group`; entries without one are a single group."""
    return pl.col("group") if "group" in entries.columns else pl.lit(None, pl.String).alias("group")


def no_verdicts() -> pl.DataFrame:
    """An empty table of verdicts."""
    return pl.DataFrame(schema=VERDICT_SCHEMA)
