"""One conversation with the relay: connecting, and what its answers mean."""

import ipaddress
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtplib

from jobs.errors import BaiqauError
from worker.deliver.mail.compose import one_address
from worker.secrets import read_secret
from worker.settings import Mail

DATA_TIMEOUT = 600.0  # seconds a server may take after the final dot (RFC 5321, section 4.5.3.2.6)

# Before the message itself is handed over, all of these mean that it has not left.
BROKEN = (aiosmtplib.SMTPException, OSError, TimeoutError)

_NO_MAILBOX = {550, 551, 553}
_ENHANCED = re.compile(r"5\.(\d{1,3})\.(\d{1,3})(?!\d)")


class InsecureRelay(BaiqauError):
    """Mail would cross a network without encryption."""


class RelayTrouble(BaiqauError):
    """The relay cannot be reached or will not work for us, which says nothing of any message."""


@dataclass(frozen=True)
class Relay:
    """How to reach the relay. `sender` is the envelope's; `timeout` in seconds."""

    host: str
    port: int
    tls: str
    timeout: float
    sender: str
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)


def check_relay(mail: Mail) -> None:
    """InsecureRelay or AddressFault where [mail] cannot be used, whatever the network says."""
    if mail.tls == "none" and not _is_loopback(mail.host):
        raise InsecureRelay(
            f'settings.toml: mail.tls = "none" is only for a relay on this machine, not for {mail.host}; '
            'write "starttls" or "tls".'
        )
    with _about("mail.sender"):
        one_address(mail.sender)
    if mail.reply_to:
        with _about("mail.reply_to"):
            one_address(mail.reply_to)


@contextmanager
def _about(key: str) -> Iterator[None]:
    try:
        yield
    except BaiqauError as fault:
        raise type(fault)(f"settings.toml: {key}: {fault}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_relay(mail: Mail, folder: Path) -> Relay:
    """The relay of [mail]; the password's path is relative to `folder`. Raises what check_relay and
    read_secret raise."""
    check_relay(mail)
    password = read_secret(folder / mail.password).decode().strip() if mail.username else None
    seconds = mail.timeout.total_seconds()
    return Relay(
        mail.host, mail.port, mail.tls, seconds, one_address(mail.sender), mail.username or None, password
    )


async def connect(relay: Relay) -> aiosmtplib.SMTP:
    """A client greeted and logged in; RelayTrouble where that fails."""
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        use_tls=relay.tls == "tls",
        start_tls=relay.tls == "starttls",
        username=relay.username,
        password=relay.password,
        timeout=relay.timeout,
    )
    try:
        await client.connect()
        await client.ehlo()
    except BROKEN as fault:
        client.close()
        raise RelayTrouble(
            f"the relay {relay.host}:{relay.port} cannot be used: {described(fault)}."
        ) from fault
    return client


async def leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye to a client no error has touched; the server may have gone first."""
    try:
        await client.quit()
    except BROKEN:
        client.close()


def described(fault: Exception) -> str:
    """A failure without an answer of the server's that concerns one message."""
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return f"{fault.code} {fault.message}"
    return str(fault) or type(fault).__name__


def kind_of(trouble: RelayTrouble) -> str:
    """What lies behind a trouble, without the relay's words, which may quote an address: `connection refused`."""
    fault: BaseException = trouble
    while cause := fault.__cause__:
        fault = cause
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return f"it answers {fault.code}"
    if isinstance(fault, OSError) and fault.errno:
        return os.strerror(fault.errno).lower()
    return type(fault).__name__


def is_unknown_mailbox(code: int, text: str) -> bool:
    """Whether a refusal of the recipient says that the mailbox is not there.

    550, 551 and 553 do, unless their enhanced code (RFC 3463) speaks of something else: a full mailbox
    (5.2.2), the network, the message or, most often, a policy against us (5.7.x).
    """
    enhanced = _ENHANCED.search(text)
    if enhanced is None:
        return code in _NO_MAILBOX
    return enhanced[1] == "1" or enhanced.group(1, 2) == ("2", "1")
