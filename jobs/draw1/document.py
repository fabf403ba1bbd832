"""The file of a protocol: its bytes, its form, and the facts it names."""

import json
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.beacon import Chain, Pulse
from jobs.draw1.drawing import DICE_DIGITS
from jobs.draw1.facts import Annulment, Document, Draw, Occasion
from jobs.draw1.faults import ProtocolFault
from jobs.draw1.manifest import DIGEST, Manifest


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
    evidence_sha256: str | None = Field(pattern=f"^{DIGEST.pattern}$")
    decided_at: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")


class _Form(_Strict):
    """The keys and types of a protocol; what is only compared needs no closer form."""

    protocol: Literal["DRAW-1"]
    version: int = Field(ge=1)
    previous: str | None = Field(pattern=f"^{DIGEST.pattern}$")
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
    dice: str | None = Field(pattern=f"^{DICE_DIGITS.pattern}$")
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
