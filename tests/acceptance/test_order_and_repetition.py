"""The same files in another order, and each dropped twice, decide and publish the same, byte for byte."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sites import (
    ADMITTED,
    CONTEST,
    RANKED,
    REGISTERED,
    SAT_FIRST,
    SAT_SECOND,
    START,
    Bench,
    Person,
    Row,
    copy_keys,
    csv_of,
    make_site,
    pdf_text,
    rehearsed,
    small_season,
)

from jobs.calendar import instant
from worker.bootstrap import load_rulebook
from worker.deliver.verify import verify_path
from worker.rehearsal.drive import ANSWER_AFTER, put, start_of
from worker.rehearsal.people import answer_requests
from worker.rehearsal.season import Season, Size, make_season
from worker.rehearsal.spreadsheet import Drop
from worker.store import tables

pytestmark = pytest.mark.long

SIZE = Size(
    pupils=240,
    schools=16,
    partners=6,
    seats=24,
    finalists=60,
    applicants=40,
    files=3,
    batches=4,
    shapes=("xlsx", "kz1048", "utf16", "misread", "xml", "lookalikes", "ruined", "xlsx-russian"),
    thorough=True,
)
OTHER_ORDERS = (1,)


@dataclass(frozen=True)
class Ended:
    """A site whose season is over."""

    made: Bench
    mailbox: Path

    def decisions(self) -> list[tuple[object, ...]]:
        """Every verdict of the last run of each stage, in order, without the numbers of runs."""
        stages = self._last_runs()
        return [
            (stages[row["run_id"]], *(value for name, value in row.items() if name != "run_id"))
            for row in self.made.rows(tables.verdicts)
            if row["run_id"] in stages
        ]

    def standings(self) -> list[tuple[str, int, str, str]]:
        stages = self._last_runs()
        return [
            (stages[row["run_id"]], row["number"], row["entry"], row["record"])
            for row in self.made.rows(tables.standings)
            if row["run_id"] in stages
        ]

    def _last_runs(self) -> dict[int, str]:
        """Number of a run to its stage; every stage must have come to a decision."""
        last: dict[str, Row] = {row["stage"]: row for row in self._runs()}
        assert {row["state"] for row in last.values()} == {"settled"}
        return {row["id"]: stage for stage, row in last.items()}

    def _runs(self) -> Iterator[Row]:
        stages = {stage.id for book in self.made.parts.rulebooks.values() for stage in book.stages}
        return (row for row in self.made.rows(tables.runs) if row["stage"] in stages)

    def runs(self) -> list[tuple[object, ...]]:
        return [(row["stage"], row["revision"], row["state"]) for row in self._runs()]

    def asked(self) -> list[tuple[object, ...]]:
        return [(row["request_id"], row["subject"], row["entry"]) for row in self.made.rows(tables.subjects)]

    def letters(self) -> list[tuple[object, ...]]:
        names = ("id", "person", "kind", "address", "language", "content", "state")
        return [tuple(row[name] for name in names) for row in self.made.rows(tables.messages)]

    def published(self) -> dict[str, bytes]:
        """Path to content of all that is published about decisions: no receipts, reports or signatures, which
        speak of moments and files; of a PDF the text that stands on its pages."""
        outbox = self.made.site.outbox
        chosen = (path for path in outbox.rglob("*") if path.is_file() and _speaks_of_decisions(path, outbox))
        return {
            str(path.relative_to(outbox)): pdf_text(path).encode()
            if path.suffix == ".pdf"
            else path.read_bytes()
            for path in chosen
        }


def _speaks_of_decisions(path: Path, outbox: Path) -> bool:
    folders = path.relative_to(outbox).parts
    timely = {"receipts", "reports", "audit"} & set(folders)
    return not timely and path.suffix != ".p7s" and path.name != "manifest.json"


@dataclass
class Drive:
    """A season driven from one moment of the rulebook to the next; the files between two of them come at once,
    in an order drawn by `order` (None: as they came), and `times` times under as many names."""

    made: Bench
    order: int | None
    times: int
    answered: set[str] = field(default_factory=set)

    def run(self, drops: Sequence[Drop]) -> None:
        books = self.made.parts.rulebooks.values()
        moments = sorted({stage.decided_at for book in books for stage in book.stages})
        waiting = list(drops)
        for before, moment in zip([None, *moments], moments, strict=False):
            due = [drop for drop in waiting if drop.at <= moment]
            waiting = [drop for drop in waiting if drop.at > moment]
            self._between(before, moment, due)
            self._answer(moment)
        assert waiting == []

    def _between(self, before: datetime | None, moment: datetime, due: list[Drop]) -> None:
        """The files come at two instants before the moment."""
        ordered = [(number, drop) for number in range(self.times) for drop in due]
        if self.order is not None:
            random.Random(f"{self.order} {moment}").shuffle(ordered)
        middle = (before or moment - timedelta(days=60)) + timedelta(days=2)
        half = len(ordered) // 2 if self.order is not None else 0
        late = moment - timedelta(hours=1)
        for now, part in ((middle, ordered[:half]), (late, ordered[half:])):
            for number, drop in part:
                self._put(drop, number)
                if self.order is not None:
                    self.made.work(now)  # a turn for each file: otherwise a sweep sorts them by name
            self.made.work(now)
        self.made.work(moment)

    def _answer(self, moment: datetime) -> None:
        at = moment + ANSWER_AFTER
        answers = answer_requests(self.made.site.outbox, self.answered, at)
        if self.order is not None:
            answers.reverse()
        for number in range(self.times):
            for answer in answers:
                self._put(answer, number)
                self.made.work(at)

    def _put(self, drop: Drop, number: int) -> None:
        folder, _, name = drop.path.rpartition("/")
        path = f"{folder}/again-{number}-{name}" if number else drop.path
        put(self.made.site, Drop(drop.at, path, drop.data))


@pytest.fixture(scope="module")
def season() -> Season:
    rulebook = load_rulebook(Path(__file__).resolve().parents[2] / "contests" / "myn-bala.toml")
    return make_season(rulebook, SIZE, seed=2027)


@pytest.fixture(scope="module")
def in_order(season: Season, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    root = make_site(tmp_path_factory.mktemp("in-order") / "site")
    with rehearsed(root, start_of(season.drops)) as made:
        Drive(made, order=None, times=1).run(season.drops)
        yield Ended(made, root / "mailbox")


@pytest.fixture(scope="module", params=OTHER_ORDERS)
def otherwise(
    request: pytest.FixtureRequest, season: Season, in_order: Ended, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ended]:
    """Another site with the same keys: every file twice, in another order."""
    root = make_site(tmp_path_factory.mktemp("otherwise") / "site")
    copy_keys(in_order.made.root, root)
    with rehearsed(root, start_of(season.drops)) as made:
        Drive(made, order=request.param, times=2).run(season.drops)
        yield Ended(made, root / "mailbox")


def test_the_season_has_something_to_disagree_about(in_order: Ended, season: Season) -> None:
    """Requests, a lot, refusals and winners: else equal sites would prove little."""
    assert len(in_order.asked()) > 5
    assert any(request == "admission" or "lot" in str(request) for request, *_ in in_order.asked())
    assert len(in_order.letters()) > 150
    assert sum(path.endswith("admission-list.csv") for path in in_order.published()) == SIZE.partners
    winners = {entry for stage, _, entry, _ in in_order.standings() if stage == "winners"}
    assert winners == set(season.planted.winners)


def test_every_file_came_twice_and_was_taken_once(in_order: Ended, otherwise: Ended) -> None:
    first = Counter(row["state"] for row in in_order.made.deliveries())
    second = Counter(row["state"] for row in otherwise.made.deliveries())
    taken = first["accepted"] + first["partial"]
    assert second["accepted"] + second["partial"] == taken
    assert second["refused"] == 2 * first["refused"]
    assert second["duplicate"] == 2 * first["duplicate"] + taken
    assert otherwise.made.at_rest()


def test_the_order_of_files_changes_no_verdict(in_order: Ended, otherwise: Ended) -> None:
    assert otherwise.decisions() == in_order.decisions()


def test_the_order_of_files_changes_no_standing(in_order: Ended, otherwise: Ended) -> None:
    assert otherwise.standings() == in_order.standings()


def test_the_order_of_files_changes_no_run_and_no_question(in_order: Ended, otherwise: Ended) -> None:
    assert otherwise.runs() == in_order.runs()
    assert otherwise.asked() == in_order.asked()


def test_the_order_of_files_changes_no_published_byte(in_order: Ended, otherwise: Ended) -> None:
    first, second = in_order.published(), otherwise.published()
    assert set(first) == set(second)
    endings = {Path(path).suffix for path in first}
    assert {".csv", ".xml", ".html", ".xlsx", ".pdf", ".xsd"} <= endings
    assert [path for path in first if first[path] != second[path]] == []


def test_the_order_of_files_changes_no_letter(in_order: Ended, otherwise: Ended) -> None:
    assert otherwise.letters() == in_order.letters()


def test_everybody_gets_one_letter_however_often_the_files_come(otherwise: Ended) -> None:
    people = Counter(row["person"] for row in otherwise.made.rows(tables.messages))
    assert set(people.values()) == {1}
    sent = [row for row in otherwise.made.rows(tables.messages) if row["state"] == "sent"]
    assert len(list(otherwise.mailbox.glob("*.eml"))) == len(sent)


def test_what_a_repeated_season_published_verifies(otherwise: Ended) -> None:
    site = otherwise.made.site
    authority = site.path(site.settings.keys.authority)
    findings = [each for home in sorted(site.outbox.iterdir()) for each in verify_path(home, authority)]
    assert [finding for finding in findings if not finding.ok] == []


def test_one_more_turn_changes_nothing(otherwise: Ended) -> None:
    assert otherwise.made.work() == 0


@pytest.fixture(scope="module", params=[("kk", "ru"), ("ru", "kk")], ids=" then ".join)
def two_names(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """A school whose two streams come in two files, under two names; the streams in either order."""
    files = small_season([Person(number, right=10 + number) for number in range(3)])
    quotas = f"schools/{CONTEST}/quotas.csv"
    streams = {
        language: csv_of(("school_id", "school", "language", "intake"), [("SP-01", name, language, 20)])
        for language, name in (("kk", "Дарын мектебі"), ("ru", "Школа «Дарын»"))
    }
    root = make_site(tmp_path_factory.mktemp("two-names") / "site")
    with rehearsed(root, START) as made:
        for path in (path for path in files if path != quotas):
            (made.site.inbox / path).write_bytes(files[path])
        for language in request.param:
            made.drop(f"quotas-{language}.csv", streams[language], sender="schools")
            made.work()
        for moment in (REGISTERED, SAT_FIRST, SAT_SECOND, RANKED, ADMITTED):
            made.work(instant(moment, "Asia/Almaty"))
        yield Ended(made, root / "mailbox")


def test_a_school_with_two_names_is_called_by_the_same_one_in_any_order(two_names: Ended) -> None:
    names = {
        letter["admission"]["school"]
        for row in two_names.made.rows(tables.messages)
        if (letter := json.loads(row["content"]))["admission"]
    }
    xml = (two_names.made.site.outbox / "school-SP-01" / CONTEST / "admission-list.xml").read_text("utf-8")
    assert names == {"Дарын мектебі"}
    assert 'school="Дарын мектебі"' in xml


def test_receipts_differ_in_moments_and_names_alone(in_order: Ended, otherwise: Ended) -> None:
    """What is made of a file is the same whenever it comes."""
    assert _business(in_order) == _business(otherwise)


def _business(ended: Ended) -> dict[str, str]:
    kept = (row for row in ended.made.deliveries() if row["state"] in ("accepted", "partial", "refused"))
    found = {}
    for row in kept:
        recipient = row["sender"] if row["sender"] in ended.made.site.settings.senders else "operator"
        business = dict(ended.made.receipt(row, recipient)["business"])
        business.pop("too_late_for", None)
        found[f"{row['sender']} {row['sha256']}"] = json.dumps(business, sort_keys=True)
    return found
