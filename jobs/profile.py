"""Whether people sat the test of the right subject (order 99, annex 3, clause 16 and its appendix 2)."""

import polars as pl

from jobs.binding import Lookup
from jobs.exact import Exact, exact, number
from jobs.juries import of_stage
from jobs.names import separate_ids
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def profile(
    entries: pl.DataFrame,
    *,
    results: pl.DataFrame,
    of: Lookup,
    people: str,
    stage: str | None = None,
    most: str,
) -> Decisions:
    """Undecided: entries one of whose people (ids in the column `people`, spaces between) has a result in a subject
    that the table `of` does not name for the entry, or with more than the `most` points of the test; and entries for
    which that table names none.

    The table's values are subjects, divided by "|" where any of them may be sat, and by " + " where both have to be:
    then whoever lacks one of them is undecided too, and the points are those of all together. Results of another
    `stage` are not read. Subjects are compared without regard to capitals. Who has no result at all is another rule's
    matter.
    """
    allowed = {value.lower(): subjects for value, subjects in of.values.items()}
    subjects = (
        pl.col(of.column).str.to_lowercase().replace_strict(allowed, default=None, return_dtype=pl.String)
    )
    named = entries.select("entry", person=separate_ids(pl.col(people)), subjects=subjects)
    sat = _sat(results, stage, most)
    found = named.explode("person").join(sat, on="person", how="inner")
    listed = pl.format(
        "|{}|", pl.col("subjects").str.to_lowercase().str.replace_all(" + ", "|", literal=True)
    )
    right = listed.str.contains(pl.format("|{}|", pl.col("subject").str.to_lowercase()), literal=True)
    counted = found.group_by("entry").agg(
        other=pl.col("subject").filter(~right).unique().sort().str.join(", "),
        untold=pl.col("subject").is_null().any(),
        beyond=pl.col("beyond").any(),
    )
    told = (
        named.select("entry", "subjects")
        .join(counted, on="entry", how="left", maintain_order="left")
        .join(_halves(found), on="entry", how="left", maintain_order="left")
    )
    return Decisions(
        judge(told, *_cases(most), otherwise=words("profile-subject", "the test of {subjects}", **_SUBJECTS))
    )


_SUBJECTS = {"subjects": pl.col("subjects")}


def _sat(results: pl.DataFrame, stage: str | None, most: str) -> pl.DataFrame:
    """`person`, `subject` and whether the person's points are `beyond` those of the test."""
    chosen = of_stage(results, stage).select("participant", "subject", "score").unique(maintain_order=True)
    points = exact(chosen["score"])
    numbered = chosen.select(person="participant", subject="subject").with_columns(points=points.values)
    sums = numbered.select("person", "subject", pl.col("points").sum().over("person"))
    within = Exact(sums["points"], points.denominator).at_most(number(most, "profile.most"))
    return sums.select("person", "subject").with_columns(beyond=~within).unique()


def _halves(found: pl.DataFrame) -> pl.DataFrame:
    """`entry` and the subjects of one of its people (`half`) who sat not all of any set that has to be sat."""
    both = found.filter(pl.col("subjects").str.contains(" + ", literal=True))
    sat = both.group_by("entry", "person").agg(
        pl.col("subjects").first(), sat=pl.col("subject").str.to_lowercase().unique(), half=_names("subject")
    )
    sets = sat.with_columns(pl.col("subjects").str.to_lowercase().str.split("|")).explode("subjects")
    whole = pl.col("subjects").str.split(" + ").list.set_difference("sat").list.len() == 0
    lacking = sets.group_by("entry", "person").agg(whole=whole.any(), half=pl.col("half").first())
    return lacking.filter(~pl.col("whole")).group_by("entry").agg(pl.col("half").min())


def _names(column: str) -> pl.Expr:
    return pl.col(column).unique().sort().str.join(", ")


def _cases(most: str) -> list[Case]:
    other = words(
        "profile-other", "sat {other}, where {subjects} is tested", other=pl.col("other"), **_SUBJECTS
    )
    half = words(
        "profile-half", "sat {half} alone, where {subjects} are tested", half=pl.col("half"), **_SUBJECTS
    )
    beyond = words("profile-beyond", "more points than the {most} of the test", most=pl.lit(most))
    return [
        Case(pl.col("subjects").is_null(), UNDECIDED, words("profile-unknown", "no test is named for it")),
        Case(pl.col("other") != "", UNDECIDED, other),
        Case(
            pl.col("untold"),
            UNDECIDED,
            words("profile-not-told", "of which subject the test was is not told"),
        ),
        Case(pl.col("half").is_not_null(), UNDECIDED, half),
        Case(pl.col("beyond"), UNDECIDED, beyond),
    ]
