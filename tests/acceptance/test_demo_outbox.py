"""What the demo leaves behind, judged with stock tools (openssl, pdfsig, pdftotext) and by what was planted."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from lxml import etree
from sites import CONTEST, LONG_NUMBER, Row, baiqau, openssl_accepts, pdf_text
from sqlalchemy import select

from worker.bootstrap import load_rulebook
from worker.commands.rehearse import SEED
from worker.deliver.verify import verify_path
from worker.rehearsal.season import DEMO, Case, Season, make_season
from worker.store import tables
from worker.store.database import open_database

VALID = "Signature Validation: Signature is Valid."


@dataclass(frozen=True)
class Demo:
    """The site that `baiqau demo --keep` left, what it said, and what had been planted in its season."""

    root: Path
    said: str
    season: Season
    database: dict[str, list[Row]] = field(repr=False)

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def authority(self) -> Path:
        return self.root / "keys" / "authority.crt.pem"

    def last_run(self, stage: str) -> int:
        runs = [row for row in self.database["runs"] if row["stage"] == stage]
        last = max(runs, key=lambda row: int(row["revision"]))
        assert last["state"] == "settled"
        return int(last["id"])

    def standing(self, stage: str) -> dict[str, Row]:
        """Entry to record of those still in after a stage."""
        run = self.last_run(stage)
        rows = [row for row in self.database["standings"] if row["run_id"] == run]
        return {row["entry"]: json.loads(row["record"]) for row in rows}

    def verdicts(self, stage: str) -> list[Row]:
        run = self.last_run(stage)
        return [row for row in self.database["verdicts"] if row["run_id"] == run]

    def files(self, folder: str, pattern: str = "*") -> list[Path]:
        return sorted(path for path in (self.root / folder).rglob(pattern) if path.is_file())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    root = tmp_path_factory.mktemp("demo") / "site"
    done = baiqau("demo", "--keep", root)
    assert done.returncode == 0, done.stdout + done.stderr
    season = make_season(load_rulebook(root / "contests" / f"{CONTEST}.toml"), DEMO, seed=SEED)
    engine = open_database(f"sqlite:///{root}/baiqau.db")
    with engine.begin() as connection:
        database = {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in tables.metadata.tables.items()
        }
    engine.dispose()
    return Demo(root, done.stdout, season, database)


# --- signatures, by the stock tools ---


def test_openssl_accepts_every_signature_and_everything_is_signed(demo: Demo) -> None:
    signatures = demo.files("outbox", "*.p7s")
    unsigned = {"VERIFY.txt", "authority.crt.pem"}
    data = [path for path in demo.files("outbox") if path.suffix != ".p7s" and path.name not in unsigned]
    assert {path.with_suffix("") for path in signatures} == set(data)
    assert len(signatures) > 150
    assert [path for path in data if not openssl_accepts(path, demo.authority)] == []


def test_pdfsig_calls_every_signature_valid(demo: Demo) -> None:
    papers = [*demo.files("diplomas", "*.pdf"), *demo.files("outbox", "*.pdf")]
    assert len(demo.files("diplomas", "*.pdf")) == len(demo.season.planted.winners)
    assert [path for path in papers if not _pdfsig_accepts(path)] == []


def test_our_own_verifier_accepts_every_home(demo: Demo) -> None:
    homes = sorted(path for path in demo.outbox.iterdir() if path.is_dir())
    findings = [finding for home in homes for finding in verify_path(home, demo.authority)]
    assert [finding for finding in findings if not finding.ok] == []
    assert {finding.path for finding in findings} >= set(demo.files("outbox", "*.xml"))
    assert "0 failures" in demo.said


def _pdfsig_accepts(path: Path) -> bool:
    """Its exit status is 0 even where a signature is bad, so its words are read."""
    done = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)
    verdicts = [line.strip(" -") for line in done.stdout.splitlines() if "Signature Validation:" in line]
    return bool(verdicts) and set(verdicts) == {VALID} and "Total document signed" in done.stdout


# --- one changed byte ---

TOUCHED = (
    "school-SP-03/myn-bala/admission-list.csv",
    "school-SP-03/myn-bala/admission-list.xml",
    "school-SP-03/myn-bala/admission-list.pdf",
    "public/myn-bala/result.html",
    "public/myn-bala/cutoffs.csv",
    "public/schemas/admission-list.xsd",
    "ministry/manifest.json",
)


def _home(demo: Demo, name: str, folder: Path) -> Path:
    """A copy of a recipient's folder, to be spoilt."""
    home = folder / name.partition("/")[0]
    shutil.copytree(demo.outbox / home.name, home)
    return home


def _change_a_byte(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0x01
    path.write_bytes(data)


def _refused(path: Path, authority: Path) -> bool:
    return any(not finding.ok for finding in verify_path(path, authority))


@pytest.mark.parametrize("name", TOUCHED)
def test_a_changed_byte_of_a_file_is_refused_by_openssl_and_by_us(
    demo: Demo, name: str, tmp_path: Path
) -> None:
    home = _home(demo, name, tmp_path)
    path = tmp_path / name
    assert openssl_accepts(path, demo.authority)
    assert not _refused(path, demo.authority)
    for at in (0.0, 0.1, 0.5, 0.999):
        whole = path.read_bytes()
        _change_a_byte(path, at)
        assert not openssl_accepts(path, demo.authority), f"byte at {at}"
        assert _refused(path, demo.authority), f"byte at {at}"
        assert _refused(home, demo.authority), f"byte at {at}"
        path.write_bytes(whole)


@pytest.mark.parametrize("name", TOUCHED[:2])
def test_a_changed_byte_of_a_signature_is_refused_by_openssl_and_by_us(
    demo: Demo, name: str, tmp_path: Path
) -> None:
    home = _home(demo, name, tmp_path)
    signature = tmp_path / f"{name}.p7s"
    whole = signature.read_bytes()
    for at in (0.0, 0.02, 0.9, 0.95, 0.999):  # the outer frame, the content type, the signature itself
        _change_a_byte(signature, at)
        assert not openssl_accepts(tmp_path / name, demo.authority), f"byte at {at}"
        assert _refused(tmp_path / name, demo.authority), f"byte at {at}"
        assert _refused(home, demo.authority), f"byte at {at}"
        signature.write_bytes(whole)


def test_whatever_openssl_refuses_of_a_signature_we_refuse_too(demo: Demo, tmp_path: Path) -> None:
    """Some bytes are signed by nobody (an unused part of a certificate); none of them may divide us."""
    name = TOUCHED[0]
    _home(demo, name, tmp_path)
    signature = tmp_path / f"{name}.p7s"
    whole = signature.read_bytes()
    refused = 0
    for step in range(40):
        _change_a_byte(signature, step / 40)
        if not openssl_accepts(tmp_path / name, demo.authority):
            refused += 1
            assert _refused(tmp_path / name, demo.authority), f"byte {step / 40:.0%} of the way"
        signature.write_bytes(whole)
    assert refused > 20


def test_a_signature_of_another_file_is_refused(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    shutil.copy(demo.outbox / "public" / CONTEST / "result.csv", path)
    shutil.copy(demo.outbox / "public" / CONTEST / "cutoffs.csv.p7s", tmp_path / "result.csv.p7s")
    assert not openssl_accepts(path, demo.authority)
    assert _refused(path, demo.authority)


def test_a_changed_byte_of_a_pdf_is_refused_by_pdfsig_and_by_us(demo: Demo, tmp_path: Path) -> None:
    diploma = demo.files("diplomas", "*.pdf")[0]
    path = tmp_path / diploma.name
    shutil.copy(diploma, path)
    assert _pdfsig_accepts(path)
    assert not _refused(path, demo.authority)
    whole = path.read_bytes()
    signed_from = whole.index(b"/Contents <") if b"/Contents <" in whole else whole.index(b"/Contents<")
    for place in (10, len(whole) // 3, len(whole) // 2, signed_from + 200):
        path.write_bytes(whole[:place] + _other_digit(whole[place : place + 1]) + whole[place + 1 :])
        assert not _pdfsig_accepts(path), f"byte {place}"
        assert _refused(path, demo.authority), f"byte {place}"


def _other_digit(byte: bytes) -> bytes:
    """Another byte; inside the signature's hexadecimal digits another digit."""
    return b"1" if byte in b"023456789abcdefABCDEF" else bytes([byte[0] ^ 1])


def test_the_program_refuses_a_spoilt_folder_in_a_sentence(demo: Demo, tmp_path: Path) -> None:
    home = _home(demo, TOUCHED[0], tmp_path)
    good = baiqau("verify", home, "--site", demo.root)
    _change_a_byte(tmp_path / TOUCHED[0], 0.5)
    spoilt = baiqau("verify", home, "--site", demo.root)
    assert (good.returncode, spoilt.returncode) == (0, 1)
    assert "admission-list.csv" in spoilt.stdout
    assert "Traceback" not in spoilt.stdout + spoilt.stderr


# --- who may read what ---


def test_no_iin_stands_in_what_anybody_but_the_schools_may_read(demo: Demo) -> None:
    people = _everybody(demo)
    open_to_others = [
        *demo.files("outbox/public"),
        *demo.files("outbox/requests"),
        *demo.files("outbox/operator"),
    ]
    assert len(open_to_others) > 100
    assert [path for path in open_to_others if _iins_in(path) & people] == []


def test_no_name_stands_in_what_is_public_or_asked(demo: Demo) -> None:
    listed = demo.database["feed_roster"]
    names = re.compile("|".join({f"{row['surname']} {row['name']}" for row in listed}))
    assert len(listed) > 1500
    asked = [*demo.files("outbox/public"), *demo.files("outbox/requests")]
    assert [path for path in asked if names.search(_text(path))] == []


def test_receipts_name_no_pupil(demo: Demo) -> None:
    people = _everybody(demo)
    receipts = [path for path in demo.files("outbox", "*.json") if path.parent.name == "receipts"]
    assert len(receipts) == len(demo.database["deliveries"])
    assert [path for path in receipts if _iins_in(path) & people] == []


def test_each_school_gets_its_own_pupils_and_no_more(demo: Demo) -> None:
    admitted: dict[str, set[str]] = {}
    for entry, record in demo.standing("admission").items():
        admitted.setdefault(record["award"], set()).add(entry)
    homes = sorted(demo.outbox.glob("school-*"))
    assert {home.name.removeprefix("school-") for home in homes} == {
        row["school_id"] for row in demo.database["feed_quotas"]
    }
    people = _everybody(demo)
    for home in homes:
        own = admitted.get(home.name.removeprefix("school-"), set())
        for path in demo.files(f"outbox/{home.name}"):
            assert _iins_in(path) & people <= own, path.name
        assert _listed_in(home / CONTEST / "admission-list.csv") == own
        xml = etree.parse(home / CONTEST / "admission-list.xml")
        assert {str(cell.text) for cell in xml.iter("{*}iin")} == own


def test_every_list_is_valid_by_the_published_schema(demo: Demo) -> None:
    schemas = demo.outbox / "public" / "schemas"
    kinds = {path.stem: etree.XMLSchema(file=str(path)) for path in schemas.glob("*.xsd")}
    for path in demo.files("outbox", "*.xml"):
        tree = etree.parse(path)
        assert kinds[etree.QName(tree.getroot()).localname].validate(tree), path


def _everybody(demo: Demo) -> set[str]:
    numbers = {row["iin"] for row in demo.database["feed_roster"]}
    numbers |= {row["iin"] for row in demo.database["feed_registrations"]}
    numbers |= {row["guardian_iin"] for row in demo.database["feed_registrations"]}
    return numbers | {row["participant"] for row in demo.database["feed_sheets"]}


def _iins_in(path: Path) -> set[str]:
    return {found.decode() for found in LONG_NUMBER.findall(_text(path).encode())}


def _text(path: Path) -> str:
    if path.suffix == ".pdf":
        return pdf_text(path)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def _listed_in(path: Path) -> set[str]:
    return {row["iin"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))}


# --- mail ---


@dataclass(frozen=True)
class Letter:
    """A mail in the mailbox of the demo's server."""

    to: str
    number: str
    pdfs: tuple[bytes, ...]


@pytest.fixture(scope="module")
def mailbox(demo: Demo) -> list[Letter]:
    return list(map(_letter, demo.files("mailbox", "*.eml")))


def _letter(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    papers = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    contents = [part.get_payload(decode=True) for part in papers]
    return Letter(
        str(mail["To"]), str(mail["Message-ID"]), tuple(each for each in contents if isinstance(each, bytes))
    )


def test_every_registered_person_with_an_address_got_exactly_one_mail(
    demo: Demo, mailbox: list[Letter]
) -> None:
    addresses = {row["iin"]: row["email"] for row in demo.database["feed_registrations"]}
    spoilt = demo.season.planted.case("bad-address").ids
    reachable = {iin: email for iin, email in addresses.items() if email and iin not in spoilt}
    assert len(reachable) > 1500
    assert Counter(letter.to for letter in mailbox) == Counter(reachable.values())
    assert len({letter.number for letter in mailbox}) == len(mailbox)


def test_every_registered_person_has_one_answer_and_its_state_is_told(demo: Demo) -> None:
    registered = {row["iin"] for row in demo.database["feed_registrations"]}
    answers = Counter(row["person"] for row in demo.database["messages"])
    assert set(answers) == registered
    assert set(answers.values()) == {1}
    unreached = {row["person"] for row in demo.database["messages"] if row["state"] == "no-address"}
    assert unreached > set(demo.season.planted.case("bad-address").ids)
    assert {row["state"] for row in demo.database["messages"]} == {"sent", "no-address"}


def test_whom_no_mail_reaches_the_operator_has_a_letter_for(demo: Demo) -> None:
    unreached = [row for row in demo.database["messages"] if row["state"] == "no-address"]
    files = demo.files("outbox", "operator/**/letters-by-hand-*.csv")
    text = "".join(path.read_text("utf-8-sig") for path in files)
    assert unreached
    assert [row["id"] for row in unreached if row["id"] not in text] == []


def test_the_diploma_in_a_mail_is_the_winners_signed_one(demo: Demo, mailbox: list[Letter]) -> None:
    kept = {path.read_bytes() for path in demo.files("diplomas", "*.pdf")}
    enclosed = [paper for letter in mailbox for paper in letter.pdfs]
    winners = set(demo.season.planted.winners)
    reached = [
        row for row in demo.database["messages"] if row["person"] in winners and row["state"] == "sent"
    ]
    assert len(enclosed) == len(set(enclosed)) == len(reached) > 100
    assert set(enclosed) <= kept


# --- what was planted came out ---


def test_every_planted_case_came_out_as_planted(demo: Demo) -> None:
    cases = demo.season.planted.cases
    assert len(cases) > 25
    assert [(case, one) for case in cases for one in case.ids if not _as_planted(demo, case, one)] == []


def _cites(row: Row, clause: str) -> bool:
    return clause in row["clause"].split(", ")


def _as_planted(demo: Demo, case: Case, person: str) -> bool:
    """Whether the steps of the case's clause said of the person what was planted; before people ruled."""
    own = [row for row in demo.verdicts(case.stage) if row["entry"] == person and row["code"] != "ruled"]
    found = {row["verdict"] for row in own if _cites(row, case.clause)}
    if case.clause in ("4", "5") and case.verdict == "in":  # a stage that takes a sheet says nothing about it
        return bool(own) and not found
    return case.verdict in found if case.verdict != "in" else found == {"in"}


def test_every_file_ended_as_planted(demo: Demo) -> None:
    outcomes = {
        f"{row['sender']}/{row['contest']}/{row['name']}": (row["state"], row["code"])
        for row in demo.database["deliveries"]
    }
    for path, planted in demo.season.planted.files.items():
        state, code = outcomes[path]
        if planted == "unregistered":
            assert (state, code) == ("refused", "unknown-sender"), path
        else:
            assert state == planted, path


@pytest.mark.parametrize("stage", ["stage-1", "stage-2"])
def test_every_score_is_the_planted_one(demo: Demo, stage: str) -> None:
    planted = demo.season.planted.scores[stage]
    scored = {entry: int(record["score"]) for entry, record in demo.standing(stage).items()}
    assert len(scored) > 300
    assert {entry: planted[entry] for entry in scored} == scored


def test_the_winners_are_the_planted_ones(demo: Demo) -> None:
    assert set(demo.standing("winners")) == set(demo.season.planted.winners)


def test_the_lot_decided_among_the_planted_three(demo: Demo) -> None:
    trio, school = set(demo.season.planted.lot), demo.season.planted.lot_school
    placed = [entry for entry, record in demo.standing("admission").items() if record["award"] == school]
    assert set(placed) < trio
    assert len(placed) == 2


def test_commissions_were_asked_about_every_undecided_case_and_nobody_else_decided(demo: Demo) -> None:
    asked = {(row["request_id"], row["subject"]) for row in demo.database["subjects"]}
    answered = {(row["request_id"], row["subject"]) for row in demo.database["feed_decisions"]}
    assert asked == answered
    people = {row["entry"] for row in demo.database["subjects"]}
    undecided = {one for case in demo.season.planted.cases if case.verdict == "undecided" for one in case.ids}
    assert undecided <= people
