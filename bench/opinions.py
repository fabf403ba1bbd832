"""A second opinion on every case: the verdicts of the bare expressions beside those of the jobs, entry by entry.

`python bench/opinions.py [JOB …]` runs each case of each contest and prints, job by job, how many entries it judged and
to how many of them its peer (bench/bare.py) gives another verdict, with the first of these. No time is measured: the
peers are other people's writing of the same rules, so where they differ one of the two is wrong, or the peer says in
its docstring what it leaves out.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from bare import BARE
from rulebooks import CONTESTS, Run, grouped, peers_tables, peers_values

from jobs.binding import BoundStep
from jobs.cases import material, read_cases
from jobs.pipeline import stepping
from worker.workdays import kazakhstan


class _Opinions:
    """What the peers of some jobs (of all where none is named) say of each entry that the jobs judged."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names or frozenset(BARE)
        self.entries: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.case = ""

    def hear(self, world: Any, step: BoundStep, entries: pl.DataFrame) -> Any:
        """The job's decisions, after its peer's were compared with them."""
        decided = _RUN(world, step, entries)
        name = step.job.name
        if name in self.names and name in BARE:
            peers = BARE[name](grouped(step, entries), peers_values(world, step), peers_tables(world, step))
            self._count(name, decided.verdicts, peers)
        return decided

    def _count(self, name: str, ours: pl.DataFrame, peers: pl.DataFrame) -> None:
        both = ours.join(peers.select("entry", peer="verdict", says="why"), on="entry", how="left")
        others = both.filter(pl.col("verdict").ne_missing(pl.col("peer")))
        self.entries[name] += ours.height
        self.others[name] += others.height
        if others.height:
            one = others.row(0, named=True)
            text = f"{self.case}: {one['entry']} {one['verdict']} ({one['why']}), not {one['peer']} ({one['says']})"
            self.first.setdefault(name, text)


_RUN = stepping.run_step


def main() -> None:
    opinions = _Opinions(frozenset(sys.argv[1:]))
    stepping.run_step = opinions.hear
    for path in sorted(CONTESTS.glob("*.toml")):
        if "." not in path.stem:
            for opinions.case, run in _cases(path):
                run()
    for name in sorted(opinions.entries):
        found = f"{opinions.others[name]:,} other verdicts" if opinions.others[name] else ""
        print(f"{name:<18}{opinions.entries[name]:>8,} entries   {found}")
        if name in opinions.first:
            print(f"    {opinions.first[name]}")


def _cases(path: Path) -> Iterator[tuple[str, Any]]:
    """Each case of a contest that is decided: its name, and what runs its stage."""
    file = path.with_name(f"{path.stem}.cases.toml")
    cases = read_cases(file.read_text(encoding="utf-8"), file.name)
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    for case in cases.case:
        if case.obstacle or case.refused:
            continue
        found = material(table, cases, case, source=path.name, workdays=kazakhstan)
        stage = found.rulebook.stage(case.stage)
        run = Run(found.rulebook, found.tables, found.before)
        yield f"{path.stem}, {stage.id}", lambda run=run, stage=stage: run.decided(stage)


if __name__ == "__main__":
    main()
