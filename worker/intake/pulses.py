"""Pulses of the beacon are verified before they are taken in: a wrong one never comes near a draw."""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from jobs.beacon import Chain, Pulse, round_time
from jobs.feeds.contract import Feed
from worker.beacon import PulseFault, verify_pulse
from worker.store import commitments, runs
from worker.store.deliveries import Delivery
from worker.store.runs import SETTLED
from worker.store.tables import instant


def check_pulses(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    chain: Chain,
    rows: pl.DataFrame,
    refused: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pulses of rounds that a draw was committed to, with a right signature; the others are added to `refused`."""
    if feed.name != "pulses" or rows.height == 0:
        return rows, refused
    rounds = _open_rounds(connection, delivery.contest)
    faults = [
        (line, *fault)
        for line, *pulse in rows.select(
            "line", "round", "randomness", "signature", "previous_signature"
        ).iter_rows()
        if (fault := _fault(rounds, chain, Pulse(*pulse), instant(delivery.received_at)))
    ]
    reasons = pl.DataFrame(faults, schema=refused.schema, orient="row")
    return rows.join(reasons, on="line", how="anti", maintain_order="left"), pl.concat([refused, reasons])


def _open_rounds(connection: Connection, contest: str) -> dict[int, bool]:
    """Every round that a draw of the contest was committed to, and whether the draw is still to be held."""
    found: dict[int, bool] = {}
    for made in commitments.current(connection, contest):
        last = runs.latest(connection, contest, made.stage)
        found[made.round] = not (last and last.state == SETTLED)
    return found


def _fault(rounds: dict[int, bool], chain: Chain, pulse: Pulse, now: datetime) -> tuple[str, str, str] | None:
    if pulse.round not in rounds:
        known = ", ".join(map(str, sorted(rounds))) or "none yet"
        return ("round", "not-our-round", f"no draw was committed to it; the rounds awaited: {known}")
    if not rounds[pulse.round]:
        return ("round", "draw-finished", "the draw of this round has been held; its outcome stands")
    if round_time(chain, pulse.round) > now:
        # By a slow clock whoever knows the pulse could still throw the dice.
        return (
            "round",
            "pulse-too-early",
            "came before its moment by our clock; set the clock right and send it again",
        )
    try:
        verify_pulse(chain, pulse)
    except PulseFault as fault:
        return ("signature", "pulse-not-valid", str(fault).rstrip("."))
    return None
