"""What a disputed word costs: each open reading the other way over the same files."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner
from unit.tables import ROOT

from jobs.comparison import NOT_DECIDED
from jobs.rulebook import load
from worker.cli import app
from worker.commands.compare import Compared, compare
from worker.commands.trial import try_rulebook

BOOK = ROOT / "contests" / "subject-olympiad.toml"
NOW = "2026-04-10 10:00"
PLAIN = {f"m{at:02d}": 11 - at for at in range(1, 11)}  # ten with different points: 4.5 of them win
TIED = {"f1": 9, "f2": 5, "f3": 5, "f4": 1}  # 1.8 of four win: two have the points of the second place


def results(folder: Path) -> Path:
    file = folder / "results.csv"
    rows = [("Математика", each) for each in PLAIN.items()] + [("Физика", each) for each in TIED.items()]
    lines = [f"{who};Абай облысы;{subject};10;{score}" for subject, (who, score) in rows]
    file.write_text("\n".join(["participant;region;subject;grade;score", *lines]) + "\n", encoding="utf-8")
    return file


def compared(folder: Path, book: Path = BOOK) -> dict[tuple[str, str], Compared]:
    feeds = [f"results={results(folder)}"]
    trial = try_rulebook(book, feeds, folder / "out", now=NOW, dice="")
    return {(each.reading, each.otherwise): each for each in compare(trial, feeds, folder / "out")}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readings")


@pytest.fixture(scope="module")
def found(out: Path) -> dict[tuple[str, str], Compared]:
    return compared(out)


def told(each: Compared) -> dict[str, tuple[str, str | None, str, str | None]]:
    rows = each.changes.drop("stage").iter_rows()
    return {entry: tuple(rest) for entry, *rest in rows}


def test_rounded_down_the_fifth_of_ten_loses_the_diploma_and_the_third_gets_a_lower_one(
    found: dict[tuple[str, str], Compared],
) -> None:
    floor = told(found["Q42", 'rounding = "floor"'])
    maths = {entry: change for entry, change in floor.items() if entry.startswith("m")}
    assert maths == {"m03": ("in", "II", "in", "III"), "m05": ("in", "III", "out", None)}


def test_rounded_up_nothing_changes_where_half_up_rounds_up_too(
    found: dict[tuple[str, str], Compared],
) -> None:
    assert found["Q42", 'rounding = "ceil"'].changes.height == 0


def test_equal_points_at_the_border_are_asked_about_and_the_other_readings_decide_them(
    found: dict[tuple[str, str], Compared],
) -> None:
    extended, excluded = found["Q45", 'ties = "extend"'], found["Q45", 'ties = "exclude"']
    assert {entry: change[::2] for entry, change in told(extended).items() if entry in ("f2", "f3")} == {
        "f2": ("undecided", "in"),
        "f3": ("undecided", "in"),
    }
    assert {entry: change[2] for entry, change in told(excluded).items() if entry in ("f2", "f3")} == {
        "f2": "out",
        "f3": "out",
    }
    assert extended.count(enters="in") == 2
    assert excluded.count(enters="out") == 2
    assert extended.count(leaves="undecided") == 2


def test_every_change_stands_in_the_file(out: Path, found: dict[tuple[str, str], Compared]) -> None:
    with (out / "out" / "readings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(each.changes.height for each in found.values()) > 0
    assert {"reading": "Q42", "otherwise": 'rounding = "floor"', "stage": "winners", "entry": "m05",
            "verdict": "in", "award": "III", "verdict_otherwise": "out", "award_otherwise": ""} in rows  # fmt: skip


def test_a_reading_read_the_other_way_gives_what_that_rulebook_gives_by_itself(tmp_path: Path) -> None:
    """The comparison against a rulebook in which an organiser changed that line, in both stages that have it."""
    text = BOOK.read_text(encoding="utf-8")
    changed = tmp_path / BOOK.name
    changed.write_text(text.replace('\nrounding = "half-up"', '\nrounding = "floor"'), encoding="utf-8")
    feeds = [f"results={results(tmp_path)}"]
    by_hand = try_rulebook(changed, feeds, tmp_path / "by-hand", now=NOW, dice="").results["winners"]
    other = next(other for other in load(text, BOOK.name).alternatives if other.says == 'rounding = "floor"')
    usual = try_rulebook(BOOK, feeds, tmp_path / "usual", now=NOW, dice="")
    usual.rulebook, usual.results = other.rulebook, {}
    usual.decide()
    columns = ["entry", "award"]
    assert usual.results["winners"].standing.select(columns).equals(by_hand.standing.select(columns))


def test_a_stage_that_waits_for_people_is_not_decided_and_another_reading_may_decide_it(
    tmp_path: Path,
) -> None:
    """Stage b stands on a, which asks about equals unless all of them go."""
    book = tmp_path / "two.toml"
    book.write_text(TWO_STAGES, encoding="utf-8")
    feeds = [f"results={results(tmp_path)}"]
    trial = try_rulebook(book, feeds, tmp_path / "out", now=NOW, dice="")
    assert trial.left_out == {"b": "waits for people to decide a"}
    (extended,) = compare(trial, feeds, tmp_path / "out")
    later = told(replace(extended, changes=extended.changes.filter(stage="b")))
    assert {entry: change[::2] for entry, change in later.items()} == {
        "m01": (NOT_DECIDED, "in"),
        "m02": (NOT_DECIDED, "out"),
        "f1": (NOT_DECIDED, "out"),
    }


TWO_STAGES = """
contest = "two"
regulation = "9"
edition = "2026"
timezone = "Asia/Almaty"
contact = "a"
title = { kk = "x", ru = "x", en = "x" }
season = { day = { at = "2026-04-01 10:00" } }
ask.jury = { title = { kk = "x", ru = "x", en = "x" }, clause = "1", choices = { accept = "in" } }

[[stage]]
id = "a"
title = { kk = "x", ru = "x", en = "x" }
clause = "1"
entries = "results"
key = "participant"
decided = "day"

[[stage.step]]
clause = "1"
job = "qualify"
points = "score"
places = 2
ties = "ask"
ask = "jury"
reading = "Q45: of equals at the last place people are asked"
or.Q45 = [{ ties = "extend" }]

[[stage]]
id = "b"
title = { kk = "x", ru = "x", en = "x" }
clause = "2"
entries = "a"
decided = "day"

[[stage.step]]
clause = "2"
job = "qualify"
points = "score"
places = 1
ties = "exclude"
ask = "jury"
"""


def test_on_the_command_line_a_table_the_people_concerned_and_json(tmp_path: Path) -> None:
    given = [
        "try",
        str(BOOK),
        "--feed",
        f"results={results(tmp_path)}",
        "--out",
        str(tmp_path / "out"),
        "--now",
        NOW,
    ]
    said = CliRunner().invoke(app, [*given, "--compare-readings"])
    assert said.exit_code == 0, said.output
    assert "  winners: m05 is in with III; read so out" in said.output
    assert "cycles: no other way to read it is written" in said.output
    printed = CliRunner().invoke(app, [*given, "--compare-readings", "--json"])
    told = json.loads(printed.stdout)
    floor = next(each for each in told["readings"] if each["otherwise"] == 'rounding = "floor"')
    assert {row["entry"] for row in floor["changes"]} >= {"m03", "m05"}
    assert {"stage": "winners", "in": 6, "undecided": 2} in told["stages"]
    assert "readings" not in json.loads(CliRunner().invoke(app, [*given, "--json"]).stdout)


def test_what_people_choose_between_two_ways_to_count_is_compared_too(tmp_path: Path) -> None:
    """Shares that a platform does not tell (Q7): an ask of kind reading has its choices run."""
    from worker.commands.compare import _others

    text = (ROOT / "contests" / "bilimclass-innovator.toml").read_text(encoding="utf-8")
    others = list(_others(load(text, "innovator")))
    chosen = {tuple(other.chosen.items()) for other in others if other.chosen}
    assert chosen == {(("shares", "zero"),), (("shares", "left-out"),)}
    assert pl.Series([other.reading for other in others]).is_in(["Q5", "Q8"]).sum() == 2
