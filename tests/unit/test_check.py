"""`check` finds what would go wrong in a season, on the disk and in the settings, and says it in plain words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sites import change, make_site

from worker.bootstrap import load_rulebook, load_rulebooks
from worker.commands.check import check_site
from worker.commands.seasons import order_faults, past_warning, read_season, season_warnings
from worker.settings import parse_settings
from worker.site import RESOURCES, open_site

BEFORE = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(tmp_path / "site")


def found(site: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    check_site(site, as_json=True)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def rewrite(site: Path, *changes: tuple[str, str]) -> Path:
    """The site's rulebook with texts replaced."""
    path = site / "contests" / "myn-bala.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"the rulebook no longer has {old}"
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return path


def faults_of_season(site: Path, *changes: tuple[str, str]) -> list[str]:
    path = rewrite(site, *changes)
    return list(order_faults(read_season(load_rulebook(path), path)))


def warnings_of_season(site: Path, *changes: tuple[str, str], now: datetime = BEFORE) -> list[str]:
    path = rewrite(site, *changes)
    return list(season_warnings(read_season(load_rulebook(path), path), now))


# ---- the season ----


def test_the_season_that_is_shipped_has_no_fault_and_before_it_begins_no_warning(site: Path) -> None:
    assert faults_of_season(site) == []
    assert warnings_of_season(site) == []


def test_a_stage_decided_before_the_one_it_needs_is_a_fault_with_both_keys(site: Path) -> None:
    (fault,) = faults_of_season(
        site, ('winners = { at = "2026-05-18 10:00" }', 'winners = { at = "2026-04-14 10:00" }')
    )
    assert "season.winners" in fault and "season.stage-2" in fault


def test_a_stage_decided_before_its_window_closes_is_a_fault_with_both_keys(site: Path) -> None:
    (fault,) = faults_of_season(
        site, ('admission = { at = "2026-06-08 10:00" }', 'admission = { at = "2026-06-01 10:00" }')
    )
    assert "season.admission" in fault and "season.applications" in fault


def test_a_window_of_more_than_120_days_is_a_warning_and_one_of_120_is_not(site: Path) -> None:
    old = 'closes = "2026-06-05 18:00"'
    assert warnings_of_season(site, (old, 'closes = "2026-09-17 09:00"')) == []
    (warning,) = warnings_of_season(site, ('closes = "2026-09-17 09:00"', 'closes = "2026-09-18 09:00"'))
    assert "season.applications is 121 days long" in warning


def test_an_edition_of_another_year_is_a_warning(site: Path) -> None:
    (warning,) = warnings_of_season(site, ('edition = "2026"', 'edition = "2025"'))
    assert "edition is 2025, but season.registration opens in 2026" in warning


def test_a_line_of_the_season_that_nothing_uses_is_a_warning(site: Path) -> None:
    (warning,) = warnings_of_season(site, ("[season]", '[season]\nparty = { at = "2026-06-01 10:00" }'))
    assert "season.party" in warning


def test_a_season_is_past_only_after_its_last_moment(site: Path) -> None:
    book = load_rulebook(site / "contests" / "myn-bala.toml")
    last = max(book.moments.values())
    assert list(past_warning(book, last)) == []
    (warning,) = past_warning(book, last.replace(year=2027))
    assert warning == "every moment of myn-bala is past: edit [season] in contests/myn-bala.toml"


# ---- the site ----


@pytest.mark.parametrize(
    "name", ["mail/answer.kk.j2", "mail/letter.html.j2", "pages/style.css.j2", "words.toml"]
)
def test_a_missing_template_is_one_fault_with_the_installed_copy(
    site: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "templates" / name).unlink()
    (fault,) = found(site, capsys)["faults"]
    assert str(site / "templates" / name) in fault
    assert str(RESOURCES / "templates" / name) in fault


def test_an_act_without_words_in_a_language_is_a_fault_before_a_commission_waits_for_it(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = site / "templates" / "act" / "words.toml"
    words.write_text(
        words.read_text(encoding="utf-8") + '\n[more]\nkey = { kk = "сөз", ru = "слово" }\n', "utf-8"
    )
    (fault,) = found(site, capsys)["faults"]
    assert fault == f"{words}: more.key needs a text in each of kk, ru, en and no other key."


@pytest.mark.parametrize("name", ["settings.toml", "contests", "keys", "contests/myn-bala.toml"])
def test_what_others_can_write_is_a_fault(site: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = site / name
    path.chmod(path.stat().st_mode | 0o002)
    (fault,) = found(site, capsys)["faults"]
    assert fault.startswith(f"{path}: others than its owner can write it")


def test_a_relay_that_is_away_is_a_note_and_no_fault(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = found(site, capsys)
    assert told["faults"] == []
    (note,) = told["notes"]
    assert "127.0.0.1:9 does not answer" in note


def test_a_rulebook_that_does_not_load_is_one_fault_and_the_others_are_read(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(site, 'contests = ["myn-bala"]   ', 'contests = ["myn-bala", "chess"]   ')
    told = found(site, capsys)
    (fault,) = told["faults"]
    assert "chess.toml" in fault
    assert told["readings"]


# ---- the words of faults in settings.toml ----

WORDS = {
    (
        "stable_for = ",
        "stable_fro = ",
    ): "intake.stable_fro: is no setting; did you mean stable_for? Correct it.",
    ("[stages]", "[stagse]"): "stagse: is no section; did you mean stages? Correct it.",
    ("rows = 2000000", 'rows = "many"'): "limits.rows: write a whole number such as 4.",
    ("rows = 2000000", "rows = 0"): "limits.rows: write a whole number of at least 1.",
    ("port = 9", "port = 70000"): "mail.port: write a whole number of at most 65535.",
    ("polling = false", 'polling = "perhaps"'): "intake.polling: write true or false.",
    ('timezone = "Asia/Almaty"', 'timezone = "Asia/Almata"'): "site.timezone: the time zone",
    (
        "[senders.schools]",
        '[senders."Our Schools"]',
    ): "senders.Our Schools: use small Latin letters, digits and -",
    ("sqlite:///baiqau.db", "postgresql://u:hunter2@db/x"): "database.url: only SQLite in this version",
    ('on_uncertain = "hold"', ""): "mail.on_uncertain: is missing: add it",
    ('on_uncertain = "hold"', 'on_uncertain = "hope"'): "mail.on_uncertain: write one of 'hold'",
    ("rows = 2000000", "rows = 2000000\npancakes = 1"): "limits.pancakes: is no setting; take it out.",
}


@pytest.mark.parametrize("written", WORDS, ids=lambda change: change[1][:24] or "missing")
def test_each_cause_in_the_settings_is_one_plain_sentence(site: Path, written: tuple[str, str]) -> None:
    change(site, *written)
    faults: list[str] = []
    parse_settings(site / "settings.toml", faults)
    (fault,) = faults
    assert f"settings.toml: {WORDS[written]}" in fault
    for jargon in ("Input should", "Extra inputs", "Field required", "pydantic", "hunter2", "[key]", "regex"):
        assert jargon not in fault


# ---- working days ----

APPLICATIONS = 'applications = { opens = "2026-05-20 09:00", closes = "2026-06-05 18:00" }'
IN_WORKING_DAYS = (APPLICATIONS, 'applications = { opens = "2026-05-20 09:00", working_days = 10 }')


def test_the_calendar_that_counts_working_days_is_told_with_the_days_it_only_reckons(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not any("working days" in note for note in found(site, capsys)["notes"])
    rewrite(site, IN_WORKING_DAYS)
    (site / "calendar.toml").write_text('[off]\n2026-05-28 = "order"\n', encoding="utf-8")
    (note,) = (note for note in found(site, capsys)["notes"] if "working days" in note)
    assert note.startswith("working days of myn-bala are counted by holidays 0.109 KZ + calendar.toml ")
    assert note.endswith("reckoned in advance, so that an order may move it: 2026-05-27.")


def test_a_changed_day_moves_the_window_that_counts_by_it(site: Path) -> None:
    rewrite(site, IN_WORKING_DAYS)
    before = load_rulebooks(open_site(site))["myn-bala"].windows["applications"].closes_at
    (site / "calendar.toml").write_text('[off]\n2026-05-28 = "order"\n', encoding="utf-8")
    after = load_rulebooks(open_site(site))["myn-bala"].windows["applications"].closes_at
    assert (before.isoformat(), after.isoformat()) == (
        "2026-06-04T19:00:00+00:00",
        "2026-06-05T19:00:00+00:00",
    )


def test_a_file_of_changed_days_that_cannot_be_read_is_a_fault(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "calendar.toml").unlink()
    (fault,) = found(site, capsys)["faults"]
    assert "calendar.toml: there is no such file" in fault


def test_each_reading_is_printed_with_its_other_ways_or_that_none_is_written(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_site(site, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    at = {line.split()[2].rstrip(":"): n for n, line in enumerate(lines) if line.startswith("reading")}
    assert lines[at["Q18"] + 1] == "         or: season.registration.days = 31"
    assert lines[at["Q19"] + 1] == "         no other way to read it is written"
    assert check_site(site, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert ["myn-bala", "Q19"] in told["one_way_only"] and ["myn-bala", "Q18"] not in told["one_way_only"]


# ---- the sentences beside the rulebooks ----


def test_a_sentence_that_does_not_hold_on_the_sites_rulebook_is_a_fault_and_so_is_a_file_that_cannot_be_read(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(site, 'contests = ["myn-bala"]   ', 'contests = ["myn-bala", "subject-olympiad"]   ')
    text = (RESOURCES / "contests" / "subject-olympiad.toml").read_text(encoding="utf-8")
    changed = text.replace('\nrounding = "half-up"', '\nrounding = "floor"')
    assert changed != text
    (site / "contests" / "subject-olympiad.toml").write_text(changed, encoding="utf-8")
    (site / "contests" / "myn-bala.cases.toml").write_text("[[case]]\nclause = 1\n", encoding="utf-8")
    assert not check_site(site, as_json=True, cases=True)
    told = json.loads(capsys.readouterr().out)
    assert any(
        fault.startswith("subject-olympiad, clause 28: Of ten who sat five win: 4.5 rounded to the nearest")
        and "Not so: p05 is out, not in" in fault
        for fault in told["faults"]
    )
    of = {each["contest"]: each for each in told["cases"]}
    assert len(of["subject-olympiad"]["failed"]) < of["subject-olympiad"]["cases"]
    assert of["myn-bala"]["not_run"] == "myn-bala.cases.toml: format: Field required"
    assert any(
        fault.startswith("the cases of myn-bala are not run: myn-bala.cases") for fault in told["faults"]
    )


OF_THE_CALENDAR = """format = "cases-1"
[people]
ids = "iin"
[usual.roster]
surname = "Үлгі"
name = "Оқушы"
school_id = 1
school = "Мектеп"
grade = 6
region = "Абай облысы"
locality = "rural"
language = "kk"
[usual.registrations]
guardian_iin = "{iin 850917}"
phone = "+77000000000"
phone_confirmed = true
language = "kk"
consent = true
[[case]]
clause = "1"
says = "A day that an order took from the ten working days is made up for by the eleventh."
stage = "registration"
roster = [{ who = "a" }]
registrations = [{ who = "a", registered_at = "2026-01-30 12:00" }]
expect = { a = "in" }
"""


def test_the_sentences_count_working_days_by_the_sites_calendar(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_days = ('"2026-01-15 09:00", days = 30', '"2026-01-15 09:00", working_days = 10')
    rewrite(site, of_days, ("registration = { days = 31 }", "registration = { working_days = 11 }"))
    (site / "contests" / "myn-bala.cases.toml").write_text(OF_THE_CALENDAR, encoding="utf-8")

    def failed() -> list[str]:
        check_site(site, as_json=True, cases=True)
        told = json.loads(capsys.readouterr().out)
        (heard,) = told["cases"]
        assert heard["cases"] == 1
        return [each["why"] for each in heard["failed"]]

    (why,) = failed()
    assert why.startswith("a is out, not in (clause 1, outside-window")
    (site / "calendar.toml").write_text('[off]\n2026-01-20 = "order"\n', encoding="utf-8")
    assert failed() == []
