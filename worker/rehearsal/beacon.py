"""The beacon of a rehearsal: a chain of our own key, since nobody can know drand's future rounds.

Whoever reads this file knows every round of it beforehand, so it is fit for nothing but rehearsals and tests.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from jobs.beacon import Chain, round_at, round_time
from worker.beacon import new_test_chain, sign_round
from worker.rehearsal.spreadsheet import Drop

SECRET = hashlib.sha256(b"baiqau: the beacon of a rehearsal, which is no secret").digest()
PULSE_AFTER = timedelta(seconds=5)  # how long after the round's time its pulse is dropped
SENDER = "organiser"


def rehearsal_chain(start: datetime) -> tuple[bytes, Chain]:
    """The secret and the chain whose first round comes at `start` (to the second): the same for the same instant."""
    return SECRET, new_test_chain(SECRET, int(start.timestamp()))


def pulse_drop(secret: bytes, chain: Chain, contest: str, round_: int) -> Drop:
    """drand's JSON of a round, dropped for a contest some seconds after the round's time."""
    data = json.dumps(sign_round(secret, chain, round_).as_dict()).encode()
    path = f"{SENDER}/{contest}/pulse-{round_}.json"
    return Drop(round_time(chain, round_) + PULSE_AFTER, path, data)


def pulse_drops(secret: bytes, chain: Chain, draws: Mapping[str, datetime]) -> list[Drop]:
    """The pulse of each contest's draw; `draws`: contest to the moment of its draw."""
    return [pulse_drop(secret, chain, contest, round_at(chain, at)) for contest, at in draws.items()]
