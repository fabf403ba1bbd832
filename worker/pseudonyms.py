"""Pseudonyms: how people are named in requests and public lists."""

import base64
import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True)
class Pseudonyms:
    """Codes of twelve letters and digits; without the site's secret nobody gets from an IIN to its code.

    Sixty bits: among a million people the chance that any two share a code is under one in a million.
    """

    secret: bytes

    def code(self, contest: str, entry: str) -> str:
        """The code of an entry of a contest, such as K7Q2-9XMB-4TPL."""
        digest = hmac.digest(self.secret, f"{contest}\0{entry}".encode(), hashlib.sha256)
        text = base64.b32encode(digest)[:12].decode("ascii")
        return f"{text[:4]}-{text[4:8]}-{text[8:]}"
