"""Records of the journal and who confirmed them (regulation 003, clause 3.3: mentor, substitution, expert)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from jobs.age import day_of
from jobs.binding import Zone
from jobs.medal.substitution import effective
from jobs.verdicts import IN, UNDECIDED, Case, Decisions, judge, words


def confirmed(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    of: str,
    by: str,
    at: str,
    done: str,
    staff: pl.DataFrame,
    absences: pl.DataFrame,
    until: datetime,
    zone: Zone,
) -> Decisions:
    """Adds `confirmed`: whoever carried the duties of the mentor `of` on the day `at` has confirmed the record (`by`).

    Undecided: somebody else has confirmed it. In, and listed: nobody has yet. Evidence `queue`: the records nobody has
    confirmed, who has to on the day of `until` (`stands`) and how many days they have waited (`age`).
    """
    today = until.astimezone(ZoneInfo(zone)).date()
    told = entries.select(
        "entry", mentor=of, by=by, on=day_of(entries, at, zone), done_on=day_of(entries, done, zone)
    )
    days = pl.coalesce("on", pl.lit(today)).alias("on")
    pairs = told.select(days, person="mentor")
    stands = effective(pairs, staff=staff, absences=absences).rename({"person": "mentor"})
    seen = told.with_columns(days).join(stands, on=["mentor", "on"], how="left", maintain_order="left")
    waits = pl.col("by").is_null()
    right = ~waits & (pl.col("by") == pl.col("stands")).fill_null(value=False)
    figures = {name: pl.col(name) for name in ("by", "stands", "on")}
    decided = judge(
        seen,
        Case(waits, IN, words("awaits-confirmation", "nobody has confirmed it yet")),
        Case(
            ~right,
            UNDECIDED,
            words("confirmed-by-another", "{by} confirmed it; on {on} this was up to {stands}", **figures),
        ),
        otherwise=words("confirmed", "{by} confirmed it on {on}", by=figures["by"], on=figures["on"]),
    )
    return Decisions(
        decided,
        seen.select("entry", confirmed=~waits),
        {"queue": _queue(entries, seen.filter(waits))},
    )


def _queue(entries: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    named = [name for name in ("participant", "direction") if name in entries.columns]
    age = (pl.col("on") - pl.col("done_on")).dt.total_days().alias("age")
    listed = waiting.join(entries.select("entry", *named), on="entry", how="left", maintain_order="left")
    queued = listed.select(pl.col("entry").alias("record"), *named, "mentor", "stands", "done_on", age)
    return queued.sort("age", "record", descending=[True, False], nulls_last=True)
