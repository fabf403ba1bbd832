"""Faults of the machine around the worker: it stays alive, and every file waits for better times."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest
from live_worker import PROGRAM, Live, live, put
from machine import skip_or_fail
from site_state import faults, files_below, look
from sites import change, make_site, pupils, roster

from worker.site import open_site

NOW = "2026-01-12T06:00:00+00:00"
MANY = 40_000  # rows that take a few seconds to be read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make_site(tmp_path / "site")
    change(made, 'rescan_every = "5s"', 'rescan_every = "1s"')
    return made


@pytest.fixture
def worker(root: Path) -> Iterator[Live]:
    with live(root) as made:
        yield made


@pytest.fixture(scope="module")
def long_list() -> bytes:
    """A long list, ready before anybody waits for it."""
    return roster(pupils(MANY))


def outcomes(root: Path) -> dict[str, str]:
    return {row["name"]: row["state"] for row in look(root)[0].rows("deliveries")}


# --- a full disk ---


def test_a_full_disk_leaves_the_worker_alive_and_the_file_in_the_inbox_until_there_is_room(
    worker: Live,
) -> None:
    with worker.writing_refused():
        dropped = worker.drop("list.csv", roster(pupils(3)))
        worker.hear("worker.hindered")
        worker.hear("worker.hindered")

        assert dropped.is_file()
        assert worker.alive
    worker.hear("intake.accepted")
    worker.hear("publish.published", recipient="ministry")
    assert worker.stop() == 0
    assert outcomes(worker.root) == {"list.csv": "accepted"}
    assert faults(worker.root) == []


def test_a_staging_copy_that_meets_a_full_disk_is_made_when_there_is_room(worker: Live) -> None:
    full = open_site(worker.root).staging / f"draft-{worker.process.pid}"
    full.symlink_to("/dev/full")
    dropped = worker.drop("list.csv", roster(pupils(3)))
    worker.hear("intake.unsuitable")

    assert dropped.is_file()
    assert worker.alive
    full.unlink()
    worker.hear("intake.accepted")
    worker.hear("publish.published", recipient="ministry")
    assert worker.stop() == 0
    assert faults(worker.root) == []


@pytest.mark.parametrize("part", ["{delivery}.json.p7s", "{delivery}.json", "manifest.json"])
def test_a_publication_that_meets_a_full_disk_goes_out_when_there_is_room(
    worker: Live, long_list: bytes, part: str
) -> None:
    """The name of the draft is known once the file is claimed; reading it takes long enough to spoil it."""
    worker.drop("list.csv", long_list)
    delivery = worker.hear("intake.claimed")["delivery"]
    draft = f"{worker.process.pid}-{part.format(delivery=delivery)}"
    full = open_site(worker.root).drafts / draft
    full.symlink_to("/dev/full")
    worker.hear("publish.failed", "publish.waits")

    assert worker.alive
    full.unlink()
    worker.hear("publish.published", recipient="ministry")
    assert worker.stop() == 0
    assert outcomes(worker.root) == {"list.csv": "accepted"}
    assert faults(worker.root) == []


# --- the order of writes ---


@dataclass(frozen=True)
class Call:
    """A system call on a path; of a rename, the new name is `path` and the old one `other`."""

    name: str
    path: str
    other: str = ""


_ON_DESCRIPTOR = re.compile(r"(write|fsync)\(\d+<([^>]*)>")
_RENAME = re.compile(r'rename(?:at2?)?\((?:AT_FDCWD[^,]*, )?"([^"]*)", (?:AT_FDCWD[^,]*, )?"([^"]*)"')


def calls_of(trace: Path) -> Iterator[Call]:
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := _ON_DESCRIPTOR.search(line):
            yield Call(found[1], found[2])
        elif found := _RENAME.search(line):
            yield Call("rename", found[2], found[1])


@pytest.fixture
def traced(root: Path, tmp_path: Path) -> list[Call]:
    """The writes of one run that takes a file in and publishes its receipt."""
    if shutil.which("strace") is None:
        reason = "no strace here: the order of the system calls was not looked at"
        skip_or_fail(reason)
    put(root, "list.csv", roster(pupils(3)))
    trace = tmp_path / "trace"
    watch: list[str | Path] = ["strace", "-f", "-y", "-s", "0", "-o", str(trace), "--seccomp-bpf"]
    asked: list[str | Path] = ["-e", "trace=openat,write,fsync,rename,renameat,renameat2"]
    run: list[str | Path] = [PROGRAM, "run", "--once", "--now", NOW, "--site", root]
    subprocess.run([*watch, *asked, *run], check=True, capture_output=True, timeout=300)
    return list(calls_of(trace))


def test_every_file_of_the_outbox_is_written_flushed_renamed_and_its_folder_flushed(
    root: Path, traced: list[Call]
) -> None:
    for path in files_below(root / "outbox"):
        (renamed,) = (n for n, call in enumerate(traced) if (call.name, call.path) == ("rename", str(path)))
        draft, before = traced[renamed].other, traced[:renamed]

        assert last(before, Call("write", draft)) < last(before, Call("fsync", draft)), path
        assert traced[renamed + 1] == Call("fsync", str(path.parent)), path


def test_each_signature_comes_before_its_file_and_the_manifest_last(root: Path, traced: list[Call]) -> None:
    for home in sorted((root / "outbox").iterdir()):
        order = [call.path for call in traced if call.name == "rename" and call.path.startswith(f"{home}/")]
        signed = [path for path in order if f"{path}.p7s" in order]

        assert signed, home
        assert all(order.index(f"{path}.p7s") < order.index(path) for path in signed), home
        assert order[-1] == str(home / "manifest.json"), home


def last(calls: list[Call], wanted: Call) -> int:
    return max(number for number, call in enumerate(calls) if call == wanted)


# --- the inbox, other workers, signals ---


def test_an_inbox_that_is_removed_and_made_again_is_watched_again(worker: Live) -> None:
    shutil.rmtree(worker.root / "inbox")
    worker.hear("watch.inbox-missing")
    worker.drop("list.csv", roster(pupils(3)))
    worker.hear("intake.accepted")
    worker.hear("watch.restarted")
    worker.drop("second.csv", roster(pupils(3, first=3)))
    worker.hear("intake.accepted")

    assert worker.stop() == 0
    assert outcomes(worker.root) == {"list.csv": "accepted", "second.csv": "accepted"}


def test_a_second_worker_on_a_site_is_refused_in_one_sentence(worker: Live) -> None:
    second = subprocess.run(
        [PROGRAM, "run", "--site", worker.root], capture_output=True, text=True, check=False, timeout=120
    )

    assert second.returncode == 1
    assert len(second.stderr.strip().splitlines()) == 1
    assert "another worker is running" in second.stderr
    assert worker.alive


def test_sigterm_in_the_middle_of_a_turn_lets_the_turn_finish(worker: Live, long_list: bytes) -> None:
    worker.drop("list.csv", long_list)
    worker.hear("intake.claimed")

    assert worker.stop() == 0
    worker.hear("intake.accepted")
    worker.hear("publish.published", recipient="ministry")
    assert worker.hear("worker.stopped")
    assert outcomes(worker.root) == {"list.csv": "accepted"}
    assert faults(worker.root) == []


# --- the reader of files ---


def test_a_reader_killed_while_it_reads_costs_its_file_a_reason_and_the_worker_nothing(
    worker: Live, long_list: bytes
) -> None:
    worker.drop("list.csv", long_list)
    worker.hear("intake.claimed")
    wait_for(worker.readers)[0].kill()
    refused = worker.hear("intake.refused", "intake.accepted")
    worker.drop("second.csv", roster(pupils(3)))
    worker.hear("intake.accepted")

    assert refused["code"] == "reader-killed"
    assert worker.stop() == 0
    assert outcomes(worker.root) == {"list.csv": "refused", "second.csv": "accepted"}
    assert faults(worker.root) == []


def test_a_file_is_read_again_when_its_reader_died_with_the_server_that_forks_readers(
    worker: Live, long_list: bytes
) -> None:
    worker.drop("list.csv", long_list)
    worker.hear("intake.claimed")
    reader = wait_for(worker.readers)[0]
    reader.parent().kill()
    reader.kill()
    worker.hear("intake.failed")
    worker.hear("intake.accepted")

    assert worker.stop() == 0
    assert outcomes(worker.root) == {"list.csv": "accepted"}
    assert faults(worker.root) == []


def wait_for(look_again: Callable[[], list[psutil.Process]]) -> list[psutil.Process]:
    until = time.monotonic() + 60
    while not (found := look_again()):
        assert time.monotonic() < until, "no reader was started"
        time.sleep(0.002)
    return found
