"""A whole season of music theory: three rounds that everybody sits, the places by bands, and what is wished."""

from pathlib import Path

import pytest
from rehearsed import rehearsed, settled, sheets_read, table

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return rehearsed(tmp_path_factory.mktemp("theory"), "music-theory")


def test_nobody_falls_before_the_places(season: tuple[Path, str]) -> None:
    site, said = season
    _, sat = settled(said, "solfeggio and harmony")
    _, placed = settled(said, "solfeggio and harmony: laureates and diploma holders")
    assert sat > placed > 0
    marks = table(site / "outbox" / "operator" / "music-theory" / "protocol-harmony-winners.csv")
    assert sum(row["verdict"] == "in" for row in marks) == placed
    assert len(marks) == sat


def test_the_season_waited_for_the_committee_the_dice_and_the_laureates(season: tuple[Path, str]) -> None:
    site, said = season
    asked = {path.name for path in (site / "outbox" / "requests" / "music-theory").iterdir()}
    assert asked == {
        "music-theory.entered.committee.1", "music-theory.order.lot.1", "music-theory.harmony-concert.laureate.1",
        "score-sheets",
    }  # fmt: skip
    assert settled(said, "applications")[0] == 2


def test_an_appeal_is_refused(season: tuple[Path, str]) -> None:
    assert settled(season[1], "appeals") == (1, 0)


def test_the_jury_fills_in_its_score_sheets_and_they_are_read(season: tuple[Path, str]) -> None:
    assert sheets_read(season[0], "music-theory") == {"harmony": 5}
