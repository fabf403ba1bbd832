"""Sheets are scored by the key of their own stage and variant, by nothing else."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, entries_of, key_rows, law, sheet, shuffled, table, verdicts_of

from jobs.feeds.sheets import BLANK
from jobs.score import score


def keys(*keyed: tuple[str, str, str]) -> pl.DataFrame:
    return table("keys", [row for key, stage, variant in keyed for row in key_rows(key, stage, variant)])


KEYS = keys(("ABCD", "stage-1", "1"), ("DCBA", "stage-1", "2"), ("AAAA", "stage-2", "1"))


def columns(entries: pl.DataFrame, by: pl.DataFrame = KEYS) -> dict[str, tuple[int, int, int, str]]:
    found = score(entries, keys=by).columns
    assert found is not None
    return {row[0]: row[1:] for row in found.iter_rows()}


def test_a_sheet_is_scored_by_the_key_of_its_stage_and_variant() -> None:
    entries = entries_of(
        [
            sheet("a", "ABCD"),
            sheet("b", "ABCD", variant="2"),
            sheet("c", "ABCD", stage="stage-2"),
            sheet("d", "A.C."),
        ]
    )
    assert columns(entries) == {
        "a": (4, 4, 4, "1111"),
        "b": (0, 4, 4, "0000"),
        "c": (1, 4, 4, "1000"),
        "d": (2, 4, 2, "1010"),
    }


def test_what_an_earlier_stage_said_of_a_person_never_leaks_into_this_score() -> None:
    plain = entries_of([sheet("a", "ABCD", stage="stage-2"), sheet("b", "A...", stage="stage-2")])
    carried = plain.with_columns(
        score=pl.lit(99), items=pl.lit(7), answered=pl.lit(7), correct=pl.lit("1111111"), errors=pl.lit(5),
        possible=pl.lit(6), key=pl.lit("ZZZZ"), last=pl.lit(3), school=pl.lit("s"),
    )  # fmt: skip
    first, again = score(plain, keys=KEYS), score(carried, keys=KEYS)
    assert first.verdicts.equals(again.verdicts)
    assert first.columns is not None and again.columns is not None
    assert first.columns.equals(again.columns)


def test_a_variant_without_a_key_waits_for_people_and_nobody_gets_a_nought() -> None:
    decisions = score(entries_of([sheet("a", "ABCD", variant="9")]), keys=KEYS)
    assert verdicts_of(decisions.verdicts) == {"a": "undecided"}
    assert codes_of(decisions.verdicts) == {"a": "no-key"}
    assert decisions.columns is not None
    assert decisions.columns["score"].to_list() == [None]


def test_more_answers_than_the_key_has_items_wait_for_people() -> None:
    assert codes_of(score(entries_of([sheet("a", "ABCDA")]), keys=KEYS).verdicts) == {"a": "key-too-short"}


def test_blank_columns_of_a_longer_variant_in_the_same_file_are_no_answers() -> None:
    decisions = score(entries_of([sheet("a", "ABCD...")]), keys=KEYS)
    assert codes_of(decisions.verdicts) == {"a": "scored"}
    assert columns(entries_of([sheet("a", "ABCD...")])) == {"a": (4, 4, 4, "1111")}


def test_fewer_answers_than_items_are_blanks_at_the_end() -> None:
    assert columns(entries_of([sheet("a", "AB")])) == {"a": (2, 4, 2, "1100")}


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_key_in_which_an_item_is_missing_scores_nobody(lost: int) -> None:
    gap = KEYS.filter(
        ~((pl.col("item") == lost) & (pl.col("variant") == "1") & (pl.col("stage") == "stage-1"))
    )
    decisions = score(entries_of([sheet("a", "ABC")]), keys=gap)
    assert codes_of(decisions.verdicts) == {"a": "key-has-gaps"}
    assert decisions.columns is not None
    assert decisions.columns["score"].to_list() == [None]


def test_nobody_and_no_keys_are_no_fault() -> None:
    assert score(entries_of([]), keys=KEYS).verdicts.height == 0
    assert codes_of(score(entries_of([sheet("a", "A")]), keys=KEYS.clear()).verdicts) == {"a": "no-key"}


def test_a_small_letter_in_the_key_is_the_same_answer() -> None:
    assert columns(entries_of([sheet("a", "AB")]), keys(("ab", "stage-1", "1")))["a"][0] == 2


LETTERS = "ABC"
SHEETS = st.lists(
    st.tuples(st.sampled_from(["1", "2"]), st.text(LETTERS + BLANK, min_size=1, max_size=6)), max_size=8
)


@law
@given(
    SHEETS,
    st.text(LETTERS, min_size=1, max_size=6),
    st.text(LETTERS, min_size=1, max_size=6),
    st.integers(0, 99),
)
def test_the_score_is_what_a_plain_count_gives_and_the_order_of_rows_never_matters(
    sheets: list[tuple[str, str]], one: str, two: str, seed: int
) -> None:
    rows = [sheet(f"p{n}", answers, variant=variant) for n, (variant, answers) in enumerate(sheets)]
    by = keys((one, "stage-1", "1"), (two, "stage-1", "2"))
    entries = entries_of(rows)
    expected = {}
    for row in rows:
        key = {"1": one, "2": two}[row["variant"]]
        pairs = list(zip(key, row["answers"].ljust(len(key), BLANK), strict=False))
        marks = "".join("1" if right == answer else "0" for right, answer in pairs)
        answered = sum(answer != BLANK for _, answer in pairs)
        expected[row["participant"]] = (marks.count("1"), len(key), answered, marks)
    assert columns(entries, by) == expected
    assert columns(shuffled(entries, seed), shuffled(by, seed + 1)) == expected
