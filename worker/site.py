"""A site: the folder with settings.toml, and what lies where below it."""

import os
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import BaiqauError
from worker.settings import Settings, read_settings

INSTALLED = Path(__file__).with_name("site")  # where a wheel keeps contests/, templates/ and settings.toml
RESOURCES = INSTALLED if INSTALLED.is_dir() else Path(__file__).parent.parent


class SiteFault(BaiqauError):
    """The folder is no site, or a part of it is missing."""


@dataclass(frozen=True)
class Site:
    """Folders of a site. Everything below it is readable by its owner alone."""

    root: Path
    settings: Settings

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def staging(self) -> Path:
        """Private copies of claimed files, until their rows are committed."""
        return self.root / "work" / "claims"

    @property
    def drafts(self) -> Path:
        """Files being written before they are renamed into the outbox: the same file system."""
        return self.root / "work" / "drafts"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def diplomas(self) -> Path:
        return self.root / "diplomas"

    @property
    def contests(self) -> Path:
        return self.root / "contests"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    def path(self, written: str) -> Path:
        """A path of settings.toml, relative to the site."""
        return self.root / written

    @property
    def database_url(self) -> str:
        """The database's URL; a relative SQLite file lies in the site."""
        url = self.settings.database.url
        name = url.removeprefix("sqlite:///")
        return f"sqlite:///{self.root / name}" if name != url else url


def open_site(root: Path) -> Site:
    """The site in `root`, with its working folders made. Sets the process's umask to 077."""
    os.umask(0o077)
    root = root.resolve()
    if not (root / "settings.toml").is_file():
        raise SiteFault(
            f"{root}: there is no settings.toml; make a site with `baiqau init DIR` or give --site DIR."
        )
    site = Site(root, read_settings(root / "settings.toml"))
    for folder in (site.outbox, site.staging, site.drafts, site.archive, site.quarantine, site.diplomas):
        folder.mkdir(parents=True, exist_ok=True)
    return site
