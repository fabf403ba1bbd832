"""A second opinion on every case: the verdicts of the peers beside those of the jobs, entry by entry.

`python bench/opinions.py [JOB …]` runs each case of each contest (of `--only` one) and prints, job by job, how many
entries it judged and to how many of them its peer (bench/bare.py) gives another verdict, or another figure in a column
that both add; ends with 1 where there is any. No time is measured: the peers are another writing of the same rules, so
where they differ one of the two is wrong.
"""

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from bare import BARE
from peers import differing, peers_answer

from jobs.binding import BoundStep
from jobs.cases import read_cases, run_case
from jobs.pipeline import stepping
from worker.commands.cases import beacon_of
from worker.workdays import kazakhstan

CONTESTS = Path(__file__).parent.parent / "contests"


@dataclass
class Opinions:
    """What the peers say of each entry that the jobs judged: by job the entries, those judged otherwise, and the first
    of these in words."""

    entries: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """A sentence a job whose peer says something else."""
        return [
            f"{name}: to {self.others[name]:,} of {self.entries[name]:,} entries its peer gives another verdict; "
            f"the first, {text}"
            for name, text in self.first.items()
        ]

    def count(self, case: str, step: BoundStep, judged: int, others: pl.DataFrame) -> None:
        """Take down what a step said of so many entries, and of which its peer says something else."""
        name = step.job.name
        self.entries[name] += judged
        self.others[name] += others["entry"].n_unique()
        if others.height:
            one = others.row(0, named=True)
            text = f"{case}: {one['what']} of {one['entry']} {one['ours']}, not {one['theirs']}"
            self.first.setdefault(name, text)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("jobs", nargs="*")
    options.add_argument("--only", default="")
    given = options.parse_args()
    opinions = Opinions()
    for name in contests():
        if given.only in name:
            second_opinion(name, opinions, frozenset(given.jobs) or frozenset(BARE))
    for name in sorted(opinions.entries):
        print(f"{name:<18}{opinions.entries[name]:>8,} entries   {opinions.others[name]:,} other verdicts")
    if opinions.faults:
        sys.exit("\n".join(opinions.faults))


def contests() -> list[str]:
    """The contests whose rulebooks are shipped."""
    return sorted(path.stem for path in CONTESTS.glob("*.toml") if "." not in path.stem)


def second_opinion(contest: str, opinions: Opinions, jobs: frozenset[str]) -> None:
    """Run each case of a contest, the peers of these jobs being asked about every step."""
    rulebook, file = CONTESTS / f"{contest}.toml", CONTESTS / f"{contest}.cases.toml"
    table = tomllib.loads(rulebook.read_text(encoding="utf-8"))
    cases = read_cases(file.read_text(encoding="utf-8"), file.name)
    for case in cases.case:
        with _asking(f"{contest}, {case.stage}, {case.says!r}", opinions, jobs):
            run_case(table, cases, case, source=rulebook.name, beacon=beacon_of, workdays=kazakhstan)


@contextmanager
def _asking(case: str, opinions: Opinions, jobs: frozenset[str]) -> Iterator[None]:
    """While it lasts, the peers of these jobs are asked after each step."""
    run = stepping.run_step

    def asked(world: Any, step: BoundStep, entries: pl.DataFrame) -> Any:
        decided = run(world, step, entries)
        if step.job.name in jobs and step.job.name in BARE:
            others = differing(decided, peers_answer(world, step, entries))
            opinions.count(case, step, decided.verdicts.height, others)
        return decided

    stepping.run_step = asked
    try:
        yield
    finally:
        stepping.run_step = run


if __name__ == "__main__":
    main()
