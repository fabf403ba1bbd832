"""The warm server that forks a limited child for each file, and what that child does.

It is a process of its own, started by `worker.intake.child`: it has imported what reading needs and nothing
more, has one thread, and so forks safely in a millisecond. Its parent holds two sockets for each child: the
pipe of frames, and a leash. When the parent lets go of a leash, the child is killed; when the child ends, its
wait status goes up the leash; when the parent itself is gone, so is everything here.
"""

import gc
import os
import resource
import selectors
import signal
import socket
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

import msgspec

from worker.intake.frames import (
    EXIT_INPUT_OUTPUT,
    EXIT_MEMORY,
    STATUS,
    Job,
    Limits,
    Refusal,
    RefusedFile,
    Wire,
)
from worker.intake.pipe import Receiver, send
from worker.intake.readers import read

_EXIT_FAILED: Final = 1
_MOST_FILES: Final = 32
_JOB_SECONDS: Final = 10.0
_JOB_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class _Child:
    pid: int
    pidfd: int
    leash: socket.socket


class Server:
    """Forks on request, reaps, and keeps the leashes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, _Child] = {}
        self._leashed: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._on_request)
        self._open = True

    def run(self) -> None:
        """Serve until the parent closes its end."""
        while self._open:
            for key, _ in self._selector.select():
                key.data()
        for child in self._children.values():
            _kill(child)

    def _on_request(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        if not message:
            self._open = False
            return
        pipe, leash = descriptors
        pid = os.fork()
        if pid == 0:
            _become_child(pipe)
        os.close(pipe)
        self._keep(_Child(pid, os.pidfd_open(pid), socket.socket(fileno=leash)))

    def _keep(self, child: _Child) -> None:
        self._children[child.pid] = child
        self._leashed.add(child.pid)
        self._selector.register(child.pidfd, selectors.EVENT_READ, partial(self._on_end, child))
        self._selector.register(child.leash, selectors.EVENT_READ, partial(self._on_release, child))

    def _on_release(self, child: _Child) -> None:
        if self._unleash(child):
            _kill(child)

    def _unleash(self, child: _Child) -> bool:
        """Look at the leash no more; False where that was so (one batch of events may hold both ends)."""
        if child.pid not in self._leashed:
            return False
        self._leashed.remove(child.pid)
        self._selector.unregister(child.leash)
        return True

    def _on_end(self, child: _Child) -> None:
        self._unleash(child)
        self._selector.unregister(child.pidfd)
        _, status = os.waitpid(child.pid, 0)
        del self._children[child.pid]
        os.close(child.pidfd)
        with suppress(OSError):  # the parent has let go: nobody asks how it ended
            child.leash.send(STATUS.pack(status))
        child.leash.close()


def _kill(child: _Child) -> None:
    with suppress(ProcessLookupError):  # it has just ended by itself
        signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)


def serve(control: int) -> None:
    """The server's whole life; `control` is its end of the parent's socket."""
    gc.disable()
    gc.freeze()  # the children share these pages
    with socket.socket(fileno=control) as requests:
        Server(requests).run()


# --- the child ---


def _become_child(pipe: int) -> NoReturn:
    """Read one file and end; a fault that is not foreseen here ends in a status that says so."""
    status = _EXIT_FAILED
    try:
        os.closerange(3, pipe)
        os.closerange(pipe + 1, os.sysconf("SC_OPEN_MAX"))
        status = _answer(socket.socket(fileno=pipe))
    finally:
        os._exit(status)


def _answer(channel: socket.socket) -> int:
    message = Receiver(channel, seconds=_JOB_SECONDS, longest=_JOB_BYTES).receive()
    channel.settimeout(None)
    job = msgspec.msgpack.decode(message, type=Job)
    confine(job.limits)
    try:
        _send_all(channel, job)
    except BrokenPipeError:
        return 0
    except MemoryError:
        return EXIT_MEMORY
    except OSError:
        return EXIT_INPUT_OUTPUT
    return 0


def _send_all(channel: socket.socket, job: Job) -> None:
    encode = msgspec.msgpack.Encoder().encode
    try:
        for frame in read(job):
            send(channel, encode(frame))
    except Refusal as refusal:
        send(channel, encode(_refused(refusal)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        send(channel, encode(_refused(Refusal("damaged", "the archive is cut or damaged; send it again."))))


def _refused(refusal: Refusal) -> Wire:
    return RefusedFile(refusal.code, refusal.why)


def confine(limits: Limits) -> None:
    """Take from this process what reading a file does not need. Not to be undone."""
    os.umask(0o077)
    os.environ.clear()
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
    ):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
