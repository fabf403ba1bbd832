"""ZIP archives: looked over before anything is unpacked, read as a stream, never written to disk."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from worker.intake.frames import MIB, Limits, Refusal

MOST_ENTRIES: Final = 10_000
_SMALL: Final = 16 * MIB
_ENCRYPTED: Final = 0x1
_NESTED: Final = (".zip", ".xlsx", ".xlsm", ".docx", ".jar", ".7z", ".rar", ".gz")


@dataclass(frozen=True)
class Source:
    """A file on disk, or one member of a ZIP file on disk. `name` is the sender's name for it."""

    name: str
    path: Path
    member: str | None = None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes, unpacked where it is a member."""
        if self.member is None:
            with self.path.open("rb") as plain:
                yield plain
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as unpacked:
            yield cast(BinaryIO, unpacked)


def entries(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """The files of a ZIP within our limits. Raises Refusal for bombs and locked entries."""
    with zipfile.ZipFile(path) as archive:
        return within_limits(archive, limits)


def within_limits(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The files of an opened ZIP. Raises Refusal for bombs and locked entries."""
    found = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(found) > MOST_ENTRIES:
        raise Refusal(
            "zip-bomb", f"the archive has {len(found)} entries; at most {MOST_ENTRIES} are allowed."
        )
    if any(entry.flag_bits & _ENCRYPTED for entry in found):
        raise Refusal("encrypted", "the archive is locked by a password; send it without one.")
    unpacked, packed = sum(entry.file_size for entry in found), sum(entry.compress_size for entry in found)
    if unpacked > limits.max_uncompressed_bytes:
        raise Refusal(
            "zip-bomb", f"unpacked the file would have {unpacked // MIB} MB; that is more than allowed."
        )
    if unpacked > _SMALL and unpacked > limits.max_ratio * packed:
        raise Refusal(
            "zip-bomb", f"the file unpacks to {unpacked // max(packed, 1)} times its size; send it plain."
        )
    return found


def refuse_nested(found: list[zipfile.ZipInfo]) -> None:
    """Raise Refusal where an archive lies in the archive."""
    for entry in found:
        if entry.filename.lower().endswith(_NESTED):
            raise Refusal(
                "nested-archive", "there is an archive inside the archive; send its files one by one."
            )


def is_workbook(found: list[zipfile.ZipInfo]) -> bool:
    """Whether the ZIP is an Excel workbook of the 2007 kind."""
    names = {entry.filename for entry in found}
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def only_member(source: Source, found: list[zipfile.ZipInfo]) -> Source:
    """The one data file of the archive (what macOS adds of its own is not counted). Raises Refusal."""
    files = [entry for entry in found if not _is_litter(PurePosixPath(entry.filename))]
    if len(files) != 1:
        raise Refusal(
            "not-one-file", f"the archive holds {len(files)} files; send exactly one data file in it."
        )
    member = files[0].filename
    return Source(PurePosixPath(member).name, source.path, member)


def _is_litter(path: PurePosixPath) -> bool:
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name in (".DS_Store", "Thumbs.db")
