"""Versions of a file, what came too late, what is dropped beside a file, and files that a defect of ours meets."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sites import (
    CONTEST,
    SAT_FIRST,
    Bench,
    Person,
    Row,
    bench,
    change,
    csv_of,
    pupil,
    roster,
    sender,
    small_season,
)
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from jobs.calendar import instant
from worker.commands.requeue import requeue_delivery
from worker.intake import decide
from worker.intake import ingest as reading
from worker.intake import receipt as receipts
from worker.intake.receipt import Effect
from worker.settings import Settings
from worker.store import deliveries as store
from worker.store import runs
from worker.store.deliveries import ACCEPTED, Arrival, Delivery, Outcome
from worker.store.publications import Publication
from worker.store.tables import deliveries

DECIDED = {"registration", "stage-1"}
NOON = "2026-01-11 12:00"
UNREADABLE = b"\x00\x01\x02 this is no table \xff\xfe\x9d" * 40
SIGNATURE = b"\x30\x80 a signature that nobody checks"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "site") as made:
        yield made


def listing(surname: str, number: int = 0) -> bytes:
    """A list of one pupil."""
    return roster([pupil(number, surname=surname)])


def drop(site: Bench, name: str, data: bytes, sender: str = "ministry") -> Row:
    """Drop a file and have it taken in; returns its delivery."""
    before = {row["id"] for row in site.deliveries(name)}
    site.drop(name, data, sender)
    site.work()
    (new,) = (row for row in site.deliveries(name) if row["id"] not in before)
    return new


def again(site: Bench, delivery: Row) -> Row:
    """The delivery as it is now."""
    return next(row for row in site.deliveries() if row["id"] == delivery["id"])


def surnames(site: Bench) -> list[str]:
    """Of the rows that count."""
    with site.parts.engine.begin() as connection:
        return sorted(runs.table(connection, "roster", CONTEST)["surname"])


def business(site: Bench, delivery: Row) -> Row:
    found: Row = site.receipt(delivery)["business"]
    return found


def said(site: Bench, event: str) -> list[Row]:
    return [facts for name, facts in site.events if name == event]


# --- which version counts ---


def test_the_first_version_dropped_a_third_time_is_the_version_in_force_again(site: Bench) -> None:
    first = drop(site, "list.csv", listing("Бірінші"))
    second = drop(site, "list.csv", listing("Екінші"))
    third = drop(site, "list.csv", listing("Бірінші"))
    assert third["state"] == "accepted"
    assert surnames(site) == ["Бірінші"]
    assert [again(site, each)["superseded_by"] for each in (first, second, third)] == [
        second["id"],
        third["id"],
        None,
    ]
    assert business(site, third)["replaces"] == [second["id"]]
    assert site.at_rest()


def test_of_two_files_that_contradict_each_other_one_is_put_right_with_the_bytes_of_the_other(
    site: Bench,
) -> None:
    right, wrong = drop(site, "a.csv", listing("Дұрыс")), drop(site, "b.csv", listing("Қате"))
    mended = drop(site, "b.csv", listing("Дұрыс"))
    assert (mended["state"], business(site, mended)["replaces"]) == ("accepted", [wrong["id"]])
    assert again(site, right)["superseded_by"] is None
    assert surnames(site) == ["Дұрыс"]


def test_known_bytes_under_a_new_name_are_a_duplicate(site: Bench) -> None:
    first = drop(site, "list.csv", listing("Дұрыс"))
    for name in ("copy.csv", "list.csv"):
        repeated = drop(site, name, listing("Дұрыс"))
        assert (repeated["state"], repeated["rows"]) == ("duplicate", 0)
        assert first["id"] in business(site, repeated)["why"]
    assert again(site, first)["superseded_by"] is None


def test_bytes_that_were_replaced_are_no_duplicate_under_a_new_name(site: Bench) -> None:
    drop(site, "list.csv", listing("Ескі"))
    drop(site, "list.csv", listing("Жаңа"))
    assert drop(site, "other.csv", listing("Ескі"))["state"] == "accepted"
    assert surnames(site) == ["Ескі", "Жаңа"]


def test_no_content_is_in_force_twice_under_one_name(site: Bench) -> None:
    arrival = Arrival("s", CONTEST, "f.csv", "ab" * 32, 1, "s/f.csv", "identity")
    now = site.clock.now()
    with site.parts.engine.begin() as connection:
        first, second, third = (store.add_claim(connection, arrival, now) for _ in range(3))
        store.decide(connection, first, Outcome(ACCEPTED, "roster"))
    with pytest.raises(IntegrityError), site.parts.engine.begin() as connection:
        store.decide(connection, second, Outcome(ACCEPTED, "roster"))
    with site.parts.engine.begin() as connection:
        replaced = deliveries.update().where(deliveries.c.id == first.id)
        connection.execute(replaced.values(superseded_by=third.id))
        store.decide(connection, third, Outcome(ACCEPTED, "roster"))
        assert [each.number for each in store.find(connection)] == [1, 2, 3]


def sheets(stage: str, person: str, answers: str) -> bytes:
    headers = ("participant", "stage", "variant", "started_at", *(f"q{n}" for n in range(1, 5)))
    return csv_of(headers, [(person, stage, 1, "2026-02-20 10:00:00", *answers)])


def test_sheets_sent_again_under_their_name_replace_the_earlier_ones(site: Bench) -> None:
    person = str(pupil(0)[0])
    first = drop(site, "sheets.csv", sheets("stage-1", person, "AAAA"), "test-centre")
    second = drop(site, "sheets.csv", sheets("stage-1", person, "BBBB"), "test-centre")
    assert again(site, first)["superseded_by"] == second["id"]
    with site.parts.engine.begin() as connection:
        assert runs.table(connection, "sheets", CONTEST)["answers"].to_list() == ["BBBB"]


# --- requeued ---


def broken_for(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Reading files of these names meets a defect of ours."""

    def ingest(connection: Connection, delivery: Delivery, *rest: Any) -> Outcome:
        if delivery.name in names:
            raise ValueError("900101300123 is no value for a log")
        return reading.ingest(connection, delivery, *rest)

    monkeypatch.setattr(decide, "ingest", ingest)


def test_an_old_file_requeued_does_not_replace_its_correction(
    site: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as broken:
        broken_for(broken, "list.csv")
        old = drop(site, "list.csv", listing("Ескі"))
    new = drop(site, "list.csv", listing("Жаңа"))
    requeue_delivery(site.root, old["id"], NOON)
    assert f"the newer {new['id']} stays in force" in capsys.readouterr().out
    requeued = again(site, old)
    assert (requeued["state"], requeued["superseded_by"]) == ("accepted", new["id"])
    assert again(site, new)["superseded_by"] is None
    assert surnames(site) == ["Жаңа"]
    told = business(site, requeued)
    assert (told["replaces"], told["replaced_by"]) == ([], new["id"])
    assert site.at_rest()


def test_a_correction_requeued_replaces_the_earlier_file(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = drop(site, "list.csv", listing("Ескі"))
    with monkeypatch.context() as broken:
        broken_for(broken, "list.csv")
        new = drop(site, "list.csv", listing("Жаңа"))
    assert surnames(site) == ["Ескі"]
    requeue_delivery(site.root, new["id"], NOON)
    assert surnames(site) == ["Жаңа"]
    told = business(site, again(site, new))
    assert (told["replaces"], told["replaced_by"]) == ([old["id"]], None)


# --- too late ---


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Registration and stage 1 are decided, stage 2 is not."""
    season = small_season([Person(number, right=20 + number) for number in range(3)])
    with bench(tmp_path_factory.mktemp("late") / "site") as made:
        for path in ("list.csv", "registrations.csv", "keys-1.csv", "sheets-1.csv"):
            (origin,) = (each for each in season if each.endswith(f"/{path}"))
            made.drop(path, season[origin], origin.split("/")[0])
        made.work()
        made.work(instant(SAT_FIRST, "Asia/Almaty"))
        assert {row["stage"] for row in said(made, "run.settled")} == DECIDED
        yield made


def too_late(site: Bench, name: str, data: bytes, sender: str) -> list[str]:
    """The stages that a file comes too late for, as its receipt says; the log says the same."""
    delivery = drop(site, name, data, sender)
    assert delivery["state"] == "accepted"
    stages: list[str] = business(site, delivery)["too_late_for"]
    told = [facts["stages"] for facts in said(site, "intake.too-late") if facts["delivery"] == delivery["id"]]
    assert told == ([", ".join(stages)] if stages else [])
    return stages


def test_sheets_are_too_late_for_the_settled_stage_they_are_about(settled: Bench) -> None:
    person = str(pupil(77)[0])
    first, second = sheets("stage-1", person, "AAAA"), sheets("stage-2", person, "AAAA")
    assert too_late(settled, "late-1.csv", first, "test-centre") == ["stage-1"]
    assert too_late(settled, "in-time-2.csv", second, "test-centre") == []


def test_a_file_of_sheets_of_two_stages_is_too_late_for_the_settled_one(settled: Bench) -> None:
    person = str(pupil(78)[0])
    both = sheets("stage-1", person, "AAAA") + sheets("stage-2", person, "AAAA").splitlines(keepends=True)[1]
    assert too_late(settled, "late-both.csv", both, "test-centre") == ["stage-1"]


def test_keys_are_too_late_for_the_settled_stage_they_are_about(settled: Bench) -> None:
    headers = ("stage", "variant", "item", "key")
    for stage, stages in (("stage-1", ["stage-1"]), ("stage-2", [])):
        keys = csv_of(headers, [(stage, 9, 1, "A")])
        assert too_late(settled, f"late-keys-{stage}.csv", keys, "test-centre") == stages


def test_a_list_is_too_late_for_every_settled_stage_that_reads_it(settled: Bench) -> None:
    (book,) = settled.parts.rulebooks.values()
    readers = [stage.id for stage in book.stages if "roster" in stage.feeds and stage.id in DECIDED]
    assert "registration" in readers
    assert too_late(settled, "late-list.csv", listing("Кешіккен", 79), "ministry") == readers


def test_a_version_replaced_before_it_counted_is_too_late_for_nothing(
    settled: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken_for(broken, "twice.csv")
        old = drop(settled, "twice.csv", listing("Ескі", 80))
    drop(settled, "twice.csv", listing("Жаңа", 80))
    requeue_delivery(settled.root, old["id"], SAT_FIRST)
    assert business(settled, old)["too_late_for"] == []


# --- a defect of ours ---


def test_a_defect_costs_one_file_and_the_others_are_taken(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_for(monkeypatch, "a.csv")
    site.drop("a.csv", listing("Бірінші"))
    site.drop("b.csv", listing("Екінші"))
    site.work()
    assert site.outcomes() == {"a.csv": ("refused", "defect-of-ours"), "b.csv": ("accepted", None)}
    refused = site.delivery("a.csv")
    assert [path.read_bytes() for path in site.resting_places(refused)] == [listing("Бірінші")]
    assert "requeued after an update" in business(site, refused)["why"]
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_a_defect_is_told_with_its_kind_and_place_and_no_value(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_for(monkeypatch, "list.csv")
    delivery = drop(site, "list.csv", listing("Бірінші"))
    (told,) = said(site, "intake.defect")
    assert (told["delivery"], told["fault"]) == (delivery["id"], "ValueError")
    file, _, line = told["place"].partition(":")
    assert file == "worker/intake/decide.py"
    assert "ingest(" in Path(decide.__file__).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert "900101300123" not in str(site.events)


def test_nothing_stays_of_what_was_written_before_a_defect(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receipt(
        connection: Connection, settings: Settings, delivery: Delivery, effect: Effect
    ) -> Publication:
        if delivery.state == ACCEPTED:
            raise KeyError(delivery.name)
        return receipts.receipt(connection, settings, delivery, effect)

    monkeypatch.setattr(decide, "receipt", receipt)
    assert drop(site, "list.csv", listing("Бірінші"))["code"] == "defect-of-ours"
    assert site.counted("roster") == []
    assert site.at_rest()


def test_a_file_that_cannot_even_be_refused_waits_and_the_others_are_taken(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receipt(
        connection: Connection, settings: Settings, delivery: Delivery, effect: Effect
    ) -> Publication:
        if delivery.name == "a.csv":
            raise KeyError(delivery.name)
        return receipts.receipt(connection, settings, delivery, effect)

    with monkeypatch.context() as broken:
        broken.setattr(decide, "receipt", receipt)
        site.drop("a.csv", listing("Бірінші"))
        site.drop("b.csv", listing("Екінші"))
        site.work()
        assert site.outcomes() == {"a.csv": ("claimed", None), "b.csv": ("accepted", None)}
    site.work()
    assert site.delivery("a.csv")["state"] == "accepted"
    assert site.at_rest()


# --- what is dropped beside a file ---


def archived(site: Bench, delivery: Row, ending: str) -> Path:
    path: Path = site.site.archive / CONTEST / f"{delivery['id']}{ending}"
    return path


def quarantined(site: Bench, delivery: Row, ending: str) -> Path:
    path: Path = site.site.quarantine / delivery["id"] / f"file{ending}"
    return path


@pytest.mark.parametrize("ending", [".p7s", ".sha256", ".done"])
@pytest.mark.parametrize("data", [listing("Бірінші"), UNREADABLE])
def test_what_is_dropped_beside_a_file_is_kept_beside_it(site: Bench, data: bytes, ending: str) -> None:
    site.drop(f"list.csv{ending}", SIGNATURE)
    delivery = drop(site, "list.csv", data)
    keep = archived if delivery["state"] == "accepted" else quarantined
    assert keep(site, delivery, ending).read_bytes() == SIGNATURE
    assert keep(site, delivery, "").read_bytes() == data
    assert [row["name"] for row in site.deliveries()] == ["list.csv"]
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_a_signature_sent_later_with_the_same_bytes_is_kept(site: Bench) -> None:
    drop(site, "list.csv", listing("Бірінші"))
    site.drop("list.csv.p7s", SIGNATURE)
    repeated = drop(site, "list.csv", listing("Бірінші"))
    assert repeated["state"] == "duplicate"
    assert archived(site, repeated, ".p7s").read_bytes() == SIGNATURE
    assert site.at_rest()


def test_a_signature_without_its_file_is_never_a_file_of_its_own(site: Bench) -> None:
    drop(site, "list.csv", listing("Бірінші"))
    site.drop("list.csv.p7s", SIGNATURE)
    site.work()
    assert site.outcomes() == {"list.csv": ("accepted", None)}


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        lambda path: path.symlink_to("/etc/hostname"),
        lambda path: path.write_bytes(bytes((1 << 20) + 1)),
    ],
)
def test_what_is_no_small_plain_file_is_not_kept_and_holds_nothing_up(
    site: Bench, make: Callable[[Path], object]
) -> None:
    make(site.folder() / "list.csv.p7s")
    delivery = drop(site, "list.csv", listing("Бірінші"))
    assert delivery["state"] == "accepted"
    assert delivery["placed"]
    assert not archived(site, delivery, ".p7s").exists()


def test_a_requeued_file_takes_along_what_was_dropped_beside_it(tmp_path: Path) -> None:
    data = listing("Бірінші")
    written = hashlib.sha256(data).hexdigest().encode()
    with bench(tmp_path / "site", settings=sender("summed", ["keys"], "checksum")) as made:
        made.drop("list.csv.p7s", SIGNATURE, "summed")
        made.drop("list.csv.sha256", written, "summed")
        refused = drop(made, "list.csv", data, "summed")
        assert refused["code"] == "feed-not-allowed"
        made.drop("list.csv.sha256", b"0" * 64, "summed")  # of a later version, that has yet to come
        change(made.root, 'feeds = ["keys"]', 'feeds = ["roster"]')
        requeue_delivery(made.root, refused["id"], NOON)
        taken = again(made, refused)
        assert taken["state"] == "accepted"
        assert archived(made, taken, ".p7s").read_bytes() == SIGNATURE
        assert archived(made, taken, ".sha256").read_bytes() == written
        assert not (made.site.quarantine / taken["id"]).exists()
        assert made.left_in_inbox() == [f"summed/{CONTEST}/list.csv.sha256"]
        assert made.at_rest()
