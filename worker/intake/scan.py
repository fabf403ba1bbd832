"""Looking over the inbox: which files are whole and may be claimed, and which entries are no plain files.

The scan is the truth, the events of the file system only hasten it. No file is read, no link is followed.
"""

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from worker.settings import Sender, Settings

UNFINISHED = (".part", ".filepart", ".tmp", ".writing")
COMPANIONS = (".sha256", ".done", ".p7s")
DONE_FILE = "done"
_DEPTH = 2  # folders above a file: the sender's and the contest's


@dataclass(frozen=True, order=True)
class Entry:
    """Something that lies in the inbox. `identity` changes whenever the file does."""

    sender: str
    contest: str
    name: str
    identity: str = field(compare=False)
    size: int = field(compare=False)
    mode: int = field(compare=False)
    links: int = field(compare=False)
    changed: float = field(compare=False)

    @property
    def plain(self) -> bool:
        return stat.S_ISREG(self.mode)

    @property
    def folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in (self.sender, self.contest, self.name) if part)


def entry_of(parts: tuple[str, str, str], found: os.stat_result) -> Entry:
    """The entry at `parts` with what lstat or fstat found."""
    identity = f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
    return Entry(*parts, identity, found.st_size, found.st_mode, found.st_nlink, found.st_ctime)


def entries(inbox: Path) -> list[Entry]:
    """Every entry of inbox/<sender>/<contest>/, files that lie too high up, and folders that lie too deep or
    cannot be listed; sorted by path.

    Raises FileNotFoundError where the inbox itself is missing.
    """
    with os.scandir(inbox) as senders:
        return sorted(entry for sender in senders for entry in _below(sender, ()))


def _below(item: "os.DirEntry[str]", above: tuple[str, ...]) -> Iterator[Entry]:
    if item.name.startswith((".", "~$")) or (len(above) < _DEPTH and item.name == "README.md"):
        return
    if len(above) == _DEPTH or not item.is_dir(follow_symlinks=False):
        yield from _entry(item, above)
        return
    try:
        with os.scandir(item.path) as items:
            yield from (entry for each in items for entry in _below(each, (*above, item.name)))
    except (FileNotFoundError, NotADirectoryError):  # taken away between listing and looking
        return
    except PermissionError:
        yield from _entry(item, above)


def _entry(item: "os.DirEntry[str]", above: tuple[str, ...]) -> Iterator[Entry]:
    try:
        found = item.stat(follow_symlinks=False)
    except FileNotFoundError:  # taken away between listing and looking
        return
    sender, contest = (*above, "", "")[:_DEPTH]
    yield entry_of((sender, contest, item.name), found)


class Stillness:
    """Since when each entry has looked the same, by the monotonic clock; and what was already reported."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, ...], tuple[str, float]] = {}
        self._reported: set[tuple[str, ...]] = set()

    def note(self, seen: list[Entry]) -> None:
        """Take a sample; entries that are gone are forgotten."""
        now = time.monotonic()
        before = self._since
        self._since = {}
        for entry in seen:
            identity, since = before.get(entry.parts, ("", now))
            self._since[entry.parts] = (entry.identity, since if identity == entry.identity else now)
        self._reported &= self._since.keys()

    def seconds(self, entry: Entry) -> float:
        """How long the entry has been still. A ctime cannot be set by a sender, so its age counts too."""
        sampled = time.monotonic() - self._since[entry.parts][1]
        return max(sampled, time.time() - entry.changed)

    def first_report(self, entry: Entry) -> bool:
        """True once for an entry."""
        new = entry.parts not in self._reported
        self._reported.add(entry.parts)
        return new


def whole(entry: Entry, beside: set[str], sender: Sender, settings: Settings, stillness: Stillness) -> bool:
    """Whether a plain file is complete by its sender's convention. `beside`: the names in its folder."""
    if entry.links > 1 or stillness.seconds(entry) < settings.intake.stable_for.total_seconds():
        return False
    if sender.complete == "done-file":
        return f"{entry.name}.done" in beside or DONE_FILE in beside
    return sender.complete != "checksum" or f"{entry.name}.sha256" in beside


def is_companion(entry: Entry, beside: set[str], sender: Sender | None) -> bool:
    """Files that speak of another are never data: a checksum, a signature, a done-file, one being written.

    A sender of ours may drop them before the file they speak of; in a stranger's folder it must be there.
    """
    if entry.name.endswith(UNFINISHED):
        return True
    if sender is not None and sender.complete == "done-file" and entry.name == DONE_FILE:
        return True
    return entry.name.endswith(COMPANIONS) and (sender is not None or speaks_of(entry) in beside)


def speaks_of(entry: Entry) -> str:
    """The name of the file that a companion belongs to."""
    return entry.name.rpartition(".")[0]
