"""A step as written, bound to its job: who it asks is there, and its keys fit the job's signature."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from jobs.binding import BoundStep, Job, Lookup, bind
from jobs.catalogue import JOBS
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.rulebook.draft import Draft
from jobs.rulebook.faults import first_of
from jobs.rulebook.written import STEP_WORDS, StepWords
from jobs.verdicts import IN, UNDECIDED


def bound_step(draft: Draft, place: str, step: Mapping[str, Any], earlier: Sequence[str]) -> BoundStep:
    """The step at `place` ("stage x, step 1"); `earlier`: the ids of the stages above. Raises RulebookFault."""
    job = JOBS.get(str(step.get("job")))
    if job is None:
        raise draft.fault(place, f"job {step.get('job')!r} is unknown; there are {', '.join(sorted(JOBS))}")
    words = _words(draft, place, step)
    _check_who_is_asked(draft, place, words, needed=_may_ask(job, step))
    _check_kind(draft, place, job, words)
    _check_who_chooses(draft, place, words)
    if "working_days" in step and not draft.workdays():
        raise draft.fault(f"{place}, working_days", "no calendar of working days was given")
    try:
        return bind(
            step,
            job,
            {key: given for key, given in step.items() if key not in STEP_WORDS},
            windows=draft.season.windows,
            moments=draft.season.moments,
            feeds=FEEDS.keys(),
            lookups={name: Lookup(each.column, each.values) for name, each in draft.written.lookup.items()},
            stages=earlier,
        )
    except BaiqauError as fault:
        raise draft.fault(place, str(fault).rstrip(".")) from fault


def _words(draft: Draft, place: str, step: Mapping[str, Any]) -> StepWords:
    try:
        return StepWords.model_validate({key: step[key] for key in STEP_WORDS & step.keys()})
    except ValidationError as fault:
        raise draft.fault(place, first_of(fault)) from fault


def _may_ask(job: Job, step: Mapping[str, Any]) -> bool:
    """Whether the step can leave an entry undecided: its job does and it is not told only to note, or a key says so."""
    only_notes = step.get("verdict") == IN
    return (job.asks and not only_notes) or any(value in (UNDECIDED, "ask") for value in step.values())


def _check_who_is_asked(draft: Draft, place: str, words: StepWords, *, needed: bool) -> None:
    if words.ask not in draft.written.ask and (needed or words.ask is not None):
        known = ", ".join(draft.written.ask) or "none"
        raise draft.fault(f"{place}, ask", f"{words.job} asks {words.ask!r}; of [ask.…] there are {known}")


def _check_kind(draft: Draft, place: str, job: Job, words: StepWords) -> None:
    """What the undecided rows of a step can be asked as; a draw looks after its own."""
    kind = draft.written.ask[words.ask].kind if words.ask in draft.written.ask else "people"
    if job.draws:
        return
    if job.name == "honours" and not _names_awards(draft, words):
        raise draft.fault(f"{place}, ask", f"{words.ask} names no `awards`, of which people tell the numbers")
    if kind == "group" and not words.per:
        raise draft.fault(f"{place}, ask", f"{words.ask} is of kind group, and the step has no `per`")
    if kind not in ("people", "group", "lot"):
        raise draft.fault(f"{place}, ask", f"{words.ask} is of kind {kind}, which no step but its own asks")


def _names_awards(draft: Draft, words: StepWords) -> bool:
    ask = draft.written.ask.get(words.ask or "")
    return ask is not None and bool(ask.awards)


def _check_who_chooses(draft: Draft, place: str, words: StepWords) -> None:
    ask = draft.written.ask.get(words.choose or "")
    if words.choose is not None and (ask is None or ask.kind != "reading"):
        raise draft.fault(f"{place}, choose", f"{words.choose} is not in [ask.…] with the kind reading")
