"""Offline verification of anything we publish: files beside their `.p7s`, PDFs, manifests, whole folders.

`KINDS` says who checks what; a later module adds its own kind by `register`. The folder of a draw is recomputed
as a whole, see `worker.deliver.draws.folder`; its manifest.json is what the draw committed to, not one of these:
A manifest is `manifest-NNNN.json` or `manifest.json`, signed like any file:
`{"sequence": N, "previous": SHA-256 of manifest N-1 or null, "key": key id, "recipient": whose folder it is,
"files": [{"path", "bytes", "sha256"}]}`, its paths relative to its own folder; older ones name no recipient.
Where later manifests name a file again, the last counts.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.deliver.cms import SignatureError, SignerInfo, digest_of, key_id
from worker.deliver.draws import folder as draw_folder
from worker.deliver.keys import AuthorityUnreadable, load_authority
from worker.deliver.sign import cms_verify, pdf_verify

# Texts about the files, not publications themselves: what they say is to be believed by nobody.
EXEMPT = frozenset({"VERIFY.txt", "README.md"})
_MANIFEST = re.compile(r"manifest(-\d+)?\.json")
_SIGNATURE_BYTES = 1 << 20
_OUTBOX = "outbox"

Authority = Sequence[x509.Certificate]


@dataclass(frozen=True)
class Finding:
    """One fact about a file: `what` was looked at (signature, manifest, …), whether it holds, and why."""

    path: Path
    ok: bool
    what: str
    why: str


Check = Callable[[Path, Authority], Iterator[Finding]]


@dataclass(frozen=True)
class Kind:
    """A kind of file: `recognises` looks at the path only; `check` gives the findings."""

    name: str
    recognises: Callable[[Path], bool]
    check: Check


def verify_path(path: Path, authority: Path) -> list[Finding]:
    """Every finding about a file or, recursively, a folder; all must be ok. Nothing is fetched or written.

    `authority`: the trusted certificates in PEM. In a folder each file must be named by a manifest at or
    above it in that folder, or where there is no such manifest be signed itself; symbolic links, unlisted
    files, gaps in the numbers of manifests are findings. Error: `AuthorityUnreadable`.
    """
    return _path(path, load_authority(authority))


def verify_draw(path: Path) -> list[Finding]:
    """Every finding about a protocol or a draw's folder that is not signed: the recomputation alone."""
    return _path(path, ())


def is_unsigned_draw(path: Path) -> bool:
    """Whether a draw lies there that needs no authority to be verified."""
    if draw_folder.is_draw_folder(path):
        return not any(path.rglob("*.p7s"))
    return draw_folder.is_protocol(path) and not _signature_of(path).exists()


def _path(path: Path, trusted: Authority) -> list[Finding]:
    if path.is_dir() and not path.is_symlink():
        return list(_folder(path, trusted))
    if not path.is_symlink() and not path.exists():
        return [Finding(path, False, "file", "no such file")]
    if path.is_symlink() or not path.is_file():
        return [Finding(path, False, "file", "it is no regular file: give a file or a folder that exists")]
    if _is_manifest(path):
        return list(_manifests([path], trusted))
    return list(_file(path, trusted))


def register(kind: Kind) -> None:
    """Add a kind; the newest is asked first."""
    KINDS.insert(0, kind)


def _file(path: Path, authority: Authority) -> Iterator[Finding]:
    return next(kind for kind in KINDS if kind.recognises(path)).check(path, authority)


# ---- files and their signatures ----


def _signature_of(path: Path) -> Path:
    return path.with_name(path.name + ".p7s")


def _check_signed(path: Path, authority: Authority) -> Iterator[Finding]:
    signature = _signature_of(path)
    if not signature.is_file():
        yield Finding(path, False, "signature", f"unsigned: there is no {signature.name} beside it")
        return
    yield _finding(path, "signature", lambda: cms_verify(path, _limited(signature), authority))


def _check_p7s(path: Path, authority: Authority) -> Iterator[Finding]:
    data = path.with_suffix("")
    if not data.is_file():
        yield Finding(path, False, "signature", f"the signed file {data.name} is not beside it")
        return
    yield _finding(path, "signature", lambda: cms_verify(data, _limited(path), authority))


def _check_pdf(path: Path, authority: Authority) -> Iterator[Finding]:
    """A detached signature is enough for a PDF; where there is none the PDF must carry its own."""
    content = path.read_bytes()
    if _signature_of(path).is_file():
        yield from _check_signed(path, authority)
        if b"/ByteRange" not in content:
            return
    yield _finding(path, "PDF signature", lambda: pdf_verify(content, authority))


def _check_certificate(path: Path, authority: Authority) -> Iterator[Finding]:
    try:
        found = load_authority(path)
    except AuthorityUnreadable as error:
        yield Finding(path, False, "certificate", str(error))
        return
    foreign = [certificate for certificate in found if certificate not in authority]
    if foreign:
        yield Finding(path, False, "certificate", f"{key_id(foreign[0])} is not the authority you trust")
    else:
        yield Finding(path, True, "certificate", "the authority you trust")


def _check_protocol(path: Path, authority: Authority) -> Iterator[Finding]:
    """A protocol by itself: signed or not, it is recomputed from its own facts."""
    if _signature_of(path).is_file():
        yield from _check_signed(path, authority)
    found = draw_folder.protocol_differences(path)
    yield from _recomputed(path, found)


def _check_draw(folder: Path) -> Iterator[Finding]:
    yield from _recomputed(folder, draw_folder.draw_differences(folder))


def _recomputed(path: Path, found: Sequence[draw_folder.Difference]) -> Iterator[Finding]:
    for each in found:
        yield Finding(each.path, False, "draw", each.why)
    if not found:
        yield Finding(path, True, "draw", "recomputed, no difference")


def _limited(signature: Path) -> bytes:
    with signature.open("rb") as file:
        return file.read(_SIGNATURE_BYTES)


def _finding(path: Path, what: str, verify: Callable[[], SignerInfo]) -> Finding:
    try:
        signer = verify()
    except SignatureError as error:
        return Finding(path, False, what, str(error))
    return Finding(
        path, True, what, f"signed at {signer.signed_at:%Y-%m-%d %H:%M:%S} UTC by key {signer.key_id}"
    )


KINDS: list[Kind] = [
    Kind("signature", lambda path: path.suffix == ".p7s", _check_p7s),
    Kind("authority", lambda path: path.name == "authority.crt.pem", _check_certificate),
    Kind("draw protocol", draw_folder.is_protocol, _check_protocol),
    Kind("PDF", lambda path: path.suffix.lower() == ".pdf", _check_pdf),
    Kind("file", lambda path: True, _check_signed),
]


# ---- manifests ----


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Entry(_Strict):
    """A file that a manifest answers for."""

    path: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(_Strict):
    """See the module's docstring."""

    sequence: int = Field(ge=1)
    previous: str | None
    key: str
    recipient: str | None = None
    files: tuple[Entry, ...]


@dataclass(frozen=True)
class _Read:
    path: Path
    sha256: str
    manifest: Manifest


def _is_manifest(path: Path) -> bool:
    if path.name == draw_folder.MANIFEST and draw_folder.is_draw_folder(path.parent):
        return False  # what a draw committed to
    return _MANIFEST.fullmatch(path.name) is not None


def _manifests(paths: Sequence[Path], authority: Authority) -> Iterator[Finding]:
    """The manifests of one folder: signatures, the chain of their numbers, and every file they name."""
    read: list[_Read] = []
    for path in paths:
        yield from _read_manifest(path, authority, read)
    read.sort(key=lambda item: (item.manifest.sequence, item.path.name))
    yield from _chain(read)
    latest = {entry.path: (item, entry) for item in read for entry in item.manifest.files}
    for item, entry in latest.values():
        yield _check_entry(item.path.parent, entry)


def _read_manifest(path: Path, authority: Authority, read: list[_Read]) -> Iterator[Finding]:
    content = path.read_bytes()
    try:
        manifest = Manifest.model_validate_json(content)
        signer = cms_verify(content, _manifest_signature(path), authority)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "JSON"
        yield Finding(path, False, "manifest", f"it is no manifest of ours (see {where}): take a fresh copy")
        return
    except SignatureError as error:
        yield Finding(path, False, "manifest", str(error))
        return
    if why := _contradiction(path, manifest, signer):
        yield Finding(path, False, "manifest", f"{why}: refuse it")
        return
    read.append(_Read(path, hashlib.sha256(content).hexdigest(), manifest))
    yield Finding(path, True, "manifest", f"number {manifest.sequence}, {len(manifest.files)} files")


def _contradiction(path: Path, manifest: Manifest, signer: SignerInfo) -> str | None:
    """What a signed manifest says that cannot be so where it lies: a folder moved to another recipient's place
    would give them people who are not theirs."""
    home = path.resolve().parent
    if len({entry.path for entry in manifest.files}) != len(manifest.files):
        return "it names a file twice"
    if manifest.key != signer.key_id:
        return "it names another key than the one that signed it"
    if manifest.recipient is not None and home.parent.name == _OUTBOX and home.name != manifest.recipient:
        return f"it is the manifest of {manifest.recipient}, not of {home.name}"
    return None


def _manifest_signature(path: Path) -> bytes:
    signature = _signature_of(path)
    return _limited(signature) if signature.is_file() else b""


def _chain(read: Sequence[_Read]) -> Iterator[Finding]:
    known = {item.manifest.sequence: item for item in read}
    for item in read:
        number, previous = item.manifest.sequence, item.manifest.previous
        if known[number].sha256 != item.sha256:
            yield Finding(
                item.path, False, "chain", f"there are two different manifests {number}: refuse both"
            )
        elif (number == 1) != (previous is None):
            yield Finding(item.path, False, "chain", "the first manifest, and only it, has no predecessor")
        elif number > 1:
            yield _link(item, known.get(number - 1))


def _link(item: _Read, before: _Read | None) -> Finding:
    number = item.manifest.sequence
    if before is None:
        # A lone manifest.json is the newest by design; among numbered ones a gap is a loss.
        alone = item.path.name == "manifest.json"
        return Finding(
            item.path, alone, "chain", f"manifest {number - 1} is not here, so it was not compared"
        )
    if before.sha256 != item.manifest.previous:
        return Finding(
            item.path, False, "chain", f"manifest {number - 1} was changed or exchanged: refuse it"
        )
    return Finding(item.path, True, "chain", f"follows manifest {number - 1}")


def _check_entry(folder: Path, entry: Entry) -> Finding:
    relative = PurePosixPath(entry.path)
    path = folder / relative
    if (
        relative.is_absolute()
        or ".." in relative.parts
        or not path.resolve().is_relative_to(folder.resolve())
    ):
        return Finding(folder, False, "listed", "a manifest names a file outside its folder: refuse it")
    if not path.is_file():
        return Finding(path, False, "listed", "a manifest names it, but it is not here: take a fresh copy")
    if path.stat().st_size != entry.bytes or digest_of(path).hex() != entry.sha256:
        return Finding(path, False, "listed", "it differs from what its manifest names: take a fresh copy")
    return Finding(path, True, "listed", "as its manifest names it")


# ---- folders ----


def _folder(root: Path, authority: Authority) -> Iterator[Finding]:
    everything = sorted(path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    manifests = [path for path in everything if _is_manifest(path) and not path.is_symlink()]
    listed: dict[Path, Finding] = {}
    for folder in sorted({path.parent for path in manifests}):
        for finding in _manifests([path for path in manifests if path.parent == folder], authority):
            if finding.what == "listed":
                listed[finding.path] = finding
            yield finding
    homes = {path.parent for path in manifests}
    for path in everything:
        if not _is_manifest(path) and path.name not in EXEMPT:
            yield from _member(path, authority, listed=path in listed, homes=homes)
    for folder in sorted({path.parent for path in everything}):
        if draw_folder.is_draw_folder(folder):
            yield from _check_draw(folder)


def _member(path: Path, authority: Authority, *, listed: bool, homes: set[Path]) -> Iterator[Finding]:
    if path.is_symlink() or not path.is_file():
        yield Finding(path, False, "file", "it is no regular file: remove it")
        return
    if path.suffix == ".p7s":
        if not path.with_suffix("").is_file():
            yield from _check_p7s(path, authority)
        return
    if not listed and not homes.isdisjoint(path.parents) and path.name != "authority.crt.pem":
        yield Finding(path, False, "listed", "no manifest names it: remove it, or take a fresh copy")
        return
    if draw_folder.is_draw_file(path) and draw_folder.is_draw_folder(path.parent):
        # Nobody recomputes a page but the page itself: where the protocol is signed, it must be too.
        page_of_signed = (
            path.name == draw_folder.PAGE and _signature_of(path.with_name(draw_folder.NEWEST)).is_file()
        )
        if page_of_signed or _signature_of(path).is_file():
            yield from _check_signed(path, authority)
        return  # recomputed with its folder
    if not listed or _signature_of(path).is_file() or path.suffix.lower() == ".pdf":
        yield from _file(path, authority)


def verify_instructions(recipient: str, *, authority: str = "authority.crt.pem", fingerprint: str) -> str:
    """The text of VERIFY.txt: plain words and the exact stock commands.

    `recipient` is printed; `authority` is the path of the certificate as the recipient has it;
    `fingerprint` the authority certificate's SHA-256, to be compared over another channel (see
    `authority_fingerprint`).
    """
    return _INSTRUCTIONS.format(recipient=recipient, authority=authority, fingerprint=fingerprint)


def authority_fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 fingerprint as `openssl x509 -noout -fingerprint -sha256` prints it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


_INSTRUCTIONS = """\
How to verify these files
For: {recipient}

Every file F lies beside its signature F.p7s (detached CMS, DER). PDFs carry a signature inside as well.
The manifests list every file with its size and SHA-256 and are signed too.
This text is not signed: do not take the authority's certificate from anyone on its word.

1. The authority, once. Compare this fingerprint with the one the organiser gave you on paper or by telephone:
   {fingerprint}
     openssl x509 -in {authority} -noout -fingerprint -sha256

2. A file and its signature. The answer must be "CMS Verification successful" (-binary is needed):
     openssl cms -verify -binary -inform DER -in F.p7s -content F \\
       -CAfile {authority} -purpose any -out /dev/null

3. A manifest, then the files it lists (the same command for manifest-0001.json, then compare):
     sha256sum F

4. A PDF. The answer must hold "Signature is Valid." and "Total document signed":
     pdfsig -nocert F.pdf
   That shows the PDF is unchanged since it was signed, not yet by whom. Who signed, one of the two:
   a) step 2 with F.pdf and F.pdf.p7s, where there is an F.pdf.p7s;
   b) make the authority known to pdfsig once (certutil is in the package libnss3-tools), then the answer
      must also hold "Certificate is Trusted.":
     mkdir trust && certutil -N -d sql:trust --empty-password
     certutil -A -d sql:trust -n authority -t "C,C,C" -i {authority}
     pdfsig -nssdir sql:trust F.pdf

With our own program, everything at once and without a network:
     baiqau verify .
"""
