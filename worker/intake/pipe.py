"""Messages over a Unix socket: a length, then msgpack. Never pickle: one end may be in a stranger's hands."""

import socket
import struct
import time
from typing import Final

_LENGTH: Final = struct.Struct("!I")


def send(channel: socket.socket, message: bytes) -> None:
    """Send one message; blocks while the other end is slow. Raises OSError when it is gone."""
    channel.sendall(_LENGTH.pack(len(message)) + message)


class Receiver:
    """Takes messages within a budget of waiting: the seconds spent elsewhere between them do not count."""

    def __init__(self, channel: socket.socket, *, seconds: float, longest: int) -> None:
        self._channel = channel
        self._left = seconds
        self._longest = longest

    def receive(self) -> bytearray:
        """The next message. Raises TimeoutError, EOFError at the end, ValueError above `longest` bytes."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > self._longest:
            raise ValueError("the message is longer than is allowed")
        return self._exactly(length)

    def _exactly(self, length: int) -> bytearray:
        message = bytearray(length)
        view = memoryview(message)
        while view:
            received = self._wait_into(view)
            if not received:
                raise EOFError
            view = view[received:]
        return message

    def _wait_into(self, view: memoryview) -> int:
        if self._left <= 0:
            raise TimeoutError
        self._channel.settimeout(self._left)
        began = time.monotonic()
        try:
            return self._channel.recv_into(view)
        finally:
            self._left -= time.monotonic() - began
