"""The individual identification number (IIN, ЖСН, ИИН).

YYMMDD, a digit for century and sex, four serial digits, a control digit. The control digit misses 9 % of one-digit
errors (weight 11 does not protect the eleventh digit), so a number that passes is plausible, not proved: match the name
or the birth date as well.

Each polars expression here is the twin of a scalar function, and a property test holds the two equal.
No error names a number: an IIN is personal data.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.errors import BaiqauError

LENGTH: Final = 12
_ELEVEN_DIGITS: Final = re.compile(r"[0-9]{11}")
_FIRST_WEIGHTS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURIES: Final = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
_EXCEL_NUMBER: Final = r"^([0-9]{1,12})(?:[.,]0)?$"
_EDGES: Final = " \t\r\n\u00a0\u202f"


class IinFault(StrEnum):
    """Why a text is not an IIN; the first fault in this order is the one reported."""

    LENGTH = "not twelve characters long"
    DIGITS = "not all characters are the digits 0 to 9"
    CENTURY = "the seventh digit names no century"
    DATE = "the first six digits are no date"
    CONTROL = "the control digit does not agree"


class InvalidIinError(BaiqauError):
    """The text is not an IIN; the message gives the fault and never the number."""

    def __init__(self, fault: IinFault) -> None:
        super().__init__(f"the IIN cannot be read: {fault}; correct it in the list it came from")
        self.fault = fault


def control_digit(first11: str) -> int | None:
    """The control digit of an IIN from its first eleven digits; None where the number is never issued.

    Raises ValueError unless given eleven ASCII digits.
    """
    if not _ELEVEN_DIGITS.fullmatch(first11):
        raise ValueError("control_digit takes eleven ASCII digits")
    digits = [int(digit) for digit in first11]
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        remainder = sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if remainder != 10:
            return remainder
    return None


def check(iin: str) -> IinFault | None:
    """The first fault of `iin`, or None where it is well formed."""
    if len(iin) != LENGTH:
        return IinFault.LENGTH
    if not _all_digits(iin):
        return IinFault.DIGITS
    if iin[6] not in _CENTURIES:
        return IinFault.CENTURY
    if _date_of(iin) is None:
        return IinFault.DATE
    return None if _control_agrees(iin) else IinFault.CONTROL


def birth_date(iin: str) -> date:
    """The birth date the IIN states. Raises InvalidIinError where `check` finds a fault."""
    _refuse_faulty(iin)
    born = _date_of(iin)
    if born is None:
        raise InvalidIinError(IinFault.DATE)
    return born


def sex(iin: str) -> Literal["male", "female"]:
    """The sex the IIN states (an odd seventh digit is male). Raises InvalidIinError where it is faulty."""
    _refuse_faulty(iin)
    return "male" if iin[6] in "135" else "female"


def restore_zeros(text: str) -> str | None:
    """The twelve digits of an IIN whose leading zeros a spreadsheet dropped, or None where that is not sure.

    Zeros come back only if the date and the control digit then agree: `60509520015` does, `9.01012E+11` has
    lost digits that nothing restores. A sound IIN comes back as it is; white space and a `.0` are dropped.
    """
    number = re.match(_EXCEL_NUMBER, text.strip(_EDGES))
    if number is None:
        return None
    padded = number[1].zfill(LENGTH)
    return padded if check(padded) is None else None


def one_digit_neighbours(iin: str, candidates: AbstractSet[str]) -> list[str]:
    """The candidates one digit, or one swap of two neighbouring digits, away from `iin`, in ascending order.

    For the explanation of a registration that matched nobody; never a match by itself. 119 set look-ups,
    whatever the size of the list. A text that is not twelve digits has no neighbours.
    """
    if len(iin) != LENGTH or not _all_digits(iin):
        return []
    return sorted((_one_digit_off(iin) | _one_swap_off(iin)) & candidates)


def _one_digit_off(iin: str) -> set[str]:
    places = range(LENGTH)
    return {iin[:at] + digit + iin[at + 1 :] for at in places for digit in "0123456789" if digit != iin[at]}


def _one_swap_off(iin: str) -> set[str]:
    pairs = enumerate(pairwise(iin))
    return {iin[:at] + right + left + iin[at + 2 :] for at, (left, right) in pairs if left != right}


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()  # isdigit alone takes Arabic and other digits


def _control_agrees(number: str) -> bool:
    return control_digit(number[:11]) == int(number[11])


def _refuse_faulty(iin: str) -> None:
    fault = check(iin)
    if fault is not None:
        raise InvalidIinError(fault)


def _date_of(iin: str) -> date | None:
    try:
        return date(_CENTURIES[iin[6]] + int(iin[0:2]), int(iin[2:4]), int(iin[4:6]))
    except ValueError:
        return None


# --- the same over columns: one pass of integer arithmetic a batch ---

_Integers = NDArray[np.int64]
_Booleans = NDArray[np.bool_]


def iin_valid(iin: pl.Expr) -> pl.Expr:
    """Boolean, null where `iin` (String) is null: whether `check` would find no fault."""
    return iin.map_batches(_valid, return_dtype=pl.Boolean, is_elementwise=True)


def iin_birth_date(iin: pl.Expr) -> pl.Expr:
    """Date, null where `iin` (String) is null or faulty: `birth_date` over a column."""
    return iin.map_batches(_birth_dates, return_dtype=pl.Date, is_elementwise=True)


def iin_restored(text: pl.Expr) -> pl.Expr:
    """String, null where the digits cannot be restored: `restore_zeros` over a column."""
    padded = text.str.strip_chars(_EDGES).str.extract(_EXCEL_NUMBER).str.zfill(LENGTH)
    return padded.map_batches(_only_valid, return_dtype=pl.String, is_elementwise=True)


def _valid(iins: pl.Series) -> pl.Series:
    return _where(iins.is_not_null(), pl.Series(iins.name, _sound(_numbers(iins))))


def _birth_dates(iins: pl.Series) -> pl.Series:
    numbers = _numbers(iins)
    sound = _sound(numbers)
    # An unsound number's date is masked below; 1 January 1970 keeps its arithmetic within range.
    months = np.where(sound, (_years(numbers) - 1970) * 12 + _months(numbers) - 1, 0).astype("datetime64[M]")
    days = np.where(sound, _days(numbers) - 1, 0).astype("timedelta64[D]")
    return _where(pl.Series(sound), pl.Series(iins.name, months.astype("datetime64[D]") + days))


def _only_valid(iins: pl.Series) -> pl.Series:
    return _where(pl.Series(_sound(_numbers(iins))), iins)


def _where(condition: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(values).alias(values.name)).to_series()


def _numbers(iins: pl.Series) -> _Integers:
    """The numbers of exactly twelve ASCII digits; for anything else 0, which names no century."""
    written = _where(iins.str.contains(r"^[0-9]{12}$"), iins)
    numbers: _Integers = written.cast(pl.Int64).fill_null(0).to_numpy()
    return numbers


def _sound(numbers: _Integers) -> _Booleans:
    sound: _Booleans = _date_exists(numbers) & (_control_digits(numbers) == numbers % 10)
    return sound


def _digit(numbers: _Integers, at: int) -> _Integers:
    digits: _Integers = numbers // 10 ** (LENGTH - 1 - at) % 10
    return digits


def _control_digits(numbers: _Integers) -> _Integers:
    """The control digits, 10 where the number is never issued."""
    first = np.zeros_like(numbers)
    second = np.zeros_like(numbers)
    for at, (weight, second_weight) in enumerate(zip(_FIRST_WEIGHTS, _SECOND_WEIGHTS, strict=True)):
        digits = _digit(numbers, at)
        first += digits * weight
        second += digits * second_weight
    return np.where(first % 11 == 10, second % 11, first % 11)


def _years(numbers: _Integers) -> _Integers:
    return 1800 + (_digit(numbers, 6) - 1) // 2 * 100 + numbers // 10**10


def _months(numbers: _Integers) -> _Integers:
    return numbers // 10**8 % 100


def _days(numbers: _Integers) -> _Integers:
    return numbers // 10**6 % 100


def _date_exists(numbers: _Integers) -> _Booleans:
    century, months, days = _digit(numbers, 6), _months(numbers), _days(numbers)
    in_calendar = (months >= 1) & (months <= 12) & (days >= 1) & (days <= _days_in_month(numbers))
    return (century >= 1) & (century <= 6) & in_calendar


def _days_in_month(numbers: _Integers) -> _Integers:
    years, months = _years(numbers), _months(numbers)
    leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    # 31 and 30 alternate, and begin anew in August.
    return np.where(months == 2, 28 + leap, 30 + (months + months // 8) % 2)
