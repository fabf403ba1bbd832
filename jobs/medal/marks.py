"""Anonymous marks that participants give their mentors (clause 3.3), shown only where nobody can be told from them.

Neither one report nor several in a row tell more than sums over groups of at least five questionnaires: a mentor's new
answers join what is shown together, once they are five, and what was shown stays as it was when one of its answers is
changed or taken back. Regions and the country tell of what is shown of their mentors and of nothing else; so everything
that is ever shown is a sum of those groups, and so is every difference.
"""

import polars as pl

LEAST = 5
"""From so few questionnaires on a mean is shown, and with so few new ones it moves."""

COUNTRY = "country"
ANSWER = ("rating", "mentor", "stars")


def counted_marks(marks: pl.DataFrame, earlier: pl.DataFrame, least: int = LEAST) -> pl.DataFrame:
    """The questionnaires that stand behind what may be shown now: `rating`, `mentor`, `stars`.

    marks: all that have come. earlier: those behind the reports before, as they were then; they stay. Of each mentor
    all new ones join them where these are at least `least`; else they wait. What came when does not matter.
    """
    new = marks.select(ANSWER).unique("rating", keep="first", maintain_order=True)
    unseen = new.join(earlier, on="rating", how="anti", maintain_order="left")
    ready = unseen.filter(pl.len().over("mentor") >= least)
    return pl.concat([earlier.select(ANSWER), ready]).sort("rating")


def shown_marks(counted: pl.DataFrame, mentors: pl.DataFrame, least: int = LEAST) -> pl.DataFrame:
    """The sums of marks that are shown: of a mentor, of a region, of the country.

    counted: a row a questionnaire, with `mentor` and `stars` (1 to 5), as `counted_marks` gives them. mentors: `person`
    and `region`, a row a mentor. Returns kind (mentor, region, country), id, stars (sum) and count. A mentor with fewer
    than `least` is not shown, and is in no other sum.
    """
    placed = counted.join(mentors.select(mentor="person", region="region"), on="mentor", how="left")
    own = _summed(placed, "mentor", "region").filter(pl.col("count") >= least)
    country = own.with_columns(country=pl.lit(COUNTRY))
    found = [_gathered(table, kind) for kind, table in (("mentor", own), ("region", own), (COUNTRY, country))]
    return pl.concat(found).drop_nulls("id").sort("kind", "id")


def _summed(placed: pl.DataFrame, *by: str) -> pl.DataFrame:
    return placed.group_by(by).agg(stars=pl.col("stars").sum(), count=pl.len().cast(pl.Int64))


def _gathered(parts: pl.DataFrame, by: str) -> pl.DataFrame:
    sums = parts.group_by(id=pl.col(by)).agg(pl.col("stars", "count").sum())
    return sums.select(pl.lit(by).alias("kind"), "id", "stars", "count")
