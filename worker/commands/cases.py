"""`baiqau check --cases`: the sentences beside each rulebook, run on it as it stands."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jobs.beacon import Chain, round_at
from jobs.cases import Cases, Outcome, read_cases, run_case
from jobs.draw1 import listed_code
from jobs.errors import BaiqauError
from jobs.pipeline import Beacon
from jobs.rulebook import Stage
from jobs.workdays import Workdays
from worker.beacon import new_test_chain, sign_round, verify_pulse
from worker.site import RESOURCES
from worker.workdays import kazakhstan

_SECRET = b"the key of the cases"
_GENESIS = 1577836800  # the first second of 2020, in UTC


@dataclass(frozen=True)
class Heard:
    """A contest's file of cases: what came of each, or that there is none (`not_run`), or what is wrong with it."""

    contest: str
    outcomes: tuple[Outcome, ...] = ()
    not_run: str | None = None
    fault: str | None = None

    @property
    def failures(self) -> list[tuple[str, str, str]]:
        """Clause, sentence and what is not so, one a failure."""
        return [
            (outcome.case.clause, outcome.case.says, failure)
            for outcome in self.outcomes
            for failure in outcome.failures
        ]


def hear_site(folder: Path, contests: list[str], workdays: Callable[[], Workdays]) -> Iterator[Heard]:
    """The cases of each contest: those beside its rulebook in `folder`, or the shipped ones where there are none.
    Working days are those of the site."""
    for name in contests:
        places = (folder, RESOURCES / "contests")
        files = [place / f"{name}.cases.toml" for place in places]
        file = next((file for file in files if file.is_file()), None)
        if file is None:
            yield Heard(name, not_run="there is no file of cases beside its rulebook")
        else:
            yield hear(folder / f"{name}.toml", file, workdays)


def hear(rulebook: Path, file: Path, workdays: Callable[[], Workdays] = kazakhstan) -> Heard:
    """Run a file of cases on a rulebook."""
    try:
        cases = read_cases(file.read_text(encoding="utf-8"), file.name)
        table = tomllib.loads(rulebook.read_text(encoding="utf-8"))
    except (BaiqauError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        return Heard(rulebook.stem, fault=str(fault).rstrip("."))
    return Heard(rulebook.stem, tuple(outcomes(table, cases, rulebook.name, workdays)))


def outcomes(
    table: dict[str, object], cases: Cases, source: str, workdays: Callable[[], Workdays] = kazakhstan
) -> Iterator[Outcome]:
    """What comes of each case; a case that cannot be carried out fails with that reason."""
    for case in cases.case:
        try:
            yield run_case(table, cases, case, source=source, beacon=beacon_of, workdays=workdays)
        except BaiqauError as fault:
            yield Outcome(case, (str(fault).rstrip("."),))


def beacon_of(stage: Stage, pulse: str) -> Beacon:
    """A test chain, with a pulse where the stage has a draw: that of its moment, of "another round" or "none"."""
    if stage.draw is None or pulse == "none":
        return Beacon(_chain(), code=listed_code)
    at = stage.draw.given["at"]
    if not isinstance(at, datetime):
        raise TypeError("a draw has a moment")
    return _drawn(round_at(_chain(), at) + (pulse == "another round"))


@cache
def _chain() -> Chain:
    return new_test_chain(_SECRET, _GENESIS)


@cache
def _drawn(number: int) -> Beacon:
    signed = sign_round(_SECRET, _chain(), number)
    verify_pulse(_chain(), signed)
    return Beacon(_chain(), {signed.round: signed}, listed_code)
