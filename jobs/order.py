"""The order of performance by lot: one public draw, kept to the end of the contest (order 99, annex 4, clause 16).

It is DRAW-1 over the public codes of all who perform (row X-02): the list and the manifest are out a day before the
beacon speaks, and anyone can recompute the order. Each nomination performs in the order of that one ranking, so whoever
withdraws moves nobody past another.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from jobs.beacon import Pulse, round_at
from jobs.binding import Ceremony
from jobs.draw import DRAWS_SCHEMA, draw_id
from jobs.draw1 import Document, Manifest, Occasion, announce, entrant_file, hold, manifest_of, protocol_bytes
from jobs.verdicts import IN, UNDECIDED, Case, Decisions, group_of, judge, no_verdicts, words

PRIZE: Final = "first in the order of performance"
"""What a manifest, which must name a prize, says is drawn; the ranking of the protocol is the order."""

GROUP: Final = {
    "id": "order",
    "kk": "Өнер көрсету кезегі",
    "ru": "Очерёдность выступлений",
    "en": "Order of performance",
}


def order(entries: pl.DataFrame, *, at: datetime, ceremony: Ceremony) -> Decisions:
    """In: everybody, with `performance`, the number under which they perform in their group (1 is the first);
    undecided: everybody, until the beacon of the moment `at` has spoken and the dice were read aloud before it.

    Adds `performance`, `performers` (how many perform in the group), `entrant` (the public code) and `draw_id`.
    Evidence: `draws`, as of the job `draw`.
    """
    lot = _Lot.of(entries, at, ceremony)
    pulse = ceremony.pulses.get(lot.round)
    if entries.height == 0:  # nobody is left to perform: there is nothing to wait for
        return Decisions(no_verdicts(), None, {"draws": pl.DataFrame(schema=DRAWS_SCHEMA)})
    return _before(lot) if pulse is None else _after(lot, pulse)


@dataclass(frozen=True)
class _Lot:
    """`listed`: `entry`, `group`, `entrant` (its public code), `draw_id`, sorted by entry."""

    ceremony: Ceremony
    round: int
    listed: pl.DataFrame
    manifest: Manifest

    @classmethod
    def of(cls, entries: pl.DataFrame, at: datetime, ceremony: Ceremony) -> "_Lot":
        group = group_of(entries)
        codes = pl.Series("entrant", [ceremony.code(entry) for entry in entries["entry"]], dtype=pl.String)
        name, round_ = draw_id(ceremony, GROUP["id"]), round_at(ceremony.chain, at)
        listed = entries.select("entry", group).with_columns(codes, draw_id=pl.lit(name)).sort("entry")
        of = (name, entrant_file(codes), [PRIZE], ceremony.chain, round_)
        return cls(ceremony, round_, listed, manifest_of(*of, rules_sha256=ceremony.rules, dice=True))

    @property
    def entrants(self) -> list[str]:
        return self.listed["entrant"].sort().to_list()

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.ceremony.contest, self.ceremony.title, GROUP, self.ceremony.organisation)

    def evidence(self, version: int, document: Document) -> dict[str, pl.DataFrame]:
        made = self.manifest
        figures = (made.draw_id, version, made.commit.hex(), made.round, made.entrants_count)
        row = (GROUP["id"], *figures, made.as_bytes().decode(), protocol_bytes(document).decode())
        return {"draws": pl.DataFrame([row], schema=DRAWS_SCHEMA, orient="row")}


_LISTED = words("order-to-be-drawn", "on the list of the lot {draw_id}", draw_id=pl.col("draw_id"))
_ORDERED = words(
    "order-drawn",
    "performs as number {performance} of {performers} by the lot {draw_id}",
    performance=pl.col("performance"),
    performers=pl.col("performers"),
    draw_id=pl.col("draw_id"),
)


def _before(lot: _Lot) -> Decisions:
    document = announce(lot.manifest, lot.entrants, lot.ceremony.chain, occasion=lot.occasion)
    verdicts = judge(lot.listed, Case(pl.lit(value=True), UNDECIDED, _LISTED), otherwise=_LISTED)
    return Decisions(verdicts, lot.listed.drop("group"), lot.evidence(0, document))


def _after(lot: _Lot, pulse: Pulse) -> Decisions:
    """The dice failed where none came before the beacon spoke: they are then empty, and never thrown again."""
    document = hold(
        lot.manifest, lot.entrants, lot.ceremony.chain, pulse, lot.ceremony.dice or "", occasion=lot.occasion
    )
    places = pl.DataFrame({"entrant": [code for code, _ticket in document["ranking"]]}).with_row_index(
        "place"
    )
    placed = lot.listed.join(places, on="entrant", how="left", maintain_order="left")
    drawn = placed.with_columns(
        performance=pl.col("place").rank("ordinal").over("group").cast(pl.Int64),
        performers=pl.len().over("group").cast(pl.Int64),
    )
    verdicts = judge(drawn, Case(pl.lit(value=True), IN, _ORDERED), otherwise=_ORDERED)
    return Decisions(verdicts, drawn.drop("group", "place"), lot.evidence(1, document))
