"""All that a protocol follows from, why no winner may be computed from it, and the document it makes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl

from jobs.beacon import Chain, Pulse, RoundFault, instant_text, pulse_faults, round_time
from jobs.draw1.drawing import DICE_DIGITS, award, draw_seed, ranking, with_hex
from jobs.draw1.entrants import bytes_of, refuse_unsorted
from jobs.draw1.faults import AnnulmentFault, EntrantFault
from jobs.draw1.manifest import BEACONS, NO_DICE, PROTOCOL, Manifest, prize_names

Document = dict[str, Any]
"""A protocol as JSON has it; its keys are those of `Draw.document`."""


@dataclass(frozen=True)
class Annulment:
    """A prize taken back: from whom, on which ground of the rulebook's list, by which evidence, and when.

    `decided_at` is aware and counts to the second. AnnulmentFault for a ground that is empty or not one line.
    """

    entrant: str
    ground: str
    decided_at: datetime
    evidence_sha256: str | None = None

    def __post_init__(self) -> None:
        if self.ground != " ".join(self.ground.split()) or not self.ground:
            raise AnnulmentFault("the ground of an annulment must be one line of text; name the ground")

    def as_dict(self) -> dict[str, str | None]:
        """The annulment as a protocol has it."""
        return {
            "entrant": self.entrant,
            "ground": self.ground,
            "evidence_sha256": self.evidence_sha256,
            "decided_at": instant_text(self.decided_at),
        }


@dataclass(frozen=True)
class Occasion:
    """What a page prints above a draw; no part of the computation.

    `title` has kk, ru and en, `group` those and id; None where there is none, as for a draw on the command line.
    """

    contest: str | None = None
    title: Mapping[str, str] | None = None
    group: Mapping[str, str] | None = None
    organisation: str | None = None


@dataclass(frozen=True)
class Draw:
    """All that a protocol follows from. Before the draw `pulse` and `dice` are None.

    `skipped`: entrant → id of the earlier draw that gave this person a prize. `previous`: the SHA-256 of the
    version before this one, in hex.
    """

    manifest: Manifest
    entrants: Sequence[str]
    chain: Chain
    pulse: Pulse | None = None
    dice: str | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    annulments: tuple[Annulment, ...] = ()
    occasion: Occasion = field(default_factory=Occasion)
    version: int = 1
    previous: str | None = None

    def faults(self) -> Iterator[str]:
        """Why no winner may be computed from this; the BLS signature apart, which the shell has verified."""
        yield from self._faults_of_list()
        yield from self._faults_of_beacon()
        if (self.pulse is None) != (self.dice is None):
            yield "a pulse and the dice (empty where there were none) belong together"
        if self.dice is not None:
            yield from _dice_faults(self.manifest, self.dice)
        if self.pulse is None and self.annulments:
            yield "nothing can be annulled before the draw"
        if self.skipped and not self.skipped.keys() <= set(self.entrants):
            yield "somebody is skipped who is no entrant"

    def _faults_of_beacon(self) -> Iterator[str]:
        if self.manifest.chain_hash != self.chain.chain_hash:
            yield "the chain is not the one committed to: its hash differs from the manifest's chain_hash"
        if self.manifest.beacon != BEACONS[self.chain.name]:
            yield f"the manifest's beacon is {self.manifest.beacon}, the chain is named {self.chain.name}"
        try:
            round_time(self.chain, self.manifest.round)
        except RoundFault as fault:
            yield str(fault)
        if self.pulse is not None:
            yield from pulse_faults(self.chain, self.manifest.round, self.pulse)

    def _faults_of_list(self) -> Iterator[str]:
        try:
            refuse_unsorted(self.entrants)
        except EntrantFault as fault:
            yield str(fault)
        if hashlib.sha256(bytes_of(self.entrants)).hexdigest() != self.manifest.entrants_sha256:
            yield "the list of entrants is not the one committed to: its SHA-256 differs from the manifest's"
        if len(self.entrants) != self.manifest.entrants_count:
            yield f"the list has {len(self.entrants)} entrants, committed were {self.manifest.entrants_count}"

    @cached_property
    def seed(self) -> bytes | None:
        """The seed of the tickets; None before the draw."""
        if self.pulse is None or self.dice is None:
            return None
        return draw_seed(self.manifest.commit, bytes.fromhex(self.pulse.randomness), self.dice)

    @cached_property
    def ranked(self) -> pl.DataFrame | None:
        """See `ranking`; None before the draw."""
        return None if self.seed is None else ranking(self.seed, self.manifest.draw_id, self.entrants)

    def awards(self) -> tuple[str | None, ...] | None:
        """See `award`; None before the draw."""
        if self.ranked is None:
            return None
        annulled = [each.entrant for each in self.annulments]
        return award(self.ranked["entrant"], self.manifest.prize_count, self.skipped, annulled)

    def document(self) -> Document:
        """The protocol of this draw, as JSON has it; `faults` come first."""
        return {**self._given(), **self._computed()}

    def _given(self) -> Document:
        return {
            "version": self.version,
            "previous": self.previous,
            "contest": self.occasion.contest,
            "title": self.occasion.title and dict(self.occasion.title),
            "group": self.occasion.group and dict(self.occasion.group),
            "organisation": self.occasion.organisation,
            "manifest": self.manifest.as_dict(),
            "entrants": list(self.entrants),
            "chain": self.chain.as_dict(),
            "pulse": self.pulse and self.pulse.as_dict(),
            "dice": self.dice,
            "skipped": dict(self.skipped),
            "annulments": [each.as_dict() for each in self.annulments],
        }

    def _computed(self) -> Document:
        awards = self.awards()
        return {
            "protocol": PROTOCOL,
            "draw_id": self.manifest.draw_id,
            "draw_at": instant_text(round_time(self.chain, self.manifest.round)),
            "commit": self.manifest.commit.hex(),
            "prizes": list(prize_names(self.manifest.prizes)),
            "seed": self.seed and self.seed.hex(),
            "ranking": None if self.ranked is None else _rows(self.ranked),
            "awards": None if awards is None else list(awards),
        }


def _rows(ranked: pl.DataFrame) -> list[list[str]]:
    columns = with_hex(ranked)
    return list(map(list, zip(columns["entrant"].to_list(), columns["ticket"].to_list(), strict=True)))


def _dice_faults(manifest: Manifest, dice: str) -> Iterator[str]:
    if not DICE_DIGITS.fullmatch(dice):
        yield "the dice must be the twenty digits read aloud, or nothing where they failed"
    elif dice and manifest.local_entropy == NO_DICE:
        yield "no dice were committed to, so none may be used"
