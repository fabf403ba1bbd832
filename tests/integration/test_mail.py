"""The mail against a real SMTP server on loopback: every state, and never two copies by itself."""

import importlib
import multiprocessing
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from jobs.errors import BaiqauError
from worker import audit
from worker.clock import VirtualClock
from worker.deliver.mail import Counts, InsecureRelay, Letters, compose, send_due
from worker.deliver.mail.content import ComposeFault
from worker.rehearsal.mail_server import DROP, Behaviour, Moment, mail_server, obliging
from worker.secrets import SecretMissing
from worker.settings import Mail
from worker.store import messages, runs
from worker.store.database import open_database
from worker.store.messages import MessageRow, NewMessage, NotUncertain, Replaced, UnknownMessage
from worker.store.runs import NewRun
from worker.store.tables import messages as table

ROOT = Path(__file__).parent.parent.parent
START = datetime(2026, 6, 8, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Post:
    """A database, a clock and a relay that misbehaves as `behaviour` says."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.engine: Engine = open_database(f"sqlite:///{folder}/t.db")
        self.clock = VirtualClock(START)
        self.letters = Letters(ROOT / "templates")
        self.changes = changes
        self.events: list[tuple[str, dict[str, object]]] = []
        self.built: list[str] = []

    def mail(self, port: int) -> Mail:
        whole = {
            "host": "127.0.0.1", "port": port, "tls": "none", "username": "", "password": "password",
            "sender": "contest@contest.example", "reply_to": "", "connections": 2, "per_connection": 3,
            "timeout": "5s", "backoff": ["5m", "15m", "1h", "4h"], "give_up_after": "3d",
            "on_uncertain": "hold",
        }  # fmt: skip
        return Mail.model_validate(whole | self.changes)

    def queue(self, *addresses: str | None) -> None:
        new = [
            NewMessage(f"m-{n}", "myn-bala", f"person-{n}", "answer", None, address, "kk", CONTENT)
            for n, address in enumerate(addresses, start=1)
        ]
        with self.engine.begin() as connection:
            messages.queue(connection, new, self.clock.now())

    def build(self, row: MessageRow) -> bytes:
        self.built.append(row.id)
        return compose(row, self.letters, mail=self.mail(25), domain="contest.example")

    def send(
        self, behaviour: Behaviour = obliging, build: Callable[[MessageRow], bytes] | None = None
    ) -> Counts:
        with mail_server(self.folder / "kept", behaviour) as (_, port):
            return self.send_to(port, build or self.build)

    def send_to(self, port: int, build: Callable[[MessageRow], bytes]) -> Counts:
        return send_due(
            self.engine, self.mail(port), self.clock, build, report=self._note, folder=self.folder
        )

    def _note(self, event: str, **facts: object) -> None:
        self.events.append((event, facts))

    def wait(self, pause: timedelta) -> None:
        self.clock.advance_to(self.clock.now() + pause)

    def row(self, message_id: str = "m-1") -> MessageRow:
        (found,) = (row for row in messages.list_messages(self.engine) if row.id == message_id)
        return found

    def kept(self) -> list[str]:
        return sorted(file.name for file in (self.folder / "kept").glob("*.eml"))

    def put(self, message_id: str, state: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == message_id).values(state=state))


CONTENT: dict[str, Any] = {
    "template": "answer",
    "contest": {"id": "myn-bala", "title": {"kk": "Мың бала", "ru": "Мың бала", "en": "Myn Bala"},
                "regulation": "002"},
    "organisation": "Оператор",
    "person": {"surname": "Әбілқасымова", "name": "Гүлнұр", "patronymic": None},
    "outcome": {"verdict": "in", "stage": "stage-1", "stage_title": "stage 1", "clause": "8",
                "code": "scored", "facts": {"score": "31", "items": "40"}, "why": "31 of 40 right"},
    "result": {"rank": None, "score": 31, "items": 40},
    "admission": None, "admission_reason": None, "public_code": "K7-204", "diploma": None,
}  # fmt: skip
FAMILY = "family@mail.example"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    office = Post(tmp_path)
    yield office
    office.engine.dispose()


@pytest.fixture
def post_with(tmp_path: Path) -> Iterator[Callable[..., Post]]:
    made: list[Post] = []

    def make(**changes: Any) -> Post:
        made.append(Post(tmp_path, **changes))
        return made[-1]

    yield make
    for office in made:
        office.engine.dispose()


def at_step(step: str, reply: str, *, recipient: str | None = None) -> Behaviour:
    def behaviour(moment: Moment) -> str | None:
        concerned = recipient is None or moment.recipient == recipient
        return reply if moment.step == step and concerned else None

    return behaviour


# --- the usual day ---


def test_every_queued_message_is_sent_once_and_kept_as_one_file(post: Post) -> None:
    post.queue(*(f"family-{n}@mail.example" for n in range(1, 9)))
    assert post.send() == Counts(sent=8)
    assert post.send() == Counts()
    assert len(post.kept()) == 8
    assert messages.count_states(post.engine) == {"sent": 8}
    assert post.row().reply == "250 OK"
    assert post.row().attempts == 1


def test_what_arrives_is_what_was_composed(post: Post) -> None:
    post.queue(FAMILY)
    post.send()
    (name,) = post.kept()
    stored = (post.folder / "kept" / name).read_bytes()
    assert stored == post.build(post.row())
    assert name.startswith("1-")
    assert name.endswith("@contest.example.eml")


def test_a_family_without_an_address_is_never_written_to(post: Post) -> None:
    post.queue(None, FAMILY)
    assert post.send() == Counts(sent=1)
    assert post.row("m-1").state == "no-address"


def test_a_person_has_one_message_of_a_kind_however_often_it_is_queued(post: Post) -> None:
    post.queue(FAMILY)
    post.queue("other@mail.example")
    assert post.row().address == FAMILY


def test_events_carry_the_id_the_state_and_the_code_and_nothing_else(post: Post) -> None:
    post.queue("canary@mail.example", "gone@mail.example")
    post.send(at_step("rcpt", "550 5.1.1 no <gone@mail.example>", recipient="gone@mail.example"))
    sent, failed = sorted(post.events, key=lambda event: str(event[1]["message"]))
    assert sent == ("mail.sent", {"message": "m-1", "state": "sent", "code": 250})
    assert failed == ("mail.failed", {"message": "m-2", "state": "failed", "code": 550})


# --- scenario 14: definite refusals ---


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_451_defers_with_backoff_and_is_sent_when_the_wait_is_over(post: Post, step: str) -> None:
    post.queue(FAMILY)
    assert post.send(at_step(step, "451 4.7.1 later")) == Counts(deferred=1)
    assert post.row().next_at == START + 5 * MINUTE
    assert post.row().reply == "451 4.7.1 later"
    post.wait(5 * MINUTE - timedelta(seconds=1))
    assert post.send() == Counts()
    post.wait(timedelta(seconds=1))
    assert post.send() == Counts(sent=1)
    assert len(post.kept()) == 1


def test_the_backoff_grows_its_last_wait_repeats_and_in_the_end_it_is_given_up(
    post_with: Callable[..., Post],
) -> None:
    post = post_with(give_up_after="6h")
    post.queue(FAMILY)
    waits = []
    while post.row().state in ("queued", "deferred"):
        post.send(at_step("rcpt", "451 later"))
        if until := post.row().next_at:
            waits.append((until - post.clock.now()) // MINUTE)
            post.wait(until - post.clock.now())
    assert waits == [5, 15, 60, 240, 240]
    assert post.row().state == "failed"
    assert post.row().reply == "given up after 6 attempts: 451 later"


def test_time_in_which_the_worker_was_down_gives_no_message_up(post: Post) -> None:
    post.queue(FAMILY)
    post.send(at_step("rcpt", "451 later"))
    post.wait(timedelta(days=90))
    assert post.send(at_step("rcpt", "451 later")) == Counts(deferred=1)


def test_550_to_the_recipient_fails_is_not_retried_and_suppresses_the_address(post: Post) -> None:
    post.queue("Gone@mail.example", FAMILY)
    refusal = at_step("rcpt", "550 5.1.1 no such user", recipient="Gone@mail.example")
    assert post.send(refusal) == Counts(sent=1, failed=1)
    assert post.row("m-1").state == "failed"
    assert messages.suppressed(post.engine, {"gone@mail.example", FAMILY}) == {
        "gone@mail.example": "550 5.1.1 no such user"
    }
    post.wait(timedelta(days=1))
    assert post.send() == Counts()


def test_a_suppressed_address_is_not_written_to_again(post: Post) -> None:
    post.queue("gone@mail.example")
    post.send(at_step("rcpt", "550 no such user"))
    with post.engine.begin() as connection:
        letter = NewMessage(
            "m-9", "myn-bala", "person-1", "diploma", None, "GONE@mail.example", "kk", CONTENT
        )
        messages.queue(connection, [letter], post.clock.now())
    assert post.send() == Counts(failed=1)
    assert post.row("m-9").reply == "the address is suppressed: 550 no such user"
    assert post.kept() == []


@pytest.mark.parametrize(
    ("step", "reply"), [("rcpt", "554 5.7.1 relaying denied"), ("data", "554 5.7.1 policy")]
)
def test_a_policy_against_us_fails_the_message_and_leaves_the_address_alone(
    post: Post, step: str, reply: str
) -> None:
    post.queue(FAMILY)
    assert post.send(at_step(step, reply)) == Counts(failed=1)
    assert messages.suppressed(post.engine, {FAMILY}) == {}
    assert post.row().reply == reply


# --- scenario 15: broken connections ---


def test_a_drop_after_the_final_dot_is_uncertain_listed_and_not_resent_by_itself(post: Post) -> None:
    post.queue(FAMILY)
    assert post.send(at_step("data", DROP)) == Counts(uncertain=1)
    assert [row.id for row in messages.list_messages(post.engine, ["uncertain"])] == ["m-1"]
    post.wait(timedelta(days=10))
    assert post.send() == Counts()
    assert len(post.kept()) == 1
    assert post.row().state == "uncertain"


def test_resolving_as_resend_sends_once_and_the_copy_has_the_same_id(post: Post) -> None:
    post.queue(FAMILY)
    post.send(at_step("data", DROP))
    messages.resolve(post.engine, "m-1", "resend", post.clock.now())
    assert post.send() == Counts(sent=1)
    assert post.send() == Counts()
    first, second = post.kept()
    assert first.removeprefix("1-") == second.removeprefix("2-")


def test_resolving_as_sent_closes_the_message(post: Post) -> None:
    post.queue(FAMILY)
    post.send(at_step("data", DROP))
    messages.resolve(post.engine, "m-1", "assume-sent", post.clock.now())
    assert post.send() == Counts()
    assert post.row().state == "sent"


def test_a_decision_and_its_record_are_one_transaction(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    post.queue(FAMILY)
    post.put("m-1", "uncertain")
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", broken)
        with pytest.raises(OSError, match="disk"):
            messages.resolve(post.engine, "m-1", "resend", START)
    assert post.row().state == "uncertain"
    messages.resolve(post.engine, "m-1", "resend", START)
    with post.engine.begin() as connection:
        (entry,) = audit.entries(connection)
    assert (entry.event, entry.facts) == ("mail.resolved", '{"how":"resend","message":"m-1"}')


def test_two_people_with_one_message_id_are_never_taken_for_one(post: Post) -> None:
    post.queue(FAMILY)
    other = NewMessage("m-1", "myn-bala", "person-2", "answer", None, FAMILY, "kk", CONTENT)
    with pytest.raises(messages.SameId), post.engine.begin() as connection:
        messages.queue(connection, [other], START)


def test_only_an_uncertain_message_can_be_resolved(post: Post) -> None:
    post.queue(FAMILY)
    with pytest.raises(NotUncertain, match="queued"):
        messages.resolve(post.engine, "m-1", "resend", START)
    with pytest.raises(UnknownMessage):
        messages.resolve(post.engine, "m-7", "resend", START)
    assert post.row().state == "queued"


def replaced(post: Post, message_id: str, state: str) -> None:
    """The letter in that state, and then a correction of what it is about."""
    with post.engine.begin() as connection:
        run = NewRun("myn-bala", "2026", "stage-1", START, 1, "settled")
        run_id = runs.add(connection, run, START)
        change = update(table).where(table.c.id == message_id)
        connection.execute(change.values(run_id=run_id, state=state, by_hand=state == "failed"))
        assert messages.replace(connection, [run_id], {"K7-204"}, START) == (state == "claimed")


@pytest.mark.parametrize(
    ("state", "todo"), [("uncertain", "m-1 --assume-sent`"), ("failed", "leave it as it is")]
)
def test_a_letter_that_a_correction_has_replaced_is_never_sent_again(
    post: Post, state: str, todo: str
) -> None:
    post.queue(FAMILY)
    replaced(post, "m-1", state)
    with pytest.raises(Replaced, match=f"m-1 was replaced by a correction and is not sent again; .*{todo}"):
        messages.resolve(post.engine, "m-1", "resend", START)
    assert post.send() == Counts()
    if state == "uncertain":
        messages.resolve(post.engine, "m-1", "assume-sent", START)
        assert post.row().state == "sent"


@pytest.mark.parametrize(("state", "after"), [("in_data", "uncertain"), ("claimed", "withdrawn")])
def test_a_letter_replaced_while_the_worker_was_dead_is_not_sent_by_the_policy_that_sends_twice(
    post_with: Callable[..., Post], state: str, after: str
) -> None:
    post = post_with(on_uncertain="resend")
    post.queue(FAMILY, "other@mail.example")
    replaced(post, "m-1", state)
    post.put("m-2", state)
    assert post.send() == Counts(sent=1)
    assert (post.row("m-1").state, post.row("m-2").state) == (after, "sent")


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_a_drop_before_data_is_retried_and_delivered_once(post: Post, step: str) -> None:
    post.queue(FAMILY)
    assert post.send(at_step(step, DROP)) == Counts(deferred=1)
    assert post.kept() == []
    post.wait(5 * MINUTE)
    assert post.send() == Counts(sent=1)
    assert len(post.kept()) == 1


def test_an_error_on_one_message_does_not_touch_the_others(post: Post) -> None:
    post.queue(*(f"family-{n}@mail.example" for n in range(1, 8)))
    dropped = at_step("rcpt", DROP, recipient="family-2@mail.example")
    assert post.send(dropped) == Counts(sent=6, deferred=1)
    assert post.row("m-2").state == "deferred"


@pytest.mark.parametrize(("policy", "state", "copies"), [("assume-sent", "sent", 1), ("resend", "sent", 2)])
def test_the_policy_for_uncertain_messages_is_obeyed(
    post_with: Callable[..., Post], policy: str, state: str, copies: int
) -> None:
    post = post_with(on_uncertain=policy)
    post.queue(FAMILY)
    post.send(at_step("data", DROP))
    post.wait(5 * MINUTE)
    post.send()
    assert post.row().state == state
    assert len(post.kept()) == copies


def test_an_answer_that_is_neither_yes_nor_no_leaves_the_message_uncertain(post: Post) -> None:
    post.queue(FAMILY)
    assert post.send(at_step("data", "354 go on")) == Counts(uncertain=1)


# --- the relay itself ---


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert isinstance(port, int)
        return port


def test_an_unreachable_relay_defers_everything_and_counts_no_attempt(post: Post) -> None:
    post.queue(*(f"family-{n}@mail.example" for n in range(1, 9)))
    assert post.send_to(free_port(), post.build) == Counts(deferred=8)
    assert {(row.state, row.attempts, row.next_at) for row in messages.list_messages(post.engine)} == {
        ("deferred", 0, START + 5 * MINUTE)
    }
    assert post.built == []
    (hindered,) = (facts for event, facts in post.events if event == "worker.hindered")
    assert re.fullmatch(r"relay 127\.0\.0\.1:\d+: connection refused", str(hindered["fault"]))
    post.wait(5 * MINUTE)
    assert post.send() == Counts(sent=8)


def test_a_relay_that_refuses_our_sender_fails_no_message(post: Post) -> None:
    post.queue(FAMILY, "other@mail.example")
    assert post.send(at_step("mail", "550 5.7.1 sender not allowed")) == Counts(deferred=2)
    assert post.row().attempts == 0
    assert "refuses our sender: 550 5.7.1" in (post.row().reply or "")
    (hindered,) = (facts for event, facts in post.events if event == "worker.hindered")
    assert str(hindered["fault"]).endswith(": it answers 550")


def test_mail_to_a_relay_elsewhere_must_be_encrypted(post_with: Callable[..., Post]) -> None:
    post = post_with(host="relay.contest.example")
    post.queue(FAMILY)
    with pytest.raises(InsecureRelay):
        post.send_to(25, post.build)
    assert post.row().state == "queued"


def test_the_password_is_read_from_its_file_in_the_site(post_with: Callable[..., Post]) -> None:
    post = post_with(username="baiqau")
    post.queue(FAMILY)
    with pytest.raises(SecretMissing, match=str(post.folder / "password")):
        post.send_to(free_port(), post.build)
    secret = post.folder / "password"
    secret.write_text("letmein\n")
    secret.chmod(0o600)
    assert post.send() == Counts(deferred=1)  # the loopback server offers no login
    assert "letmein" not in (post.row().reply or "")


# --- hostile rows ---


@pytest.mark.parametrize(
    "address",
    [
        "a@mail.example, b@mail.example", "a@mail.example\r\nRCPT TO:<b@mail.example>", "айгүл@mail.example",
        "nobody",
    ],
)  # fmt: skip
def test_an_address_that_is_not_exactly_one_fails_before_any_connection(post: Post, address: str) -> None:
    steps: list[str] = []

    def note(moment: Moment) -> None:
        steps.append(moment.step)

    post.queue(address)
    assert post.send(note) == Counts(failed=1)
    assert steps == []
    assert "mail.example" not in (post.row().reply or "")


def test_a_message_that_cannot_be_composed_fails_and_the_others_go(post: Post) -> None:
    def build(row: MessageRow) -> bytes:
        if row.id == "m-1":
            raise ComposeFault("message m-1: content.person.name: Field required.")
        return post.build(row)

    post.queue(FAMILY, "other@mail.example")
    assert post.send(build=build) == Counts(sent=1, failed=1)
    assert (post.row("m-1").reply or "").startswith("not composed: message m-1")


# --- interruptions ---


def test_recover_requeues_what_was_claimed_and_lists_what_was_in_data(post: Post) -> None:
    post.queue(FAMILY, "other@mail.example", "third@mail.example")
    post.put("m-1", "claimed")
    post.put("m-2", "in_data")
    recovered = messages.recover(post.engine, START, "hold")
    assert (recovered.requeued, recovered.doubtful) == (1, ("m-2",))
    assert [post.row(f"m-{n}").state for n in (1, 2, 3)] == ["queued", "uncertain", "queued"]
    assert messages.recover(post.engine, START, "hold").doubtful == ()


@pytest.mark.parametrize(("policy", "state"), [("assume-sent", "sent"), ("resend", "queued")])
def test_recover_obeys_the_policy(post: Post, policy: messages.Policy, state: str) -> None:
    post.queue(FAMILY)
    post.put("m-1", "in_data")
    messages.recover(post.engine, START, policy)
    assert post.row().state == state


def test_a_round_first_settles_what_an_interruption_left_and_says_so(post: Post) -> None:
    post.queue(FAMILY)
    post.put("m-1", "in_data")
    assert post.send() == Counts(uncertain=1)
    assert post.events == [("mail.uncertain", {"message": "m-1", "state": "uncertain", "code": None})]
    assert post.kept() == []


def test_a_full_disk_puts_the_message_off_and_counts_no_attempt(post: Post) -> None:
    def full(_row: MessageRow) -> bytes:
        raise OSError(28, "No space left on device")

    post.queue(FAMILY)
    assert post.send(build=full) == Counts(deferred=1)
    assert (post.row().state, post.row().attempts) == ("deferred", 0)
    post.wait(5 * MINUTE)
    assert post.send() == Counts(sent=1)


def test_a_fault_nobody_foresaw_fails_its_message_alone_and_tells_no_value(post: Post) -> None:
    def build(row: MessageRow) -> bytes:
        if row.id == "m-2":
            raise KeyError(row.content["person"]["surname"])
        return post.build(row)

    post.queue(FAMILY, "other@mail.example", "third@mail.example")
    assert post.send(build=build) == Counts(sent=2, failed=1)
    assert (post.row("m-2").state, post.row("m-2").reply) == ("failed", "not composed: KeyError")


def test_two_senders_at_once_are_noticed_before_a_second_copy_can_leave(post: Post) -> None:
    post.queue(FAMILY)
    messages.claim(post.engine, ["m-1"], START)
    messages.begin_data(post.engine, "m-1", START)
    with pytest.raises(BaiqauError, match="m-1"):
        messages.begin_data(post.engine, "m-1", START)


# Children of a server that has imported the worker once: a kill costs a tenth of a second rather than two.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["worker.deliver.mail", "worker.rehearsal.mail_server", "worker.store.database"]
)


def send_until_killed(folder: Path, port: int, kill_at: int) -> None:
    os.environ["BAIQAU_FAILPOINT_KILL"] = str(kill_at)
    os.environ["BAIQAU_FAILPOINT_LOG"] = str(folder / "crossings")
    importlib.reload(sys.modules["worker.failpoint"])  # it reads these variables when it is loaded
    post = Post(folder)
    post.send_to(port, post.build)


def send_in_a_process(post: Post, port: int, kill_at: int) -> int | None:
    process = PROCESSES.Process(target=send_until_killed, args=(post.folder, port, kill_at))
    process.start()
    process.join(60)
    return process.exitcode


@pytest.mark.parametrize(
    ("kill_at", "name", "copies", "states"),
    [
        (1, "mail.claimed", 0, ["sent", "sent"]),
        (2, "mail.connected", 0, ["sent", "sent"]),
        (3, "mail.offered", 0, ["sent", "sent"]),
        (4, "mail.in_data", 0, ["uncertain", "sent"]),
        (5, "mail.accepted", 1, ["uncertain", "sent"]),
        (6, "mail.recorded", 1, ["sent", "sent"]),
    ],
)
def test_killed_at_any_step_no_message_is_lost_and_none_is_sent_twice(
    post: Post, kill_at: int, name: str, copies: int, states: list[str]
) -> None:
    post.queue(FAMILY, "other@mail.example")
    with mail_server(post.folder / "kept") as (_, port):
        assert send_in_a_process(post, port, kill_at) == -signal.SIGKILL
        assert (post.folder / "crossings").read_text().splitlines()[-1] == f"{kill_at} {name}"
        assert len(post.kept()) == copies
        post.send_to(port, post.build)
    assert [post.row(f"m-{n}").state for n in (1, 2)] == states
    kept = [name.split("-", 1)[1] for name in post.kept()]
    assert len(kept) == len(set(kept))
    assert len(kept) == (1 if name == "mail.in_data" else 2)
