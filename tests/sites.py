"""Real sites for tests: made by `init_site`, worked by real turns of the worker on a clock moved by tests."""

import atexit
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Table, select

from jobs.iin import control_digit
from worker.bootstrap import Parts, wire
from worker.clock import VirtualClock
from worker.commands.init import init_site
from worker.commands.rehearse import adjust
from worker.cycle import Worker
from worker.events import quiet
from worker.rehearsal.mail_server import mail_server
from worker.site import Site, open_site
from worker.store import tables

CONTEST = "myn-bala"
START = datetime(2026, 1, 10, 4, 0, tzinfo=UTC)
"""Before anything of the season of contests/myn-bala.toml is due."""

ENDINGS = ("accepted", "partial", "refused", "duplicate")
ROSTER = ("iin", "surname", "name", "school_id", "school", "grade", "class", "region", "locality", "language")
NOBODY = 9  # a port of loopback at which no mail server listens

Row = dict[str, Any]
Rows = Sequence[Sequence[object]]


@cache
def _pattern() -> Path:
    """A new site as `init` makes it, made once: keys take a while."""
    home = Path(tempfile.mkdtemp(prefix="baiqau-tests-"))
    atexit.register(shutil.rmtree, home)
    init_site(home / "site", [CONTEST], quietly=True)
    adjust(home / "site", "127.0.0.1", NOBODY)
    return home / "site"


def make_site(folder: Path, *, stable_for: str = "0s", settings: str = "") -> Path:
    """A new site; `settings` are lines added to settings.toml, such as a table of a sender."""
    shutil.copytree(_pattern(), folder, dirs_exist_ok=True)
    change(folder, 'stable_for = "0s"', f'stable_for = "{stable_for}"')
    path = folder / "settings.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + settings, encoding="utf-8")
    return folder


def change(folder: Path, old: str, new: str) -> None:
    """Replace a text of settings.toml that must be there."""
    path = folder / "settings.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"settings.toml has no {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def sender(name: str, feeds: Sequence[str], complete: str = "stable") -> str:
    """The table of a further sender, for `make_site`."""
    listed = ", ".join(f'"{feed}"' for feed in feeds)
    return f'[senders.{name}]\ncontests = ["{CONTEST}"]\nfeeds = [{listed}]\ncomplete = "{complete}"\n'


@dataclass
class Bench:
    """A site with a worker on it. `events` is what the worker said in its log."""

    root: Path
    at: datetime = START
    events: list[tuple[str, Row]] = field(default_factory=list)
    site: Site = field(init=False)
    clock: VirtualClock = field(init=False)
    parts: Parts = field(init=False)
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self.site = open_site(self.root)
        self.clock = VirtualClock(self.at)
        self.parts = wire(self.site, self.clock, self._note)
        self.worker = Worker(self.parts)
        self.worker.start()

    def _note(self, event: str, **facts: object) -> None:
        quiet(event, **facts)
        self.events.append((event, facts))

    def close(self) -> None:
        """Let go of the database."""
        self.parts.engine.dispose()

    # --- what senders do ---

    def folder(self, sender: str = "ministry", contest: str = CONTEST) -> Path:
        """A sender's folder in the inbox, made where it is missing."""
        folder = self.site.inbox / sender / contest
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def drop(self, name: str, data: bytes, sender: str = "ministry", contest: str = CONTEST) -> Path:
        """Drop a whole file."""
        path = self.folder(sender, contest) / name
        path.write_bytes(data)
        return path

    # --- what the worker does ---

    def work(self, now: datetime | None = None) -> int:
        """Turn until nothing is left to do at `now`."""
        if now is not None:
            self.clock.advance_to(max(now, self.clock.now()))
        done = 0
        while moved := self.worker.turn():
            done += moved
        return done

    # --- what came of it ---

    def rows(self, table: Table, *conditions: Any) -> list[Row]:
        """Rows of a table, in the order of its primary key."""
        query = select(table).where(*conditions).order_by(*table.primary_key.columns)
        with self.parts.engine.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def deliveries(self, name: str | None = None) -> list[Row]:
        """Every delivery, or those of files of one name."""
        wanted = (tables.deliveries.c.name == name,) if name is not None else ()
        return self.rows(tables.deliveries, *wanted)

    def delivery(self, name: str) -> Row:
        """The one delivery of a file of that name."""
        (found,) = self.deliveries(name)
        return found

    def outcomes(self) -> dict[str, tuple[str, str | None]]:
        """File name to state and code."""
        return {row["name"]: (row["state"], row["code"]) for row in self.deliveries()}

    def counted(self, feed: str) -> list[Row]:
        """The rows of a feed in the database, of every delivery."""
        return self.rows(tables.FEED_TABLES[feed])

    def receipt(self, delivery: Mapping[str, Any], recipient: str | None = None) -> Row:
        """The receipt of a delivery as it lies in the outbox."""
        path = self.receipt_path(delivery, recipient)
        found: Row = json.loads(path.read_text(encoding="utf-8"))
        return found

    def receipt_path(self, delivery: Mapping[str, Any], recipient: str | None = None) -> Path:
        home = self.site.outbox / (recipient or delivery["sender"])
        return home / "receipts" / f"{delivery['id']}.json"

    def resting_places(self, delivery: Mapping[str, Any]) -> list[Path]:
        """Everywhere outside the inbox where a delivery's file lies."""
        kept = self.site.quarantine / delivery["id"] / "file"
        archived = self.site.archive / delivery["contest"] / delivery["id"]
        return [path for path in (kept, archived) if path.exists()]

    def left_in_inbox(self) -> list[str]:
        """What lies in the inbox but folders, relative to it; links are not followed."""
        found = (
            Path(folder) / name
            for folder, below, names in os.walk(self.site.inbox)
            for name in (*below, *names)
        )
        return sorted(
            str(path.relative_to(self.site.inbox)) for path in found if path.is_symlink() or not path.is_dir()
        )

    def at_rest(self) -> bool:
        """Nothing is staged, every delivery is decided and its file lies in the one place that is right."""
        return not list(self.site.staging.iterdir()) and all(map(self._is_placed, self.deliveries()))

    def _is_placed(self, delivery: Row) -> bool:
        places = self.resting_places(delivery)
        if delivery["state"] in ("accepted", "partial"):
            right = [self.site.archive / delivery["contest"] / delivery["id"]]
        elif delivery["state"] == "refused" and self._was_read(delivery):
            right = [self.site.quarantine / delivery["id"] / "file"]
        else:
            right = []
        explained = (self.site.quarantine / delivery["id"] / "reason.json").is_file()
        return delivery["placed"] and places == right and explained == (delivery["state"] == "refused")

    @staticmethod
    def _was_read(delivery: Row) -> bool:
        return delivery["code"] not in ("link", "pipe", "socket", "device")

    def reason(self, delivery: Mapping[str, Any]) -> Row:
        """The reason.json of a refused delivery."""
        path = self.site.quarantine / delivery["id"] / "reason.json"
        found: Row = json.loads(path.read_text(encoding="utf-8"))
        return found

    def accepted_by_openssl(self, data: Path) -> bool:
        """Whether the stock tool accepts the detached signature of a file of the outbox."""
        return openssl_accepts(data, self.site.path(self.site.settings.keys.authority))


@contextmanager
def bench(folder: Path, at: datetime = START, **making: Any) -> Iterator[Bench]:
    """A new site with a worker, for the time of a `with`."""
    made = Bench(make_site(folder, **making), at)
    try:
        yield made
    finally:
        made.close()


# --- data ---


def made_up_iin(number: int, *, born: date = date(2013, 4, 5), century: int = 5) -> str:
    """A right IIN that is nobody's on purpose; `number` counts them from those born on that day on."""
    days, serial = divmod(number * 2, 8000)
    day = f"{born + timedelta(days=days):%y%m%d}{century}"
    while (last := control_digit(f"{day}{serial:04}")) is None:
        serial += 1
    return f"{day}{serial:04}{last}"


def pupil(number: int, **changes: object) -> tuple[object, ...]:
    """A row of the ministry's list in the order of ROSTER."""
    usual: dict[str, object] = {
        "iin": made_up_iin(number),
        "surname": "Үлгіұлы",
        "name": "Әсем",
        "school_id": f"R10-{number % 7:03}",
        "school": "№5 ауыл мектебі",
        "grade": 6,
        "class": '6 "Ә"',
        "region": "Ұлытау облысы",
        "locality": "rural",
        "language": "kk",
    }
    return tuple((usual | changes).values())


def pupils(count: int, first: int = 0) -> list[tuple[object, ...]]:
    """So many rows of the list."""
    return [pupil(number) for number in range(first, first + count)]


def csv_of(headers: Sequence[str], rows: Rows) -> bytes:
    """A plain CSV file."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(headers)
    writer.writerows(rows)
    return sink.getvalue().encode()


def roster(rows: Rows) -> bytes:
    """A CSV file of the ministry's list."""
    return csv_of(ROSTER, rows)


# --- a season of a handful of people ---

REGISTRATIONS = (
    "iin", "guardian_iin", "phone", "phone_confirmed", "email", "language", "consent", "registered_at",
)  # fmt: skip
ITEMS = 40
STAGES = {"stage-1": "2026-02-20", "stage-2": "2026-04-11"}
LISTED, REGISTERED = "2026-01-10 09:00", "2026-02-16 10:00"
SAT_FIRST, SAT_SECOND = "2026-02-25 10:00", "2026-04-15 10:00"
RANKED, ADMITTED = "2026-05-18 10:00", "2026-06-08 10:00"
"""When the stages of contests/myn-bala.toml are decided, in the time of Almaty."""


@dataclass(frozen=True)
class Person:
    """Somebody of a small season; `right` of the 40 answers are right in either stage."""

    number: int
    surname: str = "Үлгіұлы"
    name: str = "Әсем"
    right: int = 20
    school: str = "SP-01"
    copies: bool = False
    email: str | None = None

    @property
    def iin(self) -> str:
        return made_up_iin(self.number)

    @property
    def address(self) -> str:
        return self.email or f"family-{self.number}@family.example"


def small_season(people: Sequence[Person], intake: int = 100) -> dict[str, bytes]:
    """Path below the inbox to content: all the files of a season of `people`. Those who `copies` go to one
    school and their sheets of stage 1 are alike; the others have nothing in common."""
    listed = [
        pupil(
            one.number,
            surname=one.surname,
            name=one.name,
            school_id="R1" if one.copies else f"R{one.number}0",
        )
        for one in people
    ]
    applied = [(one.iin, 1, one.school, "", 0, "2026-05-25 10:00:00") for one in people]
    return {
        f"ministry/{CONTEST}/list.csv": roster(listed),
        f"platform/{CONTEST}/registrations.csv": csv_of(REGISTRATIONS, list(map(_registration, people))),
        f"test-centre/{CONTEST}/keys-1.csv": _keys("stage-1"),
        f"test-centre/{CONTEST}/keys-2.csv": _keys("stage-2"),
        f"test-centre/{CONTEST}/sheets-1.csv": _sheets("stage-1", people),
        f"test-centre/{CONTEST}/sheets-2.csv": _sheets("stage-2", people),
        f"schools/{CONTEST}/quotas.csv": csv_of(
            ("school_id", "school", "intake"),
            [(school, f"{school} мектебі", intake) for school in sorted({one.school for one in people})],
        ),
        f"platform/{CONTEST}/applications.csv": csv_of(
            ("participant", "preference", "school_id", "language", "boarding", "submitted_at"), applied
        ),
    }


def _registration(one: Person) -> tuple[object, ...]:
    guardian = made_up_iin(one.number, born=date(1980, 1, 1), century=3)
    return (one.iin, guardian, "87010000001", 1, one.address, "kk", 1, "2026-01-20 10:00:00")


def _keys(stage: str) -> bytes:
    rows = [(stage, 1, item, "A") for item in range(1, ITEMS + 1)]
    return csv_of(("stage", "variant", "item", "key"), rows)


def _sheets(stage: str, people: Sequence[Person]) -> bytes:
    headers = ("participant", "stage", "variant", "started_at", "finished_at")
    day = STAGES[stage]
    rows = [
        (one.iin, stage, 1, f"{day} 10:00:00", f"{day} 11:20:00", *_answers(one, alike=one.copies))
        for one in people
    ]
    return csv_of((*headers, *(f"q{item}" for item in range(1, ITEMS + 1))), rows)


def _answers(one: Person, *, alike: bool) -> list[str]:
    """The easy items are answered right and the others, unless alike, each in a way of one's own."""
    own = "B" * ITEMS if alike else Random(one.number).choices("BCDE", k=ITEMS)
    return ["A"] * one.right + list(own[one.right :])


# --- stock tools and the real process ---


def openssl_accepts(data: Path, authority: Path, signature: Path | None = None) -> bool:
    """`openssl cms -verify -binary` of a detached signature."""
    signature = signature or data.with_name(data.name + ".p7s")
    command: list[str | Path] = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature]
    command += ["-content", data, "-CAfile", authority, "-purpose", "any", "-out", os.devnull]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pdf_text(path: Path) -> str:
    """The text of a PDF as `pdftotext` reads it off the page."""
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return done.stdout.decode()


def baiqau(*words: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real program, in a process of its own."""
    program = Path(sys.executable).with_name("baiqau")
    return subprocess.run(
        [program, *map(str, words)], capture_output=True, text=True, check=False, cwd=folder, timeout=900
    )


# --- seasons ---


def copy_keys(source: Path, target: Path) -> None:
    """Give a new site the keys of another, so that pseudonyms and signatures are the same."""
    shutil.rmtree(target / "keys")
    shutil.copytree(source / "keys", target / "keys")


@contextmanager
def rehearsed(root: Path, start: datetime) -> Iterator[Bench]:
    """A bench on the site in `root` with a mail server that keeps its letters in `root`/mailbox."""
    with mail_server(root / "mailbox") as (host, port):
        adjust(root, host, port)
        made = Bench(root, start - timedelta(hours=1))
        try:
            yield made
        finally:
            made.close()


LONG_NUMBER = re.compile(rb"(?<![0-9a-fA-F])[0-9]{12}(?![0-9a-fA-F])")
"""What may be an IIN in a text; digests and ids do not match."""
