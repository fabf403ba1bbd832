"""Ranking and the cut after a number of places, with every tie said."""

from dataclasses import replace
from typing import Literal, get_args

import polars as pl

from jobs.admission import SHARE, Rounding
from jobs.binding import Choice
from jobs.cut import Ties, cut, where_it_lies, winners
from jobs.errors import ParameterFault
from jobs.ranking import By, Order
from jobs.verdicts import (
    IN,
    READING_DIFFERS,
    UNDECIDED,
    VERDICT_SCHEMA,
    Case,
    Decisions,
    Wording,
    judge,
    words,
)

Unknown = Literal["ask", "zero", "left-out"]

_NOT_CHOSEN = Choice(None)


def top(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    points: list[str],
    ties: Ties,
    choice: Choice = _NOT_CHOSEN,
    places: int | None = None,
    seats: pl.DataFrame | None = None,
    rounding: Rounding = "floor",
    award: str | None = None,
    optional: list[str] | None = None,
    unknown: Unknown = "ask",
    by: By = "sum",
    weights: list[int] | None = None,
    chain: list[str] | None = None,
    one_each: str | None = None,
    compare: bool = False,
) -> Decisions:
    """In: the first `places` by `points`; adds `rank` (equal points share it) and `award`.

    `seats` (the quotas) gives the number of places where no figure stands in the rulebook: the sum of declared
    seats, or 10 % of the intake by `rounding` where a school declared none (Myn Bala, clause 13).

    Points are the `sum` of the columns, the sum `weighted` by whole numbers, or the columns in turn
    (`lexicographic`). Equal points at the last place: `extend` takes all of them, `exclude` none, `ask` leaves them
    undecided, `refuse` leaves everybody undecided; `chain` orders equal points by more of each column of `chain`, or
    by less where it has a leading "-", and takes all that are equal even so (reading Q16).

    An entry of whose points a part is unknown is undecided. But of the columns in `optional` there are two readings
    (Q7): unknown is 0, or they are left out for everybody. Where the two decide differently of an entry, people
    choose ("zero" or "left-out"), unless `unknown` says which it is. An unknown count of another column is then 0 at
    least: whoever is within the places even so is in, whoever is not is undecided.

    Of several entries with one value of the column `one_each` only the best is ranked (Q8), in each reading anew.

    Evidence: `cut`, where it lies; `rankings`, both, where something optional is unknown; with `compare` the winners
    by sum, in turn and weighted, where they differ, as `readings` (Q15).
    """
    order = Order(
        tuple(points),
        by,
        tuple(weights or ()),
        tuple(chain or ()) if ties == "chain" else (),
        tuple(optional or ()),
    )
    count = places if places is not None else _total(seats, rounding)
    decided = cut(entries, order, count, ties, one_each)
    evidence = _readings(entries, decided, order, count, ties, one_each) if compare else {}
    if _in_two_ways(entries, order):
        left_out = cut(entries, replace(order, left_out=True), count, ties, one_each)
        evidence["rankings"] = _side_by_side(decided, left_out)
        reading = choice.made if unknown == "ask" else unknown
        decided = _settled(decided, left_out, evidence["rankings"], reading, _asked(order, count))
    evidence["cut"] = where_it_lies(decided, count)
    columns = decided.select("entry", "rank", award=pl.lit(award, dtype=pl.String))
    return Decisions(decided.select(*VERDICT_SCHEMA), columns, evidence)


def _total(seats: pl.DataFrame | None, rounding: Rounding) -> int:
    if seats is None:
        raise ParameterFault("top needs the key `places` or `seats`.")
    return int(seats.select(pl.coalesce("seats", SHARE[rounding]).sum()).item())


# --- two readings of what is unknown (Q7) ---


def _in_two_ways(entries: pl.DataFrame, order: Order) -> bool:
    if not order.optional:
        return False
    unknown = pl.any_horizontal(pl.col(name).is_null() for name in order.optional)
    return bool(entries.select((order.ranked & unknown).any()).item())


def _side_by_side(zero: pl.DataFrame, left_out: pl.DataFrame) -> pl.DataFrame:
    """Both rankings, a row an entry; `differs`: they do not decide the same of it."""
    columns = [
        column.alias(f"{name}_{reading}")
        for reading, ranking in (("zero", zero), ("left_out", left_out))
        for name, column in (
            ("points", ranking["points"]),
            ("rank", ranking["rank"]),
            ("in", ranking["verdict"] == IN),
        )
    ]
    return zero.select("entry", *columns, differs=zero["verdict"] != left_out["verdict"])


def _settled(
    zero: pl.DataFrame, left_out: pl.DataFrame, both: pl.DataFrame, reading: str | None, asked: Wording
) -> pl.DataFrame:
    """The ranking of the reading that was chosen; before anyone has, the first of the two, with the entries undecided
    of which the second says something else."""
    if reading == "left-out":
        return left_out
    if reading == "zero" or not both["differs"].any():
        return zero
    judged = judge(both.filter("differs"), Case(pl.lit(value=True), UNDECIDED, asked), otherwise=asked)
    return zero.update(judged, on="entry", maintain_order="left")


def _asked(order: Order, places: int) -> Wording:
    code, unknown = READING_DIFFERS, " and ".join(order.optional)
    names = ("rank_zero", "points_zero", "rank_left_out", "points_left_out")
    text = (
        f"place {{rank_zero}} with {{points_zero}} points where unknown {unknown} are 0, place {{rank_left_out}} with "
        f"{{points_left_out}} where {unknown} count for nobody; {{places}} places"
    )
    return words(code, text, places=pl.lit(places), **{name: pl.col(name) for name in names})


# --- three readings of how counts are put together (Q15) ---


def _readings(
    entries: pl.DataFrame, decided: pl.DataFrame, order: Order, places: int, ties: Ties, one_each: str | None
) -> dict[str, pl.DataFrame]:
    """`reading`, `entry`: the winners by each way to put the points together, where these differ from each other.
    Those by the `order` itself are `decided`."""
    others = (by for by in get_args(By) if by != order.by)
    won = {by: winners(entries, replace(order, by=by), places, ties, one_each) for by in others}
    won[order.by] = tuple(decided.filter(verdict=IN)["entry"].sort())
    if len(set(won.values())) == 1:
        return {}
    rows = [(by, entry) for by in get_args(By) for entry in won[by]]
    return {"readings": pl.DataFrame(rows, schema={"reading": pl.String, "entry": pl.String}, orient="row")}
