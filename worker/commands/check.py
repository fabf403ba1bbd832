"""`baiqau check`: everything that can be found wrong before anything starts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from worker.bootstrap import load_rulebook
from worker.clock import ensure_tzdata
from worker.commands.printing import print_json, say
from worker.deliver.keys import expiry_warning, list_keys, load_authority, load_signer
from worker.deliver.mail import Letters, check_relay
from worker.schedule.cron import Cron
from worker.secrets import read_secret
from worker.settings import Settings, parse_settings

TEMPLATES = (
    "pages/list.typ",
    "pages/act.typ",
    "pages/result.html.j2",
    "pages/request.html.j2",
    "diploma/diploma.typ",
)


def check_site(root: Path, *, as_json: bool) -> bool:
    """Print every fault, then the readings; whether there is no fault."""
    faults: list[str] = []
    warnings: list[str] = []
    rulebooks: list[Rulebook] = []
    _collect(faults, ensure_tzdata)
    settings = parse_settings(root / "settings.toml", faults)
    if settings is not None:
        rulebooks = _check_rulebooks(root, settings, faults)
        _check_senders(settings, faults)
        _check_times(root, settings, faults)
        _check_keys(root, settings, faults, warnings)
        _check_templates(root, faults)
        _collect(faults, lambda: check_relay(settings.mail))
    _print(faults, warnings, rulebooks, as_json=as_json)
    return not faults


def _collect(faults: list[str], act: Callable[[], object]) -> None:
    try:
        act()
    except BaiqauError as fault:
        faults.append(str(fault))


def _check_rulebooks(root: Path, settings: Settings, faults: list[str]) -> list[Rulebook]:
    found: list[Rulebook] = []
    for name in settings.site.contests:
        path = root / "contests" / f"{name}.toml"
        _collect(faults, partial(_load, path, found))
        if found and found[-1].contest != name and path.is_file():
            faults.append(f"{path}: contest is {found[-1].contest!r}; name the file after it.")
    return found


def _load(path: Path, found: list[Rulebook]) -> None:
    found.append(load_rulebook(path))


def _check_senders(settings: Settings, faults: list[str]) -> None:
    for name, sender in settings.senders.items():
        for contest in sorted(set(sender.contests) - set(settings.site.contests)):
            faults.append(f"settings.toml: senders.{name}.contests: {contest!r} is not in site.contests.")
    reserved = {"public", "requests", "operator"} & set(settings.senders)
    for name in sorted(reserved):
        faults.append(
            f"settings.toml: senders.{name}: the outbox keeps that name for itself; choose another."
        )


def _check_times(root: Path, settings: Settings, faults: list[str]) -> None:
    for name, entry in settings.schedules.items():
        try:
            Cron(entry.cron, settings.site.timezone)
        except BaiqauError as fault:
            faults.append(f"{root / 'settings.toml'}: schedules.{name}.cron: {fault}")


def _check_keys(root: Path, settings: Settings, faults: list[str], warnings: list[str]) -> None:
    keys, now = settings.keys, datetime.now(UTC)
    _collect(faults, lambda: load_authority(root / keys.authority))
    _collect(faults, lambda: load_signer(root / keys.signing, root / keys.passphrase, now))
    _collect(faults, lambda: read_secret(root / keys.pseudonyms))
    if settings.mail.username:
        _collect(faults, lambda: read_secret(root / settings.mail.password))
    for record in list_keys((root / keys.signing).parent, now):
        if days := expiry_warning(record):
            warnings.append(f"the key {record.id} expires within {days} days; make a new one.")


def _check_templates(root: Path, faults: list[str]) -> None:
    folder = root / "templates"
    for name in TEMPLATES:
        if not (folder / name).is_file():
            faults.append(f"{folder / name}: is missing; copy it from the installed templates.")
    _collect(faults, lambda: Letters(folder))


def _readings(rulebooks: list[Rulebook]) -> Iterator[tuple[str, str, str]]:
    for book in rulebooks:
        for question, text in book.readings:
            yield book.contest, question, text


def _print(faults: list[str], warnings: list[str], rulebooks: list[Rulebook], *, as_json: bool) -> None:
    readings = list(_readings(rulebooks))
    if as_json:
        print_json({"faults": faults, "warnings": warnings, "readings": readings})
        return
    for fault in faults:
        say(f"FAULT    {fault}")
    for warning in warnings:
        say(f"warning  {warning}")
    for contest, question, text in readings:
        say(f"reading  {contest} {question}: {text}")
    say(f"{len(faults)} fault{'s' * (len(faults) > 1)}" if faults else "no faults")
