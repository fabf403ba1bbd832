"""Senders who attack the worker through the inbox: links that come and go, names, floods, files without end."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import (
    CONTEST,
    REGISTERED,
    START,
    Bench,
    Person,
    bench,
    change,
    make_site,
    pupil,
    pupils,
    rehearsed,
    roster,
    sender,
    small_season,
)

from jobs.calendar import instant
from worker.commands.requeue import requeue_delivery
from worker.commands.run import LeftUndone, run_once
from worker.files import shown
from worker.intake import claim, decide, place, receive, scan

MINE = ("ministry", CONTEST)
LATER = "2026-01-11 09:00"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "site") as made:
        yield made


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder no sender has any business with."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "current").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    (folder / "small.csv").write_bytes(roster(pupils(1)))
    (folder / "small.csv.sha256").write_bytes(b"0" * 64)
    (folder / "done").write_bytes(b"")
    return folder


def _swap(folder: Path, target: Path) -> None:
    """Put a link to `target` where a folder was."""
    if not folder.is_symlink():
        folder.rename(folder.parent / ".was")
        folder.symlink_to(target)


def _everything(folder: Path) -> dict[str, int]:
    return {path.name: path.lstat().st_ino for path in folder.iterdir()}


# --- links in the place of folders ---


@pytest.mark.parametrize("level", ["ministry", f"ministry/{CONTEST}"])
def test_a_folder_that_becomes_a_link_while_it_is_looked_at_is_not_entered(
    site: Bench, victim: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    folder, looked = site.folder(), os.stat
    outside = victim if level == f"ministry/{CONTEST}" else victim.parent
    (victim.parent / CONTEST).symlink_to(victim)

    def swapping(name: str | Path, **named: Any) -> os.stat_result:
        found = looked(name, **named)
        if name == level.rpartition("/")[2]:
            _swap(folder if name == CONTEST else folder.parent, outside)
        return found

    with monkeypatch.context() as attack:
        attack.setattr(os, "stat", swapping)
        seen = scan.entries(site.site.inbox)
    assert (site.site.inbox / level).is_symlink()
    assert [entry for entry in seen if entry.sender == "ministry"] == []


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("unread", [False, True])
@pytest.mark.parametrize("name", ["current", "pipe", "small.csv"])
def test_nothing_is_removed_through_a_link(
    site: Bench, victim: Path, name: str, unread: bool, level: int
) -> None:
    """Even where the entry was seen as the victim's very own: the link decides."""
    if level == 1:
        (victim.parent / "all" / CONTEST).parent.mkdir()
        victim = victim.rename(victim.parent / "all" / CONTEST)
    _swap(site.folder() if level == 2 else site.folder().parent, victim if level == 2 else victim.parent)
    before, identity = _everything(victim), scan.identity_of((victim / name).lstat())
    kept = site.site.quarantine / "file"
    claim.remove_original(site.site, (*MINE, name), identity, kept, unread=unread)
    entry = scan.Entry(*MINE, name, identity, 0, stat.S_IFREG, 1, 0.0)
    claim.discard(site.site.inbox, entry)
    assert _everything(victim) == before
    assert list(site.site.quarantine.iterdir()) == []
    assert claim.note_beside(site.site.inbox, (*MINE, "small.csv"), ".sha256") == ""
    with pytest.raises(claim.NotNow):
        claim.claim(site.site, entry)


def test_a_sweep_whose_folder_turns_into_a_link_leaves_what_lies_there(
    site: Bench, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.folder()
    for name in ("current", "pipe"):
        os.link(victim / name, site.folder() / name, follow_symlinks=False)
    site.drop("small.csv", roster(pupils(1)))
    looked = scan.entries
    with monkeypatch.context() as attack:

        def then_swap(inbox: Path) -> list[scan.Entry]:
            seen = looked(inbox)
            _swap(inbox / "ministry" / CONTEST, victim)
            return seen

        attack.setattr(scan, "entries", then_swap)
        site.parts.intake.sweep(site.clock.now())
    assert {"current", "pipe", "small.csv", "small.csv.sha256", "done"} == set(_everything(victim))


def test_a_file_replaced_after_it_was_claimed_stays(site: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = site.drop("list.csv", roster(pupils(1)))
    put = place.put

    def late(*all_: Any) -> None:
        path.unlink()
        site.drop("list.csv", roster(pupils(2)))
        put(*all_)

    with monkeypatch.context() as attack:
        attack.setattr(place, "put", late)
        site.parts.intake.sweep(site.clock.now())
    assert path.read_bytes() == roster(pupils(2))


def test_a_file_that_grows_while_it_is_read_is_read_no_further(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = site.drop("list.csv", b"x" * 100), os.read
    (seen,) = scan.entries(site.site.inbox)

    def growing(source: int, most: int) -> bytes:
        with path.open("ab") as file:
            file.write(b"x" * 100)
        return read(source, most)

    monkeypatch.setattr(os, "read", growing)
    with pytest.raises(claim.NotNow):
        claim.claim(site.site, seen)
    assert all(draft.stat().st_size == 100 for draft in site.site.staging.iterdir())


# --- companions and done-files that are none ---


def test_a_folder_called_done_is_no_done_file_and_stops_nobody(tmp_path: Path) -> None:
    with bench(tmp_path / "site", settings=sender("signal", ["roster"], "done-file")) as made:
        for name in ("done", "b.csv.done"):
            (made.folder("signal") / name).mkdir()
        made.drop("a.csv", roster(pupils(1)), sender="signal")
        made.drop("b.csv", roster(pupils(1, first=1)), sender="signal")
        made.drop("good.csv", roster(pupils(1, first=2)))
        made.work()
        assert made.outcomes() == {"good.csv": ("accepted", None)}
        (made.folder("signal") / "done").rmdir()
        made.drop("done", b"", sender="signal")
        made.work()
        assert {state for state, _ in made.outcomes().values()} == {"accepted"}
        assert made.left_in_inbox() == []


def test_a_done_file_that_cannot_be_removed_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = os.unlink

    def guarded(path: str | Path, **named: int) -> None:
        if path == "done":
            raise PermissionError(errno.EPERM, "Operation not permitted")
        removed(path, **named)

    with bench(tmp_path / "site", settings=sender("signal", ["roster"], "done-file")) as made:
        monkeypatch.setattr(os, "unlink", guarded)
        made.drop("a.csv", roster(pupils(1)), sender="signal")
        made.drop("done", b"", sender="signal")
        made.drop("good.csv", roster(pupils(1, first=2)))
        made.work()
        assert {state for state, _ in made.outcomes().values()} == {"accepted"}
        assert made.left_in_inbox() == [f"signal/{CONTEST}/done"]
        assert made.parts.intake.left() == 0


@pytest.mark.parametrize("ending", [".sha256", ".done", ".p7s"])
def test_a_folder_named_like_a_companion_hinders_nothing(site: Bench, ending: str) -> None:
    (site.folder() / f"b.csv{ending}").mkdir()
    site.drop("b.csv", roster(pupils(1)))
    site.work()
    assert site.outcomes() == {"b.csv": ("accepted", None)}
    assert site.at_rest()
    assert (site.folder() / f"b.csv{ending}").is_dir()


def test_a_companion_that_cannot_be_removed_hinders_nothing(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = os.unlink

    def guarded(path: str | Path, **named: int) -> None:
        if path == "b.csv.p7s":
            raise PermissionError(errno.EPERM, "Operation not permitted")
        removed(path, **named)

    monkeypatch.setattr(os, "unlink", guarded)
    site.drop("b.csv.p7s", b"\x30\x80")
    site.drop("b.csv", roster(pupils(1)))
    site.work()
    assert site.outcomes() == {"b.csv": ("accepted", None)}
    assert site.delivery("b.csv")["placed"]


# --- names ---


@pytest.mark.parametrize("length", [247, 249, 255])
@pytest.mark.parametrize("complete", ["stable", "checksum", "done-file"])
def test_the_longest_names_come_to_rest(tmp_path: Path, length: int, complete: str) -> None:
    name, data = "a" * (length - 4) + ".csv", roster(pupils(1))
    with bench(tmp_path / "site", settings=sender("long", ["roster"], complete)) as made:
        made.drop(name, data, sender="long")
        made.drop(name, roster(pupils(1, first=1)))
        if length < 248:
            made.drop(f"{name}.sha256", hashlib.sha256(data).hexdigest().encode(), sender="long")
        made.drop("done", b"", sender="long")
        made.work()
        states = {row["sender"]: row["state"] for row in made.deliveries(name)}
        assert states["ministry"] == "accepted"
        assert made.at_rest()
        if complete != "checksum" or length < 248:
            assert states["long"] == "accepted"


RAW = st.binary(min_size=1, max_size=12).filter(lambda raw: b"\0" not in raw and b"/" not in raw)
PIECES = st.lists(
    st.sampled_from([b"\\", b"n", b"\n", b"\x85", b"\xc2\x85", b"x85", b"u0085", b"\xff", b"a"]), min_size=1
)


@given(st.one_of(RAW, PIECES.map(b"".join)))
def test_a_name_can_be_read_back_from_how_it_is_shown(raw: bytes) -> None:
    """So no two names are ever shown as one."""
    assert _read_back(shown(os.fsdecode(raw))) == raw


def _read_back(text: str) -> bytes:
    return b"".join(
        map(_byte_or_text, re.findall(r"\\\\|\\x..|\\u.{4}|\\U.{8}|\\[nrt]|[^\\]", text, re.DOTALL))
    )


def _byte_or_text(piece: str) -> bytes:
    if piece.startswith("\\x"):
        return bytes([int(piece[2:], 16)])
    if piece[:2] in ("\\u", "\\U"):
        return chr(int(piece[2:], 16)).encode()
    return {"\\\\": b"\\", "\\n": b"\n", "\\r": b"\r", "\\t": b"\t"}.get(piece, piece.encode())


def test_two_names_that_were_shown_as_one_replace_nothing_of_each_other(site: Bench) -> None:
    site.drop("a\nb.csv", roster(pupils(1)))
    site.work()
    site.drop("a\\nb.csv", roster(pupils(2)))
    site.work()
    assert {row["name"]: row["superseded_by"] for row in site.deliveries()} == {
        "a\\nb.csv": None,
        "a\\\\nb.csv": None,
    }


# --- floods ---


def test_a_flood_of_one_sender_holds_up_no_other(site: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "MOST_OF_A_SENDER", 3)
    for number in range(8):
        (site.folder() / f"{number}").symlink_to("/nowhere")
        (site.folder(f"stranger-{number}") / "list.csv").symlink_to("/nowhere")
    site.drop("one.csv", b"1", sender="platform")
    site.drop("two.csv", b"2", sender="platform")
    assert site.parts.intake.sweep(site.clock.now()) == 3 + 3 + 2
    senders = [row["sender"] for row in sorted(site.deliveries(), key=lambda row: row["number"])]
    assert senders[:3].count("platform") == 1
    assert senders[:6].count("platform") == 2
    assert site.worker.run_once() > 0
    assert len(site.deliveries()) == 8 + 8 + 2
    assert site.left_in_inbox() == []


def test_entries_that_cannot_be_taken_do_not_use_up_a_senders_share(
    site: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "MOST_OF_A_SENDER", 2)
    for number in range(4):
        (site.folder() / f"a{number}").mkdir()
    site.drop("z.csv", roster(pupils(1)))
    site.work()
    assert site.outcomes() == {"z.csv": ("accepted", None)}


def test_no_stage_is_decided_while_files_of_a_sender_still_wait_for_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "MOST_OF_A_SENDER", 1)
    with rehearsed(make_site(tmp_path / "site"), START) as made:
        for path, data in small_season([Person(0), Person(1)]).items():
            (made.site.inbox / path).write_bytes(data)
        (made.folder() / "more.csv").write_bytes(roster(pupils(1, first=9)))
        made.clock.advance_to(instant(REGISTERED, "Asia/Almaty"))
        made.worker.turn()
        assert made.parts.intake.behind
        assert [name for name, _ in made.events if name.startswith("run.")] == []
        made.work(instant(REGISTERED, "Asia/Almaty"))
        assert made.parts.intake.behind == set()
        assert "run.settled" in {name for name, _ in made.events}


# --- files without end ---


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A site that takes files of 64 KB at most."""
    root = make_site(tmp_path / "site")
    change(root, 'file = "512MB"', 'file = "64KB"')
    return root


LARGE = roster(pupils(2000))


def _refused_as_large(made: Bench) -> dict[str, object]:
    delivery = made.delivery("large.csv")
    assert (delivery["state"], delivery["code"], delivery["placed"]) == ("refused", "too-large", True)
    return delivery


def test_a_file_over_the_limit_is_kept_and_its_digest_is_not_made_up(small: Path) -> None:
    made = Bench(small)
    path = made.drop("large.csv", LARGE)
    made.drop("large.csv.p7s", b"\x30\x80")
    inode = path.stat().st_ino
    made.work()
    delivery = _refused_as_large(made)
    (kept,) = made.resting_places(delivery)
    assert (kept.stat().st_ino, kept.read_bytes()) == (inode, LARGE)
    assert kept.with_name("file.p7s").read_bytes() == b"\x30\x80"
    assert made.reason(delivery)["sha256"] is None
    assert made.receipt(delivery)["transport"] == {"bytes": len(LARGE), "sha256": None}
    assert made.left_in_inbox() == []
    made.close()


def test_a_file_over_the_limit_is_taken_in_once_the_limit_is_raised(small: Path) -> None:
    made = Bench(small)
    made.drop("large.csv", LARGE)
    made.drop("large-too.csv", LARGE + b"\n")
    made.work()
    delivery = _refused_as_large(made)
    made.close()
    requeue_delivery(small, str(delivery["id"]), LATER)
    again = Bench(small)
    _refused_as_large(again)
    again.close()
    change(small, 'file = "64KB"', 'file = "1MB"')
    requeue_delivery(small, str(delivery["id"]), LATER)
    last = Bench(small)
    taken = last.delivery("large.csv")
    assert (taken["state"], taken["rows"]) == ("accepted", 2000)
    assert taken["sha256"] == last.receipt(taken)["transport"]["sha256"] == hashlib.sha256(LARGE).hexdigest()
    assert [kept.read_bytes() for kept in last.resting_places(taken)] == [LARGE]
    last.drop("link.csv", b"").unlink()
    (last.folder() / "link.csv").symlink_to("/nowhere")
    last.work()
    assert len({row["id"] for row in last.deliveries()}) == 3
    assert list(last.site.staging.iterdir()) == []
    last.close()


def test_whoever_holds_the_kept_file_open_changes_nothing_that_is_taken(small: Path) -> None:
    made = Bench(small)
    with made.drop("large.csv", LARGE).open("ab") as held:
        made.work()
        delivery = _refused_as_large(made)
        made.close()
        change(small, 'file = "64KB"', 'file = "1MB"')
        requeue_delivery(small, str(delivery["id"]), LATER)
        held.write(roster([pupil(5000)]))
    last = Bench(small)
    (kept,) = last.resting_places(last.delivery("large.csv"))
    assert kept.read_bytes() == LARGE
    last.close()


def test_a_file_over_the_limit_is_copied_from_another_disk(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = os.rename

    def across(source: str | Path, target: str | Path, **named: int) -> None:
        if "src_dir_fd" in named:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        moved(source, target, **named)

    made = Bench(small)
    monkeypatch.setattr(os, "rename", across)
    made.drop("large.csv", LARGE)
    made.work()
    (kept,) = made.resting_places(_refused_as_large(made))
    assert kept.read_bytes() == LARGE
    assert made.left_in_inbox() == []
    made.close()


def test_what_takes_the_place_of_a_file_over_the_limit_does_not_come_into_quarantine(
    small: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, moved = Bench(small), os.rename
    path = made.drop("large.csv", LARGE)

    def swapped(source: str | Path, target: str | Path, **named: int) -> None:
        if "src_dir_fd" in named:
            path.unlink()
            path.symlink_to(victim / "small.csv")
        moved(source, target, **named)

    with monkeypatch.context() as attack:
        attack.setattr(os, "rename", swapped)
        made.parts.intake.sweep(made.clock.now())
    assert made.resting_places(_refused_as_large(made)) == []
    assert path.is_symlink()
    assert (victim / "small.csv").is_file()
    made.close()


def test_a_file_over_the_limit_survives_a_death_before_it_was_decided(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Bench(small)
    made.drop("large.csv", LARGE)
    with monkeypatch.context() as death:
        death.setattr(decide.Desk, "refuse", lambda *_: False)
        made.parts.intake.sweep(made.clock.now())
    assert [row["state"] for row in made.deliveries()] == ["claimed"]
    made.work()
    (kept,) = made.resting_places(made.delivery("large.csv"))
    assert kept.read_bytes() == LARGE
    made.close()


# --- what the machine could not do ---


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("module", "name"), [(claim, "_copy"), (decide, "ingest"), (place, "put")], ids=["claim", "read", "place"]
)
def test_a_run_that_had_to_leave_files_fails_with_a_sentence_and_the_next_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    root = make_site(tmp_path / "site")
    path = root / "inbox" / "ministry" / CONTEST / "list.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(roster(pupils(1)))
    with monkeypatch.context() as broken:
        broken.setattr(module, name, _full)
        with pytest.raises(LeftUndone, match=r"^1 file could not .*\.$"):
            run_once(root, LATER, as_json=False)
    run_once(root, LATER, as_json=False)
    made = Bench(root)
    assert made.outcomes() == {"list.csv": ("accepted", None)}
    made.close()


def test_a_file_that_its_sender_has_locked_is_no_fault_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def guarded(path: str | Path, *more: int, **named: int) -> int:
        if path == "locked.csv":  # root reads everything, so the refusal is made here
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *more, **named)

    with bench(tmp_path / "site") as made:
        monkeypatch.setattr(os, "open", guarded)
        made.drop("locked.csv", roster(pupils(1)))
        made.work()
        assert made.parts.intake.left() == 0


def test_a_broken_off_copy_of_a_file_over_the_limit_does_not_go_on_filling_the_disk(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, moved, read = Bench(small), os.rename, os.read

    def across(source: str | Path, target: str | Path, **named: int) -> None:
        if "src_dir_fd" in named:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        moved(source, target, **named)

    def failing(source: int, most: int) -> bytes:
        if list(made.site.staging.iterdir()):
            raise OSError(errno.EIO, "Input/output error")
        return read(source, most)

    made.drop("large.csv", LARGE)
    with monkeypatch.context() as broken:
        broken.setattr(os, "rename", across)
        broken.setattr(os, "read", failing)
        made.parts.intake.sweep(made.clock.now())
    assert list(made.site.staging.iterdir()) == []
    assert made.parts.intake.left() == 1
    assert made.left_in_inbox() == [f"ministry/{CONTEST}/large.csv"]
    made.work()
    _refused_as_large(made)
    made.close()
