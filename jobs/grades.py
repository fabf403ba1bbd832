"""Which grades may sit which subject (order 99, annex 2, clause 11: Uyghur and Uzbek; clause 19: the two cycles)."""

from typing import Literal

import polars as pl

from jobs.binding import Lookup
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words

_RANGE = r"^([0-9]{1,2})-([0-9]{1,2})$"


def grades(
    entries: pl.DataFrame, *, column: str, of: Lookup, unlisted: Literal["undecided", "in"] = "undecided"
) -> Decisions:
    """Out: entries whose grade, in `column`, is not among those of their subject in the table `of` ("9-11", both
    included). Undecided: an entry of which no grade is told. A subject that the table has not is `unlisted`.

    Subjects are compared without regard to capitals. Raises ParameterFault for what is no range.
    """
    table = {subject.lower(): grade for subject, grade in of.values.items()}
    wrong = [grade for grade in table.values() if not pl.select(pl.lit(grade).str.contains(_RANGE)).item()]
    if wrong:
        raise ParameterFault(f'grades.of: {wrong[0]!r} is no range of grades such as "9-11".')
    subject = pl.col(of.column).str.to_lowercase()
    allowed = subject.replace_strict(table, default=None, return_dtype=pl.String)
    told = entries.select("entry", grade=column, subject=of.column, allowed=allowed).with_columns(
        first=pl.col("allowed").str.extract(_RANGE, 1).cast(pl.Int64),
        last=pl.col("allowed").str.extract(_RANGE, 2).cast(pl.Int64),
    )
    figures = {name: pl.col(name) for name in ("grade", "subject", "allowed")}
    unknown = words(
        "subject-unknown", "no grades are named for the subject {subject}", subject=pl.col("subject")
    )
    outside = words("grade-of-subject", "grade {grade} in {subject}: only grades {allowed}", **figures)
    silent = words(
        "grade-not-known",
        "no grade is told, so whether it is one of {subject} cannot be said",
        subject=pl.col("subject"),
    )
    return Decisions(
        judge(
            told,
            Case(pl.col("allowed").is_null(), unlisted, unknown),
            Case(pl.col("grade").is_null(), UNDECIDED, silent),
            Case(~pl.col("grade").is_between("first", "last"), OUT, outside),
            otherwise=words("grade-fits", "grade {grade} in {subject}: one of grades {allowed}", **figures),
        )
    )
