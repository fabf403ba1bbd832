"""Signing what leaves the worker: detached CMS for any file, PAdES for PDFs; each verified before it leaves.

The instant is passed in and ECDSA is deterministic, so a rerun after a crash signs to the same bytes.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from worker.deliver import cms
from worker.deliver.keys import Signer, refuse_outside


def cms_sign(data: bytes | Path, signer: Signer, *, at: datetime) -> bytes:
    """The detached signature (`.p7s`, CMS in DER) of bytes or of a file, which is read in pieces.

    `at`: the UTC signing time, to the second. Verified before it is returned. Stock verification:
    `openssl cms -verify -binary -inform DER -in F.p7s -content F -CAfile authority.crt.pem`.
    Errors: `KeyExpired`, `KeyNotYetValid`, `SignatureError`.
    """
    signature = signer.sign(data, at=at)
    cms_verify(data, signature, _anchors(signer))
    return signature


def cms_verify(data: bytes | Path, p7s: bytes, authority: Sequence[x509.Certificate]) -> cms.SignerInfo:
    """Who signed `data` by this detached signature; offline, see `worker.deliver.cms.check`.

    Errors: `DigestMismatch`, `BadSignature`, `ForeignSigner`, `WrongKeyUsage`, `OutsideValidity`,
    `MalformedSignature`, all `SignatureError`.
    """
    return cms.check(data, p7s, authority)


def pdf_sign(pdf: bytes, signer: Signer, *, at: datetime, reason: str, location: str) -> bytes:
    """The PDF with an invisible PAdES signature (EN 319 142-1, B-B), verified before it is returned.

    `at`: the UTC signing time, to the second, written to /M. The same arguments give the same bytes.
    Errors: `KeyExpired`, `KeyNotYetValid`, `UnreadablePdf`, `SignatureError`.
    """
    from worker.deliver import pades  # noqa: PLC0415 - pyHanko takes most of a second to import

    refuse_outside(signer.chain[0], at)
    signed = pades.embed(pdf, signer, at=at.replace(microsecond=0), reason=reason, location=location)
    pdf_verify(signed, _anchors(signer))
    return signed


def pdf_verify(pdf: bytes, authority: Sequence[x509.Certificate]) -> cms.SignerInfo:
    """Who signed this PDF: exactly one signature, over every byte of the file; offline.

    Errors: `Unsigned`, `NotCovered`, `UnreadablePdf` and those of `cms_verify`, all `SignatureError`.
    """
    from worker.deliver import pades  # noqa: PLC0415 - pyHanko takes most of a second to import

    return pades.check(pdf, authority)


def _anchors(signer: Signer) -> Sequence[x509.Certificate]:
    return signer.chain[1:] or signer.chain
