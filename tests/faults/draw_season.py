"""A small season from its pool to a draw with annulled prizes, driven so that it can be taken up after any kill.

Two regions of four teachers and two prizes each. A file of annulments is written as people would: from the protocol
that is out when it is sent.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes

from draw_sites import (
    ANNULMENT_REQUEST,
    BOTH,
    CHAIN,
    COMMITTED,
    CONTEST,
    DECISION,
    DICE,
    DICE_REQUEST,
    FILES,
    LATER,
    POOLED,
    ROUND,
    SECRET,
    SPOKEN,
    THROWN,
    change_rulebook,
    draw_id,
    new_site,
    pulse_file,
    teachers,
    working,
)
from sites import csv_of
from sqlalchemy import func, select

from worker.beacon import sign_round
from worker.clock import VirtualClock
from worker.cycle import Worker
from worker.intake.scan import entries
from worker.rehearsal.drive import put
from worker.rehearsal.spreadsheet import Drop
from worker.site import Site
from worker.store.deliveries import find
from worker.store.tables import audit, instant, watermarks

TEACHERS = 4
_FIVE = """prizes = [
    "iPhone 15",
    "iPad 10 (2022) Wi-Fi 64 GB silver",
    "Xiaomi Watch S3 Black",
    "JBL portable speaker",
    "30 000 KZT",
]"""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """A moment of the season, and the file that is dropped then: its name, what makes its bytes, and in which folder of
    the inbox."""

    at: datetime
    name: str | None = None
    write: Callable[[Path], bytes] = lambda _site: b""
    folder: str = f"organiser/{CONTEST}"

    @property
    def path(self) -> str:
        """Below the inbox."""
        return f"{self.folder}/{self.name}"


def pooled_site(folder: Path) -> Path:
    """A site whose pool is decided and whose lists are not committed to yet."""
    root = new_site(folder)
    change_rulebook(root, _FIVE, 'prizes = ["laptop", "tablet"]')
    with working(root, FILES) as bench:
        bench.season(teachers(*BOTH, count=TEACHERS), until=POOLED)
    return root


def play(site: Site, worker: Worker, clock: VirtualClock, tell: Tell, steps: Sequence[Step]) -> None:
    """Every step of the season, from where it was interrupted; `tell` gets a line after each."""
    clock.advance_to(max([clock.now(), *_known(worker), *_begun(site, worker, steps)]))
    worker.start()
    _turn(worker)
    tell("taken up again")
    for step in steps:
        if step.at > clock.now():
            clock.advance_to(step.at)
            if step.name is not None:
                put(site, Drop(step.at, step.path, step.write(site.root)))
            _turn(worker)
            tell(step.name or "a moment of the rulebook")


def _begun(site: Site, worker: Worker, steps: Sequence[Step]) -> list[datetime]:
    """The moments of the steps whose files were dropped."""
    dropped = _dropped_before(site, worker)
    return [step.at for step in steps if step.path in dropped]


def _dropped_before(site: Site, worker: Worker) -> set[str]:
    """Paths of files that lie in the inbox or were claimed from it."""
    with worker.parts.engine.begin() as connection:
        claimed = {os.fsdecode(unquote_to_bytes(each.origin)) for each in find(connection)}
    return claimed | {"/".join(entry.parts) for entry in entries(site.inbox)}


def _known(worker: Worker) -> list[datetime]:
    """The newest instants of the database."""
    with worker.parts.engine.begin() as connection:
        found = [
            connection.execute(select(func.max(each))).scalar() for each in (audit.c.at, watermarks.c.at)
        ]
    return [instant(at) for at in found if at]


def _turn(worker: Worker) -> None:
    while worker.turn():
        pass


# --- what the organiser sends ---


def _decisions(request: str, *rows: tuple[str, str]) -> bytes:
    """A file of decisions (subject, decision)."""
    at = "2025-05-21 10:00:00"
    return csv_of(DECISION, [(request, subject, decision, "", "Н. Үлгі", at) for subject, decision in rows])


def _dice(_root: Path) -> bytes:
    return _decisions(DICE_REQUEST, ("draw", THROWN))


def _pulse(_root: Path) -> bytes:
    return pulse_file(sign_round(SECRET, CHAIN, ROUND))


def _holder(root: Path, group: str, version: int, prize: int) -> str:
    """Who has a prize by a version of a protocol."""
    path = root / "outbox" / "public" / CONTEST / "draw" / draw_id(group) / f"protocol.v{version}.json"
    return str(json.loads(path.read_bytes())["awards"][prize])


def _annul_one_in_each_region(root: Path) -> bytes:
    first, second = (_holder(root, group, 1, prize) for prize, group in enumerate(BOTH))
    return _decisions(ANNULMENT_REQUEST, (first, "untrue-information"), (second, "not-eligible"))


def _annul_a_replacement(root: Path) -> bytes:
    return _decisions(f"{CONTEST}.draw.annulment.2", (_holder(root, BOTH[0], 2, 0), "not-eligible"))


STEPS = (
    Step(COMMITTED),
    Step(DICE, "dice.csv", _dice),
    Step(SPOKEN, "pulse.json", _pulse),
    Step(LATER, "annul.csv", _annul_one_in_each_region),
    Step(LATER + timedelta(hours=1), "annul-again.csv", _annul_a_replacement),
)
