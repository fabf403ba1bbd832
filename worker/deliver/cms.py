"""Detached CMS signatures (RFC 5652) over a SHA-256 digest: assembled and checked, without a clock.

`cryptography` makes keys and signatures, but its CMS builder stamps the machine's time and wants the whole
file in memory; so the structure is laid out here and read with asn1crypto. The signing time is passed in,
and ECDSA is deterministic (RFC 6979): the same file, key and time give the same signature.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from jobs.errors import BaiqauError

_HASHES: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_CHUNK = 1 << 20


class SignatureError(BaiqauError):
    """A signature that does not hold; the subclass says why."""


class MalformedSignature(SignatureError):
    """Not a detached CMS signature of one signer, or of a form we do not take."""


class DigestMismatch(SignatureError):
    """The data are not the data that were signed."""


class BadSignature(SignatureError):
    """The signature was not made by the key of its certificate."""


class ForeignSigner(SignatureError):
    """The signer's certificate was not issued by the authority we trust."""


class WrongKeyUsage(SignatureError):
    """A certificate that was not issued for signing documents."""


class OutsideValidity(SignatureError):
    """The certificate was not valid when the signature was made."""


@dataclass(frozen=True)
class SignerInfo:
    """Who signed: the key's id (see `key_id`), the subject, the claimed UTC instant and the certificate."""

    key_id: str
    subject: str
    signed_at: datetime
    certificate: x509.Certificate


def key_id(certificate: x509.Certificate) -> str:
    """The first 16 hexadecimal digits of the SHA-256 fingerprint of a certificate."""
    return certificate.fingerprint(hashes.SHA256()).hex()[:16]


def digest_of(data: bytes | Path, algorithm: str = "sha256") -> bytes:
    """The digest of bytes, or of a file read in pieces (a 100 MB list costs 1 MB of memory)."""
    hasher = hashlib.new(algorithm)
    if isinstance(data, bytes):
        hasher.update(data)
        return hasher.digest()
    with data.open("rb") as file:
        while piece := file.read(_CHUNK):
            hasher.update(piece)
    return hasher.digest()


def assemble(
    digest: bytes,
    certificate: x509.Certificate,
    raw_sign: Callable[[bytes], bytes],
    at: datetime | None,
) -> bytes:
    """The DER of a detached CMS over a SHA-256 digest, with CAdES' signing-certificate-v2 (RFC 5035).

    `raw_sign` gives an ECDSA-SHA-256 signature in DER. Only the signer's own certificate is put in: others
    would be bytes that nothing protects, and the verifier holds the authority's anyway. `at` None leaves
    the signing time out, as PAdES demands (EN 319 142-1, 6.3: the PDF's /M carries it).
    """
    attributes = _signed_attributes(digest, certificate, at)
    signer = _der(
        _SEQUENCE,
        _VERSION_1,
        _der(_SEQUENCE, certificate.issuer.public_bytes(), _integer(certificate.serial_number)),
        _SHA256,
        _der(_IMPLICIT_0, attributes),
        _der(_SEQUENCE, _oid("1.2.840.10045.4.3.2")),  # ecdsa-with-SHA256
        _der(_OCTETS, raw_sign(_der(_SET, attributes))),
    )
    body = _der(
        _SEQUENCE,
        _VERSION_1,
        _der(_SET, _SHA256),
        _der(_SEQUENCE, _DATA),
        _der(_IMPLICIT_0, certificate.public_bytes(serialization.Encoding.DER)),
        _der(_SET, signer),
    )
    return _der(_SEQUENCE, _oid("1.2.840.113549.1.7.2"), _der(_IMPLICIT_0, body))


def _signed_attributes(digest: bytes, certificate: x509.Certificate, at: datetime | None) -> bytes:
    reference = _der(_SEQUENCE, _der(_OCTETS, certificate.fingerprint(hashes.SHA256())))
    attributes = [
        _attribute("1.2.840.113549.1.9.3", _DATA),
        _attribute("1.2.840.113549.1.9.4", _der(_OCTETS, digest)),
        _attribute("1.2.840.113549.1.9.16.2.47", _der(_SEQUENCE, _der(_SEQUENCE, reference))),
    ]
    if at is not None:
        attributes.append(_attribute("1.2.840.113549.1.9.5", _time(at)))
    return b"".join(sorted(attributes))  # X.690, 11.6: the members of a SET OF are in ascending order


def _attribute(oid: str, value: bytes) -> bytes:
    return _der(_SEQUENCE, _oid(oid), _der(_SET, value))


def _time(at: datetime) -> bytes:
    """RFC 5652, 11.3: UTCTime up to 2049, GeneralizedTime after."""
    utc = at.astimezone(UTC)
    if utc.year < 2050:
        return _der(_UTC_TIME, f"{utc:%y%m%d%H%M%SZ}".encode("ascii"))
    return _der(_GENERALIZED_TIME, f"{utc:%Y%m%d%H%M%SZ}".encode("ascii"))


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@cache
def _oid(dotted: str) -> bytes:
    return bytes(core.ObjectIdentifier(dotted).dump())


_SEQUENCE, _SET, _INTEGER, _OCTETS, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x31, 0x02, 0x04, 0x17, 0x18
_IMPLICIT_0 = 0xA0
_VERSION_1 = _integer(1)
_DATA = _oid("1.2.840.113549.1.7.1")
_SHA256 = _der(_SEQUENCE, _oid("2.16.840.1.101.3.4.2.1"))


def check(
    data: bytes | Path,
    signature: bytes,
    authority: Sequence[x509.Certificate],
    *,
    claimed_at: datetime | None = None,
) -> SignerInfo:
    """Who signed `data`, or a `SignatureError` that says what is wrong.

    `authority`: the certificates we trust, each a CA that issued the signer's certificate directly, or
    that certificate itself. `claimed_at` is the UTC instant for a signature without a signing time (PAdES).
    Checked: the digest, the signed attributes, the signature, the issuer, the key usage, and that the
    certificates were valid at the signing time. The time is the signer's word: there is no time stamp.
    """
    parsed = _parse(signature)
    if parsed.message_digest != digest_of(data, parsed.hash_name):
        raise DigestMismatch("the data were changed after signing (digest mismatch): take a fresh copy")
    _check_reference(parsed)
    _check_signature(parsed)
    at = parsed.signing_time or claimed_at
    if at is None:
        raise MalformedSignature("the signature has no signing time: sign the file again with one")
    _check_trust(parsed.certificate, authority, at)
    subject = parsed.certificate.subject.rfc4514_string()
    return SignerInfo(key_id(parsed.certificate), subject, at, parsed.certificate)


@dataclass(frozen=True)
class _Parsed:
    """What a signature says, nothing of it believed yet. `reference` is signing-certificate-v2's hash."""

    hash_name: str
    message_digest: bytes
    signing_time: datetime | None
    reference: tuple[str, bytes] | None
    signed: bytes
    signature: bytes
    certificate: x509.Certificate
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def _parse(signature: bytes) -> _Parsed:
    # asn1crypto parses lazily, so damage shows at any access: all of them happen inside this try.
    try:
        return _parse_signed_data(signature)
    except (ValueError, TypeError, KeyError, x509.InvalidVersion, UnsupportedAlgorithm):
        raise MalformedSignature(
            "the signature is not CMS in DER: ask for it again, made with `-outform DER`"
        ) from None


def _parse_signed_data(signature: bytes) -> _Parsed:
    outer = cms.ContentInfo.load(signature, strict=True)
    if outer["content_type"].native != "signed_data":
        raise MalformedSignature("the signature is not CMS SignedData: make it with `openssl cms -sign`")
    body = outer["content"]
    inner = body["encap_content_info"]
    if inner["content_type"].native != "data" or not isinstance(inner["content"], core.Void):
        raise MalformedSignature("the signature carries its own content: a detached signature is needed")
    if len(body["signer_infos"]) != 1:
        raise MalformedSignature("the signature has not exactly one signer: ask for one signature a file")
    info = body["signer_infos"][0]
    declared = [algorithm["algorithm"].native for algorithm in body["digest_algorithms"]]
    # RFC 5652, 5.1 and 5.3: version 3 where the signer is named by its key identifier, else 1.
    version = "v1" if info["sid"].name == "issuer_and_serial_number" else "v3"
    versions = {body["version"].native, info["version"].native}
    if info["digest_algorithm"]["algorithm"].native not in declared or versions != {version}:
        raise MalformedSignature("the signature's header contradicts its signer: ask for it again")
    return _parse_signer(info, body["certificates"])


def _parse_signer(info: cms.SignerInfo, certificates: cms.CertificateSet) -> _Parsed:
    attributes = _attributes(info)
    time = attributes.get("signing_time")
    certificate = _certificate_of(info["sid"], certificates)
    hash_name = _known_hash(info["digest_algorithm"]["algorithm"].native)
    return _Parsed(
        hash_name=hash_name,
        message_digest=attributes["message_digest"].native,
        signing_time=None if time is None else time.native,
        reference=_reference(attributes.get("signing_certificate_v2")),
        # RFC 5652, 5.4: signed is the DER of SET OF, not of the implicit [0] that stands in the message.
        signed=b"\x31" + info["signed_attrs"].dump()[1:],
        signature=info["signature"].native,
        certificate=certificate,
        key=_signing_key(certificate, info["signature_algorithm"]["algorithm"].native, hash_name),
    )


def _attributes(info: cms.SignerInfo) -> dict[str, core.Asn1Value]:
    found: dict[str, core.Asn1Value] = {}
    for attribute in info["signed_attrs"]:
        name = attribute["type"].native
        if name in found or len(attribute["values"]) != 1:
            raise MalformedSignature(f"the signed attribute {name} is not single: sign the file again")
        found[name] = attribute["values"][0]
    if {"content_type", "message_digest"} - found.keys():
        raise MalformedSignature(
            "the signature has no signed attributes: sign the file again without -noattr"
        )
    if found["content_type"].native != "data":
        raise MalformedSignature("the signature is not over plain data: sign the file again with -binary")
    return found


def _known_hash(name: object) -> str:
    if name not in _HASHES:
        raise MalformedSignature(f"the digest {name} is not accepted: sign with SHA-256, SHA-384 or SHA-512")
    return str(name)


def _reference(attribute: tsp.SigningCertificateV2 | None) -> tuple[str, bytes] | None:
    if attribute is None:
        return None
    first = attribute["certs"][0]
    return _known_hash(first["hash_algorithm"]["algorithm"].native), first["cert_hash"].native


def _certificate_of(sid: cms.SignerIdentifier, certificates: cms.CertificateSet) -> x509.Certificate:
    for choice in certificates:
        if choice.name != "certificate":
            continue
        certificate = x509.load_der_x509_certificate(choice.chosen.dump())
        if _is_meant(sid, certificate):
            return certificate
    raise MalformedSignature("the signature lacks its signer's certificate: sign again without -nocerts")


def _is_meant(sid: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    if sid.name == "issuer_and_serial_number":
        issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
        same_issuer: bool = issuer == certificate.issuer.public_bytes()
        return same_issuer and bool(serial == certificate.serial_number)
    try:
        identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return identifier.digest == bytes(sid.chosen.native)


def _check_reference(parsed: _Parsed) -> None:
    """RFC 5035, 4: a certificate exchanged for another one with the same key is refused."""
    if parsed.reference is None:
        return
    name, fingerprint = parsed.reference
    if fingerprint != parsed.certificate.fingerprint(_HASHES[name]()):
        raise BadSignature("the signature names another certificate than the one it carries: refuse the file")


def _signing_key(
    certificate: x509.Certificate, algorithm: str, hash_name: str
) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and algorithm == f"{hash_name}_ecdsa":
        return key
    # RFC 3370, 3.2: RSA signatures name PKCS #1 v1.5 alone or together with the hash.
    if isinstance(key, rsa.RSAPublicKey) and algorithm in ("rsassa_pkcs1v15", f"{hash_name}_rsa"):
        return key
    raise MalformedSignature(f"the signature algorithm {algorithm} is not accepted: sign with ECDSA or RSA")


def _check_signature(parsed: _Parsed) -> None:
    algorithm = _HASHES[parsed.hash_name]()
    try:
        if isinstance(parsed.key, ec.EllipticCurvePublicKey):
            parsed.key.verify(parsed.signature, parsed.signed, ec.ECDSA(algorithm))
        else:
            parsed.key.verify(parsed.signature, parsed.signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise BadSignature("the signature was not made by the key it names: refuse the file") from None


def _check_trust(certificate: x509.Certificate, authority: Sequence[x509.Certificate], at: datetime) -> None:
    check_validity(certificate, at)
    _check_usage(certificate)
    if certificate not in authority:
        check_validity(_issuer(certificate, authority), at)


def check_validity(certificate: x509.Certificate, at: datetime) -> None:
    """Refuse (`OutsideValidity`) an instant outside the certificate's own dates."""
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise OutsideValidity(
            f"the certificate {key_id(certificate)} is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
            f"the signature is of {at:%Y-%m-%d %H:%M} UTC: refuse the file"
        )


def _check_usage(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return  # RFC 5280, 4.2.1.3: without the extension the key may be used for anything
    if not (usage.digital_signature or usage.content_commitment):
        raise WrongKeyUsage(
            f"the certificate {key_id(certificate)} is not meant for signatures: sign with a signing key"
        )


def _issuer(certificate: x509.Certificate, authority: Sequence[x509.Certificate]) -> x509.Certificate:
    for candidate in authority:
        if _issued(candidate, certificate):
            return candidate
    raise ForeignSigner(
        f"the certificate {key_id(certificate)} was not issued by the trusted authority: "
        "refuse the file, or correct the authority's certificate"
    )


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.ca and usage.key_cert_sign
