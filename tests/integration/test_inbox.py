"""The inbox as senders really use it: every file ends as one outcome in one place, with a signed receipt."""

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sites import CONTEST, Bench, bench, change, csv_of, make_site, pupil, pupils, roster, sender

from worker.commands.requeue import requeue_delivery
from worker.deliver.verify import verify_path
from worker.files import OutsideFolder, inside
from worker.intake import decide, place, scan
from worker.intake.claim import NotNow, claim
from worker.store.database import WorkerRunning, sole_worker

UNREADABLE = b"\x00\x01\x02 this is no table \xff\xfe\x9d" * 40


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "site") as made:
        yield made


class Hours:
    """Stands for the module `time` in the scan, whose monotonic clock is moved by hand."""

    def __init__(self) -> None:
        self.gone = 0.0

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() + self.gone


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    moved = Hours()
    monkeypatch.setattr(scan, "time", moved)
    return moved


# --- receipts and places ---


def test_an_accepted_file_rests_in_the_archive_as_it_was_dropped(site: Bench) -> None:
    data = roster(pupils(3))
    site.drop("list.csv", data)
    site.work()
    delivery = site.delivery("list.csv")
    assert delivery["state"] == "accepted"
    assert [path.read_bytes() for path in site.resting_places(delivery)] == [data]
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_a_receipt_says_what_came_and_what_was_made_of_it(site: Bench) -> None:
    data = roster([*pupils(2), pupil(2, surname=""), pupil(3, grade="six")])
    site.drop("list.csv", data)
    site.work()
    receipt = site.receipt(site.delivery("list.csv"))
    assert receipt["transport"] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    business = receipt["business"]
    assert (business["outcome"], business["feed"]) == ("partial", "roster")
    assert (business["rows_accepted"], business["rows_refused"]) == (2, 2)
    refused = [(row["line"], row["column"], row["code"]) for row in business["refused"]]
    assert refused == [(4, "surname", "missing"), (5, "grade", "not-a-number")]
    assert all(row["why"] for row in business["refused"])


def test_receipts_are_signed_for_openssl_and_for_our_own_verifier(site: Bench) -> None:
    site.drop("list.csv", roster(pupils(1)))
    site.drop("broken.csv", UNREADABLE)
    site.work()
    for name in ("list.csv", "broken.csv"):
        assert site.accepted_by_openssl(site.receipt_path(site.delivery(name)))
    authority = site.site.path(site.site.settings.keys.authority)
    assert all(finding.ok for finding in verify_path(site.site.outbox / "ministry", authority))


def test_a_refused_file_rests_in_quarantine_beside_its_reason(site: Bench) -> None:
    site.drop("broken.csv", UNREADABLE)
    site.work()
    delivery = site.delivery("broken.csv")
    assert delivery["state"] == "refused"
    assert site.reason(delivery)["code"] == delivery["code"]
    assert site.reason(delivery)["again"] == f"baiqau requeue {delivery['id']}"
    assert [path.read_bytes() for path in site.resting_places(delivery)] == [UNREADABLE]
    assert site.receipt(delivery)["business"]["why"] == delivery["why"]
    assert site.at_rest()


def test_a_poisonous_file_does_not_keep_a_good_one_waiting(site: Bench) -> None:
    site.drop("a-poison.csv", UNREADABLE)
    site.drop("b-good.csv", roster(pupils(2)))
    site.work()
    assert {name: state for name, (state, _) in site.outcomes().items()} == {
        "a-poison.csv": "refused",
        "b-good.csv": "accepted",
    }
    assert len(site.counted("roster")) == 2
    assert site.at_rest()


def test_a_file_without_one_column_is_told_which_one_it_lacks(site: Bench) -> None:
    forgotten = "Қатысушы;Кезең;Номинация\n050101500017;stage-1;Математика\n".encode()
    site.drop("sheets.csv", forgotten, sender="test-centre")
    site.work()
    assert site.delivery("sheets.csv")["why"] == (
        "this is a file of entrants; its sender may drop keys, sheets here; "
        "as a file of sheets it lacks the column variant."
    )


def test_a_requeued_file_is_taken_in_once_its_cause_is_mended(tmp_path: Path) -> None:
    root = make_site(tmp_path / "site")
    first = Bench(root)
    first.drop("list.csv", roster(pupils(2)), sender="platform")
    first.work()
    delivery = first.delivery("list.csv")
    first.close()
    assert delivery["code"] == "feed-not-allowed"
    change(
        root, 'feeds = ["registrations", "applications"', 'feeds = ["roster", "registrations", "applications"'
    )
    requeue_delivery(root, delivery["id"], "2026-01-11 09:00")
    again = Bench(root)
    assert again.delivery("list.csv")["state"] == "accepted"
    assert len(again.counted("roster")) == 2
    assert again.receipt(again.delivery("list.csv"))["business"]["outcome"] == "accepted"
    assert again.at_rest()
    again.close()


# --- when is a file whole ---


def test_a_slow_writer_is_waited_for_and_its_file_is_taken_whole(tmp_path: Path, hours: Hours) -> None:
    lines = roster(pupils(20)).splitlines(keepends=True)
    with bench(tmp_path / "site", stable_for="30s") as made:
        path = made.folder() / "slow.csv"
        for line in lines:
            with path.open("ab") as file:  # opened and closed each time: closed is not complete
                file.write(line)
            hours.gone += 20
            made.work()
        assert made.deliveries() == []
        hours.gone += 31
        made.work()
        delivery = made.delivery("slow.csv")
        assert (delivery["state"], delivery["rows"]) == ("accepted", 20)
        assert delivery["bytes"] == len(b"".join(lines))


def test_a_file_still_open_for_writing_is_not_taken(site: Bench) -> None:
    lines = roster(pupils(4)).splitlines(keepends=True)
    with (site.folder() / "open.csv").open("wb", buffering=0) as file:
        for line in lines:
            file.write(line)
            site.work()
        assert site.deliveries() == []
    site.work()
    assert site.delivery("open.csv")["rows"] == 4


def test_a_file_with_a_preserved_old_time_waits_until_it_is_still(tmp_path: Path, hours: Hours) -> None:
    with bench(tmp_path / "site", stable_for="30s") as made:
        path = made.drop("copied.csv", roster(pupils(1)))
        os.utime(path, (1_500_000_000, 1_500_000_000))
        made.work()
        assert made.deliveries() == []
        hours.gone += 31
        made.work()
        assert made.delivery("copied.csv")["state"] == "accepted"


def test_a_late_file_older_than_those_before_it_is_taken(site: Bench) -> None:
    site.drop("new.csv", roster(pupils(1)))
    site.work()
    late = site.drop("late.csv", roster(pupils(1, first=1)))
    os.utime(late, (1_500_000_000, 1_500_000_000))
    site.work()
    assert site.delivery("late.csv")["state"] == "accepted"


def test_a_file_touched_while_it_waits_is_taken_once(tmp_path: Path, hours: Hours) -> None:
    with bench(tmp_path / "site", stable_for="30s") as made:
        path = made.drop("list.csv", roster(pupils(1)))
        made.work()
        hours.gone += 20
        path.touch()
        made.work()
        hours.gone += 31
        made.work()
        made.work()
        assert made.delivery("list.csv")["state"] == "accepted"
        assert made.at_rest()


@pytest.mark.parametrize(
    "name", ["list.csv.part", "list.csv.filepart", "x.tmp", "x.writing", ".list.csv", "~$list.xlsx"]
)
def test_files_being_written_are_left_alone(site: Bench, name: str) -> None:
    path = site.drop(name, roster(pupils(1)))
    site.work()
    assert site.deliveries() == []
    path.rename(path.with_name("list.csv"))
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"


def test_a_file_that_never_becomes_whole_is_mentioned_once(tmp_path: Path, hours: Hours) -> None:
    with bench(tmp_path / "site", settings=sender("careful", ["roster"], "done-file")) as made:
        made.drop("list.csv", roster(pupils(1)), sender="careful")
        made.drop("broken-off.csv.part", b"iin", sender="ministry")
        for _ in range(3):
            hours.gone += 3601
            made.work()
        stalled = [facts["sender"] for event, facts in made.events if event == "intake.stalled"]
        assert sorted(stalled) == ["careful", "ministry"]
        assert made.deliveries() == []


# --- done-files and checksums ---


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[Bench]:
    settings = sender("signal", ["roster"], "done-file") + sender("summed", ["roster"], "checksum")
    with bench(tmp_path / "site", settings=settings) as made:
        yield made


def test_data_without_its_done_file_is_not_touched(careful: Bench) -> None:
    path = careful.drop("list.csv", roster(pupils(1)), sender="signal")
    careful.work()
    assert careful.deliveries() == []
    assert path.read_bytes() == roster(pupils(1))
    careful.drop("list.csv.done", b"", sender="signal")
    careful.work()
    assert careful.delivery("list.csv")["state"] == "accepted"
    assert careful.left_in_inbox() == []
    assert careful.at_rest()


def test_a_done_file_that_comes_first_waits_for_its_data(careful: Bench) -> None:
    careful.drop("list.csv.done", b"", sender="signal")
    careful.work()
    assert careful.deliveries() == []
    careful.drop("list.csv", roster(pupils(1)), sender="signal")
    careful.work()
    assert careful.outcomes() == {"list.csv": ("accepted", None)}
    assert careful.left_in_inbox() == []


def test_one_done_file_releases_all_files_beside_it(careful: Bench) -> None:
    for number in range(5):
        careful.drop(f"part-{number}.csv", roster(pupils(2, first=2 * number)), sender="signal")
    careful.work()
    assert careful.deliveries() == []
    careful.drop("done", b"", sender="signal")
    careful.work()
    assert [row["state"] for row in careful.deliveries()] == ["accepted"] * 5
    assert len(careful.counted("roster")) == 10
    assert careful.left_in_inbox() == []


def test_a_file_with_its_right_checksum_is_accepted(careful: Bench) -> None:
    data = roster(pupils(1))
    careful.drop("list.csv", data, sender="summed")
    careful.work()
    assert careful.deliveries() == []
    careful.drop(
        "list.csv.sha256", f"{hashlib.sha256(data).hexdigest()}  list.csv\n".encode(), sender="summed"
    )
    careful.work()
    assert careful.delivery("list.csv")["state"] == "accepted"
    assert careful.left_in_inbox() == []


def test_a_checksum_in_capitals_that_comes_first_counts_too(careful: Bench) -> None:
    data = roster(pupils(1))
    careful.drop("list.csv.sha256", hashlib.sha256(data).hexdigest().upper().encode(), sender="summed")
    careful.work()
    careful.drop("list.csv", data, sender="summed")
    careful.work()
    assert careful.outcomes() == {"list.csv": ("accepted", None)}


@pytest.mark.parametrize("written", [b"", b"0" * 64, b"\xff\xfe" * 70, b"no sum at all"])
def test_a_file_with_a_wrong_checksum_is_refused(careful: Bench, written: bytes) -> None:
    careful.drop("list.csv", roster(pupils(1)), sender="summed")
    careful.drop("list.csv.sha256", written, sender="summed")
    careful.work()
    assert careful.outcomes() == {"list.csv": ("refused", "checksum-differs")}
    assert careful.left_in_inbox() == []
    assert careful.counted("roster") == []
    assert careful.at_rest()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/hostname")])
def test_a_checksum_that_is_no_file_hangs_nothing(careful: Bench, make: Callable[[Path], None]) -> None:
    make(careful.folder("summed") / "list.csv.sha256")
    careful.drop("list.csv", roster(pupils(1)), sender="summed")
    careful.drop("other.csv", roster(pupils(1, first=1)))
    careful.work()
    assert careful.outcomes()["other.csv"] == ("accepted", None)
    assert careful.outcomes()["list.csv.sha256"][0] == "refused"
    assert careful.outcomes().get("list.csv", ("refused",))[0] == "refused"


def test_a_signature_beside_a_file_goes_with_it(site: Bench) -> None:
    site.drop("list.csv.p7s", b"\x30\x80")
    site.drop("list.csv", roster(pupils(1)))
    site.work()
    site.work()
    assert site.outcomes() == {"list.csv": ("accepted", None)}
    assert site.left_in_inbox() == []


# --- the same again, and new versions ---


def test_an_archived_file_dropped_back_gets_a_duplicate_receipt(site: Bench) -> None:
    site.drop("list.csv", roster(pupils(3)))
    site.work()
    first = site.delivery("list.csv")
    shutil.copy(site.resting_places(first)[0], site.folder() / "list again.csv")
    site.work()
    again = site.delivery("list again.csv")
    assert (again["state"], again["rows"]) == ("duplicate", 0)
    assert first["id"] in site.receipt(again)["business"]["why"]
    assert len(site.counted("roster")) == 3
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_the_same_bytes_of_another_sender_are_no_duplicate(tmp_path: Path) -> None:
    with bench(tmp_path / "site", settings=sender("akimat", ["roster"])) as made:
        made.drop("list.csv", roster(pupils(1)))
        made.drop("list.csv", roster(pupils(1)), sender="akimat")
        made.work()
        assert [row["state"] for row in made.deliveries()] == ["accepted", "accepted"]


def test_a_refused_file_dropped_again_is_looked_at_again(site: Bench) -> None:
    for _ in range(2):
        site.drop("broken.csv", UNREADABLE)
        site.work()
    first, second = site.deliveries("broken.csv")
    assert (first["state"], second["state"]) == ("refused", "refused")
    assert first["id"] != second["id"]
    assert site.at_rest()


def test_new_content_under_the_same_name_replaces_a_list(site: Bench) -> None:
    site.drop("list.csv", roster([pupil(0, surname="Ескі"), pupil(1)]))
    site.work()
    site.drop("list.csv", roster([pupil(0, surname="Жаңа")]))
    site.work()
    old, new = sorted(site.deliveries("list.csv"), key=lambda row: -row["rows"])
    assert (old["superseded_by"], new["superseded_by"]) == (new["id"], None)
    assert site.receipt(new)["business"]["replaces"] == [old["id"]]


def test_a_refused_new_version_replaces_nothing(site: Bench) -> None:
    site.drop("list.csv", roster(pupils(2)))
    site.work()
    site.drop("list.csv", UNREADABLE)
    site.work()
    kept = next(row for row in site.deliveries("list.csv") if row["state"] == "accepted")
    assert kept["superseded_by"] is None


def test_records_with_a_time_of_their_own_add_up_under_one_name(site: Bench) -> None:
    headers = ("iin", "guardian_iin", "phone", "phone_confirmed", "language", "consent", "registered_at")
    for day in (20, 21):
        row = (pupil(0)[0], "", "87010000001", 1, "kk", 1, f"2026-01-{day} 10:00:00")
        site.drop("registrations.csv", csv_of(headers, [row]), sender="platform")
        site.work()
    assert [row["superseded_by"] for row in site.deliveries("registrations.csv")] == [None, None]
    assert len(site.counted("registrations")) == 2


# --- interruptions and transient faults ---


def test_a_fault_after_the_claim_costs_nothing(site: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    site.drop("list.csv", roster(pupils(2)))
    with monkeypatch.context() as broken:
        broken.setattr(decide, "ingest", full)
        site.work()
        site.work()
    assert [row["state"] for row in site.deliveries()] == ["claimed"]
    assert site.left_in_inbox() == ["ministry/myn-bala/list.csv"]
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"
    assert len(site.counted("roster")) == 2
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_a_fault_after_the_claim_does_not_hide_a_new_file_of_that_name(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    site.drop("list.csv", roster(pupils(2)))
    with monkeypatch.context() as broken:
        broken.setattr(decide, "ingest", full)
        site.work()
        site.folder().joinpath("list.csv").unlink()
        site.drop("list.csv", roster(pupils(3)))
    site.work()
    assert sorted(row["rows"] for row in site.deliveries("list.csv")) == [2, 3]
    assert {row["state"] for row in site.deliveries("list.csv")} == {"accepted"}
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_a_file_decided_but_not_moved_is_moved_later(site: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    site.drop("list.csv", roster(pupils(2)))
    with monkeypatch.context() as broken:
        broken.setattr(place, "put", full)
        site.work()
    assert not site.at_rest()
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"
    assert site.at_rest()


def test_copies_that_no_delivery_speaks_of_are_swept_away_at_the_start(tmp_path: Path) -> None:
    root = make_site(tmp_path / "site")
    first = Bench(root)
    (first.site.staging / "0123-orphan").write_bytes(b"half")
    first.drop("list.csv", roster(pupils(1)))
    first.close()
    second = Bench(root)
    assert list(second.site.staging.iterdir()) == []
    second.work()
    assert second.delivery("list.csv")["state"] == "accepted"
    second.close()


def test_a_second_worker_on_a_site_is_refused(site: Bench) -> None:
    with sole_worker(site.root), pytest.raises(WorkerRunning), sole_worker(site.root):
        pass


def test_files_are_taken_in_the_order_of_their_names(site: Bench) -> None:
    for number, name in enumerate(("ccc", "aaa", "bbb")):
        site.drop(f"{name}.csv", roster(pupils(1, first=number)))
    site.work()
    names = {row["id"]: row["name"] for row in site.deliveries()}
    claimed = [names[facts["delivery"]] for event, facts in site.events if event == "intake.claimed"]
    assert claimed == ["aaa.csv", "bbb.csv", "ccc.csv"]


# --- links, folders, names ---


def test_what_links_point_to_is_never_read(site: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(roster(pupils(2)))
    folder = tmp_path / "secrets"
    folder.mkdir()
    shutil.copy(secret, folder)
    (site.folder() / "link.csv").symlink_to(secret)
    (site.folder() / "folder").symlink_to(folder)
    (site.site.inbox / "ministry" / "elbasy").symlink_to(folder)
    (site.site.inbox / "stranger").symlink_to(tmp_path)
    site.work()
    assert {row["name"]: (row["state"], row["code"]) for row in site.deliveries()} == dict.fromkeys(
        ("link.csv", "folder", "elbasy", "stranger"), ("refused", "link")
    )
    assert site.counted("roster") == []
    assert site.left_in_inbox() == []
    assert secret.read_bytes() == roster(pupils(2))
    assert (folder / "secret.csv").is_file()
    assert site.at_rest()


def test_a_link_that_takes_a_files_place_after_the_look_is_not_followed(site: Bench, tmp_path: Path) -> None:
    path = site.drop("list.csv", roster(pupils(1)))
    (seen,) = scan.entries(site.site.inbox)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotNow):
        claim(site.site, seen)
    path.unlink()
    path.parent.rename(tmp_path / "moved")
    path.parent.symlink_to(tmp_path / "moved")
    (tmp_path / "moved" / "list.csv").write_bytes(roster(pupils(1)))
    with pytest.raises(NotNow):
        claim(site.site, seen)


def test_an_inbox_that_is_itself_a_link_works(site: Bench, tmp_path: Path) -> None:
    site.site.inbox.rename(tmp_path / "disk")
    site.site.inbox.symlink_to(tmp_path / "disk")
    site.drop("list.csv", roster(pupils(1)))
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"


def test_a_folder_within_a_contest_is_left_alone_and_mentioned_once(site: Bench) -> None:
    nested = site.folder() / "batch"
    nested.mkdir()
    (nested / "list.csv").write_bytes(roster(pupils(1)))
    site.work()
    site.work()
    said = [facts for event, facts in site.events if event == "intake.unsuitable"]
    assert said == [{"sender": "ministry", "contest": CONTEST, "code": "folder"}]
    assert (nested / "list.csv").is_file()
    (nested / "list.csv").rename(site.folder() / "list.csv")
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"


def test_a_file_that_cannot_be_read_does_not_keep_the_others_waiting(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def guarded(path: str | Path, *more: int, **named: int) -> int:
        if Path(path).name == "locked.csv":  # root reads everything, so the refusal is made here
            raise PermissionError(13, "Permission denied")
        return opened(path, *more, **named)

    monkeypatch.setattr(os, "open", guarded)
    site.drop("locked.csv", roster(pupils(1)))
    site.drop("open.csv", roster(pupils(1, first=1)))
    site.work()
    site.work()
    assert site.outcomes() == {"open.csv": ("accepted", None)}
    said = [facts["code"] for event, facts in site.events if event == "intake.unsuitable"]
    assert said == ["EACCES"]


def test_files_that_lie_too_high_in_the_inbox_are_refused(site: Bench) -> None:
    (site.site.inbox / "top.csv").write_bytes(roster(pupils(1)))
    (site.site.inbox / "ministry" / "middle.csv").write_bytes(roster(pupils(1)))
    (site.site.inbox / "README.md").write_text("how to drop files", encoding="utf-8")
    site.work()
    assert site.outcomes() == {
        "top.csv": ("refused", "unknown-sender"),
        "middle.csv": ("refused", "contest-not-allowed"),
    }
    assert site.left_in_inbox() == ["README.md"]
    assert site.at_rest()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"\xea\xe0\xe7.csv", "\\xea\\xe0\\xe7.csv"),
        (b"two\nlines.csv", "two\\nlines.csv"),
        ("оқушы\u202evsc.csv".encode(), "оқушы\\u202evsc.csv"),
        (b"; rm -rf $HOME `id`.csv", "; rm -rf $HOME `id`.csv"),
        (b"-rf.csv", "-rf.csv"),
    ],
)
def test_strange_names_are_taken_and_shown_escaped(site: Bench, raw: bytes, name: str) -> None:
    site.drop(os.fsdecode(raw), roster(pupils(1)))
    site.work()
    delivery = site.delivery(name)
    assert delivery["state"] == "accepted"
    assert site.receipt(delivery)["name"] == name
    assert site.left_in_inbox() == []


@pytest.mark.parametrize("part", ["..", ".", "", "../x", "/etc", "a/b", "x\0", "e\u0301"])
def test_no_name_leads_out_of_its_folder(tmp_path: Path, part: str) -> None:
    with pytest.raises(OutsideFolder):
        inside(tmp_path / "outbox", part)


def test_a_name_that_only_begins_like_its_folder_stays_inside(tmp_path: Path) -> None:
    assert inside(tmp_path / "outbox", "outboxEVIL").parent == tmp_path / "outbox"


@pytest.mark.parametrize("school_id", ["../x", "/etc/passwd", "a/b", "..", "SP 1", "SP\u202e1"])
def test_a_school_cannot_name_itself_out_of_the_outbox(site: Bench, school_id: str) -> None:
    rows = [("SP-01", "Дарын", 100), (school_id, "Зиян", 100)]
    site.drop("quotas.csv", csv_of(("school_id", "school", "intake"), rows), sender="schools")
    site.work()
    assert site.delivery("quotas.csv")["state"] == "partial"
    assert [row["school_id"] for row in site.counted("quotas")] == ["SP-01"]


# --- many at once, and an inbox that comes and goes ---


def test_a_hard_link_waits_until_it_is_the_only_name(site: Bench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "upload"
    elsewhere.write_bytes(roster(pupils(1)))
    os.link(elsewhere, site.folder() / "list.csv")
    site.work()
    assert site.deliveries() == []
    elsewhere.unlink()
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"


def test_in_a_burst_nothing_is_lost_and_nothing_taken_twice(site: Bench) -> None:
    contents = [roster(pupils(1, first=number)) for number in range(25)]
    for number in range(500):
        site.drop(f"{number:03}.csv", contents[number % 25])
    site.work()
    states = [row["state"] for row in site.deliveries()]
    assert (states.count("accepted"), states.count("duplicate")) == (25, 475)
    assert len(site.counted("roster")) == 25
    assert site.left_in_inbox() == []
    assert site.at_rest()
    manifest = json.loads((site.site.outbox / "ministry" / "manifest.json").read_text())
    assert sum(file["path"].startswith("receipts/") for file in manifest["files"]) == 500


def test_an_inbox_removed_and_made_again_is_looked_at_again(site: Bench) -> None:
    shutil.rmtree(site.site.inbox)
    assert site.work() == 1  # the schemas, which every worker publishes at its start
    assert not site.parts.intake.may_become_whole()
    assert "watch.inbox-missing" in [event for event, _ in site.events]
    site.drop("list.csv", roster(pupils(1)))
    site.work()
    assert site.delivery("list.csv")["state"] == "accepted"


def test_a_running_worker_sees_files_and_survives_the_loss_of_its_inbox(tmp_path: Path) -> None:
    root = make_site(tmp_path / "site")
    change(root, 'rescan_every = "5s"', 'rescan_every = "1s"')
    made = Bench(root)
    stop = threading.Event()
    worker = threading.Thread(target=made.worker.run_forever, args=(stop,))
    worker.start()
    try:
        made.drop("first.csv", roster(pupils(1)))
        _wait_for(lambda: len(made.deliveries()) == 1 and made.at_rest())
        shutil.rmtree(made.site.inbox)
        _wait_for(lambda: "watch.inbox-missing" in [event for event, _ in made.events])
        folder = made.folder()
        (tmp_path / "moved").mkdir()
        (tmp_path / "moved" / "second.csv").write_bytes(roster(pupils(1, first=1)))
        (tmp_path / "moved" / "second.csv").rename(folder / "second.csv")
        _wait_for(lambda: len(made.deliveries()) == 2 and made.at_rest())
    finally:
        stop.set()
        worker.join(30)
        made.close()
    assert not worker.is_alive()
    assert {state for state, _ in made.outcomes().values()} == {"accepted"}


def _wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "the worker did not get to it"
        time.sleep(0.05)
