"""`baiqau demo`: a new site, a whole season of Myn Bala, a summary."""

import time
from pathlib import Path

from worker.commands.init import init_site
from worker.commands.printing import say
from worker.commands.rehearse import folder_for, run_season

CONTEST = "myn-bala"


def run_demo(keep: Path | None) -> bool:
    """Whether everything that came out verifies."""
    started = time.monotonic()
    with folder_for(keep) as root:
        init_site(root, [CONTEST], quietly=True)
        ok = run_season(root)
        if keep is not None:
            _say_where(root)
    say(f"done       in {time.monotonic() - started:.0f} s")
    return ok


def _say_where(root: Path) -> None:
    say(f"kept       {root}; try: baiqau status --site {root}")
