"""From granted bids to causes: the last at each place, and what stood in the way of every bid passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jobs.admission.market import Bids, Market, Whole
from jobs.admission.model import (
    BOARDING_CLOSED,
    BOARDING_FULL,
    BOARDING_TIED,
    CLOSED,
    DUPLICATE,
    FROZEN,
    FULL,
    HELD,
    NO_BID,
    NO_BOARDING,
    NO_SEAT,
    NO_STREAM,
    TIED,
    UNKNOWN_SCHOOL,
    Closures,
    Tie,
)

_FAR = np.iinfo(np.int64).max
Mask = npt.NDArray[np.bool_]

# The codes of skipped options by number; those of a missing boarding place stand together.
CODES = (
    NO_SEAT, FULL, TIED, CLOSED, HELD, FROZEN, NO_BOARDING, BOARDING_FULL, BOARDING_TIED, BOARDING_CLOSED,
    UNKNOWN_SCHOOL, NO_STREAM, DUPLICATE,
)  # fmt: skip
NUMBER = {code: number for number, code in enumerate(CODES)}


@dataclass(frozen=True)
class Outcome:
    """Who was granted which bid, and under what circumstances.

    frozen: chose to keep their place; withdrawn: gave it up; moved: got theirs when places were given out
    again.
    """

    granted: Whole
    closures: Closures
    tie: Tie
    lot: bool
    frozen: Mask
    withdrawn: Mask
    moved: Mask
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Border:
    """Of each place (stream or school's boarding): how many hold it, the last of them, whom a tie shut out.

    last: a person or -1; last_key, last_tie: theirs in that school's order; shut_key: the order key from
    which on a tie has closed the place; shut_by: one of those tied, or -1.
    """

    places: Whole
    filled: Whole
    last: Whole
    last_key: Whole
    last_tie: Whole
    shut_key: Whole
    shut_by: Whole

    @property
    def is_full(self) -> Mask:
        return self.filled >= self.places


@dataclass(frozen=True)
class Refusals:
    """The bids passed over, with the cause of each, and whether only the order of equals stood in the way."""

    bid: Whole
    code: Whole
    by_order: Mask


def borders(market: Market, outcome: Outcome) -> tuple[Border, Border]:
    """The border of each stream and of each school's boarding."""
    bids, shut = market.bids, outcome.closures
    return (
        _border(bids, outcome.granted, market.seats, bids.stream, shut.seats),
        _border(bids, outcome.granted, market.beds, bids.bed, shut.beds),
    )


def _border(
    bids: Bids, granted: Whole, places: Whole, place: Whole, shut: Mapping[int, tuple[int, int]]
) -> Border:
    held = granted[granted != NO_BID]
    held = held[place[held] >= 0]
    held = held[np.argsort(bids.key[held], kind="stable")]
    last = np.full(len(places), NO_BID)
    last[place[held]] = held  # the last assignment stands: that of the highest key
    shut_key, shut_by = np.full(len(places), _FAR), np.full(len(places), NO_BID)
    for number, (key, someone) in shut.items():
        shut_key[number], shut_by[number] = key, someone
    who, last_key, last_tie = (_where_held(values, last) for values in (bids.who, bids.key, bids.tie))
    filled = np.bincount(place[held], minlength=len(places))
    return Border(places, filled, who, last_key, last_tie, shut_key, shut_by)


def refusals(market: Market, outcome: Outcome, seats: Border, beds: Border) -> Refusals:
    """Bids before the one granted; a place was taken before one's turn if its last holder precedes one."""
    bids = market.bids
    granted = outcome.granted[bids.who]
    bid = np.flatnonzero((granted == NO_BID) | (np.arange(len(bids.who)) < granted))
    stream, bed, key, tie = bids.stream[bid], bids.bed[bid], bids.key[bid], bids.tie[bid]
    asked = bed >= 0
    no_seat, seat_tied, seat_closed, seat_full = _causes(seats, stream, key)
    no_bed, bed_tied, bed_closed, bed_full = (asked & cause for cause in _causes(beds, bed, key))
    causes = {
        NO_SEAT: no_seat, TIED: seat_tied, CLOSED: seat_closed, FULL: seat_full,
        NO_BOARDING: no_bed, BOARDING_TIED: bed_tied, BOARDING_CLOSED: bed_closed, BOARDING_FULL: bed_full,
        FROZEN: outcome.frozen[bids.who[bid]],
    }  # fmt: skip
    code = np.select(list(causes.values()), [NUMBER[name] for name in causes], default=NUMBER[HELD])
    equal_seat, equal_bed = (
        seat_full & (seats.last_tie[stream] == tie),
        bed_full & (beds.last_tie[bed] == tie),
    )
    by_order = (
        (equal_seat | equal_bed) & ~(no_seat | no_bed) & (equal_seat | ~seat_full) & (equal_bed | ~bed_full)
    )
    return Refusals(
        bid, code.astype(np.int64), by_order if outcome.tie == "strict" else np.zeros_like(by_order)
    )


def _causes(border: Border, place: Whole, key: Whole) -> tuple[Mask, Mask, Mask, Mask]:
    """No place at all; refused together with equals; shut by better equals; taken by others before."""
    shut = border.shut_key[place]
    full = border.is_full[place] & (border.places[place] > 0) & (key > border.last_key[place])
    return border.places[place] == 0, shut == key, shut < key, full


def _where_held(values: Whole, bid: Whole) -> Whole:
    found = np.full(len(bid), NO_BID)
    found[bid != NO_BID] = values[bid[bid != NO_BID]]
    return found
