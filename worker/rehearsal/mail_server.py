"""An SMTP server on loopback that keeps every message it accepts as a file."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Final, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from worker.files import write_durably

HOST: Final = "127.0.0.1"
DROP: Final = "drop"
"""Answer nothing and cut the connection; at "data" the message has been kept."""

_ACCEPTED = "250 OK"
_PLAIN = re.compile(r"[^A-Za-z0-9.@_-]+")


@dataclass(frozen=True)
class Moment:
    """A point at which the server may misbehave. `message` is there at "data" only."""

    step: Literal["mail", "rcpt", "data"]
    sender: str
    recipient: str | None = None
    message: bytes | None = None


Behaviour = Callable[[Moment], str | None]
"""An SMTP reply such as "451 later", DROP, or None to accept."""


def obliging(_moment: Moment) -> str | None:
    """The behaviour of a server that takes everything."""
    return None


@contextmanager
def mail_server(folder: Path, behaviour: Behaviour = obliging) -> Iterator[tuple[str, int]]:
    """Serve on a free port of loopback; accepted messages become `folder/<n>-<message-id>.eml`, fsynced.

    `behaviour` is called in the server's thread.
    """
    folder.mkdir(parents=True, exist_ok=True)
    controller = _OnFreePort(_Keeper(folder, behaviour), hostname=HOST, port=0)
    controller.start()
    try:
        yield HOST, controller.port
    finally:
        controller.stop()


class _OnFreePort(Controller):
    """Listens on a port of the system's choice, which aiosmtpd would not find out by itself."""

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        listening = socket.create_server((HOST, 0))
        self.port = listening.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listening)


class _Keeper:
    """aiosmtpd's hooks; the names are its own."""

    def __init__(self, folder: Path, behaviour: Behaviour) -> None:
        self._folder = folder
        self._drafts = folder / ".drafts"
        self._drafts.mkdir(exist_ok=True)
        self._behaviour = behaviour
        self._count = len(list(folder.glob("*.eml")))

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._reply(server, Moment("mail", address))
        if reply == _ACCEPTED:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._reply(server, Moment("rcpt", envelope.mail_from or "", address))
        if reply == _ACCEPTED:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        moment = Moment("data", envelope.mail_from or "", envelope.rcpt_tos[0], content)
        wanted = self._behaviour(moment)
        if wanted in (None, DROP):
            self._keep(content)
        return await _answer(server, wanted)

    async def _reply(self, server: SMTP, moment: Moment) -> str:
        return await _answer(server, self._behaviour(moment))

    def _keep(self, content: bytes) -> None:
        self._count += 1  # the hooks of all connections run in one thread
        name = _PLAIN.sub("", str(message_from_bytes(content)["Message-ID"] or "no-id"))
        write_durably(self._folder / f"{self._count}-{name}.eml", content, self._drafts)


async def _answer(server: SMTP, wanted: str | None) -> str:
    if wanted != DROP:
        return wanted or _ACCEPTED
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    await asyncio.Event().wait()  # aiosmtpd cancels this coroutine when it learns that the connection is gone
    return _ACCEPTED
