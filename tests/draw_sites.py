"""A small site of a contest that ends in a public draw: two regions, a beacon of our own key, a clock moved by tests.

A season is worked once a process to each point that tests start from, and copied from there.
"""

import atexit
import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook
from sites import NOBODY, Bench, Row, csv_of

from jobs.beacon import Pulse, round_at, round_time
from jobs.draw1 import Document, parse_protocol
from jobs.rulebook import load
from worker.beacon import sign_round
from worker.commands.init import VALID_FROM, init_site
from worker.commands.rehearse import adjust
from worker.rehearsal.beacon import rehearsal_chain
from worker.store import tables

CONTEST = "bilimclass-innovator"
TAGS = {
    "KZ-10": "#UchitelNovatorBilimClassAbay",
    "KZ-31": "#UchitelNovatorBilimClassZhambyl",
    "KZ-62": "#UchitelNovatorBilimClassUlytau",
}
LEAST, PLACES, PRIZES = 3, 8, 5
"""Of the tests' rulebook: how many teachers a region needs, how many works enter its pool; how many prizes it has."""

SECRET, CHAIN = rehearsal_chain(VALID_FROM)
"""The beacon that `adjust` gives a site."""

FILES = datetime(2025, 5, 10, 1, tzinfo=UTC)
CLOSED = datetime(2025, 5, 13, 5, tzinfo=UTC)
POOLED = datetime(2025, 5, 14, 5, tzinfo=UTC)
COMMITTED = datetime(2025, 5, 16, 7, tzinfo=UTC)
DICE = datetime(2025, 5, 19, 11, 10, tzinfo=UTC)
DRAWN = datetime(2025, 5, 19, 11, 30, tzinfo=UTC)
"""The moments of the season in contests/bilimclass-innovator.toml; of DICE, twenty minutes before the draw."""

SPOKEN = DRAWN + timedelta(seconds=10)
LATER = DRAWN + timedelta(days=2)
ROUND = round_at(CHAIN, DRAWN)
assert round_time(CHAIN, ROUND) == DRAWN

RIGHT = sign_round(SECRET, CHAIN, ROUND)
"""What the beacon says in that round."""

DAY = timedelta(hours=24)
THROWN = "63454660390103169462"
DECISION = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
DICE_REQUEST = f"{CONTEST}.draw.broadcast.1"
ANNULMENT_REQUEST = f"{CONTEST}.draw.annulment.1"


# --- people and their works ---


@dataclass(frozen=True)
class Teacher:
    """Somebody with one video; `shares` None: their platform tells none."""

    region: str
    number: int
    likes: int
    shares: int | None = 5

    @property
    def key(self) -> str:
        return f"{self.region.removeprefix('KZ-')}-{self.number:03}"

    @property
    def participant(self) -> str:
        return f"teacher-{self.key}"

    @property
    def surname(self) -> str:
        """One of one's own, in Kazakh letters, so that it can be looked for."""
        letters = "әғқңөұүһі"
        return "Тегі" + "".join(letters[int(digit) % 9] for digit in self.key.replace("-", "")) + "нің"

    @property
    def name(self) -> str:
        return "Айсұлушаш"

    @property
    def email(self) -> str:
        return f"{self.participant}@mektep.example"

    @property
    def handle(self) -> str:
        return f"ustaz_{self.key.replace('-', '_')}"

    @property
    def work(self) -> str:
        return f"work-{self.key}"

    @property
    def video(self) -> str:
        return f"7490000{self.key.replace('-', ''):0>12}"


def teachers(*regions: str, count: int = 10) -> list[Teacher]:
    """So many in each region, no two with equal likes."""
    return [Teacher(region, number, likes=100 * number) for region in regions for number in range(count)]


BOTH = ("KZ-10", "KZ-62")
EVERYBODY = teachers(*BOTH)


def participants(people: Sequence[Teacher]) -> bytes:
    """The platform's list."""
    rows = [
        {
            "participant": one.participant,
            "surname": one.surname,
            "name": one.name,
            "email": one.email,
            "language": ("kk", "ru")[one.number % 2],
            "region": one.region,
            "school": "№1 мектеп",
            "position": "мұғалім",
            "handles": one.handle,
            "civil_servant": 0,
            "manager": 0,
            "procurement": 0,
        }
        for one in people
    ]
    return table(rows)


def works(people: Sequence[Teacher]) -> bytes:
    """An export of everybody's videos."""
    rows = [
        {
            "work_id": one.work,
            "participant": one.handle.upper(),
            "region": one.region,
            "platform": "tiktok" if one.shares is not None else "instagram",
            "url": f"https://www.tiktok.com/@{one.handle}/video/{one.video}"
            if one.shares is not None
            else f"https://www.instagram.com/reel/SYN{one.video}/",
            "hashtags": TAGS[one.region].lower(),
            "posted_at": "2025-04-01T05:00:00Z",
            "duration_s": 240,
            "likes": one.likes,
            "comments": one.number,
            "shares": "" if one.shares is None else one.shares,
            "scraped_at": "2025-05-10T00:00:00Z",
        }
        for one in people
    ]
    return table(rows)


def table(rows: Sequence[Mapping[str, object]]) -> bytes:
    """A CSV file of rows that all have the same keys."""
    return csv_of(list(rows[0]), [list(row.values()) for row in rows])


# --- the site ---


@cache
def _pattern() -> Path:
    home = _folder() / "site"
    init_site(home, [CONTEST], quietly=True)
    adjust(home, "127.0.0.1", NOBODY)
    (home / "keys" / "pseudonyms").write_text("c0de" * 16, encoding="ascii")  # the same winners in every run
    change_rulebook(home, "least = 100", f"least = {LEAST}")
    change_rulebook(home, "places = 100", f"places = {PLACES}")
    return home


def _folder() -> Path:
    home = Path(tempfile.mkdtemp(prefix="baiqau-draws-"))
    atexit.register(shutil.rmtree, home)
    return home


def change_rulebook(root: Path, old: str, new: str) -> None:
    """Replace a text of the site's rulebook that must be there; it must still load."""
    path = root / "contests" / f"{CONTEST}.toml"
    _replace(path, old, new)
    load(path.read_text(encoding="utf-8"), path.name)


def put_off(root: Path, to: str = "2025-05-23 16:30") -> None:
    """Move the draw to a later local time."""
    change_rulebook(root, 'draw = { at = "2025-05-19 16:30" }', f'draw = {{ at = "{to}" }}')


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} times {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def new_site(folder: Path) -> Path:
    """A site on which nothing has happened."""
    shutil.copytree(_pattern(), folder, dirs_exist_ok=True)
    return folder


Make = Callable[[Path], object]


def copy_of(make: Make, folder: Path) -> Path:
    """A site as `make` leaves a new one; it is worked once a process."""
    shutil.copytree(_made(make), folder, dirs_exist_ok=True)
    return folder


@cache
def _made(make: Make) -> Path:
    root = new_site(_folder() / "site")
    make(root)
    return root


def committed_site(folder: Path) -> Path:
    """A site as the season of EVERYBODY leaves it once the lists are committed to."""
    return copy_of(_commit, folder)


def held_site(folder: Path) -> Path:
    """A site after the draw of EVERYBODY."""
    return copy_of(_hold, folder)


def pool(root: Path) -> None:
    """Work to the moment of the pool."""
    with working(root, FILES) as bench:
        bench.season(EVERYBODY, until=POOLED)


def _commit(root: Path) -> None:
    with working(root, FILES) as bench:
        bench.season(EVERYBODY)


def _hold(root: Path) -> None:
    committed_site(root)
    with working(root, DICE) as bench:
        bench.throw()
        bench.work(SPOKEN)
        bench.speak()


@contextmanager
def working(root: Path, at: datetime) -> Iterator["DrawBench"]:
    """A worker on a site, for the time of a `with`."""
    made = DrawBench(root, at)
    try:
        yield made
    finally:
        made.close()


class DrawBench(Bench):
    """A site of the draw with a worker on it."""

    # --- what people do ---

    def send(self, name: str, data: bytes, sender: str = "organiser") -> Row:
        """Drop a file, work, and see what became of it."""
        before = {row["id"] for row in self.deliveries()}
        self.drop(name, data, sender, CONTEST)
        self.work()
        (new,) = (row for row in self.deliveries() if row["id"] not in before)
        return new

    def season(self, people: Sequence[Teacher], until: datetime = COMMITTED) -> None:
        """Take in what `people` made and work to a moment of the season."""
        self.drop("participants.csv", participants(people), "platform", CONTEST)
        self.drop("works.csv", works(people), "social", CONTEST)
        self.work(FILES)
        for moment in (CLOSED, POOLED, COMMITTED):
            if moment <= until:
                self.work(moment)

    def decide(self, request: str, *answers: tuple[str, str], name: str = "decisions.csv") -> Row:
        """Send a file of decisions (subject, decision) on a request."""
        at = self.clock.now().isoformat(timespec="seconds")
        rows = [(request, subject, decision, "", "Н. Үлгі", at) for subject, decision in answers]
        return self.send(name, csv_of(DECISION, rows))

    def throw(self, digits: str = THROWN, *, request: str = DICE_REQUEST, name: str = "dice.csv") -> Row:
        """Type the digits read aloud."""
        return self.decide(request, ("draw", digits), name=name)

    def speak(self, pulse: Pulse | None = None, *, name: str = "pulse.json") -> Row:
        """Drop a pulse, that of the round of the draw where none is given."""
        return self.send(name, pulse_file(pulse or sign_round(SECRET, CHAIN, ROUND)))

    def annul(self, *who: tuple[str, str], request: str = ANNULMENT_REQUEST, name: str = "annul.csv") -> Row:
        """Annul prizes: (code, ground) each."""
        return self.decide(request, *who, name=name)

    # --- what came of it ---

    def refusals(self, delivery: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The code and sentence of every reason in the receipt of a delivery."""
        told = self.receipt(delivery)["business"]["refused"]
        return [(reason["code"], reason["why"]) for reason in told]

    def public(self, name: str) -> Path:
        """A file of the draw in the public outbox."""
        return self.site.outbox / "public" / CONTEST / "draw" / name

    def protocol(self, group: str, version: int | None = None) -> Document:
        """A published protocol; the newest, where no version is asked for."""
        name = "protocol.json" if version is None else f"protocol.v{version}.json"
        return parse_protocol(self.public(f"{draw_id(group)}/{name}").read_bytes())

    def versions(self, group: str) -> list[bytes]:
        """The bytes of all published versions of a protocol, the first one first."""
        found = self.public(draw_id(group)).glob("protocol.v*.json")
        return [path.read_bytes() for path in sorted(found)]

    def awards(self, group: str) -> list[str | None]:
        """Who has each prize by the newest protocol."""
        return list(self.protocol(group)["awards"])

    def prizes(self, version: int = 1) -> list[dict[str, str]]:
        """The operator's list of prizes."""
        path = self.site.outbox / "operator" / CONTEST / f"prizes.v{version}.csv"
        return rows_of(path.read_text(encoding="utf-8-sig"))

    def request(self, identifier: str) -> list[dict[str, str]]:
        """The rows of the form of a request."""
        path = self.site.outbox / "requests" / CONTEST / identifier / "request.xlsx"
        head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        return [dict(zip(map(str, head), map(str, row), strict=True)) for row in rows]

    def commitments(self) -> list[Row]:
        return self.rows(tables.commitments)

    def letters(self, *kinds: str) -> list[tuple[str, str]]:
        """(kind, person) of every message of these kinds."""
        rows = self.rows(tables.messages, tables.messages.c.kind.in_(kinds))
        return sorted((row["kind"], row["person"]) for row in rows)

    def said(self, event: str) -> list[Row]:
        """The facts of every line of the log that said `event`."""
        return [facts for name, facts in self.events if name == event]

    def audited(self, *events: str) -> list[Row]:
        """The facts of these events in the audit log, in order."""
        rows = self.rows(tables.audit)
        return [json.loads(row["facts"]) for row in rows if row["event"] in events]

    def winners(self) -> list[str]:
        """Every trace of a winner: verdicts, letters, files. None before a draw is held."""
        verdicts = self.rows(
            tables.verdicts, tables.verdicts.c.code.in_(["prize", "no-prize", "won-earlier"])
        )
        published = [*self.site.outbox.rglob("protocol*"), *self.site.outbox.rglob("prizes.v*")]
        intended = self.rows(
            tables.publications, tables.publications.c.kind.in_(["draw-protocol", "broadcast", "prizes"])
        )
        return [
            *(row["code"] for row in verdicts),
            *(path.name for path in published),
            *(row["id"] for row in intended),
            *(kind for kind, _ in self.letters("prize")),
        ]


# --- files ---


def draw_id(group: str) -> str:
    return f"{CONTEST}-2025-{group}"


def pulse_file(pulse: Pulse) -> bytes:
    """A pulse as drand's own JSON."""
    return json.dumps(pulse.as_dict()).encode()


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def blocked_because(bench: DrawBench) -> str:
    """Why the draw waits, as the log has it, said once."""
    (said,) = (facts["why"] for facts in bench.said("run.blocked") if facts["stage"] == "draw")
    return str(said)
