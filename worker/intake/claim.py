"""Claiming a file: a private copy is made while its bytes are hashed; only the copy is ever parsed.

A writer that still holds the original open can go on changing it after any rename, so the copy, not the
original, is what the receipt speaks of.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.failpoint import failpoint
from worker.files import make_folder, sync_folder
from worker.intake.scan import COMPANIONS, Entry, entry_of
from worker.site import Site

_BLOCK = 1 << 20
_NOTE_BYTES = 1 << 12
_COMPANION_BYTES = 1 << 20  # checksums and signatures are small; what is longer is neither
CHECKSUM = ".sha256"


@dataclass(frozen=True)
class Claim:
    """A private copy at `path` of what `entry` was."""

    entry: Entry
    path: Path
    sha256: str
    bytes: int


class NotNow(Exception):
    """The file is being written, has changed or has gone; it is looked at again in the next sweep."""


def claim(site: Site, entry: Entry) -> Claim:
    """Copy the entry into private staging. Raises NotNow."""
    with _opened(site.inbox, entry) as source:
        if entry_of((entry.sender, entry.contest, entry.name), os.fstat(source)).identity != entry.identity:
            raise NotNow
        _refuse_while_written(source)
        draft = _draft(site)
        sha256, size = _copy(source, draft)
        if entry_of((entry.sender, entry.contest, entry.name), os.fstat(source)).identity != entry.identity:
            raise NotNow
    failpoint("claim.copied")
    staged = staged_path(site, sha256, entry.identity)
    draft.rename(staged)
    sync_folder(site.staging)
    failpoint("claim.staged")
    return Claim(entry, staged, sha256, size)


def read_note(path: Path) -> str:
    """The opening of a sender's small text file; "" where it is no plain file: nothing must hang on it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # gone, a link, a socket: all of them say nothing
        return ""
    try:
        plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, _NOTE_BYTES).decode("ascii", "replace") if plain else ""
    finally:
        os.close(descriptor)


def staged_path(site: Site, sha256: str, identity: str) -> Path:
    """Where the private copy of a file lies: a name made of digests alone, never of a sender's name."""
    return site.staging / f"{sha256[:32]}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


@contextmanager
def _opened(inbox: Path, entry: Entry) -> Iterator[int]:
    """A descriptor of the file, reached without following any link below the inbox."""
    descriptors = [os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
    try:
        for part in entry.parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptors.append(os.open(part, flags, dir_fd=descriptors[-1]))
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptors.append(os.open(entry.name, flags, dir_fd=descriptors[-1]))
        yield descriptors[-1]
    except (FileNotFoundError, NotADirectoryError) as gone:
        raise NotNow from gone
    except OSError as fault:
        if fault.errno in (errno.ELOOP, errno.ENXIO):  # a link or a socket has taken the file's place
            raise NotNow from fault
        raise
    finally:
        for descriptor in reversed(descriptors):
            os.close(descriptor)


def _refuse_while_written(source: int) -> None:
    """A read lease is refused while anyone holds the file open for writing (Linux, local file systems)."""
    try:
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as fault:
        if fault.errno == errno.EAGAIN:
            raise NotNow from fault
        return  # no leases here (a network file system, another owner): stability has to do
    fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _copy(source: int, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as copy:
        while block := os.read(source, _BLOCK):
            digest.update(block)
            copy.write(block)
            size += len(block)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest(), size


def _draft(site: Site) -> Path:
    """Where a copy is made before it has its name; what a crash leaves there is swept away at the next start."""
    return site.staging / f"draft-{os.getpid()}"


def companion(path: Path, ending: str) -> Path:
    """The file with that ending (one of COMPANIONS) which speaks of the file at `path`."""
    return path.with_name(path.name + ending)


def remove_original(site: Site, path: Path, identity: str, kept: Path) -> None:
    """Take the original out of the inbox, unless it has changed since it was claimed. Its companions move to
    where its copy is `kept`."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if entry_of(("", "", ""), found).identity == identity:
        for ending in COMPANIONS:  # before their file: left alone they would be taken for data
            _keep_companion(site, companion(path, ending), companion(kept, ending))
        failpoint("place.companions-removed")
        path.unlink()
        sync_folder(path.parent)


def _keep_companion(site: Site, path: Path, target: Path) -> None:
    """Copy, then remove: the inbox may lie on another disk. What is no small plain file is left to the sweep."""
    try:
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # none there, a link, a socket
        return
    try:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _COMPANION_BYTES:
            return
        _copy(source, draft := _draft(site))
    finally:
        os.close(source)
    make_folder(target.parent)
    draft.rename(target)
    sync_folder(target.parent)
    path.unlink()


def forget_orphans(site: Site, known: set[Path]) -> None:
    """Remove private copies that no delivery speaks of: the worker died before it recorded them, and the
    originals still lie in the inbox. Files never finished for the outbox go too."""
    for path in (*site.staging.iterdir(), *site.drafts.iterdir()):
        if path not in known:
            path.unlink()
