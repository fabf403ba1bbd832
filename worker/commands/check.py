"""`baiqau check`: everything that can be found wrong before anything starts."""

import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from worker.bootstrap import calendar_of, load_rulebook
from worker.clock import ensure_tzdata
from worker.commands.cases import Heard, hear_site
from worker.commands.printing import print_json, say
from worker.commands.seasons import order_faults, read_season, season_warnings
from worker.deliver.acts import read_act_words
from worker.deliver.keys import expiry_warning, list_keys, load_authority, load_signer
from worker.deliver.mail import Letters, check_relay
from worker.schedule.cron import Cron
from worker.secrets import read_secret
from worker.settings import Mail, Settings, parse_settings
from worker.site import RESOURCES
from worker.workdays import estimated, read_overrides

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
    cases: list[Heard] = field(default_factory=list)

    def collect(self, act: Callable[[], object]) -> None:
        """Do it; what it refuses is a fault."""
        try:
            act()
        except BaiqauError as fault:
            self.faults.append(str(fault))


def check_site(root: Path, *, as_json: bool, cases: bool = False) -> bool:
    """Print every fault, then the warnings, notes and readings; whether there is no fault.

    `cases`: the sentences beside each rulebook are run too, and one that does not hold is a fault.
    """
    found = Found()
    found.collect(ensure_tzdata)
    settings = parse_settings(root / "settings.toml", found.faults)
    if settings is not None:
        _check_rulebooks(root, settings, found)
        _check_calendar(root, settings, found)
        _check_senders(settings, found)
        _check_times(root, settings, found)
        _check_keys(root, settings, found)
        _check_modes(root, settings, found)
        _check_templates(root, found)
        _check_mail(settings.mail, found)
        if cases:
            _check_cases(root, settings, found)
    _print(found, as_json=as_json)
    return not found.faults


def _check_rulebooks(root: Path, settings: Settings, found: Found) -> None:
    now, workdays = datetime.now(UTC), calendar_of(root, settings)
    for name in settings.site.contests:
        path = root / "contests" / f"{name}.toml"
        try:
            book = load_rulebook(path, workdays)
        except BaiqauError as fault:
            found.faults.append(str(fault))
            continue
        found.rulebooks.append(book)
        if book.contest != name:
            found.faults.append(f"{path}: contest is {book.contest!r}; name the file after it.")
        season = read_season(book, path)
        found.faults.extend(order_faults(season))
        found.warnings.extend(season_warnings(season, now))


def _check_cases(root: Path, settings: Settings, found: Found) -> None:
    contests = [book.contest for book in found.rulebooks]
    for heard in hear_site(root / "contests", contests, calendar_of(root, settings)):
        found.cases.append(heard)
        if heard.not_run is not None:
            found.notes.append(f"the cases of {heard.contest} are not run: {heard.not_run}.")
        if heard.fault is not None:
            found.faults.append(f"the cases of {heard.contest} are not run: {heard.fault}.")
        for clause, says, why in heard.failures:
            found.faults.append(f"{heard.contest}, clause {clause}: {says} Not so: {why}.")


def _check_calendar(root: Path, settings: Settings, found: Found) -> None:
    """The file of changed days is read even where no rulebook counts working days: one may tomorrow."""
    if settings.calendar.overrides:
        found.collect(lambda: read_overrides(root / settings.calendar.overrides))
    counting = [book for book in found.rulebooks if book.workdays]
    if not counting:
        return
    moments = [at.date() for book in counting for at in book.moments.values()]
    guesses = ", ".join(str(day) for day in estimated(min(moments), max(moments)))
    reckoned = f"; reckoned in advance, so that an order may move it: {guesses}" if guesses else ""
    found.notes.append(
        f"working days of {', '.join(book.contest for book in counting)} are counted by "
        f"{counting[0].workdays.version}{reckoned}."
    )


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


@dataclass(frozen=True)
class _Reading:
    """How a question is read, and the other ways to read it that are written down."""

    contest: str
    question: str
    text: str
    otherwise: tuple[str, ...]


def _readings(rulebooks: Sequence[Rulebook]) -> Iterator[_Reading]:
    for book in rulebooks:
        for question, text in book.readings:
            named = {part.strip() for part in question.split(",")}
            others = tuple(other.says for other in book.alternatives if other.question in named)
            yield _Reading(book.contest, question, text, others)


def _print(found: Found, *, as_json: bool) -> None:
    readings = list(_readings(found.rulebooks))
    if as_json:
        print_json(_as_json(found, readings))
        return
    for name, sentences in (("FAULT", found.faults), ("warning", found.warnings), ("note", found.notes)):
        for sentence in sentences:
            say(f"{name:7}  {sentence}")
    for reading in readings:
        say(f"reading  {reading.contest} {reading.question}: {reading.text}")
        for other in [f"or: {way}" for way in reading.otherwise] or ["no other way to read it is written"]:
            say(f"         {other}")
    for heard in found.cases:
        if heard.outcomes:
            failed = sum(bool(outcome.failures) for outcome in heard.outcomes)
            say(f"cases    {heard.contest}: {len(heard.outcomes) - failed} hold, {failed} do not")
    count = len(found.faults)
    say(f"{count} fault{'s' * (count > 1)}" if count else "no faults")


def _as_json(found: Found, readings: Sequence[_Reading]) -> dict[str, object]:
    told: dict[str, object] = {"faults": found.faults, "warnings": found.warnings, "notes": found.notes}
    told["readings"] = [(each.contest, each.question, each.text) for each in readings]
    told["alternatives"] = [
        (each.contest, each.question, other) for each in readings for other in each.otherwise
    ]
    told["one_way_only"] = [(each.contest, each.question) for each in readings if not each.otherwise]
    if found.cases:
        told["cases"] = [_heard(heard) for heard in found.cases]
    return told


def _heard(heard: Heard) -> dict[str, object]:
    failed = [{"clause": clause, "says": says, "why": why} for clause, says, why in heard.failures]
    counts = {"cases": len(heard.outcomes), "failed": failed, "not_run": heard.not_run or heard.fault}
    return {"contest": heard.contest, **counts}
