"""settings.toml is checked whole: every fault in one sentence that names the file and the key."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from unit.tables import ROOT

from worker.settings import Settings, SettingsFault, parse_settings, read_settings

TEXT = (ROOT / "settings.toml").read_text(encoding="utf-8")


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text, f"settings.toml no longer has {old!r}"
        text = text.replace(old, new, 1)
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def faults_of(file: Path) -> list[str]:
    faults: list[str] = []
    assert parse_settings(file, faults) is None
    return faults


def test_the_settings_in_the_repository_are_whole_and_read_as_written() -> None:
    settings = read_settings(ROOT / "settings.toml")
    assert settings.intake.rescan_every == timedelta(seconds=5)
    assert settings.limits.file == 512 * 1024 * 1024
    assert settings.limits.cpu == timedelta(minutes=5)
    assert settings.mail.backoff == [
        timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)
    ]  # fmt: skip
    assert settings.stages.max_lateness == timedelta(days=30)
    assert settings.senders["commission"].feeds == ["decisions"]


def test_every_key_there_is_stands_in_the_file_so_that_it_is_complete() -> None:
    tables = tomllib.loads(TEXT)
    missing = [
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        if section not in ("senders", "schedules")
        for key in field.annotation.model_fields  # type: ignore[union-attr]
        if key not in tables[section]
    ]
    assert missing == []


CONTESTS = TEXT[(start := TEXT.index("contests = [")) : TEXT.index("]", start) + 4]
FAULTS = {
    "unknown key": (('domain = "contest.example"', 'domains = "contest.example"'), "site.domains"),
    "unknown section": (("[stages]", "[stage]"), "stage:"),
    "missing section": (('[database]\nurl = "sqlite:///baiqau.db"', ""), "database"),
    "bad duration": (('rescan_every = "5s"', 'rescan_every = "5 seconds"'), "intake.rescan_every"),
    "duration without a unit": (('rescan_every = "5s"', "rescan_every = 5"), "intake.rescan_every"),
    "negative duration": (('rescan_every = "5s"', 'rescan_every = "-5s"'), "intake.rescan_every"),
    "bad size": (('file = "512MB"', 'file = "half a gigabyte"'), "limits.file"),
    "no rows": (("rows = 2000000", "rows = 0"), "limits.rows"),
    "unknown feed": (('feeds = ["roster"]', 'feeds = ["rosters"]'), "senders.ministry.feeds.0"),
    "unknown way of being whole": (
        ('complete = "stable"', 'complete = "whole"'),
        "senders.ministry.complete",
    ),
    "odd name of a sender": (("[senders.test-centre]", '[senders."Test Centre"]'), "senders.Test Centre"),
    "unknown run": (('run = "report"', 'run = "party"'), "schedules.report.run"),
    "unknown policy of missed slots": (
        ('on_missed = "latest"', 'on_missed = "never"'),
        "schedules.report.on_missed",
    ),
    "port out of range": (("port = 2525", "port = 70000"), "mail.port"),
    "unknown tls": (('tls = "none"', 'tls = "perhaps"'), "mail.tls"),
    "no backoff": (('backoff = ["5m", "15m", "1h", "4h"]', "backoff = []"), "mail.backoff"),
    "bad step of the backoff": (('"15m", "1h"', '"15m", "an hour"'), "mail.backoff.2"),
    "what to do with doubtful mail": (
        ('on_uncertain = "hold"', 'on_uncertain = "hope"'),
        "mail.on_uncertain",
    ),
    "no contest": ((CONTESTS, "contests = []   "), "site.contests"),
    "odd contest": ((CONTESTS, 'contests = ["../x"]   '), "site.contests.0"),
    "wrong type": (("polling = false", 'polling = "sometimes"'), "intake.polling"),
    "not toml": (("[site]", "[site"), ""),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_one_sentence_with_file_and_key(what: str, tmp_path: Path) -> None:
    change, key = FAULTS[what]
    file = written(tmp_path, change)
    said = [fault for fault in faults_of(file) if f"{file}: {key}" in fault]
    assert len(said) == 1, faults_of(file)
    assert said[0].endswith(".") and "\n" not in said[0]


def test_every_fault_is_listed_and_reading_names_the_first(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        ("port = 2525", "port = 0"),
        ('file = "512MB"', 'file = "x"'),
        ("rows = 2000000", "rows = 0"),
    )
    faults = faults_of(file)
    assert [fault.split(": ")[1] for fault in faults] == ["limits.file", "limits.rows", "mail.port"]
    with pytest.raises(SettingsFault, match=r"limits\.file"):
        read_settings(file)


def test_a_secret_written_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    file = written(tmp_path, ('tls = "none"', 'tls = "hunter2-hunter2"'))
    assert "hunter2" not in " ".join(faults_of(file))


def test_a_missing_file_says_how_to_make_a_site(tmp_path: Path) -> None:
    assert "baiqau init" in faults_of(tmp_path / "settings.toml")[0]


def test_a_file_that_is_no_utf8_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b'[site]\norganisation = "\xff"\n')
    assert len(faults_of(tmp_path / "settings.toml")) == 1
