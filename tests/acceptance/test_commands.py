"""The command line as people meet it: real processes, their exit codes, their sentences, their files."""

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sites import CONTEST, REGISTERED, Person, baiqau, change, csv_of, pupils, roster, small_season
from typer.testing import CliRunner
from unit.tables import ROOT

from jobs.errors import BaiqauError
from worker.cli import app
from worker.commands.init import NoSuchContest, init_site
from worker.commands.trial import try_rulebook

PEOPLE = [Person(number, right=20 + number) for number in range(1, 5)]
STRANGER = Person(9)
RULEBOOK = ROOT / "contests" / "myn-bala.toml"
LATE, EARLY = "2026-02-16 10:00", "2026-01-12 10:00"
COMMANDS = [
    "init", "demo", "run", "rehearse", "check", "next", "status", "explain", "try", "admit", "integrity", "verify",
    "requeue", "draw", "draw commit", "draw run", "draw annul", "draw verify",
    "keys", "keys init", "keys list", "mail", "mail list", "mail resolve", "audit", "audit verify",
]  # fmt: skip


def ok(*words: object) -> str:
    done = baiqau(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def refused(*words: object, code: int = 1) -> str:
    """The sentence with which a command refuses."""
    done = baiqau(*words)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "defect of ours" not in done.stderr
    return (done.stderr.strip() or done.stdout.strip()).splitlines()[-1] if code == 1 else done.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()[0].split(",")


def query(site: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """A statement on the site's database behind the worker's back."""
    with closing(sqlite3.connect(site / "baiqau.db")) as connection, connection:
        return list(connection.execute(statement, values))


def drop(site: Path, files: dict[str, bytes]) -> None:
    for place, data in files.items():
        (site / "inbox" / place).parent.mkdir(parents=True, exist_ok=True)
        (site / "inbox" / place).write_bytes(data)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site as `init` makes it, on which nothing has run."""
    folder = tmp_path_factory.mktemp("commands") / "site"
    assert "a site for myn-bala" in ok("init", folder, "--contest", CONTEST)
    return folder


@pytest.fixture(scope="module")
def worked(fresh: Path) -> Path:
    """A site whose registration is decided: one of five is not on the list, and a list came from a sender that may
    not send one. No mail server listens."""
    folder = fresh.parent / "worked"
    shutil.copytree(fresh, folder)
    change(folder, 'stable_for = "2s"', 'stable_for = "0s"')
    season = small_season([*PEOPLE, STRANGER])
    wanted = {place: season[place] for place in season if "registrations" in place}
    wanted |= {place: data for place, data in small_season(PEOPLE).items() if "list" in place}
    drop(folder, wanted | {f"platform/{CONTEST}/list-of-ours.csv": roster(pupils(2, first=900))})
    assert "things done" in ok("run", "--once", "--now", REGISTERED, "--site", folder)
    return folder


@pytest.fixture
def broken(fresh: Path, tmp_path: Path) -> Path:
    """A site that a test may spoil."""
    folder = tmp_path / "site"
    shutil.copytree(fresh, folder)
    return folder


# --- init and check ---


def test_a_new_site_is_private_complete_and_without_a_fault(fresh: Path) -> None:
    parts = {"settings.toml", "contests", "templates", "keys", "inbox", "outbox"}
    assert {path.name for path in fresh.iterdir()} >= parts
    assert fresh.stat().st_mode & 0o077 == 0
    secrets = [fresh / "keys" / name for name in ("signing.p12", "passphrase", "pseudonyms")]
    assert [path.stat().st_mode & 0o777 for path in secrets] == [0o600] * 3
    said = ok("check", "--site", fresh)
    assert said.splitlines()[-1] == "no faults"
    assert "reading  myn-bala Q18: the opening day is day 1" in said
    assert "reading  myn-bala Q22: as many winners as seats" in said


def test_init_leaves_a_folder_alone_that_holds_something(fresh: Path) -> None:
    before = sorted(fresh.rglob("*"))
    assert "is not empty" in refused("init", fresh)
    assert sorted(fresh.rglob("*")) == before


def test_init_knows_its_contests(tmp_path: Path) -> None:
    with pytest.raises(NoSuchContest, match="no contest 'chess'"):
        init_site(tmp_path / "new", ["chess"])
    assert not (tmp_path / "new").exists()


def test_check_lists_every_fault_of_the_settings_and_starts_nothing(broken: Path) -> None:
    change(broken, "port = 2525", "port = 0")
    change(broken, 'rescan_every = "5s"', 'rescan_every = "soon"')
    change(broken, 'feeds = ["quotas"]', 'feeds = ["quotes"]')
    before = (broken / "baiqau.db").read_bytes()
    done = baiqau("check", "--site", broken)
    assert done.returncode == 1
    faults = [line for line in done.stdout.splitlines() if line.startswith("FAULT")]
    assert len(faults) == 3
    for key in ("intake.rescan_every", "senders.schools.feeds.0", "mail.port"):
        assert any(f"settings.toml: {key}: " in fault for fault in faults)
    assert (broken / "baiqau.db").read_bytes() == before
    assert "settings.toml: " in refused("run", "--once", "--site", broken)


def test_check_finds_a_faulty_cron_rulebook_key_template_and_sender_together(broken: Path) -> None:
    change(broken, 'cron = "0 9 * * *"', 'cron = "0 25 * * *"')
    change(broken, "[senders.schools]", "[senders.public]")
    rulebook = broken / "contests" / "myn-bala.toml"
    rulebook.write_text(
        rulebook.read_text(encoding="utf-8").replace("days = 30", "days = 0"), encoding="utf-8"
    )
    (broken / "keys" / "passphrase").chmod(0o644)
    (broken / "keys" / "pseudonyms").unlink()
    (broken / "templates" / "pages" / "list.typ").unlink()
    found = json.loads(baiqau("check", "--json", "--site", broken).stdout)["faults"]
    for what in (
        "schedules.report.cron",
        "senders.public",
        "season.registration.days",
        "passphrase",
        "pseudonyms",
        "list.typ",
    ):
        assert any(what in fault for fault in found), (what, found)
    assert len(found) == 6
    assert all("\n" not in fault and "Traceback" not in fault for fault in found)


def test_a_folder_that_is_no_site_is_one_sentence(tmp_path: Path) -> None:
    assert "baiqau init DIR" in refused("run", "--once", "--site", tmp_path)
    assert "baiqau init DIR" in baiqau("check", "--site", tmp_path).stdout
    assert list(tmp_path.iterdir()) == []


# --- time ---


def test_next_tells_in_local_time_what_fires(fresh: Path) -> None:
    listed = json.loads(ok("next", "--json", "--now", EARLY, "--until", "2026-02-20", "--site", fresh))
    moments = [(row["when"], row["what"]) for row in listed if row["what"].startswith("myn-bala")]
    assert moments == [
        ("2026-01-15 09:00", "myn-bala: registration opens"),
        ("2026-02-14 00:00", "myn-bala: registration closes"),
        ("2026-02-16 10:00", "myn-bala: registration is decided"),
        ("2026-02-20 09:00", "myn-bala: stage-1 opens"),
    ]
    days = [row["when"] for row in listed if row["what"] == "report"]
    assert (len(days), days[0], days[-1]) == (39, "2026-01-13 09:00", "2026-02-20 09:00")


def test_before_anything_came_all_stages_are_to_come(fresh: Path) -> None:
    facts = json.loads(ok("status", "--json", "--now", EARLY, "--site", fresh))
    assert [stage["state"] for stage in facts["stages"]] == ["to come"] * 5
    assert facts["requests"] == facts["refused"] == []


# --- a run ---


def test_a_run_takes_in_decides_and_delivers(worked: Path) -> None:
    facts = json.loads(ok("status", "--json", "--now", LATE, "--site", worked))
    assert facts["stages"][0]["state"] == "settled"
    assert facts["deliveries"] == {"accepted": 2, "refused": 1}
    assert [each["code"] for each in facts["refused"]] == ["feed-not-allowed"]
    assert facts["messages"] == {"deferred": 1}


def test_the_same_run_again_has_nothing_to_do_and_changes_nothing(worked: Path) -> None:
    before = sorted((path, path.read_bytes()) for path in (worked / "outbox").rglob("*") if path.is_file())
    assert ok("run", "--once", "--now", LATE, "--site", worked) == "nothing to do\n"
    after = sorted((path, path.read_bytes()) for path in (worked / "outbox").rglob("*") if path.is_file())
    assert after == before


def test_the_log_names_no_person(worked: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(worked, folder)
    drop(folder, {f"ministry/{CONTEST}/more.csv": roster(pupils(3, first=500))})
    done = baiqau("run", "--once", "--json", "--now", LATE, "--site", folder)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"intake.claimed", "intake.accepted"} <= {line["event"] for line in lines}
    people = [str(cell) for row in pupils(3, first=500) for cell in row[:2]]
    assert not any(person in done.stderr + done.stdout for person in people)


# --- explain ---


def test_a_persons_story_is_told_by_id_and_by_public_code(worked: Path) -> None:
    iin = PEOPLE[0].iin
    story = json.loads(ok("explain", CONTEST, iin, "--json", "--site", worked))
    assert [stage["stage"] for stage in story["stages"]] == ["registration"]
    clauses = [step["clause"] for step in story["stages"][0]["steps"]]
    assert clauses == ["1", "2", "2", "2", "2", "2", "3"]
    assert {record["feed"] for record in story["records"]} == {"roster", "registrations"}
    told = ok("explain", CONTEST, story["public_code"], "--site", worked)
    assert story["public_code"] in told and iin not in told
    assert "cl. 3" in told and "on the ministry's list" in told


def test_whoever_is_not_on_the_list_is_told_clause_3_and_has_a_letter(worked: Path) -> None:
    story = json.loads(ok("explain", CONTEST, STRANGER.iin, "--json", "--site", worked))
    last = story["stages"][0]["steps"][-1]
    assert (last["clause"], last["verdict"]) == ("3", "out")
    assert last["why"].startswith("not on the ministry's list")
    assert [letter["state"] for letter in story["letters"]] == ["deferred"]


def test_nobody_and_no_contest_are_one_sentence(worked: Path) -> None:
    assert "nobody is known here as 'AAAA-BBBB'" in refused("explain", CONTEST, "AAAA-BBBB", "--site", worked)
    assert "'chess' does not run here" in refused("explain", "chess", PEOPLE[0].iin, "--site", worked)


# --- requeue ---


def test_a_refused_file_is_taken_in_after_the_settings_are_mended(worked: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(worked, folder)
    ((delivery,),) = query(folder, "SELECT id FROM deliveries WHERE state = 'refused'")
    old = 'feeds = ["registrations", "applications"'
    change(folder, old, f'{old}, "roster"')
    assert ok("requeue", delivery, "--now", LATE, "--site", folder) == f"{delivery}: accepted, 2 rows\n"
    assert "only a refused file" in refused("requeue", delivery, "--now", LATE, "--site", folder)
    assert query(folder, "SELECT count(*) FROM audit WHERE event = 'delivery.requeued'") == [(1,)]


def test_a_delivery_that_never_was_is_not_requeued(worked: Path) -> None:
    assert "no such delivery" in refused("requeue", "0" * 16 + "-1", "--site", worked)


# --- keys, mail, audit ---


def test_the_keys_are_listed_with_their_terms(fresh: Path) -> None:
    listed = json.loads(ok("keys", "list", "--json", "--site", fresh))
    assert listed
    assert set(listed[0]) == {"key", "subject", "from", "to", "state"}


def test_keys_are_never_made_over_those_there_are(broken: Path) -> None:
    before = (broken / "keys" / "signing.p12").read_bytes()
    refused("keys", "init", "--site", broken)
    assert (broken / "keys" / "signing.p12").read_bytes() == before


def test_a_doubtful_message_is_listed_without_its_address_and_resolved_once(
    worked: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(worked, folder)
    ((message, address),) = query(folder, "SELECT id, address FROM messages")
    query(folder, "UPDATE messages SET state = 'uncertain', reply = 'dropped after the dot'")
    table = ok("mail", "list", "--site", folder)
    assert message in table and "dropped after the dot" in table
    assert address not in table and STRANGER.iin not in table
    assert "taken as sent" in ok("mail", "resolve", message, "--assume-sent", "--site", folder)
    assert message in refused("mail", "resolve", message, "--resend", "--site", folder)
    (sent,) = json.loads(ok("mail", "list", "--state", "sent", "--json", "--site", folder))
    assert (sent["message"], sent["state"]) == (message, "sent")
    assert query(folder, "SELECT count(*) FROM audit WHERE event = 'mail.resolved'") == [(1,)]


def test_an_unknown_message_is_not_resolved(worked: Path) -> None:
    said = refused("mail", "resolve", "nothing-like-it", "--resend", "--site", worked)
    assert "nothing-like-it" in said


def test_a_tampered_row_of_the_audit_log_is_found(worked: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(worked, folder)
    (whole,) = json.loads(ok("audit", "verify", "--json", "--site", folder))
    assert whole["links"] > 3
    query(folder, "UPDATE audit SET facts = replace(facts, '2', '3') WHERE sequence = 2")
    assert "link 2" in refused("audit", "verify", "--site", folder)


# --- verify ---


def test_the_outbox_verifies_and_one_changed_byte_is_refused(worked: Path, tmp_path: Path) -> None:
    assert "files verified" in ok("verify", worked / "outbox", "--site", worked)
    copy = tmp_path / "outbox"
    shutil.copytree(worked / "outbox", copy)
    receipt = next((copy / "ministry" / "receipts").glob("*.json"))
    data = bytearray(receipt.read_bytes())
    data[len(data) // 2] ^= 1
    receipt.write_bytes(bytes(data))
    done = baiqau("verify", "--json", copy, "--site", worked)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert {row["path"] for row in found if not row["ok"]} >= {str(receipt)}
    assert any(row["ok"] for row in found)


def test_what_is_not_there_does_not_verify(worked: Path, tmp_path: Path) -> None:
    assert baiqau("verify", tmp_path / "nothing", "--site", worked).returncode == 1


# --- try ---

DECISIONS = ["stage", "step", "clause", "entry", "group", "verdict", "why"]
STAGE = ["entry", "group", "rank", "score", "award"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small season, in one folder."""
    folder = tmp_path_factory.mktemp("files")
    for place, data in small_season(PEOPLE, intake=20).items():
        (folder / Path(place).name).write_bytes(data)
    return folder


def feeds(folder: Path, *names: str) -> list[str]:
    of = {
        "roster": ["list.csv"], "registrations": ["registrations.csv"], "keys": ["keys-1.csv", "keys-2.csv"],
        "sheets": ["sheets-1.csv", "sheets-2.csv"], "quotas": ["quotas.csv"], "applications": ["applications.csv"],
    }  # fmt: skip
    return [
        word for name in names or of for file in of[name] for word in ("--feed", f"{name}={folder / file}")
    ]


def test_try_decides_a_season_over_files_and_writes_the_contracts_columns(
    files: Path, tmp_path: Path
) -> None:
    said = ok("try", RULEBOOK, *feeds(files), "--out", tmp_path, "--now", "2026-07-01 10:00")
    assert "admission: 2 in, 0 undecided" in said
    assert header(tmp_path / "decisions.csv") == DECISIONS
    stages = ("registration", "stage-1", "stage-2", "winners", "admission")
    assert all(header(tmp_path / f"{stage}.csv") == STAGE for stage in stages)
    assert [len(rows(tmp_path / f"{stage}.csv")) for stage in stages] == [4, 4, 4, 2, 2]
    winners = rows(tmp_path / "winners.csv")
    assert [(row["rank"], row["score"], row["award"]) for row in winners] == [
        ("1", "24", "winner"),
        ("2", "23", "winner"),
    ]
    assert {row["award"] for row in rows(tmp_path / "admission.csv")} == {"SP-01"}
    decided = rows(tmp_path / "decisions.csv")
    assert {row["verdict"] for row in decided} == {"in", "out"}
    assert all(row["clause"] and row["why"] for row in decided)


def test_try_decides_what_it_has_files_for_and_says_what_it_left_out(files: Path, tmp_path: Path) -> None:
    given = feeds(files, "roster", "registrations")
    said = ok("try", RULEBOOK, *given, "--out", tmp_path, "--now", "2026-07-01 10:00")
    assert "stage-1: waits for a file of keys, sheets for stage 1; left out" in said
    assert {row["stage"] for row in rows(tmp_path / "decisions.csv")} == {"registration"}


def test_try_lists_the_undecided_and_still_exits_0(files: Path, tmp_path: Path) -> None:
    alike = [Person(number, right=30, copies=True) for number in (1, 2)]
    for place, data in small_season(alike).items():
        (tmp_path / Path(place).name).write_bytes(data)
    out = tmp_path / "out"
    said = ok(
        "try",
        RULEBOOK,
        *feeds(tmp_path),
        "--out",
        out,
        "--now",
        "2026-07-01 10:00",
    )
    assert "stage-1: 0 in, 2 undecided" in said
    assert said.count("  undecided ") == 2
    assert "winners: stage-2 was left out; left out" in said
    assert {row["verdict"] for row in rows(out / "decisions.csv")} == {"in", "undecided"}


def test_try_refuses_what_it_cannot_read_in_one_sentence(files: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('contest = "x"', encoding="utf-8")
    assert f"{bad}: " in refused("try", bad, *feeds(files, "roster"), "--out", tmp_path)
    for given, fault in (("lists=x", "--feed lists=x"), (f"roster={tmp_path / 'none.csv'}", "no such file")):
        with pytest.raises(BaiqauError, match=fault):
            try_rulebook(RULEBOOK, [given], tmp_path, now=None, dice="")


def test_try_leaves_out_what_is_not_decided_yet_at_that_instant(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = feeds(files, "roster", "registrations")[1::2]
    try_rulebook(RULEBOOK, given, tmp_path, now="2026-02-16 09:59:59", dice="")
    assert "registration: is not decided yet at that instant" in capsys.readouterr().out
    assert rows(tmp_path / "decisions.csv") == []


# --- admit ---


def test_admit_writes_a_row_for_every_applicant_in_the_contracts_columns(tmp_path: Path) -> None:
    tables = {
        "results": csv_of(("participant", "score"), [("a", 90), ("b", 85), ("c", 80)]),
        "quotas": csv_of(("school_id", "school", "intake"), [("X", "First", 10), ("Y", "Second", 19)]),
        "applications": csv_of(
            ("participant", "preference", "school_id"),
            [("a", 1, "X"), ("b", 1, "X"), ("b", 2, "Y"), ("c", 1, "X")],
        ),
    }
    for name, data in tables.items():
        (tmp_path / f"{name}.csv").write_bytes(data)
    words = [word for name in tables for word in (f"--{name}", tmp_path / f"{name}.csv")]
    facts = json.loads(ok("admit", *words, "--out", tmp_path / "out", "--json"))
    assert (facts["applicants"], facts["placed"], facts["seats"]) == (3, 2, 2)
    admission = tmp_path / "out" / "admission.csv"
    assert header(admission) == ["participant", "school_id", "language", "boarding", "preference", "reason"]
    assert {row["participant"]: row["school_id"] for row in rows(admission)} == {"a": "X", "b": "Y", "c": ""}
    assert header(tmp_path / "out" / "cutoffs.csv")[:1] == ["school_id"]
    assert "lottery" in refused("admit", *words, "--out", tmp_path / "out", "--tie", "lottery")
    (tmp_path / "quotas.csv").write_bytes(b"school_id,intake\nX,ten\n")
    assert "quotas.csv" in refused("admit", *words, "--out", tmp_path / "out")


# --- usage ---


@pytest.mark.parametrize(
    "words",
    [("fly",), ("run", "--sideways"), ("run", "--now", LATE), ("explain", CONTEST), ("admit",),
     ("mail", "resolve", "m"), ("try", "x.toml"), ("verify",)],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_exits_2_with_a_hint(words: tuple[str, ...], tmp_path: Path) -> None:
    said = refused(*words, *(("--site", str(tmp_path)) if words[0] in ("run", "explain") else ()), code=2)
    assert "Usage:" in said and "Error" in said


def test_a_time_that_cannot_be_read_is_one_sentence(fresh: Path) -> None:
    assert "is not a date" in refused("run", "--once", "--now", "tomorrow", "--site", fresh)


def test_every_command_explains_itself() -> None:
    for command in COMMANDS:
        done = CliRunner().invoke(app, [*command.split(), "--help"], prog_name="baiqau")
        assert done.exit_code == 0
        assert f"Usage: baiqau {command}" in done.output
        described = done.output.split("Options:")[0].strip().splitlines()
        assert len(described) >= 3, f"{command} does not say what it does"


def test_the_list_of_commands_here_is_the_contracts() -> None:
    listed = ok("--help").split("Commands:")[1]
    assert {line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "} == {
        command.split()[0] for command in COMMANDS
    }
