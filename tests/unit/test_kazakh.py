"""Kazakh text: encodings gone wrong, look-alike letters, invisible characters, alphabetical order."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs import kazakh
from jobs.kazakh import (
    ALPHABET,
    NEEDS_FOLDING,
    RANKS,
    SPACES,
    UNSAFE_TEXT,
    Mojibake,
    alphabet_key,
    alphabet_rank,
    fold_lookalikes,
    is_safe_text,
    letters_lost,
    looks_like_mojibake,
    mend,
    needs_folding,
    repair,
    repair_mojibake,
    repair_utf8_as_cp1251,
    tidy,
)

BOTH_CASES = ALPHABET + ALPHABET.upper()
KAZAKH = st.text(alphabet=BOTH_CASES + " -.0123456789", max_size=40)
MIXED = st.text(alphabet=BOTH_CASES + "abcehikmopxyzABCEHIKMOPTXYəӛɵ .@#:/«»№\u0306\u0308\u00a0", max_size=30)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SENTENCE = "Ұлытау облысының Жаңаарқа ауданы, Әлімқызы Өміржан, Һарон Үмітұлы, Ғани Қайратұлы, №5 мектеп"


def read_utf8_as_cp1251(text: str) -> str:
    """What a lenient reader shows: cp1251, with the undefined byte 0x98 passed through."""
    return "".join("\x98" if byte == 0x98 else bytes([byte]).decode("cp1251") for byte in text.encode())


# --- mojibake ---


@given(KAZAKH)
def test_kz1048_read_as_cp1251_is_mended_letter_for_letter(text: str) -> None:
    shown = text.encode("kz1048").decode("cp1251")
    mended, changed = repair_mojibake(shown)
    assert mended == text
    assert changed == sum(old != new for old, new in zip(shown, text, strict=True))


@given(KAZAKH)
def test_utf8_read_as_cp1251_is_mended_with_the_undefined_byte(text: str) -> None:
    assert repair_utf8_as_cp1251(read_utf8_as_cp1251(text))[0] == text


def test_the_undefined_byte_stands_in_every_capital_schwa() -> None:
    assert repair_utf8_as_cp1251("У\x98") == ("Ә", 2)


@pytest.mark.parametrize(
    ("kind", "codec"), [("kz1048-as-cp1251", "kz1048"), ("ptcp154-as-cp1251", "ptcp154")], ids=str
)
def test_the_two_kazakh_code_pages_are_told_apart(kind: Mojibake, codec: str) -> None:
    shown = SENTENCE.encode(codec).decode("cp1251")
    assert looks_like_mojibake(shown) == kind
    assert mend(shown, kind)[0] == SENTENCE


def test_utf8_read_as_cp1251_is_recognised_even_from_a_cut_sample() -> None:
    shown = read_utf8_as_cp1251(SENTENCE)
    assert looks_like_mojibake(shown) == "utf8-as-cp1251"
    assert looks_like_mojibake(shown[1:-2]) == "utf8-as-cp1251"
    assert mend(shown, "utf8-as-cp1251")[0] == SENTENCE


@pytest.mark.parametrize(
    "honest",
    [
        "Київ і Львів, Їжакевич Ґанна, Єва",
        "Београд: Јован Јовановић, Њујорк, ћевап",
        "Скопје, Ѓорѓи, ќерка, ѕвезда",
        "Жыццё ў хаце",
        "Қазақстан, Київ, Јован, Ўладзімір",
        "Школа №5 имени Абая «Алатау» — 5 ‰, ±2 µм",
        "Intel ISEF 2025",
        "",
    ],
)
def test_honest_text_of_any_language_is_not_taken_for_mojibake(honest: str) -> None:
    assert looks_like_mojibake(honest) is None
    assert repair(honest) == honest


def test_a_cell_with_a_native_letter_keeps_its_ukrainian_in_a_file_that_needs_repair() -> None:
    assert repair_mojibake("Қазақстан, Київ") == ("Қазақстан, Київ", 0)


def test_signs_are_letters_only_inside_words_when_ptcp154_is_mended() -> None:
    shown = "5 ‰ ±2 " + "үміт ұлан".encode("ptcp154").decode("cp1251")
    assert mend(shown, "ptcp154-as-cp1251")[0] == "5 ‰ ±2 үміт ұлан"


def test_a_file_that_needs_no_repair_is_left_alone() -> None:
    assert mend("Київ", None) == ("Київ", 0)


# --- lost letters ---


@given(st.sampled_from("әғқңөұүӘҒҚҢӨҰҮ"), st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыіьэюя", min_size=2))
def test_a_lost_first_letter_is_always_seen(letter: str, rest: str) -> None:
    assert letters_lost((letter + rest).encode("cp1251", "replace").decode("cp1251"))


@pytest.mark.parametrize(
    "lost",
    ["?аза?стан", "?ани", "?лытау облысы", "Жа?аар?а", "Аза\ufffdстан", "Д?УЛЕТ А?ЫЛБЕК", '6 "?";?аза?'],
)
def test_question_marks_in_place_of_letters_are_seen(lost: str) -> None:
    assert letters_lost(lost)


@pytest.mark.parametrize(
    "honest",
    [
        "Иә? Жоқ?",
        "Что?Где?Когда?",
        "ДА?НЕТ",
        "келдің бе?иә",
        "? жоқ",
        "Ну?..",
        "Вы здоровы?»",
        "сайт.кз/бет?ата",
        "бет?ата=б",
        "https://bilim.kz/?a=b",
        "What?is",
        SENTENCE,
    ],
)
def test_honest_question_marks_are_not_taken_for_lost_letters(honest: str) -> None:
    assert not letters_lost(honest)


# --- look-alikes ---


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ережеcін", "ережесін"),
        ("Іntel", "Intel"),
        ("бiлiм Iрiктеу", "білім Іріктеу"),
        ("жəне əр Əлия", "және әр Әлия"),
        ("ӛмір Ӛмір", "өмір Өмір"),
        ("Сбep", "Сбер"),
        ("шahар", "шаһар"),
        ("и\u0306од", "йод"),
        ("IT-сыныптa", "IT-сыныпта"),
        ("III кезең, IV", "III кезең, IV"),
        ("PISAның SMSпен", "PISAның SMSпен"),
        ("әб", "әб"),
    ],
)
def test_a_mixed_word_goes_to_the_script_that_spells_it(written: str, folded: str) -> None:
    assert fold_lookalikes(written) == folded


def test_where_both_scripts_can_spell_a_word_the_majority_decides_and_a_tie_is_cyrillic() -> None:
    assert fold_lookalikes("а" + "cop") == "acop"
    assert fold_lookalikes("асо" + "p") == "асор"
    assert fold_lookalikes("ас" + "op") == "асор"


@pytest.mark.parametrize(
    "kept",
    [
        "https://bilіm.kz/қaзaқ?б=a",
        "WWW.bilіm.kz/aб",
        "aйгүл.о@mail.kz",
        "#UchitelНоваторBilim",
        "@aйгүл.o",
        "Əliyev Vüqar",
    ],
)
def test_addresses_hashtags_and_handles_keep_their_letters(kept: str) -> None:
    assert needs_folding(kept) or kept.startswith("Ə")
    assert fold_lookalikes(kept) == kept


@given(MIXED | ANYTHING)
@example("\u212b")
@example("\u1100\u1161")
@example("\u09c7\u09be")
def test_a_text_that_needs_no_folding_is_never_changed(text: str) -> None:
    assert needs_folding(text) or fold_lookalikes(text) == text


@given(MIXED | ANYTHING)
@example("бə\u0308")
@example("бə\u0323\u0308")
def test_folding_is_in_nfc_and_final(text: str) -> None:
    folded = fold_lookalikes(text)
    assert unicodedata.is_normalized("NFC", folded)
    assert fold_lookalikes(folded) == folded


@given(st.lists(MIXED | ANYTHING, min_size=1, max_size=20))
def test_polars_and_python_agree_on_every_pattern(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}).select(
        folding=pl.col("text").str.contains(NEEDS_FOLDING),
        unsafe=pl.col("text").str.contains(UNSAFE_TEXT),
        tidy=pl.col("text").str.replace_all(SPACES, " ").str.strip_chars(" "),
    )
    assert frame["folding"].to_list() == [needs_folding(text) for text in texts]
    assert frame["unsafe"].to_list() == [not is_safe_text(text) for text in texts]
    assert frame["tidy"].to_list() == [tidy(text) for text in texts]


@given(st.lists(MIXED, min_size=1, max_size=20))
def test_polars_ranks_as_python_does(texts: list[str]) -> None:
    ranks = pl.Series(texts).str.to_lowercase().str.replace_many(RANKS)
    assert ranks.to_list() == [alphabet_rank(text) for text in texts]


def test_every_character_let_past_the_folding_filter_is_inert_under_nfc() -> None:
    inert = re.compile(f"[{kazakh._NFC_INERT}]")
    let_past = {chr(code) for code in range(0x110000) if inert.fullmatch(chr(code))}
    composing = {chr(int(code, 16)) for char in map(chr, range(0x110000)) for code in second_parts(char)}
    assert all(unicodedata.is_normalized("NFC", char) for char in let_past)
    assert not {char for char in let_past if unicodedata.combining(char)}
    assert not let_past & composing


def second_parts(char: str) -> list[str]:
    """The code points that a canonical decomposition of `char` has after its first."""
    decomposition = unicodedata.decomposition(char)
    return [] if decomposition.startswith("<") else decomposition.split()[1:]


# --- spaces and safety ---


def test_every_kind_of_space_is_one_space_and_none_at_the_ends() -> None:
    assert tidy("\u00a0 Жаңаарқа\u202f\u00a0 ауданы\t\n\u3000") == "Жаңаарқа ауданы"


@given(ANYTHING)
def test_tidying_is_final_and_keeps_everything_but_spaces(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert re.sub(SPACES, "", once) == re.sub(SPACES, "", text)


def test_a_repaired_document_keeps_its_lines_and_the_number_of_its_spaces() -> None:
    assert repair(" 1.\u00a0 бiлiм\u202f\n\n2. ") == " 1.  білім \n\n2. "


@pytest.mark.parametrize(
    "char", ["\x00", "\x1b", "\u202e", "\u200b", "\u00ad", "\ufeff", "\ue000", "\ud800", "\u2028"]
)
def test_text_with_an_invisible_character_is_not_safe(char: str) -> None:
    assert not is_safe_text(f"Айгүл{char}")


def test_the_unsafe_pattern_is_exactly_the_invisible_categories() -> None:
    invisible = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category != "Cn":
            assert is_safe_text(chr(code)) == (category not in invisible), hex(code)


# --- order ---


def test_the_alphabet_has_its_42_letters_in_order() -> None:
    assert len(set(ALPHABET)) == 42
    backwards = ALPHABET[::-1]
    assert sorted(backwards, key=alphabet_key) == list(ALPHABET)
    assert sorted(backwards.upper(), key=alphabet_rank) == list(ALPHABET.upper())


def test_the_letters_that_plain_sorting_misplaces_stand_where_a_reader_looks() -> None:
    names = [
        "Яна",
        "Ілияс",
        "Үміт",
        "Ұлан",
        "Қайрат",
        "Кенже",
        "Әли",
        "Айгүл",
        "Бек",
        "Һарон",
        "Хан",
        "Цой",
        "Ыбырай",
    ]
    names += ["Ғани", "Гүл", "Өмір", "Олжас", "Ерлан", "Ёлка", "Жан", "Ңғ", "Нұр"]
    expected = [
        "Айгүл",
        "Әли",
        "Бек",
        "Гүл",
        "Ғани",
        "Ерлан",
        "Ёлка",
        "Жан",
        "Кенже",
        "Қайрат",
        "Нұр",
        "Ңғ",
        "Олжас",
    ]
    expected += ["Өмір", "Ұлан", "Үміт", "Хан", "Һарон", "Цой", "Ыбырай", "Ілияс", "Яна"]
    assert sorted(names, key=alphabet_key) == expected


def test_a_shorter_name_spaces_and_digits_come_first_and_latin_comes_last() -> None:
    ordered = ["", "5-мектеп", "Ан", "Ан Бек", "Ан-Бек", "Ана", "Яя", "Anna", "éa", "日"]
    backwards = ordered[::-1]
    assert sorted(backwards, key=alphabet_key) == ordered


def test_case_counts_only_between_equal_names() -> None:
    assert alphabet_rank("ӘЛИ") == alphabet_rank("әли")
    assert sorted(["әли", "ӘЛИ", "Әлиа", "Әли"], key=alphabet_key) == ["ӘЛИ", "Әли", "әли", "Әлиа"]


@given(st.lists(st.text(alphabet=BOTH_CASES + " -09z", max_size=8), max_size=12))
def test_sorting_by_the_rank_column_is_sorting_by_the_alphabet(names: list[str]) -> None:
    order = " -09" + ALPHABET + "z"
    expected = sorted(names, key=lambda name: [order.index(letter) for letter in name.lower()])
    assert sorted(names, key=alphabet_rank) == expected


# --- the ministry's files ---

FILES: dict[str, str] = {
    "kz1048.SYNTHETIC.csv": "kz1048",
    "lookalike.SYNTHETIC.csv": "utf-8-sig",
    "mojibake_kz1048_as_cp1251.SYNTHETIC.csv": "utf-8-sig",
    "utf16_tab.SYNTHETIC.txt": "utf-16",
}


def ministry_text(shared: Path, name: str, encoding: str) -> str:
    return (shared / "samples" / "synthetic" / f"ministry_{name}").read_bytes().decode(encoding)


def cells(text: str) -> list[list[str]]:
    """The table with every cell mended as the whole file needs."""
    kind = looks_like_mojibake(text)
    table = csv.reader(text.splitlines(), delimiter="\t" if "\t" in text else ";")
    return [[tidy(fold_lookalikes(mend(cell, kind)[0])) for cell in row] for row in table]


@pytest.mark.parametrize(("name", "encoding"), FILES.items())
def test_the_ministry_files_come_out_as_the_same_list(shared: Path, name: str, encoding: str) -> None:
    expected = cells(ministry_text(shared, "utf8bom.SYNTHETIC.csv", "utf-8-sig"))
    assert expected[1][1:4] == ["Әлімқызы", "Өміржан", "Ұланқызы"]
    assert cells(ministry_text(shared, name, encoding)) == expected


def test_only_the_file_saved_through_cp1251_has_lost_its_letters(shared: Path) -> None:
    assert letters_lost(ministry_text(shared, "lost_cp1251.SYNTHETIC.csv", "cp1251"))
    assert not any(letters_lost(ministry_text(shared, name, encoding)) for name, encoding in FILES.items())
