"""The medal's smaller jobs: what is named, chosen, signed, attached, and who stands in for whom."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from jobs.binding import Lookup, Standing, Zone
from jobs.consult import consult
from jobs.errors import ParameterFault
from jobs.first_time import first_time
from jobs.medal.attached import attached
from jobs.medal.confirmed import confirmed
from jobs.medal.covers import covers
from jobs.medal.directions import directions
from jobs.medal.norm import norm
from jobs.medal.substitution import effective
from jobs.medal.term import term
from jobs.registered import registered
from jobs.verdicts import Decisions

ALMATY = Zone("Asia/Almaty")
SEVEN = ["sport", "talent", "books", "heritage", "volunteering", "trips", "work"]


def said(decisions: Decisions) -> list[tuple[str, str]]:
    return list(decisions.verdicts.select("verdict", "code").iter_rows())


# --- registered ---

CENTRES = Standing(
    pl.DataFrame(
        {"entry": ["c1", "t1"], "kind": ["centre", "provider"], "head": ["h1", None], "place": ["x", "y"]}
    )
)


def named(*values: str | None, **keys: Any) -> Decisions:
    entries = pl.DataFrame(
        {
            "entry": [f"e{n}" for n in range(len(values))],
            "centre": values,
            "by": ["h1"] * len(values),
            "chosen": ["trips"] * len(values),
        },
        schema_overrides={"centre": pl.String},
    )
    return registered(entries, column="centre", of=CENTRES, **keys)


def test_what_is_named_must_be_among_those_still_in() -> None:
    assert said(named("c1", "c9", None)) == [
        ("in", "registered"), ("out", "not-registered"), ("in", "not-named"),
    ]  # fmt: skip
    assert said(named("c9", None, otherwise="undecided", missing="out")) == [
        ("undecided", "not-registered"), ("out", "not-named"),
    ]  # fmt: skip


def test_it_must_be_of_the_kind_wanted_and_agree_with_what_is_registered() -> None:
    assert said(named("c1", "t1", where={"kind": "centre"}))[1] == ("out", "registered-otherwise")
    assert said(named("c1", "t1", same={"by": "head"})) == [
        ("in", "registered"),
        ("out", "differs-from-registered"),
    ]


def test_only_those_whose_words_need_it_are_judged() -> None:
    assert said(named("c9", needed_by="chosen", word="work")) == [("in", "not-needed")]
    assert said(named("c9", needed_by="chosen", word="trips")) == [("out", "not-registered")]
    with pytest.raises(ParameterFault, match="together"):
        named("c1", word="trips")


def test_columns_of_theirs_are_taken_and_nothing_of_a_stranger() -> None:
    columns = named("t1", "c9", take=["place"]).columns
    assert columns is not None
    assert columns["place"].to_list() == ["y", None]


# --- directions ---


def counted(chosen: str, replaces: str | None = None, **keys: Any) -> tuple[str, str | None]:
    entries = pl.DataFrame(
        {
            "entry": ["p"],
            "directions": [chosen],
            "replaces": [replaces],
            "at": [datetime(2025, 12, 31, 20, tzinfo=UTC)],
        },
        schema_overrides={"replaces": pl.String},
    )
    usual: dict[str, Any] = {
        "replacing": "heritage",
        "replaced": "replaces",
        "first": ["sport", "talent", "books"],
    }
    table = Lookup("year", {"2026": "books work", "2025": ""})
    done = directions(
        entries, column="directions", among=SEVEN, at="at", zone=ALMATY, mandatory=table, **(usual | keys)
    )
    assert done.columns is not None
    return done.verdicts["code"].item(), done.columns["counted"].item()


def test_mandatory_directions_of_the_local_year_join_those_chosen() -> None:
    assert counted("sport trips") == ("directions-chosen", "books sport trips work")
    assert counted("sport trips", count="chosen")[1] == "sport trips"
    assert counted("sport trips", count="mandatory")[1] == "books work"


def test_heritage_stands_in_place_of_what_it_replaces_even_if_that_is_mandatory() -> None:
    assert counted("sport heritage", "books")[1] == "heritage sport work"
    assert counted("sport heritage", "talent")[1] == "books heritage sport work"
    assert counted("sport talent books heritage")[0] == "replaced-not-told"
    assert counted("sport talent books", "sport")[1] == "books sport talent work"


def test_a_table_that_names_no_direction_of_the_programme_is_refused() -> None:
    with pytest.raises(ParameterFault, match="'ballet' is none of"):
        directions(
            pl.DataFrame(),
            column="d",
            among=SEVEN,
            at="at",
            zone=ALMATY,
            mandatory=Lookup("y", {"2025": "ballet"}),
        )


# --- what is attached, and covers ---


@pytest.mark.parametrize(
    ("evidence", "book", "lacking"),
    [
        ("essay", "b1", None), ("photo video", "b1", None), ("photo", "b1", "essay / video"), ("essay", None, "book"),
        (None, None, "essay / video, book"),
    ],
)  # fmt: skip
def test_what_lacks_is_named(evidence: str | None, book: str | None, lacking: str | None) -> None:
    entries = pl.DataFrame(
        {"entry": ["r"], "direction": ["books"], "evidence": [evidence], "book": [book]},
        schema_overrides={"evidence": pl.String, "book": pl.String},
    )
    row = attached(
        entries, column="evidence", of=Lookup("direction", {"books": "essay | video + book"})
    ).verdicts
    assert row["code"].item() == ("evidence-missing" if lacking else "evidence-complete")
    assert lacking is None or f"books: {lacking} missing" == row["why"].item()


def test_an_entry_of_which_the_table_says_nothing_is_asked_about_and_a_hole_in_it_refused() -> None:
    entries = pl.DataFrame({"entry": ["r"], "direction": ["work"], "evidence": ["report"]})
    assert said(attached(entries, column="evidence", of=Lookup("direction", {"books": "essay"}))) == [
        ("undecided", "evidence-not-set")
    ]
    with pytest.raises(ParameterFault, match="is no list"):
        attached(entries, column="evidence", of=Lookup("direction", {"work": "report + "}))


def test_only_the_words_named_have_to_be_covered() -> None:
    entries = pl.DataFrame(
        {"entry": ["a", "b", "c"], "videos": ["sport", None, None], "must": ["sport books", "sport", "books"]}
    )
    assert said(covers(entries, column="videos", must="must", among=["sport", "talent"])) == [
        ("in", "words-complete"), ("undecided", "words-missing"), ("in", "words-complete"),
    ]  # fmt: skip


# --- term and norm ---


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (date(2025, 9, 1), date(2026, 2, 28), "term-too-short"),
        (date(2025, 9, 1), date(2026, 3, 1), "in-term"),
        (date(2025, 8, 31), date(2026, 2, 28), "in-term"),  # no 31 February: its last day
        (date(2025, 9, 1), date(2027, 3, 1), "in-term"),
        (date(2025, 9, 1), date(2027, 3, 2), "term-overdue"),
        (date(2026, 1, 1), None, "in-term"),
        (None, None, "not-started"),
    ],
)
def test_a_term_has_its_months_to_the_day(start: date | None, end: date | None, code: str) -> None:
    entries = pl.DataFrame(
        {"entry": ["p"], "level": ["bronze"], "start": [start], "end": [end]},
        schema_overrides={"start": pl.Date, "end": pl.Date},
    )
    until = datetime(2026, 11, 12, tzinfo=UTC)
    months = Lookup("level", {"bronze": "6-18"})
    assert (
        said(term(entries, start="start", end="end", months=months, until=until, zone=ALMATY))[0][1] == code
    )


def test_a_term_that_is_no_range_or_not_set_is_told() -> None:
    entries = pl.DataFrame(
        {"entry": ["p"], "level": ["gold"], "start": [date(2025, 9, 1)], "end": [date(2026, 9, 1)]}
    )
    until = datetime(2026, 11, 12, tzinfo=UTC)
    of = Lookup("level", {"bronze": "6-18"})
    assert said(term(entries, start="start", end="end", months=of, until=until, zone=ALMATY)) == [
        ("undecided", "term-not-set")
    ]
    with pytest.raises(ParameterFault, match="'6 to 18' is no range"):
        term(
            entries,
            start="start",
            end="end",
            months=Lookup("level", {"gold": "6 to 18"}),
            until=until,
            zone=ALMATY,
        )


def test_the_norm_of_a_person_with_a_disability_is_a_line_of_its_own() -> None:
    entries = pl.DataFrame(
        {
            "entry": ["a", "b", "c"], "level": ["bronze"] * 3, "sex": ["f", "f", None], "points": [60, 30, 99],
            "counted": ["sport"] * 3, "other": [None, True, False],
        }
    )  # fmt: skip
    table = Lookup("level", {"bronze/f": "60", "bronze/f/other": "31"})
    decided = norm(
        entries,
        points="points",
        by=["level", "sex"],
        of=table,
        directions="counted",
        direction="sport",
        disability="other",
    )
    assert said(decided) == [("in", "norm-met"), ("out", "norm-not-met"), ("undecided", "norm-not-set")]
    with pytest.raises(ParameterFault, match="'many' is no number of points"):
        norm(
            entries,
            points="points",
            by=["level"],
            of=Lookup("x", {"a": "many"}),
            directions="counted",
            direction="s",
            disability="other",
        )


# --- who stands in for whom ---

STAFF = pl.DataFrame(
    [
        ("m1", date(2000, 1, 1), date(2026, 5, 31), "e1"),
        ("m1", date(2026, 6, 1), None, "e2"),
        ("m2", date(2000, 1, 1), None, "e1"),
        ("e1", date(2000, 1, 1), None, "k1"),
        ("e2", date(2000, 1, 1), None, None),
    ],
    schema={"person": pl.String, "since": pl.Date, "until": pl.Date, "watched_by": pl.String},
    orient="row",
)
ABSENT = {"absent": pl.String, "since": pl.Date, "until": pl.Date, "substitute": pl.String}


def stands(person: str, on: date, *absences: tuple[str, date, date | None, str | None]) -> str | None:
    away = pl.DataFrame(list(absences), schema=ABSENT, orient="row")
    found = effective(pl.DataFrame({"person": [person], "on": [on]}), staff=STAFF, absences=away)
    result: str | None = found["stands"].item()
    return result


MAY, JUNE = date(2026, 5, 10), date(2026, 6, 10)
M1_AWAY = ("m1", date(2026, 5, 10), date(2026, 6, 10), None)


def test_a_mentor_who_is_there_stands_for_himself_and_the_days_of_an_absence_are_both_inside() -> None:
    assert stands("m1", date(2026, 5, 9), M1_AWAY) == "m1"
    assert stands("m1", MAY, M1_AWAY) == "e1"
    assert stands("m1", date(2026, 6, 11), M1_AWAY) == "m1"


def test_the_expert_is_he_who_watched_the_mentor_on_that_day() -> None:
    assert (stands("m1", MAY, M1_AWAY), stands("m1", JUNE, M1_AWAY)) == ("e1", "e2")


def test_a_substitute_goes_before_the_expert_and_one_who_is_away_too_before_nobody() -> None:
    substituted = ("m1", date(2026, 5, 1), None, "m2")
    assert stands("m1", MAY, substituted) == "m2"
    assert stands("m1", MAY, substituted, ("m2", MAY, MAY, None)) == "e1"
    assert stands("m1", MAY, M1_AWAY, ("e1", MAY, None, None)) == "k1"
    assert stands("m1", JUNE, M1_AWAY, ("e2", JUNE, None, None)) is None


def test_a_record_confirmed_by_whoever_stood_in_that_day_is_confirmed() -> None:
    at = datetime(2026, 5, 10, 7, tzinfo=UTC)
    entries = pl.DataFrame(
        {
            "entry": ["a", "b", "c"],
            "mentor": ["m1"] * 3,
            "by": ["e1", "m1", None],
            "at": [at, at, None],
            "done": [at] * 3,
        },
        schema_overrides={"at": pl.Datetime("us", "UTC")},
    )
    decided = confirmed(
        entries, of="mentor", by="by", at="at", done="done", staff=STAFF, until=datetime(2026, 5, 20, 7, tzinfo=UTC),
        absences=pl.DataFrame([M1_AWAY], schema=ABSENT, orient="row"), zone=ALMATY,
    )  # fmt: skip
    assert said(decided) == [
        ("in", "confirmed"),
        ("undecided", "confirmed-by-another"),
        ("in", "awaits-confirmation"),
    ]
    assert decided.evidence["queue"].select("record", "stands", "age").rows() == [("c", "e1", 10)]


# --- people decide, and nobody twice ---


def test_everybody_is_put_to_people_with_what_they_judge_by() -> None:
    entries = pl.DataFrame(
        {"entry": ["a"], "level": ["gold"], "rating": [None]}, schema_overrides={"rating": pl.String}
    )
    decided = consult(entries, show=["level", "rating"], award="level")
    assert said(decided) == [("undecided", "for-decision")]
    assert decided.verdicts["why"].item() == "for people to decide: level gold, rating —"
    assert decided.columns is not None
    assert decided.columns["award"].to_list() == ["gold"]
    with pytest.raises(ParameterFault, match="points is no column"):
        consult(entries, show=["points"])


def test_the_same_badge_twice_is_refused_with_its_first_day() -> None:
    days = [date(2024, 12, 9), date(2022, 12, 9), date(2024, 12, 9)]
    badges = pl.DataFrame(
        {"participant": ["a", "a", "b"], "level": ["gold", "gold", "silver"], "awarded_on": days}
    )
    entries = pl.DataFrame(
        {"entry": ["x", "y", "z"], "participant": ["a", "b", "b"], "level": ["gold", "gold", "silver"]}
    )
    decided = first_time(entries, on=["participant", "level"], earlier=badges, at="awarded_on")
    assert said(decided) == [("out", "had-before"), ("in", "first-time"), ("out", "had-before")]
    assert decided.verdicts["why"].to_list()[0] == "already received on 2022-12-09"
