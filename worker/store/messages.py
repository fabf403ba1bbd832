"""Every query on the mail and on the addresses it must not be sent to.

A message lives `queued → claimed → in_data → sent | deferred | failed | uncertain`; each state is committed
before the act it announces, so that a crash can be read from the table. Rows in `no-address` never leave, nor do those
`withdrawn` because something else was decided before they had left; one that a correction has `replaced` never leaves
again, whatever became of it.
Each function here is one short transaction, and none waits for the network.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from jobs.errors import BaiqauError
from worker import audit
from worker.store.tables import as_text, instant, messages, stamp, suppressions

State = Literal[
    "no-address", "queued", "claimed", "in_data", "sent", "deferred", "failed", "uncertain", "withdrawn"
]
STATES: tuple[State, ...] = get_args(State)
Policy = Literal["hold", "assume-sent", "resend"]
Resolution = Literal["assume-sent", "resend"]

LONGEST_REPLY = 500  # characters of a server's reply that are kept
AT_ONCE = 500  # ids in one statement: databases limit its parameters

ASSUMED = "assumed sent: the server's answer to the message was never seen"
REPLACED = "kept back: something else was decided before it left"
INTERRUPTED = "the worker stopped while the message was being handed over"


class UnknownMessage(BaiqauError):
    """There is no message of that id."""


class NotUncertain(BaiqauError):
    """Only an uncertain message can be resolved."""


class MessageMoved(BaiqauError):
    """A message is not in the state its next step starts from; somebody else is sending too."""


class Replaced(BaiqauError):
    """A letter that a correction has replaced is never sent again."""


class SameId(BaiqauError):
    """Messages of two people have one id."""


@dataclass(frozen=True)
class NewMessage:
    """A message to be queued; without an address it is only kept."""

    id: str
    contest: str
    person: str = field(repr=False)
    kind: str
    run_id: int | None
    address: str | None = field(repr=False)
    language: str
    content: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class MessageRow:
    """A message as it stands. What tells who it is about stays out of its printed form."""

    id: str
    contest: str
    person: str = field(repr=False)
    kind: str
    run_id: int | None
    address: str | None = field(repr=False)
    language: str
    content: Mapping[str, Any] = field(repr=False)
    state: State
    attempts: int
    next_at: datetime | None
    reply: str | None = field(repr=False)
    queued_at: datetime
    updated_at: datetime
    by_hand: bool = False  # the operator has the letter
    replaced: bool = False  # by a correction: it never leaves again


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt.

    `counted`: whether it was an attempt to deliver this message, rather than to reach the relay; `code` is
    the server's, where it gave one; `suppress` is an address nothing may be sent to any more.
    """

    state: State
    reply: str
    code: int | None = None
    next_at: datetime | None = None
    counted: bool = True
    suppress: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Recovered:
    """What an interruption left behind: messages that had not left, and messages of which nobody knows."""

    requeued: int
    doubtful: tuple[str, ...]


def queue(connection: Connection, letters: Iterable[NewMessage], now: datetime) -> None:
    """Queue `letters` in the caller's transaction; of a person's messages of one kind the first stands.

    What has no address is marked as being by hand: the caller sees to it. SameId where two people's ids are one.
    """
    rows = [_new_row(letter, stamp(now)) for letter in letters]
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    if not rows:
        return
    one_of_a_kind = [messages.c.contest, messages.c.person, messages.c.kind]
    try:
        connection.execute(insert(messages).on_conflict_do_nothing(index_elements=one_of_a_kind), rows)
    except IntegrityError:
        raise SameId(
            "messages: two people have one message id; replace the site's secret of pseudonyms."
        ) from None


def people_answered(connection: Connection, contest: str, kind: str) -> set[str]:
    """Everyone who has a message of that kind."""
    query = select(messages.c.person).where(messages.c.contest == contest, messages.c.kind == kind)
    return set(connection.execute(query).scalars())


def _new_row(letter: NewMessage, at: str) -> dict[str, object]:
    return {
        "id": letter.id,
        "contest": letter.contest,
        "person": letter.person,
        "kind": letter.kind,
        "run_id": letter.run_id,
        "address": letter.address,
        "language": letter.language,
        "content": json.dumps(letter.content, ensure_ascii=False, sort_keys=True, default=as_text),
        "state": "no-address" if letter.address is None else "queued",
        "by_hand": letter.address is None,
        "queued_at": at,
        "updated_at": at,
    }


def due(engine: Engine, now: datetime) -> list[str]:
    """The ids of all messages that may be sent at `now`, oldest first."""
    query = select(messages.c.id).where(_is_due(now)).order_by(messages.c.queued_at, messages.c.id)
    with engine.begin() as connection:
        return list(connection.scalars(query))


def _is_due(now: datetime) -> ColumnElement[bool]:
    waited = and_(messages.c.state == "deferred", messages.c.next_at <= stamp(now))
    return or_(messages.c.state == "queued", waited)


def claim(engine: Engine, ids: Sequence[str], now: datetime) -> list[MessageRow]:
    """Take those of `ids` that are still due, in the order of `ids`; they are `claimed` when this returns."""
    change = update(messages).where(messages.c.id.in_(ids), _is_due(now))
    with engine.begin() as connection:
        taken = connection.execute(
            change.values(state="claimed", updated_at=stamp(now)).returning(*messages.c)
        ).all()
    rows = {row.id: _row(row) for row in taken}
    return [rows[one] for one in ids if one in rows]


def release(engine: Engine, ids: Collection[str], now: datetime) -> None:
    """Give claimed messages back unsent, due at once."""
    _change(engine, ids, "claimed", {"state": "queued"}, now)


def postpone(engine: Engine, ids: Collection[str], until: datetime, why: str, now: datetime) -> None:
    """Put queued messages off because the relay cannot be used; no attempt is counted."""
    values = {"state": "deferred", "next_at": stamp(until), "reply": printable(why)}
    _change(engine, ids, None, values, now)


def _change(
    engine: Engine, ids: Collection[str], only: State | None, values: Mapping[str, str], now: datetime
) -> None:
    allowed = [only] if only else ["queued", "deferred"]
    with engine.begin() as connection:
        for part in _parts(sorted(ids)):
            where = update(messages).where(messages.c.id.in_(part), messages.c.state.in_(allowed))
            connection.execute(where.values(updated_at=stamp(now), **values))


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def begin_data(engine: Engine, message_id: str, now: datetime) -> None:
    """Commit that the message is being handed over; from here on only the server can tell what happened."""
    with engine.begin() as connection:
        _move(connection, message_id, "claimed", {"state": "in_data", "updated_at": stamp(now)})


def record(engine: Engine, row: MessageRow, outcome: Outcome, now: datetime) -> None:
    """Commit what became of a claimed message, and its address's suppression with it."""
    values = {
        "state": outcome.state,
        "reply": printable(outcome.reply),
        "attempts": row.attempts + outcome.counted,
        "next_at": stamp(outcome.next_at) if outcome.next_at else None,
        "updated_at": stamp(now),
    }
    with engine.begin() as connection:
        _move(connection, row.id, ("claimed", "in_data"), values)
        if outcome.suppress:
            _suppress(connection, outcome.suppress, outcome.reply, now)


def _move(
    connection: Connection, message_id: str, states: State | tuple[State, ...], values: Mapping[str, object]
) -> None:
    before = (states,) if isinstance(states, str) else states
    change = (
        update(messages).where(messages.c.id == message_id, messages.c.state.in_(before)).values(**values)
    )
    if connection.execute(change).rowcount != 1:
        raise MessageMoved(
            f"message {message_id} is not {' or '.join(before)}: let only one worker send the mail of a site."
        )


def _suppress(connection: Connection, address: str, why: str, now: datetime) -> None:
    known = select(suppressions.c.address).where(suppressions.c.address == address)
    if connection.execute(known).first() is None:
        row = {"address": address, "why": printable(why), "at": stamp(now)}
        connection.execute(suppressions.insert().values(**row))


def suppressed(engine: Engine, addresses: Collection[str]) -> dict[str, str]:
    """Those of `addresses` (in lower case) that nothing may be sent to, each with the reason."""
    found: dict[str, str] = {}
    with engine.begin() as connection:
        for part in _parts(sorted(addresses)):
            rows = connection.execute(select(suppressions).where(suppressions.c.address.in_(part)))
            found |= {row.address: row.why for row in rows}
    return found


def replace(connection: Connection, run_ids: Collection[int], codes: Collection[str], now: datetime) -> int:
    """Never send the letters of these runs about the entries of these public codes from now on: something else was
    decided. Those that have not left yet are withdrawn; returns how many. One that was claimed when the worker died
    has not left, nor has one that failed; what is in somebody's hand stays as it is.
    """
    query = select(messages.c.id, messages.c.content).where(messages.c.run_id.in_(sorted(run_ids)))
    stale = [
        one for one, content in connection.execute(query) if json.loads(content).get("public_code") in codes
    ]
    waiting = or_(
        messages.c.state.in_(("queued", "deferred", "claimed")),
        and_(messages.c.state == "failed", messages.c.by_hand == false()),
    )
    kept_back = 0
    for part in _parts(sorted(stale)):
        old = update(messages).where(messages.c.id.in_(part))
        back = old.where(waiting).values(state="withdrawn", reply=REPLACED, updated_at=stamp(now))
        kept_back += connection.execute(back).rowcount
        connection.execute(old.values(replaced=True))
    return kept_back


def hand_over(connection: Connection, now: datetime) -> list[MessageRow]:
    """The failed messages that nobody has in hand yet, oldest first; from now on they are by hand."""
    where = messages.c.state == "failed", messages.c.by_hand == false()
    change = update(messages).where(*where).values(by_hand=True, updated_at=stamp(now))
    rows = [_row(row) for row in connection.execute(change.returning(*messages.c))]
    return sorted(rows, key=lambda row: (row.contest, row.queued_at, row.id))


def recover(engine: Engine, now: datetime, policy: Policy) -> Recovered:
    """Settle what an interrupted worker left: `claimed` goes back to the queue, `in_data` is uncertain.

    Call it when no mail is being sent. `policy` says what an uncertain message becomes; one that a correction has
    replaced meanwhile is not sent again by it.
    """
    state, reply = doubtful(policy)
    at = stamp(now)
    claimed = update(messages).where(messages.c.state == "claimed").values(state="queued", updated_at=at)
    in_data = update(messages).where(messages.c.state == "in_data").returning(messages.c.id)
    values = {"state": state, "reply": reply or INTERRUPTED, "updated_at": at}
    old = {"state": "uncertain"} if state == "queued" else {}
    with engine.begin() as connection:
        requeued = connection.execute(claimed).rowcount
        counted = in_data.values(attempts=messages.c.attempts + 1, **values)
        replaced = connection.scalars(counted.where(messages.c.replaced).values(**old)).all()
        unknown = [*replaced, *connection.scalars(counted)]
    return Recovered(requeued, tuple(sorted(unknown)))


def doubtful(policy: Policy) -> tuple[State, str | None]:
    """The state an ambiguous message takes under `policy`, and what to note where that is not the fault."""
    if policy == "assume-sent":
        return "sent", ASSUMED
    return ("queued" if policy == "resend" else "uncertain"), None


def resolve(engine: Engine, message_id: str, how: Resolution, now: datetime) -> None:
    """What a person decides about an uncertain message: `resend` queues it afresh, `assume-sent` closes it.

    A failed one may be sent again too, once its cause has been mended. The decision is put on the audit chain in
    the same transaction. UnknownMessage, NotUncertain; Replaced where a correction says something else by now.
    """
    afresh: dict[str, object] = {"state": "queued", "attempts": 0, "next_at": None}
    values = afresh if how == "resend" else {"state": "sent", "reply": ASSUMED}
    open_to = ("uncertain", "failed") if how == "resend" else ("uncertain",)
    change = update(messages).where(messages.c.id == message_id, messages.c.state.in_(open_to))
    with engine.begin() as connection:
        if how == "resend":
            _refuse_replaced(connection, message_id)
        if connection.execute(change.values(updated_at=stamp(now), **values)).rowcount == 0:
            _refuse_to_resolve(connection, message_id)
        audit.record(connection, now, "mail.resolved", {"message": message_id, "how": how})


def _refuse_replaced(connection: Connection, message_id: str) -> None:
    """Whoever got the new letter would have the old one after it. What is uncertain is closed; a failed one is not."""
    query = select(messages.c.state, messages.c.replaced).where(messages.c.id == message_id)
    row = connection.execute(query).first()
    if row is None or not row.replaced:
        return
    close = f"close it with `baiqau mail resolve {message_id} --assume-sent`"
    todo = close if row.state == "uncertain" else "leave it as it is, the newer letter stands"
    raise Replaced(f"message {message_id} was replaced by a correction and is not sent again; {todo}.")


def _refuse_to_resolve(connection: Connection, message_id: str) -> None:
    state = connection.scalar(select(messages.c.state).where(messages.c.id == message_id))
    if state is None:
        raise UnknownMessage(f"there is no message {message_id}; `baiqau mail list` shows their ids.")
    raise NotUncertain(
        f"message {message_id} is {state}; only an uncertain message can be resolved, and a failed one sent again."
    )


def list_messages(engine: Engine, states: Collection[State] | None = None) -> list[MessageRow]:
    """The messages in one of `states` (None: in any), oldest first."""
    query = select(messages).order_by(messages.c.queued_at, messages.c.id)
    if states is not None:
        query = query.where(messages.c.state.in_(sorted(states)))
    with engine.begin() as connection:
        return [_row(row) for row in connection.execute(query)]


def count_states(engine: Engine) -> dict[str, int]:
    """How many messages are in each state that has any."""
    query = select(messages.c.state, func.count()).group_by(messages.c.state).order_by(messages.c.state)
    with engine.begin() as connection:
        return dict(connection.execute(query).all())


def _row(row: Row[Any]) -> MessageRow:
    values = dict(row._mapping)
    at = {name: instant(values[name]) for name in ("queued_at", "updated_at")}
    next_at = instant(row.next_at) if row.next_at else None
    return MessageRow(**values | at | {"content": json.loads(row.content), "next_at": next_at})


def printable(reply: str) -> str:
    """A server's words in one line of printable characters, cut to what is kept."""
    line = " ".join(reply.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return "".join(letter for letter in line if letter.isprintable())[:LONGEST_REPLY]
