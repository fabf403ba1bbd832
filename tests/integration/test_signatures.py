"""Signatures: what stock tools and our own verification accept and refuse."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from worker.deliver import cms, keys, pades, sign, verify
from worker.deliver.typeset import typeset

AT = datetime(2026, 6, 8, 5, tzinfo=UTC)
START = datetime(2025, 1, 1, tzinfo=UTC)


def authority_in(folder: Path, organisation: str) -> Path:
    keys.make_test_authority(folder, organisation=organisation, not_before=START, years=10)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_in(tmp_path_factory.mktemp("home") / "keys", "Дарын орталығы")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_in(tmp_path_factory.mktemp("foreign") / "keys", "Somebody else")


@pytest.fixture(scope="module")
def signer(home: Path) -> keys.Pkcs12Signer:
    return keys.load_signer(home / "signing.p12", home / "passphrase", AT)


@pytest.fixture(scope="module")
def trusted(home: Path) -> Path:
    return home / "authority.crt.pem"


def put(path: Path, content: bytes, signer: keys.Signer) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.with_name(path.name + ".p7s").write_bytes(sign.cms_sign(path, signer, at=AT))
    return path


def openssl(path: Path, authority: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", f"{path}.p7s"]
    command += ["-content", str(path), "-CAfile", str(authority), "-out", "/dev/null", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def bad(findings: list[verify.Finding]) -> list[tuple[str, str]]:
    return [(finding.path.name, finding.what) for finding in findings if not finding.ok]


# ---- detached signatures ----


def test_openssl_accepts_a_signed_file_and_refuses_one_changed_byte(
    tmp_path: Path, signer: keys.Signer, trusted: Path
) -> None:
    path = put(tmp_path / "list.csv", "№;аты\n1;Әлия\n".encode() * 10_000, signer)
    assert openssl(path, trusted).returncode == 0
    assert openssl(path, trusted, "-purpose", "any").returncode == 0
    assert bad(verify.verify_path(path, trusted)) == []

    content = bytearray(path.read_bytes())
    content[70_000] ^= 1
    path.write_bytes(content)

    assert openssl(path, trusted).returncode != 0
    (finding,) = verify.verify_path(path, trusted)
    assert not finding.ok and "digest mismatch" in finding.why


def test_a_foreign_authority_is_refused_by_openssl_and_by_us(
    tmp_path: Path, signer: keys.Signer, foreign: Path
) -> None:
    path = put(tmp_path / "list.csv", b"data", signer)

    assert openssl(path, foreign / "authority.crt.pem").returncode != 0
    (finding,) = verify.verify_path(path, foreign / "authority.crt.pem")
    assert not finding.ok and "not issued by the trusted authority" in finding.why


def test_the_signer_is_told_with_the_instant_that_was_passed_in(
    tmp_path: Path, signer: keys.Pkcs12Signer, trusted: Path
) -> None:
    path = put(tmp_path / "list.csv", b"data", signer)

    info = sign.cms_verify(path, Path(f"{path}.p7s").read_bytes(), keys.load_authority(trusted))

    assert (info.signed_at, info.key_id) == (AT, cms.key_id(signer.chain[0]))
    assert "Дарын орталығы" in info.subject


def test_every_changed_byte_of_a_signature_is_refused(signer: keys.Pkcs12Signer) -> None:
    signature = sign.cms_sign(b"data", signer, at=AT)

    for place in range(len(signature)):
        changed = bytearray(signature)
        changed[place] ^= 1
        with pytest.raises(cms.SignatureError):
            sign.cms_verify(b"data", bytes(changed), signer.chain[1:])


@given(st.binary(max_size=200))
def test_any_bytes_for_a_signature_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(cms.MalformedSignature):
        sign.cms_verify(b"data", content, ())


def test_a_signature_dated_outside_the_certificate_is_refused(signer: keys.Pkcs12Signer) -> None:
    early = cms.assemble(cms.digest_of(b"data"), signer.chain[0], signer._ecdsa, START - timedelta(seconds=1))

    with pytest.raises(cms.OutsideValidity):
        sign.cms_verify(b"data", early, signer.chain[1:])
    with pytest.raises(keys.KeyExpired):
        sign.cms_sign(b"data", signer, at=AT.replace(year=2035))


def test_the_authoritys_own_key_is_not_a_signing_key(signer: keys.Pkcs12Signer, home: Path) -> None:
    key = serialization.load_pem_private_key(
        (home / "apart/authority.key.pem").read_bytes(), (home / "apart/passphrase").read_bytes()
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    by_authority = cms.assemble(
        cms.digest_of(b"data"), signer.chain[1], lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), AT
    )

    with pytest.raises(cms.WrongKeyUsage):
        sign.cms_verify(b"data", by_authority, signer.chain[1:])


@pytest.mark.parametrize("more", [(), ("-keyid",), ("-md", "sha512")])
def test_signatures_that_openssl_makes_with_rsa_are_accepted(tmp_path: Path, more: tuple[str, ...]) -> None:
    path, key, certificate = tmp_path / "f", tmp_path / "key.pem", tmp_path / "crt.pem"
    path.write_bytes(b"data\n")
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ministry", "-days", "9"]
    usage = ["-addext", "keyUsage=digitalSignature", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*new, *usage], check=True, capture_output=True)
    make = ["openssl", "cms", "-sign", "-binary", "-in", str(path), "-signer", str(certificate)]
    make += ["-inkey", str(key), "-outform", "DER", "-out", f"{path}.p7s", *more]
    subprocess.run(make, check=True, capture_output=True)

    assert bad(verify.verify_path(path, certificate)) == []


def test_a_signature_without_a_signing_time_is_refused(signer: keys.Pkcs12Signer) -> None:
    timeless = signer.sign(b"data", at=None)

    with pytest.raises(cms.MalformedSignature, match="signing time"):
        sign.cms_verify(b"data", timeless, signer.chain[1:])


def test_a_signature_that_carries_its_own_content_is_refused(tmp_path: Path, home: Path) -> None:
    make = ["openssl", "pkcs12", "-in", str(home / "signing.p12"), "-passin", f"file:{home / 'passphrase'}"]
    subprocess.run([*make, "-nodes", "-out", str(tmp_path / "pem")], check=True, capture_output=True)
    (tmp_path / "f").write_bytes(b"data")
    make = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-in", str(tmp_path / "f")]
    more = ["-signer", str(tmp_path / "pem"), "-out", str(tmp_path / "f.p7s")]
    subprocess.run([*make, *more], check=True, capture_output=True)

    with pytest.raises(cms.MalformedSignature, match="detached"):
        authority = keys.load_authority(home / "authority.crt.pem")
        sign.cms_verify(b"data", (tmp_path / "f.p7s").read_bytes(), authority)


# ---- PDFs ----


@pytest.fixture(scope="module")
def plain() -> bytes:
    rows = [["№1 мектеп", 10], ["№2 мектеп", 9]]
    columns = [{"title": "Мектеп"}, {"title": "Орын", "align": "right"}]
    head = {"language": "kk", "date": "2026-06-08", "organisation": "Дарын", "contest": "Мың бала"}
    more = {"recipient": "Барлығына", "number": "1", "version": "1", "rulebook": "r1", "title": "Орындар"}
    template = Path(__file__).parents[2] / "templates/pages/list.typ"
    return typeset(template, {**head, **more, "columns": columns, "rows": rows})


@pytest.fixture(scope="module")
def pdf(plain: bytes, signer: keys.Pkcs12Signer) -> bytes:
    return sign.pdf_sign(plain, signer, at=AT, reason="Publication", location="Astana")


def pdfsig(path: Path) -> str:
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}
    command = ["pdfsig", "-nocert", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stdout


def test_pdfsig_accepts_a_signed_pdf_and_refuses_one_changed_byte(
    tmp_path: Path, pdf: bytes, trusted: Path
) -> None:
    path = tmp_path / "list.pdf"
    path.write_bytes(pdf)
    said = pdfsig(path)
    assert "Signature is Valid." in said and "Total document signed" in said
    assert "Jun 08 2026 05:00:00" in said and "ETSI.CAdES.detached" in said
    assert bad(verify.verify_path(path, trusted)) == []

    changed = bytearray(pdf)
    changed[len(pdf) // 3] ^= 1
    path.write_bytes(changed)

    assert "Signature is Valid." not in pdfsig(path)
    assert bad(verify.verify_path(path, trusted)) == [("list.pdf", "PDF signature")]


def test_a_pdf_is_signed_to_the_same_bytes_again(plain: bytes, pdf: bytes, signer: keys.Pkcs12Signer) -> None:
    assert sign.pdf_sign(plain, signer, at=AT, reason="Publication", location="Astana") == pdf


def test_changed_bytes_all_over_a_pdf_are_refused(pdf: bytes, signer: keys.Pkcs12Signer) -> None:
    for place in range(0, len(pdf), len(pdf) // 150):
        changed = bytearray(pdf)
        changed[place] ^= 1
        with pytest.raises(cms.SignatureError):
            sign.pdf_verify(bytes(changed), signer.chain[1:])


def test_a_pdf_with_bytes_added_unsigned_foreign_or_broken_is_refused_by_name(
    plain: bytes, pdf: bytes, signer: keys.Pkcs12Signer, foreign: Path
) -> None:
    home = signer.chain[1:]
    with pytest.raises(pades.NotCovered):
        sign.pdf_verify(pdf + b"\n", home)
    with pytest.raises(pades.Unsigned):
        sign.pdf_verify(plain, home)
    with pytest.raises(pades.UnreadablePdf):
        sign.pdf_verify(b"%PDF-2.0 nothing", home)
    with pytest.raises(cms.ForeignSigner):
        sign.pdf_verify(pdf, keys.load_authority(foreign / "authority.crt.pem"))
    with pytest.raises(pades.UnreadablePdf):
        sign.pdf_sign(b"not a pdf", signer, at=AT, reason="r", location="l")


def test_a_pdf_signed_twice_is_refused(pdf: bytes, signer: keys.Pkcs12Signer) -> None:
    with pytest.raises(pades.UnreadablePdf):
        sign.pdf_sign(pdf, signer, at=AT, reason="again", location="l")


# ---- folders and manifests ----


@pytest.fixture
def outbox(tmp_path: Path, signer: keys.Pkcs12Signer, pdf: bytes) -> Iterator[Path]:
    """Two publications of one recipient, with two manifests, and one receipt elsewhere."""
    folder = tmp_path / "outbox"
    school = folder / "school-17"
    put(school / "myn-bala/list.csv", b"a;b\n1;2\n", signer)
    first = manifest(school, 1, None, ["myn-bala/list.csv"], signer)
    put(school / "myn-bala/list.pdf", pdf, signer)
    manifest(school, 2, first, ["myn-bala/list.pdf"], signer)
    (school / "VERIFY.txt").write_text("how to")
    put(folder / "ministry/receipts/r1.json", b"{}", signer)
    yield folder


def manifest(
    folder: Path, number: int, previous: str | None, paths: list[str], signer: keys.Pkcs12Signer
) -> str:
    def entry(name: str) -> dict[str, object]:
        content = (folder / name).read_bytes()
        return {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    body = {"sequence": number, "previous": previous, "key": cms.key_id(signer.chain[0])}
    content = json.dumps({**body, "files": [entry(name) for name in paths]}).encode()
    put(folder / f"manifest-{number:04}.json", content, signer)
    return hashlib.sha256(content).hexdigest()


def test_a_whole_outbox_verifies(outbox: Path, trusted: Path) -> None:
    findings = verify.verify_path(outbox, trusted)

    assert bad(findings) == []
    seen = {finding.path.name for finding in findings}
    assert seen == {"manifest-0001.json", "manifest-0002.json", "list.csv", "list.pdf", "r1.json"}
    assert ("list.pdf", "PDF signature") in [(finding.path.name, finding.what) for finding in findings]


def test_an_unlisted_file_is_reported_even_if_it_is_signed(
    outbox: Path, trusted: Path, signer: keys.Signer
) -> None:
    put(outbox / "school-17/extra.csv", b"x", signer)

    assert bad(verify.verify_path(outbox, trusted)) == [("extra.csv", "listed")]


def test_an_unsigned_file_where_no_manifest_answers_is_reported(outbox: Path, trusted: Path) -> None:
    (outbox / "ministry/receipts/r2.json").write_text("{}")

    assert bad(verify.verify_path(outbox, trusted)) == [("r2.json", "signature")]


def test_a_changed_listed_file_fails_its_manifest_and_its_signature(outbox: Path, trusted: Path) -> None:
    (outbox / "school-17/myn-bala/list.csv").write_bytes(b"a;b\n1;3\n")

    assert bad(verify.verify_path(outbox, trusted)) == [("list.csv", "listed"), ("list.csv", "signature")]


def test_a_missing_file_a_missing_manifest_and_a_lonely_signature_are_reported(
    outbox: Path, trusted: Path
) -> None:
    (outbox / "school-17/myn-bala/list.pdf").unlink()
    (outbox / "school-17/manifest-0001.json").unlink()

    assert sorted(bad(verify.verify_path(outbox, trusted))) == [
        ("list.csv", "listed"),
        ("list.pdf", "listed"),
        ("list.pdf.p7s", "signature"),
        ("manifest-0001.json.p7s", "signature"),
        ("manifest-0002.json", "chain"),
    ]


def test_an_exchanged_earlier_manifest_breaks_the_chain(
    outbox: Path, trusted: Path, signer: keys.Pkcs12Signer
) -> None:
    school = outbox / "school-17"
    put(school / "myn-bala/other.csv", b"x", signer)
    manifest(school, 1, None, ["myn-bala/list.csv", "myn-bala/other.csv"], signer)

    assert bad(verify.verify_path(outbox, trusted)) == [("manifest-0002.json", "chain")]


def test_a_later_manifest_replaces_what_an_earlier_one_said_of_a_file(
    outbox: Path, trusted: Path, signer: keys.Pkcs12Signer
) -> None:
    school = outbox / "school-17"
    put(school / "myn-bala/list.csv", b"a;b\n1;9\n", signer)
    previous = hashlib.sha256((school / "manifest-0002.json").read_bytes()).hexdigest()
    manifest(school, 3, previous, ["myn-bala/list.csv"], signer)

    assert bad(verify.verify_path(outbox, trusted)) == []


def test_a_manifest_signed_by_a_foreign_authority_vouches_for_nothing(
    outbox: Path, trusted: Path, foreign: Path
) -> None:
    stranger = keys.load_signer(foreign / "signing.p12", foreign / "passphrase", AT)
    school = outbox / "school-17"
    for path in sorted(school.glob("manifest-*.json")):
        put(path, path.read_bytes(), stranger)

    assert sorted(bad(verify.verify_path(outbox, trusted))) == [
        ("list.csv", "listed"),
        ("list.pdf", "listed"),
        ("manifest-0001.json", "manifest"),
        ("manifest-0002.json", "manifest"),
    ]


@pytest.mark.parametrize("name", ["../ministry/receipts/r1.json", "/etc/passwd"])
def test_a_manifest_cannot_reach_outside_its_folder(
    outbox: Path, trusted: Path, signer: keys.Pkcs12Signer, name: str
) -> None:
    school = outbox / "school-17"
    previous = hashlib.sha256((school / "manifest-0002.json").read_bytes()).hexdigest()
    manifest(school, 3, previous, [name], signer)

    assert bad(verify.verify_path(outbox, trusted)) == [("school-17", "listed")]


def test_a_symbolic_link_in_an_outbox_is_reported(outbox: Path, trusted: Path) -> None:
    (outbox / "ministry/receipts/link.json").symlink_to(outbox / "ministry/receipts/r1.json")

    assert bad(verify.verify_path(outbox, trusted)) == [("link.json", "file")]


def test_a_manifest_of_another_form_is_refused_without_its_content(
    outbox: Path, trusted: Path, signer: keys.Signer
) -> None:
    put(outbox / "school-17/manifest-0003.json", b'{"sequence": 3, "canary": 1}', signer)

    findings = [finding for finding in verify.verify_path(outbox, trusted) if not finding.ok]

    assert [(finding.path.name, finding.what) for finding in findings] == [("manifest-0003.json", "manifest")]
    assert "no manifest of ours" in findings[0].why


def test_the_published_authority_must_be_the_one_that_is_trusted(
    outbox: Path, trusted: Path, foreign: Path
) -> None:
    shutil.copy(trusted, outbox / "school-17/authority.crt.pem")
    assert bad(verify.verify_path(outbox, trusted)) == []

    shutil.copy(foreign / "authority.crt.pem", outbox / "school-17/authority.crt.pem")
    assert bad(verify.verify_path(outbox, trusted)) == [("authority.crt.pem", "certificate")]


def test_a_registered_kind_is_asked_before_the_others(
    tmp_path: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "KINDS", list(verify.KINDS))

    def check(path: Path, authority: verify.Authority) -> Iterator[verify.Finding]:
        yield verify.Finding(path, True, "protocol", "replayed")

    verify.register(verify.Kind("draw protocol", lambda path: path.name == "protocol.json", check))
    (tmp_path / "protocol.json").write_text("{}")

    (finding,) = verify.verify_path(tmp_path / "protocol.json", trusted)
    assert (finding.what, finding.why) == ("protocol", "replayed")


def test_the_commands_of_verify_txt_work_as_they_are_written(
    tmp_path: Path, signer: keys.Pkcs12Signer, trusted: Path, pdf: bytes
) -> None:
    shutil.copy(trusted, tmp_path / "authority.crt.pem")
    put(tmp_path / "F", b"data", signer)
    put(tmp_path / "F.pdf", pdf, signer)
    fingerprint = verify.authority_fingerprint(signer.chain[1])
    text = verify.verify_instructions("№17 мектеп", fingerprint=fingerprint)
    joined = text.replace("\\\n", " ").splitlines()
    commands = [
        line.strip() for line in joined if line.strip().startswith(("openssl", "sha256sum", "pdfsig -nocert"))
    ]

    said = [
        subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
        for line in commands
    ]

    assert len(commands) == 4
    assert fingerprint in said[0].stdout and fingerprint in text
    assert "CMS Verification successful" in said[1].stderr
    assert hashlib.sha256(b"data").hexdigest() in said[2].stdout
    assert "Signature is Valid." in said[3].stdout
