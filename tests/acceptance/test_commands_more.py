"""What the commands tell people who have to act: who, where, why; and what an attacker cannot hide from them."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sites import (
    ADMITTED,
    CONTEST,
    RANKED,
    REGISTERED,
    SAT_FIRST,
    SAT_SECOND,
    START,
    Bench,
    Person,
    bench,
    csv_of,
    small_season,
)

from jobs.calendar import instant
from worker import audit
from worker.audit import AuditBroken
from worker.commands.explain import explain_person
from worker.commands.init import init_site
from worker.commands.status import show_status
from worker.commands.upcoming import show_next
from worker.commands.verify import CheckpointDisagrees, verify_audit, verify_paths
from worker.deliver.keys import load_signer
from worker.deliver.sign import cms_sign
from worker.deliver.verify import verify_path
from worker.store.tables import FEED_TABLES, subjects

ZONE = "Asia/Almaty"
PEOPLE = [Person(1, right=30, copies=True), Person(2, right=30, copies=True), Person(3, right=20), Person(4)]
STRANGER = Person(9)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A site whose stage 1 waits for the integrity commission about two people; one of five was not on the list."""
    with bench(tmp_path_factory.mktemp("asked") / "site", START) as made:
        made.work()
        everybody, files = small_season([*PEOPLE, STRANGER]), small_season(PEOPLE)
        name = f"platform/{CONTEST}/registrations.csv"
        _drop(
            made,
            {name: everybody[name], f"ministry/{CONTEST}/list.csv": files[f"ministry/{CONTEST}/list.csv"]},
        )
        made.work(instant(REGISTERED, ZONE))
        _drop(made, {place: data for place, data in files.items() if place.endswith("-1.csv")})
        made.work(instant(SAT_FIRST, ZONE))
        yield made


def _drop(made: Bench, files: dict[str, bytes]) -> None:
    for place, data in files.items():
        sender, contest, name = place.split("/")
        made.drop(name, data, sender=sender, contest=contest)


def status(root: Path, now: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    show_status(root, now, as_json=True)
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def stage_of(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return next(stage for stage in facts["stages"] if stage["stage"] == name)


def story(
    root: Path, person: str, capsys: pytest.CaptureFixture[str], language: str = "en"
) -> dict[str, Any]:
    capsys.readouterr()
    assert explain_person(root, CONTEST, person, language=language, as_json=True)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


# --- status ---


def test_a_blocked_stage_says_who_drops_what_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bench(tmp_path / "site") as made:
        stage = stage_of(status(made.root, REGISTERED, capsys), "registration")
    assert stage["state"] == "blocked"
    assert stage["act"] == [
        f"registrations: a file is awaited in inbox/platform/{CONTEST}/",
        f"roster: a file is awaited in inbox/ministry/{CONTEST}/",
    ]


def test_a_waiting_stage_names_the_request_its_sheet_and_the_folder_for_the_answer(
    asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = status(asked.root, SAT_FIRST, capsys)
    (act,) = stage_of(facts, "stage-1")["act"]
    request = facts["requests"][0]["request"]
    sheet = f"outbox/requests/{CONTEST}/{request}/request.xlsx"
    assert act.startswith(f"{request}: 2 to decide by integrity-commission")
    assert f"fill in {sheet}" in act and (asked.root / sheet).is_file()
    assert f"drop it in inbox/commission/{CONTEST}/" in act


def test_letters_that_did_not_leave_and_a_relay_that_is_away_are_said_last(
    asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    show_status(asked.root, SAT_FIRST, as_json=False)
    said = capsys.readouterr().out.rstrip().splitlines()
    assert "to do" in said
    assert "baiqau mail list --state deferred" in said[-1]
    assert said[-2].startswith("no letter leaves: the relay ")


def test_a_due_stage_that_would_fail_is_told_as_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AuditBroken("the list cannot be read; send it again.")

    with bench(tmp_path / "site") as made:
        files = small_season(PEOPLE)
        _drop(made, {place: data for place, data in files.items() if "list" in place or "registr" in place})
        made.work()
        assert stage_of(status(made.root, REGISTERED, capsys), "registration")["state"] == "due"
        monkeypatch.setattr("jobs.pipeline.run_stage", fail)
        stage = stage_of(status(made.root, REGISTERED, capsys), "registration")
    assert (stage["state"], stage["why"]) == ("failed", "the list cannot be read; send it again.")


# --- explain ---


def test_a_story_begins_with_what_came_of_it_and_ends_with_the_letter(
    asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    told = story(asked.root, STRANGER.iin, capsys)
    assert told["outcome"].startswith("Out at registration, clause 3: not on the ministry's list")
    (letter,) = told["letters"]
    assert letter["stage"] == "registration"
    assert letter["subject"] and STRANGER.iin not in letter["subject"]
    explain_person(asked.root, CONTEST, STRANGER.iin, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == told["outcome"]
    assert any(letter["subject"] in line for line in lines)


def test_the_limit_stands_beside_the_time_that_kept_to_it(
    asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = story(asked.root, PEOPLE[2].iin, capsys)["stages"][1]
    timed = [step["reason"] for step in stage["steps"] if step["code"] == "usual-time"]
    assert [reason.split("(")[-1] for reason in timed] == ["at least 30:00)", "at most 90:00)"]


def test_reasons_are_told_in_the_language_asked_for(asked: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    told = {language: story(asked.root, STRANGER.iin, capsys, language) for language in ("kk", "ru")}
    assert "ЖСН" in told["kk"]["outcome"]
    assert "ИИН" in told["ru"]["outcome"]
    assert told["ru"]["stages"][0]["title"] == "регистрация"


def test_an_unknown_person_is_told_where_codes_are_found(
    asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not explain_person(asked.root, CONTEST, "AAAA", as_json=False)
    assert "Codes stand in the letters" in capsys.readouterr().out


def test_a_ruling_names_who_decided_when_and_why(
    tmp_path: Path, asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.parts.engine.dispose()
    shutil.copytree(asked.root, tmp_path / "site")
    made = Bench(tmp_path / "site", asked.clock.now())
    answers = [
        (
            row["request_id"],
            row["subject"],
            "annul",
            "the same mistakes",
            "A. Commission",
            "2026-02-26 12:00:00",
        )
        for row in made.rows(subjects)
    ]
    headers = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
    made.drop("answer.csv", csv_of(headers, answers), sender="commission")
    made.work(instant("2026-02-26 13:00", ZONE))
    assert len(made.rows(FEED_TABLES["decisions"])) == 2
    made.close()
    told = story(made.root, PEOPLE[0].iin, capsys)
    ruling = told["stages"][1]["steps"][-1]["ruling"]
    assert ruling == {
        "request": answers[0][0], "decision": "annul", "decided_by": "A. Commission",
        "decided_at": "2026-02-26 12:00", "ground": "the same mistakes",
    }  # fmt: skip
    assert told["outcome"].startswith("Out at stage 1")


def test_a_school_stands_by_its_name_beside_its_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bench(tmp_path / "site") as made:
        _drop(made, small_season(PEOPLE[2:]))
        for moment in (REGISTERED, SAT_FIRST, SAT_SECOND, RANKED, ADMITTED):
            made.work(instant(moment, ZONE))
    assert "SP-01 (SP-01 мектебі): admitted" in story(made.root, PEOPLE[2].iin, capsys)["outcome"]


# --- next and init ---


def test_next_has_the_contest_first_and_five_of_each_schedule_below(
    asked: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    show_next(asked.root, "2026-01-12 10:00", None, as_json=False)
    contests, schedules = capsys.readouterr().out.split("The schedules of settings.toml")
    assert "admission to specialised schools is decided" in contests and "report" not in contests
    rows = [line for line in schedules.splitlines() if " report " in line]
    assert len(rows) == 5 and CONTEST not in schedules


def test_init_warns_of_a_season_that_is_past(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init_site(tmp_path / "site", [CONTEST])
    assert f"every moment of {CONTEST} is past" in capsys.readouterr().out


# --- verify ---


def test_what_is_not_there_is_no_such_file_and_json_stays_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lonely.csv").write_bytes(b"x")
    assert not verify_paths(tmp_path, [tmp_path / "none", tmp_path / "lonely.csv"], None, as_json=True)
    none, lonely = json.loads(capsys.readouterr().out)
    assert none["why"] == "no such file"
    assert "no certificate to verify by" in lonely["why"]


def test_a_copied_outbox_verifies_by_the_certificate_its_folders_agree_on(
    asked: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(asked.root / "outbox", tmp_path / "outbox")
    assert verify_paths(tmp_path, [tmp_path / "outbox"], None, as_json=False), capsys.readouterr().out
    (tmp_path / "outbox" / "public" / "authority.crt.pem").write_bytes(b"another")
    assert not verify_paths(tmp_path, [tmp_path / "outbox"], None, as_json=False)
    assert "different certificates" in capsys.readouterr().out


@pytest.mark.parametrize(("folder", "fits"), [("school-17", True), ("school-18", False)])
def test_a_manifest_in_another_recipients_folder_is_refused(
    asked: Bench, tmp_path: Path, folder: str, fits: bool
) -> None:
    keys = asked.root / "keys"
    signer = load_signer(keys / "signing.p12", keys / "passphrase", asked.clock.now())
    known = json.loads((asked.root / "outbox" / "public" / "manifest.json").read_text(encoding="utf-8"))
    body = {**known, "sequence": 1, "previous": None, "recipient": "school-17", "files": []}
    data = json.dumps(body).encode()
    home = tmp_path / "outbox" / folder
    home.mkdir(parents=True)
    (home / "manifest.json").write_bytes(data)
    (home / "manifest.json.p7s").write_bytes(cms_sign(data, signer, at=asked.clock.now()))
    findings = verify_path(home / "manifest.json", keys / "authority.crt.pem")
    assert all(finding.ok for finding in findings) is fits
    assert fits or "it is the manifest of school-17" in findings[0].why


# --- audit verify ---


@pytest.fixture
def copy(asked: Bench, tmp_path: Path) -> Path:
    """A copy of the site that a test may tamper with."""
    asked.parts.engine.dispose()
    shutil.copytree(asked.root, tmp_path / "site")
    return tmp_path / "site"


def _query(site: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site / "baiqau.db")) as connection, connection:
        return list(connection.execute(statement, values))


def test_the_checkpoints_that_agree_are_counted(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify_audit(copy, as_json=True)
    (told,) = json.loads(capsys.readouterr().out)
    there = list((copy / "outbox" / "public" / "audit").glob("checkpoint-*.json"))
    assert told["ok"] and told["checkpoints"] == len(there) >= 1


def test_a_log_cut_at_its_end_is_found_by_a_checkpoint(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _query(copy, "DELETE FROM audit WHERE sequence > 2")
    with pytest.raises(CheckpointDisagrees, match="the log was cut"):
        verify_audit(copy, as_json=True)
    (told,) = json.loads(capsys.readouterr().out)
    assert not told["ok"] and "cut" in told["why"]


def test_a_log_rewritten_with_right_hashes_is_found_by_a_checkpoint(copy: Path) -> None:
    previous = audit.GENESIS
    for sequence, at, event, facts in _query(
        copy, "SELECT sequence, at, event, facts FROM audit ORDER BY sequence"
    ):
        forged = facts.replace("ministry", "ministri")
        text = "\n".join((previous, str(sequence), at, event if sequence > 1 else "delivery.other", forged))
        link = hashlib.sha256(text.encode()).hexdigest()
        _query(
            copy,
            "UPDATE audit SET event = ?, facts = ?, previous = ?, hash = ? WHERE sequence = ?",
            event if sequence > 1 else "delivery.other", forged, previous, link, sequence,
        )  # fmt: skip
        previous = link
    with pytest.raises(CheckpointDisagrees, match="rewritten"):
        verify_audit(copy, as_json=False)


def test_a_forged_checkpoint_is_refused_by_its_signature(copy: Path) -> None:
    path = next((copy / "outbox" / "public" / "audit").glob("checkpoint-*.json"))
    path.write_text(path.read_text(encoding="utf-8").replace('"links"', '"links" '), encoding="utf-8")
    with pytest.raises(CheckpointDisagrees, match="signature does not hold"):
        verify_audit(copy, as_json=False)
