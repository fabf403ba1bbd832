"""`baiqau rehearse` and `baiqau demo`: a season on a virtual clock, on real parts."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from worker.bootstrap import load_rulebook, load_rulebooks, wire
from worker.clock import VirtualClock
from worker.commands.init import VALID_FROM, init_site
from worker.commands.opening import opened
from worker.commands.printing import say
from worker.cycle import Worker
from worker.events import quiet
from worker.rehearsal.beacon import rehearsal_chain
from worker.rehearsal.drive import Rehearsal, start_of
from worker.rehearsal.mail_server import mail_server
from worker.rehearsal.seasons import made_up
from worker.rehearsal.summary import Verified, lines, verify_outbox
from worker.settings import read_settings
from worker.site import Site, open_site
from worker.store.database import sole_worker

SEED = 2026


def rehearse_contest(root: Path, contest: str, keep: Path | None) -> bool:
    """Rehearse by the rulebook and the templates of the site in `root`; its data stay untouched."""
    site = opened(root)
    contests = _of_one_broadcast(site, contest)
    with folder_for(keep) as folder:
        scratch = folder / "site"
        init_site(scratch, contests, quietly=True)
        _copy_over(site, scratch, contests)
        return run_season(scratch)


def _of_one_broadcast(site: Site, contest: str) -> list[str]:
    """The contest, and those of the site whose draws are committed to together with its own."""
    book = load_rulebook(site.contests / f"{contest}.toml")
    others = [
        each for each in load_rulebooks(site).values() if book.broadcast and each.broadcast == book.broadcast
    ]
    return sorted({contest, *(each.contest for each in others)}, reverse=True)


def _copy_over(site: Site, scratch: Path, contests: list[str]) -> None:
    for contest in contests:
        shutil.copy(site.contests / f"{contest}.toml", scratch / "contests")
    shutil.copytree(site.templates, scratch / "templates", dirs_exist_ok=True)


@contextmanager
def folder_for(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="baiqau-") as made:
        yield Path(made)


def run_season(root: Path, *, seed: int = SEED) -> bool:
    """Run a whole season of all contests of the site `root` and print its summary; whether all that came out
    verifies."""
    books = load_rulebooks(open_site(root))
    drops = made_up(books, seed=seed)
    clock = VirtualClock(start_of(drops))
    with mail_server(root / "mailbox") as (host, port), _progress() as progress:
        adjust(root, host, port)
        site = open_site(root)
        with sole_worker(site.root):
            parts = wire(site, clock, quiet)
            task = progress.add_task("season", total=len(drops))
            rehearsal = Rehearsal(site, Worker(parts), clock, drops, lambda line: _tell(progress, task, line))
            rehearsal.run()
            progress.update(task, description="verifying")
            verified = verify_outbox(parts)
    for line in lines(parts):
        say(line)
    _say_verified(verified)
    parts.engine.dispose()
    return verified.ok


def adjust(root: Path, host: str, port: int) -> None:
    """Settings of a rehearsal: its own mail server and beacon, and files that are whole as soon as they are there."""
    path = root / "settings.toml"
    text = path.read_text(encoding="utf-8")
    changes = {
        "host = ": f'"{host}"',
        "port = ": str(port),
        "stable_for = ": '"0s"',
        "chain = ": '"test"                # a test chain of this rehearsal: its rounds are known beforehand',
    }
    for line, value in changes.items():
        text = _replace_line(text, line, value)
    path.write_text(text, encoding="utf-8")
    _give_beacon(root)


def _give_beacon(root: Path) -> None:
    """A test chain of our own, whose every round the rehearsal knows."""
    _, chain = rehearsal_chain(VALID_FROM)
    facts = json.dumps(chain.as_dict(), indent=1) + "\n"
    (root / read_settings(root / "settings.toml").draws.test_chain).write_text(facts, encoding="utf-8")


def _replace_line(text: str, start: str, value: str) -> str:
    return "\n".join(start + value if line.startswith(start) else line for line in text.split("\n"))


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True, redirect_stdout=False) as progress:
        yield progress


def _tell(progress: Progress, task: "object", line: str) -> None:
    if progress.console.is_terminal:
        progress.update(task, description=line)  # type: ignore[arg-type]  # a TaskID
    else:
        typer.echo(line)


def _say_verified(verified: Verified) -> None:
    for finding in verified.failures:
        say(f"NOT VERIFIED {finding.path}: {finding.why}")
    for path in verified.openssl_failures:
        say(f"NOT VERIFIED by openssl: {path}")
    stock = (
        ""
        if verified.openssl is None
        else f"; openssl accepts {verified.openssl - len(verified.openssl_failures)} of {verified.openssl} signatures"
    )
    say(f"verified   {verified.files} files, {len(verified.failures)} failures{stock}")
