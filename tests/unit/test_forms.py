"""Sheets and keys in canonical items and options: the same answer has one code, whoever gave it in whatever order."""

import string
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulation import GENERATORS, as_tables

from jobs.integrity.forms import Form, Forms, IntegrityInputError, canonical_forms

LETTERS = "ABCD"


def sheets(*rows: tuple[str, str, str], **more: pl.Series) -> pl.DataFrame:
    """Rows of entry, variant and answers."""
    schema = {"entry": pl.String, "variant": pl.String, "answers": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(**more)


def keys(
    variant: str,
    key: str,
    ids: Sequence[str | None] | None = None,
    options: Sequence[str | None] | None = None,
) -> pl.DataFrame:
    """A row an item."""
    size = len(key)
    columns = {
        "variant": [variant] * size,
        "item": range(1, size + 1),
        "key": list(key),
        "item_id": list(ids or [None] * size),
        "options": list(options or [None] * size),
    }
    return pl.DataFrame(columns, schema_overrides={"item_id": pl.String, "options": pl.String})


def only(found: Forms) -> Form:
    assert len(found.forms) == 1
    return found.forms[0]


def answered(form: Form) -> list[str]:
    """Each sheet in canonical letters."""
    return ["".join(("." + "".join(form.letters))[code] for code in row) for row in form.codes]


def names(found: Forms) -> list[str]:
    return [form.name for form in found.forms]


# --- the same answers whatever their order ---


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame, list[str], str]:
    """Sheets and keys of two variants that show the same tasks shuffled; their answers and key in canonical letters,
    sheets by entry, items in the order of variant 1."""
    size = draw(st.integers(1, 8))
    key = draw(st.text(LETTERS, min_size=size, max_size=size))
    answers = draw(st.lists(st.text(LETTERS + ".", min_size=size, max_size=size), min_size=2, max_size=6))
    ids = [f"T{item}" for item in range(size)]
    placed = draw(st.permutations(range(size)))
    options = ["".join(draw(st.permutations(LETTERS))) for _ in range(size)]

    def shown(canonical: str) -> str:
        """In items and letters of variant 2."""
        return "".join(
            mark if (mark := canonical[item]) == "." else LETTERS[options[at].index(mark)]
            for at, item in enumerate(placed)
        )

    rows = [
        (f"p{at}", "2", shown(each)) if at % 2 else (f"p{at}", "1", each) for at, each in enumerate(answers)
    ]
    both = pl.concat(
        [
            keys("1", key, ids, [LETTERS] * size),
            keys("2", shown(key), [ids[item] for item in placed], options),
        ]
    )
    return sheets(*rows), both, answers, key


@given(shuffled())
def test_shuffled_items_and_options_give_the_codes_of_the_unshuffled(
    case: tuple[pl.DataFrame, pl.DataFrame, list[str], str],
) -> None:
    given_sheets, both, answers, key = case
    form = only(canonical_forms(given_sheets, both))
    assert (form.name, answered(form)) == ("1+2", answers)
    assert "".join(form.letters[code - 1] for code in form.key) == key
    assert form.score.tolist() == [sum(map(str.__eq__, each, key)) for each in answers]


def test_variants_whose_keys_agree_item_by_item_need_no_options() -> None:
    both = pl.concat([keys("1", "ABC", ["x", "y", "z"]), keys("2", "CAB", ["z", "x", "y"])])
    found = canonical_forms(sheets(("b", "1", "ABD"), ("a", "2", "DA.")), both)
    assert (names(found), found.notes) == (["1+2"], ())
    assert answered(only(found)) == ["A.D", "ABD"]
    assert only(found).items == ("x", "y", "z")


def test_the_canonical_variant_may_leave_its_options_out() -> None:
    both = pl.concat([keys("1", "AB", ["x", "y"]), keys("2", "BC", ["x", "y"], ["CABD", "DABC"])])
    form = only(canonical_forms(sheets(("a", "1", "CB"), ("b", "2", "AC")), both))
    assert answered(form) == ["CB", "CB"]


def test_cyrillic_options_are_in_the_order_of_their_alphabet() -> None:
    """Answers keep В as the Latin B: the letters are А, Б, В, whatever their code points."""
    rows = sheets(("a", "1", "A"), ("b", "1", "Б"), ("c", "1", "B"))
    form = only(canonical_forms(rows, keys("1", "A", None, ["BAБ"])))
    assert answered(form) == ["B", "A", "Б"]
    assert form.letters == ("A", "Б", "B")


def test_item_times_follow_their_items() -> None:
    both = pl.concat([keys("1", "ABC", ["x", "y", "z"]), keys("2", "CAB", ["z", "x", "y"])])
    rows = sheets(
        ("a", "2", "CAB"), ("b", "1", "ABC"), ("c", "1", "ABC"), ("d", "2", "CAB"),
        seconds=pl.Series([[3.0, 1.0, 2.5], [10.0, None], None, [-1.0, 0.0, 7.0, 9.0]], dtype=pl.List(pl.Float64)),
    )  # fmt: skip
    seconds = only(canonical_forms(rows, both)).seconds
    nan = float("nan")
    expected = [[1.0, 2.5, 3.0], [10.0, nan, nan], [nan] * 3, [0.0, 7.0, nan]]
    assert seconds is not None
    assert seconds.dtype == np.float32
    np.testing.assert_array_equal(seconds, np.array(expected, np.float32))


def test_item_times_may_come_as_the_feed_keeps_them() -> None:
    rows = sheets(("a", "1", "AB"), ("b", "1", "AB"), seconds=pl.Series(["1.5 -", None]))
    seconds = only(canonical_forms(rows, keys("1", "AB"))).seconds
    assert seconds is not None
    np.testing.assert_array_equal(seconds, [[1.5, np.nan], [np.nan, np.nan]])


def test_without_any_time_there_is_no_table_of_times() -> None:
    rows = sheets(("a", "1", "A"))
    nothing = rows.with_columns(seconds=pl.Series([[None]], dtype=pl.List(pl.Float64)))
    assert only(canonical_forms(rows, keys("1", "A"))).seconds is None
    assert only(canonical_forms(nothing, keys("1", "A"))).seconds is None


# --- forms that are not to be mixed ---


def test_the_same_string_in_two_variants_is_in_two_forms() -> None:
    found = canonical_forms(
        sheets(("a", "1", "ABC"), ("b", "2", "ABC")), pl.concat([keys("1", "ABC"), keys("2", "ABC")])
    )
    assert names(found) == ["1", "2"]
    assert [form.items for form in found.forms] == [("1", "2", "3")] * 2


def test_untold_options_keep_variants_apart_and_a_note_asks_for_them() -> None:
    both = pl.concat([keys("1", "AB", ["x", "y"]), keys("2", "CB", ["x", "y"]), keys("3", "AB", ["x", "y"])])
    rows = sheets(("a", "1", "AB"), ("b", "2", "CB"), ("c", "3", "AB"))
    found = canonical_forms(rows, both)
    assert names(found) == ["1+3", "2"]
    assert found.notes == (
        "Variants 1, 2, 3 have the same items, but the order of their options is not told: give `options` in the keys;"
        " they were compared apart, as 1+3, 2.",
    )


def test_options_that_contradict_the_keys_keep_variants_apart_and_the_item_is_named() -> None:
    both = pl.concat(
        [keys("1", "AB", ["x", "y"], ["ABC", "ABC"]), keys("2", "AB", ["x", "y"], ["ABC", "BCA"])]
    )
    found = canonical_forms(sheets(("a", "1", "AB"), ("b", "2", "AB")), both)
    assert names(found) == ["1", "2"]
    assert "the keys differ, as in item y: check" in found.notes[0]


@pytest.mark.parametrize("ids", [["x", None], ["x", "x"]])
def test_ids_that_are_missing_or_not_unique_pool_nothing_and_are_noted(ids: list[str | None]) -> None:
    both = pl.concat([keys("1", "AB", ids), keys("2", "AB", ids)])
    found = canonical_forms(sheets(("a", "1", "AB"), ("b", "2", "AB")), both)
    assert names(found) == ["1", "2"]
    assert found.forms[0].items == ("1", "2")
    assert found.notes[0].startswith("Variant 1: not every item has an `item_id` of its own")


def test_variants_of_other_items_are_other_forms() -> None:
    both = pl.concat([keys("1", "AB", ["x", "y"]), keys("2", "AB", ["x", "z"])])
    found = canonical_forms(sheets(("a", "1", "AB"), ("b", "2", "AB")), both)
    assert (names(found), found.notes) == (["1", "2"], ())
    assert found.forms[1].items == ("x", "z")


# --- marks ---


def test_small_letters_count_as_capitals_and_strange_characters_as_blanks() -> None:
    form = only(
        canonical_forms(sheets(("a", "1", "a*-b "), ("b", "1", "?C"), ("c", "1", "")), keys("1", "abcab"))
    )
    assert form.letters == ("A", "B", "C")
    assert answered(form) == ["A..B.", ".C...", "....."]
    assert form.answered.tolist() == [2, 1, 0]
    assert form.score.tolist() == [1, 0, 0]


def test_blanks_after_the_last_item_are_no_answers() -> None:
    found = canonical_forms(sheets(("a", "1", "AB.-*")), keys("1", "AB"))
    assert answered(only(found)) == ["AB"]


def test_digits_are_options() -> None:
    assert answered(only(canonical_forms(sheets(("a", "1", "132")), keys("1", "111")))) == ["132"]


def test_rare_letters_that_no_key_has_are_wrong_options_and_are_told_as_stray_marks() -> None:
    rows = sheets(("a", "1", "AXX"), ("b", "1", "abz"), *((f"c{at}", "1", "ABA") for at in range(99)))
    found = canonical_forms(rows, keys("1", "ABA"))
    assert only(found).letters == ("A", "B", "X", "Z")
    assert only(found).score.tolist()[:2] == [1, 2]
    assert found.notes == (
        "Variant 1: 3 answers are letters that no key has (X, Z), likely stray marks; each counts as a wrong option.",
    )


def test_an_option_that_many_choose_is_an_option_though_no_key_has_it() -> None:
    """Of 101 letters one is rarer than one in a hundred, of 100 it is not."""
    rows = ("A" * 50 + "B" * 49 + "D", "A" * 50 + "B" * 50 + "D")
    few, fewer = (canonical_forms(sheets(("a", "1", row)), keys("1", "A" * len(row))) for row in rows)
    assert only(few).letters == only(fewer).letters == ("A", "B", "D")
    assert few.notes == ()
    assert "1 answer is a letter that no key has (D)" in fewer.notes[0]


def test_letters_of_the_options_are_known() -> None:
    assert canonical_forms(sheets(("a", "1", "D")), keys("1", "A", None, ["ABCD"])).notes == ()


def test_beyond_fourteen_letters_the_rarest_are_blanks_and_are_counted() -> None:
    letters = string.ascii_uppercase
    assert only(canonical_forms(sheets(("a", "1", letters[:14])), keys("1", "A" * 14))).letters == tuple(
        letters[:14]
    )
    rows = sheets(("a", "1", letters[:18]), ("b", "1", letters[12:18]), ("c", "1", "RRPO"))
    found = canonical_forms(rows, keys("1", "ABC" * 6))
    assert only(found).letters == tuple("ABCDEFGHMNOPQR")
    assert answered(only(found))[0] == "ABCDEFGH....MNOPQR"
    assert found.notes == (
        "Variant 1: 4 answers are letters beyond the 14 that can be told apart (I, J, K, L), the rarest; each counts"
        " as a blank.",
    )


def test_a_key_of_more_than_fourteen_letters_is_refused_by_name() -> None:
    letters = string.ascii_uppercase[:15]
    with pytest.raises(
        IntegrityInputError, match=r"Variant 1: 15 different letters stand in its key \(A, B,.*, O\)"
    ):
        canonical_forms(sheets(("a", "1", "A")), keys("1", letters))


def test_half_of_the_items_is_enough() -> None:
    rows = sheets(("a", "1", "AB..."), ("b", "1", "ABC.."), ("c", "2", "A."))
    found = canonical_forms(rows, pl.concat([keys("1", "ABCDA"), keys("2", "AB")]))
    assert [form.enough.tolist() for form in found.forms] == [[False, True], [True]]


# --- sheets that are left out, and sizes ---


def test_sheets_that_cannot_be_analysed_are_left_out_each_with_its_reason() -> None:
    gap = keys("2", "ABC").filter(pl.col("item") != 2)
    rows = sheets(("e", "1", "A"), ("d", "9", "A"), ("c", "2", "A"), ("b", "1", "ABA"), ("a", "3", "A"))
    found = canonical_forms(rows, pl.concat([keys("1", "AB"), gap, keys("3", "-")]))
    assert names(found) == ["1"]
    assert found.left_out.rows() == [
        ("a", "3", "key-has-gaps", "an item is missing in the key of variant 3, or its key is no letter or digit"),
        ("b", "1", "too-many-answers", "more answers than the key of variant 1 has items"),
        ("c", "2", "key-has-gaps", "an item is missing in the key of variant 2, or its key is no letter or digit"),
        ("d", "9", "no-key", "no key came for variant 9"),
    ]  # fmt: skip


def test_a_variant_nobody_sat_is_no_form_and_one_sheet_is_one() -> None:
    found = canonical_forms(sheets(("a", "1", "AB")), pl.concat([keys("1", "AB"), keys("2", "AB")]))
    assert names(found) == ["1"]
    assert only(found).codes.shape == (1, 2)


def test_no_sheets_give_no_forms() -> None:
    found = canonical_forms(sheets(), keys("1", "AB"))
    assert (found.forms, found.left_out.height, found.notes) == ((), 0, ())


@pytest.mark.parametrize("size", [1, 5, 200, 254])
def test_any_number_of_items_up_to_254(size: int) -> None:
    answers = (LETTERS * 64)[:size]
    form = only(canonical_forms(sheets(("a", "1", answers)), keys("1", answers)))
    assert (form.size, form.score.tolist()) == (size, [size])
    assert form.codes.flags.c_contiguous
    assert form.codes.dtype == form.key.dtype == np.uint8


def test_more_than_254_items_are_refused() -> None:
    with pytest.raises(IntegrityInputError, match="Variant 1 has 255 items; at most 254"):
        canonical_forms(sheets(("a", "1", "A")), keys("1", "A" * 255))


# --- keys that contradict themselves ---


def test_a_key_with_two_rows_of_an_item_is_refused_unless_they_are_the_same() -> None:
    once = keys("1", "AB")
    assert names(canonical_forms(sheets(("a", "1", "AB")), pl.concat([once, once]))) == ["1"]
    other = once.with_columns(key=pl.lit("C"))
    with pytest.raises(IntegrityInputError, match="Variant 1, item 1: the key has two rows"):
        canonical_forms(sheets(("a", "1", "AB")), pl.concat([once, other]))


@pytest.mark.parametrize("options", ["AAB", "A-B", "A B"])
def test_options_that_are_no_order_of_letters_are_refused(options: str) -> None:
    with pytest.raises(IntegrityInputError, match=f"Variant 1, item 1: the options {options} are not"):
        canonical_forms(sheets(("a", "1", "A")), keys("1", "A", None, [options]))


def test_a_key_outside_its_options_is_refused() -> None:
    with pytest.raises(IntegrityInputError, match="Variant 1, item 1: the options CAB have no D"):
        canonical_forms(sheets(("a", "1", "A")), keys("1", "D", None, ["CAB"]))


def test_two_sheets_of_one_entry_are_refused_without_naming_the_person() -> None:
    with pytest.raises(IntegrityInputError, match="Two sheets have one entry") as fault:
        canonical_forms(sheets(("900101300017", "1", "A"), ("900101300017", "1", "B")), keys("1", "A"))
    assert "900101300017" not in str(fault.value)


def test_what_is_known_of_a_sheet_stays_beside_it_and_the_rest_is_null() -> None:
    at = datetime(2026, 2, 23, 5, tzinfo=UTC)
    rows = sheets(
        ("b", "1", "A"), ("a", "1", "B"), school_id=pl.Series(["S2", "S1"]), started_at=pl.Series([at, None])
    )
    table = only(canonical_forms(rows, keys("1", "A"))).sheets
    assert table.columns == ["entry", "variant", "school_id", "class", "region", "started_at", "finished_at"]
    assert table.rows() == [("a", "1", "S1", None, None, None, None), ("b", "1", "S2", None, None, at, None)]
    assert table.schema["finished_at"] == pl.Datetime("us", "UTC")


# --- names of forms ---


@pytest.mark.parametrize("third", ["1+2", "1&2", "1 + 2"])
def test_a_pooled_form_is_never_called_as_another_variant_is(third: str) -> None:
    ids = ["x", "y"]
    both = pl.concat([keys("1", "AB", ids), keys("2", "AB", ids), keys(third, "AB")])
    found = canonical_forms(sheets(("a", "1", "AB"), ("b", "2", "AB"), ("c", third, "AB")), both)
    assert {form.name: form.sheets["entry"].to_list() for form in found.forms} == {
        "1+2" if "+" not in third else "1&2": ["a", "b"],
        third: ["c"],
    }


@given(st.lists(st.text("12+&", min_size=1, max_size=4), min_size=2, max_size=8, unique=True), st.data())
def test_forms_have_names_of_their_own_whatever_variants_are_called(
    names_: list[str], data: st.DataObject
) -> None:
    tasks = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(names_), max_size=len(names_)))
    both = pl.concat([keys(name, "A", [task]) for name, task in zip(names_, tasks, strict=True)])
    found = canonical_forms(sheets(*((f"p{name}", name, "A") for name in names_)), both)
    assert len(set(names(found))) == len(found.forms) == len(set(tasks))


# --- sheets that name another variant than they are of ---

OWN, OTHER = "ABCD" * 5, "BCDA" * 5


def wrong_variant(answers: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Entry and why of the sheets left out, where one sheet says variant 1."""
    both = pl.concat([keys("1", OWN), keys("2", OTHER), *(keys(*each) for each in more)])
    left_out = canonical_forms(sheets(("a", "1", answers)), both).left_out
    assert set(left_out["code"]) <= {"wrong-variant"}
    return left_out.select("entry", "why").rows()


WHY = (
    "the answers fit the key of variant 2 far better than that of variant 1, which the sheet names; "
    "check its variant"
)


@pytest.mark.parametrize(
    "answers", [OTHER, OTHER.lower(), OTHER[:16] + "AAAA", OTHER[:14] + "......", OTHER + "-"]
)
def test_a_sheet_that_fits_another_variant_far_better_is_left_out_and_both_are_named(answers: str) -> None:
    assert wrong_variant(answers) == [("a", WHY)]


@pytest.mark.parametrize(
    "answers",
    [
        OWN,
        OWN[:10] + OTHER[10:],  # as much of one as of the other
        OTHER[:8] + "." * 12,  # eight items might be chance
        OTHER[:9] + "D" + "CDAB" * 2 + "CD",  # less than half of what is answered
        "." * 20,
        "",
    ],
)  # fmt: skip
def test_a_sheet_that_may_be_of_its_own_variant_stays(answers: str) -> None:
    assert wrong_variant(answers) == []


def test_keys_of_another_length_or_the_same_letters_or_with_gaps_are_no_other_variant() -> None:
    gap = keys("2", OTHER).filter(pl.col("item") != 3)
    both = pl.concat([keys("1", OWN), gap, keys("3", OTHER + "A"), keys("4", OWN)])
    assert canonical_forms(sheets(("a", "1", OTHER), ("b", "1", OWN)), both).left_out.is_empty()


def test_of_several_variants_that_fit_the_best_is_named() -> None:
    near = OTHER[:18] + "AB"
    assert wrong_variant(OTHER, ("0", near), ("3", OTHER)) == [("a", WHY)]


def test_answers_are_held_against_the_letters_that_the_variant_shows() -> None:
    """Variant 2 shows the tasks of variant 1 with their options turned round."""
    ids = [f"T{item}" for item in range(20)]
    both = pl.concat([keys("1", OWN, ids, ["ABCD"] * 20), keys("2", OTHER, ids, ["DABC"] * 20)])
    found = canonical_forms(
        sheets(("a", "1", OWN), ("b", "2", OTHER), ("c", "1", OTHER), ("d", "2", OWN)), both
    )
    assert [form.sheets["entry"].to_list() for form in found.forms] == [["a", "b"]]
    assert found.left_out["entry"].to_list() == ["c", "d"]


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("items", [20, 40, 60])
def test_no_honest_sheet_is_taken_for_one_of_another_variant(generator: str, items: int) -> None:
    tables = [
        as_tables(GENERATORS[generator](1000, items, 100 * variant + items), str(variant))
        for variant in range(4)
    ]
    rows = pl.concat([each.with_columns(entry=pl.col("variant") + pl.col("entry")) for each, _ in tables])
    assert canonical_forms(rows, pl.concat([key for _, key in tables])).left_out.is_empty()


def test_a_school_under_the_wrong_variant_is_mostly_left_out() -> None:
    tables = [as_tables(GENERATORS["two-parameter"](1000, 60, variant), str(variant)) for variant in range(4)]
    rows = pl.concat([each.with_columns(entry=pl.col("variant") + pl.col("entry")) for each, _ in tables])
    school = pl.col("entry").str.starts_with("1p000000") | pl.col("entry").str.starts_with("1p000001")
    moved = rows.with_columns(variant=pl.when(school).then(pl.lit("3")).otherwise("variant"))
    left_out = canonical_forms(moved, pl.concat([key for _, key in tables])).left_out
    assert left_out["entry"].str.starts_with("1p00000").all()
    assert left_out.height >= 10
