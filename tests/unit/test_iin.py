"""IIN: faults, control digit, birth date, sex, zeros that a spreadsheet dropped, neighbours."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from jobs.errors import BaiqauError
from jobs.iin import (
    IinFault,
    birth_date,
    check,
    control_digit,
    iin_birth_date,
    iin_restored,
    iin_valid,
    one_digit_neighbours,
    restore_zeros,
    sex,
)

CENTURY_DIGITS = {18: (1, 2), 19: (3, 4), 20: (5, 6)}


def issue(born: date, serial: int, *, male: bool) -> str | None:
    """An IIN as the registry would issue it (control digit by the definition), None where it never is."""
    man, woman = CENTURY_DIGITS[born.year // 100]
    first11 = f"{born:%y%m%d}{man if male else woman}{serial:04d}"
    digits = [int(digit) for digit in first11]
    control = sum(place * digit for place, digit in enumerate(digits, 1)) % 11
    if control == 10:
        control = sum(((place + 1) % 11 + 1) * digit for place, digit in enumerate(digits, 1)) % 11
    return None if control == 10 else f"{first11}{control}"


BORN = st.dates(date(1800, 1, 1), date(2099, 12, 31))
IINS = st.builds(
    lambda born, serial, male: issue(born, serial, male=male), BORN, st.integers(0, 9999), st.booleans()
)
ISSUED = IINS.filter(lambda iin: iin is not None).map(str)
DIGITS = st.text(alphabet="0123456789", min_size=12, max_size=12)
NEAR_MISSES = st.builds(
    lambda iin, at, digit: iin[:at] + digit + iin[at + 1 :], ISSUED, st.integers(0, 11), DIGITS
)
TEXTS = st.one_of(
    ISSUED,
    DIGITS,
    NEAR_MISSES,
    ISSUED.map(lambda iin: iin.lstrip("0")),
    ISSUED.map(lambda iin: f" {int(iin)}.0\u00a0"),
    st.text(max_size=14),
    st.text(alphabet="0123456789+-. ٣E,\n", min_size=9, max_size=14),
)


def column(texts: list[str | None], twin: Callable[[pl.Expr], pl.Expr]) -> list[object]:
    return (
        pl.DataFrame({"text": texts}, schema={"text": pl.String})
        .select(twin(pl.col("text")))
        .to_series()
        .to_list()
    )


@given(BORN, st.integers(0, 9999), st.booleans())
def test_an_issued_number_states_its_birth_date_and_sex(born: date, serial: int, male: bool) -> None:
    iin = issue(born, serial, male=male)
    assume(iin is not None)
    assert iin is not None
    assert check(iin) is None
    assert birth_date(iin) == born
    assert sex(iin) == ("male" if male else "female")


@given(ISSUED, st.integers(0, 9))
def test_only_one_control_digit_agrees(iin: str, digit: int) -> None:
    assert (check(iin[:11] + str(digit)) is None) == (digit == int(iin[11]))


def test_a_number_whose_second_remainder_is_ten_is_never_issued() -> None:
    never = next(
        f"1203055{serial:04d}" for serial in range(10_000) if control_digit(f"1203055{serial:04d}") is None
    )
    assert all(check(never + digit) is IinFault.CONTROL for digit in "0123456789")


def test_a_first_remainder_of_ten_sends_the_number_through_the_second_weights() -> None:
    # 1·1 + 2·2 + 3·4 + 5·6 + 5·7 + 6·10 + 1·11 = 153, remainder 10; then 3 + 8 + 18 + 40 + 45 + 6 + 2 = 122.
    assert control_digit("12030550061") == 1


def test_invented_pupils_of_the_sample_lists_have_sound_numbers() -> None:
    sound = ["120305610009", "130405510018", "120505510028", "060509520015", "000105620024", "981130420033"]
    assert [check(iin) for iin in sound] == [None] * 6


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", IinFault.LENGTH),
        ("12030561000", IinFault.LENGTH),
        ("12030561000x", IinFault.DIGITS),
        ("+12030561000", IinFault.DIGITS),
        ("١٢٠٣٠٥٦١٠٠٠٩", IinFault.DIGITS),
        ("12030561000²", IinFault.DIGITS),
        ("120305010009", IinFault.CENTURY),
        ("120305710009", IinFault.CENTURY),
        ("121305510009", IinFault.DATE),
        ("110229510009", IinFault.DATE),
        ("000229310009", IinFault.DATE),
        ("120305610008", IinFault.CONTROL),
        ("120305610009", None),
    ],
)
def test_the_first_fault_is_named(text: str, fault: IinFault | None) -> None:
    assert check(text) is fault


def test_29_february_2000_is_a_day_and_29_february_1900_is_none() -> None:
    assert check("00022951000" + str(control_digit("00022951000"))) is None
    assert check("00022931000" + str(control_digit("00022931000"))) is IinFault.DATE


def test_a_faulty_number_has_neither_birth_date_nor_sex_and_no_error_repeats_it() -> None:
    for read in (birth_date, sex):
        with pytest.raises(BaiqauError, match="control digit") as error:
            read("120305610008")
        assert "120305610008" not in str(error.value)


@pytest.mark.parametrize("first11", ["", "1203056100", "1203056100x", "١٢٠٣٠٥٦١٠٠٠"])
def test_a_control_digit_takes_eleven_ascii_digits(first11: str) -> None:
    with pytest.raises(ValueError, match="eleven ASCII digits"):
        control_digit(first11)


# --- zeros ---


@given(ISSUED)
def test_zeros_that_a_spreadsheet_dropped_come_back(iin: str) -> None:
    assert restore_zeros(str(int(iin))) == iin
    assert restore_zeros(f"\u00a0{int(iin)}.0 ") == iin


@pytest.mark.parametrize(
    "text", ["9.01012E+11", "6,05095E+10", "60509520016", "0", "", "60509520015.5", "1 2"]
)
def test_what_cannot_be_sure_is_not_restored(text: str) -> None:
    assert restore_zeros(text) is None


def test_the_elbasy_list_gets_its_numbers_back_and_the_rounded_ones_stay_lost(shared: Path) -> None:
    path = shared / "samples" / "synthetic" / "elbasy_iin_zero_lost.SYNTHETIC.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 3
    for row in rows:
        assert restore_zeros(row["iin_excel_number"]) == row["iin_true"]
        assert restore_zeros(row["iin_excel_scientific"]) is None


# --- columns ---


@given(st.lists(TEXTS | st.none(), max_size=20))
@example([None, "", "000000000000", "000229310009", "999999999999", "12030561000٩", "120305610009\n"])
def test_the_column_twins_agree_with_the_scalar_functions(texts: list[str | None]) -> None:
    faults = [None if text is None else check(text) is None for text in texts]
    assert column(texts, iin_valid) == faults
    assert column(texts, iin_birth_date) == [
        birth_date(text) if text is not None and check(text) is None else None for text in texts
    ]
    assert column(texts, iin_restored) == [None if text is None else restore_zeros(text) for text in texts]


@given(st.lists(DIGITS, max_size=30))
def test_columns_and_scalars_agree_on_numbers_of_every_date(numbers: list[str]) -> None:
    mended = [number[:11] + str(control_digit(number[:11]) or 0) for number in numbers]
    assert column([*mended], iin_valid) == [check(number) is None for number in mended]


def test_columns_and_scalars_agree_on_every_last_day_of_february_and_every_century_digit() -> None:
    first11 = [
        f"{year:02d}02{day}{century}0001"
        for year in range(100)
        for day in (28, 29, 30)
        for century in range(10)
    ]
    numbers = [first + str(control_digit(first)) for first in first11 if control_digit(first) is not None]
    assert column([*numbers], iin_valid) == [check(number) is None for number in numbers]


def test_a_column_keeps_its_name_and_length_in_a_lazy_plan() -> None:
    lazy = pl.LazyFrame({"iin": ["120305610009", "x", None]})
    plan = lazy.with_columns(
        iin_valid(pl.col("iin")).alias("ok"), iin_birth_date(pl.col("iin")).alias("born")
    )
    assert plan.collect()["ok"].to_list() == [True, False, None]
    assert plan.collect()["born"].to_list() == [date(2012, 3, 5), None, None]
    assert lazy.select(iin_restored(pl.col("iin"))).collect().schema == {"iin": pl.String}


# --- neighbours ---


@given(ISSUED, st.integers(0, 11), st.sampled_from("0123456789"))
def test_a_number_one_digit_away_is_found(iin: str, at: int, digit: str) -> None:
    typed = iin[:at] + digit + iin[at + 1 :]
    assert one_digit_neighbours(typed, {iin}) == ([iin] if typed != iin else [])


@given(ISSUED, st.integers(0, 10))
def test_a_swap_of_two_neighbouring_digits_is_found(iin: str, at: int) -> None:
    typed = iin[:at] + iin[at + 1] + iin[at] + iin[at + 2 :]
    assert one_digit_neighbours(typed, {iin}) == ([iin] if typed != iin else [])


@given(DIGITS, st.sets(DIGITS, max_size=5))
def test_neighbours_are_what_the_definition_says(iin: str, others: set[str]) -> None:
    others |= {iin[:4] + iin[6:] + "00", iin[::-1], iin}
    assert one_digit_neighbours(iin, others) == sorted(other for other in others if is_neighbour(iin, other))


def is_neighbour(one: str, other: str) -> bool:
    differing = [at for at in range(12) if one[at] != other[at]]
    if len(differing) != 2:
        return len(differing) == 1
    left, right = differing
    return right == left + 1 and one[left] == other[right] and one[right] == other[left]


def test_a_text_that_is_no_number_has_no_neighbours() -> None:
    assert one_digit_neighbours("1203056100", {"120305610009"}) == []
    assert one_digit_neighbours("12030561000x", {"120305610009"}) == []
