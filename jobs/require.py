"""Conditions on one column of a record."""

from collections.abc import Callable
from typing import Literal

import polars as pl

from jobs.binding import Zone
from jobs.errors import ParameterFault
from jobs.iin import iin_birth_date, iin_valid
from jobs.verdicts import OUT, Case, Decisions, judge, words

Condition = Literal["present", "true", "iin", "adult-iin"]


def require(
    entries: pl.DataFrame,
    *,
    column: str,
    is_: Condition,
    zone: Zone,
    at: str | None = None,
    differs_from: str | None = None,
) -> Decisions:
    """Out: entries whose `column` is not what `is` asks, or equals the column `differs_from`.

    `iin`: twelve digits with a right date, century and control digit. `adult-iin`: that, and 18 years full on the
    day of the column `at` in the contest's time zone.
    """
    holds = _CONDITIONS[is_](column, at, zone)
    same = (
        (pl.col(column) == pl.col(differs_from)).fill_null(value=False)
        if differs_from
        else pl.lit(value=False)
    )
    fails = ~holds.fill_null(value=False) | same
    named = column.replace("_", " ")
    failed = words(f"{column}-not-{is_}".replace("_", "-"), f"{named}: {_SENTENCES[is_]}")
    return Decisions(
        judge(entries, Case(fails, OUT, failed), otherwise=words("required", f"{named}: in order"))
    )


def _present(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return pl.col(column).is_not_null()


def _true(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return pl.col(column).cast(pl.Boolean)


def _iin(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return iin_valid(pl.col(column))


def _adult(column: str, at: str | None, zone: str) -> pl.Expr:
    if at is None:
        raise ParameterFault(
            "is = 'adult-iin' needs the key `at`, the column with the day on which age counts."
        )
    eighteenth = iin_birth_date(pl.col(column)).dt.offset_by("18y")
    return iin_valid(pl.col(column)) & (eighteenth <= pl.col(at).dt.convert_time_zone(zone).dt.date())


_CONDITIONS: dict[str, Callable[[str, str | None, str], pl.Expr]] = {
    "present": _present,
    "true": _true,
    "iin": _iin,
    "adult-iin": _adult,
}
_SENTENCES = {
    "present": "not given",
    "true": "not confirmed",
    "iin": "not a right IIN (length, date or control digit)",
    "adult-iin": "not a right IIN of another person of full age",
}
