"""How many full years somebody has on a day (regulation 003, clauses 1 and 3.2: 14 to 29, over 14, 15 and 16)."""

from typing import Literal

import polars as pl

from jobs.binding import Lookup, Zone
from jobs.calendar import local_day
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def age(
    entries: pl.DataFrame,
    *,
    column: str,
    on: list[str],
    zone: Zone,
    least: int | None = None,
    most: int | None = None,
    of: Lookup | None = None,
    over: Literal["reached", "passed"] = "reached",
) -> Decisions:
    """Out: whoever, born on the day in `column`, is younger than `least` full years, or older than `most`, on
    the day of the first of the columns `on` that is told (a day, or an instant by the contest's clocks); adds `age`.

    `of` gives the least age by a column in place of `least`. "Over 14" is 14 full years `reached`, or `passed` where
    the next birthday is wanted (reading Q28). Undecided: nothing tells the birth date or the day.
    """
    wanted = _least(least, of)
    day = pl.coalesce(*(day_of(entries, name, zone) for name in on))
    needed = wanted if over == "reached" else wanted + 1
    born = pl.col(column)
    told = entries.select(
        "entry", day=day, born=born, age=full_years(born, day), least=needed, most=pl.lit(most, pl.Int64)
    )
    figures = {name: pl.col(name) for name in ("age", "day", "least", "most")}
    young = words("too-young", "{age} full years on {day}; {least} needed", **_only(figures, "most"))
    old = words("too-old", "{age} full years on {day}; {most} at most", **_only(figures, "least"))
    silent = words("age-not-known", "the birth date, or the day on which age counts, is not told")
    decided = judge(
        told,
        Case(pl.col("age").is_null(), UNDECIDED, silent),
        Case(pl.col("age") < pl.col("least"), OUT, young),
        Case(pl.col("age") > pl.col("most"), OUT, old),
        otherwise=words("of-age", "{age} full years on {day}", age=pl.col("age"), day=pl.col("day")),
    )
    return Decisions(decided, told.select("entry", "age"))


def _only(figures: dict[str, pl.Expr], without: str) -> dict[str, pl.Expr]:
    return {name: figure for name, figure in figures.items() if name != without}


def _least(least: int | None, of: Lookup | None) -> pl.Expr:
    if of is None:
        return pl.lit(least, pl.Int64)
    wrong = [value for value in of.values.values() if not value.isdecimal()]
    if wrong:
        raise ParameterFault(f'age.of: {wrong[0]!r} is no number of years such as "14".')
    years = {name: int(value) for name, value in of.values.items()}
    named = pl.col(of.column).cast(pl.String)
    return named.replace_strict(years, default=None, return_dtype=pl.Int64)


def full_years(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Birthdays passed, that of the day itself included; whoever was born on 29 February has it on 1 March in a year
    without that day."""
    later = (born.dt.month() > day.dt.month()) | (
        (born.dt.month() == day.dt.month()) & (born.dt.day() > day.dt.day())
    )
    return (day.dt.year() - born.dt.year() - later.cast(pl.Int32)).cast(pl.Int64)


def day_of(entries: pl.DataFrame, name: str, zone: str) -> pl.Expr:
    """The day in a column, which of an instant the clocks of `zone` show."""
    if isinstance(entries.schema[name], pl.Datetime):
        return local_day(pl.col(name), zone)
    return pl.col(name).cast(pl.Date)
