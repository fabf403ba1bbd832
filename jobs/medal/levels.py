"""How far a participant has fulfilled a level: the percent of each direction, and the rating.

Regulation 003, clauses 3.2 (the norms of three levels), 3.1 (complete when the mentor has confirmed everything) and 4.4
(percent of a direction, rating = sum of percents ÷ number of directions).
"""

import math
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from jobs.age import day_of
from jobs.binding import Lookup, Standing, Zone
from jobs.errors import ParameterFault
from jobs.exact import written
from jobs.medal import norms
from jobs.medal.counts import KEY, counted
from jobs.medal.weeks import gaps, grid
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def levels(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    records: Standing,
    absences: pl.DataFrame,
    of: Lookup,
    until: datetime,
    zone: Zone,
    weekly: int = 60,
    weeks_a_quarter: int = 13,
    cap: int | None = None,
    points: Lookup | None = None,
    regions: Literal["all", "begun"] = "all",
) -> Decisions:
    """Out: whoever has not fulfilled the norm of every direction in the column `counted`, by confirmed records alone.
    Undecided: the choice between two terms, or who has no direction with a norm.

    `records`: the journal's records still in after an earlier stage (`participant`, `direction`, `done_at`, `minutes`,
    `days`, `book`, `section`, `confirmed`), those from the day `started_on` to the day `finished_on` or `until`. `of`:
    the norms by "level/direction" (`jobs.medal.norms`); `weekly`: minutes a week; `weeks_a_quarter`: weeks of three
    months (Q29); `cap`: the most percent of a direction (Q31); weeks of `absences` of which the mentor was told count
    neither for nor against (clause 3.3). `points`: the Operator's table, points a week, book or day of a direction.
    `regions`: whose ratings make that of a region, everybody's or only of those who have begun (Q33): in the evidence
    `ratings`, flag `of_region`.

    Adds `rating`, `percent_lowest` (exact), `complete` and `points`. Evidence: `percents`, `ratings`, `gaps` and
    `trophies`.
    """
    today = until.astimezone(ZoneInfo(zone)).date()
    table = norms.table(of.values, weeks_a_quarter)
    every = norms.required(entries, table)
    wanted = every.drop_nulls("required").join(_spans(entries, today), on="entry", how="left")
    own = _own(records, wanted, zone)
    weeks = _weeks(wanted, own, _told(absences), weekly)
    percents = _percents(counted(wanted, own, weeks), cap)
    begun = pl.lit(regions == "all") | (pl.col("numerator") > 0)
    ratings = _ratings(percents).with_columns(of_region=begun)
    unsure = every.filter(pl.col("required").is_null()).select("entry").unique()
    evidence = {
        "percents": percents.sort("entry", "direction"),
        "ratings": ratings.sort("entry"),
        "gaps": gaps(weeks, today),
        "trophies": _trophies(percents, ratings),
    }
    return Decisions(
        _judged(entries, ratings, percents, unsure),
        _columns(entries, ratings, percents, points),
        evidence,
    )


def _spans(entries: pl.DataFrame, today: date) -> pl.DataFrame:
    last = pl.min_horizontal(pl.coalesce("finished_on", pl.lit(today)), pl.lit(today))
    return entries.select("entry", begin="started_on", last=last)


def _own(records: pl.DataFrame, wanted: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The records that count for a norm, each with its local day."""
    dated = records.select(
        pl.col("participant").alias("entry"),
        pl.col("direction").cast(pl.String),
        "minutes",
        "days",
        "book",
        "section",
        "confirmed",
        day=day_of(records, "done_at", zone),
    )
    spans = wanted.select(*KEY, "begin", "last")
    inside = dated.join(spans, on=KEY, how="inner", maintain_order="left")
    books = dated.filter(pl.col("direction") == norms.BOOKS).join(
        spans.select("entry").unique(), on="entry", how="semi"
    )
    counted_ = inside.filter(pl.col("day").is_between("begin", "last")).drop("begin", "last")
    return pl.concat([counted_, books.join(spans, on=KEY, how="anti")])


def _told(absences: pl.DataFrame) -> pl.DataFrame:
    """Absences of which the mentor was told."""
    return absences.filter(pl.col("told_on").is_not_null()).select(
        pl.col("absent").alias("entry"), "since", "until"
    )


def _weeks(wanted: pl.DataFrame, own: pl.DataFrame, excused: pl.DataFrame, weekly: int) -> pl.DataFrame:
    """The grid of weeks of the norms that are counted in them."""
    in_weeks = wanted.filter(pl.col("unit") == norms.WEEKS)
    timed = own.drop_nulls("minutes").join(in_weeks, on=KEY, how="semi")
    return grid(in_weeks.select(*KEY, "required", "last"), timed, excused, weekly)


def _percents(done: pl.DataFrame, cap: int | None) -> pl.DataFrame:
    """The percent of each direction, as `numerator` over `denominator` and written out."""
    full = pl.col("met") * 100
    capped = full if cap is None else pl.min_horizontal(full, pl.col("required") * cap)
    told = done.with_columns(numerator=capped, denominator="required")
    named = told.with_columns(percent=written(told["numerator"], told["denominator"]))
    return named.select(
        *KEY, "level", "unit", "required", "met", "written", "percent", "numerator", "denominator"
    )


def _ratings(percents: pl.DataFrame) -> pl.DataFrame:
    """The sum of the percents ÷ the number of directions, exactly."""
    below = _common(percents)
    summed = percents.group_by("entry", maintain_order=True).agg(
        pl.col("level").first(),
        directions=pl.len().cast(pl.Int64),
        numerator=(pl.col("numerator") * (below // pl.col("denominator"))).sum(),
        complete=(pl.col("met") >= pl.col("required")).all(),
    )
    rated = summed.with_columns(denominator=pl.col("directions") * below)
    named = rated.with_columns(rating=written(rated["numerator"], rated["denominator"]))
    return named.select("entry", "level", "directions", "rating", "numerator", "denominator", "complete")


_WIDEST = 10**12


def _common(percents: pl.DataFrame) -> int:
    """The common denominator of all percents; 1 where there are none."""
    below = math.lcm(*percents["denominator"].unique().to_list())
    if below > _WIDEST:
        raise ParameterFault(
            "levels.of: the norms have so many divisors that ratings cannot be added exactly."
        )
    return below


def _trophies(percents: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """Goals that are reached (clause 4.2): each direction fulfilled, and the level as a whole."""
    reached = percents.filter(pl.col("met") >= pl.col("required"))
    parts = reached.select("entry", trophy="direction", level="level")
    whole = ratings.filter("complete").select("entry", trophy=pl.lit("level"), level="level")
    return pl.concat([parts, whole]).sort("entry", "trophy")


def _columns(
    entries: pl.DataFrame, ratings: pl.DataFrame, percents: pl.DataFrame, points: Lookup | None
) -> pl.DataFrame:
    share = pl.col("numerator") * (_common(percents) // pl.col("denominator"))
    lowest = percents.group_by("entry").agg(percent_lowest=pl.col("percent").sort_by(share).first())
    told = ratings.select("entry", "rating", "complete").join(lowest, on="entry", how="left")
    joined = entries.select("entry").join(told, on="entry", how="left", maintain_order="left")
    return joined.join(_points(percents, points), on="entry", how="left", maintain_order="left").with_columns(
        pl.col("complete").fill_null(value=False), pl.col("points").fill_null(0)
    )


def _points(percents: pl.DataFrame, points: Lookup | None) -> pl.DataFrame:
    """Points over all directions (clause 4.2), by the Operator's table."""
    values = norms.numbers(points, "levels.points") if points is not None else {}
    each = pl.col("direction").replace_strict(values, default=0, return_dtype=pl.Int64)
    return percents.group_by("entry").agg(points=(pl.col("met") * each).sum())


def _judged(
    entries: pl.DataFrame,
    ratings: pl.DataFrame,
    percents: pl.DataFrame,
    unsure: pl.DataFrame,
) -> pl.DataFrame:
    open_ = percents.filter(pl.col("met") < pl.col("required")).sort("entry", "direction")
    one = pl.format("{} {} of {} {}", "direction", "met", "required", "unit")
    told = entries.select("entry")
    for known in (
        ratings.select("entry", "rating"),
        open_.group_by("entry").agg(lacking=one.str.join(", ")),
        unsure.with_columns(unsure=pl.lit(value=True)),
    ):
        told = told.join(known, on="entry", how="left", maintain_order="left")
    return judge(
        told,
        Case(pl.col("unsure"), UNDECIDED, _NOT_CHOSEN),
        Case(pl.col("rating").is_null(), UNDECIDED, _NO_NORMS),
        Case(pl.col("lacking").is_not_null(), OUT, _INCOMPLETE),
        otherwise=_COMPLETE,
    )


_NOT_CHOSEN = words(
    "term-not-chosen", "which direction takes the longer term, or how many months, is not told"
)
_NO_NORMS = words("no-norms", "none of the directions has a norm at this level")
_INCOMPLETE = words(
    "level-incomplete", "rating {rating}: {lacking}", rating=pl.col("rating"), lacking=pl.col("lacking")
)
_COMPLETE = words("level-complete", "rating {rating}: every direction fulfilled", rating=pl.col("rating"))
