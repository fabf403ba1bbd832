"""PDF signatures by pyHanko around our own CMS (PAdES B-B, EN 319 142-1), without clock or random numbers.

Import it lazily: pyHanko takes most of a second. `sign.py` is the door.
"""

import hashlib
import logging
import zlib
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import cast

from asn1crypto import parser
from cryptography import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.errors import SignatureValidationError

from worker.deliver import cms
from worker.deliver.keys import Signer

# In hexadecimal digits, as pyHanko counts: a P-256 signature takes some 2,000. Nothing protects the rest of
# the room but our own check that it is empty, so it is kept small.
_RESERVED = 4096
_FIELD = "Signature"
# pyHanko logs tracebacks about damaged signatures; our error already says it in one sentence.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL + 1)
# What pyHanko raises on damaged input: it has no common base, and its parser lets the builtin ones through.
_DAMAGED = (
    PdfError,
    SigningError,
    SignatureValidationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)


class Unsigned(cms.SignatureError):
    """A PDF without a signature."""


class NotCovered(cms.SignatureError):
    """Bytes of the PDF that its signature does not cover."""


class UnreadablePdf(cms.SignatureError):
    """Not a PDF, or a damaged one."""


class _ClocklessWriter(IncrementalPdfFileWriter):
    """pyHanko's writer stamps the machine's time and a random id; ours leaves the metadata as they are."""

    def _update_meta(self) -> None:
        """The document's dates are those of its data; the signing time stands in the signature."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        content = cast(BytesIO, prev.stream).getvalue()
        fresh = generic.ByteStringObject(hashlib.sha256(content).digest()[:16])
        known = prev.trailer["/ID"][0] if "/ID" in prev.trailer else fresh
        if isinstance(known, generic.TextStringObject):
            known = generic.ByteStringObject(known.original_bytes)
        return generic.ArrayObject([known, fresh])


def embed(pdf: bytes, signer: Signer, *, at: datetime, reason: str, location: str) -> bytes:
    """The PDF with one more revision: an invisible field and the signer's CMS over everything else."""
    placeholder = SignatureObject(
        timestamp=at,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=location,
        bytes_reserved=_RESERVED,
    )
    # The embedder is a coroutine of four steps, documented at PdfCMSEmbedder.write_cms.
    try:
        writer = _ClocklessWriter(BytesIO(pdf))
        steps = PdfCMSEmbedder(new_field_spec=SigFieldSpec(_FIELD)).write_cms(_FIELD, writer)
        next(steps)
    except _DAMAGED:
        raise UnreadablePdf("the file is not a PDF, or is signed already: render it again") from None
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    content = output.getvalue()
    covered = content[: prepared.reserved_region_start] + content[prepared.reserved_region_end :]
    steps.send(signer.sign(covered, at=None))
    signed: bytes = output.getvalue()
    return signed


def check(pdf: bytes, authority: Sequence[x509.Certificate]) -> cms.SignerInfo:
    """Who signed the whole of this PDF; see `sign.pdf_verify`."""
    try:
        signature = _only_signature(pdf)
        start, end = _gap(signature, len(pdf))
        contents = _unpadded(bytes(signature.pkcs7_content))
        written = bytes.fromhex(pdf[start + 1 : end - 1].decode("ascii"))
        claimed = signature.self_reported_timestamp
    except _DAMAGED:
        raise UnreadablePdf("the file is not a PDF with a readable signature: take a fresh copy") from None
    if written != bytes(signature.pkcs7_content):
        raise NotCovered("the PDF's signature does not stand where its byte range says: refuse the file")
    return cms.check(pdf[:start] + pdf[end:], contents, authority, claimed_at=claimed)


def _only_signature(pdf: bytes) -> EmbeddedPdfSignature:
    found: list[EmbeddedPdfSignature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    if not found:
        raise Unsigned("the PDF is not signed: take a fresh copy from the publisher")
    if len(found) > 1:
        raise NotCovered(f"the PDF has {len(found)} signatures, one is expected: take the publisher's copy")
    return found[0]


def _gap(signature: EmbeddedPdfSignature, size: int) -> tuple[int, int]:
    """The signature's own place; every byte before and behind it must be covered."""
    ranges = [int(number) for number in signature.byte_range]
    if len(ranges) != 4 or ranges[0] != 0 or ranges[2] < ranges[1] or ranges[2] + ranges[3] != size:
        raise NotCovered("the PDF was changed after signing (bytes were added): take a fresh copy")
    return ranges[1], ranges[2]


def _unpadded(contents: bytes) -> bytes:
    length: int = parser.peek(contents)
    if any(contents[length:]):
        raise NotCovered("the PDF's signature is followed by other data: refuse the file")
    return contents[:length]
