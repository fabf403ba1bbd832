"""Answers filled in without thinking, and keys that cannot be right: neither may accuse anybody."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulation import GENERATORS, LETTERS, as_tables, two_parameter
from unit.tables import law

from jobs.integrity.analysis import Analysis, analyse
from jobs.integrity.forms import canonical_forms
from jobs.integrity.keycheck import doubtful_items
from jobs.integrity.patterns import filled
from jobs.marks import characters

OWN = "BDACEBAECD"  # no run in it


def shown(answers: str, right: str = "") -> str:
    """The sheet with # where it is filled in; `right` has 1 where an answer is right."""
    marks = characters(pl.Series([answers]), len(answers), ".")
    solved = np.array([[mark == "1" for mark in right.ljust(len(answers), "0")]])
    found = filled(marks, solved, ".")[0]
    return "".join("#" if fill else letter for letter, fill in zip(answers, found, strict=True))


@pytest.mark.parametrize(
    ("end", "seen"),
    [
        ("CCCCCCC", "#######"),
        ("CCCCCC", "CCCCCC"),
        ("ABABABAB", "########"),
        ("ABABABA", "ABABABA"),
        ("ABCDEABCDEA", "###########"),
        ("CCCCCCC..", "#######.."),
    ],
)
def test_seven_alike_or_six_repeats_of_letters_in_turn_at_the_end_are_filled_in(end: str, seen: str) -> None:
    assert shown(OWN + end) == OWN + seen


def test_a_run_in_the_middle_or_one_that_is_mostly_right_is_an_answer() -> None:
    assert shown("CCCCCCCC" + OWN) == "CCCCCCCC" + OWN
    assert shown(OWN + "CCCCCCCC", "0" * 10 + "11111000") == OWN + "CCCCCCCC"
    assert shown(OWN + "CCCCCCCC", "0" * 10 + "11110000") == OWN + "########"


@law
@given(st.text("ABCDE.", min_size=1, max_size=30))
def test_only_answers_are_filled_in_and_only_without_a_gap_to_the_last_one(answers: str) -> None:
    seen = shown(answers)
    assert all(mark != "#" or answer != "." for mark, answer in zip(seen, answers, strict=True))
    kept = seen.rstrip(".").rstrip("#")
    assert "#" not in kept


def with_ends(share: float) -> pl.DataFrame:
    """2,000 honest pupils, some of whom put one letter on the last fifteen of sixty items; of one school nearly all."""
    sheets, _ = as_tables(two_parameter(2_000, 60, 3))
    draw = np.random.default_rng(4)
    rows = []
    for row in sheets.iter_rows(named=True):
        if row["school_id"] == sheets["school_id"][0] or draw.random() < share:
            row["answers"] = row["answers"][:45] + "C" * 15
        rows.append(row)
    return pl.DataFrame(rows, schema=sheets.schema)


def levels(analysis: Analysis) -> set[str]:
    return set(analysis.pairs["level"])


def test_pupils_who_put_one_letter_to_the_end_are_not_called_alike_for_it() -> None:
    _, keys = as_tables(two_parameter(2_000, 60, 3))
    analysis = analyse(canonical_forms(with_ends(0.15), keys))
    assert levels(analysis) == {"none"}
    noted = analysis.people.filter(pl.col("flags").str.contains("9.4:pattern")).height
    assert 250 < noted < 450


def test_two_sheets_of_one_letter_are_alike_by_the_share_and_recommend_nobody() -> None:
    sheets, keys = as_tables(two_parameter(500, 60, 3))
    same = pl.col("entry").is_in(["p0000000", "p0000001"])
    answers = pl.when(same).then(pl.lit("C" * 60)).otherwise("answers")
    school = pl.when(same).then(pl.lit("S")).otherwise("school_id")
    analysis = analyse(canonical_forms(sheets.with_columns(answers=answers, school_id=school), keys))
    assert levels(analysis) <= {"none"}
    assert analysis.pairs.filter(pl.col("naive") & pl.col("same_school")).height == 1


def test_a_wrong_key_accuses_nobody_and_is_said() -> None:
    sheets, keys = as_tables(two_parameter(2_000, 60, 3))
    shifted = keys.with_columns(key=pl.Series([*keys["key"][1:], keys["key"][0]]))
    analysis = analyse(canonical_forms(sheets, shifted))
    assert levels(analysis) <= {"none"}
    assert any("check the key" in note and "no statistics" in note for note in analysis.notes)


@pytest.mark.parametrize("name", GENERATORS)
def test_the_key_of_an_honest_test_is_believed_however_hard_or_easy_it_is(name: str) -> None:
    simulated = GENERATORS[name](3_000, 60, 8)
    assert doubtful_items(simulated.codes, simulated.key, 5) == []


def test_one_wrong_answer_in_the_key_is_named_and_the_rest_is_analysed() -> None:
    simulated = two_parameter(2_000, 60, 3)
    wrong = simulated.key.copy()
    wrong[7] = wrong[7] % len(LETTERS) + 1
    assert doubtful_items(simulated.codes, simulated.key, 5) == []
    assert doubtful_items(simulated.codes, wrong, 5) == [7]
    assert doubtful_items(simulated.codes[:99], wrong, 5) == []
