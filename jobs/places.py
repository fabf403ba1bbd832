"""How many entries a sender may send, or must send.

Order 99: annex 1, clause 9 (15 and 15, 20, 10); annex 3, clause 14 (one project a section); annex 4, clause 6 (two a
nomination).
"""

import polars as pl

from jobs.errors import ParameterFault
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, together, words

_SENT, _ALLOWED = pl.col("sent"), pl.col("allowed")


def places(
    entries: pl.DataFrame,
    *,
    by: list[str],
    most: int | None = None,
    exactly: int | None = None,
    whole: dict[str, int] | None = None,
    whole_in: str | None = None,
    apart: list[str] | None = None,
) -> Decisions:
    """Undecided: all entries of a sender who has sent more than `most`, or other than `exactly` so many: which of
    them count only people can say. Adds `sent` and `allowed`.

    `by` names the columns whose values together are a sender (region and nomination). A name of `whole` that stands in
    the column `whole_in`, or begins what stands there as a word, makes one sender of what stands there, whatever the
    other columns say, with the number given there (one team of a republican organisation); the columns `apart` divide
    it still (one project of each section). Of any other entry that leaves a column of `by` empty it is not known whose
    it is: it is undecided.

    Evidence: `senders`, a row a sender with a wrong number, with `sent` and `allowed`.
    """
    if (most is None) == (exactly is None) or (whole is None) != (whole_in is None):
        raise ParameterFault(
            "places takes one of `most` and `exactly`, and `whole` together with `whole_in`."
        )
    told = entries.select(
        "entry",
        sender=_sender(by, whole or {}, whole_in, apart or []),
        allowed=_allowed(most, exactly, whole, whole_in),
    )
    # What capitals alone tell apart is one sender, named as its first entry has it.
    counted = told.with_columns(alike=pl.col("sender").str.to_lowercase()).with_columns(
        sent=pl.len().over("alike").cast(pl.Int64), sender=pl.col("sender").first().over("alike")
    )
    wrong = _SENT > _ALLOWED if exactly is None else _SENT != _ALLOWED
    return Decisions(
        judge(counted, *_cases(exact=exactly is not None), otherwise=_WITHIN),
        counted.select("entry", "sent", "allowed"),
        {
            "senders": counted.filter(wrong & pl.col("sender").is_not_null())
            .select("sender", "sent", "allowed")
            .unique()
            .sort("sender")
        },
    )


def _name(column: str, whole: dict[str, int]) -> pl.Expr:
    """The name of `whole` that the column's value is, or begins with as a word."""
    first = pl.col(column).str.extract(r"^(\S+)")
    return pl.when(pl.col(column).is_in(list(whole))).then(column).when(first.is_in(list(whole))).then(first)


def _sender(by: list[str], whole: dict[str, int], whole_in: str | None, apart: list[str]) -> pl.Expr:
    known = pl.when(pl.all_horizontal(pl.col(name).is_not_null() for name in by)).then(together(by))
    if whole_in is None:
        return known
    own = pl.concat_str(
        pl.col(whole_in), *(pl.col(name).cast(pl.String).fill_null("") for name in apart), separator="/"
    )
    return pl.when(_name(whole_in, whole).is_not_null()).then(own).otherwise(known)


def _allowed(
    most: int | None, exactly: int | None, whole: dict[str, int] | None, whole_in: str | None
) -> pl.Expr:
    usual = pl.lit(most if most is not None else exactly, pl.Int64)
    if whole is None or whole_in is None:
        return usual
    return pl.coalesce(
        _name(whole_in, whole).replace_strict(whole, default=None, return_dtype=pl.Int64), usual
    )


_FIGURES = {"sender": pl.col("sender"), "sent": _SENT, "allowed": _ALLOWED}
_WITHIN = words("as-many-as-allowed", "{sender} has sent {sent}, allowed {allowed}", **_FIGURES)


def _cases(*, exact: bool) -> list[Case]:
    many = words("too-many-sent", "{sender} has sent {sent}, allowed {allowed}", **_FIGURES)
    few = words("too-few-sent", "{sender} has sent {sent}, needed {allowed}", **_FIGURES)
    return [
        Case(
            pl.col("sender").is_null(), "undecided", words("sender-not-told", "whose entry it is is not told")
        ),
        Case(_SENT > _ALLOWED, UNDECIDED, many),
        Case((_SENT < _ALLOWED) & exact, UNDECIDED, few),
    ]
