"""A new contest is one new file: a rulebook written here runs through `try`, and sentences beside it are checked."""

import csv
import json
from pathlib import Path

import pytest
from sites import baiqau

from worker.commands.cases import hear

RULEBOOK = """
contest = "school-chess"
regulation = "of this test"
edition = "2027"
timezone = "Asia/Almaty"
contact = "cup"

[title]
kk = "Мектеп шахмат кубогы"
ru = "Школьный шахматный кубок"
en = "School chess cup"

[season]
games = { opens = "2027-03-01 09:00", closes = "2027-03-06 00:00" }

[ask.judges]
title = { kk = "Төрешілер", ru = "Судьи", en = "The judges" }
clause = "4"
kind = "group"
choices = { extend = "in", exclude = "out" }

[[stage]]
id = "cup"
title = { kk = "кубок", ru = "кубок", en = "the cup" }
clause = "2-4"
entries = "results"
key = "participant"
decided = "games"

[[stage.step]]
clause = "2"
job = "require"
column = "grade"
between = [5, 9]

[[stage.step]]
clause = "3"
job = "qualify"
per = ["region"]
points = "score"
places = 2
ties = "ask"
ask = "judges"
reading = "ties: of equal points at the second place the judges decide"
or.ties = [{ ties = "extend" }]

[[stage.step]]
clause = "4"
job = "award"
per = ["region"]
points = "score"
awards = ["cup", "medal"]
shares = ["1/2", "1/2"]
ties = "extend"
ask = "judges"
"""

CASES = """
format = "cases-1"

[usual.results]
grade = 7
region = "Абай облысы"

[[case]]
clause = "2"
says = "A pupil of grade 4 is too young for the cup."
stage = "cup"
results = [{ who = "aigerim", score = 5 }, { who = "bolat", score = 9, grade = 4 }]
expect = { aigerim = "in", bolat = "out" }
because = { bolat = "grade-not-between" }

[[case]]
clause = "3, 4"
says = "Of two winners the better one has the cup and the other one the medal."
stage = "cup"
results = { score = [7, "6.5", 1] }
expect = { p03 = "out" }
because = { p03 = "beyond-places" }
award = { p01 = "cup", p02 = "medal" }
"""
FILE = """participant,region,grade,score
a1,Абай облысы,7,9
a2,Абай облысы,6,8.5
a3,Абай облысы,5,2
a4,Абай облысы,4,10
b1,Жетісу облысы,9,3
b2,Жетісу облысы,9,2
b3,Жетісу облысы,8,2
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("new")
    (home / "school-chess.toml").write_text(RULEBOOK, encoding="utf-8")
    (home / "school-chess.cases.toml").write_text(CASES, encoding="utf-8")
    (home / "results.csv").write_text(FILE, encoding="utf-8")
    return home


def test_one_new_file_is_a_contest_that_try_decides(folder: Path) -> None:
    given = ["--feed", f"results={folder / 'results.csv'}", "--out", folder / "out", "--now", "2027-03-06"]
    done = baiqau("try", folder / "school-chess.toml", *given, "--compare-readings", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    with (folder / "out" / "cup.csv").open(encoding="utf-8", newline="") as file:
        winners = {row["entry"]: row["award"] for row in csv.DictReader(file)}
    assert winners == {"a1": "cup", "a2": "medal", "b1": "cup"}
    told = json.loads(done.stdout)
    assert told["stages"] == [{"stage": "cup", "in": 3, "undecided": 2}]
    (other,) = told["readings"]
    now_in = {row["entry"] for row in other["changes"] if row["verdict_otherwise"] == "in"}
    assert now_in == {"b2", "b3"}


def test_sentences_beside_it_are_held_against_it(folder: Path) -> None:
    heard = hear(folder / "school-chess.toml", folder / "school-chess.cases.toml")
    assert heard.not_run is None
    assert len(heard.outcomes) == 2
    assert heard.failures == []
    strict = folder / "strict.toml"
    strict.write_text(RULEBOOK.replace("places = 2", "places = 1"), encoding="utf-8")
    assert [(says, why) for _, says, why in hear(strict, folder / "school-chess.cases.toml").failures] == [
        (
            "Of two winners the better one has the cup and the other one the medal.",
            "the award of p02 is told of nobody, not 'medal'",
        )
    ]
