"""Marks of a part of a task whose most points hang on how it was done.

Order 99, annex 4, clause 19: the voices of a period have five points on a given beginning, four on an own one, three if
it was prepared beforehand.
"""

import polars as pl

from jobs.binding import Codes
from jobs.exact import exact, number
from jobs.juries import marks_of, on_sheets
from jobs.verdicts import Decisions, in_doubt, judge, words


def ceilings(
    entries: pl.DataFrame, *, scores: pl.DataFrame, round_: str, most: dict[str, str], codes: Codes
) -> Decisions:
    """Undecided: an entry of which a juror gave more points than `most` has for the way that stands as the criterion,
    named a way that it has not, or named two. Read are the marks of the `round`, where jurors note such parts beside
    the marks of the tasks, of which they are no part. Raises ParameterFault, PointsFault.
    """
    noted = scores.drop_nulls("points").filter(pl.col("round") == round_)
    marks = marks_of(entries, noted, lambda: on_sheets(entries, noted["contestant"], codes))
    told = entries.select("entry").join(_faults(marks, most), on="entry", how="left", maintain_order="left")
    return Decisions(
        judge(told, *_CASES, otherwise=words("ceilings-kept", "no part of a task above its most"))
    )


def _faults(marks: pl.DataFrame, most: dict[str, str]) -> pl.DataFrame:
    """`entry`, and the first of each fault: a mark `above`, an unknown way (`strange`), `two` ways of a juror."""
    way = marks["criterion"].str.to_lowercase()
    points = exact(marks["points"])
    above = [
        (way == name) & ~points.at_most(number(text, f"ceilings.most.{name}")) for name, text in most.items()
    ]
    told = marks.select("entry", "juror", way=way, points="points").with_columns(
        above=pl.any_horizontal(pl.lit(pl.Series(each)) for each in above) if above else pl.lit(value=False),
        strange=~pl.col("way").is_in(list(most)).fill_null(value=False),
        two=pl.col("way").n_unique().over("entry", "juror") > 1,
    )
    said = pl.concat_str("way", pl.lit(": "), "points", ignore_nulls=True)
    faulty = told.filter(pl.col("above") | pl.col("strange") | pl.col("two") | pl.col("way").is_null())
    return faulty.group_by("entry").agg(
        said.filter("above").min().alias("above"),
        pl.col("way").filter("strange").min().alias("strange"),
        pl.col("juror").filter("two").min().alias("two"),
        unnamed=pl.col("way").is_null().any(),
    )


_CASES = (
    in_doubt(
        "above", "part-above", "a part of a task above the most for its way ({mark})", mark=pl.col("above")
    ),
    in_doubt(
        pl.col("strange").is_not_null() | pl.col("unnamed"),
        "part-unknown",
        "a way that is not known here: {way}",
        way=pl.col("strange").fill_null("–"),
    ),
    in_doubt("two", "part-twice", "two ways of one part by one juror"),
)
