"""Points are exact numbers whichever of the three forms they are written in; nothing is rounded."""

from fractions import Fraction
from math import lcm

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law

from jobs.award import award
from jobs.equals import ranked
from jobs.errors import ParameterFault
from jobs.exact import FORM, PointsFault, exact, number, spelled, together, written
from jobs.qualify import qualify
from jobs.team_mean import team_mean
from jobs.total import total

FRACTIONS = st.fractions(min_value=0, max_value=1000, max_denominator=40)


def column(*points: object) -> pl.Series:
    return pl.Series("score", [None if each is None else str(each) for each in points], dtype=pl.String)


def entries(*points: object) -> pl.DataFrame:
    return pl.DataFrame({"entry": [f"p{at}" for at in range(1, len(points) + 1)], "score": column(*points)})


def values(points: pl.Series) -> list[Fraction | None]:
    read = exact(points)
    return [None if each is None else Fraction(each, read.denominator) for each in read.values]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("59", Fraction(59)), ("59.5", Fraction(119, 2)), ("59.125", Fraction(473, 8)), ("59 1/3", Fraction(178, 3)),
        ("0 17/29", Fraction(17, 29)), ("-1.5", Fraction(-3, 2)), ("-1 1/3", Fraction(-4, 3)), ("007", Fraction(7)),
    ],
)  # fmt: skip
def test_each_form_is_the_number_it_says_alone_and_in_a_column(text: str, value: Fraction) -> None:
    assert number(text, "key") == value
    assert values(column(text, "0 1/7")) == [value, Fraction(1, 7)]


@pytest.mark.parametrize("text", ["", "1/3", "5.", ".5", "1e3", "59.1234", "59 1/0", "ten", "59  1/3"])
def test_what_is_in_none_of_the_forms_is_refused(text: str) -> None:
    with pytest.raises(PointsFault, match="no number of points"):
        exact(column("1", text))
    with pytest.raises(ParameterFault, match="key: "):
        number(text, "key")


def test_floats_are_refused_and_whole_numbers_and_decimals_are_not() -> None:
    with pytest.raises(PointsFault, match="Float64"):
        exact(pl.Series("score", [59.5]))
    assert values(pl.Series([3, None])) == [Fraction(3), None]
    assert values(column("59.5").cast(pl.Decimal(10, 2))) == [Fraction(119, 2)]


def test_denominators_too_long_for_a_comparison_are_said_and_never_wrap_around() -> None:
    primes = [999999937, 999999929, 999999893, 999999883, 999999797, 999999761]
    with pytest.raises(PointsFault, match="too long"):
        exact(column(*(f"1 1/{prime}" for prime in primes)))


@law
@given(st.lists(FRACTIONS | FRACTIONS.map(lambda each: -each), min_size=1, max_size=8))
def test_what_is_written_reads_back_as_the_same_number(numbers: list[Fraction]) -> None:
    common = lcm(*(each.denominator for each in numbers))
    above = pl.Series([each.numerator * (common // each.denominator) for each in numbers], dtype=pl.Int128)
    text = written(above, common)
    assert text.str.contains(FORM).all()
    assert values(text) == numbers
    assert [spelled(each) for each in numbers] == text.to_list()


@law
@given(st.lists(FRACTIONS, min_size=1, max_size=8))
def test_the_order_is_that_of_the_fractions(numbers: list[Fraction]) -> None:
    ranks = ranked(entries(*map(spelled, numbers)), "score")["rank"].to_list()
    assert ranks == [1 + sum(other > each for other in numbers) for each in numbers]


@law
@given(st.lists(FRACTIONS, min_size=1, max_size=8), FRACTIONS)
def test_a_border_is_reached_by_nothing_below_it(numbers: list[Fraction], border: Fraction) -> None:
    read = exact(column(*map(spelled, numbers)))
    assert read.at_least(border).to_list() == [each >= border for each in numbers]
    assert read.at_most(border).to_list() == [each <= border for each in numbers]


def test_seventeen_twenty_ninths_lie_between_their_decimal_neighbours() -> None:
    ranks = ranked(entries("0.586", "0 17/29", "0.587", "0 34/58"), "score")
    assert ranks.select("rank", "tied").rows() == [(4, 1), (2, 2), (1, 1), (2, 2)]


def test_columns_are_brought_to_one_denominator() -> None:
    (first, second), below = together(column("0.5"), column("0 1/3"))
    assert (Fraction(first[0], below), Fraction(second[0], below)) == (Fraction(1, 2), Fraction(1, 3))


# --- thresholds, bands, sums and means ---


@pytest.mark.parametrize(
    ("points", "code"), [("60", "reaches-least"), ("59 29/30", "below-least"), (None, "no-score")]
)
def test_a_threshold_takes_whoever_reaches_it_and_nobody_else(points: str | None, code: str) -> None:
    made = qualify(entries(points), points="score", least="60")
    assert made.verdicts["code"].to_list() == [code]


def test_a_threshold_shows_how_many_sat_and_entered_and_the_first_one_out() -> None:
    table = entries("21", "18", "17 2/3", "3", None).with_columns(group=pl.lit("piano"))
    made = qualify(table, points="score", least="18")
    assert made.evidence["cut"].rows(named=True) == [
        {"group": "piano", "sat": 4, "entered": 2, "cut": "18", "first_out": "17 2/3"}
    ]


def test_bands_are_exact() -> None:
    made = award(
        entries("57", "56 59/60", "48"), points="score", awards=["1", "2", "d"], bands=["57", "54", "48"]
    )
    assert made.columns is not None
    assert made.columns["award"].to_list() == ["1", "2", "d"]


def team(*scores: str | None, **keys: str) -> tuple[str, str | None]:
    people = [f"a{at}" for at in range(len(scores))]
    results = pl.DataFrame(
        {"participant": people, "score": scores, "stage": ["stage-3"] * len(scores)},
        schema={"participant": pl.String, "score": pl.String, "stage": pl.String},
    ).drop_nulls()
    made = team_mean(
        pl.DataFrame({"entry": ["w"], "authors": [" ".join(people)]}),
        results=results,
        authors="authors",
        **keys,
    )
    assert made.columns is not None
    return made.verdicts["code"][0], made.columns["score"][0]


@pytest.mark.parametrize(
    ("scores", "mean", "verdict"),
    [
        (["59", "60"], "59.5", "out"),
        (["59", "61"], "60", "in"),
        (["60", "60", "59"], "59 2/3", "out"),
        (["60"], "60", "in"),
    ],
)
def test_a_team_of_59_and_a_half_fails_and_of_60_passes(scores: list[str], mean: str, verdict: str) -> None:
    assert team(*scores) == ("team-averaged", mean)
    assert qualify(entries(mean), points="score", least="60").verdicts["verdict"].to_list() == [verdict]


def test_a_team_with_an_author_who_has_no_result_is_asked_about() -> None:
    assert team("60", None) == ("author-without-result", None)
    assert team() == ("author-without-result", None)
    assert team("60", stage="stage-2") == ("author-without-result", None)


def test_an_author_with_two_results_is_asked_about() -> None:
    results = pl.DataFrame({"participant": ["a", "a"], "score": ["60", "50"]})
    made = team_mean(pl.DataFrame({"entry": ["w"], "authors": ["a"]}), results=results, authors="authors")
    assert made.verdicts["code"].to_list() == ["author-with-two-results"]


@pytest.mark.parametrize(
    ("weights", "sum_"), [(None, "25 5/6"), (["1", "0.5"], "18 2/3"), (["0 1/2", "0 1/2"], "12 11/12")]
)
def test_a_sum_is_exact_and_may_be_weighted(weights: list[str] | None, sum_: str) -> None:
    table = pl.DataFrame({"entry": ["p", "q"], "a": ["11.5", "1"], "b": ["14 1/3", None]})
    made = total(table, columns=["a", "b"], weights=weights)
    assert made.columns is not None
    assert made.columns["score"].to_list() == [sum_, None]
    assert made.verdicts["code"].to_list() == ["totalled", "part-missing"]


@pytest.mark.parametrize(
    ("keys", "told"),
    [({"columns": ["c"]}, "no column c"), ({"columns": ["a"], "weights": ["1", "2"]}, "1 columns for 2")],
)
def test_columns_and_weights_that_do_not_fit_are_refused(keys: dict[str, list[str]], told: str) -> None:
    with pytest.raises(ParameterFault, match=told):
        total(pl.DataFrame({"entry": ["p"], "a": ["1"]}), **keys)  # type: ignore[arg-type]  # lists of text
