"""Who may be in a team, in which grade's programme, and whether a round began everywhere at once."""

from datetime import timedelta

import polars as pl
import pytest
from unit.tables import at, codes_of, table, verdicts_of

from jobs.binding import Standing, Zone
from jobs.errors import ParameterFault
from jobs.qualified import qualified
from jobs.together import together
from jobs.upward import upward

ZONE = Zone("Asia/Almaty")
TEN = at("2025-11-14 10:00")


def people(*rows: tuple[str, str, bool | None]) -> pl.DataFrame:
    names = ("participant", "nomination", "reserve")
    return table("entrants", [dict(zip(names, row, strict=True)) for row in rows]).with_columns(
        entry=pl.col("participant")
    )


def test_whom_the_stage_before_took_and_the_reserve_are_in_a_team_and_nobody_else() -> None:
    places = Standing(pl.DataFrame({"participant": ["a", "b"], "subject": ["Физика", "Химия"]}))
    entries = people(
        ("a", "физика", None), ("b", "Физика", False), ("c", "Физика", True), ("a2", "Химия", None)
    )
    on = {"participant": "participant", "nomination": "subject"}
    found = qualified(entries, places=places, on=on, reserve="reserve")
    assert codes_of(found.verdicts) == {
        "a": "qualified",
        "b": "not-qualified",
        "c": "of-the-reserve",
        "a2": "not-qualified",
    }
    asked = qualified(entries, places=places, on=on, otherwise="undecided")
    assert verdicts_of(asked.verdicts) == {"a": "in", "b": "undecided", "c": "undecided", "a2": "undecided"}


def test_whoever_qualified_and_is_of_the_reserve_takes_a_place_of_the_region() -> None:
    places = Standing(pl.DataFrame({"participant": ["a"], "subject": ["Физика"]}))
    found = qualified(
        people(("a", "Физика", True)), places=places, on={"participant": "participant"}, reserve="reserve"
    )
    assert codes_of(found.verdicts) == {"a": "qualified"}


@pytest.mark.parametrize(
    ("declared", "own", "verdict"),
    [(11, 10, "in"), (10, 10, "in"), (9, 10, "out"), (None, 10, "undecided"), (10, None, "undecided")],
)
def test_only_a_grade_that_is_not_lower_may_be_sat(
    declared: int | None, own: int | None, verdict: str
) -> None:
    entries = pl.DataFrame(
        {"entry": ["a"], "grade": [declared], "own_grade": [own]},
        schema={"entry": pl.String, "grade": pl.Int64, "own_grade": pl.Int64},
    )
    assert verdicts_of(upward(entries, declared="grade", own="own_grade").verdicts) == {"a": verdict}


def sittings(*minutes: int, rounds: tuple[str, ...] = ("1", "1", "2")) -> pl.DataFrame:
    rows = [
        {"unit": f"u{n}", "round": rounds[n], "began_at": TEN + timedelta(minutes=late)}
        for n, late in enumerate(minutes)
    ]
    return table("sittings", rows).with_columns(entry=pl.col("unit"), group=pl.lit("Абай"))


def test_a_minute_off_the_time_set_is_told() -> None:
    found = together(sittings(0, 1, -1), column="began_at", zone=ZONE, at=TEN)
    assert verdicts_of(found.verdicts) == {"u0": "in", "u1": "undecided", "u2": "undecided"}
    assert "began 2025-11-14 10:01; it was set for 2025-11-14 10:00" in found.verdicts["why"].to_list()


def test_only_the_rounds_it_was_set_for_begin_at_that_moment() -> None:
    found = together(sittings(0, 1, 300), column="began_at", zone=ZONE, at=TEN, only={"round": "1"})
    assert verdicts_of(found.verdicts) == {"u0": "in", "u1": "undecided", "u2": "in"}


def test_rounds_of_one_day_by_the_contests_clock() -> None:
    evening = 14 * 60 - 1  # 23:59 in Almaty
    same = together(sittings(0, 60, evening), column="began_at", zone=ZONE, same_day=True)
    assert set(verdicts_of(same.verdicts).values()) == {"in"}
    parted = together(sittings(0, 60, evening + 1), column="began_at", zone=ZONE, same_day=True)
    assert set(verdicts_of(parted.verdicts).values()) == {"undecided"}
    assert "2025-11-14, 2025-11-15" in parted.verdicts["why"][0]


def test_a_check_that_checks_nothing_is_refused() -> None:
    with pytest.raises(ParameterFault, match="same_day"):
        together(sittings(0), column="began_at", zone=ZONE)
