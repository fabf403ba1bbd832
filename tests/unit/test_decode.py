"""From bytes to text: the encodings of Kazakhstan, and what earlier programs did to the letters."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.intake.decode import (
    choose_encoding,
    doubts,
    examine,
    refuse_lost_letters,
    sample_text,
    text_blocks,
)
from worker.intake.frames import Refusal

TABLE = (
    "ЖСН;Тегі;Аты;Мектеп\n"
    "120305610009;Әлімқызы;Өміржан;№5 ауыл мектебі\n"
    "130405510018;Іңкәрбек;Ғани;Ұлытау үлгілі мектебі\n"
)
LETTERS = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюяАӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ"


def decoded(content: bytes) -> tuple[str, str]:
    encoding = choose_encoding(content, whole=True)
    return encoding.label, "".join(text_blocks(io.BytesIO(content), encoding))


def misread(text: str, codec: str) -> str:
    """What a program shows that reads `codec` bytes as cp1251."""
    return "".join(letter.encode(codec).decode("cp1251") if ord(letter) > 127 else letter for letter in text)


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8 with BOM"),
        ("utf-16", "utf-16-le with BOM"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("kz1048", "kz1048"),
        ("ptcp154", "ptcp154"),
    ],
)
def test_each_encoding_is_recognised_and_gives_the_same_text(codec: str, label: str) -> None:
    assert decoded(TABLE.encode(codec)) == (label, TABLE)


def test_a_russian_list_in_cp1251_reads_alike_as_kz1048() -> None:
    text = "Фамилия;Имя\nСидоров;Иван\nЁлкина;Анна\n"
    assert decoded(text.encode("cp1251")) == ("kz1048", text)


@given(st.text(alphabet=LETTERS, min_size=1))
def test_every_kazakh_word_survives_utf8(word: str) -> None:
    text = f"Тегі;Аты\n{word};Ғани\n"
    assert decoded(text.encode())[1] == text


@pytest.mark.parametrize("codec", ["cp866", "koi8-r"])
def test_an_encoding_we_do_not_read_is_refused_rather_than_shown_as_garbage(codec: str) -> None:
    with pytest.raises(Refusal, match="wrong encoding"):
        decoded("Фамилия;Имя\nСидоров;Иван\nПетрова;Анна\n".encode(codec))


def test_utf32_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="UTF-32"):
        decoded(TABLE.encode("utf-32"))


def test_a_utf8_file_with_one_bad_byte_is_refused_with_the_bytes_place() -> None:
    content = TABLE.encode()
    with pytest.raises(Refusal, match="byte 21 is not UTF-8"):
        decoded(content[:20] + b"\xff" + content[20:])


def test_a_bad_byte_after_the_sample_is_refused_with_its_offset() -> None:
    content = TABLE.encode() * 4000
    place = 400_001
    bad = content[: place - 1] + b"\xff" + content[place:]
    encoding = choose_encoding(bad[: 256 * 1024], whole=False)
    with pytest.raises(Refusal, match=r"byte 40000\d is not utf-8"):
        "".join(text_blocks(io.BytesIO(bad), encoding))


def test_a_text_cut_in_mid_letter_is_refused_at_the_end() -> None:
    content = TABLE.encode()
    encoding = choose_encoding(content, whole=True)
    with pytest.raises(Refusal, match="wrong encoding"):
        "".join(text_blocks(io.BytesIO(content + b"\xd0"), encoding))


def test_the_replacement_sign_is_a_loss_that_already_happened() -> None:
    with pytest.raises(Refusal, match=r"U\+FFFD"):
        decoded("Тегі;Аты\nС\ufffdитов;Иван\n".encode())


def test_line_ends_of_every_kind_become_one_kind_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.intake.decode.BLOCK_BYTES", 2)
    assert decoded(b"a\r\nb\rc\nd\r\n\r\n")[1] == "a\nb\nc\nd\n\n"


def test_a_sample_cut_in_mid_letter_is_read_up_to_it() -> None:
    sample = TABLE.encode()[:15]
    encoding = choose_encoding(sample, whole=False)
    assert TABLE.startswith(sample_text(sample, encoding, whole=False))


@pytest.mark.parametrize("codec", ["kz1048", "ptcp154"])
def test_text_of_one_encoding_read_as_cp1251_is_mended(codec: str) -> None:
    broken = misread(TABLE, codec)
    mending = examine(broken)
    mended, count = mending.cell(broken)
    assert mended == TABLE
    assert count == sum(old != new for old, new in zip(broken, TABLE, strict=True))
    assert mending.repairs(count)[0].code == f"{codec}-read-as-cp1251"


def test_utf8_read_as_cp1251_is_mended() -> None:
    text = "Қазақстан Республикасы Оқу мектебі"
    broken = "".join(bytes([b]).decode("cp1251") if b != 0x98 else "\x98" for b in text.encode())
    mending = examine(broken)
    assert mending.kind == "utf8-as-cp1251"
    assert mending.cell(broken)[0] == text


def test_a_row_with_a_native_letter_in_one_cell_keeps_that_cell_and_mends_the_others() -> None:
    mending = examine(misread(TABLE, "kz1048"))
    row, count = mending.row(["Јлімќызы", "Қабїл", "x"])
    assert row == ["Әлімқызы", "Қабїл", "x"]
    assert count == 2


@pytest.mark.parametrize("name", ["Їжакевич;Євген;Київ", "Ґонґадзе;Ганна"])
def test_ukrainian_names_are_left_alone_and_told(name: str) -> None:
    mending = examine(f"Фамилия;Имя\n{name}\n")
    assert mending.kind is None
    assert [repair.code for repair in doubts(name, mending)] == ["foreign-letters-kept"]


def test_letters_lost_to_question_marks_refuse_the_file() -> None:
    cells = TABLE.encode("cp1251", "replace").decode("cp1251").replace("\n", ";").split(";")
    with pytest.raises(Refusal) as refused:
        refuse_lost_letters(cells)
    assert refused.value.code == "letters-lost"


def test_honest_question_marks_do_not() -> None:
    refuse_lost_letters(["Кім?", "Не указано?", "Вопрос: да или нет?", "6 ?", "https://a.kz/?id=1"] * 20)
