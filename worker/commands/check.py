"""`baiqau check`: everything that can be found wrong before anything starts."""

import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from worker.bootstrap import load_rulebook
from worker.clock import ensure_tzdata
from worker.commands.printing import print_json, say
from worker.commands.seasons import order_faults, read_season, season_warnings
from worker.deliver.acts import read_act_words
from worker.deliver.keys import expiry_warning, list_keys, load_authority, load_signer
from worker.deliver.mail import Letters, check_relay
from worker.schedule.cron import Cron
from worker.secrets import read_secret
from worker.settings import Mail, Settings, parse_settings
from worker.site import RESOURCES

PATIENCE = 1.0  # seconds for the relay to answer: whoever types `check` is waiting
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
WORDS = "words.toml"
ACT_WORDS = Path("act") / "words.toml"


@dataclass
class Found:
    """Faults forbid a start, warnings are probably mistakes, notes are about the world outside."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rulebooks: list[Rulebook] = field(default_factory=list)

    def collect(self, act: Callable[[], object]) -> None:
        """Do it; what it refuses is a fault."""
        try:
            act()
        except BaiqauError as fault:
            self.faults.append(str(fault))


def check_site(root: Path, *, as_json: bool) -> bool:
    """Print every fault, then the warnings, notes and readings; whether there is no fault."""
    found = Found()
    found.collect(ensure_tzdata)
    settings = parse_settings(root / "settings.toml", found.faults)
    if settings is not None:
        _check_rulebooks(root, settings, found)
        _check_senders(settings, found)
        _check_times(root, settings, found)
        _check_keys(root, settings, found)
        _check_modes(root, settings, found)
        _check_templates(root, found)
        _check_mail(settings.mail, found)
    _print(found, as_json=as_json)
    return not found.faults


def _check_rulebooks(root: Path, settings: Settings, found: Found) -> None:
    now = datetime.now(UTC)
    for name in settings.site.contests:
        path = root / "contests" / f"{name}.toml"
        try:
            book = load_rulebook(path)
        except BaiqauError as fault:
            found.faults.append(str(fault))
            continue
        found.rulebooks.append(book)
        if book.contest != name:
            found.faults.append(f"{path}: contest is {book.contest!r}; name the file after it.")
        season = read_season(book, path)
        found.faults.extend(order_faults(season))
        found.warnings.extend(season_warnings(season, now))


def _check_senders(settings: Settings, found: Found) -> None:
    for name, sender in settings.senders.items():
        for contest in sorted(set(sender.contests) - set(settings.site.contests)):
            found.faults.append(
                f"settings.toml: senders.{name}.contests: {contest!r} is not in site.contests."
            )
    reserved = {"public", "requests", "operator"} & set(settings.senders)
    for name in sorted(reserved):
        found.faults.append(
            f"settings.toml: senders.{name}: the outbox keeps that name for itself; choose another."
        )


def _check_times(root: Path, settings: Settings, found: Found) -> None:
    for name, entry in settings.schedules.items():
        try:
            Cron(entry.cron, settings.site.timezone)
        except BaiqauError as fault:
            found.faults.append(f"{root / 'settings.toml'}: schedules.{name}.cron: {fault}")


def _check_keys(root: Path, settings: Settings, found: Found) -> None:
    keys, now = settings.keys, datetime.now(UTC)
    found.collect(lambda: load_authority(root / keys.authority))
    found.collect(lambda: load_signer(root / keys.signing, root / keys.passphrase, now))
    found.collect(lambda: read_secret(root / keys.pseudonyms))
    if settings.mail.username:
        found.collect(lambda: read_secret(root / settings.mail.password))
    for record in list_keys((root / keys.signing).parent, now):
        if days := expiry_warning(record):
            found.warnings.append(f"the key {record.id} expires within {days} days; make a new one.")


def _check_modes(root: Path, settings: Settings, found: Found) -> None:
    """Whoever can write these decides what the worker decides."""
    folders = {root / "contests", (root / settings.keys.signing).parent}
    within = [path for folder in sorted(folders) if folder.is_dir() for path in sorted(folder.iterdir())]
    for path in (root, root / "settings.toml", *sorted(folders), *within):
        if path.exists() and path.stat().st_mode & OTHERS_WRITE:
            found.faults.append(
                f"{path}: others than its owner can write it (mode {stat.S_IMODE(path.stat().st_mode):04o}); "
                f"chmod go-w {path}"
            )


def _check_templates(root: Path, found: Found) -> None:
    """Every installed template has to be there: which language a letter needs is not known before."""
    installed, folder = RESOURCES / "templates", root / "templates"
    wanted = sorted(path for path in installed.rglob("*") if path.is_file() and path.name[0] not in "._")
    for path in wanted:
        here = folder / path.relative_to(installed)
        if not here.is_file():
            found.faults.append(f"{here}: is missing; copy it from {path}.")
    if (folder / WORDS).is_file():
        found.collect(lambda: Letters(folder))
    if (folder / ACT_WORDS).is_file():
        found.collect(lambda: read_act_words(folder / ACT_WORDS))


def _check_mail(mail: Mail, found: Found) -> None:
    before = len(found.faults)
    found.collect(lambda: check_relay(mail))
    if len(found.faults) > before:
        return
    try:
        socket.create_connection((mail.host, mail.port), timeout=PATIENCE).close()
    except OSError as fault:
        why = fault.strerror or str(fault) or "no answer"
        found.notes.append(
            f"the mail relay {mail.host}:{mail.port} does not answer now ({why}); letters wait until it does."
        )


def _readings(rulebooks: Sequence[Rulebook]) -> Iterator[tuple[str, str, str]]:
    for book in rulebooks:
        for question, text in book.readings:
            yield book.contest, question, text


def _print(found: Found, *, as_json: bool) -> None:
    readings = list(_readings(found.rulebooks))
    if as_json:
        told = {"faults": found.faults, "warnings": found.warnings, "notes": found.notes}
        print_json({**told, "readings": readings})
        return
    for name, sentences in (("FAULT", found.faults), ("warning", found.warnings), ("note", found.notes)):
        for sentence in sentences:
            say(f"{name:7}  {sentence}")
    for contest, question, text in readings:
        say(f"reading  {contest} {question}: {text}")
    count = len(found.faults)
    say(f"{count} fault{'s' * (count > 1)}" if count else "no faults")
