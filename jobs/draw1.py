"""DRAW-1: a draw anyone can check. From a published list, dice and a public beacon to a ranking of everybody.

The list and the manifest are committed to before the beacon's round; the ranking then follows from hashes alone:
    commit = SHA256(manifest)
    seed   = SHA256("DRAW-1/seed\\0" ‖ commit ‖ randomness ‖ dice)
    ticket = HMAC-SHA256(seed, "DRAW-1/ticket\\0" ‖ draw_id ‖ "\\0" ‖ entrant), the lowest (ticket, entrant) first
So no place depends on the order of the list, and taking one entrant out leaves the others' order unchanged.
A protocol is the JSON document of one draw; each annulment adds a version that names the one before by hash.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.beacon import BeaconError, Chain, Pulse, RoundFault, instant_text, pulse_faults, round_time
from jobs.errors import BaiqauError

PROTOCOL: Final = "DRAW-1"
DICE: Final = "dice-20d10"
NO_DICE: Final = "none"
BEACONS: Final = MappingProxyType(
    {"quicknet": "drand-quicknet", "default": "drand-default", "test": "test-chain"}
)
"""What a manifest calls the beacon of each chain."""

SEED_LABEL: Final = b"DRAW-1/seed\0"
DRAW_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_ENTRANT: Final = r"[A-Z0-9][A-Z0-9-]{0,63}"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DICE_DIGITS: Final = re.compile(r"(?:[0-9]{20})?", re.ASCII)
_PRIZE: Final = re.compile(
    r"[!-{}~](?:[ -{}~]*[!-{}~])?", re.ASCII
)  # printable, no | and no space at an edge
_MOST: Final = 2**53 - 1  # every JSON reader, a browser too, holds these exactly

Document = dict[str, Any]
"""A protocol as JSON has it; its keys are those of `Draw.document`."""


class DrawFault(BaiqauError):
    """A draw that must not be held, or a protocol that must not be built on."""


class EntrantFault(DrawFault):
    """The list of entrants is not one that everybody would hash alike."""


class ManifestFault(DrawFault):
    """The manifest is not one that could have been committed to."""


class DiceFault(DrawFault):
    """The dice are not twenty digits, or were not committed to."""


class DrawRefused(DrawFault):
    """What was committed to and what came do not fit together, so nothing was computed."""


class AnnulmentFault(DrawFault):
    """An annulment of a prize that the person does not hold."""


class ProtocolFault(DrawFault):
    """A file that is no protocol as this program writes them."""


# --- entrants ---


def entrant_file(ids: Iterable[str]) -> bytes:
    """The list as published: one id a line, byte-sorted, each ended by LF; `ids` come in any order.

    Ids are codes of A-Z, 0-9 and dashes, 1 to 64 long, each once. EntrantFault names the place of the first
    fault in the order given and not the id, which may be a person's name.
    """
    return _file_of(_checked(ids).to_list())


def may_be_entrant(one: str) -> bool:
    """Whether an id may stand in a list of entrants as it is."""
    return re.fullmatch(_ENTRANT, one, re.ASCII) is not None


def listed_code(one: str) -> str:
    """An id that may stand in a list of entrants as it is; another one by a digest of it."""
    return one if may_be_entrant(one) else f"E-{hashlib.sha256(one.encode()).hexdigest()[:16].upper()}"


def parse_entrants(data: bytes) -> list[str]:
    """The ids of a published list; EntrantFault unless it is byte for byte what `entrant_file` writes."""
    if not data.isascii():
        raise EntrantFault("the list of entrants has characters beyond ASCII; take the published file afresh")
    if data and not data.endswith(b"\n"):
        raise EntrantFault(
            "the list of entrants does not end with a line feed; take the published file afresh"
        )
    ids = data.decode("ascii").split("\n")[:-1]
    _refuse_unsorted(ids)
    return ids


def _refuse_unsorted(ids: Sequence[str]) -> None:
    if _checked(ids).to_list() != list(ids):
        raise EntrantFault("the list of entrants is not byte-sorted; take the published file afresh")


def _file_of(ids: Iterable[str]) -> bytes:
    text = "\n".join(ids)
    return (text + "\n" if text else "").encode("utf-8", "backslashreplace")


def _checked(ids: Iterable[str]) -> pl.Series:
    """The ids in byte order."""
    given = ids if isinstance(ids, pl.Series) else pl.Series("entrant", list(ids), dtype=pl.String)
    well_formed = given.str.contains(f"^{_ENTRANT}$").fill_null(value=False)
    ordered = given.sort()
    if not well_formed.all() or (ordered == ordered.shift(1)).any():
        raise _first_fault(given, well_formed)
    return ordered.alias("entrant")


def _first_fault(given: pl.Series, well_formed: pl.Series) -> EntrantFault:
    at = (~(well_formed & given.is_first_distinct())).arg_max() or 0
    why = "repeats an id" if well_formed[at] else _ill_formed(given[at])
    return EntrantFault(
        f"entrant {at + 1} of the list {why}; give each code of A-Z, 0-9 and dashes (at most 64) once"
    )


def _ill_formed(one: str | None) -> str:
    if not one:
        return "is empty"
    faults: tuple[tuple[bool, str], ...] = (
        (one != one.strip(), "has a space at an edge"),
        (not one.isascii(), "has a character that is not Latin"),
        (one != one.upper(), "has a small letter"),
        (len(one) > 64, "is too long"),
        (one.startswith("-"), "begins with a dash"),
    )
    return next((why for holds, why in faults if holds), "has a character that codes do not have")


# --- the manifest and what is committed to ---


@dataclass(frozen=True)
class Manifest:
    """What is committed to before the draw; ManifestFault where a field could not have been.

    Digests in lower-case hex; `prizes` is "1:laptop|2:tablet", see `prize_text`; `round` the beacon's.
    """

    draw_id: str
    entrants_sha256: str
    entrants_count: int
    prizes: str
    prize_count: int
    rules_sha256: str
    beacon: str
    chain_hash: str
    round: int
    local_entropy: str
    protocol: str = PROTOCOL

    def __post_init__(self) -> None:
        texts: Mapping[str, Callable[[str], object]] = {
            "protocol": lambda text: text == PROTOCOL,
            "draw_id": DRAW_ID.fullmatch,
            "entrants_sha256": _DIGEST.fullmatch,
            "prizes": lambda text: prize_text(prize_names(text)) == text,
            "rules_sha256": _DIGEST.fullmatch,
            "beacon": lambda text: text in BEACONS.values(),
            "chain_hash": _DIGEST.fullmatch,
            "local_entropy": lambda text: text in (DICE, NO_DICE),
        }
        for name, holds in texts.items():
            written = getattr(self, name)
            _demand(type(written) is str and holds(written), name)
        for name, least in (("entrants_count", 0), ("prize_count", 1), ("round", 1)):
            written = getattr(self, name)
            _demand(type(written) is int and least <= written <= _MOST, name)
        _demand(len(prize_names(self.prizes)) == self.prize_count, "prize_count")

    def as_dict(self) -> dict[str, str | int]:
        """The manifest as JSON has it."""
        return asdict(self)

    def as_bytes(self) -> bytes:
        """Its canonical JSON: of RFC 8785 the part without floats and beyond ASCII. These bytes are hashed."""
        return json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":")).encode("ascii")

    @property
    def commit(self) -> bytes:
        """SHA-256 of the canonical bytes: what is published at least 24 hours before the round."""
        return hashlib.sha256(self.as_bytes()).digest()

    @classmethod
    def from_mapping(cls, written: Mapping[str, Any]) -> "Manifest":
        """The manifest of exactly these keys; ManifestFault where one is missing, foreign or ill-formed."""
        for name in sorted({one.name for one in fields(cls)} ^ written.keys()):
            raise ManifestFault(
                f"the manifest lacks {name} or must not have it; take the published file afresh"
            )
        return cls(**written)


def _demand(holds: object, name: str) -> None:
    if not holds:
        raise ManifestFault(f"the manifest's {name} is not what {PROTOCOL} allows; correct {name}")


def parse_manifest(data: bytes) -> Manifest:
    """The manifest of its canonical bytes; ManifestFault where they are anything else."""
    try:
        written = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ManifestFault("the manifest is no JSON; take the published file afresh") from error
    if not isinstance(written, dict):
        raise ManifestFault("the manifest is no JSON object; take the published file afresh")
    manifest = Manifest.from_mapping(written)
    if manifest.as_bytes() != data:
        raise ManifestFault("the manifest is not in its canonical form; take the published file afresh")
    return manifest


def prize_text(names: Sequence[str]) -> str:
    """The prizes as a manifest has them: "1:laptop|2:tablet"; ManifestFault names the first it cannot hold."""
    if not names:
        raise ManifestFault("there is no prize to draw; name at least one")
    for number, name in enumerate(names, 1):
        if not _PRIZE.fullmatch(name):
            raise ManifestFault(f"prize {number} must be named in plain Latin letters without |; rename it")
    return "|".join(f"{number}:{name}" for number, name in enumerate(names, 1))


def prize_names(prizes: str) -> tuple[str, ...]:
    """The names in a manifest's `prizes`, in order; ManifestFault where they are not numbered 1, 2, 3 …"""
    pairs = [one.partition(":") for one in prizes.split("|")]
    if [number for number, _, _ in pairs] != [str(number) for number in range(1, len(pairs) + 1)]:
        raise ManifestFault("the prizes are not numbered 1, 2, 3 …; write 1:NAME|2:NAME")
    return tuple(name for _, _, name in pairs)


def manifest_of(
    draw_id: str,
    entrants: bytes,
    prizes: Sequence[str],
    chain: Chain,
    round_: int,
    *,
    rules_sha256: str,
    dice: bool,
) -> Manifest:
    """The manifest to commit to. `entrants`: the published list's bytes. EntrantFault, ManifestFault."""
    return Manifest(
        draw_id=draw_id,
        entrants_sha256=hashlib.sha256(entrants).hexdigest(),
        entrants_count=len(parse_entrants(entrants)),
        prizes=prize_text(prizes),
        prize_count=len(prizes),
        rules_sha256=rules_sha256,
        beacon=BEACONS[chain.name],
        chain_hash=chain.chain_hash,
        round=round_,
        local_entropy=DICE if dice else NO_DICE,
    )


# --- seed, tickets, ranking, awards ---


def draw_seed(commit: bytes, randomness: bytes, dice: str) -> bytes:
    """SHA256("DRAW-1/seed\\0" ‖ commit ‖ randomness ‖ dice): 32 bytes of 32, 32 and 20 digits or none.

    Dice that failed are the empty text; they are never thrown again. DiceFault for anything else.
    """
    if not _DICE_DIGITS.fullmatch(dice):
        raise DiceFault("the dice must be the twenty digits read aloud, or nothing; type them without spaces")
    if (len(commit), len(randomness)) != (32, 32):
        raise DrawRefused("the commitment and the randomness have 32 bytes each; give the digests themselves")
    return hashlib.sha256(SEED_LABEL + commit + randomness + dice.encode("ascii")).digest()


def ticket(seed: bytes, draw_id: str, entrant: str) -> bytes:
    """The 32-byte ticket of one entrant: what each person can recompute at home. `seed` has 32 bytes."""
    return hmac.digest(seed, _ticket_label(draw_id) + entrant.encode(), "sha256")


def tickets(seed: bytes, draw_id: str, entrants: Iterable[str]) -> list[bytes]:
    """The tickets of many entrants, in their order.

    HMAC over states kept after the key and the label (RFC 2104, section 4): a third of the time of `ticket`.
    """
    key = seed.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + _ticket_label(draw_id)).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key)).copy
    drawn = []
    for entrant in entrants:
        inside, outside = inner(), outer()
        inside.update(entrant.encode())
        outside.update(inside.digest())
        drawn.append(outside.digest())
    return drawn


def _ticket_label(draw_id: str) -> bytes:
    return b"DRAW-1/ticket\0" + draw_id.encode("ascii") + b"\0"


def ranking(seed: bytes, draw_id: str, entrants: Iterable[str]) -> pl.DataFrame:
    """Everybody in the order of the draw: columns entrant (String) and ticket (Binary, 32 bytes).

    Ascending by (ticket, entrant), whatever the order of `entrants`. EntrantFault as `entrant_file`.
    """
    ids = _checked(entrants)
    drawn = pl.Series("ticket", tickets(seed, draw_id, ids.to_list()), dtype=pl.Binary)
    return pl.DataFrame([ids, drawn]).sort("ticket", "entrant")


def with_hex(ranked: pl.DataFrame) -> pl.DataFrame:
    """A ranking with its tickets as lower-case hex (String), as protocols and lists print them."""
    return ranked.with_columns(pl.col("ticket").bin.encode("hex"))


def award(
    ranking_ids: Iterable[str],
    prize_count: int,
    skipped: Collection[str] = (),
    annulled: Iterable[str] = (),
) -> tuple[str | None, ...]:
    """Who has each prize, in the order of the prizes; None where nobody eligible was left.

    `skipped` have a prize of an earlier draw. `annulled` in the order decided: the next eligible ticket takes
    that very prize and all others keep theirs. AnnulmentFault where the person holds no prize at that point.
    """
    eligible = (one for one in ranking_ids if one not in skipped)
    holders = [next(eligible, None) for _ in range(prize_count)]
    for number, entrant in enumerate(annulled, 1):
        if entrant not in holders:
            raise AnnulmentFault(
                f"annulment {number}: the entrant {entrant} holds no prize of this draw; name one who does"
            )
        holders[holders.index(entrant)] = next(eligible, None)
    return tuple(holders)


# --- the protocol ---


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
            _refuse_unsorted(self.entrants)
        except EntrantFault as fault:
            yield str(fault)
        if hashlib.sha256(_file_of(self.entrants)).hexdigest() != self.manifest.entrants_sha256:
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
    if not _DICE_DIGITS.fullmatch(dice):
        yield "the dice must be the twenty digits read aloud, or nothing where they failed"
    elif dice and manifest.local_entropy == NO_DICE:
        yield "no dice were committed to, so none may be used"


def announce(
    manifest: Manifest,
    entrants: Sequence[str],
    chain: Chain,
    *,
    skipped: Mapping[str, str] | None = None,
    occasion: Occasion | None = None,
) -> Document:
    """The protocol before the draw: what was committed to, all results null. DrawRefused as `hold`."""
    draw = Draw(manifest, entrants, chain, skipped=dict(skipped or {}), occasion=occasion or Occasion())
    return _document(draw)


def hold(
    manifest: Manifest,
    entrants: Sequence[str],
    chain: Chain,
    pulse: Pulse,
    dice: str,
    *,
    skipped: Mapping[str, str] | None = None,
    occasion: Occasion | None = None,
) -> Document:
    """The protocol of a draw, version 1. `pulse` has passed `worker.beacon.verify_pulse`; `entrants` as published.

    DrawRefused, before any ticket is computed, where the list, the chain, the round, the randomness or the form
    of the dice is not what the manifest committed to. `dice` is "" where none were thrown or they failed.
    """
    draw = Draw(manifest, entrants, chain, pulse, dice, dict(skipped or {}), occasion=occasion or Occasion())
    return _document(draw)


def annul(
    protocol: Document, annulments: Sequence[Annulment], also_skipped: Mapping[str, str] | None = None
) -> Document:
    """The next version of a protocol: those prizes go to the next eligible tickets, all others stay.

    `also_skipped`: who since got a prize of another draw and cannot take one here. The protocol is one that
    `check_protocol` finds sound. AnnulmentFault where somebody holds no prize; ProtocolFault, DrawRefused.
    """
    before = read_draw(protocol)
    out = {each.entrant for each in before.annulments}  # no ticket of theirs counts again
    skipped = {who: where for who, where in (also_skipped or {}).items() if who not in out}
    after = replace(
        before,
        version=before.version + 1,
        previous=hashlib.sha256(protocol_bytes(protocol)).hexdigest(),
        annulments=(*before.annulments, *annulments),
        skipped={**before.skipped, **skipped},
    )
    return _document(after)


def _document(draw: Draw) -> Document:
    for fault in draw.faults():
        raise DrawRefused(f"the draw {draw.manifest.draw_id} is refused: {fault}")
    return draw.document()


def protocol_bytes(protocol: Document) -> bytes:
    """The file of a protocol: UTF-8, its keys sorted, ended by LF. The chain of versions hashes these bytes."""
    return (json.dumps(protocol, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def parse_protocol(data: bytes) -> Document:
    """The protocol of a file; ProtocolFault unless the bytes are those that `protocol_bytes` writes.

    That refuses keys given twice, which readers understand differently. What it says is not checked yet.
    """
    try:
        found = json.loads(data)
        same = isinstance(found, dict) and protocol_bytes(found) == data
    except (ValueError, RecursionError) as error:
        raise ProtocolFault("the protocol is no JSON; take the published file afresh") from error
    if not same:
        raise ProtocolFault(
            "the protocol's bytes are not as they were written; take the published file afresh"
        )
    return dict(found)


# --- checking a protocol ---


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Words(_Strict):
    kk: str
    ru: str
    en: str


class _Group(_Words):
    id: str


class _Annulled(_Strict):
    entrant: str
    ground: str = Field(min_length=1)
    evidence_sha256: str | None = Field(pattern=f"^{_DIGEST.pattern}$")
    decided_at: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")


class _Form(_Strict):
    """The keys and types of a protocol; what is only compared needs no closer form."""

    protocol: Literal["DRAW-1"]
    version: int = Field(ge=1)
    previous: str | None = Field(pattern=f"^{_DIGEST.pattern}$")
    draw_id: str
    contest: str | None
    title: _Words | None
    group: _Group | None
    organisation: str | None
    manifest: dict[str, str | int]
    commit: str
    draw_at: str
    entrants: list[str]
    chain: dict[str, str | int]
    pulse: dict[str, str | int] | None
    dice: str | None = Field(pattern=f"^{_DICE_DIGITS.pattern}$")
    seed: str | None
    ranking: list[list[str]] | None
    skipped: dict[str, str]
    annulments: list[_Annulled]
    prizes: list[str]
    awards: list[str | None] | None


def read_draw(protocol: Document) -> Draw:
    """What a protocol says it followed from; ProtocolFault, BeaconError or ManifestFault where that has no form.

    Nothing is checked beyond the form, see `check_protocol`.
    """
    try:
        form = _Form.model_validate(protocol)
        annulments = tuple(_annulment(each) for each in form.annulments)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "its top"
        raise ProtocolFault(f"the protocol has no valid {where}; take the published file afresh") from error
    except ValueError as error:
        raise ProtocolFault(
            "an annulment's decided_at is no instant; take the published file afresh"
        ) from error
    return Draw(
        manifest=Manifest.from_mapping(form.manifest),
        entrants=form.entrants,
        chain=Chain.from_mapping(form.chain),
        pulse=None if form.pulse is None else Pulse.from_mapping(form.pulse),
        dice=form.dice,
        skipped=form.skipped,
        annulments=annulments,
        occasion=Occasion(
            form.contest,
            None if form.title is None else form.title.model_dump(),
            None if form.group is None else form.group.model_dump(),
            form.organisation,
        ),
        version=form.version,
        previous=form.previous,
    )


def _annulment(form: _Annulled) -> Annulment:
    decided_at = datetime.strptime(form.decided_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return Annulment(form.entrant, form.ground, decided_at, form.evidence_sha256)


def check_protocol(protocol: Document, previous: bytes | None = None) -> list[str]:
    """Every difference between a protocol and what follows from its own facts; none where it is sound.

    `previous`: the bytes of the version before this one; None where this is the first, or it is not at hand and
    the chain of versions is not checked here. The pulse's BLS signature is for `worker.beacon.verify_pulse`.
    """
    try:
        draw = read_draw(protocol)
    except (DrawFault, BeaconError) as fault:
        return [str(fault)]
    faults = [*draw.faults(), *_first_version_faults(draw)]
    if previous is not None:
        faults += _succession_faults(draw, protocol, previous)
    return [*faults, *_differences(draw, protocol)]


def _differences(draw: Draw, protocol: Document) -> Iterator[str]:
    try:
        expected = draw.document()
    except (EntrantFault, RoundFault):
        return  # nothing can be recomputed; the draw's own faults name the reason
    except AnnulmentFault as fault:
        yield str(fault)
        expected = {**protocol, **_without_awards(draw)}
    for key in sorted(expected):
        if expected[key] != protocol[key]:
            yield from _difference(key, protocol[key], expected[key])


def _without_awards(draw: Draw) -> Document:
    """What can still be computed where the annulments contradict the ranking."""
    found = replace(draw, annulments=()).document()
    return {key: found[key] for key in found if key not in ("annulments", "awards")}


def _difference(key: str, given: Any, expected: Any) -> Iterator[str]:
    if not (isinstance(given, list) and isinstance(expected, list)):
        yield f"{key}: the protocol says {_shown(given)}, recomputed {_shown(expected)}"
        return
    if len(given) != len(expected):
        yield f"{key}: the protocol has {len(given)}, recomputed {len(expected)}"
    for number, (one, other) in enumerate(zip(given, expected, strict=False), 1):
        if one != other:
            yield f"{key}: number {number} is {_shown(one)}, recomputed {_shown(other)}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _first_version_faults(draw: Draw) -> Iterator[str]:
    if (draw.version == 1) != (draw.previous is None):
        yield "the first version, and only it, follows no other"
    if (draw.version == 1) != (not draw.annulments):
        yield "the first version, and only it, has no annulment"


def _succession_faults(draw: Draw, protocol: Document, previous: bytes) -> Iterator[str]:
    """What two neighbouring versions may not have: different facts, lost annulments, a broken hash."""
    if draw.previous != hashlib.sha256(previous).hexdigest():
        yield "previous: the SHA-256 is not that of the version before"
    try:
        before = parse_protocol(previous)
        older = read_draw(before)
    except (DrawFault, BeaconError) as fault:
        yield f"the version before: {fault}"
        return
    if draw.version != older.version + 1:
        yield f"version {draw.version} does not follow version {older.version}"
    for key in _FIXED:
        if before[key] != protocol[key]:
            yield f"{key}: it is not that of the version before"
    kept = draw.annulments[: len(older.annulments)] == older.annulments
    if not kept or len(draw.annulments) <= len(older.annulments):
        yield "annulments: those of the version before and at least one more must be there"
    if not older.skipped.items() <= draw.skipped.items():
        yield "skipped: somebody of the version before is missing"


_FIXED: Final = (
    "draw_id", "contest", "title", "group", "organisation", "manifest", "commit", "draw_at", "entrants", "chain",
    "pulse", "dice", "seed", "ranking", "prizes",
)  # fmt: skip
"""What no later version may change."""
