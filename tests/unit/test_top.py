"""The cut after a number of places, with every tie said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, law, quota, shuffled, table, verdicts_of

from jobs.admission import Rounding, seats_of
from jobs.binding import Choice
from jobs.cut import Ties
from jobs.errors import ParameterFault
from jobs.top import top
from jobs.verdicts import Decisions


def people(**points: int | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"entry": list(points), "score": list(points.values())},
        schema={"entry": pl.String, "score": pl.Int64},
    )


def cut(places: int, ties: Ties, **points: int | None) -> Decisions:
    return top(people(**points), points=["score"], ties=ties, places=places, award="winner")


def ranks(decisions: Decisions) -> dict[str, int]:
    assert decisions.columns is not None
    return dict(decisions.columns.select("entry", "rank").iter_rows())


def test_the_best_fill_the_places_and_equals_share_a_rank() -> None:
    decisions = cut(2, "extend", a=9, b=7, c=7, d=5)
    assert ranks(decisions) == {"a": 1, "b": 2, "c": 2, "d": 4}
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "in", "c": "in", "d": "out"}


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("extend", ["in", "in", "in", "out"]),
        ("exclude", ["in", "out", "out", "out"]),
        ("ask", ["in", "undecided", "undecided", "out"]),
        ("refuse", ["undecided", "undecided", "undecided", "undecided"]),
    ],
)
def test_a_tie_over_the_last_place_is_treated_as_the_rulebook_says(ties: Ties, expected: list[str]) -> None:
    assert cut(2, ties, a=9, b=7, c=7, d=5).verdicts["verdict"].to_list() == expected


@pytest.mark.parametrize("ties", ["extend", "exclude", "ask", "refuse"])
def test_a_tie_that_the_places_hold_is_no_tie(ties: Ties) -> None:
    assert cut(3, ties, a=9, b=7, c=7, d=5).verdicts["verdict"].to_list() == ["in", "in", "in", "out"]


def test_no_place_has_nobody_in() -> None:
    assert set(verdicts_of(cut(0, "extend", a=9, b=9).verdicts).values()) == {"out"}


def test_more_places_than_people_take_all_and_nobody_is_no_fault() -> None:
    assert verdicts_of(cut(9, "refuse", a=1, b=1).verdicts) == {"a": "in", "b": "in"}
    decisions = cut(9, "refuse")
    assert decisions.verdicts.height == 0
    assert decisions.columns is not None
    assert decisions.columns.height == 0


def test_the_reason_tells_the_place_the_points_and_the_border() -> None:
    whys = cut(1, "extend", a=9, b=7).verdicts["why"].to_list()
    assert whys == [
        "place 1 with 9 points; 1 places",
        "place 2 with 7 points; 1 places, the last at 9 points",
    ]


@pytest.mark.parametrize(
    ("intake", "seats"), [(0, 0), (9, 0), (10, 1), (24, 2), (25, 2), (96, 9), (99, 9), (100, 10)]
)
def test_the_places_are_a_tenth_of_each_intake_rounded_down(intake: int, seats: int) -> None:
    everybody = people(**{f"p{n:02}": 100 - n for n in range(12)})
    quotas = table("quotas", [quota("X", intake=intake)])
    decisions = top(everybody, points=["score"], ties="refuse", seats=quotas)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == seats


def test_each_school_is_rounded_by_itself_and_a_declared_figure_holds() -> None:
    everybody = people(**{f"p{n:02}": 100 - n for n in range(12)})
    quotas = table("quotas", [quota("X", intake=19), quota("Y", intake=19), quota("Z", intake=100, seats=0)])
    decisions = top(everybody, points=["score"], ties="refuse", seats=quotas)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == 2


def test_points_are_summed() -> None:
    entries = pl.DataFrame({"entry": ["a", "b"], "likes": [1, 5], "shares": [5, 0]})
    decisions = top(entries, points=["likes", "shares"], ties="extend", places=1)
    assert ranks(decisions) == {"a": 1, "b": 2}


TIES = ("extend", "exclude", "ask", "refuse")


@pytest.mark.parametrize("ties", TIES)
def test_who_has_no_points_is_undecided_and_takes_nobodys_place(ties: Ties) -> None:
    decisions = cut(2, ties, a=9, b=None, c=7, d=5, e=None)
    assert verdicts_of(decisions.verdicts) == {
        "a": "in", "b": "undecided", "c": "in", "d": "out", "e": "undecided",
    }  # fmt: skip
    assert {codes_of(decisions.verdicts)[who] for who in "be"} == {"no-score"}
    assert decisions.columns is not None
    assert dict(decisions.columns.select("entry", "rank").iter_rows()) == {
        "a": 1, "b": None, "c": 2, "d": 3, "e": None,
    }  # fmt: skip


def test_a_sum_of_which_a_part_is_missing_is_no_sum() -> None:
    entries = pl.DataFrame({"entry": ["a", "b"], "likes": [1, 5], "shares": [0, None]})
    decisions = top(entries, points=["likes", "shares"], ties="extend", places=9)
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "undecided"}


def test_where_nobody_has_points_nobody_is_in_or_out() -> None:
    assert set(verdicts_of(cut(1, "extend", a=None, b=None).verdicts).values()) == {"undecided"}


@pytest.mark.parametrize(
    ("rounding", "intake", "seats"),
    [
        ("floor", 15, 1),
        ("half-up", 14, 1),
        ("half-up", 15, 2),
        ("ceil", 10, 1),
        ("ceil", 11, 2),
        ("ceil", 0, 0),
    ],
)
def test_a_tenth_of_an_intake_is_rounded_as_the_rulebook_says_and_as_the_admission_does(
    rounding: Rounding, intake: int, seats: int
) -> None:
    quotas = table("quotas", [quota("X", intake=intake)])
    everybody = people(a=9, b=8, c=7)
    decisions = top(everybody, points=["score"], ties="refuse", seats=quotas, rounding=rounding)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == seats
    assert seats_of(intake, rounding) == seats


def test_a_rank_or_an_award_of_an_earlier_stage_does_not_leak() -> None:
    carried = people(a=9, b=7).with_columns(
        rank=pl.lit(9), award=pl.lit("old"), total=pl.lit(0), tied=pl.lit(9)
    )
    decisions = top(carried, points=["score"], ties="extend", places=1, award="winner")
    assert decisions.columns is not None
    assert decisions.columns.rows() == [("a", 1, "winner"), ("b", 2, "winner")]


def test_places_or_seats_must_be_given() -> None:
    with pytest.raises(ParameterFault, match="`places` or `seats`"):
        top(people(a=1), points=["score"], ties="extend")


@law
@given(
    st.lists(st.integers(0, 6), max_size=12),
    st.integers(0, 12),
    st.sampled_from(["extend", "exclude", "ask", "refuse"]),
    st.integers(0, 99),
)
def test_the_cut_equals_a_plain_count_in_any_order(
    points: list[int], places: int, ties: Ties, seed: int
) -> None:
    entries = people(**{f"p{n:02}": each for n, each in enumerate(points)})
    better = [sum(other > each for other in points) for each in points]
    border = {each for each, b in zip(points, better, strict=True) if b < places < b + points.count(each)}

    def expected(each: int, b: int) -> str:
        if ties == "refuse" and border:
            return "undecided"
        if b >= places:
            return "out"
        if each not in border or ties == "extend":
            return "in"
        return {"exclude": "out", "ask": "undecided"}[ties]

    wanted = {f"p{n:02}": expected(each, better[n]) for n, each in enumerate(points)}
    for table_ in (entries, shuffled(entries, seed)):
        decisions = top(table_, points=["score"], ties=ties, places=places)
        assert verdicts_of(decisions.verdicts) == wanted
        assert ranks(decisions) == {f"p{n:02}": b + 1 for n, b in enumerate(better)}


# --- where the cut lies ---


def border(decisions: Decisions) -> dict[str, Any]:
    return decisions.evidence["cut"].row(0, named=True)


def test_three_tied_at_place_100_make_102_entrants_and_the_cut_is_told() -> None:
    rows = {f"p{n:03}": 1000 - n for n in range(99)} | {
        "t1": 500,
        "t2": 500,
        "t3": 500,
        "out": 499,
        "none": None,
    }
    decisions = cut(100, "extend", **rows)
    assert list(verdicts_of(decisions.verdicts).values()).count("in") == 102
    assert border(decisions) == {
        "places": 100, "ranked": 103, "entered": 102, "last": 500, "tied": 3, "first_out": 499,
    }  # fmt: skip


def test_the_cut_of_fewer_entries_than_places_has_nobody_beyond() -> None:
    assert border(cut(9, "extend", a=5, b=4)) == {
        "places": 9, "ranked": 2, "entered": 2, "last": 4, "tied": 1, "first_out": None,
    }  # fmt: skip


def test_the_cut_of_nobody_and_of_no_place_is_told_too() -> None:
    assert border(cut(1, "extend")) == {
        "places": 1, "ranked": 0, "entered": 0, "last": None, "tied": 0, "first_out": None,
    }  # fmt: skip
    assert (border(cut(0, "extend", a=5))["last"], border(cut(0, "extend", a=5))["first_out"]) == (None, 5)


# --- two readings of unknown shares (reading Q7) ---

COUNTS = ["likes", "comments", "shares"]
Counts = tuple[int | None, int | None, int | None]


def videos(**counts: Counts) -> pl.DataFrame:
    rows = [(entry, *each) for entry, each in counts.items()]
    return pl.DataFrame(rows, schema={"entry": pl.String()} | dict.fromkeys(COUNTS, pl.Int64()), orient="row")


def pool(places: int, entries: pl.DataFrame, **keys: Any) -> Decisions:
    given: dict[str, Any] = {"points": COUNTS, "optional": ["shares"], "ties": "extend"} | keys
    return top(entries, places=places, **given)


# With unknown shares as 0: tok 30, gram 25, low 5. With shares left out: gram 25, tok 20, low 5.
DIFFERENT = videos(tok=(20, 0, 10), gram=(20, 5, None), low=(5, 0, 0))


def test_two_rankings_that_admit_the_same_ask_nobody() -> None:
    decisions = pool(2, DIFFERENT)
    assert verdicts_of(decisions.verdicts) == {"tok": "in", "gram": "in", "low": "out"}
    assert ranks(decisions) == {"tok": 1, "gram": 2, "low": 3}
    assert decisions.evidence["rankings"]["differs"].to_list() == [False, False, False]


def test_entries_that_the_two_rankings_part_are_asked_about_and_only_they() -> None:
    decisions = pool(1, DIFFERENT)
    assert verdicts_of(decisions.verdicts) == {"tok": "undecided", "gram": "undecided", "low": "out"}
    assert codes_of(decisions.verdicts) == {
        "tok": "reading-differs", "gram": "reading-differs", "low": "beyond-places",
    }  # fmt: skip
    assert decisions.verdicts["why"][1] == (
        "place 2 with 25 points where unknown shares are 0, place 1 with 25 where shares count for nobody; 1 places"
    )
    assert border(decisions)["entered"] == 0


def test_both_rankings_are_printed_for_every_entry() -> None:
    assert pool(1, DIFFERENT).evidence["rankings"].rows(named=True)[:2] == [
        {
            "entry": "tok", "points_zero": 30, "rank_zero": 1, "in_zero": True,
            "points_left_out": 20, "rank_left_out": 2, "in_left_out": False, "differs": True,
        },
        {
            "entry": "gram", "points_zero": 25, "rank_zero": 2, "in_zero": False,
            "points_left_out": 25, "rank_left_out": 1, "in_left_out": True, "differs": True,
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reading", "winner", "rank"), [("zero", "tok", {"tok": 1, "gram": 2, "low": 3}),
                                    ("left-out", "gram", {"tok": 2, "gram": 1, "low": 3})],
)  # fmt: skip
def test_the_reading_that_people_chose_or_the_rulebook_names_decides(
    reading: str, winner: str, rank: dict[str, int]
) -> None:
    chosen = pool(1, DIFFERENT, choice=Choice(reading))
    assert [entry for entry, verdict in verdicts_of(chosen.verdicts).items() if verdict == "in"] == [winner]
    assert set(chosen.verdicts["verdict"]) == {"in", "out"}
    assert ranks(chosen) == rank
    assert chosen.evidence["rankings"]["differs"].sum() == 2
    other = Choice("zero" if reading == "left-out" else "left-out")
    assert pool(1, DIFFERENT, unknown=reading, choice=other).verdicts.equals(chosen.verdicts)


def test_a_word_that_is_no_reading_decides_nothing() -> None:
    assert pool(1, DIFFERENT, choice=Choice("half")).verdicts.equals(pool(1, DIFFERENT).verdicts)


def test_where_everything_optional_is_known_there_is_one_ranking() -> None:
    known = videos(a=(20, 0, 10), b=(20, 5, 0), c=(None, None, None))
    decisions = pool(1, known)
    assert "rankings" not in decisions.evidence
    assert verdicts_of(decisions.verdicts) == {"a": "in", "b": "out", "c": "undecided"}
    assert codes_of(decisions.verdicts)["c"] == "no-score"


def test_hidden_likes_are_at_least_0_and_who_is_within_the_places_even_so_is_in() -> None:
    hidden = videos(sure=(None, 40, 0), a=(30, 0, 0), b=(20, 0, 0), unsure=(None, 10, 0), d=(5, 0, 0))
    decisions = pool(3, hidden)
    assert verdicts_of(decisions.verdicts) == {
        "sure": "in", "a": "in", "b": "in", "unsure": "undecided", "d": "out",
    }  # fmt: skip
    assert codes_of(decisions.verdicts)["unsure"] == "count-unknown"
    assert decisions.verdicts["why"][3] == (
        "place 4 with at least 10 points, a count being unknown; 3 places, the last at 20 points"
    )


def test_equal_points_of_which_one_is_a_lower_bound_share_a_rank_and_not_the_verdict() -> None:
    decisions = pool(1, videos(a=(30, 0, 0), clear=(10, 0, 0), vague=(None, 10, 0), d=(1, 0, 0)))
    assert ranks(decisions) == {"a": 1, "clear": 2, "vague": 2, "d": 4}
    assert verdicts_of(decisions.verdicts) == {"a": "in", "clear": "out", "vague": "undecided", "d": "out"}


def test_a_work_of_which_only_shares_are_known_has_no_points_without_them() -> None:
    decisions = pool(1, videos(a=(5, 0, None), b=(None, None, 9)))
    left_out = decisions.evidence["rankings"].select("points_zero", "points_left_out").rows()
    assert left_out == [(5, 5), (9, 0)]
    assert codes_of(decisions.verdicts) == {"a": "reading-differs", "b": "reading-differs"}


def test_without_optional_columns_a_missing_part_is_no_sum() -> None:
    decisions = top(DIFFERENT, points=COUNTS, ties="extend", places=9)
    assert codes_of(decisions.verdicts)["gram"] == "no-score"


@pytest.mark.parametrize("optional", [["adds"], COUNTS])
def test_optional_columns_are_some_of_the_points(optional: list[str]) -> None:
    with pytest.raises(ParameterFault, match=r"top\.optional"):
        pool(1, DIFFERENT, optional=optional)


COUNT = st.none() | st.integers(0, 4)


@law
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), COUNT), max_size=9),
    st.integers(0, 4),
    st.sampled_from(["extend", "exclude"]),
)
def test_two_readings_are_two_plain_tops_and_where_they_part_is_asked(
    rows: list[Counts], places: int, ties: Ties
) -> None:
    entries = videos(**{f"v{n}": row for n, row in enumerate(rows)})
    zero = top(entries.with_columns(pl.col("shares").fill_null(0)), points=COUNTS, ties=ties, places=places)
    left_out = top(entries, points=COUNTS[:2], ties=ties, places=places)
    unknown = any(row[2] is None for row in rows)
    for entry, verdict in verdicts_of(pool(places, entries, ties=ties).verdicts).items():
        both = {verdicts_of(each.verdicts)[entry] for each in ((zero, left_out) if unknown else (zero,))}
        assert verdict == (both.pop() if len(both) == 1 else "undecided")
    if unknown:
        chosen = pool(places, entries, ties=ties, choice=Choice("left-out"))
        assert verdicts_of(chosen.verdicts) == verdicts_of(left_out.verdicts)
        assert ranks(chosen) == ranks(left_out)


# --- one winner a region: how counts are put together, and what breaks ties (readings Q15, Q16) ---

OPENED = datetime(2020, 10, 3, tzinfo=UTC)


def tasks(**counts: tuple[int, int, int]) -> pl.DataFrame:
    """Likes, adds, and on which day."""
    rows = [
        (entry, likes, adds, OPENED + timedelta(days=day)) for entry, (likes, adds, day) in counts.items()
    ]
    schema = {
        "entry": pl.String(),
        "likes": pl.Int64(),
        "adds": pl.Int64(),
        "posted_at": pl.Datetime("us", "UTC"),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def won(entries: pl.DataFrame, **keys: Any) -> Decisions:
    given: dict[str, Any] = {
        "places": 1,
        "points": ["likes", "adds"],
        "ties": "chain",
        "chain": ["adds", "-posted_at"],
    } | keys
    return top(entries, **given)


def winners(decisions: Decisions) -> set[str]:
    return {entry for entry, verdict in verdicts_of(decisions.verdicts).items() if verdict == "in"}


THREE_WAYS = tasks(sum=(10, 9, 1), likes=(12, 1, 1), weight=(4, 12, 1))


@pytest.mark.parametrize(
    ("by", "winner", "points"),
    [("sum", "sum", "19"), ("lexicographic", "likes", "12; 1"), ("weighted", "weight", "28")],
)
def test_counts_are_added_or_weighed_or_taken_in_turn(by: str, winner: str, points: str) -> None:
    decisions = won(THREE_WAYS, by=by, weights=[1, 2])
    assert winners(decisions) == {winner}
    (facts,) = decisions.verdicts.filter(pl.col("verdict") == "in")["facts"]
    assert f'"points":"{points}"' in facts


def test_without_weights_a_weighted_sum_is_the_sum() -> None:
    assert won(THREE_WAYS, by="weighted").verdicts.equals(won(THREE_WAYS).verdicts)


def test_weights_are_one_for_each_column() -> None:
    with pytest.raises(ParameterFault, match="3 weights for 2 columns"):
        won(THREE_WAYS, by="weighted", weights=[1, 2, 3])


def test_winners_by_each_reading_are_printed_where_they_differ() -> None:
    decisions = won(THREE_WAYS, weights=[1, 2], compare=True)
    assert winners(decisions) == {"sum"}
    assert decisions.evidence["readings"].rows() == [
        ("sum", "sum"), ("lexicographic", "likes"), ("weighted", "weight"),
    ]  # fmt: skip
    assert "readings" not in won(THREE_WAYS, weights=[1, 2]).evidence
    assert "readings" not in won(tasks(a=(5, 5, 1), b=(1, 1, 1)), compare=True).evidence


@pytest.mark.parametrize(
    ("entries", "winner"),
    [
        (tasks(a=(9, 1, 1), b=(5, 5, 2)), {"b"}),
        (tasks(a=(5, 5, 2), b=(5, 5, 1)), {"b"}),
        (tasks(a=(5, 5, 1), b=(5, 5, 1), c=(5, 5, 2)), {"a", "b"}),
    ],
    ids=["more adds", "then the earlier", "still equal: both"],
)
def test_equal_points_are_ordered_by_what_breaks_ties(entries: pl.DataFrame, winner: set[str]) -> None:
    assert winners(won(entries)) == winner


def test_who_lost_on_a_tie_is_told_so() -> None:
    verdicts = won(tasks(a=(9, 1, 1), b=(5, 5, 2), c=(1, 1, 1))).verdicts
    assert codes_of(verdicts) == {"a": "behind-on-tie", "b": "within-places", "c": "beyond-places"}
    assert verdicts["why"][0] == (
        "place 2 with 10 points, as many as the last of 1 places, but behind in what breaks ties"
    )


def test_an_unknown_value_breaks_a_tie_in_nobodys_favour() -> None:
    entries = tasks(a=(5, 5, 1), b=(5, 5, 2), c=(5, 5, 3)).with_columns(
        posted_at=pl.when(pl.col("entry") != "a").then("posted_at")
    )
    assert winners(won(entries)) == {"b"}
    both = entries.with_columns(posted_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    assert winners(won(both)) == {"a", "b", "c"}


def test_a_chain_counts_only_where_ties_are_broken_by_it() -> None:
    assert winners(won(tasks(a=(9, 1, 1), b=(5, 5, 2)), ties="extend")) == {"a", "b"}


@law
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=9),
    st.integers(1, 3),
    st.sampled_from(["sum", "lexicographic", "weighted"]),
    st.integers(0, 99),
)
def test_the_winners_are_those_with_fewer_than_the_places_before_them(
    rows: list[tuple[int, int, int]], places: int, by: str, seed: int
) -> None:
    entries = tasks(**{f"w{n}": row for n, row in enumerate(rows)})

    def key(likes: int, adds: int, day: int) -> tuple[int, ...]:
        own = {"sum": (likes + adds,), "lexicographic": (likes, adds), "weighted": (3 * likes + 2 * adds,)}[
            by
        ]
        return (*own, adds, -day)

    better = {f"w{n}": sum(key(*other) > key(*row) for other in rows) for n, row in enumerate(rows)}
    for table_ in (entries, shuffled(entries, seed)):
        decisions = won(table_, places=places, by=by, weights=[3, 2])
        assert winners(decisions) == {entry for entry, before in better.items() if before < places}
        assert ranks(decisions) == {entry: before + 1 for entry, before in better.items()}


def test_groups_can_be_put_together_whatever_is_known_in_them() -> None:
    parts = [pool(1, DIFFERENT), pool(1, videos(x=(None, None, None), y=(1, 1, None))), pool(1, videos())]
    for name in ("cut", "rankings"):
        tables = [part.evidence[name] for part in parts if name in part.evidence]
        assert len({str(each.schema) for each in tables}) == 1
    assert len({str(part.verdicts.schema) for part in parts}) == 1
    assert len({str(part.columns.schema) for part in parts if part.columns is not None}) == 1
