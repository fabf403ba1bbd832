"""The norm of sport (regulation 003, clause 3.1): the Operator's table of points by level and sex."""

import polars as pl

from jobs.binding import Lookup
from jobs.errors import ParameterFault
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
    wrong = [value for value in of.values.values() if not value.isdecimal()]
    if wrong:
        raise ParameterFault(f'norm.of: {wrong[0]!r} is no number of points such as "60".')
    other = pl.when(pl.col(disability).fill_null(value=False)).then(pl.lit(OTHER))
    line = pl.concat_str(
        *(pl.col(name).cast(pl.String).fill_null("?") for name in by), other, separator="/", ignore_nulls=True
    )
    table = {name: int(value) for name, value in of.values.items()}
    told = entries.select(
        "entry",
        line=line,
        points=points,
        least=line.replace_strict(table, default=None, return_dtype=pl.Int64),
        takes=pl.col(directions).fill_null("").str.split(" ").list.contains(direction),
    )
    figures = {name: pl.col(name) for name in ("points", "least", "line")}
    decided = judge(
        told,
        Case(~pl.col("takes"), IN, words("norm-not-needed", "the direction is not among those that count")),
        Case(
            pl.col("least").is_null(),
            UNDECIDED,
            words("norm-not-set", "no norm is set for {line}", line=figures["line"]),
        ),
        Case(
            pl.col("points").is_null(),
            UNDECIDED,
            words("norm-not-told", "the result of the norm is not told; {least} needed", least=figures["least"]),
        ),
        Case(
            pl.col("points") < pl.col("least"),
            OUT,
            words("norm-not-met", "{points} points of the norm of {line}; {least} needed", **figures),
        ),
        otherwise=words("norm-met", "{points} points of the norm of {line}; {least} needed", **figures),
    )  # fmt: skip
    return Decisions(decided)
