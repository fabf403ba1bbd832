"""Named places at which a test may kill the worker, to prove that a restart loses and doubles nothing.

`BAIQAU_FAILPOINT_LOG=FILE` writes one line a crossing; `BAIQAU_FAILPOINT_KILL=K` dies by SIGKILL at the
K-th crossing (1 is the first). Without these variables a failpoint costs one comparison.
"""

import os
import signal
from pathlib import Path

_log = os.environ.get("BAIQAU_FAILPOINT_LOG")
_kill_at = int(os.environ.get("BAIQAU_FAILPOINT_KILL", "0"))
_armed = bool(_log or _kill_at)
_crossings = 0


def failpoint(name: str) -> None:
    """Mark a step of the road; see the module's docstring."""
    if _armed:
        _cross(name)


def _cross(name: str) -> None:
    global _crossings  # noqa: PLW0603 - a process-wide count is the point
    _crossings += 1
    if _log:
        with Path(_log).open("a", encoding="utf-8") as log:
            log.write(f"{_crossings} {name}\n")
    if _crossings == _kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
