"""The folder of one draw, as published and as `baiqau draw` makes it: what was committed to, and every version.

entrants.txt manifest.json commit.txt chain.json    before the draw
protocol.v1.json protocol.v2.json … protocol.json   after it; protocol.json is the newest version
protocol.html                                       the page, which recomputes everything by itself
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from typing import Final

from jobs.beacon import Chain, pulse_faults
from jobs.draw1 import (
    Document,
    Draw,
    Manifest,
    check_protocol,
    parse_entrants,
    parse_manifest,
    parse_protocol,
    read_draw,
)
from jobs.errors import BaiqauError
from worker.beacon import read_chain, verify_pulse

ENTRANTS: Final = "entrants.txt"
MANIFEST: Final = "manifest.json"
COMMIT: Final = "commit.txt"
CHAIN: Final = "chain.json"
NEWEST: Final = "protocol.json"
PAGE: Final = "protocol.html"
_VERSION: Final = re.compile(r"protocol\.v([1-9][0-9]{0,5})\.json")


class DrawFolderFault(BaiqauError):
    """A file of a draw is missing or does not belong to the others."""


@dataclass(frozen=True)
class Difference:
    """Something in a draw that is not as it must be: the file, and a clause about it."""

    path: Path
    why: str


def is_draw_folder(folder: Path) -> bool:
    """Whether a commitment to a draw lies there."""
    return all((folder / name).is_file() for name in (ENTRANTS, MANIFEST, COMMIT))


def is_protocol(path: Path) -> bool:
    """Whether the name is one of a protocol."""
    return path.name == NEWEST or _VERSION.fullmatch(path.name) is not None


def is_draw_file(path: Path) -> bool:
    """Whether a file of that name belongs to a draw's folder and needs no signature: it is recomputed with it."""
    return path.name in (*_READERS, PAGE) or is_protocol(path)


def version_file(folder: Path, version: int) -> Path:
    """Where a version is kept for ever."""
    return folder / f"protocol.v{version}.json"


def versions(folder: Path) -> list[Path]:
    """The versions without a gap from the first."""
    return list(takewhile(Path.is_file, (version_file(folder, number) for number in count(1))))


def read_committed(folder: Path) -> Draw:
    """What was committed to, before the draw; DrawFolderFault names the file that is missing or contradicts."""
    for difference in _committed_differences(folder):
        raise DrawFolderFault(f"{difference.path}: {difference.why}.")
    return _draw(folder)


def read_protocol(path: Path) -> Document:
    """A protocol's file, of which only the form is checked; DrawFolderFault names it."""
    try:
        return parse_protocol(path.read_bytes())
    except BaiqauError as fault:
        raise DrawFolderFault(f"{path}: {fault}.") from fault


def draw_differences(folder: Path) -> list[Difference]:
    """Every difference in the folder of a draw, all versions recomputed, BLS signatures included."""
    found = list(_committed_differences(folder))
    committed = None if found else _draw(folder).document()
    return [*found, *_differences_of_names(folder), *_differences_of_versions(folder, committed)]


def protocol_differences(path: Path) -> list[Difference]:
    """Every difference in one protocol, compared with the version before it where that lies beside it."""
    try:
        version = read_protocol(path).get("version")
    except DrawFolderFault as fault:
        return [Difference(path, _clause(fault, path))]
    before = version_file(path.parent, version - 1) if type(version) is int and version > 1 else None
    previous = before.read_bytes() if before and before.is_file() else None
    return [Difference(path, why) for why in _faults(read_protocol(path), previous)]


# --- what was committed to ---


def _draw(folder: Path) -> Draw:
    return Draw(_manifest(folder / MANIFEST), _entrants(folder / ENTRANTS), read_chain(folder / CHAIN))


def _entrants(path: Path) -> list[str]:
    return parse_entrants(path.read_bytes())


def _manifest(path: Path) -> Manifest:
    return parse_manifest(path.read_bytes())


_READERS: Final[Mapping[str, Callable[[Path], object]]] = {
    ENTRANTS: _entrants,
    MANIFEST: _manifest,
    COMMIT: Path.read_bytes,
    CHAIN: read_chain,
}


def _committed_differences(folder: Path) -> list[Difference]:
    unreadable = [found for name in _READERS for found in _unreadable(folder / name)]
    if unreadable:
        return unreadable
    draw, commit = _draw(folder), folder / COMMIT
    found = [Difference(folder / MANIFEST, fault) for fault in draw.faults()]
    if commit.read_bytes() != commit_line(draw.manifest):
        found.append(Difference(commit, "it is not the SHA-256 of the manifest"))
    return found


def committed_files(manifest: Manifest, entrants: bytes, chain: Chain) -> dict[str, bytes]:
    """What is published before a draw, by name; commit.txt is the last: with it the folder is that of a draw."""
    facts = json.dumps(chain.as_dict(), sort_keys=True, indent=1) + "\n"
    return {
        ENTRANTS: entrants,
        CHAIN: facts.encode(),
        MANIFEST: manifest.as_bytes(),
        COMMIT: commit_line(manifest),
    }


def commit_line(manifest: Manifest) -> bytes:
    """What commit.txt holds: the commitment in hex and a line feed."""
    return f"{manifest.commit.hex()}\n".encode("ascii")


def _unreadable(path: Path) -> Iterator[Difference]:
    if not path.is_file():
        yield Difference(path, "it is missing; take the published file")
        return
    try:
        _READERS[path.name](path)
    except BaiqauError as fault:
        yield Difference(path, _clause(fault, path))


def _clause(fault: BaiqauError, path: Path) -> str:
    return str(fault).removeprefix(f"{path}: ").rstrip(".")


# --- the versions ---


def _differences_of_names(folder: Path) -> Iterator[Difference]:
    kept, newest = versions(folder), folder / NEWEST
    for path in sorted(folder.glob("protocol.v*.json")):
        if path not in kept:
            yield Difference(path, "a version before it is missing, or it is no version's name")
    if newest.is_file() != bool(kept):
        yield Difference(newest, "it and protocol.v1.json belong together, and one of them is missing")
    elif kept and newest.read_bytes() != kept[-1].read_bytes():
        yield Difference(newest, f"it is not {kept[-1].name}, the newest version")


def _differences_of_versions(folder: Path, committed: Document | None) -> Iterator[Difference]:
    """`committed`: the facts that every version must be of, where those can be read."""
    previous = None
    for number, path in enumerate(versions(folder), 1):
        try:
            protocol = read_protocol(path)
        except DrawFolderFault as fault:
            yield Difference(path, _clause(fault, path))
        else:
            facts = {"version": number} | {key: committed[key] for key in _COMMITTED_FACTS if committed}
            wrong = [key for key, value in facts.items() if protocol.get(key) != value]
            yield from (Difference(path, f"{key}: it is not what this folder committed to") for key in wrong)
            yield from (Difference(path, why) for why in _faults(protocol, previous))
        previous = path.read_bytes()


_COMMITTED_FACTS: Final = ("manifest", "entrants", "chain")


def _faults(protocol: Document, previous: bytes | None) -> Iterator[str]:
    yield from check_protocol(protocol, previous)
    try:
        draw = read_draw(protocol)
    except BaiqauError:
        return  # its form was found wrong above
    if draw.pulse is not None and not pulse_faults(draw.chain, draw.pulse.round, draw.pulse):
        try:
            verify_pulse(draw.chain, draw.pulse)
        except BaiqauError as fault:
            yield str(fault)
