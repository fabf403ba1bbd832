"""A rehearsal of one contest in the test's own process, and what it left."""

import csv
import io
from contextlib import redirect_stdout
from pathlib import Path

from worker.commands.init import init_site
from worker.commands.rehearse import run_season


def rehearsed(folder: Path, contest: str) -> tuple[Path, str]:
    """The site that a rehearsal leaves, all of which verifies, and what it said."""
    site, said = folder / "site", io.StringIO()
    with redirect_stdout(said):
        init_site(site, [contest], quietly=True)
        assert run_season(site), said.getvalue()
    return site, said.getvalue()


def table(path: Path) -> list[dict[str, str]]:
    """A CSV of the outbox."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def settled(said: str, stage: str) -> tuple[int, int]:
    """After how many runs a stage was settled, and how many are in."""
    line = next(line for line in said.splitlines() if f"{stage}: settled after " in line)
    runs, entries = line.partition(": settled after ")[2].split(" run(s), ")
    return int(runs), int(entries.split()[0])
