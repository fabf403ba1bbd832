"""Which directions count for a participant (regulation 003, clause 3.1; readings Q26 and Q32)."""

from typing import Literal

import polars as pl

from jobs.age import day_of
from jobs.binding import Lookup, Zone
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words

Counted = Literal["chosen-and-mandatory", "chosen", "mandatory"]


def directions(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    column: str,
    among: list[str],
    at: str,
    zone: Zone,
    mandatory: Lookup,
    count: Counted = "chosen-and-mandatory",
    replacing: str | None = None,
    replaced: str | None = None,
    first: list[str] | None = None,
) -> Decisions:
    """Adds `counted`, the words of `among` by which the rating goes: those chosen in `column`, those mandatory in the
    year of the day `at` (the table `mandatory`), or both.

    Whoever chose the direction `replacing` does without the one named in the column `replaced`. Undecided: words that
    are none of `among`; a year of which the table says nothing; and whoever chose `replacing` with all of `first` and
    does not say which of them it stands for. Out: nothing is chosen.
    """
    _refuse_unknown(mandatory, among)
    year = day_of(entries, at, zone).dt.year().cast(pl.String)
    told = entries.select(
        "entry",
        year=year,
        chosen=_split(pl.col(column)),
        must=_split(year.replace_strict(dict(mandatory.values), default=None, return_dtype=pl.String)),
        instead=pl.col(replaced).cast(pl.String) if replaced else pl.lit(None, pl.String),
    )
    known = pl.lit(among, pl.List(pl.String))
    strange = pl.col("chosen").list.set_difference(known).list.sort().list.join(" ")
    replaces = pl.col("chosen").list.contains(replacing) if replacing else pl.lit(value=False)
    all_first = pl.lit(first or [], pl.List(pl.String)).list.set_difference("chosen").list.len() == 0
    counted = told.select(
        "entry", counted=_without(_counting(count), pl.when(replaces).then("instead"), known)
    )
    unsaid = replaces & all_first & pl.col("instead").is_null() & pl.lit(bool(first))
    return Decisions(judge(told, *_cases(strange, unsaid, replacing), otherwise=_CHOSEN), counted)


_CHOSEN = words("directions-chosen", "directions {directions}", directions=pl.col("chosen").list.join(" "))


def _cases(strange: pl.Expr, unsaid: pl.Expr, replacing: str | None) -> list[Case]:
    unknown = words("direction-unknown", "{words}: no direction of the programme", words=strange)
    unset = words("mandatory-not-set", "no mandatory directions are set for {year}", year=pl.col("year"))
    untold = words(
        "replaced-not-told", "{direction}: in place of which is not told", direction=pl.lit(replacing)
    )
    return [
        Case(pl.col("chosen").list.len() == 0, OUT, words("no-direction", "no direction is chosen")),
        Case(strange != "", UNDECIDED, unknown),
        Case(pl.col("must").is_null(), UNDECIDED, unset),
        Case(unsaid, UNDECIDED, untold),
    ]


def _refuse_unknown(mandatory: Lookup, among: list[str]) -> None:
    named = {word for value in mandatory.values.values() for word in value.split()}
    if strange := sorted(named - set(among)):
        raise ParameterFault(f"directions.mandatory: {strange[0]!r} is none of {', '.join(among)}.")


def _split(cell: pl.Expr) -> pl.Expr:
    """The words of a cell; none of an empty one, null of none."""
    return cell.str.split(" ").list.eval(pl.element().filter(pl.element() != ""))


def _counting(count: Counted) -> pl.Expr:
    if count == "chosen":
        return pl.col("chosen")
    if count == "mandatory":
        return pl.col("must")
    return pl.col("chosen").list.set_union(pl.col("must").fill_null([]))


def _without(counted: pl.Expr, gone: pl.Expr, known: pl.Expr) -> pl.Expr:
    """Those of `known`, without `gone`, in order of the alphabet."""
    left = counted.list.set_intersection(known).list.set_difference(pl.concat_list(gone))
    return left.list.sort().list.join(" ")
