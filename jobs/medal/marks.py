"""Anonymous marks that participants give their mentors (clause 3.3), shown only where nobody can be told from them."""

import polars as pl

LEAST = 5
"""From so few questionnaires on a mean is shown; so few must also stand behind every difference of shown means."""

COUNTRY = "country"


def shown_marks(marks: pl.DataFrame, mentors: pl.DataFrame, least: int = LEAST) -> pl.DataFrame:
    """Which sums of marks may be shown: of a mentor, of a region, of the country.

    marks: a row a questionnaire, with `mentor` and `stars` (1 to 5). mentors: `person` and `region`, a row a mentor.
    Returns kind (mentor, region, country), id, stars (sum) and count, of those that may be shown and of no others.

    A mean is shown from `least` marks on. A sum over several is shown only where the marks in it that are not shown
    further down are none, or again `least`: then each difference of any shown sums is of none or of `least` too.
    """
    placed = marks.join(mentors.select(mentor="person", region="region"), on="mentor", how="left")
    of_mentors = _summed(placed, "mentor", "region")
    own = of_mentors.with_columns(hidden=pl.col("count")).with_columns(shown=pl.col("hidden") >= least)
    of_regions = _gathered(own, "region", least)
    of_country = _gathered(of_regions.with_columns(country=pl.lit(COUNTRY)), "country", least)
    found = [
        table.filter("shown").select(pl.lit(kind).alias("kind"), pl.col(kind).alias("id"), "stars", "count")
        for kind, table in (("mentor", own), ("region", of_regions), (COUNTRY, of_country))
    ]
    return pl.concat(found).drop_nulls("id").sort("kind", "id")


def _summed(placed: pl.DataFrame, *by: str) -> pl.DataFrame:
    return placed.group_by(by).agg(stars=pl.col("stars").sum(), count=pl.len().cast(pl.Int64))


def _gathered(parts: pl.DataFrame, by: str, least: int) -> pl.DataFrame:
    """The sums of `parts` by their `by`; `hidden` counts the marks that no part shows. Parts of nobody stay hidden."""
    left = pl.when("shown").then(0).otherwise("hidden").sum()
    sums = parts.group_by(by).agg(stars=pl.col("stars").sum(), count=pl.col("count").sum(), hidden=left)
    safe = (pl.col("hidden") == 0) | (pl.col("hidden") >= least)
    return sums.with_columns(shown=pl.col(by).is_not_null() & (pl.col("count") >= least) & safe)
