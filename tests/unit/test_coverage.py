"""Every row of the list of rules stands somewhere, and rulebooks name no row that is not in it."""

import re
from pathlib import Path

import pytest

from jobs.rulebook import Rulebook
from worker import coverage
from worker.coverage import Place


def _known() -> list[str]:
    return [row for rows in coverage.rules().values() for row in rows]


def test_the_list_has_the_263_rows_of_the_regulations_and_the_eight_they_share(shared: Path) -> None:
    printed = (shared / "regulations" / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}-\d{2,3}|\d{3}-\d{2}[a-z]|X-\d{2}) \|", printed, re.M)
    assert sorted(_known()) == sorted(set(rows))
    assert sum(not row.startswith("X") for row in rows) == 263


def test_every_row_has_a_step_a_stage_a_request_another_part_or_a_reason() -> None:
    standing = {place.row for place in coverage.places(coverage.shipped())}
    assert [row for row in _known() if row not in standing] == []


@pytest.mark.parametrize("rulebook", coverage.shipped(), ids=lambda book: book.contest)
def test_a_rulebook_names_only_rows_of_its_own_regulation(rulebook: Rulebook) -> None:
    number, _, annex = rulebook.regulation.partition(", annex ")
    own = re.compile(rf"({number}-{annex}\d\d|{number}-00[a-z]|X-\d\d)")
    named = {place.row for place in coverage.places([rulebook])}
    assert named - set(_known()) == set(), "rows that are not in docs/rules.toml"
    assert {row for row in named if not own.fullmatch(row)} == set(), "rows of another regulation"
    assert named, "a rulebook tells which rows it carries out"


def test_a_row_is_counted_by_the_strongest_way_in_which_it_is_carried_out() -> None:
    reason = Place("000-01", "x", "not executed", "nobody can")
    step = Place("000-01", "y", "step", "a 1: top", "1")
    assert coverage.how([reason, step]) == "step"
    assert coverage.how([reason]) == "not executed"
    assert coverage.how([step, Place("000-01", "x", "in part", "nobody sees the rest")]) == "step"
    assert coverage.how([]) is None
