"""What a verdict says: the first case that holds, its code, its sentence with the figures in it."""

import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law

from jobs.verdicts import FEW, IN, OUT, UNDECIDED, VERDICT_SCHEMA, Case, judge, no_verdicts, words

PEOPLE = pl.DataFrame({"entry": ["a", "b", "c"], "points": [1, 2, None]})
FINE = words("fine", "nothing to say")


def test_the_figures_stand_in_the_sentence_and_in_the_facts() -> None:
    reason = words("few", "{points} points, {least} wanted", points=pl.col("points"), least=pl.lit(3))
    verdicts = judge(PEOPLE, Case(pl.col("points") < 3, OUT, reason), otherwise=FINE)
    assert verdicts["why"].to_list() == ["1 points, 3 wanted", "2 points, 3 wanted", "nothing to say"]
    assert [json.loads(facts) if facts else None for facts in verdicts["facts"]] == [
        {"points": "1", "least": "3"},
        {"points": "2", "least": "3"},
        None,
    ]


def test_a_sentence_may_begin_or_end_with_a_figure_or_have_none() -> None:
    reason = words("x", "{points}", points=pl.col("points"))
    assert judge(PEOPLE, otherwise=reason)["why"].to_list() == ["1", "2", ""]
    assert judge(PEOPLE, otherwise=FINE)["why"].to_list() == ["nothing to say"] * 3


def test_the_first_case_that_holds_decides() -> None:
    cases = (
        Case(pl.col("points") > 1, UNDECIDED, words("first", "first")),
        Case(pl.col("points") > 0, OUT, words("second", "second")),
    )
    assert judge(PEOPLE, *cases, otherwise=FINE).select("verdict", "code").rows() == [
        (OUT, "second"),
        (UNDECIDED, "first"),
        (IN, "fine"),
    ]


def test_an_unknown_condition_counts_as_false() -> None:
    verdicts = judge(PEOPLE, Case(pl.col("points") < 99, OUT, words("x", "x")), otherwise=FINE)
    assert verdicts.filter(entry="c")["verdict"].to_list() == [IN]


def test_verdicts_have_the_agreed_columns_also_where_there_is_nobody() -> None:
    everyone = Case(pl.lit(value=True), OUT, words("x", "x"))
    for table in (judge(PEOPLE, everyone, otherwise=FINE), judge(PEOPLE.clear(), everyone, otherwise=FINE)):
        assert dict(table.schema) == VERDICT_SCHEMA
    assert judge(PEOPLE.clear(), everyone, otherwise=FINE).height == 0
    assert no_verdicts().schema == VERDICT_SCHEMA


@law
@given(st.lists(st.integers(-5, 5) | st.none(), max_size=20), st.integers(-5, 5))
def test_every_entry_gets_exactly_one_verdict_in_its_own_order(points: list[int | None], border: int) -> None:
    entries = pl.DataFrame(
        {"entry": [f"e{n}" for n in range(len(points))], "points": points},
        schema={"entry": pl.String, "points": pl.Int64},
    )
    verdicts = judge(entries, Case(pl.col("points") < border, OUT, words("low", "low")), otherwise=FINE)
    assert verdicts["entry"].to_list() == entries["entry"].to_list()
    expected = [OUT if value is not None and value < border else IN for value in points]
    assert verdicts["verdict"].to_list() == expected


@law
@given(
    st.lists(st.integers(-5, 5) | st.none(), min_size=1, max_size=30), st.integers(-5, 5), st.integers(-5, 5)
)
def test_reasons_worded_one_by_one_are_those_worded_at_once(
    points: list[int | None], low: int, high: int
) -> None:
    entries = pl.DataFrame({"entry": [f"e{at}" for at in range(len(points))], "points": points}).with_columns(
        pl.col("points").cast(pl.Int64)
    )
    told = words("x", "{points} points", points=pl.col("points"))
    cases = (Case(pl.col("points") < low, OUT, told), Case(pl.col("points") > high, UNDECIDED, FINE))
    at_once = judge(entries, *cases, otherwise=told)
    copies = FEW // len(points) + 1
    many = pl.concat([entries] * copies)
    one_by_one = judge(many, *cases, otherwise=told)
    assert one_by_one.equals(pl.concat([at_once] * copies))
