"""A record counts by its own time."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ZONE, at, codes_of, law, verdicts_of

from jobs.calendar import Window, window
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
