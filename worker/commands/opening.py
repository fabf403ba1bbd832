"""What most commands begin with: the site, its clock and its database."""

from pathlib import Path

from sqlalchemy import Engine

from jobs.calendar import instant_or_start_of_day
from worker.clock import Clock, FixedClock, SystemClock, ensure_tzdata
from worker.site import Site, open_site
from worker.store.database import for_reading, open_database


def opened(root: Path) -> Site:
    """The site, with the time zones checked."""
    ensure_tzdata()
    return open_site(root)


def clock_for(site: Site, now: str | None) -> Clock:
    """The machine's clock, or one that stands at `now` (local time of the site unless an offset is written)."""
    zone = site.settings.site.timezone
    return FixedClock(instant_or_start_of_day(now, zone)) if now else SystemClock()


def database(site: Site) -> Engine:
    """The site's database, to look at."""
    return for_reading(open_database(site.database_url))
