"""Secrets come from files that nobody else can read or from systemd credentials, never from argv or env."""

import os
import stat
from pathlib import Path

from jobs.errors import BaiqauError

_SECRET_BYTES = 1 << 20


class SecretError(BaiqauError):
    """A secret that cannot be used; the subclass says why."""


class LooseSecret(SecretError):
    """The secret could be read or replaced by somebody else."""


class SecretMissing(SecretError):
    """There is no file where the settings say the secret is."""


def read_secret(path: Path) -> bytes:
    """The bytes of a secret file: regular, ours or root's, mode 0600 or stricter.

    A credential with the path's last name goes before the file: it is looked for in systemd's
    $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=). The checks are made on the opened descriptor,
    so the file cannot be exchanged in between. Errors: `SecretMissing`, `LooseSecret`.
    """
    credential = _credential(path)
    place = credential or path
    descriptor = _open(place)
    try:
        # systemd shows a credential to the unit's group as well, in a folder that only the unit can enter.
        _refuse_loose(place, os.fstat(descriptor), forbidden=0o037 if credential else 0o077)
        return os.read(descriptor, _SECRET_BYTES)
    finally:
        os.close(descriptor)


def _credential(path: Path) -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        return None
    candidate = Path(folder) / path.name
    return candidate if candidate.exists() else None


def _open(path: Path) -> int:
    # O_NONBLOCK: a FIFO put in the file's place must not hang the worker.
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SecretMissing(
            f"the secret file {path} cannot be opened ({error.strerror}): "
            "put it there as a plain file with mode 0600, or correct its path in settings.toml"
        ) from None


def _refuse_loose(path: Path, status: os.stat_result, *, forbidden: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise LooseSecret(f"the secret {path} is not a regular file: replace it by a file with mode 0600")
    if status.st_uid not in (os.geteuid(), 0):
        raise LooseSecret(
            f"the secret file {path} belongs to user {status.st_uid}: chown it to the worker's user"
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode & forbidden:
        raise LooseSecret(f"the secret file {path} is readable by others (mode {mode:04o}): chmod 600 {path}")
