"""`baiqau run`: the worker, for ever or once."""

import signal
import threading
from pathlib import Path

from worker.bootstrap import wire
from worker.clock import SystemClock
from worker.commands.opening import clock_for, opened
from worker.commands.printing import say
from worker.cycle import Worker
from worker.events import configure_log, log
from worker.store.database import sole_worker


def run_once(root: Path, now: str | None, *, as_json: bool) -> None:
    """Take what lies in the inbox, run what is due at that instant, deliver, exit."""
    site = opened(root)
    configure_log(as_json=as_json)
    with sole_worker(site.root):
        done = Worker(wire(site, clock_for(site, now), log)).run_once()
    say(f"{done} things done" if done else "nothing to do")


def run_forever(root: Path, *, as_json: bool) -> None:
    """Run until SIGTERM or SIGINT; the turn under way is finished."""
    site = opened(root)
    configure_log(as_json=as_json)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with sole_worker(site.root):
        Worker(wire(site, SystemClock(), log)).run_forever(stop)
