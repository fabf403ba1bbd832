"""A large list taken in, beside a bare loop of the same libraries, in one run: `python bench/intake.py`.

The list has the shape of the ministry's: twelve columns under Kazakh headers, half a million invented pupils,
once as CSV and once as XML. Ours is a real site with a worker wired as in service, timed from the file lying
in inbox/ to its signed receipt, fsynced, in outbox/: hashing and copying, the confined child that reads,
recognition, repairs, reasons, the audit chain and the signature are all in it.

The bare loop is one process: `csv.reader`, or lxml's `iterparse` with `clear`; a polars frame per 5,000 rows;
its columns brought to the types of the contract; dataframely's validation by that same contract; tuples into
the same table of the same SQLite (WAL, synchronous FULL, the same cache) in one transaction; a commit; a
receipt written and fsynced. It knows the format, the columns and their words beforehand. It makes no copy and
no digest, confines nothing, mends no letters or spaces, words no reasons, maps no regions and signs nothing.

Each measurement is a process of its own that has taken in a hundred other rows before, so that neither side
pays for imports and first calls. The sides take turns, and the best of each side's runs counts. Memory is the
sum of the peaks (VmHWM) of a side's processes, for ours the worker and the parser's child; the idle server that
forked the child is shown too, but its pages are the child's and count once.
"""

import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

LEAST_RATIO = 0.70
MOST_MEGABYTES = 250
RUNS = 3
WARM_ROWS = 100
CHUNK = 5_000
SAMPLE_EVERY = 0.02
FORMATS = ("csv", "xml")
SIDES = ("ours", "bare")

# --- the list ---

HEADERS = {
    "iin": "ЖСН", "surname": "Тегі", "name": "Аты", "patronymic": "Әкесінің аты", "birth_date": "Туған күні",
    "sex": "Жынысы", "school_id": "Мектеп коды", "school": "Мектеп", "class": "Сынып", "region": "Облыс",
    "district": "Аудан", "language": "Тілі",
}  # fmt: skip
SURNAMES = ("Әмірбеков", "Бәйтерегов", "Ғабитов", "Қоңырбаев", "Нұртазин", "Өтегенов", "Үсенов", "Шәкенов")
NAMES = {"ұл": ("Өміржан", "Ғалымжан", "Ілияс", "Санжар"), "қыз": ("Айым", "Гүлназ", "Қарлығаш", "Іңкәр")}
FATHERS = ("Қайрат", "Ерғали", "Серік", "Мұрат", "Әлім")
REGIONS = ("Абай облысы", "Ақмола облысы", "Жетісу облысы", "Түркістан облысы", "Ұлытау облысы")
DISTRICTS = ("Көктөбе ауданы", "Жаңаарна ауданы", "Ақсай ауданы", "Үшбұлақ ауданы")


def pupils(count: int, seed: int) -> Iterator[tuple[str, ...]]:
    """Invented rows in the order of HEADERS; the identification numbers are a birth date and a serial number."""
    draw = random.Random(seed)
    for number in range(count):
        sex = draw.choice(("ұл", "қыз"))
        born = date(2013, 1, 1) + timedelta(days=draw.randrange(730))
        school = draw.randrange(1, 5_000)
        father = draw.choice(FATHERS) + ("ұлы" if sex == "ұл" else "қызы")
        yield (
            f"{born:%y%m}{number:08}",
            draw.choice(SURNAMES) + ("" if sex == "ұл" else "а"),
            draw.choice(NAMES[sex]),
            father if draw.random() < 0.9 else "",
            born.isoformat(),
            sex,
            f"R{10 + school % 70}-{school:04}",
            f"№{school} жалпы білім беретін орта мектебі",
            f'6 "{draw.choice("АӘБ")}"',
            REGIONS[school % len(REGIONS)],
            DISTRICTS[school % len(DISTRICTS)],
            draw.choice(("қазақ", "орыс")),
        )


def write_list(path: Path, count: int, seed: int) -> None:
    with path.open("w", encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8") as file:
        if path.suffix == ".csv":
            file.write(";".join(HEADERS.values()) + "\n")
            file.writelines(";".join(row) + "\n" for row in pupils(count, seed))
        else:
            tags = [header.replace(" ", "_") for header in HEADERS.values()]
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n<тізім>\n')
            file.writelines(_element(tags, row) for row in pupils(count, seed))
            file.write("</тізім>\n")


def _element(tags: list[str], row: tuple[str, ...]) -> str:
    cells = (f"    <{tag}>{escape(cell)}</{tag}>\n" for tag, cell in zip(tags, row, strict=True))
    return f"  <оқушы>\n{''.join(cells)}  </оқушы>\n"


# --- ours ---


def ours(folder: Path, warm: Path, file: Path) -> tuple[float, int]:
    """Seconds from the file in the inbox of folder/site to its receipt, and the rows the receipt accepts."""
    from worker.bootstrap import wire
    from worker.clock import SystemClock, ensure_tzdata
    from worker.cycle import Worker
    from worker.site import open_site

    ensure_tzdata()
    site = open_site(folder / "site")
    worker = Worker(wire(site, SystemClock(), lambda *_, **__: None))
    worker.start()
    receipts = site.outbox / "ministry" / "receipts"
    for source in (warm, file):
        before = set(receipts.glob("*.json"))
        os.link(source, folder / "drop")
        (folder / "drop").rename(site.inbox / "ministry" / "myn-bala" / f"list{source.suffix}")
        source.unlink()  # a file of two names is not claimed
        began = time.perf_counter()
        worker.turn()
        seconds = time.perf_counter() - began
    (receipt,) = set(receipts.glob("*.json")) - before
    return seconds, _accepted(receipt)


def make_site(folder: Path) -> None:
    """A site whose files are whole at once, made by the command that IT staff use."""
    command = [sys.executable, "-m", "worker.cli", "init", str(folder), "--contest", "myn-bala"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    settings = folder / "settings.toml"
    settings.write_text(settings.read_text().replace('stable_for = "2s"', 'stable_for = "0s"'))


def _accepted(receipt: Path) -> int:
    if not receipt.with_name(receipt.name + ".p7s").stat().st_size:
        raise SystemExit("the receipt is not signed")
    return int(json.loads(receipt.read_text(encoding="utf-8"))["business"]["rows_accepted"])


# --- the bare loop ---


def bare(folder: Path, warm: Path, file: Path) -> tuple[float, int]:
    """Seconds from opening the file to its fsynced receipt, and the rows inserted."""
    connection = _open_bare(folder)
    _bare_loop(connection, "warm", warm, folder)
    began = time.perf_counter()
    rows = _bare_loop(connection, "measured", file, folder)
    return time.perf_counter() - began, rows


def _open_bare(folder: Path) -> Any:
    import pysqlite3.dbapi2 as module
    from sqlalchemy import create_engine, event

    from worker.store.tables import metadata

    engine = create_engine(f"sqlite:///{folder / 'bare.db'}", module=module)

    def prepare(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    metadata.create_all(engine)
    return engine.connect()


def _bare_loop(connection: Any, delivery: str, file: Path, folder: Path) -> int:
    from worker.store.tables import deliveries

    known = {"id": delivery, "sha256": "", "bytes": 0, "origin": "", "identity": "", "received_at": ""}
    place = {"sender": "ministry", "contest": "myn-bala", "name": file.name, "state": "accepted"}
    connection.execute(deliveries.insert(), known | place | {"sha256": delivery})
    records = _csv_records(file) if file.suffix == ".csv" else _xml_records(file)
    rows = 0
    while chunk := list(islice(records, CHUNK)):
        rows += _insert_bare(connection, delivery, rows, chunk)
    connection.commit()
    with (folder / f"{delivery}.receipt").open("w") as receipt:
        receipt.write(f"{delivery}: {rows} rows\n")
        receipt.flush()
        os.fsync(receipt.fileno())
    return rows


def _csv_records(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=";")
        next(reader)
        yield from reader


def _xml_records(file: Path) -> Iterator[list[str]]:
    from lxml import etree

    for _, row in etree.iterparse(str(file), tag="оқушы"):
        yield [cell.text or "" for cell in row]
        row.clear()
        while row.getprevious() is not None:
            del row.getparent()[0]


def _insert_bare(connection: Any, delivery: str, done: int, chunk: list[list[str]]) -> int:
    import polars as pl

    from jobs.feeds.roster import Roster

    columns = dict(zip(HEADERS, map(list, zip(*chunk, strict=True)), strict=True))
    frame = pl.DataFrame(columns, schema=dict.fromkeys(HEADERS, pl.String)).select(
        "iin", "surname", "name",
        pl.col("patronymic").replace("", None),
        pl.col("birth_date").str.to_date("%Y-%m-%d"),
        pl.col("sex").replace_strict({"ұл": "m", "қыз": "f"}, return_dtype=pl.Enum(["f", "m"])),
        "school_id", "school",
        pl.col("class").str.extract(r"^([0-9]+)").cast(pl.Int64).alias("grade"),
        "class", "region", "district",
        pl.lit("rural", dtype=pl.Enum(["rural", "urban"])).alias("locality"),
        pl.col("language").replace_strict({"қазақ": "kk", "орыс": "ru"}, return_dtype=pl.Enum(["kk", "ru"])),
    )  # fmt: skip
    good, _ = Roster.filter(frame)
    stored = good.select(
        pl.lit(delivery).alias("delivery_id"),
        pl.int_range(done + 2, done + 2 + pl.len()).alias("line"),
        *(pl.col(name) if name == "grade" else pl.col(name).cast(pl.String) for name in good.columns),
    )
    names = ", ".join(f'"{name}"' for name in ("delivery_id", "line", *good.columns))
    marks = ", ".join("?" * stored.width)
    connection.exec_driver_sql(f"INSERT INTO feed_roster ({names}) VALUES ({marks})", stored.rows())
    return good.height


# --- measuring ---


@dataclass(frozen=True)
class Measured:
    """One run of one side: seconds, rows taken, peak megabytes of its processes: worker, child, server."""

    seconds: float
    rows: int
    peaks: list[float]

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def memory(self) -> float:
        return sum(self.peaks[:2])


def measure(side: str, suffix: str, lists: Path, rows: int) -> Measured:
    """Run one side in a process of its own over lists of its own."""
    with tempfile.TemporaryDirectory(prefix="baiqau-bench-") as place:
        for name in ("warm", "list"):
            shutil.copy(lists / f"{name}.{suffix}", place)
        if side == "ours":
            make_site(Path(place) / "site")
        os.sync()  # the writing of the list is not to disturb the reading
        command = [sys.executable, __file__, "--side", side, "--in", place, "--format", suffix]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            peaks = watch(process)
            told = process.stdout.read() if process.stdout else ""
        if process.returncode:
            raise SystemExit(f"{side} failed on {suffix}")
    seconds, taken = json.loads(told)
    if taken != rows:
        raise SystemExit(f"{side} took {taken} of {rows} rows of {suffix}")
    return Measured(seconds, taken, peaks)


def watch(process: subprocess.Popen[str]) -> list[float]:
    """Peak megabytes of the process and its descendants, of those that lived together with the greatest sum.

    A peak is the one last read: a child that has not yet become its own program shows its parent's.
    """
    peaks: dict[int, float] = {}
    together: set[frozenset[int]] = set()
    while process.poll() is None:
        living = family(process.pid)
        peaks |= {pid: peak for pid in living if (peak := peak_of(pid))}
        together.add(frozenset(living))
        time.sleep(SAMPLE_EVERY)
    return max((sorted((peaks[pid] for pid in pids), reverse=True) for pids in together), key=sum)


def family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(member for child in map(int, children) for member in family(child))]


def peak_of(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) / 1024 if found else 0.0


def compare(suffix: str, rows: int, runs: int) -> bool:
    """Print both sides' best runs on one format; whether ours keeps its limits."""
    taken: dict[str, list[Measured]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory(prefix="baiqau-bench-") as place:
        write_list(Path(place) / f"warm.{suffix}", WARM_ROWS, seed=1)
        write_list(Path(place) / f"list.{suffix}", rows, seed=2)
        for _ in range(runs):
            for side in SIDES:
                taken[side].append(measure(side, suffix, Path(place), rows))
    best = {side: max(taken[side], key=lambda run: run.rate) for side in SIDES}
    ratio = best["ours"].rate / best["bare"].rate
    memory = max(run.memory for run in taken["ours"])
    for side in SIDES:
        run = best[side]
        peaks = " + ".join(f"{peak:.0f}" for peak in run.peaks)
        print(f"{suffix:<5}{side:<6}{run.seconds:>8.2f}{run.rate:>10,.0f}{run.memory:>9.0f}  ({peaks})")
    kept = ratio >= LEAST_RATIO and memory <= MOST_MEGABYTES
    print(
        f"{suffix:<5}ratio {ratio:.2f} (at least {LEAST_RATIO:.2f}), peak {memory:.0f} MB "
        f"(at most {MOST_MEGABYTES}): {'kept' if kept else 'MISSED'}",
        flush=True,
    )
    return kept


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=500_000)
    options.add_argument("--runs", type=int, default=RUNS, help="of each side; the best counts")
    options.add_argument("--format", choices=FORMATS, help="only this one")
    options.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.side:
        lists = (given.folder / f"{name}.{given.format}" for name in ("warm", "list"))
        print(json.dumps({"ours": ours, "bare": bare}[given.side](given.folder, *lists)))
        return 0
    print(f"{'file':<5}{'side':<6}{'seconds':>8}{'rows/s':>10}{'peak MB':>9}  (worker + child + server)")
    kept = [compare(suffix, given.rows, given.runs) for suffix in FORMATS if given.format in (None, suffix)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
