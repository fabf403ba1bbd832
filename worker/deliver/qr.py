"""The QR code of a diploma: `BASE/NUMBER#JWS`, checked offline with the signer's public certificate.

Behind the `#`, which browsers never send to a server, stands a JWS in compact form (RFC 7515), ES256, with
the header `{"alg":"ES256","kid":KEY_ID}` and short claims: `jti` the diploma's number, `sub` the person's
name as printed, `con` the contest, `awd` the award, `dat` the date of issue. Nothing else: no birth date,
no IIN, no address. Some 400 characters, so a module is 0.4 to 0.5 mm wide on a code of 34 mm.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import segno
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from jobs.errors import BaiqauError
from worker.deliver.cms import key_id
from worker.deliver.keys import Signer

# Bytes that fit version 15-M (77 modules a side) and 17-L (85), ISO/IEC 18004, table 7.
_COMFORTABLE, _LARGEST = 412, 644
# The standard picks the mask of eight that gives the calmest picture, for texts with regular stretches; a
# signed text is as good as random under any mask, and trying all eight costs more than setting the page.
_MASK = 3
_KEYS = ("jti", "sub", "con", "awd", "dat")
_IIN = re.compile(r"(?<!\d)\d{12}(?!\d)")


class QrError(BaiqauError):
    """A QR code that cannot be made or does not hold; the subclass says why."""


class QrTooLong(QrError):
    """More text than prints legibly."""


class PersonalClaim(QrError):
    """Something private in a text that everybody may scan."""


class QrRefused(QrError):
    """A scanned text that our keys did not sign."""


@dataclass(frozen=True)
class DiplomaClaims:
    """What a diploma's QR code says, as printed: number, person, contest, award, ISO date of issue."""

    number: str
    person: str
    contest: str
    award: str
    issued: str


def qr_text(base: str, claims: DiplomaClaims, signer: Signer) -> str:
    """The text of the QR code. `base` is the public address without a final slash.

    The number becomes a part of the address: ASCII letters, digits and hyphens only.
    Errors: `PersonalClaim`, `QrError` for a number of another form.
    """
    if not re.fullmatch(r"[A-Za-z0-9-]+", claims.number):
        raise QrError("the diploma's number must be ASCII letters, digits and hyphens: correct its pattern")
    return f"{base}/{claims.number}#{signed_claims(claims, signer)}"


def signed_claims(claims: DiplomaClaims, signer: Signer) -> str:
    """The claims as a compact JWS, also good as an attachment of the diploma's PDF."""
    values = (claims.number, claims.person, claims.contest, claims.award, claims.issued)
    _refuse_private(values)
    header = {"alg": "ES256", "kid": key_id(signer.chain[0])}
    signed = f"{_encoded(header)}.{_encoded(dict(zip(_KEYS, values, strict=True)))}"
    return f"{signed}.{_base64url(signer.sign_es256(signed.encode('ascii')))}"


def _refuse_private(values: tuple[str, ...]) -> None:
    for key, value in zip(_KEYS, values, strict=True):
        if "@" in value or _IIN.search(value):
            raise PersonalClaim(f"the claim {key} looks like an e-mail address or an IIN: leave it out")


def fits(text: str) -> bool:
    """Whether the text can be printed legibly."""
    return len(text.encode("utf-8")) <= _LARGEST


def qr_svg(text: str) -> str:
    """The code as SVG without margins (leave four modules white around it), as few modules as legible.

    Error correction M where a module is then at least 0.44 mm on a code of 34 mm, else L down to 0.40 mm.
    Error: `QrTooLong` where it would be finer.
    """
    size = len(text.encode("utf-8"))
    if size > _LARGEST:
        raise QrTooLong(f"the QR text has {size} bytes, {_LARGEST} can be printed: shorten the award")
    level = "m" if size <= _COMFORTABLE else "l"
    code = segno.make_qr(text, error=level, boost_error=False, mask=_MASK, mode="byte", encoding="utf-8")
    out = BytesIO()
    code.save(out, kind="svg", xmldecl=False, nl=False, border=0, omitsize=True)
    return out.getvalue().decode("utf-8")


def verify_qr(text: str, certificates: Sequence[x509.Certificate]) -> DiplomaClaims:
    """What a scanned text says, once one of the signers' certificates confirms it; offline.

    `certificates`: the public `signing.crt.pem`s; a QR code has no room for a chain, so check those
    against the authority where they come from elsewhere. Error: `QrRefused`.
    """
    try:
        header, payload, signature = text.rpartition("#")[2].split(".")
        kid = json.loads(_decoded(header))["kid"]
        fields = json.loads(_decoded(payload))
        raw = _decoded(signature)
        claims = DiplomaClaims(*(str(fields[key]) for key in _KEYS))
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise QrRefused("the text is not one of our QR codes: scan the whole code again") from None
    _check(f"{header}.{payload}".encode("ascii"), raw, _key(str(kid), certificates))
    if not text.startswith("#") and f"/{claims.number}#" not in text:
        raise QrRefused("the address does not name the diploma that was signed: refuse the diploma")
    return claims


def _key(kid: str, certificates: Sequence[x509.Certificate]) -> ec.EllipticCurvePublicKey:
    for certificate in certificates:
        key = certificate.public_key()
        if key_id(certificate) == kid and isinstance(key, ec.EllipticCurvePublicKey):
            return key
    raise QrRefused(
        "the QR code was signed by a key we do not know: refuse it, or add that key's certificate"
    )


def _check(signed: bytes, raw: bytes, key: ec.EllipticCurvePublicKey) -> None:
    if len(raw) != 64:
        raise QrRefused("the QR code's signature is not 64 bytes: scan the whole code again")
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(pair, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise QrRefused("the QR code's text was changed after signing: refuse the diploma") from None


def _encoded(value: dict[str, str]) -> str:
    return _base64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    # Strict: a changed last letter must not decode to the same bytes.
    content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _base64url(content) != text:
        raise ValueError("not canonical base64url")
    return content
