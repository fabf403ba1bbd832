"""A file from a stranger is read in a process that may fail: small, limited, and soon gone.

Three processes take part. This one asks (`parse`); a warm server (`worker.intake.server`), started once a
process, forks; the forked child limits itself, reads one file and says what it found in msgpack frames. The
server is ours and not `multiprocessing`'s, which would import our `__main__` into every child. However the
child ends, the caller gets a last frame.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from jobs.errors import BaiqauError
from worker.intake import pipe
from worker.intake.frames import (
    EXIT_INPUT_OUTPUT,
    EXIT_MEMORY,
    MIB,
    STATUS,
    End,
    Frame,
    Job,
    Limits,
    PackedRows,
    RefusedFile,
    Vocabulary,
    Wire,
)

__all__ = ["ParserLostError", "parse", "stop"]

_ROOT: Final = Path(__file__).resolve().parents[2]
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); import worker.intake.server as s; s.serve(int(sys.argv[2]))"
)
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH",)  # where Python itself may live; nothing else is handed down
_STATUS_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 5.0
_DECODER: Final = msgspec.msgpack.Decoder(Wire)


class ParserLostError(BaiqauError):
    """Reading failed for a reason of ours, not of the file's: to be tried again."""


def parse(
    path: Path,
    file_name: str,
    *,
    vocabulary: Vocabulary,
    limits: Limits,
    chunk_rows: int = 5000,
) -> Iterator[Frame]:
    """The frames of one file, our private copy of which lies at `path`; the sender called it `file_name`.

    The last frame is `End` or `RefusedFile`, and rows given before a `RefusedFile` are void. The child is
    killed when the generator is closed early. Raises ParserLostError where the file is not to blame (the
    server was killed, the disk cannot be read).
    """
    job = Job(str(path.resolve()), file_name, dict(vocabulary), limits, chunk_rows)
    with ExitStack() as open_ends:
        frames, leash = _fork(open_ends)
        with suppress(OSError):  # a child that died at once is met as the end of its frames
            pipe.send(frames, msgspec.msgpack.encode(job))
        yield from _frames(frames, leash, limits)


def _frames(frames: socket.socket, leash: socket.socket, limits: Limits) -> Iterator[Frame]:
    receiver = pipe.Receiver(frames, seconds=limits.wall_seconds, longest=limits.memory_bytes)
    while True:
        try:
            frame = _next(receiver)
        except TimeoutError:
            frame = RefusedFile(
                "wall-time", f"reading took more than the {limits.wall_seconds:g} seconds allowed."
            )
        except (EOFError, ConnectionResetError):
            frame = _obituary(leash, limits)
        except ValueError:  # msgspec's errors, wrong counts: what no sound child sends
            frame = RefusedFile(
                "reader-failed", "the reader answered nonsense about this file; send it as plain CSV."
            )
        yield frame
        if isinstance(frame, End | RefusedFile):
            return


def _next(receiver: pipe.Receiver) -> Frame:
    frame = _DECODER.decode(receiver.receive())
    return frame.unpack() if isinstance(frame, PackedRows) else frame


# --- how a child ended that said no last word ---


def _obituary(leash: socket.socket, limits: Limits) -> RefusedFile:
    leash.settimeout(_STATUS_SECONDS)
    try:
        message = leash.recv(STATUS.size)
    except OSError as fault:
        raise ParserLostError("the parser's server does not answer; the file is to be read again.") from fault
    if len(message) != STATUS.size:
        raise ParserLostError("the parser's server was killed; the file is to be read again.")
    (status,) = STATUS.unpack(message)
    return (
        _by_signal(os.WTERMSIG(status), limits)
        if os.WIFSIGNALED(status)
        else _by_exit(os.WEXITSTATUS(status), limits)
    )


def _by_exit(code: int, limits: Limits) -> RefusedFile:
    if code == EXIT_MEMORY:
        return _out_of_memory(limits)
    if code == EXIT_INPUT_OUTPUT:
        raise ParserLostError("our copy of the file cannot be read; the file is to be read again.")
    return RefusedFile("reader-failed", "the reader failed on this file; send it as plain CSV.")


def _by_signal(number: int, limits: Limits) -> RefusedFile:
    if number == signal.SIGABRT:  # how Rust and C++ end when they are given no memory
        return _out_of_memory(limits)
    if number == signal.SIGXCPU:
        return RefusedFile(
            "cpu-time", f"reading took more than the {limits.cpu_seconds} seconds of computing allowed."
        )
    if number == signal.SIGKILL:
        return RefusedFile("reader-killed", "the reader was killed from outside while it read this file.")
    return RefusedFile(
        "reader-crashed", f"the reader crashed on this file (signal {number}); send it as plain CSV."
    )


def _out_of_memory(limits: Limits) -> RefusedFile:
    most = limits.memory_bytes // MIB
    return RefusedFile("memory", f"the file needed more memory than the {most} MB allowed.")


# --- the server ---


@dataclass(frozen=True)
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket

    def fork(self, ends: list[int]) -> None:
        socket.send_fds(self.control, [b"r"], ends)

    def stop(self) -> None:
        self.control.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_servers: Final[dict[int, _Server]] = {}  # by process: a fork of ours must not share its parent's
_lock: Final = threading.Lock()


def _fork(open_ends: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Our ends of a new child's frames and leash, closed with `open_ends`."""
    ours, theirs = socket.socketpair()
    leash, their_leash = socket.socketpair()
    open_ends.enter_context(ours)
    open_ends.enter_context(leash)
    with theirs, their_leash:
        ends = [theirs.fileno(), their_leash.fileno()]
        try:
            _running().fork(ends)
        except OSError:  # the server was killed since the last file
            stop()
            _running().fork(ends)
    return ours, leash


def _running() -> _Server:
    with _lock:
        if os.getpid() not in _servers:
            _servers[os.getpid()] = _start()
        return _servers[os.getpid()]


def _start() -> _Server:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-I", "-c", _START, str(_ROOT), str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the worker, which then lets go
        )
    return _Server(process, ours)


@atexit.register
def stop() -> None:
    """End this process's server and its children; the next `parse` starts a new one."""
    with _lock:
        server = _servers.pop(os.getpid(), None)
    if server is not None:
        server.stop()
