"""Keys and secrets: what is loaded, what is refused, and that no message tells a secret."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12

from jobs.errors import BaiqauError
from worker.deliver import cms, keys
from worker.secrets import LooseSecret, SecretMissing, read_secret

NOW = datetime(2026, 6, 8, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "keys"
    start = datetime(2025, 1, 1, tzinfo=UTC)
    keys.make_test_authority(folder, organisation="Дарын орталығы", not_before=start, years=10)
    return folder


@pytest.fixture
def copy(authority: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(authority, tmp_path / "keys"))


def load(folder: Path, now: datetime = NOW) -> keys.Pkcs12Signer:
    return keys.load_signer(folder / "signing.p12", folder / "passphrase", now)


def test_a_test_authority_signs_documents_for_ten_years(authority: Path) -> None:
    (record,) = keys.list_keys(authority, NOW)
    signer = load(authority)

    assert record.id == cms.key_id(signer.chain[0])
    assert (record.state, record.days_left) == ("valid", 3128)
    assert (record.not_before, record.not_after) == (
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2034, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    usage = signer.chain[0].extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.content_commitment and not usage.key_cert_sign
    assert signer.chain[1] == keys.load_authority(authority / "authority.crt.pem")[0]


def test_private_files_are_0600_and_the_authority_key_is_encrypted_and_apart(authority: Path) -> None:
    modes = {
        path.relative_to(authority).as_posix(): path.stat().st_mode & 0o777
        for path in authority.rglob("*")
        if path.is_file()
    }

    assert modes == {
        "authority.crt.pem": 0o644,
        "signing.crt.pem": 0o644,
        "passphrase": 0o600,
        "signing.p12": 0o600,
        "apart/authority.key.pem": 0o600,
        "apart/passphrase": 0o600,
    }
    assert b"ENCRYPTED PRIVATE KEY" in (authority / "apart/authority.key.pem").read_bytes()
    assert (authority / "apart/passphrase").read_bytes() != (authority / "passphrase").read_bytes()


def test_existing_keys_are_never_overwritten(copy: Path) -> None:
    before = (copy / "signing.p12").read_bytes()

    with pytest.raises(keys.KeyExists, match="never overwritten"):
        keys.make_test_authority(copy, organisation="X", not_before=NOW, years=1)

    assert (copy / "signing.p12").read_bytes() == before


def test_an_authority_founded_on_29_february_is_valid_for_whole_years(tmp_path: Path) -> None:
    leap = datetime(2024, 2, 29, tzinfo=UTC)
    keys.make_test_authority(tmp_path / "k", organisation="X", not_before=leap, years=1)

    (record,) = keys.list_keys(tmp_path / "k", leap)

    assert record.not_after == datetime(2025, 2, 27, 23, 59, 59, tzinfo=UTC)


def test_an_organisation_longer_than_64_characters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(keys.KeyRefused, match="1 to 64"):
        keys.make_test_authority(tmp_path, organisation="ә" * 65, not_before=NOW, years=1)


@pytest.mark.parametrize(
    ("now", "error"),
    [
        (datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC), keys.KeyNotYetValid),
        (datetime(2035, 1, 1, tzinfo=UTC), keys.KeyExpired),
    ],
)
def test_a_key_outside_its_dates_is_refused(authority: Path, now: datetime, error: type[BaiqauError]) -> None:
    with pytest.raises(error):
        load(authority, now)
    with pytest.raises(error):
        load(authority).sign(b"x", at=now)


def test_a_wrong_passphrase_is_a_clear_error_that_does_not_tell_it(copy: Path) -> None:
    (copy / "passphrase").write_text("almost-right-canary")

    with pytest.raises(keys.WrongPassphrase, match=r"signing\.p12 does not open") as caught:
        load(copy)

    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_passphrase_and_the_key_are_in_no_representation(authority: Path) -> None:
    passphrase = (authority / "passphrase").read_text()

    assert passphrase not in repr(load(authority))
    assert "_key" not in repr(load(authority))


def test_a_certificate_of_another_key_is_refused(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    keys.make_test_authority(other, organisation="X", not_before=NOW, years=1)
    passphrase = (copy / "passphrase").read_bytes()
    stolen = keys.load_authority(other / "signing.crt.pem")[0]
    mine = pkcs12.load_pkcs12((copy / "signing.p12").read_bytes(), passphrase).key
    assert isinstance(mine, ec.EllipticCurvePrivateKey)
    encryption = serialization.BestAvailableEncryption(passphrase)
    (copy / "signing.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"x", mine, None, [stolen], encryption)
    )

    with pytest.raises(keys.KeyMismatch):
        load(copy)


def test_a_key_of_another_curve_is_refused(copy: Path) -> None:
    passphrase = (copy / "passphrase").read_bytes()
    key = ec.generate_private_key(ec.SECP384R1())
    encryption = serialization.BestAvailableEncryption(passphrase)
    (copy / "signing.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"x", key, None, None, encryption)
    )

    with pytest.raises(keys.KeyRefused, match="P-256"):
        load(copy)


@pytest.mark.parametrize(
    ("days", "threshold"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, 7)]
)
def test_the_warning_comes_60_30_and_7_days_before_the_end(
    authority: Path, days: int, threshold: int | None
) -> None:
    certificate = load(authority).chain[0]
    now = certificate.not_valid_after_utc - timedelta(days=days)

    assert keys.expiry_warning(keys.describe(certificate, now)) == threshold


def test_the_same_data_key_and_instant_give_the_same_signature(authority: Path) -> None:
    signer = load(authority)

    assert signer.sign(b"data", at=NOW) == load(authority).sign(b"data", at=NOW)
    assert signer.sign(b"data", at=NOW) != signer.sign(b"data", at=NOW + timedelta(seconds=1))


def test_es256_signatures_are_r_and_s_of_the_certificates_key(authority: Path) -> None:
    signer = load(authority)
    key = signer.chain[0].public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)

    raw = signer.sign_es256(b"claims")

    pair = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    assert len(raw) == 64
    key.verify(encode_dss_signature(*pair), b"claims", ec.ECDSA(hashes.SHA256()))


def test_a_file_without_a_certificate_is_no_authority(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate here")

    for name in ("a.pem", "missing.pem"):
        with pytest.raises(keys.AuthorityUnreadable, match=name):
            keys.load_authority(tmp_path / name)


def test_the_key_list_is_dated_and_in_order(authority: Path, copy: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    keys.make_test_authority(newer, organisation="X", not_before=NOW + timedelta(days=1), years=1)
    shutil.copy(newer / "signing.crt.pem", copy / "signing-2.crt.pem")

    states = [record.state for record in keys.list_keys(copy, NOW)]
    later = [record.state for record in keys.list_keys(copy, NOW + timedelta(days=400))]

    assert states == ["valid", "not yet valid"]
    assert later == ["valid", "expired"]


# ---- secrets ----


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o601])
def test_a_secret_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    secret.chmod(mode)

    with pytest.raises(LooseSecret, match=rf"mode {mode:04o}\): chmod 600") as caught:
        read_secret(secret)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_strict_secret_is_read_as_it_is(tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"pass phrase\n")
    secret.chmod(mode)

    assert read_secret(secret) == b"pass phrase\n"


def test_a_symbolic_link_a_fifo_and_a_folder_are_no_secrets(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("x")
    real.chmod(0o600)
    (tmp_path / "link").symlink_to(real)
    os.mkfifo(tmp_path / "fifo", 0o600)

    with pytest.raises(SecretMissing):
        read_secret(tmp_path / "link")
    with pytest.raises(LooseSecret, match="regular"):
        read_secret(tmp_path / "fifo")
    with pytest.raises(LooseSecret, match="regular"):
        read_secret(tmp_path)
    with pytest.raises(SecretMissing, match="missing"):
        read_secret(tmp_path / "missing")


def test_a_bare_name_is_found_among_the_systemd_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passphrase").write_bytes(b"from systemd")
    (tmp_path / "passphrase").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert read_secret(Path("passphrase")) == b"from systemd"
