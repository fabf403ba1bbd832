"""What a rulebook must not say although each key of it may be said: found when it loads, named by stage and key."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from jobs.binding import BoundStep
from jobs.draw1 import prize_text
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.rulebook.draft import Draft
from jobs.rulebook.model import Stage
from jobs.rulebook.written import MARKING, StageTable

COMMITTED_BEFORE = timedelta(hours=24)
"""How long before a draw its list must have been published (DRAW-1, 3)."""


def check_assumptions(draft: Draft) -> None:
    """What [assume] gives is a column of a feed."""
    for feed, values in draft.written.assume.items():
        if feed not in FEEDS:
            raise draft.fault(f"assume.{feed}", f"is no feed; there are {', '.join(FEEDS)}")
        for name in values.keys() - FEEDS[feed].columns.keys():
            raise draft.fault(f"assume.{feed}.{name}", "is no column of that feed")


def check_sheets(draft: Draft, stages: Sequence[Stage]) -> None:
    """Score sheets are made of what a later stage has a jury mark."""
    marked = {
        name
        for stage in stages
        for name in (stage.entries, stage.among)
        if any(step.job.name in MARKING for step in stage.steps)
    }
    for stage in stages:
        if "score-sheets" in stage.deliver and stage.id not in marked:
            what = f"no stage over it has a step with the job {' or '.join(MARKING)}, so there is nothing to mark"
            raise draft.fault(f"stage {stage.id}, deliver", f"score-sheets: {what}")


# --- a stage, before its steps ---


def check_stage(draft: Draft, stage: StageTable, earlier: Sequence[str]) -> None:
    """What the stage names is there. `earlier`: the ids of the stages above it."""
    place = f"stage {stage.id}"
    if stage.id in earlier:
        raise draft.fault(place, "stands twice; stage ids are unique")
    if stage.id in FEEDS:
        raise draft.fault(place, "has the name of a feed; call the stage otherwise")
    if stage.entries not in FEEDS and stage.entries not in earlier:
        raise draft.fault(f"{place}, entries", f"{stage.entries} is neither a feed nor an earlier stage")
    _check_earlier(draft, place, stage, earlier)
    _check_asks(draft, place, stage)
    if stage.decided not in draft.season.moments:
        raise draft.fault(f"{place}, decided", f"{stage.decided} is not in [season]")
    if stage.entries in FEEDS:
        _check_columns(draft, place, stage)
        _check_records(draft, place, stage)


def _check_earlier(draft: Draft, place: str, stage: StageTable, earlier: Sequence[str]) -> None:
    named = [("waits_for", name) for name in stage.waits_for]
    for key, name in (("among", stage.among), *named):
        if name is not None and name not in earlier:
            raise draft.fault(f"{place}, {key}", f"{name} is no earlier stage")


def _check_asks(draft: Draft, place: str, stage: StageTable) -> None:
    twice = stage.latest and stage.latest.twice
    for key, ask in (("absent", stage.absent), ("strangers", stage.strangers), ("latest.twice", twice)):
        if ask is not None and ask not in draft.written.ask:
            raise draft.fault(f"{place}, {key}", f"{ask} is not in [ask.…]")
    if stage.absent is not None and draft.written.ask[stage.absent].kind != "absentees":
        raise draft.fault(f"{place}, absent", f"{stage.absent} is not of kind absentees")
    if stage.strangers is not None:
        _check_strangers(draft, place, stage)


def _check_strangers(draft: Draft, place: str, stage: StageTable) -> None:
    """Strangers are judged before the first step, so no step may ask the same people by the same name."""
    others = {step.get("ask") for step in stage.step} | {stage.latest and stage.latest.twice}
    if (
        stage.among is None
        or stage.strangers in others
        or draft.written.ask[str(stage.strangers)].kind != "people"
    ):
        what = "needs `among`, and an ask of kind people that nothing else of the stage names"
        raise draft.fault(f"{place}, strangers", what)


def _check_columns(draft: Draft, place: str, stage: StageTable) -> None:
    for key, name in _named_columns(stage):
        if name not in FEEDS[stage.entries].columns:
            raise draft.fault(f"{place}, {key}", f"{name} is no column of {stage.entries}")


def _named_columns(stage: StageTable) -> Iterator[tuple[str, str]]:
    """Each column of its feed that a stage names, with the key that names it."""
    yield from ((f"key.{at}" if at else "key", name) for at, name in enumerate(stage.key_columns))
    if stage.latest:
        yield "latest.by", stage.latest.by
    yield from ((f"only.{name}", name) for name in stage.only)
    yield from ((f"except.{name}", name) for name in stage.others)
    if stage.snapshots:
        yield "snapshots.by", stage.snapshots.by
        yield from ((f"snapshots.counts.{name}", name) for name in stage.snapshots.counts)
    yield from ((f"from_earlier.{name}", name) for name in stage.from_earlier)


def _check_records(draft: Draft, place: str, stage: StageTable) -> None:
    """Which of several records of an entry counts can be told."""
    latest, snapshots, season = stage.latest, stage.snapshots, draft.season
    if latest and latest.within and latest.within not in season.windows:
        raise draft.fault(f"{place}, latest.within", f"{latest.within} is no window of [season]")
    if snapshots and snapshots.until not in season.moments:
        raise draft.fault(f"{place}, snapshots.until", f"{snapshots.until} is not in [season]")
    if snapshots and len(stage.key_columns) > 1:
        raise draft.fault(f"{place}, snapshots", "needs a key of one column")
    if snapshots and latest:
        raise draft.fault(f"{place}, snapshots", "stands beside `latest`; keep one of the two")


# --- a stage with its steps ---


def check_steps(draft: Draft, stage: StageTable, steps: Sequence[BoundStep]) -> None:
    """What the bound steps of a stage may not be together."""
    place = f"stage {stage.id}"
    _check_draws(draft, place, stage, steps)
    _check_confirmation(draft, place, steps)
    _check_lacking(draft, place, stage, steps)


def _check_draws(draft: Draft, place: str, stage: StageTable, steps: Sequence[BoundStep]) -> None:
    """A draw is the last step of its stage, is asked for by dice, and its list is out a day before."""
    for number, step in _numbered(steps):
        if not step.draws:
            continue
        if number < len(steps):
            raise draft.fault(f"{place}, step {number}", "is a public draw; no step may follow it")
        if step.ask is None or draft.written.ask[step.ask].kind != "draw":
            raise draft.fault(f"{place}, step {number}, ask", f"{step.ask} is not of kind draw")
        if "prizes" in step.given:
            _check_prizes(draft, f"{place}, step {number}", step.given["prizes"])
        at = step.given["at"]
        if isinstance(at, datetime) and at - draft.season.moments[stage.decided] < COMMITTED_BEFORE:
            what = f"less than 24 hours before the draw; move season.{stage.decided} or the draw"
            raise draft.fault(f"{place}, decided", f"the list would be published {what}")


def _check_prizes(draft: Draft, place: str, prizes: object) -> None:
    """The manifest of a draw must be able to hold them."""
    try:
        prize_text(prizes if isinstance(prizes, list) else [])
    except BaiqauError as fault:
        raise draft.fault(f"{place}, prizes", str(fault).rstrip(".")) from fault


def _check_confirmation(draft: Draft, place: str, steps: Sequence[BoundStep]) -> None:
    """What a job changes is confirmed group by group, once a stage."""
    changing = [(number, step, step.job.twice) for number, step in _numbered(steps) if step.job.twice]
    for number, _, _ in changing[1:]:
        raise draft.fault(f"{place}, step {number}", "changes marks a second time; once a stage is enough")
    for number, step, twice in changing:
        ask = draft.written.ask.get(step.ask or "")
        if ask is None or ask.kind != "group" or set(ask.choices) != {twice.confirm, twice.keep}:
            what = f"needs an ask of kind group with the choices {twice.confirm} and {twice.keep}"
            raise draft.fault(f"{place}, step {number}, ask", what)


def _check_lacking(draft: Draft, place: str, stage: StageTable, steps: Sequence[BoundStep]) -> None:
    """A feed that may be lacking is one that the stage reads."""
    read = {stage.entries, *(feed for step in steps for feed in step.feeds)}
    for feed in stage.may_lack:
        if feed not in read:
            raise draft.fault(f"{place}, may_lack", f"{feed} is no feed that it reads")


def _numbered(steps: Sequence[BoundStep]) -> Iterable[tuple[int, BoundStep]]:
    return enumerate(steps, start=1)
