"""A record counts by its own time."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ZONE, at, codes_of, law, verdicts_of

from jobs.binding import Lookup
from jobs.calendar import UnknownZoneError, Window, window
from jobs.during import during

REGISTRATION = window("2026-01-15 09:00", days=30, zone=ZONE)


def records(*moments: datetime | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"entry": [str(n) for n in range(len(moments))], "at": moments},
        schema={"entry": pl.String, "at": pl.Datetime("us", "UTC")},
    )


def test_the_window_opens_on_its_first_and_closes_before_its_last_instant() -> None:
    moments = (
        at("2026-01-15 08:59:59.999999"),
        at("2026-01-15 09:00"),
        at("2026-02-13 23:59:59.999999"),
        at("2026-02-14 00:00"),
    )
    decisions = during(records(*moments), column="at", window=REGISTRATION)
    assert verdicts_of(decisions.verdicts) == {"0": "out", "1": "in", "2": "in", "3": "out"}
    assert codes_of(decisions.verdicts)["0"] == "outside-window"


def test_the_reason_names_the_moment_and_the_window_in_local_time() -> None:
    (why,) = during(records(at("2026-02-14 00:00:01")), column="at", window=REGISTRATION).verdicts["why"]
    assert why == ("made at 2026-02-14 00:00:01, outside the window 2026-01-15 09:00 to 2026-02-14 00:00")


def test_a_record_outside_may_be_left_to_people_instead_of_being_put_out() -> None:
    moments = (at("2026-01-15 08:59:59"), at("2026-01-15 09:00"), at("2026-02-14 00:00"))
    decided = during(records(*moments), column="at", window=REGISTRATION, verdict="undecided").verdicts
    assert verdicts_of(decided) == {"0": "undecided", "1": "in", "2": "undecided"}
    assert codes_of(decided) == {"0": "outside-window", "1": "in-window", "2": "outside-window"}


@pytest.mark.parametrize("verdict", ["out", "undecided"])
def test_a_missing_time_is_no_sign_and_the_reason_says_that_it_is_missing(
    verdict: Literal["out", "undecided"],
) -> None:
    decided = during(records(None), column="at", window=REGISTRATION, verdict=verdict).verdicts
    assert decided.select("verdict", "why").rows() == [("in", "made in time, at an unknown time")]


def test_nobody_gives_no_verdict() -> None:
    assert during(records(), column="at", window=REGISTRATION).verdicts.height == 0


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda since: NEW_YEAR + since)


@law
@given(
    st.lists(INSTANTS, max_size=12), INSTANTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=40))
)
def test_a_record_is_in_exactly_when_the_window_contains_its_moment(
    moments: list[datetime], opens: datetime, lasts: timedelta
) -> None:
    span = Window(opens, opens + lasts, ZONE)
    decided = verdicts_of(during(records(*moments), column="at", window=span).verdicts)
    assert decided == {str(n): "in" if span.contains(m) else "out" for n, m in enumerate(moments)}


# --- two zones, one last day: Kazakhstan in 2020 (row 001-09) ---

OCTOBER = window("2020-10-03", closes="2020-10-23", zone=ZONE)
WEST = Lookup("region", {"KZ-15": "Asia/Aqtobe", "KZ-43": "Asia/Qyzylorda"})


def works(*rows: tuple[str | None, str]) -> pl.DataFrame:
    moments = [(str(n), region, datetime.fromisoformat(when)) for n, (region, when) in enumerate(rows)]
    schema = {"entry": pl.String(), "region": pl.String(), "at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(moments, schema=schema, orient="row")


def test_the_last_day_ends_an_hour_later_in_the_west() -> None:
    rows = works(
        ("KZ-75", "2020-10-23T17:59:59Z"), ("KZ-75", "2020-10-23T18:00:00Z"),
        ("KZ-15", "2020-10-23T18:59:59Z"), ("KZ-15", "2020-10-23T19:00:00Z"),
    )  # fmt: skip
    decided = during(rows, column="at", window=OCTOBER, zones=WEST).verdicts
    assert decided["verdict"].to_list() == ["in", "out", "in", "out"]


def test_the_first_day_begins_an_hour_later_in_the_west() -> None:
    rows = works(
        ("KZ-75", "2020-10-02T18:00:00Z"),
        ("KZ-15", "2020-10-02T18:59:59Z"),
        ("KZ-15", "2020-10-02T19:00:00Z"),
    )
    decided = during(rows, column="at", window=OCTOBER, zones=WEST).verdicts
    assert decided["verdict"].to_list() == ["in", "out", "in"]


def test_an_entry_of_which_the_table_says_nothing_has_the_zone_of_the_contest() -> None:
    rows = works((None, "2020-10-23T18:30:00Z"), ("KZ-19", "2020-10-23T18:30:00Z"))
    decided = during(rows, column="at", window=OCTOBER, zones=WEST).verdicts
    assert decided["verdict"].to_list() == ["out", "out"]


def test_the_reason_names_the_times_of_the_own_zone() -> None:
    rows = works(("KZ-15", "2020-10-23T19:00:00Z"), ("KZ-75", "2020-10-23T19:00:00Z"))
    west, east = during(rows, column="at", window=OCTOBER, zones=WEST).verdicts["why"]
    assert west == "made at 2020-10-24 00:00:00, outside the window 2020-10-03 00:00 to 2020-10-24 00:00"
    assert east == "made at 2020-10-24 01:00:00, outside the window 2020-10-03 00:00 to 2020-10-24 00:00"


def test_an_hour_that_clocks_show_twice_lies_inside_the_window_both_times() -> None:
    # On 1 March 2024 Almaty went back from +6 to +5 and showed the last hour of February twice; Atyrau did not.
    span = window("2024-02-01", closes="2024-02-29 23:30", zone="Asia/Atyrau")
    rows = works(("KZ-75", "2024-02-29T18:29:59Z"), ("KZ-75", "2024-02-29T18:30:00Z"))
    decided = during(rows, column="at", window=span, zones=Lookup("region", {"KZ-75": ZONE})).verdicts
    assert decided["verdict"].to_list() == ["in", "out"]


@law
@given(st.lists(st.tuples(st.sampled_from(["KZ-15", "KZ-75", None]), INSTANTS), max_size=8))
def test_zones_that_are_all_the_contests_own_change_nothing(rows: list[tuple[str | None, datetime]]) -> None:
    entries = works(*((region, when.isoformat()) for region, when in rows))
    same = Lookup("region", {"KZ-15": ZONE})
    with_zones = during(entries, column="at", window=REGISTRATION, zones=same).verdicts
    assert with_zones.equals(during(entries, column="at", window=REGISTRATION).verdicts)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownZoneError, match="Asia/Atlantis"):
        during(works(), column="at", window=OCTOBER, zones=Lookup("region", {"KZ-15": "Asia/Atlantis"}))
