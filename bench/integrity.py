"""Answer similarity beside its own innermost loop and beside numpy's GEMM, in one run: `python bench/integrity.py`.

    --small              a tenth of the sheets, for a quick look: no limits
    --plot FILE          also draw cost against the number of sheets as SVG

Ours is the engine of the product as the analysis calls it: every pair of a variant is weighed against the border of its
two scores, pairs near a border are looked at, the rare and the similar ones are kept. The bare kernel is the innermost
loop alone on the same bit-planes: agreements of each pair, weighed and thrown away. The GEMM multiplies answers as ones
and noughts (float32, all threads of the BLAS): agreements of each pair, nothing else, on fewer sheets. The sides take
turns and the best of each side's runs counts. Whole analyses run in a process of their own, from files, and the peak
of its memory counts. All people are made up by tests/simulation.py; ten pairs of a variant have copied.
"""

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import polars as pl

from jobs.integrity import numba_engine
from jobs.integrity.analysis import FALSE_SHARE, LISTED, NONE, OTHERS, analyse
from jobs.integrity.compare import Family, Pairs, comparable, comparer, listed
from jobs.integrity.forms import Form, canonical_forms
from jobs.integrity.planes import Planes
from jobs.integrity.screen import Borders, Floats, Found, Rows
from jobs.regions import regions
from tests.simulation import as_form, as_tables, plant, two_parameter
from worker.commands.integrity import read_keys, read_sheets, write_tables

ITEMS = 60
OPTIONS = 5
RUNS = 5
COPIERS = 10  # a variant
TASK = 512
BLOCK, TILE = 1024, 256
GEMM_ROWS = 8192

PAIRS_A_SECOND = 3e9  # of two threads
TIMES_GEMM = 5.0
SCREEN_SECONDS = 3.0  # 100,000 sheets in one variant
WHOLE_SECONDS, WHOLE_MEGABYTES = 30.0, 2000.0  # 150,000 sheets in eight

T = TypeVar("T")


# --- one variant: counts ---


class Recorder:
    """The product's engine; it keeps what it was last asked to screen."""

    def joint(self, both_right: Floats, both_wrong: Floats) -> Floats:
        return numba_engine.joint(both_right, both_wrong)

    def screen(self, rows: Rows, borders: Borders, first: int, last: int) -> Found:
        self.rows, self.borders = rows, borders
        return numba_engine.screen(rows, borders, first, last)


@dataclass(frozen=True)
class Cost:
    """The least wall and processor seconds of a side, and the pairs it compared."""

    name: str
    pairs: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.pairs / self.wall


def screening(form: Form) -> tuple[Callable[[int], tuple[Pairs, int]], Recorder]:
    """All pairs of different schools on so many threads, as the analysis asks for them; and what was asked."""
    sheets, engine = comparable(form), Recorder()
    others = sheets.pairs - sheets.pairs_of_schools
    family = Family("others", others, min(FALSE_SHARE, LISTED / others))
    naive = 9 * ITEMS // 10 + 1

    def screen(threads: int) -> tuple[Pairs, int]:
        with ThreadPoolExecutor(threads) as pool:
            ready = comparer(sheets, engine, pool.map if threads > 1 else map, [family])
            return listed(ready, family, naive, OTHERS, lambda _pairs: None)

    return screen, engine


def counted(rows: Rows, borders: Borders, threads: int) -> int:
    return sum(found.naive for found in spread(partial(numba_engine.screen, rows, borders), rows, threads))


def bare(rows: Rows, threads: int) -> int:
    return sum(spread(partial(weigh_all, rows.planes), rows, threads))


def spread(work: Callable[[int, int], T], rows: Rows, threads: int) -> list[T]:
    """In tasks of as many sheets as the analysis gives at once."""
    count = len(rows.score)
    starts = range(0, count, TASK)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, starts, (min(first + TASK, count) for first in starts)))


def weigh_all(planes: Planes, first: int, last: int) -> int:
    return int(_weigh_all(*planes, first, last, np.empty(BLOCK, dtype=np.uint8)))


@numba.njit(nogil=True)
def _weigh_all(left: Any, right: Any, wrong: Any, first: int, last: int, weights: Any) -> int:
    count, seen = left.shape[2], 0
    for tile in range(first, last, TILE):
        below = min(last, tile + TILE)
        for block in range(tile + 1, count, BLOCK):
            for i in range(tile, below):
                start, stop = max(block, i + 1), min(block + BLOCK, count)
                if start < stop:
                    numba_engine._weigh(
                        left[0, 0, i], left[1, 0, i], left[2, 0, i], wrong[0, i],
                        right[0, 0, start:stop], right[1, 0, start:stop], right[2, 0, start:stop],
                        weights[: stop - start],
                    )  # fmt: skip
                    seen += weights[0]
    return seen


def one_hot(form: Form, first: int, last: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    chosen = form.codes[first:last, :, None] == np.arange(1, OPTIONS + 1)
    return np.ascontiguousarray(chosen.reshape(last - first, -1), dtype=np.float32)


def taken(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def in_turns(sides: dict[str, tuple[int, Callable[[], object]]]) -> dict[str, Cost]:
    """Each side once to warm up (numba compiles), then RUNS times, in turns."""
    for _, work in sides.values():
        work()
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(RUNS):
        for name, (_, work) in sides.items():
            runs[name].append(taken(work))
    return {
        name: Cost(name, pairs, min(wall for wall, _ in runs[name]), min(cpu for _, cpu in runs[name]))
        for name, (pairs, _) in sides.items()
    }


def counts(sheets: int) -> Iterator[str]:
    """Prints the table of one variant; yields what missed its limit."""
    form = as_form(two_parameter(sheets, ITEMS, 1))
    screen, engine = screening(form)
    single, double = screen(1), screen(2)
    same = single[1] == double[1] and all(
        getattr(single[0], name).tobytes() == getattr(double[0], name).tobytes() for name in vars(single[0])
    )
    rows, borders = engine.rows, engine.borders
    half = min(GEMM_ROWS, sheets // 2)
    one, other = one_hot(form, 0, half), one_hot(form, half, 2 * half).T
    pairs = sheets * (sheets - 1) // 2
    cost = in_turns({
        "bare kernel, 1 thread": (pairs, partial(bare, rows, 1)),
        "baiqau, 1 thread": (pairs, partial(counted, rows, borders, 1)),
        "bare kernel, 2 threads": (pairs, partial(bare, rows, 2)),
        "baiqau, 2 threads": (pairs, partial(counted, rows, borders, 2)),
        "numpy GEMM, all threads": (half * half, lambda: one @ other),
    })  # fmt: skip
    title = f"{sheets:,} sheets x {ITEMS} items, one variant"
    print(f"{title:<42}{'pairs':>16}{'wall s':>8}{'CPU s':>8}{'pairs/s':>9}")
    for each in cost.values():
        print(f"{each.name:<42}{each.pairs:>16,}{each.wall:>8.2f}{each.cpu:>8.2f}{each.rate:>9.2g}")
    ours, gemm = cost["baiqau, 2 threads"], cost["numpy GEMM, all threads"]
    for threads in ("1 thread", "2 threads"):
        kernel, own = cost[f"bare kernel, {threads}"], cost[f"baiqau, {threads}"]
        by_cpu, by_wall = kernel.cpu / own.cpu, kernel.wall / own.wall
        print(f"of the bare kernel's rate, {threads}: {by_cpu:.2f} by CPU, {by_wall:.2f} by wall")
    idle = 2 * pairs / ours.cpu
    print(f"pairs a second: {ours.rate:.2g}, on two idle cores by CPU {idle:.2g}; limit {PAIRS_A_SECOND:g}")
    print(f"times the GEMM: {ours.rate / gemm.rate:.1f}; limit {TIMES_GEMM:g}")
    screened = min(taken(lambda: screen(2))[0] for _ in range(RUNS))
    print(f"borders, screen, chances of what is found, 2 threads: {screened:.2f} s; limit {SCREEN_SECONDS:g}")
    print(f"1 and 2 threads: {len(single[0].rows):,} pairs, {'the same bytes' if same else 'DIFFERENT'}")
    if ours.rate < PAIRS_A_SECOND:
        yield f"{ours.rate:.2g} pairs a second; {PAIRS_A_SECOND:g} are demanded"
    if ours.rate < TIMES_GEMM * gemm.rate:
        yield f"{ours.rate / gemm.rate:.1f} times the GEMM; {TIMES_GEMM:g} are demanded"
    if screened > SCREEN_SECONDS:
        yield f"the screen takes {screened:.2f} s; {SCREEN_SECONDS:g} are allowed"
    if not same:
        yield "1 and 2 threads find different things"


# --- whole analyses, each in a process of its own ---


@dataclass(frozen=True)
class Whole:
    """Seconds and megabytes of an analysis from tables of sheets and keys to the written CSVs."""

    sheets: int
    pairs: int
    wall: float
    cpu: float
    megabytes: float
    digest: str
    clusters: int


def write_season(folder: Path, sheets: int, variants: int) -> None:
    tables = [_variant(sheets // variants, number) for number in range(1, variants + 1)]
    pl.concat(each for each, _ in tables).write_csv(folder / "sheets.csv")
    pl.concat(key for _, key in tables).write_csv(folder / "key.csv")


def _variant(sheets: int, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    people = two_parameter(sheets, ITEMS, number)
    for pair in range(COPIERS):
        people = plant(people, 50 * pair, 50 * pair + 1, 0.9, pair)
    table, key = as_tables(people, str(number))
    answers = (pl.col("answers").str.slice(item, 1).alias(f"q{item + 1}") for item in range(ITEMS))
    codes = dict(enumerate(region.code for region in regions()))
    written = table.select(
        pl.format("{}-{}", "entry", "variant").alias("participant"),
        "variant", "school_id", "class", pl.col("region").cast(pl.Int64).replace_strict(codes), *answers,
    )  # fmt: skip
    return written, key


def whole(sheets: int, variants: int, threads: int = 2) -> Whole:
    with tempfile.TemporaryDirectory() as folder:
        write_season(Path(folder), sheets, variants)
        command = [sys.executable, __file__, "--child", folder, str(threads)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Whole(sheets, **json.loads(done.stdout))


def child(folder: Path, threads: int) -> None:
    """As the command does it; reading the files is not timed, bench/intake.py measures that."""
    sheets, keys = read_sheets(folder / "sheets.csv"), read_keys(folder / "key.csv")
    wall, cpu = time.perf_counter(), time.process_time()
    found = analyse(canonical_forms(sheets, keys), threads=threads)
    worth = found.pairs.filter((pl.col("level") != NONE) | pl.col("naive"))
    files = write_tables(folder, pairs=worth, people=found.people, clusters=found.clusters, null=found.null)
    facts = {
        "pairs": found.compared + found.others,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "megabytes": peak_megabytes(),
        "digest": hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest(),
        "clusters": found.clusters.height,
    }
    print(json.dumps(facts))


def peak_megabytes() -> float:
    """Of this program since it began; `ru_maxrss` would count the process that started it too."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1000


HEAD = f"{'sheets':>10}{'pairs':>18}{'wall s':>9}{'CPU s':>9}{'pairs/s':>10}{'peak MB':>9}{'clusters':>10}"


def line(run: Whole) -> str:
    rate, found = run.pairs / run.wall, f"{run.megabytes:>9.0f}{run.clusters:>10}"
    return f"{run.sheets:>10,}{run.pairs:>18,}{run.wall:>9.1f}{run.cpu:>9.1f}{rate:>10.2g}{found}"


def season(sheets: int) -> Iterator[str]:
    """Prints the analysis of a country in eight variants; yields what missed its limit."""
    double, single = whole(sheets, 8), whole(sheets, 8, threads=1)
    print(
        f"whole analysis in 8 variants, 2 threads and 1; limits {WHOLE_SECONDS:g} s, {WHOLE_MEGABYTES:g} MB\n{HEAD}"
    )
    print(f"{line(double)}\n{line(single)}")
    print(
        f"1 and 2 threads: {'the same bytes' if single.digest == double.digest else 'DIFFERENT'} in the files"
    )
    if double.wall > WHOLE_SECONDS:
        yield f"the whole analysis takes {double.wall:.1f} s; {WHOLE_SECONDS:g} are allowed"
    if double.megabytes > WHOLE_MEGABYTES:
        yield f"the whole analysis takes {double.megabytes:.0f} MB; {WHOLE_MEGABYTES:g} are allowed"
    if single.digest != double.digest:
        yield "1 and 2 threads write different files"


def against(sizes: Sequence[int]) -> list[Whole]:
    print(f"cost against the number of sheets, one variant, 2 threads\n{HEAD}")
    runs = []
    for sheets in sizes:
        runs.append(whole(sheets, 1))
        print(line(runs[-1]), flush=True)
    return runs


# --- the plot ---

WIDTH, HEIGHT, LEFT, FOOT = 640, 300, 70, 50


@dataclass(frozen=True)
class Axis:
    """A logarithmic scale from `low` to `high` on `begin` to `end` of the picture."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self.begin + share * (self.end - self.begin), 1)


def plot(runs: Sequence[Whole]) -> str:
    """Seconds of the processors, as the clock also counts what else the machine does, and memory against sheets. Both
    axes are logarithmic, so that a square law is a straight line."""
    seconds, memory = [run.cpu for run in runs], [run.megabytes for run in runs]
    panels = [
        panel(runs, seconds, "processor seconds", 0, square=True),
        panel(runs, memory, "peak memory, MB", HEIGHT, square=False),
    ]
    size = f'viewBox="0 0 {WIDTH} {2 * HEIGHT}" width="{WIDTH}" height="{2 * HEIGHT}"'
    title = "<title>Whole analysis of one variant of 60 items against the number of sheets</title>"
    style = "<style>text{font:13px sans-serif;fill:#222}</style>"
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', title, style, ground, *panels, "</svg>\n"]
    )


def panel(runs: Sequence[Whole], values: Sequence[float], title: str, top: float, *, square: bool) -> str:
    x = Axis(runs[0].sheets / 1.4, runs[-1].sheets * 1.6, LEFT, WIDTH - 20)
    y = Axis(*_decades(values), top + HEIGHT - FOOT, top + 34)
    parts = [f'<text x="{LEFT}" y="{top + 20}" font-weight="bold">{title}</text>', *_grid(x, y, runs)]
    if square:
        first, last = runs[-1].sheets * math.sqrt(y.low / values[-1]), runs[-1].sheets
        begin = max(first, x.low)
        height = values[-1] * (begin / last) ** 2
        law = f"M{x.at(begin)} {y.at(height)}L{x.at(last)} {y.at(values[-1])}"
        parts.append(f'<path d="{law}" stroke="#888" stroke-dasharray="6 4"/>')
        parts.append(f'<text x="{x.at(begin) + 8}" y="{y.at(height) - 6}" fill="#666">as the square</text>')
    points = [(x.at(run.sheets), y.at(value), value) for run, value in zip(runs, values, strict=True)]
    joined = "L".join(f"{across} {up}" for across, up, _ in points)
    parts.append(f'<path d="M{joined}" fill="none" stroke="#0a5b78" stroke-width="2.5"/>')
    for across, up, value in points:
        parts.append(f'<circle cx="{across}" cy="{up}" r="4.5" fill="#0a5b78"/>')
        parts.append(f'<text x="{across + 8}" y="{up + 16}">{value:.3g}</text>')
    return "\n".join(parts)


def _decades(values: Sequence[float]) -> tuple[float, float]:
    return 10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values)))


def _grid(x: Axis, y: Axis, runs: Sequence[Whole]) -> Iterator[str]:
    for power in range(round(math.log10(y.low)), round(math.log10(y.high)) + 1):
        up = y.at(10.0**power)
        yield f'<path d="M{x.begin} {up}H{x.end}" stroke="#ccc"/>'
        yield f'<text x="{x.begin - 8}" y="{up + 4}" text-anchor="end">{10.0**power:,g}</text>'
    for run in runs:
        across = x.at(run.sheets)
        yield f'<path d="M{across} {y.begin}V{y.end}" stroke="#ddd"/>'
        yield f'<text x="{across}" y="{y.begin + 18}" text-anchor="middle">{run.sheets:,}</text>'
    yield f'<text x="{x.end}" y="{y.begin + 36}" text-anchor="end">sheets of one variant</text>'


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--small", action="store_true")
    options.add_argument("--plot", type=Path, metavar="FILE")
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        child(Path(chosen.child[0]), int(chosen.child[1]))
        return
    share = 10 if chosen.small else 1
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the run")
    missed = [*counts(100_000 // share), *season(150_000 // share)]
    runs = against([size // share for size in (10_000, 30_000, 100_000, 300_000)])
    if chosen.plot:
        chosen.plot.write_text(plot(runs), encoding="utf-8")
    print(f"load {os.getloadavg()[0]:.1f} after it")
    if missed and not chosen.small:
        sys.exit("; ".join(missed))


if __name__ == "__main__":
    main()
