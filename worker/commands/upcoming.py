"""`baiqau next`: what fires when."""

from datetime import timedelta
from pathlib import Path

from jobs.calendar import end_of_day, local
from worker.bootstrap import load_rulebooks
from worker.commands.opening import clock_for, opened
from worker.commands.printing import print_table, say
from worker.schedule.cron import Cron
from worker.schedule.planner import At, Schedule, upcoming
from worker.site import Site

AHEAD = timedelta(days=366)
MOST_OF_A_SCHEDULE = 5  # a daily report would drown the stages


def show_next(root: Path, now: str | None, until: str | None, *, as_json: bool) -> None:
    """Windows opening and closing, stages, schedules, in the order they come."""
    site = opened(root)
    zone = site.settings.site.timezone
    start = clock_for(site, now).now()
    end = end_of_day(until, zone) if until else start + AHEAD
    seen: dict[str, int] = {}
    rows: list[tuple[object, ...]] = []
    for each in upcoming(_schedules(site), now=start, until=end):
        seen[each.schedule] = seen.get(each.schedule, 0) + 1
        if seen[each.schedule] <= MOST_OF_A_SCHEDULE or as_json:
            rows.append((local(each.at_utc, zone), each.schedule, each.note or ""))
    hidden = sum(seen.values()) - len(rows)
    print_table(("when", "what", "note"), rows, as_json=as_json)
    if hidden and not as_json:
        say(f"and {hidden} more firings of the schedules until {local(end, zone)}")


def _schedules(site: Site) -> list[Schedule]:
    moments = [
        Schedule(f"{book.contest}: {what}", At((at,)))
        for book in load_rulebooks(site).values()
        for what, at in (
            *((f"{name} opens", window.opens_at) for name, window in book.windows.items()),
            *((f"{name} closes", window.closes_at) for name, window in book.windows.items()),
            *((f"{stage.title['en']} is decided", stage.decided_at) for stage in book.stages),
        )
    ]
    zone = site.settings.site.timezone
    crons = [Schedule(name, Cron(entry.cron, zone)) for name, entry in site.settings.schedules.items()]
    return [*moments, *crons]
