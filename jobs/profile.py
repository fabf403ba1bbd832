"""Whether people sat the test of the right subject (order 99, annex 3, clause 16 and its appendix 2)."""

import polars as pl

from jobs.binding import Lookup
from jobs.exact import exact, number
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

    The table's values are subjects, divided by "|" where any of them may be sat. Results of another `stage` are not
    read. Subjects are compared without regard to capitals. Who has no result at all is another rule's matter.
    """
    allowed = {value.lower(): subjects for value, subjects in of.values.items()}
    subjects = (
        pl.col(of.column).str.to_lowercase().replace_strict(allowed, default=None, return_dtype=pl.String)
    )
    named = entries.select("entry", person=separate_ids(pl.col(people)), subjects=subjects)
    sat = _sat(results, stage, most)
    found = named.explode("person").join(sat, on="person", how="inner")
    listed = pl.format("|{}|", pl.col("subjects").str.to_lowercase())
    right = listed.str.contains(pl.format("|{}|", pl.col("subject").str.to_lowercase()), literal=True)
    counted = found.group_by("entry").agg(
        other=pl.col("subject").filter(~right).unique().sort().str.join(", "),
        untold=pl.col("subject").is_null().any(),
        beyond=pl.col("beyond").any(),
    )
    told = named.select("entry", "subjects").join(counted, on="entry", how="left", maintain_order="left")
    return Decisions(
        judge(told, *_cases(most), otherwise=words("profile-subject", "the test of {subjects}", **_SUBJECTS))
    )


_SUBJECTS = {"subjects": pl.col("subjects")}


def _sat(results: pl.DataFrame, stage: str | None, most: str) -> pl.DataFrame:
    """`person`, `subject` and whether the points are `beyond` those of the test."""
    chosen = of_stage(results, stage)
    within = exact(chosen["score"]).at_most(number(most, "profile.most"))
    return chosen.select(person="participant", subject="subject").with_columns(beyond=~within).unique()


def _cases(most: str) -> list[Case]:
    other = words(
        "profile-other", "sat {other}, where {subjects} is tested", other=pl.col("other"), **_SUBJECTS
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
        Case(pl.col("beyond"), UNDECIDED, beyond),
    ]
