"""Each work once, whatever addresses it came under."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, law, shuffled, verdicts_of

from jobs.unique import unique
from jobs.verdicts import Decisions

START = datetime(2020, 10, 3, tzinfo=UTC)
Row = tuple[str, str | None, str | None, int | None]


def works(*rows: Row) -> pl.DataFrame:
    schema = {"entry": pl.String(), "post": pl.String(), "sha": pl.String(), "at": pl.Datetime("us", "UTC")}
    days = [(*marks, None if day is None else START + timedelta(days=day)) for *marks, day in rows]
    return pl.DataFrame(days, schema=schema, orient="row").with_columns(who=pl.lit("teacher"))


def decided(entries: pl.DataFrame) -> Decisions:
    return unique(entries, on=["post", "sha"], first="at", of="who")


def kept_by(entries: pl.DataFrame) -> dict[str, str]:
    """Each entry and the one that is kept of its work."""
    facts = decided(entries).verdicts.select(
        "entry", pl.col("facts").str.json_path_match("$.kept").alias("kept")
    )
    return {entry: kept or entry for entry, kept in facts.iter_rows()}


def test_the_earliest_of_one_work_stays_and_the_others_name_it() -> None:
    entries = works(("a", "p", "1", 5), ("b", "p", "2", 3), ("c", "q", "3", 1))
    verdicts = decided(entries).verdicts
    assert verdicts_of(verdicts) == {"a": "out", "b": "in", "c": "in"}
    assert codes_of(verdicts) == {"a": "same-work", "b": "one-work", "c": "one-work"}
    assert verdicts["why"].to_list() == [
        "the same work as b, which came first",
        "the first of 2 entries of this work",
        "the first of 1 entries of this work",
    ]


def test_of_a_work_that_several_people_sent_in_each_ones_first_is_asked_about() -> None:
    entries = works(("a", "p", "1", 5), ("b", "p", "2", 3), ("c", "p", "3", 1), ("d", "q", "4", 1))
    named = entries.with_columns(who=pl.Series(["x", "y", "x", "x"]))
    assert codes_of(decided(named).verdicts) == {
        "a": "same-work", "b": "work-of-several", "c": "work-of-several", "d": "one-work"
    }  # fmt: skip
    assert verdicts_of(decided(named).verdicts)["b"] == "undecided"


def test_equality_of_any_one_mark_makes_one_work() -> None:
    assert kept_by(works(("a", "p", "1", 1), ("b", "p", None, 2), ("c", None, "1", 3))) == dict.fromkeys(
        "abc", "a"
    )


def test_two_works_that_are_one_with_a_third_are_one() -> None:
    assert kept_by(works(("b", "p", "1", 2), ("a", "p", "0", 1), ("c", "q", "1", 3))) == dict.fromkeys(
        "abc", "a"
    )


def test_what_is_unknown_is_no_equality() -> None:
    assert kept_by(works(("a", None, None, 1), ("b", None, None, 2))) == {"a": "a", "b": "b"}


def test_of_the_same_moment_the_smallest_id_stays_and_an_unknown_moment_is_the_latest() -> None:
    assert kept_by(works(("b", "p", None, 1), ("a", "p", None, 1))) == {"a": "a", "b": "a"}
    assert kept_by(works(("a", "p", None, None), ("b", "p", None, 9))) == {"a": "b", "b": "b"}


def test_a_long_chain_of_equalities_is_one_work() -> None:
    rows = [(f"w{n:03}", f"p{(n + 1) // 2}", f"s{n // 2}", 200 - n) for n in range(200)]
    assert set(kept_by(works(*rows)).values()) == {"w199"}


def test_nobody_gives_no_verdict() -> None:
    assert decided(works()).verdicts.height == 0


def together(rows: list[tuple[str | None, str | None]]) -> list[set[int]]:
    """The works by plain merging of sets."""
    works_: list[set[int]] = []
    for number, row in enumerate(rows):
        same = [
            work for work in works_
            if any(mark is not None and mark == rows[other][at] for other in work for at, mark in enumerate(row))
        ]  # fmt: skip
        works_ = [work for work in works_ if work not in same] + [{number}.union(*same)]
    return works_


MARKS = st.sampled_from(["1", "2", "3", "4", "5", None])


@law
@given(st.lists(st.tuples(MARKS, MARKS), max_size=10), st.integers(0, 99))
def test_each_work_keeps_its_first_entry_in_any_order(
    rows: list[tuple[str | None, str | None]], seed: int
) -> None:
    entries = works(*((f"w{n}", *row, n) for n, row in enumerate(rows)))
    wanted = {f"w{n}": f"w{min(work)}" for work in together(rows) for n in work}
    assert kept_by(entries) == kept_by(shuffled(entries, seed)) == wanted
