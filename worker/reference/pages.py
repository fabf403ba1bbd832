"""All files of the reference: PAGES names each page and makes it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from jobs.feeds import FEEDS
from worker.deliver.documents import SCHEMAS
from worker.reference.codes import codes_page
from worker.reference.commands import commands_page
from worker.reference.coverage import coverage_page
from worker.reference.database import database_page
from worker.reference.events import events_page
from worker.reference.feeds import feeds_page
from worker.reference.rulebooks import rulebook_page
from worker.reference.schemas import feed_xsd
from worker.reference.settings import settings_page

PAGES: Mapping[str, Callable[[], str]] = {
    "coverage.md": coverage_page,
    "feeds.md": feeds_page,
    "settings.md": settings_page,
    "rulebook.md": rulebook_page,
    "commands.md": commands_page,
    "events.md": events_page,
    "codes.md": codes_page,
    "database.md": database_page,
}


def files() -> dict[str, bytes]:
    """Every file of the reference by its path below docs/reference."""
    pages = {name: make().encode() for name, make in PAGES.items()}
    inputs = {f"xsd/{feed.name}.xsd": feed_xsd(feed).encode() for feed in FEEDS.values()}
    return pages | inputs | {f"xsd/{name}.xsd": text for name, text in SCHEMAS.items()}


def write(folder: Path) -> None:
    """Write all files; those of earlier versions go."""
    made = files()
    for path in [*folder.glob("*.md"), *folder.glob("xsd/*.xsd")]:
        if str(path.relative_to(folder)) not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
