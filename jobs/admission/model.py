"""The words of admission: its inputs' columns, its codes, its errors and its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from jobs.errors import BaiqauError

Tie = Literal["strict", "reject", "admit"]
Rounding = Literal["floor", "half-up", "ceil"]
Choice = Literal["freeze", "float"]
TIES: tuple[Tie, ...] = get_args(Tie)
NO_BID = -1  # where the number of a bid stands and somebody has none

# placements.code
SEAT = "seat"
TIED_SEAT = "tied-seat"
MOVED = "moved"
REFUSED = "refused"
NO_APPLICATION = "no-application"
WITHDRAWN = "withdrawn"

# skipped.code: what stood in the way of an option
UNKNOWN_SCHOOL = "unknown-school"
NO_STREAM = "no-stream"
DUPLICATE = "duplicate"
NO_SEAT = "no-seat"
FULL = "full"
TIED = "tied"
CLOSED = "closed"
NO_BOARDING = "no-boarding"
BOARDING_FULL = "boarding-full"
BOARDING_TIED = "boarding-tied"
BOARDING_CLOSED = "boarding-closed"
FROZEN = "frozen"
HELD = "held"


class AdmissionError(BaiqauError):
    """An input of the admission is incomplete or contradicts itself."""


@dataclass(frozen=True)
class Admission:
    """The outcome of ADMIT-1. Scores keep the type of the applicants' table (Int64 or Decimal).

    placements: one row an applicant, in rank order: participant, school_id, language, boarding (0|1),
        preference (all four null where unassigned), code, reason, rank (1 best), score,
        group (equal score and chain: equal number), by_lot (the order of equals gave this seat),
        quota_language (of the quota the seat counts against; null: the one for any, or unassigned).
    cutoffs: one row a quota, in the quotas' order: school_id, language, seats, filled, supernumerary,
        cutoff (score of the last admitted), first_refused (best score refused for want of a seat),
        border_ties (how many equals stood across the last seat), boarding, boarding_filled, boarding_cutoff.
    skipped: one row an option passed over, in rank and preference order, and one a faulty row of an
        application: participant, preference, school_id, language, boarding, code, reason, cutoff (score of
        the last admitted to what was lacking), score, tied (others refused with them), by_lot.
    contested: the places that only the order of equals gave away (tie = strict): school_id, language,
        resource (seat|boarding), score, admitted and refused (lists of participants).
    warnings: sentences without personal data.
    tie: the policy used; lot: whether tickets ordered equals (else their ids did).
    """

    placements: pl.DataFrame
    cutoffs: pl.DataFrame
    skipped: pl.DataFrame
    contested: pl.DataFrame
    warnings: tuple[str, ...]
    tie: Tie
    lot: bool

    def explanations(self) -> pl.DataFrame:
        """participant, reason: the placement's reason followed by that of every option passed over."""
        line = pl.format("{}: {}", "school_id", "reason")
        passed = self.skipped.group_by("participant", maintain_order=True).agg(
            line.str.join("; ").alias("passed")
        )
        return self.placements.join(passed, on="participant", how="left", maintain_order="left").select(
            "participant", pl.concat_str("reason", "passed", separator="; ", ignore_nulls=True)
        )


SHARE: Mapping[Rounding, pl.Expr] = {
    "floor": pl.col("intake") * 10 // 100,
    "half-up": (pl.col("intake") * 10 + 50) // 100,
    "ceil": (pl.col("intake") * 10 + 99) // 100,
}
"""10 % of the column `intake` in whole seats (002-25, reading Q23)."""


def seats_of(intake: int, rounding: Rounding = "floor") -> int:
    """10 % of the grade-7 intake in whole seats (002-25, reading Q23); ValueError for a negative intake."""
    if intake < 0:
        raise ValueError("an intake cannot be negative")
    return int(pl.select(intake=pl.lit(intake)).select(SHARE[rounding]).item())


@dataclass(frozen=True)
class Closures:
    """Places closed because equals stood across the last: place number → (order key, one of the equals)."""

    seats: Mapping[int, tuple[int, int]]
    beds: Mapping[int, tuple[int, int]]
