"""What a level wants of each direction (regulation 003, clause 3.2): weeks of an hour, books, days."""

import re
from collections.abc import Mapping

import polars as pl

from jobs.binding import Lookup
from jobs.errors import ParameterFault

WEEKS, BOOKS, DAYS, BOOK = "weeks", "books", "days", "book"
"""What a norm is counted in; the last is one book in place of weeks."""

_HOURS = re.compile(r"([0-9]+)(?: or ([0-9]+))? months(, or a book)?")
_BOOKS = re.compile(r"([0-9]+) books, ([0-9]+) kazakh")
_DAYS = re.compile(r"([0-9]+) days")

_SCHEMA = {
    "level": pl.String,
    "direction": pl.String,
    "unit": pl.String,
    "short": pl.Int64,
    "long": pl.Int64,
    "or_book": pl.Boolean,
    "kazakh": pl.Int64,
}


def numbers(table: Lookup, key: str) -> dict[str, int]:
    """The points in a table of the Operator's; `key` names it in the ParameterFault of one that is no number."""
    for value in table.values.values():
        if not value.isdecimal():
            raise ParameterFault(f'{key}: {value!r} is no number of points such as "60".')
    return {name: int(value) for name, value in table.values.items()}


def required(entries: pl.DataFrame, norms: pl.DataFrame) -> pl.DataFrame:
    """A row an entry and direction in `counted` that has a norm: `unit`, `required` (null where the choice between two
    terms is not told) and `kazakh` (of the books, how many of the Kazakh golden fund). A participant has chosen which
    direction takes the `longer` term, how `heritage` is fulfilled ("book", or lessons), and for how many months
    (`heritage_months`)."""
    named = entries.select(
        "entry",
        level=pl.col("level").cast(pl.String),
        direction=pl.col("counted").str.split(" "),
        longer=pl.col("longer").cast(pl.String),
        heritage=pl.col("heritage").cast(pl.String),
        months="heritage_months",
    ).explode("direction")
    rows = named.join(norms, on=["level", "direction"], how="inner", maintain_order="left")
    book = (pl.col("or_book") & (pl.col("heritage") == BOOK)).fill_null(value=False)
    return rows.select(
        "entry",
        "level",
        "direction",
        unit=pl.when(book).then(pl.lit(BOOK)).otherwise("unit"),
        required=pl.when(book).then(1).otherwise(_term()),
        kazakh="kazakh",
    )


def _term() -> pl.Expr:
    """The long or the short of two terms, as the participant chose: of sport and talent by name, of heritage by months,
    the short one where no months are told."""
    by_months = pl.when(pl.col("months").is_null() | (pl.col("months_short") == pl.col("months"))).then(
        "short"
    )
    heritage = by_months.when(pl.col("months_long") == pl.col("months")).then("long")
    named = pl.when(pl.col("longer") == pl.col("direction")).then("long")
    by_name = named.when(pl.col("longer").is_not_null()).then("short")
    two = pl.when("or_book").then(heritage).otherwise(by_name)
    return pl.when(pl.col("long").is_null()).then("short").otherwise(two)


def table(values: Mapping[str, str], weeks_a_quarter: int) -> pl.DataFrame:
    """The lines of the rulebook's table ("bronze/sport" = "3 months") as rows, months as weeks (reading Q29). Raises
    ParameterFault."""
    rows = [_row(key, text, weeks_a_quarter) for key, text in values.items()]
    schema = {**_SCHEMA, "months_short": pl.Int64, "months_long": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


_Row = tuple[str, str, str, int, int | None, bool, int, int | None, int | None]


def _row(key: str, text: str, weeks_a_quarter: int) -> _Row:
    level, slash, direction = key.partition("/")
    if not slash:
        raise ParameterFault(f'levels.of: {key!r} is no level and direction such as "bronze/sport".')
    if hours := _HOURS.fullmatch(text):
        short, long = int(hours[1]), int(hours[2]) if hours[2] else None
        weeks = [None if each is None else _weeks(text, each, weeks_a_quarter) for each in (short, long)]
        return level, direction, WEEKS, weeks[0] or 0, weeks[1], bool(hours[3]), 0, short, long
    if books := _BOOKS.fullmatch(text):
        number, kazakh = int(books[1]), int(books[2])
        if number < kazakh + 2:
            raise ParameterFault(f"levels.of: {text!r} leaves no book for the two other sections.")
        return level, direction, BOOKS, number, None, False, kazakh, None, None
    if days := _DAYS.fullmatch(text):
        return level, direction, DAYS, int(days[1]), None, False, 0, None, None
    raise ParameterFault(
        f'levels.of: {text!r} is no norm such as "3 months", "3 or 6 months, or a book", "3 books, 1 kazakh", "2 days".'
    )


def _weeks(text: str, months: int, weeks_a_quarter: int) -> int:
    """Months of 13 weeks a quarter; the number of weeks is whole."""
    if months * weeks_a_quarter % 3 or not months:
        raise ParameterFault(
            f"levels.of: {text!r} is no whole number of weeks, {weeks_a_quarter} in three months."
        )
    return months * weeks_a_quarter // 3
