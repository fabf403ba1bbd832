"""The cut after a number of places, and what is said of each entry about it."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from jobs.ranking import Order, rank
from jobs.verdicts import IN, OUT, UNDECIDED, Case, words

Ties = Literal["refuse", "extend", "exclude", "ask", "chain"]

_RANK = pl.col("rank")


def cut(entries: pl.DataFrame, order: Order, places: int, ties: Ties) -> pl.DataFrame:
    """`entry`, `rank`, `points` and the columns of a verdict, in the order of the entries."""
    ranks = rank(entries, order)
    return ranks.spread(_worded(ranks.kinds, _cases(ranks.kinds, places, ties)))


def _cases(kinds: pl.DataFrame, places: int, ties: Ties) -> list[Case]:
    """What may be said of a kind of entries; of the cases that hold the first counts."""
    last = _last(kinds, places)
    figures = {"rank": _RANK, "points": pl.col("points"), "places": pl.lit(places), "cut": last}
    splits = (places >= _RANK) & (_RANK + pl.col("tied") - 1 > places)
    tied = words("tied-at-border", _TIED, **figures)
    if ties == "refuse" and kinds.select(splits.any()).item():
        return [Case(pl.lit(value=True), UNDECIDED, tied)]
    border = {"exclude": [Case(splits, OUT, tied)], "ask": [Case(splits, UNDECIDED, tied)]}
    return [
        Case(_RANK.is_null(), UNDECIDED, words("no-score", "has no points, so it cannot be ranked")),
        *border.get(ties, []),
        Case(places >= _RANK, IN, words("within-places", _WITHIN, **figures)),
        Case(pl.col("vague"), UNDECIDED, words("count-unknown", _VAGUE, **figures)),
        Case(pl.col("points") == last, OUT, words("behind-on-tie", _BEHIND, **figures)),
        Case(pl.lit(value=True), OUT, words("beyond-places", _BEYOND, **figures)),
    ]


_WITHIN = "place {rank} with {points} points; {places} places"
_TIED = "place {rank} with {points} points, tied over the last of {places} places"
_BEYOND = "place {rank} with {points} points; {places} places, the last at {cut} points"
_BEHIND = "place {rank} with {points} points, as many as the last of {places} places, but behind in what breaks ties"
_VAGUE = "place {rank} with at least {points} points, a count being unknown; {places} places, the last at {cut} points"


def _last(ranked: pl.DataFrame, places: int) -> pl.Expr:
    """The points at which the last place went, null where nobody has one."""
    within = ranked.select("rank", "points").filter(places >= _RANK).sort("rank")
    return pl.lit(within["points"].last(), dtype=ranked.schema["points"])


def _worded(kinds: pl.DataFrame, cases: Sequence[Case]) -> pl.DataFrame:
    """As `judge` does, but each reason is worded only where it holds: to word a million ranks in every way would take
    longer than to find them."""
    holding = pl.coalesce(pl.when(case.when).then(number) for number, case in enumerate(cases))
    parts = kinds.with_columns(case=holding).partition_by("case", maintain_order=True)
    if not parts:
        return _said(kinds, cases[-1])
    return pl.concat(_said(part.drop("case"), cases[part["case"][0]]) for part in parts)


def _said(kinds: pl.DataFrame, case: Case) -> pl.DataFrame:
    facts = case.reason.facts if case.reason.facts is not None else pl.lit(None, dtype=pl.String)
    said = {
        "verdict": pl.lit(case.verdict),
        "code": pl.lit(case.reason.code),
        "why": case.reason.why,
        "facts": facts,
    }
    return kinds.with_columns(**said)


def where_it_lies(decided: pl.DataFrame, places: int) -> pl.DataFrame:
    """One row: `places`; `ranked` and `entered`, how many; `last`, the points at the last place, and `tied`, how many
    have as many; `first_out`, the points of the first beyond."""
    last = _last(decided, places)
    first_out = _RANK.filter(places < _RANK).min()
    return decided.select(
        places=pl.lit(places, pl.Int64),
        ranked=_RANK.count().cast(pl.Int64),
        entered=(pl.col("verdict") == IN).sum().cast(pl.Int64),
        last=last,
        tied=(pl.col("points") == last).sum().cast(pl.Int64),
        first_out=pl.col("points").filter(first_out == _RANK).first(),
    )
