"""Pseudonyms: how people are named in requests and public lists."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

Purpose = Literal["public", "diploma", "request", "message"]


@dataclass(frozen=True)
class Pseudonyms:
    """Codes of twelve letters and digits; without the site's secret nobody gets from an IIN to its code, nor from
    the code of one purpose to that of another.

    Sixty bits: among a million people the chance that any two share a code is under one in a million.
    """

    secret: bytes

    def code(self, contest: str, entry: str, purpose: Purpose = "public", edition: str = "") -> str:
        """The code of an entry of a contest, such as K7Q2-9XMB-4TPL."""
        text = base64.b32encode(self.digest(contest, entry, purpose, edition))[:12].decode("ascii")
        return f"{text[:4]}-{text[4:8]}-{text[8:]}"

    def digest(self, contest: str, entry: str, purpose: Purpose, edition: str) -> bytes:
        """All 256 bits, for what must be told apart by a program rather than read by people."""
        named = "\0".join((purpose, contest, edition, entry))
        return hmac.digest(self.secret, named.encode(), hashlib.sha256)
