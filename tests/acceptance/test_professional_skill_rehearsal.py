"""A whole season of professional skill: two rounds of six tasks and prizes whose number the jury chooses."""

from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from rehearsed import rehearsed, settled, sheets_read, table

from worker.deliver.exports import CONTESTANT_HEADER

pytestmark = pytest.mark.long


def contestants(form: Path) -> set[str]:
    head, *rows = CalamineWorkbook.from_path(str(form)).get_sheet_by_index(0).to_python()
    at = head.index(CONTESTANT_HEADER)
    return {str(row[at]) for row in rows}


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return rehearsed(tmp_path_factory.mktemp("skill"), "professional-skill")


def test_the_jury_is_asked_how_many_prizes_there_are_and_each_is_given_by_points(
    season: tuple[Path, str],
) -> None:
    site, said = season
    assert settled(said, "winners")[0] == 2
    assert (
        site / "outbox" / "requests" / "professional-skill" / "professional-skill.winners.prizes.1"
    ).is_dir()
    rows = table(site / "outbox" / "operator" / "professional-skill" / "protocol-winners.csv")
    of_cooks = [row["award"] for row in rows if row["group"] == "Аспаз"]
    assert of_cooks[:4] == ["grand-prix", "first", "first", "third"]  # numbers that the request did not offer


def test_one_winner_of_each_region_and_profession_goes_to_the_final_round(season: tuple[Path, str]) -> None:
    site, said = season
    winners = table(site / "outbox" / "operator" / "professional-skill" / "protocol-round-2-winners.csv")
    inside = Counter((row["region"], row["group"]) for row in winners if row["verdict"] == "in")
    assert len(inside) == 8
    assert settled(said, "sent to the final round")[1] <= sum(inside.values())


def test_three_jurors_of_each_region_and_profession_fill_in_their_score_sheets_and_they_are_read(
    season: tuple[Path, str],
) -> None:
    assert sheets_read(season[0], "professional-skill") == {"round-2": 4 * 2 * 3, "round-3": 2 * 3}


def test_a_juror_s_form_names_those_of_the_own_region_and_profession_alone(season: tuple[Path, str]) -> None:
    forms = season[0].glob("outbox/requests/professional-skill/score-sheets/round-2/*.xlsx")
    named = [contestants(form) for form in forms]
    assert len(named) == 24
    assert all(1 <= len(each) <= 2 for each in named)
    assert len({frozenset(each) for each in named}) == 8
