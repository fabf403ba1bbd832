"""JSON: a list of objects, `{"data": [objects]}`, `{"data": {"videos": [objects], …}}` (TikTok's Research API), or one
object that is one record.

The file is held in memory, its records are decoded one at a time. A record's place is its number.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from worker.intake.decode import Encoding, choose_encoding, text_blocks
from worker.intake.frames import Job, Opened, Refusal, Wire
from worker.intake.readers.archive import Source
from worker.intake.readers.gathering import Record, gather

_ROOT: Final = msgspec.json.Decoder(list[msgspec.Raw] | dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_LONGEST_EXACT: Final = 1e15


def read(source: Source, job: Job) -> Iterator[Wire]:
    """The frames of a JSON file. Raises Refusal."""
    encoding, text = _whole(source)
    try:
        raw = _raw_records(text)
        del text
        yield from gather(_records(raw), Opened("json", encoding.label, member=source.member), job)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise Refusal(
            "not-well-formed", "the JSON is broken or not a list of objects; send it anew."
        ) from fault


def _whole(source: Source) -> tuple[Encoding, bytes]:
    with source.open() as stream:
        content = stream.read()
    encoding = choose_encoding(content, whole=True)
    if encoding.codec == "utf-8":
        return encoding, content
    with source.open() as stream:
        return encoding, "".join(text_blocks(stream, encoding)).encode()


def _raw_records(text: bytes) -> list[msgspec.Raw]:
    root = _ROOT.decode(text)
    if isinstance(root, list):
        return root
    return _listed(root["data"]) if "data" in root else [msgspec.Raw(text)]


def _listed(data: msgspec.Raw) -> list[msgspec.Raw]:
    """The one list that `data` is, or has beside what tells of its pages."""
    envelope = _ROOT.decode(data)
    if isinstance(envelope, list):
        return envelope
    lists = [value for value in envelope.values() if bytes(value).startswith(b"[")]
    return _LIST.decode(lists[0] if len(lists) == 1 else data)


def _records(raw: list[msgspec.Raw]) -> Iterator[Record]:
    for number, record in enumerate(raw, 1):
        fields = _OBJECT.decode(record)
        if any(isinstance(value, dict) for value in fields.values()):
            fields = _dotted(fields)
        yield number, list(fields), [_as_text(value) for value in fields.values()], None


def _dotted(fields: dict[str, Any]) -> dict[str, Any]:
    """One nested level becomes `outer.inner`."""
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        inner = (
            {f"{name}.{key}": nested for key, nested in value.items()}
            if isinstance(value, dict)
            else {name: value}
        )
        flat |= inner
    return flat


def _as_text(value: object) -> str:
    """A scalar as text; a list of scalars, or of objects' names, with spaces between; anything deeper as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LONGEST_EXACT else repr(value)
    if isinstance(value, list):
        return _listed_text(value)
    return str(value) if isinstance(value, int) else msgspec.json.encode(value).decode()


def _listed_text(values: list[Any]) -> str:
    if all(isinstance(item, str | int | float | None) for item in values):
        return " ".join(map(_as_text, values))
    if all(_is_named(item) for item in values):
        return " ".join(item["name"] for item in values)
    return msgspec.json.encode(values).decode()


def _is_named(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str)
