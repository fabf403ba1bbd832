"""Whom or what an entry names, found among those an earlier stage left in (regulation 003, clauses 3.1 and 4.3)."""

import polars as pl

from jobs.binding import Standing
from jobs.cells import holds
from jobs.errors import ParameterFault
from jobs.verdicts import Case, Decisions, Outcome, Wording, judge, words


def registered(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    column: str,
    of: Standing,
    where: dict[str, str] | None = None,
    same: dict[str, str] | None = None,
    take: list[str] | None = None,
    needed_by: str | None = None,
    word: str | None = None,
    missing: Outcome = "in",
    otherwise: Outcome = "out",
) -> Decisions:
    """`otherwise`: what stands in `column` is not among those still in after the stage `of` (by their id),
    or not with the values of `where`, or a column of the entry differs from theirs in `same` (ours to theirs).
    `missing`: the column says nothing. With `needed_by` and `word` only entries whose words hold this one are judged.

    `take` adds columns of theirs to the entries.
    """
    if (needed_by is None) != (word is None):
        raise ParameterFault(
            "registered takes `needed_by` and `word` together: the column of words, and the word."
        )
    kept, alike = take or [], same or {}
    found = _looked_up(
        entries, column, of.select("entry", **_theirs(where or {}, alike, kept)).unique("entry")
    )
    decided = judge(
        found,
        *_cases(column, _needed(needed_by, word), where or {}, alike, missing, otherwise),
        otherwise=_registered(column),
    )
    taken = found.select("entry", *(pl.col(f"_take:{name}").alias(name) for name in kept))
    return Decisions(decided, taken if kept else None)


def _registered(column: str) -> Wording:
    return words("registered", "{column}: {value}, registered", column=_named(column), value=pl.col(column))


def _cases(
    column: str,
    needed: pl.Expr,
    where: dict[str, str],
    same: dict[str, str],
    missing: Outcome,
    otherwise: Outcome,
) -> list[Case]:
    told = {"column": _named(column), "value": pl.col(column)}
    ours = pl.lit(", ".join(name.replace("_", " ") for name in same))
    strange = words("not-registered", "{column}: {value} is none of those registered", **told)
    another = words("registered-otherwise", "{column}: {value} is registered as something else", **told)
    differs = words(
        "differs-from-registered",
        "{ours}: not what is registered of {value}",
        ours=ours,
        value=pl.col(column),
    )
    return [
        Case(~needed, "in", words("not-needed", "nothing has to be named here")),
        Case(
            pl.col(column).is_null(), missing, words("not-named", "{column}: not told", column=_named(column))
        ),
        Case(pl.col("_known").is_null(), otherwise, strange),
        Case(~_fits(where), otherwise, another),
        Case(~_agrees(same), otherwise, differs),
    ]


def _named(column: str) -> pl.Expr:
    return pl.lit(column.replace("_", " "))


def _theirs(where: dict[str, str], same: dict[str, str], take: list[str]) -> dict[str, pl.Expr]:
    return {
        "_known": pl.lit(value=True),
        **{f"_where:{name}": pl.col(name).cast(pl.String) for name in where},
        **{f"_same:{name}": pl.col(name).cast(pl.String) for name in same.values()},
        **{f"_take:{name}": pl.col(name) for name in take},
    }


def _looked_up(entries: pl.DataFrame, column: str, theirs: pl.DataFrame) -> pl.DataFrame:
    return entries.join(theirs, left_on=column, right_on="entry", how="left", maintain_order="left")


def _needed(needed_by: str | None, word: str | None) -> pl.Expr:
    if needed_by is None or word is None:
        return pl.lit(value=True)
    return holds(pl.col(needed_by), word)


def _fits(where: dict[str, str]) -> pl.Expr:
    return pl.all_horizontal(
        pl.lit(value=True), *(pl.col(f"_where:{name}").eq_missing(wanted) for name, wanted in where.items())
    )


def _agrees(same: dict[str, str]) -> pl.Expr:
    """What the entry does not tell agrees with nothing."""
    return pl.all_horizontal(
        pl.lit(value=True),
        *(
            (pl.col(ours).cast(pl.String) == pl.col(f"_same:{theirs}")).fill_null(value=False)
            for ours, theirs in same.items()
        ),
    )
