"""Ranking and the cut after a number of places, with every tie said."""

from typing import Literal

import polars as pl

from jobs.admission import SHARE, Rounding
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, Wording, judge, words

Ties = Literal["refuse", "extend", "exclude", "ask"]


def top(
    entries: pl.DataFrame,
    *,
    points: list[str],
    ties: Ties,
    places: int | None = None,
    seats: pl.DataFrame | None = None,
    rounding: Rounding = "floor",
    award: str | None = None,
) -> Decisions:
    """In: the first `places` by the sum of `points`; adds `rank` (equal sums share it) and `award`.

    `seats` (the quotas) gives the number of places where no figure stands in the rulebook: the sum of declared
    seats, or 10 % of the intake by `rounding` where a school declared none (Myn Bala, clause 13). An entry without
    points is undecided. Equal sums at the last place: `extend` takes all of them, `exclude` none, `ask` leaves
    them undecided, `refuse` leaves everybody undecided.
    """
    cut = places if places is not None else _total(seats, rounding)
    ranked = _rank(entries, points, cut)
    at_border = pl.col("splits") & (pl.col("rank") <= cut)
    unscored = words("no-score", "has no points, so it cannot be ranked")
    cases = [
        Case(pl.col("total").is_null(), UNDECIDED, unscored),
        Case(pl.col("rank") > cut, OUT, _beyond(cut)),
    ]
    if ties == "refuse":
        cases.insert(0, Case(pl.col("splits").any(), UNDECIDED, _tied(cut)))
    elif ties != "extend":
        cases.append(Case(at_border, OUT if ties == "exclude" else UNDECIDED, _tied(cut)))
    verdicts = judge(ranked, *cases, otherwise=_inside(cut))
    return Decisions(verdicts, columns=ranked.select("entry", "rank", award=pl.lit(award, dtype=pl.String)))


def _total(seats: pl.DataFrame | None, rounding: Rounding) -> int:
    if seats is None:
        raise ParameterFault("top needs the key `places` or `seats`.")
    return int(seats.select(pl.coalesce("seats", SHARE[rounding]).sum()).item())


def _rank(entries: pl.DataFrame, points: list[str], cut: int) -> pl.DataFrame:
    """`rank` is one more than the number of entries with a greater sum; `splits`: the last place cuts the tie."""
    scored = entries.with_columns(total=pl.sum_horizontal(points, ignore_nulls=False))
    ranked = scored.with_columns(
        rank=pl.col("total").rank("min", descending=True).cast(pl.Int64), tied=pl.len().over("total")
    )
    splits = (pl.col("rank") <= cut) & (pl.col("rank") + pl.col("tied").cast(pl.Int64) - 1 > cut)
    return ranked.with_columns(splits=splits)


def _figures(cut: int) -> dict[str, pl.Expr]:
    last_in = pl.col("total").filter(pl.col("rank") <= cut).min()
    return {
        "rank": pl.col("rank"),
        "points": pl.col("total"),
        "places": pl.lit(cut),
        "cut": last_in.fill_null(0),
    }


def _beyond(cut: int) -> Wording:
    return words(
        "beyond-places",
        "place {rank} with {points} points; {places} places, the last at {cut} points",
        **_figures(cut),
    )


def _tied(cut: int) -> Wording:
    return words(
        "tied-at-border",
        "place {rank} with {points} points, tied over the last of {places} places",
        **_figures(cut),
    )


def _inside(cut: int) -> Wording:
    return words("within-places", "place {rank} with {points} points; {places} places", **_figures(cut))
