"""Whether everything is there: papers that must be attached, parts of a work, fields of a form.

Order 99: annex 1, clause 12 (seven fields); annex 3, clauses 7, 9 and 13; annex 4, clause 9; annex 5, clauses 9-10.
"""

import polars as pl

from jobs.errors import ParameterFault
from jobs.verdicts import Case, Decisions, Outcome, judge, listed, words


def documents(
    entries: pl.DataFrame,
    *,
    papers: list[str] | None = None,
    column: str = "documents",
    own: str | None = None,
    fields: list[str] | None = None,
    otherwise: Outcome = "out",
) -> Decisions:
    """`otherwise`: entries that lack one of the `papers` among the words of `column`, the word that stands in the
    column `own` (the language of a work, in which its abstract must be too), or a value in one of the columns `fields`.
    The reason names all that is missing, in the order of the rulebook. Adds `missing`, their codes (null: nothing is).
    """
    if not papers and not fields and own is None:
        raise ParameterFault("documents takes `papers`, `own` or `fields`: name what must be there.")
    handed_in = pl.format(" {} ", pl.col(column).fill_null("")) if papers or own is not None else pl.lit("")
    lacking = [
        *(_lacking(handed_in, paper) for paper in papers or []),
        *([pl.when(~handed_in.str.contains(pl.format(" {} ", own), literal=True)).then(own)] if own else []),
        *(pl.when(pl.col(field).is_null()).then(pl.lit(field)) for field in fields or []),
    ]
    named = entries.select("entry", missing=listed(lacking))
    code = f"{_kind(column, papers, own)}-missing"
    missing = words(code, "missing: {missing}", missing=pl.col("missing"))
    verdicts = judge(
        named,
        Case(pl.col("missing").is_not_null(), otherwise, missing),
        otherwise=words("complete", "everything is there"),
    )
    return Decisions(verdicts, named)


def _lacking(handed_in: pl.Expr, paper: str) -> pl.Expr:
    return pl.when(~handed_in.str.contains(f" {paper} ", literal=True)).then(pl.lit(paper))


def _kind(column: str, papers: list[str] | None, own: str | None) -> str:
    return column.replace("_", "-") if papers or own is not None else "fields"
