"""What a public draw needs of the world before it may be decided: a list that was out in time, and the beacon."""

from datetime import datetime

from sqlalchemy import Connection, select

from jobs.beacon import Chain, Pulse
from jobs.calendar import local
from jobs.pipeline import Beacon
from jobs.rulebook import COMMITTED_BEFORE, Rulebook, Stage
from worker.beacon import verify_pulse
from worker.pseudonyms import Pseudonyms
from worker.store import commitments, publications
from worker.store.commitments import Commitment
from worker.store.deliveries import ACCEPTED, PARTIAL
from worker.store.tables import FEED_TABLES, deliveries


def draw_obstacle(
    connection: Connection, rulebook: Rulebook, stage: Stage, facts: str, now: datetime
) -> str | None:
    """Why no draw can be committed to or held on these facts now, in a clause of a sentence.

    A list is changed only while the beacon it was committed to has not spoken: afterwards whoever changed it could
    know the outcome. It counts only if it was published a day before (DRAW-1, 3).
    """
    if stage.draw is None:
        return None
    at = stage.draw.given["at"]
    if not isinstance(at, datetime):
        raise TypeError("a draw's moment is an instant")
    known = commitments.current(connection, rulebook.contest, stage.id)
    if known and known[0].facts == facts:
        return None if now < at or _binds(connection, known[0]) else _NOT_IN_TIME
    if known and known[0].draw_at <= now and _binds(connection, known[0]):
        return (
            "has another list or rulebook than the one committed to, and the beacon has spoken; put back the "
            f"rulebook with which {known[0].draw_id} was committed to"
        )
    if now > at - COMMITTED_BEFORE:
        return (
            f"its list would be published less than 24 hours before the draw at {local(at, rulebook.timezone)}; "
            "put the draw off (a later moment under [season])"
        )
    return None


_NOT_IN_TIME = (
    "its list was not published 24 hours before the draw; put the draw off (a later moment under [season])"
)


def _binds(connection: Connection, made: Commitment) -> bool:
    """A draw is held on a list that was out in time, or not at all. One that was not binds nobody: by it no draw could
    be held whatever the beacon said, so nothing is gained by replacing it."""
    out = publications.published_at(connection, made.publication_id)
    return out is not None and out <= made.draw_at - COMMITTED_BEFORE


def beacon_for(
    connection: Connection, contest: str, chain: Chain, pseudonyms: Pseudonyms, organisation: str
) -> Beacon:
    """The chain, the pulses that came for a contest, and its people's public codes.

    Every pulse is verified again here: no randomness reaches a draw but through this check.
    """
    table = FEED_TABLES["pulses"]
    query = select(table.c.round, table.c.randomness, table.c.signature, table.c.previous_signature)
    query = query.join_from(table, deliveries).where(
        deliveries.c.contest == contest, deliveries.c.state.in_((ACCEPTED, PARTIAL))
    )
    pulses = {row.round: Pulse(*row) for row in connection.execute(query)}
    for pulse in pulses.values():
        verify_pulse(chain, pulse)
    return Beacon(chain, pulses, lambda entry: pseudonyms.code(contest, entry), organisation)
