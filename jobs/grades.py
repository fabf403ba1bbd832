"""Which grades may sit which subject (order 99, annex 2, clause 11: Uyghur and Uzbek; clause 19: the two cycles)."""

import re
from collections.abc import Mapping
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
    told = entries.select("entry", grade=column, subject=of.column).join(
        _allowed(entries[of.column], of.values), on="subject", how="left", maintain_order="left"
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


def _allowed(subjects: pl.Series, table: Mapping[str, str]) -> pl.DataFrame:
    """What each subject that is written there has in the table: `allowed`, and its `first` and `last`."""
    small = {subject.lower(): grades for subject, grades in table.items()}
    wrong = [grades for grades in small.values() if not re.fullmatch(_RANGE, grades)]
    if wrong:
        raise ParameterFault(f'grades.of: {wrong[0]!r} is no range of grades such as "9-11".')
    known = pl.DataFrame({"subject": subjects.drop_nulls().unique()}).with_columns(
        allowed=pl.col("subject")
        .str.to_lowercase()
        .replace_strict(small, default=None, return_dtype=pl.String)
    )
    borders = (pl.col("allowed").str.extract(_RANGE, at).cast(pl.Int64) for at in (1, 2))
    return known.with_columns(**dict(zip(("first", "last"), borders, strict=True)))
