"""Writing files so that a crash leaves the old one or the new one, never half of one."""

import os
import unicodedata
from pathlib import Path

from jobs.errors import BaiqauError
from worker.failpoint import failpoint


class OutsideFolder(BaiqauError):
    """A name would lead out of the folder it belongs to."""


def write_durably(target: Path, data: bytes, drafts: Path) -> None:
    """Write, fsync, rename over `target`, fsync its folder; `drafts` lies on the same file system."""
    draft = drafts / f"{os.getpid()}-{target.name}"
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    failpoint("file.drafted")
    draft.rename(target)
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents, each made durable in its own parent."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the renames and unlinks in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def inside(folder: Path, *parts: str) -> Path:
    """`folder`/`parts`, refused where a part is not one plain name: the jail of every name that came from outside."""
    for part in parts:
        if (
            part in ("", ".", "..")
            or "/" in part
            or "\0" in part
            or part != unicodedata.normalize("NFC", part)
        ):
            raise OutsideFolder(f"{part!r} is no plain file name.")
    return folder.joinpath(*parts)


def shown(name: str) -> str:
    """A file name as it can be printed and stored, each name in its own way: the backslash, bytes that are no
    UTF-8 and control characters stand escaped."""
    text = name.replace("\\", "\\\\").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if unicodedata.category(character)[0] != "C":
        return character
    if "\x7f" < character < "\u0100":  # \x85 is how the lone byte is shown
        return f"\\u{ord(character):04x}"
    return character.encode("unicode_escape").decode()
