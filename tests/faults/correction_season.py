"""A mark that is changed after its list, and one decided upon it, were published: asked about, confirmed, corrected.

Then a second one is, so that a correction replaces a correction.
"""

import shutil
from pathlib import Path

from award_season import CONTEST, DECISIONS, SENDER, at
from draw_season import Step
from late_marks import AFTER, CLOSING, LAST, LATER, MATHS, decided
from sites import csv_of

MARKS = ("participant", "nomination", "new_score", "ground", "decided_by")
FOLDER = f"{SENDER}/{CONTEST}"
LATEST = "2026-04-08 09:00"


def published_site(folder: Path) -> Path:
    """A site of which two lists are public."""
    with decided(folder, CLOSING):
        pass
    shutil.copytree(folder / "mailbox", folder / "site" / "mailbox")
    return folder / "site"


def _marks(who: str, points: str) -> bytes:
    return csv_of(MARKS, [(who, "Математика", points, "апелляция", "комиссия")])


def _confirmed(number: int) -> bytes:
    request = f"{CONTEST}.winners.rescoring.{number}"
    return csv_of(DECISIONS, [(request, MATHS, "confirm", "хаттама", "Төраға (үлгі)", "2026-04-05 10:00:00")])


STEPS = (
    Step(at(AFTER), "late.csv", lambda _root: _marks("P-07", "59.75"), FOLDER),
    Step(at(LATER), "confirm.csv", lambda _root: _confirmed(1), FOLDER),
    Step(at(LAST), "later.csv", lambda _root: _marks("P-06", "61"), FOLDER),
    Step(at(LATEST), "confirm-again.csv", lambda _root: _confirmed(2), FOLDER),
)
