"""Named places at which a test may kill the worker, to prove that a restart loses and doubles nothing.

`BAIQAU_FAILPOINT_LOG=FILE` writes one line a crossing; `BAIQAU_FAILPOINT_KILL=K` dies by SIGKILL at the
K-th crossing (1 is the first). Without these variables a failpoint costs one comparison.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass
class _Arms:
    """What happens at a crossing. `kill_at`: 0 for never."""

    log: Path | None
    kill_at: int
    crossings: int = 0

    def cross(self, name: str) -> None:
        self.crossings += 1
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"{self.crossings} {name}\n")
        if self.crossings == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


_arms: _Arms | None = None


def arm(log: Path | None, kill_at: int) -> None:
    """Count crossings from here on: write them to `log`, and die at the `kill_at`-th (0: at none)."""
    global _arms  # noqa: PLW0603 - a process-wide count is the point
    _arms = _Arms(log, kill_at) if log is not None or kill_at else None


def failpoint(name: str) -> None:
    """Mark a step of the road; see the module's docstring."""
    if _arms is not None:
        _arms.cross(name)


def _arm_by_environment() -> None:
    log = os.environ.get("BAIQAU_FAILPOINT_LOG")
    arm(Path(log) if log else None, int(os.environ.get("BAIQAU_FAILPOINT_KILL", "0")))


_arm_by_environment()
