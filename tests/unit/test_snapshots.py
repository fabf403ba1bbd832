"""One work seen several times: which counts hold, what becomes of the rest, and what is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law, shuffled, table

from jobs.snapshots import Merged, merge_snapshots

MAY = datetime(2025, 5, 12, 13, tzinfo=UTC)
COUNTS = ("likes", "shares", "comments")


def hours(number: int) -> datetime:
    return MAY + timedelta(hours=number)


def work(**given: Any) -> dict[str, Any]:
    return {"work_id": "w", "participant": "t", "posted_at": MAY - timedelta(days=9)} | given


def merge(*rows: dict[str, Any], until: datetime | None = MAY) -> Merged:
    return merge_snapshots(table("works", rows), key="work_id", by="scraped_at", until=until, counts=COUNTS)


def one(*rows: dict[str, Any], until: datetime | None = MAY) -> dict[str, Any]:
    merged = merge(*rows, until=until).rows
    assert merged.height == 1
    return merged.row(0, named=True)


def test_the_latest_snapshot_before_the_cut_off_counts_and_one_at_the_cut_off_is_before_it() -> None:
    row = one(
        work(scraped_at=hours(-2), likes=1),
        work(scraped_at=hours(0), likes=2),
        work(scraped_at=hours(1), likes=99),
    )
    assert (row["likes"], row["snapshots"], row["scraped_at"]) == (2, 3, hours(0))


def test_without_a_cut_off_the_latest_of_all_counts() -> None:
    assert (
        one(work(scraped_at=hours(-1), likes=1), work(scraped_at=hours(9), likes=7), until=None)["likes"] == 7
    )


def test_counts_come_as_a_whole_so_that_what_the_later_snapshot_hides_is_unknown() -> None:
    row = one(work(scraped_at=hours(-2), likes=250, comments=3), work(scraped_at=hours(-1), comments=4))
    assert (row["likes"], row["comments"]) == (None, 4)


@pytest.mark.parametrize(
    "rows", [[work(scraped_at=hours(1), likes=5)], [work(scraped_at=hours(n), likes=5) for n in (1, 2)]]
)
def test_where_every_snapshot_came_too_late_no_count_is_known_and_that_is_told(
    rows: list[dict[str, Any]],
) -> None:
    merged = merge(*rows)
    assert merged.rows.select(*COUNTS, "scraped_at").row(0) == (None, None, None, None)
    told = merged.report.select("work_id", "snapshots", "late", "used_at", "likes_used").rows()
    assert told == [("w", len(rows), len(rows), None, None)]


def test_a_snapshot_without_a_time_counts_before_the_cut_off_but_is_older_than_any_with_one() -> None:
    assert one(work(likes=9), work(scraped_at=hours(-99), likes=1))["likes"] == 1
    assert one(work(likes=9), work(scraped_at=hours(1), likes=99))["likes"] == 9


@pytest.mark.parametrize("when", [None, hours(-1)])
def test_of_several_of_one_time_the_larger_counts_hold_since_counts_grow(when: datetime | None) -> None:
    row = one(
        work(scraped_at=when, likes=250, comments=10),
        work(scraped_at=when, likes=252, comments=11),
        work(scraped_at=when, likes=None, comments=12),
    )
    assert (row["likes"], row["comments"]) == (252, 11)


def test_what_the_newest_row_does_not_say_an_older_one_does() -> None:
    row = one(
        work(scraped_at=hours(-2), region="KZ-10", duration_ms=180_000, platform="tiktok", approved=True),
        work(scraped_at=hours(-1), region="KZ-11"),
    )
    assert (row["region"], row["duration_ms"], row["platform"], row["approved"]) == (
        "KZ-11",
        180_000,
        "tiktok",
        True,
    )


def test_tags_unite_and_the_earliest_time_of_posting_stands() -> None:
    early = MAY - timedelta(days=20)
    row = one(work(hashtags="b a", posted_at=early), work(hashtags="a c", scraped_at=hours(-1)))
    assert (row["hashtags"], row["posted_at"]) == ("a b c", early)


def test_a_work_seen_once_is_what_it_was_and_is_not_reported() -> None:
    merged = merge(work(likes=1, hashtags="a"), work(work_id="other", likes=2))
    assert merged.rows.select("work_id", "likes", "snapshots").rows() == [("other", 2, 1), ("w", 1, 1)]
    assert merged.report.height == 0


def test_every_merge_is_reported_with_its_growth_and_what_contradicts() -> None:
    merged = merge(
        work(scraped_at=hours(-3), likes=10, comments=1, participant="t"),
        work(scraped_at=hours(-1), likes=250, participant="u"),
        work(scraped_at=hours(4), likes=900, participant="t"),
        work(work_id="alone", scraped_at=hours(-1), likes=1),
    )
    assert merged.report.rows(named=True) == [
        {
            "work_id": "w", "snapshots": 3, "used_at": hours(-1), "late": 1,
            "likes_first": 10, "likes_used": 250, "likes_growth": 240,
            "shares_first": None, "shares_used": None, "shares_growth": None,
            "comments_first": 1, "comments_used": None, "comments_growth": None,
            "differs": "participant",
        }
    ]  # fmt: skip


def test_a_table_without_rows_or_tags_merges_too() -> None:
    bare = table("works", []).drop("hashtags", "posted_at")
    merged = merge_snapshots(bare, key="work_id", by="scraped_at", until=MAY, counts=COUNTS)
    assert merged.rows.columns == [*bare.columns, "snapshots"]
    assert (merged.rows.height, merged.report.height) == (0, 0)


counted = st.none() | st.integers(0, 3)
snapshots = st.lists(
    st.fixed_dictionaries(
        {
            "work_id": st.sampled_from("ab"),
            "participant": st.sampled_from("tu"),
            "region": st.none() | st.sampled_from(["KZ-10", "KZ-11"]),
            "url": st.none() | st.sampled_from(["p", "reel"]),
            "hashtags": st.none() | st.sampled_from(["x", "y x", "z"]),
            "posted_at": st.integers(-99, -90).map(hours),
            "scraped_at": st.none() | st.integers(-2, 2).map(hours),
            "approved": st.none() | st.booleans(),
            "likes": counted,
            "shares": counted,
            "comments": counted,
        }
    ),
    max_size=9,
)


@law
@given(snapshots, st.integers(0, 2**32))
def test_the_order_of_the_rows_never_matters(rows: list[dict[str, Any]], seed: int) -> None:
    given_ = table("works", rows)
    merged = merge_snapshots(given_, key="work_id", by="scraped_at", until=MAY, counts=COUNTS)
    again = merge_snapshots(shuffled(given_, seed), key="work_id", by="scraped_at", until=MAY, counts=COUNTS)
    assert again.rows.equals(merged.rows)
    assert again.report.equals(merged.report)


@law
@given(snapshots)
def test_merging_what_is_merged_changes_nothing(rows: list[dict[str, Any]]) -> None:
    merged = merge_snapshots(
        table("works", rows), key="work_id", by="scraped_at", until=MAY, counts=COUNTS
    ).rows
    once = merged.drop("snapshots")
    again = merge_snapshots(once, key="work_id", by="scraped_at", until=MAY, counts=COUNTS)
    assert again.rows.drop("snapshots").equals(once)
    assert again.report.height == 0


@law
@given(snapshots)
def test_the_counts_of_a_work_are_those_of_one_of_its_timely_rows(rows: list[dict[str, Any]]) -> None:
    merged = merge_snapshots(
        table("works", rows), key="work_id", by="scraped_at", until=MAY, counts=COUNTS
    ).rows
    for work_id, *kept in merged.select("work_id", "scraped_at", *COUNTS).iter_rows():
        timely = [row for row in rows if row["work_id"] == work_id and not (row["scraped_at"] or MAY) > MAY]
        allowed = [[row[name] for name in ("scraped_at", *COUNTS)] for row in timely]
        assert kept in (allowed or [[None] * 4])
    assert merged["snapshots"].sum() == len(rows)


def test_a_table_of_other_columns_is_merged_by_its_own_names() -> None:
    rows = pl.DataFrame({"id": ["a", "a"], "at": [hours(-1), hours(-2)], "seen": [5, 4], "note": [None, "x"]})
    merged = merge_snapshots(rows, key="id", by="at", until=None, counts=["seen"])
    assert merged.rows.rows() == [("a", hours(-1), 5, "x", 2)]
    assert merged.report.columns == [
        "id",
        "snapshots",
        "used_at",
        "late",
        "seen_first",
        "seen_used",
        "seen_growth",
        "differs",
    ]
