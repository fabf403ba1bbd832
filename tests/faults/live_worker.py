"""A real `baiqau run` in a process of its own, listened to through its log."""

import json
import queue
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

Line = dict[str, Any]

PROGRAM = Path(sys.executable).with_name("baiqau")
_PATIENCE = 120  # seconds; a test that waits this long has failed


@dataclass
class Live:
    """The worker, and what of its log has been listened to."""

    root: Path
    process: "subprocess.Popen[str]"
    heard: list[Line] = field(default_factory=list)
    _said: "queue.Queue[Line | None]" = field(default_factory=queue.Queue)

    def listen(self, log: IO[str]) -> None:
        """Put every line where `hear` finds it; None at the end."""
        for line in log:
            self._said.put(json.loads(line) if line.startswith("{") else {"event": "", "text": line})
        self._said.put(None)

    def hear(self, *events: str, **facts: object) -> Line:
        """The next line that says one of `events` with these facts; what is said before it is passed over."""
        while (line := self._said.get(timeout=_PATIENCE)) is not None:
            self.heard.append(line)
            if line["event"] in events and facts.items() <= line.items():
                return line
        return pytest.fail(f"the worker ended without saying {events}; it said {self.heard}")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE)

    def drop(self, name: str, data: bytes, sender: str = "ministry") -> Path:
        """Drop a file as a careful sender does."""
        return put(self.root, name, data, sender)

    def readers(self) -> list[psutil.Process]:
        """The processes that are reading a file now: children of the server that forks them."""
        servers = psutil.Process(self.process.pid).children()
        return [reader for server in servers for reader in server.children()]

    @contextmanager
    def writing_refused(self) -> Iterator[None]:
        """The kernel lets the worker write no byte into any file, as on a full disk."""
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, most))
        try:
            yield
        finally:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, most))


def put(root: Path, name: str, data: bytes, sender: str = "ministry") -> Path:
    """A file written beside its name and renamed."""
    target = root / "inbox" / sender / "myn-bala" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{name}.part")
    part.write_bytes(data)
    return part.rename(target)


@contextmanager
def live(root: Path) -> Iterator[Live]:
    """A worker that has started on the site in `root`; it is killed if it is still there at the end."""
    process = subprocess.Popen(
        [PROGRAM, "run", "--site", root, "--json"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    made = Live(root, process)
    ear = threading.Thread(target=made.listen, args=(process.stderr,))
    ear.start()
    try:
        made.hear("worker.started")
        yield made
    finally:
        process.kill()
        process.wait()
        ear.join()
        process.stderr.close()
