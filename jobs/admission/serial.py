"""One list by score: people, or groups of equals, choose in turn (serial dictatorship, ADMIT-1 items 4, 5
and 7).

Serving everyone in one order is strategy-proof for any constraint that fewer people cannot break, so seats
and boarding places are taken together in a single pass (Svensson 1999; Biró 2008 for equals at score limits).
"""

import heapq
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat

import numpy as np

from jobs.admission.market import Market, Whole
from jobs.admission.model import NO_BID, Closures, Tie

Streams = tuple[int, ...]


def serve_in_order(market: Market) -> Whole:
    """The bid each person is granted, or -1: the first whose seat, and boarding place if asked, is free."""
    seats, beds = market.seats.tolist(), market.beds.tolist()
    stream, bed, first = (
        array.tolist() for array in (market.bids.stream, market.bids.bed, market.bids.first)
    )
    granted = [NO_BID] * market.people.height
    for who in range(market.people.height):
        for bid in range(first[who], first[who + 1]):
            place = stream[bid]
            if seats[place] > 0 and (bed[bid] < 0 or beds[bed[bid]] > 0):
                seats[place] -= 1
                if bed[bid] >= 0:
                    beds[bed[bid]] -= 1
                granted[who] = bid
                break
    return np.array(granted, dtype=np.int64)


def serve_groups(market: Market, tie: Tie) -> tuple[Whole, Closures]:
    """As `serve_in_order`, a group of equals at a time, with equals across a last place treated alike."""
    desk = Desk(market, market.groups, tie)
    desk.serve_everyone()
    return np.array(desk.granted, dtype=np.int64), desk.closures()


class Desk:
    """The state while groups are served: what is free, what a tie has closed, who holds which bid.

    `turns` numbers the groups in the order they are served; who is not in `movable` keeps what they hold.
    """

    def __init__(
        self,
        market: Market,
        turns: Whole,
        tie: Tie,
        granted: Whole | None = None,
        movable: Sequence[bool] | None = None,
    ) -> None:
        bids = market.bids
        count = market.people.height
        self.tie = tie
        self.turns = turns
        self.stream: list[int] = bids.stream.tolist()
        self.bed: list[int] = bids.bed.tolist()
        self.first: list[int] = bids.first.tolist()
        # The bids of one option, several where any of several streams will do: start[bid] … after[bid] - 1.
        self.start: list[int] = np.searchsorted(bids.option, bids.option, side="left").tolist()
        self.after: list[int] = np.searchsorted(bids.option, bids.option, side="right").tolist()
        self.bids = bids
        self.granted: list[int] = [NO_BID] * count if granted is None else granted.tolist()
        self.members = _members(turns, movable if movable is not None else repeat(True, count))
        held = bids.stream[self._held()], bids.bed[self._held()]
        self.seats: list[int] = (market.seats - np.bincount(held[0], minlength=len(market.seats))).tolist()
        slept = held[1][held[1] >= 0]
        self.beds: list[int] = (market.beds - np.bincount(slept, minlength=len(market.beds))).tolist()
        self.shut_seats: dict[int, tuple[int, int]] = {}
        self.shut_beds: dict[int, tuple[int, int]] = {}
        self.closed_by: dict[int, list[tuple[str, int]]] = defaultdict(list)
        # A place is open to the turns before this number: all while it is free, none when it is taken.
        self.seats_until = [_until(left, None) for left in self.seats]
        self.beds_until = [_until(left, None) for left in self.beds]

    def closures(self) -> Closures:
        return Closures(dict(self.shut_seats), dict(self.shut_beds))

    def serve_everyone(self) -> None:
        """Each group once, best first: nothing is ever given back, so nobody needs a second look."""
        for turn in self.members:
            self.serve(turn)

    def settle(self) -> None:
        """Serve until nobody can move up; a place given back is offered again from the best who wants it."""
        interested = self._interested()
        queue = list(self.members)
        waiting = set(queue)
        while queue:
            turn = heapq.heappop(queue)
            waiting.discard(turn)
            for place in self.serve(turn):
                for other in interested[place] - waiting:
                    waiting.add(other)
                    heapq.heappush(queue, other)

    def serve(self, turn: int) -> set[tuple[str, int]]:
        """Give a group of equals the best it can have; returns the places given back or opened again."""
        reopened = self._reopen(turn)
        crowd: dict[tuple[Streams, int], list[int]] = defaultdict(list)
        at: dict[int, int] = {}
        waiting = self.members[turn]
        while waiting:
            for who in waiting:
                bid = self._next(who, turn, at)
                if bid is not None:
                    crowd[bid].append(who)
            waiting = (
                self._turn_away(crowd, turn) if self.tie != "admit" and len(self.members[turn]) > 1 else []
            )
        released = self._grant(crowd, at)
        return released | {place for place in reopened if not self._is_shut(place)}

    def _next(self, who: int, turn: int, at: dict[int, int]) -> tuple[Streams, int] | None:
        """What a person's best open option still needs: (streams, any of which will do; boarding or -1)."""
        held = self.granted[who]
        bid = at.get(who, self.first[who])
        end = self.first[who + 1] if held == NO_BID else self.start[held]
        while bid < end:
            bed = self.bed[bid]
            if bed == NO_BID or turn < self.beds_until[bed] or (held != NO_BID and self.bed[held] == bed):
                streams = self._open_streams(bid, held, turn)
                if streams is not None:
                    at[who] = bid
                    return streams, bed if held == NO_BID or self.bed[held] != bed else NO_BID
            bid = self.after[bid]
        return None

    def _open_streams(self, bid: int, held: int, turn: int) -> Streams | None:
        """The streams that can serve an option: () if its holder may stay in theirs, None if all are shut."""
        after = self.after[bid]
        if held == NO_BID and after == bid + 1:
            stream = self.stream[bid]
            return (stream,) if turn < self.seats_until[stream] else None
        streams = self.stream[bid:after]
        if held != NO_BID and self.stream[held] in streams:
            return ()
        return tuple(s for s in streams if turn < self.seats_until[s]) or None

    def _turn_away(self, crowd: dict[tuple[Streams, int], list[int]], turn: int) -> list[int]:
        """Close what more equals ask than there is and return who must look further.

        Boarding first: those it turns away may leave seats enough for the others.
        """
        asked: Counter[int] = Counter()
        for (_, bed), people in crowd.items():
            asked[bed] += len(people)
        beds = {bed for bed, count in asked.items() if bed >= 0 and count > self.beds[bed]}
        seats = set() if beds else share(_demand(crowd), self.seats)[1]
        gone = [needs for needs in crowd if needs[1] in beds or not seats.isdisjoint(needs[0])]
        refused = [(needs, crowd.pop(needs)) for needs in gone]
        for (streams, bed), people in refused:
            if bed in beds:
                self._shut(("bed", bed), (turn, people[0]))
            for stream in seats.intersection(streams):
                self._shut(("seat", stream), (turn, people[0]))
        return [who for _, people in refused for who in people]

    def _grant(
        self, crowd: Mapping[tuple[Streams, int], list[int]], at: Mapping[int, int]
    ) -> set[tuple[str, int]]:
        """Take the places; with more equals than seats (tie = admit) the rest sit above the number."""
        flow, _ = share(_demand(crowd), self.seats)
        slots = {
            streams: chain(
                chain.from_iterable(repeat(s, n) for s, n in flow[streams].items()), repeat(streams[0])
            )
            for streams in flow
        }
        released: set[tuple[str, int]] = set()
        for who, streams in sorted((who, needs[0]) for needs, people in crowd.items() for who in people):
            stream = next(slots[streams]) if streams else self.stream[self.granted[who]]
            released |= self._move(who, self.stream.index(stream, at[who]))
        return released

    def _move(self, who: int, bid: int) -> set[tuple[str, int]]:
        held, self.granted[who] = self.granted[who], bid
        self._count(bid, -1)
        if held == NO_BID:
            return set()
        self._count(held, 1)
        places = {("seat", self.stream[held]), ("bed", self.bed[held])}
        return places - {("seat", self.stream[bid]), ("bed", self.bed[bid]), ("bed", NO_BID)}

    def _count(self, bid: int, change: int) -> None:
        stream, bed = self.stream[bid], self.bed[bid]
        self.seats[stream] += change
        self.seats_until[stream] = _until(self.seats[stream], self.shut_seats.get(stream))
        if bed != NO_BID:
            self.beds[bed] += change
            self.beds_until[bed] = _until(self.beds[bed], self.shut_beds.get(bed))

    def _shut(self, place: tuple[str, int], by: tuple[int, int] | None) -> None:
        """Close a place to a turn and all that follow it, or open it again."""
        kind, number = place
        shut = self.shut_seats if kind == "seat" else self.shut_beds
        shut.pop(number, None)
        if by is not None:
            shut[number] = by
            self.closed_by[by[0]].append(place)
        left, until = (self.seats, self.seats_until) if kind == "seat" else (self.beds, self.beds_until)
        until[number] = _until(left[number], by)

    def _reopen(self, turn: int) -> list[tuple[str, int]]:
        """What this very group had closed is judged anew: its wishes may have changed since."""
        places = [place for place in self.closed_by.pop(turn, []) if self._is_shut_by(place, turn)]
        for place in places:
            self._shut(place, None)
        return places

    def _is_shut_by(self, place: tuple[str, int], turn: int) -> bool:
        shut = (self.shut_seats if place[0] == "seat" else self.shut_beds).get(place[1])
        return shut is not None and shut[0] == turn

    def _is_shut(self, place: tuple[str, int]) -> bool:
        return place[1] in (self.shut_seats if place[0] == "seat" else self.shut_beds)

    def _held(self) -> list[int]:
        return [bid for bid in self.granted if bid != NO_BID]

    def _interested(self) -> Mapping[tuple[str, int], set[int]]:
        turns = self.turns[self.bids.who]
        wanted: dict[tuple[str, int], set[int]] = defaultdict(set)
        for kind, places in (("seat", self.bids.stream), ("bed", self.bids.bed)):
            for place in np.unique(places).tolist():
                wanted[kind, place] = set(np.unique(turns[places == place]).tolist()) & self.members.keys()
        return wanted


def share(
    demand: Mapping[Streams, int], free: Sequence[int]
) -> tuple[dict[Streams, dict[int, int]], set[int]]:
    """How many of each kind sit in which stream, and the streams that equals cannot share without a lot.

    `demand`: people who accept any of these streams. Within a school the kinds are nested but for one quota
    for any language that several kinds fall back on, so serving the pickiest first, own stream first, seats
    the most. The crowded streams are those reachable from someone left standing (Dulmage and Mendelsohn
    1958): exactly the people who could be left out of some largest seating ask for them.
    """
    left = {stream: max(free[stream], 0) for streams in demand for stream in streams}
    flow: dict[Streams, dict[int, int]] = {}
    crowded: set[int] = set()
    for streams in sorted(demand, key=lambda kind: (len(kind), kind)):
        wanted, flow[streams] = demand[streams], {}
        for stream in streams:
            taken = min(wanted, left[stream])
            flow[streams][stream] = taken
            left[stream] -= taken
            wanted -= taken
        if wanted:
            crowded.update(streams)
    _spread(crowded, flow)
    return flow, crowded


def _spread(crowded: set[int], flow: Mapping[Streams, Mapping[int, int]]) -> None:
    """Whoever sits in a crowded stream could be sent to the others they accept: those are crowded too."""
    grew = bool(crowded)
    while grew:
        before = len(crowded)
        for taken in flow.values():
            if any(count and stream in crowded for stream, count in taken.items()):
                crowded.update(taken)
        grew = len(crowded) > before


def _until(left: int, shut: tuple[int, int] | None) -> int:
    if left <= 0:
        return NO_BID
    return sys.maxsize if shut is None else shut[0]


def _demand(crowd: Mapping[tuple[Streams, int], list[int]]) -> Counter[Streams]:
    demand: Counter[Streams] = Counter()
    for (streams, _), people in crowd.items():
        if streams:
            demand[streams] += len(people)
    return demand


def _members(turns: Whole, movable: Iterable[bool]) -> dict[int, list[int]]:
    """Turn → its people, best turn first."""
    members: dict[int, list[int]] = defaultdict(list)
    for who, (turn, moves) in enumerate(zip(turns.tolist(), movable, strict=True)):
        if moves:
            members[turn].append(who)
    return dict(members)
