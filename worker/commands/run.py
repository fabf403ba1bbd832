"""`baiqau run`: the worker, for ever or once."""

import signal
import threading
from pathlib import Path

from jobs.errors import BaiqauError
from worker.bootstrap import wire
from worker.clock import SystemClock
from worker.commands.opening import clock_for, opened
from worker.commands.printing import say
from worker.cycle import Worker
from worker.events import configure_log, log
from worker.store.database import sole_worker


class LeftUndone(BaiqauError):
    """Files had to be left because of this machine; none is lost."""


def run_once(root: Path, now: str | None, *, as_json: bool) -> None:
    """Take what lies in the inbox, run what is due at that instant, deliver, exit. Raises LeftUndone."""
    site = opened(root)
    configure_log(as_json=as_json)
    with sole_worker(site.root):
        parts = wire(site, clock_for(site, now), log)
        done = Worker(parts).run_once()
        left = parts.intake.left()
    say(f"{done} things done" if done else "nothing to do")
    if left:
        files = "1 file" if left == 1 else f"{left} files"
        raise LeftUndone(
            f"{files} could not be taken in on this machine; see the log, mend it and run again."
        )


def run_forever(root: Path, *, as_json: bool) -> None:
    """Run until SIGTERM or SIGINT; the turn under way is finished."""
    site = opened(root)
    configure_log(as_json=as_json)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with sole_worker(site.root):
        Worker(wire(site, SystemClock(), log)).run_forever(stop)
