"""Schools with an order of their own: applicant-proposing deferred acceptance (Gale and Shapley 1962).

Equals at a school's border are treated by the same three policies, as score limits do (Biró 2008, "Student
admissions in Hungary as Gale and Shapley envisaged").
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from jobs.admission.market import Market, Whole
from jobs.admission.model import NO_BID, Closures, Tie


def defer(market: Market, tie: Tie) -> tuple[Whole, Closures]:
    """The bid each person is granted, or -1, and the places a tie has closed.

    Without boarding wishes the matching is stable, and no other stable matching suits any applicant better.
    With them a stable one need not exist; then nobody is refused for someone lower, and places that boarding
    refusals left free go, one by one, to the highest on the school's list who wants them.
    """
    hall = Hall(market, tie)
    hall.run()
    if any(bed >= 0 for bed in hall.bed):
        _fill_vacancies(market, hall)
    shut = (_by_number(hall.rooms, "seat"), _by_number(hall.rooms, "bed")) if tie == "reject" else ({}, {})
    return np.array(hall.granted, dtype=np.int64), Closures(*shut)


class Room:
    """The seats of a stream or the boarding places of a school, and who holds them for now."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.count = 0
        self.holders: dict[int, list[int]] = defaultdict(list)  # order key → bids
        self.lowest: list[int] = []  # heap of negated keys, some of which have left
        self.limit: int | None = None  # whoever stands at this key or below has been refused
        self.last: int | None = None  # somebody refused at the limit

    def admits(self, key: int) -> bool:
        return self.places > 0 and (self.limit is None or key < self.limit)

    def add(self, key: int, bid: int) -> None:
        if key not in self.holders:
            heapq.heappush(self.lowest, -key)
        self.holders[key].append(bid)
        self.count += 1

    def remove(self, key: int, bid: int) -> None:
        self.holders[key].remove(bid)
        self.count -= 1
        if not self.holders[key]:
            del self.holders[key]

    def excess(self, tie: Tie) -> list[int]:
        """The bids that must leave: those who share the lowest key held, while they overfill the room."""
        if self.count <= self.places:
            return []
        while -self.lowest[0] not in self.holders:
            heapq.heappop(self.lowest)
        worst = -self.lowest[0]
        if tie == "admit" and self.count - len(self.holders[worst]) < self.places:
            return []
        self.limit = worst
        return list(self.holders[worst])


class Hall:
    """Everyone proposes down their list; rooms keep the best so far."""

    def __init__(self, market: Market, tie: Tie) -> None:
        bids = market.bids
        self.tie = tie
        self.who: list[int] = bids.who.tolist()
        self.stream: list[int] = bids.stream.tolist()
        self.bed: list[int] = bids.bed.tolist()
        self.key: list[int] = bids.key.tolist()
        self.first: list[int] = bids.first.tolist()
        self.granted = [NO_BID] * market.people.height
        self.rooms = {("seat", number): Room(places) for number, places in enumerate(market.seats.tolist())}
        self.rooms |= {("bed", number): Room(places) for number, places in enumerate(market.beds.tolist())}

    def run(self) -> None:
        upcoming = self.first[:-1].copy()
        proposers = list(range(len(self.granted)))[::-1]
        while proposers:
            who = proposers.pop()
            if upcoming[who] == self.first[who + 1]:
                continue
            bid = upcoming[who]
            upcoming[who] += 1
            if all(room.admits(self.key[bid]) for room in self.needed(bid)):
                self.take(bid)
                proposers.extend(self._turn_away(bid))
            else:
                proposers.append(who)

    def needed(self, bid: int) -> Iterable[Room]:
        yield self.rooms["seat", self.stream[bid]]
        if self.bed[bid] >= 0:
            yield self.rooms["bed", self.bed[bid]]

    def take(self, bid: int) -> None:
        self.granted[self.who[bid]] = bid
        for room in self.needed(bid):
            room.add(self.key[bid], bid)

    def leave(self, bid: int) -> None:
        self.granted[self.who[bid]] = NO_BID
        for room in self.needed(bid):
            room.remove(self.key[bid], bid)

    def _turn_away(self, bid: int) -> list[int]:
        """Who loses a place because this bid came; boarding places are settled before seats."""
        gone: list[int] = []
        for room in reversed(list(self.needed(bid))):
            while leaving := room.excess(self.tie):
                room.last = self.who[leaving[0]]
                for one in leaving:
                    self.leave(one)
                gone.extend(self.who[one] for one in leaving)
        return gone


def _by_number(rooms: dict[tuple[str, int], Room], kind: str) -> dict[int, tuple[int, int]]:
    """Rooms whose limit was set by equals refused together although places stayed free."""
    return {
        number: (room.limit, room.last)
        for (what, number), room in rooms.items()
        if what == kind and room.count < room.places and room.limit is not None and room.last is not None
    }


def _fill_vacancies(market: Market, hall: Hall) -> None:
    """Only strict order can give a single place away, so other policies leave such places to people."""
    if hall.tie != "strict":
        return
    while (bid := _best_claim(market, hall)) != NO_BID:
        held = hall.granted[hall.who[bid]]
        if held != NO_BID:
            hall.leave(held)
        hall.take(bid)


def _best_claim(market: Market, hall: Hall) -> int:
    """The highest-placed bid that its maker prefers to what they hold and that needs only free places."""
    bids = market.bids
    granted = np.array(hall.granted, dtype=np.int64)[bids.who]
    held_stream = np.where(granted == NO_BID, NO_BID, bids.stream[granted])
    held_bed = np.where(granted == NO_BID, NO_BID, bids.bed[granted])
    seat = np.array([room.count < room.places for (kind, _), room in hall.rooms.items() if kind == "seat"])
    bed = np.array([room.count < room.places for (kind, _), room in hall.rooms.items() if kind == "bed"])
    better = (granted == NO_BID) | (np.arange(len(bids.who)) < granted)
    fits = seat[bids.stream] | (bids.stream == held_stream)
    sleeps = (bids.bed == NO_BID) | bed[bids.bed] | (bids.bed == held_bed)
    claims = np.flatnonzero(better & fits & sleeps)
    return int(claims[np.argmin(bids.key[claims])]) if len(claims) else NO_BID
