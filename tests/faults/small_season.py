"""Runs that can be killed anywhere: what each crosses when nothing happens, and the same with a SIGKILL at k.

Five runs: the whole small season; a draw from its pool on; a correction of what was published; one turn over an inbox
with every kind of file; a requeued delivery. The mail server lives in this process and outlives the worker's, so it can
count what really arrived.
"""

import hashlib
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from correction_season import published_site
from draw_season import pooled_site
from fork_server import CONTEST, SEED, ForkServer, Order
from site_state import State, contradictions, differences, everything, faults, files_below, look, meaning

from worker.bootstrap import load_rulebook
from worker.commands.init import init_site
from worker.commands.rehearse import adjust
from worker.rehearsal.mail_server import mail_server
from worker.rehearsal.season import SMALL, make_season

Play = Literal["season", "draw", "correction", "once", "requeue"]

_MEMORY = Path("/dev/shm")
_ENOUGH = 1 << 30
_SELDOM = {"0 9 * * *": "0 9 1 * *", "30 23 * * *": "30 23 1 * *"}
"""Reports once a month: the twelfth of a season crosses what the first did."""


@dataclass(frozen=True)
class Crossing:
    """The k-th crossing of a whole run: the `nth` of a run from a copy of the site in `start`.

    A season is not begun anew for each k: `start` is how the clean season stood before the moment in which k
    falls, copied while the inbox was empty and the worker idle (`later`: it first finds that nothing is due).
    """

    k: int
    name: str
    start: Path
    nth: int
    later: bool

    def __str__(self) -> str:
        return f"k={self.k} ({self.name})"


@dataclass(frozen=True)
class Run:
    """A run that went well: what it crossed and what came of it."""

    play: Play
    crossings: tuple[Crossing, ...]
    clean: State
    delivery: str = ""


@contextmanager
def scratch(usual: Path) -> Iterator[Path]:
    """A folder for thousands of small files: in memory where there is room, else `usual`."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        with tempfile.TemporaryDirectory(prefix="baiqau-kills-", dir=_MEMORY) as made:
            yield Path(made)
    else:
        yield usual


# --- clean runs ---


def clean_season(server: ForkServer, folder: Path) -> Run:
    """The small season from before its first file to after its last."""
    return _moment_by_moment(server, make_base(folder), folder, "season")


def clean_draw(server: ForkServer, folder: Path) -> Run:
    """A draw from before its lists are committed to until after the last annulment."""
    base = pooled_site(folder / "base")
    _report_seldom(base)
    return _moment_by_moment(server, base, folder, "draw")


def clean_correction(server: ForkServer, folder: Path) -> Run:
    """Changed marks from before they come to after what was published by the old ones is corrected."""
    base = published_site(folder)
    _report_seldom(base)
    return _moment_by_moment(server, base, folder, "correction")


def _moment_by_moment(server: ForkServer, base: Path, folder: Path, play: Play) -> Run:
    copies = folder / "copies"
    names = _run_clean(server, base, folder, Order("", play, copies=str(copies)))
    ends = [
        int((copies / f"{n}.crossings").read_text()) for n in range(len(list(copies.glob("*.crossings"))))
    ]
    for moment in range(len(ends)):  # a file copied there would be another file: claims go by inodes
        assert files_below(copies / str(moment) / "inbox") == []
    begins = [0, *ends[:-1]]
    crossings = []
    for moment, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        start = copies / str(moment - 1) if moment else base
        crossings += [
            Crossing(k, names[k - 1], start, k - begin, later=moment > 0) for k in range(begin + 1, end + 1)
        ]
    return Run(play, tuple(crossings), meaning(folder / "clean"))


def clean_turn(server: ForkServer, folder: Path) -> Run:
    """One run over an inbox with every kind of file and companion."""
    base = make_base(folder)
    fill_inbox(base)
    names = _run_clean(server, base, folder, Order("", "once"))
    return Run("once", _all_from(base, names), meaning(folder / "clean"))


def clean_requeue(server: ForkServer, folder: Path) -> Run:
    """A file refused because of a setting, taken in again after the setting was mended."""
    base = make_base(folder)
    _change(base, 'feeds = ["roster"]', 'feeds = ["quotas"]')
    drop = make_season(load_rulebook(base / "contests" / f"{CONTEST}.toml"), SMALL, seed=SEED).drops[0]
    (base / "inbox" / drop.path).write_bytes(drop.data)
    assert server.obey(Order(str(base), "once")) == 0
    _change(base, 'feeds = ["quotas"]', 'feeds = ["roster"]')
    (delivery,) = look(base)[0].rows("deliveries")
    assert delivery["code"] == "feed-not-allowed"
    names = _run_clean(server, base, folder, Order("", "requeue", delivery=delivery["id"]))
    return Run("requeue", _all_from(base, names), meaning(folder / "clean"), delivery["id"])


def make_base(folder: Path) -> Path:
    """A new site that reports seldom."""
    base = folder / "base"
    init_site(base, [CONTEST], quietly=True)
    _report_seldom(base)
    return base


def _report_seldom(base: Path) -> None:
    for old, new in _SELDOM.items():
        _change(base, f'cron = "{old}"', f'cron = "{new}"')


def fill_inbox(root: Path) -> None:
    """Every kind of outcome; senders who announce their files by a checksum and by a done-file."""
    _complete_by(root, "test-centre", "checksum")
    _complete_by(root, "schools", "done-file")
    season = make_season(load_rulebook(root / "contests" / f"{CONTEST}.toml"), SMALL, seed=SEED)
    data = {drop.path.split("/")[-1].split(".")[0]: drop.data for drop in season.drops}
    quotas = next(drop.data for drop in season.drops if drop.path.startswith("schools/"))
    roster, ruined, other = (drop.data for drop in season.drops[:3])
    inbox = root / "inbox"
    ministry, centre, schools = (inbox / name / CONTEST for name in ("ministry", "test-centre", "schools"))
    (ministry / "list.xlsx").write_bytes(roster)
    (ministry / "list again.xlsx").write_bytes(roster)
    (ministry / "ruined.csv").write_bytes(ruined)
    (ministry / "link.csv").symlink_to("/etc/hostname")
    (centre / "keys.csv").write_bytes(data["keys-stage-1"])
    (centre / "keys.csv.sha256").write_text(_sha256(data["keys-stage-1"]), encoding="ascii")
    (centre / "wrong.csv").write_bytes(data["keys-stage-2"])
    (centre / "wrong.csv.sha256").write_text("0" * 64, encoding="ascii")
    (schools / "quotas.xlsx").write_bytes(quotas)
    (schools / "done").touch()
    (inbox / "nobody" / CONTEST).mkdir(parents=True)
    (inbox / "nobody" / CONTEST / "list.csv").write_bytes(other)


def _complete_by(root: Path, sender: str, convention: str) -> None:
    """Change how a sender of settings.toml announces its files."""
    path = root / "settings.toml"
    before, after = path.read_text(encoding="utf-8").split(f"[senders.{sender}]")
    changed = after.replace('complete = "stable"', f'complete = "{convention}"', 1)
    path.write_text(f"{before}[senders.{sender}]{changed}", encoding="utf-8")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _change(root: Path, old: str, new: str) -> None:
    path = root / "settings.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"settings.toml has no {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _all_from(base: Path, names: Sequence[str]) -> tuple[Crossing, ...]:
    return tuple(Crossing(k, name, base, k, later=False) for k, name in enumerate(names, 1))


def _run_clean(server: ForkServer, base: Path, folder: Path, order: Order) -> list[str]:
    """The names of what is crossed on the way from `base` to `folder`/clean."""
    log = folder / "crossings.log"
    with served_copy(base, folder / "clean") as root:
        order = Order(str(root), order.play, log=str(log), copies=order.copies, delivery=order.delivery)
        assert server.obey(order) == 0
        found = faults(root)
        assert found == [], f"wrong without any interruption: {found}"
    return _crossed(log)


def _crossed(log: Path) -> list[str]:
    return [line.split()[1] for line in log.read_text(encoding="utf-8").splitlines()]


@contextmanager
def served_copy(start: Path, root: Path) -> Iterator[Path]:
    """A copy of a site, with a mail server that keeps its letters beside those it had."""
    shutil.copytree(start, root, symlinks=True)
    with mail_server(root / "mailbox") as (host, port):
        adjust(root, host, port)
        yield root


# --- killed runs ---


def kill_and_restart(
    server: ForkServer, run: Run, crossing: Crossing, folder: Path, *, again: Sequence[int] = ()
) -> list[str]:
    """What is wrong after a SIGKILL at the crossing, a restart, and one more run; each names the crossing.

    `again`: as many further restarts are killed too, each at that crossing of its own.
    """
    with served_copy(crossing.start, folder / f"{run.play}-{crossing.k}") as root:
        found = list(_killed(server, run, crossing, root, again))
    shutil.rmtree(root)
    return [f"{crossing}: {fault}" for fault in found]


def _killed(
    server: ForkServer, run: Run, crossing: Crossing, root: Path, again: Sequence[int]
) -> Iterator[str]:
    log = root.with_suffix(".log")
    log.unlink(missing_ok=True)
    order = Order(
        str(root), run.play, crossing.nth, later=crossing.later, log=str(log), delivery=run.delivery
    )
    if (ended := server.obey(order)) != -signal.SIGKILL:
        yield f"the worker was to be killed, but ended with {ended}"
        return
    if (died_at := _crossed(log)[-1]) != crossing.name:
        yield f"died at {died_at}: two runs do not take the same road"
    yield from contradictions(run.clean, root)
    for nth in again:
        if (ended := server.obey(_restarted(run, root, kill_at=nth))) not in (0, -signal.SIGKILL):
            yield f"a restarted worker ended with {ended}"
    yield from _restart(server, run, root)
    yield from faults(root)
    yield from differences(run.clean, meaning(root))
    before = everything(root)
    yield from _restart(server, run, root)
    after = everything(root)
    yield from (f"one more run changed {part}" for part in before if before[part] != after[part])


def _restarted(run: Run, root: Path, *, kill_at: int = 0) -> Order:
    return Order(str(root), "once" if run.play == "requeue" else run.play, kill_at)


def _restart(server: ForkServer, run: Run, root: Path) -> Iterator[str]:
    if ended := server.obey(_restarted(run, root)):
        yield f"the restarted worker ended with {ended}"
    refused = run.delivery and look(root)[0].rows("deliveries")[0]["state"] == "refused"
    if refused and (ended := server.obey(Order(str(root), "requeue", delivery=run.delivery))):
        yield f"the repeated requeue ended with {ended}"
