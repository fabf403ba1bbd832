"""The norm of sport (regulation 003, clause 3.1): the Operator's table of points by level and sex."""

import polars as pl

from jobs.binding import Lookup
from jobs.cells import holds
from jobs.medal.norms import numbers
from jobs.verdicts import IN, OUT, UNDECIDED, Case, Decisions, judge, words

OTHER = "other"


def norm(
    entries: pl.DataFrame,
    *,
    points: str,
    by: list[str],
    of: Lookup,
    directions: str,
    direction: str,
    disability: str,
) -> Decisions:
    """Out: whoever has the word `direction` in the column `directions` and fewer `points` than the table `of` wants of
    the values of `by` ("bronze/f"). For whoever has a disability (a flag) the table's line ends in "/other".

    Undecided: the table says nothing, or no points are told.
    """
    told = entries.select(
        "entry",
        line=_line(by, disability),
        points=points,
        least=_line(by, disability).replace_strict(
            numbers(of, "norm.of"), default=None, return_dtype=pl.Int64
        ),
        takes=holds(pl.col(directions), direction),
    )
    return Decisions(
        judge(
            told,
            Case(~pl.col("takes"), IN, _NOT_NEEDED),
            Case(pl.col("least").is_null(), UNDECIDED, _NOT_SET),
            Case(pl.col("points").is_null(), UNDECIDED, _NOT_TOLD),
            Case(pl.col("points") < pl.col("least"), OUT, _NOT_MET),
            otherwise=_MET,
        )
    )


def _line(by: list[str], disability: str) -> pl.Expr:
    """Which line of the table is an entry's: "bronze/f", "bronze/f/other"."""
    named = (pl.col(name).cast(pl.String).fill_null("?") for name in by)
    other = pl.when(pl.col(disability).fill_null(value=False)).then(pl.lit(OTHER))
    return pl.concat_str(*named, other, separator="/", ignore_nulls=True)


_FIGURES = {name: pl.col(name) for name in ("points", "least", "line")}
_COMPARED = "{points} points of the norm of {line}; {least} needed"
_NOT_NEEDED = words("norm-not-needed", "the direction is not among those that count")
_NOT_SET = words("norm-not-set", "no norm is set for {line}", line=pl.col("line"))
_NOT_TOLD = words(
    "norm-not-told", "the result of the norm is not told; {least} needed", least=pl.col("least")
)
_NOT_MET = words("norm-not-met", _COMPARED, **_FIGURES)
_MET = words("norm-met", _COMPARED, **_FIGURES)
