"""The cut after a number of places, and what is said of each entry about it."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from jobs.ranking import Order, rank
from jobs.verdicts import IN, OUT, UNDECIDED, Case, words

Ties = Literal["refuse", "extend", "exclude", "ask", "chain"]

_RANK = pl.col("rank")


def cut(
    entries: pl.DataFrame, order: Order, places: int, ties: Ties, one_each: str | None = None
) -> pl.DataFrame:
    """`entry`, `rank`, `points` and the columns of a verdict, in the order of the entries.

    Of several entries with one value of the column `one_each` only the best by `order` is ranked; of equal ones the
    earliest `posted_at` (where the entries have that column), then the smallest `entry`.
    """
    if one_each is None or not entries[one_each].drop_nulls().is_duplicated().any():
        ranks = rank(entries, order)
        return ranks.spread(_worded(ranks.kinds, _cases(ranks.kinds, places, ties)))
    chosen = _best_of_each(entries, order, one_each)
    decided = cut(entries.join(chosen, left_on="entry", right_on="best", how="semi"), order, places, ties)
    others = _others(chosen.filter(pl.col("entry") != pl.col("best")), decided)
    places_of = entries.select("entry").with_row_index("place")
    whole = pl.concat([decided, others.select(decided.columns)]).join(places_of, on="entry", how="left")
    return whole.sort("place").drop("place")


def winners(
    entries: pl.DataFrame, order: Order, places: int, ties: Ties, one_each: str | None = None
) -> tuple[str, ...]:
    """Whoever `cut` would let in, sorted; nobody else is spoken of."""
    if one_each is not None:
        best = _best_of_each(entries, order, one_each)
        entries = entries.join(best, left_on="entry", right_on="best", how="semi")
    ranks = rank(entries, order)
    within = ranks.kinds.filter(places >= _RANK)
    entered = _worded(within, _cases(within, places, ties)).filter(verdict=IN)
    found = ranks.spread(entered.select(within.columns)).filter(_RANK.is_not_null())
    return tuple(found["entry"].sort())


def _best_of_each(entries: pl.DataFrame, order: Order, column: str) -> pl.DataFrame:
    """Each entry with its `points`, whether they are `vague`, and the `best` entry of its value of `column`; a null
    makes nobody the same."""
    ranks = rank(entries, order)
    dated = "posted_at" if "posted_at" in entries.columns else pl.lit(None)
    known = entries.select("entry", owner=pl.coalesce(pl.col(column).cast(pl.String), "entry"), posted=dated)
    told = ranks.spread(ranks.kinds).select("rank", "points")
    seen = pl.concat([known, told, entries.select(vague=order.vague)], how="horizontal")
    first = seen.sort("rank", "posted", "entry", nulls_last=True).unique("owner", keep="first")
    best = first.select("owner", best="entry", best_points="points")
    return seen.join(best, on="owner", how="left", maintain_order="left")


def _others(others: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Out, but for one of unknown counts whose better is not in: with them it might be."""
    inside = decided.filter(verdict=IN).select("entry")
    saved = pl.col("best").is_in(inside["entry"].implode())
    figures = {"points": pl.col("points"), "better": pl.col("best"), "better_points": pl.col("best_points")}
    unranked = others.with_columns(
        pl.lit(None, decided.schema[name]).alias(name) for name in ("rank", "tied")
    )
    return _worded(
        unranked,
        [
            Case(pl.col("vague") & ~saved, UNDECIDED, words("count-unknown", _VAGUE_OTHER, **figures)),
            Case(pl.lit(value=True), OUT, words("better-entry", _BETTER, **figures)),
        ],
    )


_BETTER = "{points} points; {better} with {better_points} is the one of this participant that counts"
_VAGUE_OTHER = (
    "at least {points} points, a count being unknown; {better} of the same participant has {better_points}"
)


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
