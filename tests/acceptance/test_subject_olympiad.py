"""Results of a subject olympiad from a file to diplomas, by the command line."""

import csv
from pathlib import Path

import pytest
from sites import baiqau
from unit.tables import ROOT

BOOK = ROOT / "contests" / "subject-olympiad.toml"
PLAIN = [60, "59,5", 58, 57, 56, 40, 30, 20, 10, 0]
TIED = [60, 60, 50, 40, 30, 30, 20, 10, 5, 1]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results(stage: str | None) -> str:
    lines = ["қатысушы;кезең;облыс;пән;сынып;ұпай" if stage else "қатысушы;облыс;пән;сынып;ұпай"]
    for subject, scores in (("Математика", PLAIN), ("Физика", TIED)):
        for number, score in enumerate(scores):
            told = [
                f"{subject[0]}{number}",
                *([stage] if stage else []),
                "Абай облысы",
                subject,
                "10",
                str(score),
            ]
            lines.append(";".join(told))
    return "\n".join(lines) + "\n"


def tried(folder: Path, *stages: str | None) -> Path:
    files = []
    for at, stage in enumerate(stages):
        file = folder / f"results-{at}.csv"
        file.write_text(results(stage), encoding="utf-8")
        files += ["--feed", f"results={file}"]
    done = baiqau("try", BOOK, *files, "--out", folder / "out", "--now", "2026-04-10")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said").write_text(done.stdout, encoding="utf-8")
    return folder / "out"


@pytest.fixture(scope="module")
def stage_4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tried(tmp_path_factory.mktemp("olympiad"), None)


def test_a_file_without_a_stage_gives_winners_and_degrees_and_asks_the_jury_about_equals(
    stage_4: Path,
) -> None:
    table = rows(stage_4 / "winners.csv")
    assert {row["entry"]: (row["group"], row["score"], row["award"]) for row in table} == {
        "М0": ("Математика/10", "60", "I"),
        "М1": ("Математика/10", "59.5", "II"),
        "М2": ("Математика/10", "58", "II"),
        "М3": ("Математика/10", "57", "III"),
        "М4": ("Математика/10", "56", "III"),
        "Ф2": ("Физика/10", "50", "II"),
        "Ф3": ("Физика/10", "40", "III"),
    }
    asked = {row["entry"] for row in rows(stage_4 / "decisions.csv") if row["verdict"] == "undecided"}
    assert asked == {"Ф0", "Ф1", "Ф4", "Ф5"}


def test_every_step_cites_its_clause_and_the_ties_say_what_each_answer_does(stage_4: Path) -> None:
    assert {row["clause"] for row in rows(stage_4 / "decisions.csv")} == {"11", "28, 29"}
    tie = rows(stage_4 / "winners.ties.csv")
    assert [(row["people"], row["extend"], row["exclude"]) for row in tie] == [("Ф4, Ф5", "6", "4")]
    said = (stage_4.parent / "said").read_text(encoding="utf-8")
    assert "with all of them 6 are in, without them 4" in said
    assert "all of them get I, or all of them II" in said


def test_stages_2_and_3_of_the_same_feed_say_who_goes_on(tmp_path: Path) -> None:
    out = tried(tmp_path, "2", "3")
    assert not (out / "winners.csv").exists()
    third = [row["entry"] for row in rows(out / "stage-3-places.csv")]
    fourth = [row["entry"] for row in rows(out / "stage-4-places.csv")]
    assert sorted(third) == [
        "М0/Математика",
        "М1/Математика",
        "М2/Математика",
        "Ф0/Физика",
        "Ф1/Физика",
        "Ф2/Физика",
    ]
    assert sorted(fourth) == ["М0/Математика", "М1/Математика", "Ф0/Физика", "Ф1/Физика"]
