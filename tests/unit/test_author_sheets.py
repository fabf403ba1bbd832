"""Score sheets of works of one author and of several (order 99, annex 3, appendix 1)."""

import polars as pl
import pytest
from unit.tables import table

from jobs.author_sheets import author_sheets
from jobs.binding import Codes
from jobs.verdicts import Decisions

CODES = Codes(lambda entry: f"code-{entry}")
WORKS = pl.DataFrame({"entry": ["alone", "pair"], "authors": ["a", "b c"]})


def judged(*sheets: tuple[str, str, str, int]) -> Decisions:
    rows = [
        {
            "contestant": work,
            "juror": "j1",
            "criterion": "idea",
            "points": points,
            "sheet": sheet,
            "minutes": minutes,
        }
        for work, sheet, points, minutes in sheets
    ]
    return author_sheets(
        WORKS,
        scores=table("scores", rows),
        authors="authors",
        individual={"idea": "30"},
        team={"idea": "25"},
        of="mean",
        codes=CODES,
        timed=True,
    )


@pytest.mark.parametrize("prefix", ["", "code-"], ids=["by their ids", "by their public codes"])
def test_points_and_times_are_told_of_works_however_sheets_name_them(prefix: str) -> None:
    found = judged((f"{prefix}alone", "individual", "29", 16), (f"{prefix}pair", "team", "24.5", 12)).columns
    assert found is not None
    assert found.select("entry", "score", "minutes").rows() == [("alone", "29", 16), ("pair", "24.5", 12)]


def test_the_most_points_are_those_of_the_kind_of_work() -> None:
    verdicts = judged(("alone", "individual", "30", 12), ("pair", "team", "30", 12)).verdicts
    assert verdicts.select("verdict", "code").rows() == [("in", "marked"), ("undecided", "mark-out-of-range")]
