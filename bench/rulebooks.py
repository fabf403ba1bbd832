"""Each rulebook on 10,000, 100,000 and 1,000,000 entries, step by step: `python bench/rulebooks.py`.

What is run is the core of `baiqau try`: the pipeline over tables, without reading and writing files. The entries are
the people of the sentences beside the rulebook, many times over: of each stage the case with the most rows, every one
of its people in as many copies as the size needs, units and schools too, so that groups stay small and become many.
Where the cases have a format of their own, tables are drawn here.

A step is timed beside a bare polars expression of the same rule that gives each entry its verdict, its code and one
sentence, without ranks, evidence or checks of its parameters. Fails where a step takes more than twice as long, or a
rulebook more than thirteen times the processor's time for ten times the entries. Where the expression gives another
verdict than the step to some of the entries, their number is printed: it is then no peer of the whole rule. Steps
without an expression are printed with the reason.

All times are the processor's, of the step and the expression the best of three (of one that takes long, one); a
rulebook that runs longer than `--seconds` by the clock is ended and printed as such. Each size has a process of its
own, so that memory is its own.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import polars as pl
from bare import BARE, WITHOUT
from drawn import DRAWN

from jobs import pipeline
from jobs.binding import BoundStep
from jobs.cases import Case, Cases, material, read_cases
from jobs.pipeline import Rulings, StageResult
from jobs.rulebook import Rulebook, Stage
from worker.bootstrap import load_rulebook
from worker.commands.cases import beacon_of
from worker.workdays import kazakhstan

CONTESTS = Path(__file__).parent.parent / "contests"
SIZES = (10_000, 100_000, 1_000_000)
ALLOWED = 2.0
GROWTH = 13.0
NOISE = 0.02  # seconds: what takes less is not compared
COPIES_A_UNIT = 20
DIVIDING = ("unit", "school", "school_id", "address")
NEVER_PEOPLE = ("criterion", "round", "points", "nomination", "section", "subject")
TIMES = 3
LONG = 2.0  # seconds: what takes longer is timed once

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Timed:
    """One step at one size: seconds of ours and of the bare expression (None where there is none)."""

    place: str
    job: str
    entries: int
    ours: float
    bare: float | None
    differing: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times as long as the bare expression it took."""
        return self.ours / self.bare if self.bare else None


@dataclass(frozen=True)
class Measured:
    """A rulebook at one size: seconds of all stages by the clock and of all processors, peak memory in MB, its steps,
    the stages that were not run."""

    entries: int
    seconds: float
    processor: float
    megabytes: int
    steps: tuple[Timed, ...]
    not_run: tuple[str, ...]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, nargs="*", default=SIZES)
    options.add_argument("--only", default="")
    options.add_argument("--seconds", type=int, default=900)
    given = options.parse_args()
    names = sorted(path.stem for path in CONTESTS.glob("*.toml") if "." not in path.stem)
    faults = [
        fault for name in names if given.only in name for fault in _shown(name, given.entries, given.seconds)
    ]
    if faults:
        sys.exit("\n".join(faults))


def _shown(name: str, sizes: list[int], limit: int) -> list[str]:
    """Print a rulebook's tables; what is slower than allowed."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\n{name:<26}{'s':>9}{'entries/s':>12}{'MB':>7}{'growth':>8}   load {load}", flush=True)
    faults: list[str] = []
    before: Measured | None = None
    for size in sizes:
        each = _alone(name, size, limit)
        if each is None:
            print(f"{size:>15,} entries: not within {limit} s")
            faults.append(f"{name}: {size:,} entries were not done within {limit} s")
            break
        faults += _grown(name, before, each)
        before = each
    return faults + [f"{name}: {fault}" for fault in (_steps(before) if before else ())]


def _grown(name: str, before: Measured | None, each: Measured) -> Iterator[str]:
    """Print a size; whether it takes too many times as long as the one before."""
    grown = each.processor / before.processor if before else None
    told = f"{grown:>8.1f}" if grown else ""
    rate = each.entries / each.processor
    print(f"{each.entries:>15,} entries{each.processor:>11.2f}{rate:>12,.0f}{each.megabytes:>7,}{told}")
    times = each.entries / before.entries if before else 1
    if before and grown and each.processor > 1 and grown > GROWTH * times / 10:
        yield f"{name}: {each.entries:,} entries take {grown:.1f} times as long as {before.entries:,}"


def _steps(last: Measured) -> Iterator[str]:
    for step in last.steps:
        print(f"  {step.place:<28}{step.job:<18}{step.entries:>10,}{step.ours:>9.3f}{_beside(step)}")
        if step.ratio is not None and step.ratio > ALLOWED and step.ours > NOISE:
            yield f"{step.place} ({step.job}) takes {step.ratio:.2f} times a bare expression; {ALLOWED:g} are allowed"
    for stage in last.not_run:
        print(f"  {stage}")


def _beside(step: Timed) -> str:
    if step.ratio is None:
        return f"   no peer: {WITHOUT.get(step.job, 'none is written')}"
    others = f"   {step.differing:,} other verdicts" if step.differing else ""
    return f"{step.bare:>9.3f}{step.ratio:>7.2f}{others}"


def _alone(name: str, size: int, limit: int) -> Measured | None:
    """A rulebook in a process of its own, which is ended after so many seconds."""
    spawned = multiprocessing.get_context("spawn")
    receiver, sender = spawned.Pipe(duplex=False)
    child = spawned.Process(target=_measured, args=(name, size, sender))
    child.start()
    sender.close()
    try:
        return cast(Measured, receiver.recv()) if receiver.poll(limit) else None
    except EOFError:
        sys.exit(
            f"{name}: the process of {size:,} entries ended with {child.exitcode}; see its message above."
        )
    finally:
        child.kill()
        child.join()


def _measured(name: str, size: int, sender: Connection) -> None:
    sender.send(measure(name, size))


def measure(name: str, size: int) -> Measured:
    """Run every stage of a rulebook on tables of about that many entries, in this process."""
    path = CONTESTS / f"{name}.toml"
    seconds, processor = 1e-9, 1e-9  # of nothing at all there would be no rate
    steps: list[Timed] = []
    not_run: list[str] = []
    book = load_rulebook(path)
    for stage in book.stages:
        prepared = _prepared(path, book, stage, size)
        if prepared is None:
            not_run.append(f"{stage.id}: no case of it to multiply")
            continue
        watch = _Watch()
        wall, used = prepared(watch)
        seconds, processor = seconds + wall, processor + used
        steps += {step.place: step for step in watch.steps}.values()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Measured(size, seconds, processor, peak, tuple(steps), tuple(not_run))


# --- the tables ---


def _prepared(
    path: Path, book: Rulebook, stage: Stage, size: int
) -> "Callable[[_Watch], tuple[float, float]] | None":
    """What runs a stage, its earlier ones having been run."""
    if path.stem in DRAWN:
        tables = DRAWN[path.stem](size)
        return _Run(book, stage, tables, {}).timed if _all_feeds(book, stage) <= tables.keys() else None
    case = _largest(path, stage)
    if case is None:
        return None
    cases, chosen = case
    found = material(
        tomllib.loads(path.read_text(encoding="utf-8")), cases, chosen, source=path.name, workdays=kazakhstan
    )
    people = Multiplied.of(found.ids.values(), size)
    return _Run(
        found.rulebook,
        found.rulebook.stage(stage.id),
        people.all_of(found.tables),
        people.all_of(found.before),
    ).timed


def _all_feeds(book: Rulebook, stage: Stage) -> frozenset[str]:
    """The feeds of the stage and of all that it needs."""
    return stage.feeds.union(*(_all_feeds(book, book.stage(name)) for name in stage.needs))


def _largest(path: Path, stage: Stage) -> tuple[Cases, Case] | None:
    """The case of the stage that runs most of its steps; of several, one that leaves the rulebook as it is; of several,
    the one that writes most rows."""
    file = path.with_name(f"{path.stem}.cases.toml")
    cases = read_cases(file.read_text(encoding="utf-8"), file.name)
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    decided = [case for case in cases.case if case.stage == stage.id and not (case.obstacle or case.refused)]
    ordered = [
        (
            -len(case.without),
            not (case.changes or case.rulebook or case.otherwise),
            _rows(table, cases, case, path.name),
            at,
        )
        for at, case in enumerate(decided)
    ]
    return (cases, decided[max(ordered)[-1]]) if ordered else None


def _rows(table: dict[str, Any], cases: Cases, case: Case, source: str) -> int:
    found = material(table, cases, case, source=source, workdays=kazakhstan)
    return sum(each.height for each in (*found.tables.values(), *found.before.values()))


@dataclass(frozen=True)
class Multiplied:
    """People, each in as many copies as `numbers` has rows: the mark that tells a copy apart, and the part in which
    its units and schools are."""

    ids: frozenset[str]
    numbers: pl.DataFrame

    @classmethod
    def of(cls, people: Iterable[str], size: int) -> "Multiplied":
        """As many copies as make `size` people."""
        ids = frozenset(people)
        numbers = pl.DataFrame({"copy": range(max(1, size // max(1, len(ids))))}).with_columns(
            pl.format("-{}", "copy").alias("mark"),
            pl.format("-{}", pl.col("copy") // COPIES_A_UNIT).alias("part"),
        )
        return cls(ids, numbers)

    def all_of(self, tables: Tables) -> dict[str, pl.DataFrame]:
        """Every row that speaks of people as often as there are copies, in each of people of its own."""
        return {name: self._copied(table) for name, table in tables.items()}

    def _copied(self, table: pl.DataFrame) -> pl.DataFrame:
        texts = [name for name in table.columns if table.schema[name] == pl.String]
        named = [name for name in texts if name not in NEVER_PEOPLE and self._is_of_people(table[name])]
        if not named:
            return table
        each = table.join(self.numbers, how="cross")
        marked = [
            pl.concat_str(pl.col(name).str.replace_all(" ", pl.format("{} ", "mark"), literal=True), "mark")
            for name in named
        ]
        parted = [pl.concat_str(name, "part") for name in texts if name in DIVIDING]
        return each.with_columns(*marked, *parted).select(table.columns)

    def _is_of_people(self, column: pl.Series) -> bool:
        words = {word for text in column.drop_nulls().unique() for word in text.split()}
        return bool(words) and words <= self.ids


# --- running and timing ---


class _Run:
    """A stage on tables: the earlier ones it needs are run before the clock starts."""

    def __init__(self, book: Rulebook, stage: Stage, tables: Tables, written: Tables) -> None:
        self.book, self.stage, self.tables, self.written = book, stage, tables, written

    def timed(self, watch: "_Watch") -> tuple[float, float]:
        """Seconds of the stage by the clock and of all processors, `watch` having seen each of its steps."""
        before = self._standing(self.stage)
        start, used = time.perf_counter(), time.process_time()
        self._run(self.stage, before)
        taken = time.perf_counter() - start, time.process_time() - used
        watch.see(lambda: self._run(self.stage, before), self.stage)
        return taken

    def _standing(self, stage: Stage) -> dict[str, pl.DataFrame]:
        found: dict[str, pl.DataFrame] = {}
        for name in stage.needs:
            if name in self.written:
                found[name] = self.written[name]
                continue
            earlier = self.book.stage(name)
            below = self._standing(earlier)
            found |= below | {name: self._run(earlier, below).standing}
        return found

    def _run(self, stage: Stage, before: Tables) -> StageResult:
        rulings = Rulings(complete=frozenset(self.book.asks_of("absentees")))
        beacon = beacon_of(stage, "none")
        return pipeline.run_stage(self.book, stage, self.tables, before, rulings, beacon)


class _Watch:
    """Times each step of a run, and the bare expression on the very entries that the step was given."""

    def __init__(self) -> None:
        self.steps: list[Timed] = []

    def see(self, run: Callable[[], object], stage: Stage) -> None:
        """Run once more with every step timed."""
        original = pipeline._run_step

        def timed(world: Any, step: BoundStep, entries: pl.DataFrame) -> Any:
            self.steps.append(self._timed(original, world, step, entries, stage))
            return original(world, step, entries)

        pipeline._run_step = timed
        try:
            run()
        finally:
            pipeline._run_step = original

    def _timed(self, run: Any, world: Any, step: BoundStep, entries: pl.DataFrame, stage: Stage) -> Timed:
        bare = BARE.get(step.job.name)
        number = stage.steps.index(step) + 1
        ours = _best(lambda: run(world, step, entries))
        if bare is None:
            return Timed(f"{stage.id} {number}", step.job.name, entries.height, ours, None)
        tables = {name: world.tables[feed] for name, feed in step.tables.items()}
        tables |= {name: world.before[each] for name, each in step.standings.items()}
        grouped = (
            entries.with_columns(group=pipeline._group(step))
            if step.per
            else entries.with_columns(group=pl.lit(""))
        )
        peer = _best(lambda: bare(grouped, dict(step.given), tables))
        differing = _differing(run(world, step, entries).verdicts, bare(grouped, dict(step.given), tables))
        return Timed(f"{stage.id} {number}", step.job.name, entries.height, ours, peer, differing)


def _differing(ours: pl.DataFrame, peers: pl.DataFrame) -> int:
    """To how many entries the peer gives another verdict, or none."""
    both = ours.join(peers.select("entry", peer="verdict"), on="entry", how="left")
    return both.filter(pl.col("verdict").ne_missing(pl.col("peer"))).height


def _best(run: Callable[[], object]) -> float:
    """Seconds of the processor: those by the clock tell more of who else is at work."""
    taken = []
    for _ in range(TIMES):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
        if taken[0] > LONG:
            break
    return min(taken)


if __name__ == "__main__":
    main()
