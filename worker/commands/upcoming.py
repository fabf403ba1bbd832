"""`baiqau next`: what fires when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from jobs.calendar import end_of_day, local
from worker.bootstrap import load_rulebooks
from worker.commands.opening import clock_for, opened
from worker.commands.printing import print_table, say
from worker.schedule.cron import Cron
from worker.schedule.planner import At, Schedule, Upcoming, upcoming
from worker.site import Site

AHEAD = timedelta(days=366)
MOST_OF_A_SCHEDULE = 5  # a daily report would drown the others
COLUMNS = ("when", "what", "note")


def show_next(root: Path, now: str | None, until: str | None, *, as_json: bool) -> None:
    """Windows opening and closing and stages, then the schedules' firings; JSON has all in the order they come."""
    site = opened(root)
    zone = site.settings.site.timezone
    start = clock_for(site, now).now()
    end = end_of_day(until, zone) if until else start + AHEAD
    if as_json:
        everything = upcoming([*_moments(site), *_crons(site)], now=start, until=end)
        print_table(COLUMNS, _rows(everything, zone), as_json=True)
        return
    say("The contests: windows and stages")
    for calendar in sorted(
        {book.workdays.version for book in load_rulebooks(site).values() if book.workdays}
    ):
        say(f"Working days by {calendar}")
    _print(upcoming(_moments(site), now=start, until=end), zone, end)
    say("The schedules of settings.toml")
    _print(upcoming(_crons(site), now=start, until=end), zone, end)


def _print(slots: Sequence[Upcoming], zone: str, end: datetime) -> None:
    seen: dict[str, int] = {}
    shown = []
    for each in slots:
        seen[each.schedule] = seen.get(each.schedule, 0) + 1
        if seen[each.schedule] <= MOST_OF_A_SCHEDULE:
            shown.append(each)
    if not shown:
        say(f"  nothing until {local(end, zone)}\n")
        return
    print_table(COLUMNS, _rows(shown, zone), as_json=False)
    if hidden := len(slots) - len(shown):
        say(f"and {hidden} more firings until {local(end, zone)}")


def _rows(slots: Sequence[Upcoming], zone: str) -> list[tuple[object, ...]]:
    return [(local(each.at_utc, zone), each.schedule, each.note or "") for each in slots]


def _moments(site: Site) -> list[Schedule]:
    return [
        Schedule(f"{book.contest}: {what}", At((at,)))
        for book in load_rulebooks(site).values()
        for what, at in (
            *((f"{name} opens", window.opens_at) for name, window in book.windows.items()),
            *((f"{name} closes", window.closes_at) for name, window in book.windows.items()),
            *((f"{stage.title['en']} is decided", stage.decided_at) for stage in book.stages),
        )
    ]


def _crons(site: Site) -> list[Schedule]:
    zone = site.settings.site.timezone
    return [Schedule(name, Cron(entry.cron, zone)) for name, entry in site.settings.schedules.items()]
