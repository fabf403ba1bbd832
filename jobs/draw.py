"""A public draw of prizes, one draw a group: DRAW-1 over the entries' public codes (BilimClass, 6.1-6.4, 8.1-8.2)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import polars as pl

from jobs.beacon import Pulse, round_at
from jobs.binding import Annulled, Ceremony
from jobs.draw1 import (
    Annulment,
    Document,
    Manifest,
    Occasion,
    announce,
    annul,
    entrant_file,
    hold,
    manifest_of,
    protocol_bytes,
)
from jobs.regions import region_name
from jobs.verdicts import IN, OUT, UNDECIDED, Case, Decisions, judge, words

_LANGUAGES: Final[tuple[Literal["kk", "ru", "en"], ...]] = ("kk", "ru", "en")
_NOT_OF_AN_ID: Final = re.compile(r"[^A-Za-z0-9._-]+")
DRAWS_SCHEMA: Final[dict[str, pl.DataType]] = {
    "group": pl.String(),
    "draw_id": pl.String(),
    "version": pl.Int64(),
    "commit": pl.String(),
    "round": pl.Int64(),
    "entrants": pl.Int64(),
    "manifest": pl.String(),
    "protocol": pl.String(),
}
"""The evidence `draws`: a row a draw and version; `manifest` and `protocol` are the very bytes, as text. Version 0 is
what is committed to before the draw."""


def draw(entries: pl.DataFrame, *, prizes: list[str], at: datetime, ceremony: Ceremony) -> Decisions:
    """In: whoever draws one of `prizes` in their group; undecided: everybody, until the beacon of the moment `at` has
    spoken and the dice were read aloud before it.

    Draws run in the order of their groups, and whoever has a prize is skipped in those that follow. An annulled prize
    goes to the next eligible ticket of the same draw; all others keep theirs. Adds `rank` (the place in the draw),
    `award`, `prize` (its number), `entrant` (the public code) and `draw_id`.
    """
    drawing = _Drawing(ceremony, prizes, at)
    draws = [
        _Draw(str(group), dict(zip(map(ceremony.code, members), members, strict=True)))
        for (group,), part in entries.sort("group", "entry").group_by("group", maintain_order=True)
        for members in [part["entry"].to_list()]
    ]
    if not draws:  # no region is held: there is nothing to wait for
        return _decided(drawing, draws, _evidence([]))
    pulse = ceremony.pulses.get(drawing.round)
    if pulse is None:
        return _before(drawing, draws)
    return _after(drawing, draws, pulse)


def draw_id(ceremony: Ceremony, group: str) -> str:
    """The id of a group's draw."""
    return _NOT_OF_AN_ID.sub("-", f"{ceremony.stem}-{group}")[:64]


@dataclass(frozen=True)
class _Drawing:
    """What all draws of the stage share."""

    ceremony: Ceremony
    prizes: list[str]
    at: datetime

    @property
    def round(self) -> int:
        return round_at(self.ceremony.chain, self.at)

    def occasion(self, each: "_Draw") -> Occasion:
        """What is printed above the protocol."""
        named: dict[str, str] = {language: region_name(each.group, language) for language in _LANGUAGES}
        host = self.ceremony
        return Occasion(host.contest, host.title, {"id": each.group, **named}, host.organisation)

    def draw_id(self, group: str) -> str:
        return draw_id(self.ceremony, group)

    def manifest(self, each: "_Draw") -> Manifest:
        """What is committed to: DRAW-1, 2."""
        entrants = entrant_file(each.codes)
        return manifest_of(
            self.draw_id(each.group),
            entrants,
            self.prizes,
            self.ceremony.chain,
            self.round,
            rules_sha256=self.ceremony.rules,
            dice=True,
        )


@dataclass
class _Draw:
    """One group's draw: `entries` by public code, `versions` of its protocol, the oldest first."""

    group: str
    entries: Mapping[str, str]
    versions: list[Document] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        return sorted(self.entries)

    @property
    def holders(self) -> list[str | None]:
        """The entries that hold the prizes now, in the order of the prizes."""
        return [code and self.entries[code] for code in self.versions[-1]["awards"]]

    def skipped(self, won: Mapping[str, str]) -> dict[str, str]:
        """Of the entrants those who have a prize of another draw, and of which."""
        return {code: won[entry] for code, entry in self.entries.items() if entry in won}


def _before(drawing: _Drawing, draws: Sequence[_Draw]) -> Decisions:
    """Nothing is drawn: the lists stand, and are to be committed to."""
    rows = []
    for each in draws:
        manifest = drawing.manifest(each)
        document = announce(manifest, each.codes, drawing.ceremony.chain, occasion=drawing.occasion(each))
        rows.append(_row(each, manifest, 0, document))
    listed = _members(drawing, draws)
    reason = words("to-be-drawn", "on the list of the draw {draw_id}", draw_id=pl.col("draw_id"))
    verdicts = judge(listed, Case(pl.lit(value=True), UNDECIDED, reason), otherwise=reason)
    return Decisions(verdicts, columns=listed.drop("group"), evidence={"draws": _evidence(rows)})


def _members(drawing: _Drawing, draws: Sequence[_Draw]) -> pl.DataFrame:
    rows = [
        (entry, each.group, code, drawing.draw_id(each.group))
        for each in draws
        for code, entry in each.entries.items()
    ]
    schema = dict.fromkeys(("entry", "group", "entrant", "draw_id"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row").sort("entry")


def _after(drawing: _Drawing, draws: Sequence[_Draw], pulse: Pulse) -> Decisions:
    """The dice failed where none came before the beacon spoke: they are then empty, and never thrown again."""
    won: dict[str, str] = {}
    rows = []
    for each in draws:
        manifest = drawing.manifest(each)
        each.versions.append(
            hold(
                manifest,
                each.codes,
                drawing.ceremony.chain,
                pulse,
                drawing.ceremony.dice or "",
                skipped=each.skipped(won),
                occasion=drawing.occasion(each),
            )
        )
        won |= {entry: manifest.draw_id for entry in each.holders if entry}
    barred: dict[str, str] = {}
    for annulled in drawing.ceremony.annulled:
        _take_back(draws, annulled, barred)
    for each in draws:
        manifest = drawing.manifest(each)
        rows += [_row(each, manifest, number, one) for number, one in enumerate(each.versions, start=1)]
    return _decided(drawing, draws, _evidence(rows))


def _take_back(draws: Sequence[_Draw], annulled: Annulled, barred: dict[str, str]) -> None:
    """Give the prize to the next eligible ticket of its draw: a new version of that protocol (6.4). Whoever lost a
    prize is `barred` from then on in every other draw too."""
    held = {entry: each for each in draws for entry in each.holders if entry}
    its = held[
        annulled.entry
    ]  # asked about because the person holds a prize; the first decision on it counts
    others = {entry: each.versions[-1]["draw_id"] for entry, each in held.items() if each is not its}
    own = its.versions[-1]["draw_id"]
    others |= {entry: draw_id for entry, draw_id in barred.items() if draw_id != own}
    barred[annulled.entry] = own
    code = next(code for code, entry in its.entries.items() if entry == annulled.entry)
    annulment = Annulment(code, annulled.ground, annulled.at, annulled.evidence_sha256)
    its.versions.append(annul(its.versions[-1], [annulment], its.skipped(others)))


def _decided(drawing: _Drawing, draws: Sequence[_Draw], evidence: pl.DataFrame) -> Decisions:
    rows = [row for each in draws for row in _outcomes(each, drawing.prizes)]
    drawn = pl.DataFrame(rows, schema=_OUTCOME, orient="row").sort("entry")
    figures = {name: pl.col(name) for name in ("place", "entrants", "draw_id")}
    prize = words(
        "prize",
        "drew prize {prize}, {name}: place {place} of {entrants} in the draw {draw_id}",
        name=pl.col("award"),
        prize=pl.col("prize"),
        **figures,
    )
    no_prize = words(
        "no-prize",
        "place {place} of {entrants} in the draw {draw_id} of {prizes} prizes",
        prizes=pl.lit(len(drawing.prizes)),
        **figures,
    )
    taken = words(
        "annulled", "the prize was annulled: {ground}", ground=pl.col("ground"), draw_id=figures["draw_id"]
    )
    earlier = words("won-earlier", "has a prize of the draw {draw_id}", draw_id=pl.col("won"))
    verdicts = judge(
        drawn,
        Case(pl.col("prize").is_not_null(), IN, prize),
        Case(pl.col("ground").is_not_null(), OUT, taken),
        Case(pl.col("won").is_not_null(), OUT, earlier),
        Case(pl.lit(value=True), OUT, no_prize),
        otherwise=no_prize,
    )
    columns = drawn.select("entry", "award", "prize", "entrant", "draw_id", "entrants", rank=pl.col("place"))
    return Decisions(verdicts, columns=columns, evidence={"draws": evidence})


_OUTCOME: Final[dict[str, pl.DataType]] = {
    "entry": pl.String(),
    "entrant": pl.String(),
    "draw_id": pl.String(),
    "place": pl.Int64(),
    "entrants": pl.Int64(),
    "prize": pl.Int64(),
    "award": pl.String(),
    "ground": pl.String(),
    "won": pl.String(),
}


def _outcomes(each: _Draw, prizes: Sequence[str]) -> Iterator[tuple[object, ...]]:
    document = each.versions[-1]
    prize = {code: number for number, code in enumerate(document["awards"], start=1) if code}
    grounds = {one["entrant"]: one["ground"] for one in document["annulments"]}
    for place, (code, _ticket) in enumerate(document["ranking"], start=1):
        number = prize.get(code)
        award = prizes[number - 1] if number else None
        figures = (document["draw_id"], place, len(each.entries), number, award)
        yield (each.entries[code], code, *figures, grounds.get(code), document["skipped"].get(code))


def _row(each: _Draw, manifest: Manifest, version: int, document: Document) -> tuple[object, ...]:
    counts = (manifest.commit.hex(), manifest.round, manifest.entrants_count)
    texts = (manifest.as_bytes().decode(), protocol_bytes(document).decode())
    return (each.group, manifest.draw_id, version, *counts, *texts)


def _evidence(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=DRAWS_SCHEMA, orient="row")
