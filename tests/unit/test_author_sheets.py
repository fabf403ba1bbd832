"""Score sheets of works of one author and of several (order 99, annex 3, appendix 1)."""

from typing import Any

import polars as pl
import pytest
from unit.tables import table

from jobs.author_sheets import author_sheets
from jobs.binding import Codes, Lookup
from jobs.errors import ParameterFault
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


LISTS = Lookup("kind", {"facts": "scientific", "device": "technical"})


def on_lists(*marks: tuple[str, str, str], **keys: Any) -> Decisions:
    """Marks of one juror for a work of facts, a device and one of which no kind is told."""
    works = pl.DataFrame(
        {
            "entry": ["facts", "device", "untold"],
            "authors": ["a", "b", "c"],
            "kind": ["facts", "device", None],
        }
    )
    rows = [
        {"contestant": work, "juror": "j1", "criterion": criterion, "points": points, "sheet": "individual"}
        for work, criterion, points in marks
    ]
    return author_sheets(
        works,
        scores=table("scores", rows),
        authors="authors",
        individual={"thought-scientific": "27", "thought-technical": "30"},
        team={},
        of="mean",
        codes=CODES,
        lists=LISTS,
        **keys,
    )


def test_each_list_has_its_maximum_and_of_a_work_of_no_known_kind_the_sheets_tell_it() -> None:
    found = on_lists(
        ("facts", "thought-scientific", "27"),
        ("device", "thought-technical", "30"),
        ("untold", "thought-technical", "29"),
    )
    assert found.columns is not None
    assert found.columns["score"].to_list() == ["27", "30", "29"]
    assert set(found.verdicts["verdict"]) == {"in"}


def test_a_mark_of_the_other_list_is_a_question() -> None:
    found = on_lists(
        ("facts", "thought-technical", "20"),
        ("device", "thought-scientific", "20"),
        ("untold", "thought-scientific", "28"),
    )
    codes = ["unknown-criterion", "unknown-criterion", "mark-out-of-range"]
    assert found.verdicts["code"].to_list() == codes


def test_factors_multiply_marks_and_their_maximum_exactly() -> None:
    found = on_lists(
        ("facts", "thought-scientific", "13.5"),
        ("device", "thought-technical", "13.5"),
        ("untold", "thought-scientific", "27.5"),
        factors={"thought-scientific": "1 1/9"},
    )
    assert found.columns is not None
    assert found.columns["score"].to_list() == ["15", "13.5", None]
    assert found.verdicts["code"].to_list()[2] == "mark-out-of-range"


@pytest.mark.parametrize("bands", [{"idea-new": "25"}, {"other-new": "20-25"}, {"idea-new": "low-high"}])
def test_a_band_is_of_a_criterion_and_has_two_ends(bands: dict[str, str]) -> None:
    with pytest.raises(ParameterFault, match=r"author-sheets\.bands"):
        author_sheets(
            WORKS,
            scores=table("scores", []),
            authors="authors",
            individual={"idea": "30"},
            team={"idea": "25"},
            of="mean",
            codes=CODES,
            bands={"individual": bands},
        )


def test_nobody_to_mark_is_no_fault() -> None:
    none = author_sheets(
        WORKS.clear(),
        scores=table("scores", []),
        authors="authors",
        individual={"idea": "30"},
        team={"idea": "25"},
        of="mean",
        codes=CODES,
    )
    assert none.verdicts.height == 0
