"""A whole season of the presidential olympiad: teams, the selection, three rounds, certificates to all, diplomas."""

from collections import Counter
from pathlib import Path

import pytest
from acceptance.test_rehearsals import SEED, letters, rehearsed, table
from rehearsed import sheets_read

from worker.bootstrap import load_rulebook
from worker.rehearsal.presidential_olympiad import Presidential, make_presidential_olympiad

CONTEST = "presidential-olympiad"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehearsed(tmp_path_factory.mktemp("presidential"), CONTEST)


@pytest.fixture(scope="module")
def made(season: Path) -> Presidential:
    return make_presidential_olympiad(load_rulebook(season / "contests" / f"{CONTEST}.toml"), seed=SEED)


def test_the_diplomas_are_two_four_six_and_those_level_with_the_last(
    season: Path, made: Presidential
) -> None:
    protocol = table(season / "outbox" / "operator" / CONTEST / "protocol-winners.csv")
    assert {row["participant"]: row["award"] for row in protocol} == made.winners
    of_physics = Counter(row["award"] for row in protocol if row["group"] == "Математика-физика")
    assert of_physics == {"I": 2, "II": 4, "III": 8}
    first = next(row for row in protocol if row["rank"] == "1" and row["group"] == "Математика-физика")
    assert first["points"] == "270.5"  # the mean of 90.5, 90 and 90 in each of three rounds


def test_everybody_who_sat_the_selection_has_a_certificate_and_every_winner_a_diploma(
    season: Path, made: Presidential
) -> None:
    mailed = sum(with_file for _, with_file in letters(season))
    by_hand = [
        *season.glob("outbox/operator/*/diploma-*.pdf"), *season.glob("outbox/operator/*/certificate-*.pdf")
    ]  # fmt: skip
    assert len(made.sat) == 40
    assert mailed + len(by_hand) == len(made.sat) + len(made.winners)


def test_every_stage_that_people_decide_waited_for_them(season: Path) -> None:
    asked = {path.name for path in (season / "outbox" / "requests" / CONTEST).iterdir()}
    assert asked == {
        f"{CONTEST}.{name}.1"
        for name in ("regional-dates.dates", "teams.committee", "selection-sittings.dates", "winners.jury")
    } | {"score-sheets"}


def test_no_id_stands_in_a_public_file(season: Path, made: Presidential) -> None:
    public = b"".join(
        path.read_bytes() for path in (season / "outbox" / "public").rglob("*") if path.is_file()
    )
    assert not any(person.encode() in public for person in (*made.sat, made.stranger))


def test_the_jury_fills_in_its_score_sheets_of_all_three_rounds_and_they_are_read(season: Path) -> None:
    assert sheets_read(season, CONTEST) == {"republican": 3}
