"""Signing keys: a test authority, the PKCS#12 signer, and the dated list of keys.

The organisation's own authority, not Kazakhstan's national digital signature: that one (GOST, NCALayer or
NCANode) can be plugged in behind `Signer` as an external command that answers with CMS.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from jobs.errors import BaiqauError
from worker.deliver import cms
from worker.secrets import read_secret

_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_WARN_DAYS = (7, 30, 60)


class SigningKeyError(BaiqauError):
    """A signing key that must not be used; the subclass says why."""


class KeyRefused(SigningKeyError):
    """Not a key or a name we can work with."""


class WrongPassphrase(SigningKeyError):
    """The PKCS#12 file does not open."""


class KeyMismatch(SigningKeyError):
    """The certificate is not the private key's."""


class KeyExpired(SigningKeyError):
    """The certificate's last day is over."""


class KeyNotYetValid(SigningKeyError):
    """The certificate's first day has not come."""


class AuthorityUnreadable(SigningKeyError):
    """The file with the trusted authority is missing or holds no certificate."""


class KeyExists(SigningKeyError):
    """Keys are never overwritten."""


class Signer(Protocol):
    """The seam: whoever can make a detached CMS over data can sign for us.

    `chain` starts with the signer's certificate and ends with the authority that issued it.
    """

    @property
    def chain(self) -> tuple[x509.Certificate, ...]: ...

    def sign(self, data: bytes | Path, *, at: datetime | None) -> bytes:
        """DER of a detached CMS over `data`; `at` (UTC) is the signing time, None leaves it out (PAdES)."""

    def sign_es256(self, data: bytes) -> bytes:
        """The 64 bytes r and s of an ECDSA P-256 signature over SHA-256 (RFC 7518, 3.4), for QR codes."""


@dataclass(frozen=True)
class Pkcs12Signer:
    """A P-256 key from a PKCS#12 file, held in memory; the representation shows the certificates only."""

    chain: tuple[x509.Certificate, ...]
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    def sign(self, data: bytes | Path, *, at: datetime | None) -> bytes:
        if at is not None:
            refuse_outside(self.chain[0], at)
        return cms.assemble(cms.digest_of(data), self.chain[0], self._ecdsa, at)

    def sign_es256(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._ecdsa(data))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _ecdsa(self, data: bytes) -> bytes:
        # RFC 6979: no random number can go wrong, and a rerun after a crash gives the same bytes.
        return self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def load_signer(p12: Path, passphrase_file: Path, now: datetime) -> Pkcs12Signer:
    """The signer of a PKCS#12 file; both files are secrets (`worker.secrets.read_secret`).

    Errors: `WrongPassphrase`, `KeyMismatch`, `KeyExpired`, `KeyNotYetValid`, `KeyRefused` for another
    kind of key, and those of `read_secret`. No message holds the passphrase.
    """
    bundle = _open_bundle(p12, read_secret(p12), read_secret(passphrase_file).rstrip(b"\r\n"))
    key = bundle.key
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyRefused(f"{p12} does not hold a P-256 private key: make one with `baiqau keys init`")
    if bundle.cert is None or bundle.cert.certificate.public_key() != key.public_key():
        raise KeyMismatch(
            f"the certificate in {p12} does not belong to its private key: export the pair again"
        )
    refuse_outside(bundle.cert.certificate, now)
    others = (extra.certificate for extra in bundle.additional_certs)
    return Pkcs12Signer((bundle.cert.certificate, *others), key)


def _open_bundle(p12: Path, content: bytes, passphrase: bytes) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        return pkcs12.load_pkcs12(content, passphrase)
    except ValueError:
        raise WrongPassphrase(
            f"{p12} does not open with its passphrase: correct the passphrase file, or export the key again"
        ) from None


def refuse_outside(certificate: x509.Certificate, at: datetime) -> None:
    """Refuse (`KeyExpired`, `KeyNotYetValid`) to sign at an instant outside the certificate's dates."""
    name = cms.key_id(certificate)
    if at > certificate.not_valid_after_utc:
        raise KeyExpired(
            f"the signing key {name} expired on {certificate.not_valid_after_utc:%Y-%m-%d}: install a new key"
        )
    if at < certificate.not_valid_before_utc:
        raise KeyNotYetValid(
            f"the signing key {name} is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}: "
            "wait, or install a key that is valid now"
        )


def load_authority(path: Path) -> tuple[x509.Certificate, ...]:
    """The trusted certificates of a PEM file (several during a change of keys)."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        raise AuthorityUnreadable(
            f"{path} holds no certificate in PEM: give the authority's public certificate (authority.crt.pem)"
        ) from None


State = Literal["valid", "not yet valid", "expired"]


@dataclass(frozen=True)
class KeyRecord:
    """One line of the dated key list; `days_left` is negative once expired."""

    id: str
    subject: str
    not_before: datetime
    not_after: datetime
    state: State
    days_left: int


def list_keys(folder: Path, now: datetime) -> tuple[KeyRecord, ...]:
    """The signing keys whose public certificates (`signing*.crt.pem`) lie in a folder, oldest first."""
    certificates = [load_authority(path)[0] for path in sorted(folder.glob("signing*.crt.pem"))]
    records = (describe(certificate, now) for certificate in certificates)
    return tuple(sorted(records, key=lambda record: (record.not_before, record.id)))


def describe(certificate: x509.Certificate, now: datetime) -> KeyRecord:
    """A certificate as a line of the key list, seen at `now` (UTC)."""
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    state: State = "not yet valid" if now < first else "expired" if now > last else "valid"
    subject = certificate.subject.rfc4514_string()
    return KeyRecord(cms.key_id(certificate), subject, first, last, state, (last - now).days)


def expiry_warning(record: KeyRecord) -> int | None:
    """The threshold passed (60, 30 or 7 days), None while there is time: warn once per threshold."""
    return next((days for days in _WARN_DAYS if record.days_left <= days), None)


def make_test_authority(folder: Path, *, organisation: str, not_before: datetime, years: int) -> None:
    """A P-256 authority and one signing key in `folder` (0700), for demonstrations and rehearsals.

    Written: `authority.crt.pem` and `signing.crt.pem` (public), `signing.p12` and `passphrase` (0600), and
    in `apart/` the authority's encrypted key with its passphrase, which the worker never reads: move that
    folder off the machine. `organisation`: 1 to 64 characters (X.520). Errors: `KeyRefused`, `KeyExists`.
    """
    if not 1 <= len(organisation) <= 64:
        raise KeyRefused(
            "the organisation's name must have 1 to 64 characters: shorten it for the certificate"
        )
    apart = folder / "apart"
    for place in (folder, apart):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    dates = (not_before, _years_later(not_before, years))
    authority_key, authority = _make_authority(organisation, dates)
    key, certificate = _make_signer(organisation, dates, authority_key, authority)
    authority_passphrase, passphrase = _passphrase(), _passphrase()
    _write(apart / "passphrase", authority_passphrase)
    _write(apart / "authority.key.pem", _encrypted_pem(authority_key, authority_passphrase))
    _write(folder / "authority.crt.pem", _pem(authority), mode=0o644)
    _write(folder / "signing.crt.pem", _pem(certificate), mode=0o644)
    _write(folder / "passphrase", passphrase)
    _write(folder / "signing.p12", _bundle(key, certificate, authority, passphrase))


def _years_later(instant: datetime, years: int) -> datetime:
    # 29 February has no anniversary in most years; a day earlier keeps the promise of whole years.
    day = 28 if (instant.month, instant.day) == (2, 29) else instant.day
    return instant.replace(year=instant.year + years, day=day) - timedelta(seconds=1)


def _passphrase() -> bytes:
    return secrets.token_urlsafe(24).encode("ascii")


def _name(organisation: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, role),
        ]
    )


_Dates = tuple[datetime, datetime]
_Key = ec.EllipticCurvePrivateKey


def _make_authority(organisation: str, dates: _Dates) -> tuple[_Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, "Test authority")
    builder = _certificate(name, name, key, dates)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    return key, builder.sign(key, hashes.SHA256())


def _make_signer(
    organisation: str, dates: _Dates, authority_key: _Key, authority: x509.Certificate
) -> tuple[_Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate(_name(organisation, "Signing key"), authority.subject, key, dates)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage("digital_signature", "content_commitment"), critical=True)
    # emailProtection too: it is the purpose that `openssl cms` and pdfsig's NSS check by default.
    purposes = x509.ExtendedKeyUsage([_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    builder = builder.add_extension(purposes, critical=False)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(issuer_key, critical=False)
    return key, builder.sign(authority_key, hashes.SHA256())


def _certificate(subject: x509.Name, issuer: x509.Name, key: _Key, dates: _Dates) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _usage(*granted: str) -> x509.KeyUsage:
    build: Callable[..., x509.KeyUsage] = x509.KeyUsage
    return build(**{usage: usage in granted for usage in _USAGES})


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _encrypted_pem(key: _Key, passphrase: bytes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def _bundle(
    key: _Key, certificate: x509.Certificate, authority: x509.Certificate, passphrase: bytes
) -> bytes:
    encryption = serialization.BestAvailableEncryption(passphrase)
    return pkcs12.serialize_key_and_certificates(b"baiqau", key, certificate, [authority], encryption)


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise KeyExists(
            f"{path} exists already: keys are never overwritten, choose an empty folder"
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # the worker's umask 077 would hide the public certificates
        file.write(content)
        file.flush()
        os.fsync(descriptor)
