"""`baiqau init`: a working site with test keys."""

import os
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from jobs.errors import BaiqauError
from worker.bootstrap import load_rulebook, load_rulebooks
from worker.commands.printing import say
from worker.commands.seasons import past_warning
from worker.deliver.keys import make_test_authority
from worker.settings import read_settings
from worker.site import RESOURCES, Site, open_site
from worker.store.database import open_database

VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)  # before any season that is rehearsed: signatures verify today
VALID_YEARS = 15


_CONTESTS = re.compile(r"(?ms)^contests = \[(.*?)\]")


class NotEmpty(BaiqauError):
    """The folder holds something already."""


class NoSuchContest(BaiqauError):
    """There is no rulebook of that name."""


def init_site(folder: Path, contests: list[str], *, quietly: bool = False) -> None:
    """Make a site for `contests` (all that have a rulebook, where none is named)."""
    os.umask(0o077)
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(f"{folder}: is not empty; name a new folder.")
    known = sorted(path.stem for path in (RESOURCES / "contests").glob("*.toml") if "." not in path.stem)
    if unknown := sorted(set(contests) - set(known)):
        raise NoSuchContest(f"there is no contest {unknown[0]!r}; there are {', '.join(known)}.")
    chosen = contests or known
    _lay_out(folder, chosen)
    make_keys(folder)
    site = open_site(folder)
    open_database(site.database_url).dispose()
    if not quietly:
        say(f"{folder}: a site for {', '.join(chosen)}, with test keys.")
        for warning in _past(site):
            say(f"Warning: {warning}")
        say(f"Next: change the lines marked (change) in {folder / 'settings.toml'}.")
        say(f"Then: baiqau check --site {folder}")


def _past(site: Site) -> list[str]:
    """Shipped rulebooks carry the season they were written for."""
    now = datetime.now(UTC)
    return [warning for book in load_rulebooks(site).values() for warning in past_warning(book, now)]


def _lay_out(folder: Path, contests: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(RESOURCES / "templates", folder / "templates")
    (folder / "contests").mkdir()
    for name in contests:
        load_rulebook(RESOURCES / "contests" / f"{name}.toml")
        shutil.copy(RESOURCES / "contests" / f"{name}.toml", folder / "contests")
    shutil.copy(RESOURCES / "calendar.toml", folder)
    written = (RESOURCES / "settings.toml").read_text(encoding="utf-8")
    (folder / "settings.toml").write_text(_only_for(written, contests), encoding="utf-8")
    settings = read_settings(folder / "settings.toml")
    for sender, terms in settings.senders.items():
        for contest in terms.contests:
            (folder / "inbox" / sender / contest).mkdir(parents=True)


def _only_for(written: str, chosen: list[str]) -> str:
    """The settings with `chosen` alone, and without the senders who have nothing to do with them."""
    sections = re.split(r"(?m)^(?=\[)", written)
    fitting = (_section_for(section, chosen) for section in sections)
    return "".join(section for section in fitting if section is not None)


def _section_for(section: str, chosen: list[str]) -> str | None:
    found = _CONTESTS.search(section)
    if found is None:
        return section
    kept = [name for name in chosen if f'"{name}"' in found[1]]
    listed = ", ".join(f'"{name}"' for name in kept)
    return _CONTESTS.sub(f"contests = [{listed}]", section) if kept else None


def make_keys(folder: Path) -> None:
    """A test authority, a signing key and the secret of the pseudonyms."""
    settings = read_settings(folder / "settings.toml")
    keys = folder / Path(settings.keys.signing).parent
    make_test_authority(
        keys, organisation=settings.site.organisation[:64], not_before=VALID_FROM, years=VALID_YEARS
    )
    secret = folder / settings.keys.pseudonyms
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
