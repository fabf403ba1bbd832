"""Short English sentences made of a code and its figures; templates word the codes in Kazakh and Russian."""

from functools import reduce

import polars as pl

from jobs.admission.model import (
    BOARDING_CLOSED,
    BOARDING_FULL,
    BOARDING_TIED,
    CLOSED,
    DUPLICATE,
    FROZEN,
    FULL,
    HELD,
    MOVED,
    NO_APPLICATION,
    NO_BOARDING,
    NO_SEAT,
    NO_STREAM,
    REFUSED,
    SEAT,
    TIED,
    TIED_SEAT,
    UNKNOWN_SCHOOL,
    WITHDRAWN,
)

_FULL = "full: last admitted {}, you {}"
_TIED = "tied at the cut-off with {}: rejected together"
_CLOSED = "closed: those with {} tied for the last places and were rejected together, you {}"


def placement(lot: bool) -> pl.Expr:
    """The reason beside a placement, from its code, preference and by_lot."""
    number = pl.col("preference").cast(pl.String)
    return _by_code(
        {
            SEAT: pl.format("admitted to preference {}", number) + _by_order(pl.col("by_lot"), lot),
            TIED_SEAT: pl.format("admitted to preference {} with all who tied for the last seat", number),
            MOVED: pl.format("moved up to preference {} on a freed place", number),
            REFUSED: pl.lit("no option could be given"),
            NO_APPLICATION: pl.lit("no application"),
            WITHDRAWN: pl.lit("gave the place up"),
        }
    )


def refusal(lot: bool) -> pl.Expr:
    """The reason beside a skipped option, from code, cutoff, score, border_score, tied and order."""
    cutoff, score, border = (pl.col(name).cast(pl.String) for name in ("cutoff", "score", "border_score"))
    full = pl.format(_FULL, cutoff, score) + _by_order(pl.col("order"), lot) + _by_other_means()
    closed = pl.format(_CLOSED, border, score)
    tied = pl.format(
        _TIED, pl.format("{} other{}", "tied", pl.when(tied=1).then(pl.lit("")).otherwise(pl.lit("s")))
    )
    return _by_code(
        {
            NO_SEAT: pl.lit("no seat: quota 0"),
            FULL: full,
            TIED: tied,
            CLOSED: closed,
            NO_BOARDING: pl.lit("no boarding places"),
            BOARDING_FULL: "boarding " + full,
            BOARDING_TIED: "boarding: " + tied,
            BOARDING_CLOSED: "boarding " + closed,
            FROZEN: pl.lit("you chose to keep the place you held"),
            HELD: pl.lit("not offered again: people already placed keep their places"),
            UNKNOWN_SCHOOL: pl.lit("school not in the quota list"),
            NO_STREAM: pl.lit("the school has no quota for this language"),
            DUPLICATE: pl.lit("listed already above"),
        }
    )


def lot_warning(contested: pl.DataFrame, lot: bool) -> tuple[str, ...]:
    """Said whenever the order of equals decided who got a place."""
    if not contested.height:
        return ()
    how = "a lot decided" if lot else "no lot was given and the order of participant ids decided"
    return (f"equal scores stood across the last place {contested.height} time(s): {how}",)


def _by_order(flag: pl.Expr, lot: bool) -> pl.Expr:
    words = "; a lot among equal scores decided" if lot else "; the order of ids among equal scores decided"
    return pl.when(flag).then(pl.lit(words)).otherwise(pl.lit(""))


def _by_other_means() -> pl.Expr:
    """Why a score that is not below the cut-off was no help, where no lot was needed."""
    equal, better = pl.col("score") == pl.col("cutoff"), pl.col("score") > pl.col("cutoff")
    return (
        pl.when(equal & ~pl.col("order"))
        .then(pl.lit("; further criteria among equal scores decided"))
        .when(better)
        .then(pl.lit("; the school's own order decided"))
        .otherwise(pl.lit(""))
    )


def _by_code(words: dict[str, pl.Expr]) -> pl.Expr:
    other: pl.Expr = pl.lit(None, dtype=pl.String)
    return reduce(
        lambda rest, item: pl.when(pl.col("code") == item[0]).then(item[1]).otherwise(rest),
        words.items(),
        other,
    )
