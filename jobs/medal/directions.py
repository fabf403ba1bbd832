"""Which directions count for a participant (regulation 003, clause 3.1; readings Q26 and Q32)."""

from typing import Literal

import polars as pl

from jobs.age import day_of
from jobs.binding import Lookup, Zone
from jobs.cells import holds, only
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
        chosen=pl.col(column).str.strip_chars(" "),
        must=year.replace_strict(dict(mandatory.values), default=None, return_dtype=pl.String),
        instead=pl.col(replaced).cast(pl.String) if replaced else pl.lit(None, pl.String),
    )
    replaces = holds(_CHOSEN, replacing) if replacing else pl.lit(value=False)
    counted = told.select("entry", counted=_without(_sides(count), pl.when(replaces).then("instead"), among))
    all_first = pl.all_horizontal(pl.lit(bool(first)), *(holds(_CHOSEN, word) for word in first or []))
    unsaid = replaces & all_first & pl.col("instead").is_null()
    return Decisions(judge(told, *_cases(among, unsaid, replacing), otherwise=_TOLD), counted)


_CHOSEN = pl.col("chosen")
_TOLD = words("directions-chosen", "directions {directions}", directions=_CHOSEN)


def _cases(among: list[str], unsaid: pl.Expr, replacing: str | None) -> list[Case]:
    strange = _CHOSEN.str.split(" ").list.set_difference(pl.lit(["", *among], pl.List(pl.String)))
    unknown = words(
        "direction-unknown",
        "{words}: no direction of the programme",
        words=strange.list.sort().list.join(" "),
    )
    unset = words("mandatory-not-set", "no mandatory directions are set for {year}", year=pl.col("year"))
    untold = words(
        "replaced-not-told", "{direction}: in place of which is not told", direction=pl.lit(replacing)
    )
    return [
        Case(_CHOSEN == "", OUT, words("no-direction", "no direction is chosen")),
        Case(~only(_CHOSEN, among), UNDECIDED, unknown),
        Case(pl.col("must").is_null(), UNDECIDED, unset),
        Case(unsaid, UNDECIDED, untold),
    ]


def _refuse_unknown(mandatory: Lookup, among: list[str]) -> None:
    named = {word for value in mandatory.values.values() for word in value.split()}
    if strange := sorted(named - set(among)):
        raise ParameterFault(f"directions.mandatory: {strange[0]!r} is none of {', '.join(among)}.")


def _sides(count: Counted) -> list[pl.Expr]:
    """The cells of which each word counts."""
    must = pl.col("must")
    if count == "chosen-and-mandatory":
        return [_CHOSEN, must]
    return [_CHOSEN if count == "chosen" else must]


def _without(sides: list[pl.Expr], gone: pl.Expr, known: list[str]) -> pl.Expr:
    """Those of `known`, without `gone`, in order of the alphabet; null where no cell is told."""
    left = [
        pl.when(pl.any_horizontal(holds(side, word) for side in sides), gone.ne_missing(word)).then(
            pl.lit(word)
        )
        for word in sorted(set(known))
    ]
    told = pl.any_horizontal(side.is_not_null() for side in sides)
    return pl.when(told).then(pl.concat_str(left, separator=" ", ignore_nulls=True))
