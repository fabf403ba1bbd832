"""Terms, and who was there on a day (regulation 003; the deadlines of order 99), in plain polars."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import polars as pl
from bare_told import ZONE, Bare, Given, Says, Tables, clock_day, otherwise, told

from worker.workdays import kazakhstan


def deadline(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    if given.get("made") is not None:  # a moment of the season in place of a column
        entries, given = entries.with_columns(made=pl.lit(given["made"])), {**given, "column": "made"}
    since, at = given.get("since"), given.get("at")
    unknown, verdict = given.get("unknown", "undecided"), given.get("otherwise", "out")
    timed = _timed(entries.with_columns(base=pl.col(since) if since else pl.lit(given["until"])), given)
    silent = pl.col(given["column"]).is_null()
    counted = {"calendar": pl.lit(kazakhstan().version)} if given.get("working_days") is not None else {}
    due = {"due": pl.col("due")} | counted
    figures = {"at": pl.col("shown")} | due
    ends = " {}" * len(counted)
    waiting = [
        Says(silent & pl.col("over"), verdict, "term-over", "nothing until {}" + ends, due),
        Says(silent, "in", "term-open", "nothing yet; the term ends {}" + ends, due),
    ]
    return told(
        timed,
        Says(pl.col("due").is_null(), unknown, "term-not-known", "from when the term runs is not told"),
        *(waiting if at else [Says(silent, unknown, "time-not-told", "the time is not told")]),
        Says(pl.col("late"), verdict, "late", "{}: after {}" + ends, figures),
        otherwise("{}: by {}" + ends, **figures),
        keep=("due",),
    )


def _timed(entries: pl.DataFrame, given: Given) -> pl.DataFrame:
    """With the end of the term, what was `shown`, whether `late`, and whether the term is `over`."""
    made, at = given["column"], given.get("at")
    units = ("days", "working_days", "months")
    if entries.schema[made] != pl.Date and all(given.get(unit) is None for unit in units):
        own, end = pl.col(made), pl.col("base")
        over = end < pl.lit(at, pl.Datetime("us", "UTC"))
        return entries.with_columns(due=_written(end), shown=_written(own), late=own >= end, over=over)
    today = pl.lit(at.astimezone(ZoneInfo(ZONE)).date() if at else None, pl.Date)
    dated = entries.with_columns(own=clock_day(entries, made), last=_last_day(entries, given))
    own, last = pl.col("own"), pl.col("last")
    return dated.with_columns(
        due=last.cast(pl.String), shown=own.cast(pl.String), late=own > last, over=last < today
    )


def _written(instant: pl.Expr) -> pl.Expr:
    return instant.dt.convert_time_zone(ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")


def _last_day(entries: pl.DataFrame, given: Given) -> pl.Expr:
    first = clock_day(entries, "base")
    if given.get("working_days") is not None:
        return first.replace_strict(
            _after_working_days(given["working_days"]), default=None, return_dtype=pl.Date
        )
    if given.get("months") is not None:
        return first.dt.offset_by(f"{given['months']}mo")
    if given.get("days") is not None:
        return first + pl.duration(days=given["days"])
    return (pl.col("base") - pl.duration(microseconds=1)).dt.convert_time_zone(ZONE).dt.date()


@cache
def _after_working_days(number: int) -> dict[date, date]:
    """Each day of the calendar and the last day of a term that runs from it."""
    worked = kazakhstan().days
    found: dict[date, date] = {}
    day, at = worked[0], 1
    while day <= worked[-1] and at + number <= len(worked):
        found[day] = worked[at + number - 1]
        day += timedelta(days=1)
        at += at < len(worked) and worked[at] == day
    return found


def term(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    lookup = given["months"]
    today = given["until"].astimezone(ZoneInfo(ZONE)).date()
    lines = {name: value.split("-") for name, value in lookup.values.items()}
    level, start = pl.col(lookup.column).cast(pl.String), pl.col(given["start"])
    bounds = [
        pl.coalesce(
            pl.lit(None, pl.Date),
            *(
                pl.when(level == name).then(start.dt.offset_by(f"{months[at]}mo"))
                for name, months in lines.items()
            ),
        )
        for at in (0, 1)
    ]
    seen = entries.with_columns(
        end=pl.coalesce(given["end"], pl.lit(today)),
        earliest=bounds[0],
        latest=bounds[1],
        allowed=level.replace_strict(lookup.values, default=None),
    )
    verdict = given.get("otherwise", "undecided")
    figures = {"start": start, "end": pl.col("end"), "allowed": pl.col("allowed")}
    text = "from {} to {}; {} months allowed"
    return told(
        seen,
        Says(start.is_null(), "out", "not-started", "not activated"),
        Says(pl.col("allowed").is_null(), "undecided", "term-not-set", "how long it lasts is not set"),
        Says(pl.col("end") < pl.col("earliest"), verdict, "term-too-short", text, figures),
        Says(pl.col("end") > pl.col("latest"), verdict, "term-overdue", text, figures),
        otherwise(text, **figures),
    )


def confirmed(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """From the mentor up to whoever was there on the day, three steps at most."""
    today = given["until"].astimezone(ZoneInfo(ZONE)).date()
    dated = entries.with_columns(day=clock_day(entries, given["at"]).fill_null(today))
    asked = dated.select("day", mentor=given["of"]).unique()
    for column in ("mentor", "second", "third"):
        above = _above(asked.select("day", person=column).drop_nulls().unique(), tables)
        step = {"mentor": "second", "second": "third", "third": "stands"}[column]
        moved = asked.join(above, left_on=[column, "day"], right_on=["person", "day"], how="left")
        asked = moved.with_columns(pl.when("away").then("next").otherwise(column).alias(step)).drop(
            "away", "next"
        )
    stands = asked.select("day", "stands", mentor="mentor")
    seen = dated.join(
        stands, left_on=[given["of"], "day"], right_on=["mentor", "day"], how="left", maintain_order="left"
    )
    by = pl.col(given["by"])
    another = by.is_not_null() & (by != pl.col("stands")).fill_null(value=True)
    figures = {"by": by, "day": pl.col("day")}
    wrong = figures | {"stands": pl.col("stands")}
    return told(
        seen.with_columns(confirmed=by.is_not_null()),
        Says(by.is_null(), "in", "awaits-confirmation", "nobody has confirmed it yet"),
        Says(another, "undecided", "confirmed-by-another", "{} confirmed it on {}, up to {}", wrong),
        otherwise("{} confirmed it on {}", **figures),
        keep=("confirmed",),
    )


def _above(people: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Of each `person` who was `away` on a `day`, the `next`: the substitute, else whoever watches over them."""
    day = pl.col("day")
    there = (pl.col("since") <= day) & (pl.col("until").is_null() | (pl.col("until") >= day))
    away = people.join(tables["absences"], left_on="person", right_on="absent").filter(there)
    newest = away.sort("since", "substitute").unique(["person", "day"], keep="last", maintain_order=True)
    watched = people.join(tables["staff"].drop_nulls("watched_by"), on="person").filter(there)
    watches = watched.sort("since").unique(["person", "day"], keep="last", maintain_order=True)
    both = newest.join(watches.select("person", "day", "watched_by"), on=["person", "day"], how="left")
    return both.select("person", "day", away=True, next=pl.coalesce("substitute", "watched_by"))


PEERS: Mapping[str, Bare] = {"confirmed": confirmed, "deadline": deadline, "term": term}
