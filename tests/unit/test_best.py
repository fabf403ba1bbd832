"""Of several works of one person the best counts."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, law, shuffled, verdicts_of

from jobs.best import best
from jobs.verdicts import Decisions

POINTS = ["likes", "shares"]
Work = tuple[str, str | None, int | None, int | None]


def works(*rows: Work) -> pl.DataFrame:
    schema = {"entry": pl.String, "participant": pl.String, "likes": pl.Int64, "shares": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def decided(entries: pl.DataFrame) -> Decisions:
    return best(entries, of="participant", points=POINTS)


def test_the_work_with_the_most_points_stays_and_the_others_name_it() -> None:
    entries = works(("a", "x", 5, 1), ("b", "x", 2, 9), ("c", "y", 1, 0))
    verdicts = decided(entries).verdicts
    assert verdicts_of(verdicts) == {"a": "out", "b": "in", "c": "in"}
    assert codes_of(verdicts) == {"a": "better-entry", "b": "best-entry", "c": "best-entry"}
    assert verdicts["facts"][0] == '{"points":"6","better":"b","better_points":"11"}'
    assert verdicts["why"][0] == "6 points; b with 11 is the one of this participant that counts"


def test_an_unknown_count_adds_nothing() -> None:
    entries = works(("a", "x", 5, None), ("b", "x", 4, 0), ("c", "y", None, None), ("d", "y", 0, 0))
    assert verdicts_of(decided(entries).verdicts) == {"a": "in", "b": "out", "c": "in", "d": "out"}


def test_of_equal_works_the_earlier_stays_and_an_unknown_time_is_the_latest() -> None:
    entries = works(("a", "x", 1, 1), ("b", "x", 2, 0), ("c", "x", 0, 2)).with_columns(
        posted_at=pl.Series([None, date(2025, 4, 2), date(2025, 4, 1)])
    )
    assert verdicts_of(decided(entries).verdicts) == {"a": "out", "b": "out", "c": "in"}


def test_works_of_nobody_known_are_not_one_persons() -> None:
    entries = works(("a", None, 1, 1), ("b", None, 2, 0))
    assert verdicts_of(decided(entries).verdicts) == {"a": "in", "b": "in"}


def test_nobody_gives_no_verdict() -> None:
    assert decided(works()).verdicts.height == 0


@law
@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 3), st.integers(0, 3)), max_size=10),
    st.integers(0, 99),
)
def test_one_work_a_person_stays_in_any_order_and_no_other_has_more_points(
    rows: list[tuple[str, int, int]], seed: int
) -> None:
    entries = works(*((f"w{n}", *row) for n, row in enumerate(rows)))
    kept = {entry for entry, verdict in verdicts_of(decided(entries).verdicts).items() if verdict == "in"}
    assert verdicts_of(decided(shuffled(entries, seed)).verdicts) == verdicts_of(decided(entries).verdicts)
    totals = {entry: (owner, likes + shares) for entry, owner, likes, shares in entries.iter_rows()}
    assert sorted(totals[entry][0] for entry in kept) == sorted({owner for owner, _ in totals.values()})
    for entry in kept:
        owner, total = totals[entry]
        assert total == max(points for who, points in totals.values() if who == owner)
