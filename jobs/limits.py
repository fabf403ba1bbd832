"""Limits of form: pages, words, authors, minutes.

Order 99, annex 3: clauses 7 (250 words, 2, 20 and 1 pages, references), 12 (two authors), 18 (10-15 minutes).
"""

from dataclasses import dataclass

import polars as pl

from jobs.errors import ParameterFault
from jobs.verdicts import Case, Decisions, Outcome, judge, listed, words


def limits(
    entries: pl.DataFrame,
    *,
    most: dict[str, int | str] | None = None,
    least: dict[str, int] | None = None,
    words_: dict[str, int] | None = None,
    unknown: Outcome = "undecided",
    otherwise: Outcome = "out",
) -> Decisions:
    """`otherwise`: entries that are beyond a limit. `most` and `least` name numeric columns with the largest and the
    smallest number allowed, of `most` also the column that holds it; `words` columns whose words are counted. A
    number that is not told is `unknown`. The reason names every column that is beyond, with its number and the limit.
    """
    tests = [
        *(_Test(name, pl.col(name), _number(limit), above=True) for name, limit in (most or {}).items()),
        *(_Test(name, pl.col(name), pl.lit(limit), above=False) for name, limit in (least or {}).items()),
        *(_Test(name, _count(name), pl.lit(limit), above=True) for name, limit in (words_ or {}).items()),
    ]
    if not tests:
        raise ParameterFault("limits takes `most`, `least` or `words`: name a column and its limit.")
    told = entries.select(
        "entry",
        beyond=listed([test.beyond for test in tests], "; "),
        untold=listed([test.untold for test in tests], "; "),
    )
    return Decisions(
        judge(
            told,
            Case(pl.col("beyond").is_not_null(), otherwise, _BEYOND),
            Case(pl.col("untold").is_not_null(), unknown, _UNTOLD),
            otherwise=words("within-limits", "within the limits"),
        )
    )


_BEYOND = words("beyond-limits", "{beyond}", beyond=pl.col("beyond"))
_UNTOLD = words("limits-not-told", "not told: {untold}", untold=pl.col("untold"))


@dataclass(frozen=True, eq=False)
class _Test:
    """One limit of one column: the most where `above` it is beyond, else the least."""

    name: str
    number: pl.Expr
    limit: pl.Expr
    above: bool

    @property
    def beyond(self) -> pl.Expr:
        """`abstract_words 260 > 250`, null where it is within."""
        outside = self.number > self.limit if self.above else self.number < self.limit
        sign = ">" if self.above else "<"
        return pl.when(outside).then(pl.format(f"{self.name} {{}} {sign} {{}}", self.number, self.limit))

    @property
    def untold(self) -> pl.Expr:
        return pl.when(self.number.is_null() | self.limit.is_null()).then(pl.lit(self.name))


def _number(limit: int | str) -> pl.Expr:
    return pl.col(limit) if isinstance(limit, str) else pl.lit(limit)


def _count(column: str) -> pl.Expr:
    return pl.col(column).str.count_matches(r"\S+").cast(pl.Int64)
