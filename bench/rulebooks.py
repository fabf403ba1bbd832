"""Each rulebook on 10,000, 100,000 and 1,000,000 entries, step by step: `python bench/rulebooks.py`.

What is run is the core of `baiqau try`: the pipeline over tables, without reading and writing files. The entries are
the people of the sentences beside the rulebook, many times over: of each stage the case with the most rows, every one
of its people in as many copies as the size needs, units and schools too, so that groups stay small and become many.
For stages whose tables bench/drawn.py can draw, they are drawn: groups are few there and become large.

A step is timed beside a bare polars expression of the same rule that gives each entry its verdict, its code and one
sentence, without evidence or checks of its parameters. Fails where a step takes more than twice as long, where the
expression gives another verdict than the step to any entry (it would be no peer of the rule), where a step has no
expression and no reason why (`WITHOUT`), where a stage was not run, or where a rulebook takes more than thirteen times
the processor's time for ten times the entries.

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
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

import polars as pl
from bare import BARE, WITHOUT
from drawn import DRAWN, made_up_iins
from peers import differing, grouped, tables, values

from jobs import pipeline
from jobs.binding import BoundStep
from jobs.cases import Case, Cases, material, read_cases
from jobs.feeds import FEEDS
from jobs.iin import LENGTH as IIN_LENGTH
from jobs.pipeline import Rulings, StageResult, stepping
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
NAMES = (
    "teacher",
    "concertmaster",
    "supervisor",
)  # and the names of jurors: each copy has its own, as people have
SYLLABLES = [
    "ба",
    "ва",
    "га",
    "да",
    "ла",
    "ма",
    "на",
    "па",
    "ра",
    "са",
]  # one a digit; no spelling makes two alike
NEVER_PEOPLE = ("criterion", "round", "points", "nomination", "section", "subject")
TIMES = 3
MANY = 3_000_000  # entries that an earlier stage decides at once
LONG = 2.0  # seconds: what takes longer is timed once

Tables = Mapping[str, pl.DataFrame]
T = TypeVar("T")


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
        named = f"{step.place} ({step.job})"
        if step.ratio is not None and step.ratio > ALLOWED and step.ours > NOISE:
            yield f"{named} takes {step.ratio:.2f} times a bare expression; {ALLOWED:g} are allowed"
        if step.differing:
            yield f"{named}: the bare expression gives {step.differing:,} entries another verdict"
        if step.ratio is None and step.job not in WITHOUT:
            yield f"{named} has no bare expression, and nobody says why"
    for stage in last.not_run:
        print(f"  {stage}")
        yield stage


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
    drawn = Run(book, DRAWN[name](size) if name in DRAWN else {}, {})
    for stage in book.stages:
        if not stage.steps:
            continue  # its entries are taken in, and nothing is decided
        found = (drawn, stage) if drawn.has_all(stage) else _multiplied(path, stage, size)
        if found is None:
            not_run.append(f"{stage.id}: no case of it to multiply")
            continue
        watch = _Watch()
        wall, used = found[0].timed(found[1], watch)
        seconds, processor = seconds + wall, processor + used
        steps += {step.place: step for step in watch.steps}.values()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Measured(size, seconds, processor, peak, tuple(steps), tuple(not_run))


# --- the tables ---


def _multiplied(path: Path, stage: Stage, size: int) -> "tuple[Run, Stage] | None":
    """A case of the stage with its people many times over, and the stage as the case has it."""
    case = _largest(path, stage)
    if case is None:
        return None
    cases, chosen = case
    rulebook = tomllib.loads(path.read_text(encoding="utf-8"))
    found = material(rulebook, cases, chosen, source=path.name, workdays=kazakhstan)
    people = Multiplied.of(found.ids.values(), size)

    def run_of(some: Multiplied) -> Run:
        return Run(found.rulebook, some.all_of(found.tables), some.all_of(found.before))

    whole = run_of(people)
    whole.parts = lambda: map(run_of, people.parts())
    return whole, found.rulebook.stage(stage.id)


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
    its units and schools are. Where people are called by their IINs, `iins` has one for each copy of each."""

    ids: frozenset[str]
    numbers: pl.DataFrame
    iins: pl.DataFrame | None

    @classmethod
    def of(cls, people: Iterable[str], size: int) -> "Multiplied":
        """As many copies as make `size` people."""
        ids = sorted(set(people))
        numbers = pl.DataFrame({"copy": range(max(1, size // max(1, len(ids))))}).with_columns(
            pl.format("-{}", "copy").alias("mark"),
            pl.format("-{}", pl.col("copy") // COPIES_A_UNIT).alias("part"),
            pl.col("copy").cast(pl.String).str.replace_many(list("0123456789"), SYLLABLES).alias("word"),
        )
        by_iin = ids and all(len(each) == IIN_LENGTH and each.isdigit() for each in ids)
        pairs = pl.DataFrame({"id": ids}).join(numbers.select("copy"), how="cross") if by_iin else None
        own = pairs.with_columns(new=made_up_iins(pairs.height)) if pairs is not None else None
        return cls(frozenset(ids), numbers, own)

    def parts(self) -> "Iterator[Multiplied]":
        """A tenth of the copies at a time."""
        for part in self.numbers.iter_slices(-(-self.numbers.height // 10)):
            yield replace(self, numbers=part)

    def all_of(self, tables: Tables) -> dict[str, pl.DataFrame]:
        """Every row that speaks of people as often as there are copies, in each of people of its own."""
        return {name: self._copied(name, table) for name, table in tables.items()}

    def _copied(self, feed: str, table: pl.DataFrame) -> pl.DataFrame:
        texts = [name for name in table.columns if table.schema[name] == pl.String]
        named = [name for name in texts if name not in NEVER_PEOPLE and self._is_of_people(table[name])]
        if not named:
            return table
        each = table.join(self.numbers, how="cross")
        marked = self._marked(each, named)
        parted = [pl.concat_str(name, "part") for name in texts if name in DIVIDING]
        numbered = [pl.concat_str(name, "mark") for name in _own_name(feed, named)]
        called = [_called(name) for name in texts if name in NAMES or (feed, name) == ("jurors", "name")]
        return marked.with_columns(*parted, *numbered, *called).select(table.columns)

    def _marked(self, each: pl.DataFrame, named: list[str]) -> pl.DataFrame:
        if self.iins is None:
            return each.with_columns(
                pl.concat_str(
                    pl.col(name).str.replace_all(" ", pl.format("{} ", "mark"), literal=True), "mark"
                )
                for name in named
            )
        for name in named:
            new = self.iins.rename({"id": name})
            each = each.join(new, on=[name, "copy"], how="left", maintain_order="left")
            each = each.drop(name).rename({"new": name})
        return each

    def _is_of_people(self, column: pl.Series) -> bool:
        words = {word for text in column.drop_nulls().unique() for word in text.split()}
        return bool(words) and words <= self.ids


def _called(column: str) -> pl.Expr:
    """A name whose first word, the surname, has the copy's number in letters at its end."""
    parts = pl.col(column).str.splitn(" ", 2).struct
    given_names = parts.field("field_1").fill_null("")
    return pl.concat_str(parts.field("field_0"), "word", pl.lit(" "), given_names).alias(column)


def _own_name(feed: str, named: list[str]) -> tuple[str, ...]:
    """The column that tells a record apart where no column of people does."""
    key = FEEDS[feed].key if feed in FEEDS else ()
    return () if set(key) & set(named) else key[:1]


# --- running and timing ---


class Run:
    """Tables, and what stands after stages: the earlier ones that a stage needs are run before the clock starts; one
    that has far more entries than people, such as records of a journal, in `parts` that have all of some people, for
    the sake of memory."""

    def __init__(self, book: Rulebook, tables: Tables, standing: Tables) -> None:
        self.book, self.tables, self.standing = book, tables, dict(standing)
        self.parts: Callable[[], Iterator[Run]] = lambda: iter(())

    def has_all(self, stage: Stage) -> bool:
        """Whether there is a table for whatever the stage and those before it read."""
        before = (self.book.stage(name) for name in stage.needs)
        return stage.feeds <= self.tables.keys() and all(self.has_all(each) for each in before)

    def timed(self, stage: Stage, watch: "_Watch") -> tuple[float, float]:
        """Seconds of the stage by the clock and of all processors, `watch` having seen each of its steps."""
        self._need(stage)
        start, used = time.perf_counter(), time.process_time()
        self.standing[stage.id] = self._decide(stage).standing
        taken = time.perf_counter() - start, time.process_time() - used
        watch.see(lambda: self._decide(stage), stage)
        return taken

    def decided(self, stage: Stage) -> StageResult:
        """What comes of the stage, those before it having been run."""
        self._need(stage)
        return self._decide(stage)

    def _need(self, stage: Stage) -> None:
        for name in stage.needs:
            free = stage.strangers is not None and name == stage.among  # whom nobody has applied may sit too
            if name not in self.standing and not (free and not self.has_all(self.book.stage(name))):
                self.standing[name] = self._standing(self.book.stage(name))

    def _standing(self, stage: Stage) -> pl.DataFrame:
        table = self.tables.get(stage.entries)
        if table is None or table.height <= MANY:
            return self.decided(stage).standing
        return pl.concat(part.decided(stage).standing for part in self.parts())

    def _decide(self, stage: Stage) -> StageResult:
        rulings = Rulings(complete=frozenset(self.book.asks_of("absentees")))
        return pipeline.run_stage(
            self.book, stage, self.tables, self.standing, rulings, beacon_of(stage, "none")
        )


class _Watch:
    """Times each step of a run, and the bare expression on the very entries that the step was given."""

    def __init__(self) -> None:
        self.steps: list[Timed] = []

    def see(self, run: Callable[[], object], stage: Stage) -> None:
        """Run once more with every step timed."""
        original = stepping.run_step

        def timed(world: Any, step: BoundStep, entries: pl.DataFrame) -> Any:
            return self._timed(original, world, step, entries, stage)

        stepping.run_step = timed
        try:
            run()
        finally:
            stepping.run_step = original

    def _timed(self, run: Any, world: Any, step: BoundStep, entries: pl.DataFrame, stage: Stage) -> Any:
        """The step's decisions, its time and its peer's having been taken."""
        bare = BARE.get(step.job.name)
        place, job = f"{stage.id} {stage.steps.index(step) + 1}", step.job.name
        ours, decisions = _best(lambda: run(world, step, entries))
        if bare is None:
            self.steps.append(Timed(place, job, entries.height, ours, None))
            return decisions
        given, read = values(world, step), tables(world, step)
        peer, told = _best(
            lambda: bare(grouped(step, entries), given, read)
        )  # each names the groups by itself
        others = differing(decisions, told)["entry"].n_unique()
        self.steps.append(Timed(place, job, entries.height, ours, peer, others))
        return decisions


def _best(run: Callable[[], T]) -> tuple[float, T]:
    """Seconds of the processor (those by the clock tell more of who else is at work), and what came of it."""
    taken = []
    for _ in range(TIMES):
        start = time.process_time()
        result = run()
        taken.append(time.process_time() - start)
        if taken[0] > LONG:
            break
    return min(taken), result


if __name__ == "__main__":
    main()
