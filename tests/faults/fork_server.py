"""A process that has imported the worker and computed nothing, so that a run costs a fork and no imports.

`ForkServer` is the test's side. Run as a script, this file is the server: it reads an order a line, forks a
child that obeys it, and answers with the child's wait status. The children are ordinary processes: they die
by SIGKILL at a failpoint as the worker does, with their files, locks and sockets as they stand.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NoReturn

import correction_season
import draw_season

import worker.deliver.pades  # noqa: F401 - imported here once, not by every child
from worker.bootstrap import load_rulebook, wire
from worker.clock import FixedClock, VirtualClock, ensure_tzdata
from worker.commands.requeue import requeue_delivery
from worker.cycle import Worker
from worker.deliver.typeset import check_text
from worker.events import quiet
from worker.failpoint import arm
from worker.intake import child as parser
from worker.rehearsal.drive import Rehearsal, start_of
from worker.rehearsal.season import SMALL, make_season
from worker.site import open_site
from worker.store.database import sole_worker

CONTEST = "myn-bala"
SEED = 2026
NOW = datetime(2026, 1, 20, 6, 0, tzinfo=UTC)
"""When sites that are run once are run: registration is open, and no stage is due."""

_LONGEST = 300  # seconds a child may take before SIGALRM ends it
_TESTS = Path(__file__).resolve().parents[1]
_FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}


@dataclass(frozen=True)
class Order:
    """What a child is to do on the site in `root`.

    `play`: rehearse the rest of the small season, or of that of a draw, run once, or requeue `delivery`.
    `kill_at`: die at that crossing (0: never), counted from the start, or after the first moment where `later`.
    `log` takes the crossings. `copies`: a folder that gets a copy of the site after every moment, `0` being the
    first.
    """

    root: str
    play: Literal["season", "draw", "correction", "once", "requeue"] = "season"
    kill_at: int = 0
    later: bool = False
    log: str | None = None
    copies: str | None = None
    delivery: str = ""


class ForkServer:
    """The test's side; to be closed."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).resolve())]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_TESTS.parent,
            env=os.environ | _FEW_THREADS | {"PYTHONPATH": str(_TESTS)},
        )

    def obey(self, order: Order) -> int:
        """The exit code of a child that obeyed; minus the number of the signal that ended it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the fork server itself has ended, with {self._process.wait()}"
        return int(answer)

    def close(self) -> None:
        """End the server."""
        self._process.communicate(timeout=60)


# --- the server ---


def _serve() -> None:
    ensure_tzdata()
    check_text("warms the fonts", "")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become_child(Order(**json.loads(line)))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _become_child(order: Order) -> NoReturn:
    status = 1
    try:
        signal.alarm(_LONGEST)
        os.dup2(2, 1)  # the answers are the server's alone
        _obey(order)
        parser.stop()
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(status)


def _obey(order: Order) -> None:
    if not order.later:
        _arm(order)
    match order.play:
        case "season":
            _rehearse(order)
        case "draw":
            _draw(order)
        case "correction":
            _correction(order)
        case "once":
            _run_once(Path(order.root))
        case "requeue":
            requeue_delivery(Path(order.root), order.delivery, NOW.isoformat())


def _arm(order: Order) -> None:
    arm(Path(order.log) if order.log else None, order.kill_at)


def _run_once(root: Path) -> None:
    site = open_site(root)
    with sole_worker(site.root):
        Worker(wire(site, FixedClock(NOW), quiet)).run_once()


def _rehearse(order: Order) -> None:
    site = open_site(Path(order.root))
    season = make_season(load_rulebook(site.contests / f"{CONTEST}.toml"), SMALL, seed=SEED)
    clock = VirtualClock(start_of(season.drops))
    with sole_worker(site.root):
        worker = Worker(wire(site, clock, quiet))
        Rehearsal(site, worker, clock, season.drops, _Witness(order)).run()


def _draw(order: Order) -> None:
    site = open_site(Path(order.root))
    clock = VirtualClock(draw_season.STEPS[0].at - timedelta(hours=1))
    with sole_worker(site.root):
        worker = Worker(wire(site, clock, quiet))
        draw_season.play(site, worker, clock, _Witness(order), draw_season.STEPS)


def _correction(order: Order) -> None:
    site = open_site(Path(order.root))
    clock = VirtualClock(correction_season.STEPS[0].at - timedelta(hours=1))
    with sole_worker(site.root):
        worker = Worker(wire(site, clock, quiet))
        draw_season.play(site, worker, clock, _Witness(order), correction_season.STEPS)


@dataclass
class _Witness:
    """Told of every moment that has passed."""

    order: Order
    moments: int = 0

    def __call__(self, _line: str) -> None:
        if self.order.later and self.moments == 0:
            _arm(self.order)
        if self.order.copies is not None:
            shutil.copytree(self.order.root, Path(self.order.copies) / str(self.moments))
            self._note_crossings()
        self.moments += 1

    def _note_crossings(self) -> None:
        assert self.order.copies is not None
        assert self.order.log is not None
        crossed = len(Path(self.order.log).read_text(encoding="utf-8").splitlines())
        (Path(self.order.copies) / f"{self.moments}.crossings").write_text(str(crossed), encoding="utf-8")


if __name__ == "__main__":
    _serve()
