"""A rehearsal of one contest in the test's own process, and what it left."""

import csv
import io
import json
from collections import Counter
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


def sheets_read(site: Path, contest: str) -> dict[str, int]:
    """Stage to how many of its jurors' forms came back and were taken in as marks, each with every row; nothing else
    was."""
    receipts = [json.loads(path.read_text()) for path in site.glob("outbox/*/receipts/*.json")]
    told = [each for each in receipts if each["contest"] == contest and each["business"]["feed"] == "scores"]
    assert all(each["business"]["outcome"] == "accepted" for each in told)
    sent = {
        path.name: path.parent.name for path in site.glob(f"outbox/requests/{contest}/score-sheets/*/*.xlsx")
    }
    return dict(Counter(sent[each["name"]] for each in told))
