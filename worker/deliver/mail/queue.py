"""Sending what is due: never twice by itself, and whatever is doubtful is said to be so.

Exactly once cannot be had over SMTP. Each step is committed before it is taken, so after any interruption the
table says whether a message can have left. What happened, and what follows:

- the relay cannot be reached, refuses the login or our sender: no message is to blame; all that is due waits
  the first backoff, and no attempt is counted, so an outage of days fails nothing;
- 4xx, or the connection breaks before DATA: the message has not left; it waits its backoff;
- 5xx to the recipient: failed, and where the mailbox does not exist the address is suppressed;
- 5xx to the message: failed; the address is not to blame;
- 250 to the message: sent;
- any other end after DATA began: uncertain, left to a person (or to `on_uncertain`).

A message is given up when the waits its own attempts have earned add up to `give_up_after`; time in which the
worker or the relay was down does not count.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiosmtplib
from sqlalchemy import Engine

from jobs.errors import BaiqauError
from worker.clock import Clock
from worker.deliver.mail.compose import one_address
from worker.deliver.mail.smtp import (
    BROKEN,
    DATA_TIMEOUT,
    Relay,
    RelayTrouble,
    connect,
    described,
    is_unknown_mailbox,
    kind_of,
    leave,
    read_relay,
)
from worker.failpoint import failpoint
from worker.settings import Mail
from worker.store import messages
from worker.store.messages import MessageRow, Outcome

Build = Callable[[MessageRow], bytes]
Report = Callable[..., None]
Letters = deque[tuple[MessageRow, str]]  # each with the address as SMTP writes it


@dataclass(frozen=True)
class Counts:
    """How the messages tried in one call ended."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0


def send_due(
    engine: Engine, mail: Mail, clock: Clock, build: Build, *, report: Report, folder: Path = Path()
) -> Counts:
    """Try every message that is due once, on up to `mail.connections` connections at a time.

    `build` makes a message's bytes; whatever it raises fails that message alone, but for an OSError, which puts it
    off. `report(event, message=, state=,
    code=)` is called for each outcome. `mail.password` is relative to `folder`. Any other error leaves
    messages `claimed` or `in_data`, which the next call settles as `recover` does.
    """
    office = _Office(engine, mail, read_relay(mail, folder), clock, build, report)
    office.settle_interrupted()
    office.pile.extend(messages.due(engine, clock.now()))
    if office.pile:
        asyncio.run(office.empty())
    return office.counts()


@dataclass
class _Office:
    """One round of sending. Database work runs between awaits, in the one thread there is."""

    engine: Engine
    mail: Mail
    relay: Relay
    clock: Clock
    build: Build
    report: Report
    pile: deque[str] = field(default_factory=deque)
    trouble: RelayTrouble | None = None
    tally: Counter[str] = field(default_factory=Counter)

    def counts(self) -> Counts:
        return Counts(**self.tally)

    def settle_interrupted(self) -> None:
        policy = self.mail.on_uncertain
        for message_id in messages.recover(self.engine, self.clock.now(), policy).doubtful:
            state, _ = messages.doubtful(policy)
            if state != "queued":
                self._say(message_id, state, None)

    async def empty(self) -> None:
        """Work until the pile is gone; what a relay in trouble leaves of it is put off."""
        couriers = min(self.mail.connections, -(-len(self.pile) // self.mail.per_connection))
        await asyncio.gather(*(self._courier() for _ in range(couriers)))
        if self.trouble and self.pile:
            self._put_off(self.trouble)

    def _put_off(self, trouble: RelayTrouble) -> None:
        now = self.clock.now()
        messages.postpone(self.engine, self.pile, now + self.mail.backoff[0], str(trouble), now)
        self.report("worker.hindered", fault=f"relay {self.relay.host}:{self.relay.port}: {kind_of(trouble)}")
        for message_id in self.pile:
            self._say(message_id, "deferred", None)

    async def _courier(self) -> None:
        """A connection's worth after another, until nothing is left or the relay is in trouble."""
        while self.pile:
            letters = self._fetch()
            try:
                await self._carry(letters)
            except RelayTrouble as fault:
                self.trouble = fault
                back = [row.id for row, _ in letters]
                messages.release(self.engine, back, self.clock.now())
                self.pile.extend(back)
                return

    def _fetch(self) -> Letters:
        """Claim the next messages; those whose address will not do fail here, before any connection."""
        count = min(self.mail.per_connection, messages.AT_ONCE, len(self.pile))
        ids = [self.pile.popleft() for _ in range(count)]
        rows = messages.claim(self.engine, ids, self.clock.now())
        failpoint("mail.claimed")
        addressed = [(row, address) for row in rows if (address := self._address(row))]
        barred = messages.suppressed(self.engine, {address.lower() for _, address in addressed})
        for row, address in addressed:
            if why := barred.get(address.lower()):
                self._finish(row, Outcome("failed", f"the address is suppressed: {why}", counted=False))
        return deque((row, address) for row, address in addressed if address.lower() not in barred)

    def _address(self, row: MessageRow) -> str | None:
        try:
            return one_address(row.address or "")
        except BaiqauError as fault:
            self._finish(row, Outcome("failed", str(fault), counted=False))
            return None

    async def _carry(self, letters: Letters) -> None:
        """Hand over all `letters`, on a new connection after each error."""
        while letters:
            client = await connect(self.relay)
            failpoint("mail.connected")
            try:
                if await self._hand_over_in_turn(client, letters):
                    await leave(client)
            finally:
                client.close()

    async def _hand_over_in_turn(self, client: aiosmtplib.SMTP, letters: Letters) -> bool:
        while letters:
            healthy = await self._hand_over(client, *letters[0])
            letters.popleft()
            if not healthy:
                return False
        return True

    async def _hand_over(self, client: aiosmtplib.SMTP, row: MessageRow, address: str) -> bool:
        """Send one message and commit how it ended; False where the connection must not be used again."""
        try:
            content = self.build(row)
        except BaiqauError as fault:
            self._finish(row, Outcome("failed", f"not composed: {fault}", counted=False))
            return True
        except OSError as fault:  # the disk is full: neither the message nor the relay is to blame
            again = self.clock.now() + self.mail.backoff[0]
            why = f"not composed now: {described(fault)}"
            self._finish(row, Outcome("deferred", why, next_at=again, counted=False))
            return True
        except Exception as defect:  # noqa: BLE001  # one message must not stop the others: told, and by hand
            self._finish(row, Outcome("failed", f"not composed: {type(defect).__name__}", counted=False))
            return True
        refused = await self._offer(client, row, address)
        failpoint("mail.offered")
        if refused is None:
            messages.begin_data(self.engine, row.id, self.clock.now())
            failpoint("mail.in_data")
        outcome = refused or await self._data(client, row, content)
        self._finish(row, outcome)
        return outcome.state == "sent"

    async def _offer(self, client: aiosmtplib.SMTP, row: MessageRow, address: str) -> Outcome | None:
        """MAIL and RCPT: None where the server will take the message. Until now nothing can have left."""
        try:
            await client.mail(self.relay.sender)
            await client.rcpt(address)
        except aiosmtplib.SMTPSenderRefused as fault:
            if fault.code >= 500:
                raise RelayTrouble(f"the relay refuses our sender: {described(fault)}.") from fault
            return self._later(row, described(fault), fault.code)
        except aiosmtplib.SMTPRecipientRefused as fault:
            return self._recipient_refused(row, address, fault)
        except BROKEN as fault:
            return self._later(row, f"before DATA: {described(fault)}", None)
        return None

    def _recipient_refused(
        self, row: MessageRow, address: str, fault: aiosmtplib.SMTPRecipientRefused
    ) -> Outcome:
        if not 500 <= fault.code < 600:
            return self._later(row, described(fault), fault.code)
        gone = is_unknown_mailbox(fault.code, fault.message)
        return Outcome("failed", described(fault), fault.code, suppress=address.lower() if gone else None)

    async def _data(self, client: aiosmtplib.SMTP, row: MessageRow, content: bytes) -> Outcome:
        try:
            answer = await client.data(content, timeout=max(DATA_TIMEOUT, self.relay.timeout))
        except aiosmtplib.SMTPDataError as fault:
            return self._message_refused(row, fault)
        except BROKEN as fault:
            return self._unknown(row, f"after DATA: {described(fault)}")
        failpoint("mail.accepted")
        return Outcome("sent", f"{answer.code} {answer.message}", answer.code)

    def _message_refused(self, row: MessageRow, fault: aiosmtplib.SMTPDataError) -> Outcome:
        if 400 <= fault.code < 500:
            return self._later(row, described(fault), fault.code)
        if 500 <= fault.code < 600:
            return Outcome("failed", described(fault), fault.code)
        return self._unknown(row, f"an answer that says nothing: {described(fault)}")

    def _later(self, row: MessageRow, reply: str, code: int | None) -> Outcome:
        waited, wait = _waits(self.mail.backoff, row.attempts)
        if waited >= self.mail.give_up_after:
            return Outcome("failed", f"given up after {row.attempts + 1} attempts: {reply}", code)
        return Outcome("deferred", reply, code, self.clock.now() + wait)

    def _unknown(self, row: MessageRow, reply: str) -> Outcome:
        state, note = messages.doubtful(self.mail.on_uncertain)
        return self._later(row, reply, None) if state == "queued" else Outcome(state, note or reply)

    def _finish(self, row: MessageRow, outcome: Outcome) -> None:
        messages.record(self.engine, row, outcome, self.clock.now())
        failpoint("mail.recorded")
        self._say(row.id, outcome.state, outcome.code)

    def _say(self, message_id: str, state: messages.State, code: int | None) -> None:
        self.tally[state] += 1
        self.report(f"mail.{state}", message=message_id, state=state, code=code)


def _waits(backoff: list[timedelta], attempts: int) -> tuple[timedelta, timedelta]:
    """What `attempts` have waited in all, and the wait after one more; the last backoff repeats."""
    earned = [backoff[min(number, len(backoff) - 1)] for number in range(attempts + 1)]
    return sum(earned[:-1], timedelta()), earned[-1]
