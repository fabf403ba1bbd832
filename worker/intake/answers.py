"""Decision files are checked against what was asked, so that a slip of the pen is refused with its reason."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection

from jobs.feeds.contract import Feed
from jobs.rulebook import Ask
from worker.store import commitments, runs
from worker.store import requests as store
from worker.store.deliveries import Delivery
from worker.store.requests import Asked
from worker.store.runs import SETTLED
from worker.store.tables import instant

Choices = Mapping[str, Ask]
"""What the sender may decide: the [ask.…] of the rulebook by name."""

BOTH = ""  # no decision: the file contradicts itself
DICE_DIGITS = re.compile(r"[1-6]{10,200}")
DRAW_DICE = re.compile(rf"[0-9]{{20}}|{store.NO_DICE}")


def check_answers(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    choices: Choices,
    rows: pl.DataFrame,
    refused: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that answer something we asked, and the refused ones with the new reasons added."""
    if feed.name != "decisions" or rows.height == 0:
        return rows, refused
    asked = store.asked_subjects(connection, delivery.contest)
    earlier = store.decisions(connection, delivery.contest).select("request_id", "subject", "decision")
    given = {(request, subject): decision for request, subject, decision in earlier.iter_rows()}
    given |= dict.fromkeys(_contradictory(rows), BOTH)
    draws = _draws(connection, delivery)
    faults = [
        (line, *fault)
        for line, request, subject, decision in rows.select(
            "line", "request_id", "subject", "decision"
        ).iter_rows()
        if (
            fault := _fault(asked, given, choices, (request, subject), decision)
            or _no_dice(draws, asked[request, subject], subject)
        )
    ]
    reasons = pl.DataFrame(faults, schema=refused.schema, orient="row")
    return rows.join(reasons, on="line", how="anti", maintain_order="left"), pl.concat([refused, reasons])


@dataclass(frozen=True)
class _Draws:
    """The draws that are committed to: the stages whose beacon had spoken when the file came (whoever throws dice then
    could know the outcome), and the facts each stage's lists stand on."""

    spoken: frozenset[str]
    facts: Mapping[str, str]


def _draws(connection: Connection, delivery: Delivery) -> _Draws:
    came = instant(delivery.received_at)
    made = commitments.current(connection, delivery.contest)
    spoken = frozenset(
        each.stage
        for each in made
        if each.draw_at <= came or _is_held(connection, delivery.contest, each.stage)
    )
    return _Draws(spoken, {each.stage: each.facts for each in made})


def _is_held(connection: Connection, contest: str, stage: str) -> bool:
    """Whatever the clock says now: a clock that was set back must not open a finished draw."""
    last = runs.latest(connection, contest, stage)
    return last is not None and last.state == SETTLED


def _no_dice(draws: _Draws, asked: Asked, subject: str) -> tuple[str, str, str] | None:
    if subject != store.DRAW_SUBJECT:
        return None
    if draws.facts.get(asked.stage) != asked.shown:
        return (
            "request_id",
            "list-replaced",
            "asks for the dice of a list that was replaced; answer the newest request",
        )
    if asked.stage in draws.spoken:
        return ("decision", "dice-too-late", "came after the beacon's moment; such dice cannot count")
    return None


def _contradictory(rows: pl.DataFrame) -> list[tuple[str, str]]:
    """What the file itself decides in more than one way."""
    ways = rows.group_by("request_id", "subject").agg(pl.col("decision").n_unique().alias("ways"))
    return ways.filter(pl.col("ways") > 1).select("request_id", "subject").rows()


def _fault(
    asked: dict[tuple[str, str], Asked],
    given: dict[tuple[str, str], str],
    choices: Choices,
    about: tuple[str, str],
    decision: str,
) -> tuple[str, str, str] | None:
    if about not in asked:
        return (
            "subject",
            "not-asked",
            "we asked no such thing; copy request_id and subject from the request",
        )
    if asked[about].ask not in choices:
        return (
            "request_id",
            "not-yours",
            "is not for this sender to answer (settings.toml, senders, answers)",
        )
    if given.get(about) == BOTH:
        return ("decision", "decided-twice", "is decided in two ways by this file; keep one of them")
    if given.get(about, decision) != decision:
        return (
            "decision",
            "decided-before",
            "was decided otherwise before; a decision is not changed by a file",
        )
    return _wrong_word(choices[asked[about].ask], about[1], decision)


def _wrong_word(ask: Ask, subject: str, decision: str) -> tuple[str, str, str] | None:
    if subject == store.LOT_SUBJECT:
        dice = DICE_DIGITS.fullmatch(decision)
        why = "is not the digits 1 to 6 of at least ten dice, without spaces"
        return None if dice else ("decision", "not-dice", why)
    if subject == store.DRAW_SUBJECT:
        dice = DRAW_DICE.fullmatch(decision)
        why = f"is not the digits of twenty ten-sided dice, 0 to 9 without spaces, or {store.NO_DICE}"
        return None if dice else ("decision", "not-dice", why)
    if not ask.accepts(decision):
        numbers = f", nor {len(ask.awards)} numbers with hyphens between" if ask.awards else ""
        return ("decision", "no-such-choice", f"is none of {', '.join(sorted(ask.choices))}{numbers}")
    return None
