"""Looking over the inbox: which files are whole and may be claimed, and which entries are no plain files.

The scan is the truth, the events of the file system only hasten it. No file is read, no link is followed.
Senders can rename and link in their folders at any moment, so nothing below the inbox is reached by a path:
each folder is opened from the descriptor of the one above it.
"""

import errno
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from worker.settings import Sender, Settings

UNFINISHED = (".part", ".filepart", ".tmp", ".writing")
COMPANIONS = (".sha256", ".done", ".p7s")
DONE_FILE = "done"
GONE = (FileNotFoundError, NotADirectoryError)  # taken away, or something else has taken its place
_HIDDEN = (".", "~$")  # of editors and spreadsheets
_DEPTH = 2  # folders above a file: the sender's and the contest's
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


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


def identity_of(found: os.stat_result) -> str:
    """What changes whenever a file does."""
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


@contextmanager
def opened_folder(inbox: Path, parts: Sequence[str]) -> Iterator[int]:
    """A descriptor of a folder below the inbox. The inbox itself may be a link, nothing below it.

    Raises one of GONE where it is no folder any more, PermissionError where it cannot be opened.
    """
    folder = os.open(inbox, _FOLDER)
    try:
        for part in parts:
            below = _open_below(folder, part)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def _open_below(folder: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            raise NotADirectoryError(errno.ENOTDIR, "a link") from fault
        raise


def entries(inbox: Path) -> list[Entry]:
    """Every entry of inbox/<sender>/<contest>/, files that lie too high up, and folders that lie too deep or
    cannot be listed; sorted by path.

    Raises FileNotFoundError where the inbox itself is missing.
    """
    with opened_folder(inbox, ()) as top:
        return sorted(_listed(top, ()))


def _listed(folder: int, above: tuple[str, ...]) -> list[Entry]:
    wanted = (name for name in os.listdir(folder) if not _is_hidden(name, above))
    return [entry for name in wanted for entry in _found(folder, name, above)]


def _is_hidden(name: str, above: tuple[str, ...]) -> bool:
    return name.startswith(_HIDDEN) or (len(above) < _DEPTH and name == "README.md")


def _found(folder: int, name: str, above: tuple[str, ...]) -> list[Entry]:
    """The entry of that name; of a folder above the files what lies in it."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:  # taken away between listing and looking
        return []
    own = _entry((*above, name), found)
    if len(above) == _DEPTH or not own.folder:
        return [own]
    try:
        below = _open_below(folder, name)
    except GONE:
        return []
    except PermissionError:
        return [own]
    try:
        return _listed(below, (*above, name))
    except PermissionError:  # its names may be read, but nothing behind them
        return [own]
    finally:
        os.close(below)


def _entry(parts: tuple[str, ...], found: os.stat_result) -> Entry:
    sender, contest = (*parts[:-1], "", "")[:_DEPTH]
    return Entry(
        sender,
        contest,
        parts[-1],
        identity_of(found),
        found.st_size,
        found.st_mode,
        found.st_nlink,
        found.st_ctime,
    )


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
    """Whether a plain file is complete by its sender's convention. `beside`: the plain files in its folder."""
    if entry.links > 1 or stillness.seconds(entry) < settings.intake.stable_for.total_seconds():
        return False
    if sender.complete == "done-file":
        return f"{entry.name}.done" in beside or DONE_FILE in beside
    return sender.complete != "checksum" or f"{entry.name}.sha256" in beside


def is_data(name: str) -> bool:
    """Whether a done-file may speak of what has this name: no companion, nothing hidden."""
    return not name.startswith(_HIDDEN) and not name.endswith(COMPANIONS) and name != DONE_FILE


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
