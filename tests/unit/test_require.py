"""Conditions on one column: what is missing, unconfirmed or no right IIN is out."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ZONE, at, codes_of, iin_of, law, verdicts_of

from jobs.binding import Zone
from jobs.errors import ParameterFault
from jobs.iin import check
from jobs.require import Condition, require
from jobs.verdicts import Decisions

WRONG = "140305500001"


def column(name: str, *values: object, **others: list[object]) -> pl.DataFrame:
    return pl.DataFrame({"entry": [str(n) for n in range(len(values))], name: list(values), **others})


def required(
    entries: pl.DataFrame,
    *,
    column: str,
    is_: Condition,
    at: str | None = None,
    differs_from: str | None = None,
    zone: str = ZONE,
) -> Decisions:
    return require(entries, column=column, is_=is_, zone=Zone(zone), at=at, differs_from=differs_from)


def test_present_means_any_value() -> None:
    entries = column("phone", "+77000000000", None)
    verdicts = required(entries, column="phone", is_="present").verdicts
    assert verdicts_of(verdicts) == {"0": "in", "1": "out"}
    assert codes_of(verdicts)["1"] == "phone-not-present"
    assert verdicts["why"].to_list() == ["phone: in order", "phone: not given"]


def test_true_means_said_and_true() -> None:
    entries = column("phone_confirmed", True, False, None)
    verdicts = required(entries, column="phone_confirmed", is_="true").verdicts
    assert verdicts_of(verdicts) == {"0": "in", "1": "out", "2": "out"}
    assert codes_of(verdicts)["2"] == "phone-confirmed-not-true"


def test_an_iin_has_twelve_digits_a_date_and_a_control_digit() -> None:
    right = iin_of("a")
    entries = column("iin", right, WRONG, right[:-1], "14130550000x", None, "")
    verdicts = verdicts_of(required(entries, column="iin", is_="iin").verdicts)
    assert verdicts == {"0": "in", "1": "out", "2": "out", "3": "out", "4": "out", "5": "out"}


@law
@given(st.lists(st.text("0123456789", min_size=11, max_size=12), max_size=8))
def test_a_number_is_in_exactly_when_the_scalar_check_has_no_fault(numbers: list[str]) -> None:
    entries = column("iin", *numbers) if numbers else column("iin", "").clear()
    verdicts = verdicts_of(required(entries, column="iin", is_="iin").verdicts)
    assert verdicts == {str(n): "in" if check(number) is None else "out" for n, number in enumerate(numbers)}


@pytest.mark.parametrize(
    ("born", "verdict"),
    [("080119", "in"), ("080120", "in"), ("080121", "out"), ("140305", "out")],
    ids=["a day after the 18th birthday", "on the 18th birthday", "a day before it", "a child"],
)
def test_a_guardian_is_of_age_from_the_18th_birthday_on(born: str, verdict: str) -> None:
    entries = column("guardian_iin", iin_of("g", born=born), when=[at("2026-01-20 12:00")])
    decided = required(entries, column="guardian_iin", is_="adult-iin", at="when").verdicts
    assert decided["verdict"].to_list() == [verdict]


@pytest.mark.parametrize(
    ("moment", "zone", "verdict"),
    [
        ("2026-01-20 00:00:00", "Asia/Almaty", "in"),
        ("2026-01-19 23:59:59", "Asia/Almaty", "out"),
        ("2026-01-20 00:00:00", "UTC", "out"),
        ("2026-01-20 05:00:00", "UTC", "in"),
    ],
    ids=["midnight in Almaty", "a second before it", "still yesterday in UTC", "midnight in UTC"],
)
def test_a_guardians_18th_birthday_begins_at_midnight_of_the_contests_zone(
    moment: str, zone: str, verdict: str
) -> None:
    entries = column("guardian_iin", iin_of("g", born="080120"), when=[at(moment)])
    decided = required(entries, column="guardian_iin", is_="adult-iin", at="when", zone=zone).verdicts
    assert decided["verdict"].to_list() == [verdict]


def test_who_registered_at_an_unknown_time_is_of_unknown_age() -> None:
    entries = column("guardian_iin", iin_of("g", "850917", "4"), when=[None])
    dated = entries.with_columns(pl.col("when").cast(pl.Datetime("us", "UTC")))
    assert verdicts_of(required(dated, column="guardian_iin", is_="adult-iin", at="when").verdicts) == {
        "0": "out"
    }


def test_the_pupils_own_iin_is_nobodys_guardian_even_where_the_pupil_is_of_age() -> None:
    adult, other = iin_of("a", "850917", "4"), iin_of("b", "850917", "4")
    when: list[object] = [datetime.fromisoformat("2026-01-20T12:00:00Z")] * 2
    entries = column("guardian_iin", adult, other, iin=[adult, adult], when=when)
    decided = required(
        entries, column="guardian_iin", is_="adult-iin", at="when", differs_from="iin"
    ).verdicts
    assert decided["verdict"].to_list() == ["out", "in"]


def test_an_unknown_iin_beside_it_is_no_equality() -> None:
    entries = column("a", "x", iin=[None]).with_columns(pl.col("iin").cast(pl.String))
    assert required(entries, column="a", is_="present", differs_from="iin").verdicts["verdict"][0] == "in"


def test_no_iin_stands_in_a_verdict() -> None:
    verdicts = required(column("iin", WRONG), column="iin", is_="iin").verdicts
    assert WRONG not in str(verdicts.drop("entry").rows())


def test_the_age_needs_the_day_on_which_it_counts() -> None:
    with pytest.raises(ParameterFault, match="`at`"):
        required(column("iin", WRONG), column="iin", is_="adult-iin")
