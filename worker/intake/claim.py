"""Claiming a file: a private copy is made while its bytes are hashed; only the copy is ever parsed.

A writer that still holds the original open can go on changing it after any rename, so the copy, not the
original, is what the receipt speaks of.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worker.failpoint import failpoint
from worker.files import make_folder, sync_folder
from worker.intake.scan import COMPANIONS, DONE_FILE, GONE, Entry, identity_of, is_data, opened_folder
from worker.site import Site

_BLOCK = 1 << 20
_NOTE_BYTES = 1 << 12
_COMPANION_BYTES = 1 << 20  # checksums and signatures are small; what is longer is neither
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# A companion that cannot be had says nothing: it is none, a link, a socket, locked, or its name would be too long.
_SILENT = (
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENXIO,
    errno.EACCES,
    errno.EPERM,
    errno.ENAMETOOLONG,
)
CHECKSUM = ".sha256"
UNKNOWN = ""  # stands for the digest of what was never read


@dataclass(frozen=True)
class Claim:
    """A private copy at `path` of what `entry` was."""

    entry: Entry
    path: Path
    sha256: str
    bytes: int


class NotNow(Exception):
    """The file is being written, has changed or has gone; it is looked at again in the next sweep."""


class Unreadable(Exception):
    """The sender's file may not be opened; `code` is the system's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def claim(site: Site, entry: Entry) -> Claim:
    """Copy the entry into private staging. Raises NotNow and Unreadable; OSError is a fault of this machine."""
    draft = _draft(site)
    with _opened(site.inbox, entry) as source:
        if identity_of(os.fstat(source)) != entry.identity:
            raise NotNow
        _refuse_while_written(source)
        sha256, size = _copy(source, draft, entry.size)
        if identity_of(os.fstat(source)) != entry.identity:
            raise NotNow
    failpoint("claim.copied")
    staged = staged_path(site, sha256, entry.identity)
    draft.rename(staged)
    sync_folder(site.staging)
    failpoint("claim.staged")
    return Claim(entry, staged, sha256, size)


def claim_kept(site: Site, kept: Path, identity: str) -> tuple[str, int]:
    """Copy into private staging what was kept without being read: whoever dropped it may hold it open still.
    Returns the digest and the size of the copy."""
    source = os.open(kept, _FILE)
    try:
        sha256, size = _copy(source, draft := _draft(site), os.fstat(source).st_size)
    finally:
        os.close(source)
    draft.rename(staged_path(site, sha256, identity))
    sync_folder(site.staging)
    return sha256, size


def read_note(path: Path) -> str:
    """The opening of a small text file of ours; "" where there is none."""
    return _note(str(path), None)


def note_beside(inbox: Path, parts: Sequence[str], ending: str) -> str:
    """The opening of the companion beside a sender's file; "" where it is no plain file: nothing must hang on it."""
    try:
        with opened_folder(inbox, parts[:-1]) as folder:
            return _note(parts[-1] + ending, folder)
    except (*GONE, PermissionError):
        return ""


def _note(name: str, folder: int | None) -> str:
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError as fault:
        if fault.errno in _SILENT:
            return ""
        raise
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
    source = _open_source(inbox, entry)
    try:
        yield source
    finally:
        os.close(source)


def _open_source(inbox: Path, entry: Entry) -> int:
    try:
        with opened_folder(inbox, entry.parts[:-1]) as folder:
            return os.open(entry.name, _FILE, dir_fd=folder)
    except GONE as gone:
        raise NotNow from gone
    except PermissionError as locked:
        raise Unreadable(errno.errorcode.get(locked.errno or 0, "locked")) from locked
    except OSError as fault:
        if fault.errno in (errno.ELOOP, errno.ENXIO):  # a link or a socket has taken the file's place
            raise NotNow from fault
        raise


def _refuse_while_written(source: int) -> None:
    """A read lease is refused while anyone holds the file open for writing (Linux, local file systems)."""
    try:
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as fault:
        if fault.errno == errno.EAGAIN:
            raise NotNow from fault
        return  # no leases here (a network file system, another owner): stability has to do
    fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _copy(source: int, target: Path, most: int) -> tuple[str, int]:
    """Copy `most` bytes and no more: a file that grows while it is read must not fill the disk."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as copy:
        while block := os.read(source, min(_BLOCK, most - size)):
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


def remove_original(site: Site, parts: Sequence[str], identity: str, kept: Path, *, unread: bool) -> None:
    """Take the original at `parts` out of the inbox, unless it has changed since it was claimed. Its companions
    move to where its copy is `kept`; of what is `unread` there is no copy, so a file of it moves there itself."""
    name = parts[-1]
    with suppress(*GONE), opened_folder(site.inbox, parts[:-1]) as folder:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if identity_of(found) != identity:
            return
        for ending in COMPANIONS:  # before their file: left alone they would be taken for data
            _keep_companion(site, folder, name + ending, companion(kept, ending))
        _use_up_done_file(site, parts, folder)
        failpoint("place.companions-removed")
        if unread and stat.S_ISREG(found.st_mode):
            _keep_original(site, folder, name, found, kept)
        else:
            os.unlink(name, dir_fd=folder)
        os.fsync(folder)


def _use_up_done_file(site: Site, parts: Sequence[str], folder: int) -> None:
    """One done-file speaks of all that lies beside it. It goes before the last of that, else a crash in between
    would leave it to speak of what comes next, whole or not."""
    sender = site.settings.senders.get(parts[0])
    others = any(is_data(name) and name != parts[-1] for name in os.listdir(folder))
    if sender is not None and sender.complete == "done-file" and not others:
        with suppress(OSError):  # one that cannot be removed stays, and the sweep mentions it as stalled
            if stat.S_ISREG(os.stat(DONE_FILE, dir_fd=folder, follow_symlinks=False).st_mode):
                os.unlink(DONE_FILE, dir_fd=folder)


def discard(inbox: Path, entry: Entry) -> None:
    """Remove a plain file from the inbox, unless it has changed since it was seen."""
    with suppress(*GONE), opened_folder(inbox, entry.parts[:-1]) as folder:
        _unlink_same(folder, entry.name, entry.identity)


def _unlink_same(folder: int, name: str, identity: str) -> None:
    if identity_of(os.stat(name, dir_fd=folder, follow_symlinks=False)) == identity:
        os.unlink(name, dir_fd=folder)


def _keep_original(site: Site, folder: int, name: str, found: os.stat_result, kept: Path) -> None:
    try:
        os.rename(name, kept, src_dir_fd=folder)
    except OSError as fault:
        if fault.errno != errno.EXDEV:
            raise
        _copy_original(site, folder, name, found, kept)  # the inbox lies on another disk
        return
    if not stat.S_ISREG(os.lstat(kept).st_mode):  # something else had taken its place: it goes back unread
        os.rename(kept, name, dst_dir_fd=folder)
    sync_folder(kept.parent)


def _copy_original(site: Site, folder: int, name: str, found: os.stat_result, kept: Path) -> None:
    source, draft = os.open(name, _FILE, dir_fd=folder), _draft(site)
    try:
        if identity_of(os.fstat(source)) != identity_of(found):
            return
        _copy(source, draft, found.st_size)
        draft.rename(kept)
    finally:
        os.close(source)
        draft.unlink(missing_ok=True)  # it is larger than any other file: broken off, it would fill the disk
    sync_folder(kept.parent)
    _unlink_same(folder, name, identity_of(found))


def _keep_companion(site: Site, folder: int, name: str, target: Path) -> None:
    """Copy, then remove: the inbox may lie on another disk. What is no small plain file is left to the sweep."""
    try:
        source = os.open(name, _FILE, dir_fd=folder)
    except OSError as fault:
        if fault.errno in _SILENT:
            return
        raise
    try:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _COMPANION_BYTES:
            return
        _copy(source, draft := _draft(site), found.st_size)
    finally:
        os.close(source)
    make_folder(target.parent)
    draft.rename(target)
    sync_folder(target.parent)
    with suppress(*GONE, PermissionError):  # it is kept; what may not be removed is left to the sweep
        _unlink_same(folder, name, identity_of(found))


def forget_orphans(site: Site, known: set[Path]) -> None:
    """Remove private copies that no delivery speaks of: the worker died before it recorded them, and the
    originals still lie in the inbox. Files never finished for the outbox go too."""
    for path in (*site.staging.iterdir(), *site.drafts.iterdir()):
        if path not in known:
            path.unlink()
