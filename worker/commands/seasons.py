"""What `baiqau check` can say of a season: moments in an impossible order, and dates that look forgotten."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.calendar import Window, local, time_zone
from jobs.rulebook import Rulebook, Stage

LONGEST_WINDOW = timedelta(days=120)  # a longer one is more likely a wrong month than a plan
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True)
class Season:
    """A rulebook beside its file as written: only there do stages name the lines of [season]."""

    book: Rulebook
    path: Path
    written: Mapping[str, Any]

    @property
    def decided(self) -> dict[str, str]:
        """Stage to the line of [season] at which it is decided."""
        return {stage["id"]: stage["decided"] for stage in self.written["stage"]}

    def line(self, name: str) -> str:
        """A line of [season] with its moment, for people."""
        return f"season.{name} ({local(self.book.moments[name], self.book.timezone)})"


def read_season(book: Rulebook, path: Path) -> Season:
    """The season of a rulebook that has loaded from `path`."""
    return Season(book, path, tomllib.loads(path.read_text(encoding="utf-8")))


def order_faults(season: Season) -> Iterator[str]:
    """Stages decided before a stage they need, or before a window they read has closed."""
    for stage in season.book.stages:
        own = season.decided[stage.id]
        for name in (*stage.needs, *stage.waits_for):
            before = season.decided[name]
            if stage.decided_at < season.book.stage(name).decided_at:
                yield (
                    f"{season.path}: {season.line(own)} decides {stage.id} before {season.line(before)} decides "
                    f"{name}, which it waits for; move one of them."
                )
        for name, window in _windows(season, stage):
            if stage.decided_at < window.closes_at:
                closes = local(window.closes_at, season.book.timezone)
                yield (
                    f"{season.path}: {season.line(own)} decides {stage.id} before the window season.{name} closes "
                    f"({closes}); move one of them."
                )


def _windows(season: Season, stage: Stage) -> list[tuple[str, Window]]:
    """The windows a stage reads by: of its own records and of its steps."""
    names = {name: window for name, window in season.book.windows.items() if window in _given(stage)}
    if stage.latest and stage.latest.within:
        names[stage.latest.within] = season.book.windows[stage.latest.within]
    return sorted(names.items())


def _given(stage: Stage) -> list[object]:
    return [given for step in stage.steps for given in step.given.values() if isinstance(given, Window)]


def season_warnings(season: Season, now: datetime) -> Iterator[str]:
    """Dates that are possible but look forgotten or mistyped."""
    yield from past_warning(season.book, now)
    yield from _edition_warning(season)
    for name, window in season.book.windows.items():
        if window.closes_at - window.opens_at > LONGEST_WINDOW:
            days = (window.closes_at - window.opens_at).days
            yield f"{season.path}: the window season.{name} is {days} days long; look at its dates again."
    for name in sorted(season.book.moments.keys() - _used(season.written)):
        yield f"{season.path}: no stage or step uses season.{name}; take it out or name it."


def past_warning(book: Rulebook, now: datetime) -> Iterator[str]:
    """Said where the whole season lies behind us: the dates are last year's."""
    if max((*book.moments.values(), *(window.closes_at for window in book.windows.values()))) < now:
        contest = book.contest
        yield f"every moment of {contest} is past: edit [season] in contests/{contest}.toml"


def _edition_warning(season: Season) -> Iterator[str]:
    book = season.book
    years = _YEAR.findall(book.edition)
    if not book.windows or not years:
        return
    first = min(book.windows, key=lambda name: book.windows[name].opens_at)
    name = "registration" if "registration" in book.windows else first
    opens = book.windows[name].opens_at.astimezone(time_zone(book.timezone))
    if str(opens.year) not in years:
        yield f"{season.path}: edition is {book.edition}, but season.{name} opens in {opens.year}; mend one of them."


def _used(written: Mapping[str, Any]) -> set[str]:
    """The lines of [season] that something names; a step names them as the values of its keys."""
    found: set[str] = set()
    for stage in written["stage"]:
        found |= {
            stage["decided"],
            stage.get("latest", {}).get("within"),
            stage.get("snapshots", {}).get("until"),
        }
        found |= {
            value for step in stage.get("step", ()) for value in step.values() if isinstance(value, str)
        }
    return found
