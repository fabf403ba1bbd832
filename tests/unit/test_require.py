"""Conditions on one column: what is missing, unconfirmed or no right IIN is out."""

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ZONE, at, codes_of, iin_of, law, verdicts_of

from jobs.binding import Lookup, Zone
from jobs.errors import ParameterFault
from jobs.iin import check
from jobs.require import Condition, Outcome, require
from jobs.verdicts import Decisions

WRONG = "140305500001"
HASHTAGS = Lookup(
    "region", {"KZ-10": "#UchitelNovatorBilimClassAbay", "KZ-33": "UchitelNovatorBilimClassZhetisu"}
)


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


# --- other conditions: the draws ---


def asked(entries: pl.DataFrame, **keys: Any) -> pl.DataFrame:
    return require(entries, zone=Zone(ZONE), **keys).verdicts


def test_false_means_said_and_false() -> None:
    verdicts = asked(column("civil_servant", False, True, None), column="civil_servant", is_="false")
    assert verdicts_of(verdicts) == {"0": "in", "1": "out", "2": "out"}
    assert codes_of(verdicts) == {
        "0": "required", "1": "civil-servant-not-false", "2": "civil-servant-not-told",
    }  # fmt: skip
    assert verdicts["why"].to_list()[1:] == [
        "civil servant: yes, where the rule wants no",
        "civil servant: not told",
    ]


def tagged(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    schema = {"region": pl.String, "hashtags": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        entry=pl.int_range(pl.len()).cast(pl.String)
    )


@pytest.mark.parametrize(
    "hashtags",
    [
        "uchitelnovatorbilimclassabay",
        "#UchitelNovatorBilimClassAbay",
        "sabaq #UCHITELNOVATORBILIMCLASSABAY bilim",
        "#sabaq#uchitelnovatorbilimclassabay",
        "sabaq\u00a0UchitelNovatorBilimClassAbay",
    ],
)
def test_the_hashtag_of_the_own_region_is_found_however_it_is_written(hashtags: str) -> None:
    decided = asked(tagged(("KZ-10", hashtags)), column="hashtags", contains=HASHTAGS)
    assert decided["verdict"].to_list() == ["in"]


@pytest.mark.parametrize(
    ("region", "hashtags"),
    [
        ("KZ-10", "uchitelnovatorbilimclasszhetisu"),
        ("KZ-10", "uchitelnovatorbilimclassabayoblysy"),
        ("KZ-10", "myuchitelnovatorbilimclassabay"),
        ("KZ-10", ""),
        ("KZ-75", "uchitelnovatorbilimclassabay"),
    ],
    ids=["of another region", "a longer one", "the end of one", "none", "a region without one"],
)
def test_another_hashtag_is_not_that_of_the_own_region(region: str | None, hashtags: str) -> None:
    decided = asked(tagged((region, hashtags)), column="hashtags", contains=HASHTAGS)
    assert decided.select("verdict", "code").rows() == [("out", "hashtags-not-own")]


def test_a_failing_hashtag_names_the_one_that_was_expected() -> None:
    decided = asked(tagged(("KZ-10", "sabaq"), ("KZ-33", None)), column="hashtags", contains=HASHTAGS)
    assert decided["why"][0] == "hashtags: lacks the one of its region: #UchitelNovatorBilimClassAbay"
    assert decided["facts"][0] == '{"wanted":"#UchitelNovatorBilimClassAbay"}'
    assert codes_of(decided)["1"] == "hashtags-not-own"  # no word at all is not the own one


def test_whose_region_is_not_known_has_no_own_hashtag_to_lack() -> None:
    nowhere = tagged((None, "uchitelnovatorbilimclassabay"))
    decided = asked(nowhere, column="hashtags", contains=HASHTAGS, unknown="undecided")
    assert codes_of(decided) == {"0": "hashtags-not-told"} and verdicts_of(decided) == {"0": "undecided"}


def test_one_of_a_list_in_small_letters_or_capitals() -> None:
    networks = column("platform", "instagram", "TikTok", "other", None).with_columns(
        pl.col("platform").cast(pl.Enum(["instagram", "TikTok", "other"]))
    )
    decided = asked(networks, column="platform", one_of=["Instagram", "tiktok"])
    assert verdicts_of(decided) == {"0": "in", "1": "in", "2": "out", "3": "out"}
    assert codes_of(decided)["2"] == "platform-not-one-of"
    assert decided["why"][2] == "platform: other, allowed Instagram, tiktok"


def test_a_video_lasts_3_to_15_minutes_to_the_millisecond() -> None:
    lengths = column("duration_ms", 179_999, 180_000, 900_000, 900_001, None)
    decided = asked(lengths, column="duration_ms", between=[180_000, 900_000])
    assert decided["verdict"].to_list() == ["out", "in", "in", "out", "out"]
    assert decided["code"].to_list()[3:] == ["duration-ms-not-between", "duration-ms-not-told"]
    assert decided["why"].to_list()[::3] == [
        "duration: 179.999 s, allowed 180 to 900",
        "duration: 900.001 s, allowed 180 to 900",
    ]


@pytest.mark.parametrize(
    ("length", "seconds"), [(901_200, "901.2"), (0, "0"), (100_000, "100"), (20, "0.02")]
)
def test_milliseconds_are_worded_in_seconds(length: int, seconds: str) -> None:
    (why,) = asked(column("duration_ms", length), column="duration_ms", between=[180_000, 900_000])["why"]
    assert why == f"duration: {seconds} s, allowed 180 to 900"


def test_grades_2_to_11_take_part() -> None:
    decided = asked(column("grade", 1, 2, 11, 12), column="grade", between=[2, 11])
    assert decided["verdict"].to_list() == ["out", "in", "in", "out"]
    assert decided["facts"][0] == '{"value":"1","least":"2","most":"11"}'


@pytest.mark.parametrize("outcome", ["out", "undecided", "in"])
def test_what_is_not_told_and_what_fails_get_the_verdicts_that_the_rulebook_names(outcome: Outcome) -> None:
    told = column("approved", True, False, None)
    unknown = asked(told, column="approved", is_="true", unknown=outcome)
    assert unknown["verdict"].to_list() == ["in", "out", outcome]
    failing = asked(told, column="approved", is_="true", otherwise=outcome, unknown="undecided")
    assert failing["verdict"].to_list() == ["in", outcome, "undecided"]
    assert failing["code"].to_list() == ["required", "approved-not-true", "approved-not-told"]


def test_what_stays_in_although_it_fails_is_listed_with_its_code() -> None:
    (row,) = asked(column("fb_shared", None), column="fb_shared", is_="true", unknown="in").rows(named=True)
    assert (row["verdict"], row["code"], row["why"]) == ("in", "fb-shared-not-told", "fb shared: not told")


@pytest.mark.parametrize(
    "keys", [{}, {"is_": "present", "one_of": ["a"]}, {"between": [1, 2], "one_of": ["a"]}]
)
def test_exactly_one_condition_is_given(keys: dict[str, Any]) -> None:
    with pytest.raises(ParameterFault, match="exactly one of"):
        asked(column("a", "x"), column="a", **keys)


@pytest.mark.parametrize("bounds", [[], [1], [2, 1], [1, 2, 3]])
def test_two_bounds_in_their_order_are_given(bounds: list[int]) -> None:
    with pytest.raises(ParameterFault, match="between"):
        asked(column("grade", 1), column="grade", between=bounds)
