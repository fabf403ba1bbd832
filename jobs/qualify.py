"""Who goes on, or wins: a number of places, a share of those who sat, or whoever reaches so many points; in every
group at once.

Order 99, annex 2: clause 17 (three pupils of a unit, six of some), clause 19 (two a grade and subject), clause 28
(45 % of the participants), clause 29 (equal scores at the last place); annex 3, clause 16 (half of the points of the
test); annex 4, clause 17 (18 and 21 points).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from jobs.admission import Rounding
from jobs.binding import Standing
from jobs.equals import Ties, equals, ranked
from jobs.errors import ParameterFault
from jobs.exact import exact, number
from jobs.verdicts import (
    IN,
    OUT,
    UNDECIDED,
    VERDICT_SCHEMA,
    Case,
    Decisions,
    group_of,
    judge,
    together,
    words,
)

_RANK, _PLACES = pl.col("rank"), pl.col("places")


def qualify(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    points: str,
    ties: Ties = "ask",
    places: int | None = None,
    share: Fraction | None = None,
    least: str | None = None,
    rounding: Rounding = "half-up",
    sent_by: list[str] | None = None,
    whole: dict[str, int] | None = None,
    whole_in: list[str] | None = None,
    people: str | None = None,
    registered: Standing | None = None,
    registered_by: list[str] | None = None,
) -> Decisions:
    """In: the first `places` by `points`, or that `share` of those who have points, rounded as `rounding` says (a half
    goes up by `half-up`), or whoever has the `least` points or more; adds `rank` and, but for `least`, `places`. Points
    are exact: whole numbers, decimals or mixed fractions (`jobs.exact`).

    `sent_by` names the columns that tell who sent the entry, the widest first (region, unit): each sender has the
    places for itself. A name of `whole` that stands in one of the columns `whole_in` (those of `sent_by` where none are
    given), or begins what stands there as a word, makes a sender of its own whatever the others say, with the number
    of places given there. An entry that tells none of the columns `sent_by`, or leaves one empty that others of its
    group, like it in the rest, tell, may be of several senders: it is undecided and takes nobody's place.

    The share is of those who have points, or of those still in after the stage `registered`, whose columns
    `registered_by` stand for those of `per` (compared without regard to capitals): of a group in which that stage has
    nobody the number is not known, and people are asked. Where `people` names a column of ids, people are counted in
    place of entries: an entry of two takes two places.

    Equal points over the last place: `extend` takes all of them, `exclude` none, `ask` leaves them undecided, and the
    reason says who they are and how many are in with and without them.

    Evidence: `cut`, where each lies; `ties`, the sets of equals over the last place.
    """
    if sum(way is not None for way in (places, share, least)) != 1:
        raise ParameterFault("qualify takes one of the keys `places`, `share` and `least`.")
    if (registered is not None) and (registered_by is None or share is None or people is not None):
        raise ParameterFault(
            "qualify.registered stands with `share` and `registered_by`, and without `people`."
        )
    if least is not None:
        return _by_points(entries, points, least)
    alone = _Whole(tuple(whole_in or sent_by or ()), whole or {})
    senders = _with_senders(entries, sent_by or [], alone, points)
    ranks = ranked(senders, points, "sender", people=people).with_columns(senders["own", "vague"])
    counted_of = _all_of(ranks, registered, registered_by or [])
    number = _share_of(pl.col("all"), share, rounding) if share is not None else pl.lit(places, pl.Int64)
    told = _told(counted_of.with_columns(places=pl.coalesce("own", number)))
    decided = judge(told, *_cases(ties), otherwise=_WITHIN)
    counted = told.with_columns(verdict=decided["verdict"])
    return Decisions(
        decided.select(*VERDICT_SCHEMA),
        told.select("entry", "rank", "places"),
        {"cut": _where(counted), "ties": _ties(counted)},
    )


# --- by points alone ---


def _by_points(entries: pl.DataFrame, points: str, least: str) -> Decisions:
    """Whoever has the least points is in, however many they are. Evidence: `cut`, a row a group."""
    border = number(least, "qualify.least")
    numbers = exact(entries[points])
    ranks = ranked(entries, points, numbers=numbers).with_columns(reached=numbers.at_least(border))
    figures = {"points": pl.col("shown"), "least": pl.lit(least)}
    decided = judge(
        ranks,
        Case(_RANK.is_null(), UNDECIDED, _NO_POINTS),
        Case(
            ~pl.col("reached"), OUT, words("below-least", "{points} points of the {least} needed", **figures)
        ),
        otherwise=words("reaches-least", "{points} points; {least} are needed", **figures),
    )
    return Decisions(decided, ranks.select("entry", "rank"), {"cut": _reached(ranks, least)})


def _reached(ranks: pl.DataFrame, least: str) -> pl.DataFrame:
    """How many `sat` and `entered`, the points at the `cut`, and those of the `first_out`."""
    best = pl.col("shown").gather(pl.col("points").arg_max()).first()
    best_out = ranks.filter(~pl.col("reached")).group_by("of").agg(first_out=best)
    within = ranks.group_by("of").agg(
        pl.col("group", "sat").first(), entered=pl.col("reached").sum().cast(pl.Int64)
    )
    told = within.join(best_out, on="of", how="left")
    return told.select("group", "sat", "entered", cut=pl.lit(least), first_out="first_out").sort(
        "group", nulls_last=True
    )


# --- who sent the entry ---


def _with_senders(entries: pl.DataFrame, sent_by: list[str], alone: "_Whole", points: str) -> pl.DataFrame:
    """With the `sender`, its `own` number of places where it stands alone, and whether the sender is `vague`: then
    without points, for in nobody's ranking has it a place."""
    told = entries.with_columns(alone.sender(sent_by), own=alone.places).with_columns(group_of(entries))
    if not any(told[name].null_count() for name in sent_by):
        return told.with_columns(vague=pl.lit(value=False))
    shared = pl.col("own").is_null()
    known = {name: pl.when(shared).then(pl.col(name)).is_not_null() for name in sent_by}
    told_by_others = [
        pl.col(name).is_null()
        & known[name].any().over("group", *(other for other in sent_by if other != name))
        for name in sent_by
    ]
    nothing = pl.all_horizontal(pl.col(name).is_null() for name in sent_by)
    vague = told.with_columns(vague=shared & pl.any_horizontal(nothing, *told_by_others))
    return vague.with_columns(pl.when(~pl.col("vague")).then(pl.col(points)).alias(points))


@dataclass(frozen=True)
class _Whole:
    """The senders that stand alone, by the names that may stand in `columns`, and their numbers of places."""

    columns: tuple[str, ...]
    names: Mapping[str, int]

    @property
    def places(self) -> pl.Expr:
        """The places of a sender that stands alone, null of another."""
        found = (
            self._named(column).replace_strict(self.names, default=None, return_dtype=pl.Int64)
            for column in reversed(self.columns)
        )
        return pl.coalesce(*found, pl.lit(None, pl.Int64))

    def sender(self, sent_by: list[str]) -> pl.Expr:
        """A sender that stands alone by its own column; of another all columns of `sent_by` tell who it is."""
        alone = [pl.when(self._named(column).is_not_null()).then(column) for column in reversed(self.columns)]
        known = [pl.col(name).fill_null("") for name in sent_by]
        together = pl.concat_str(known, separator="/") if known else pl.lit(None, pl.String)
        return pl.coalesce(*alone, together).alias("sender")

    def _named(self, column: str) -> pl.Expr:
        """The name that the column's value is, or begins with as a word."""
        first = pl.col(column).str.extract(r"^(\S+)")
        known = list(self.names)
        return pl.when(pl.col(column).is_in(known)).then(column).when(first.is_in(known)).then(first)


# --- how many places, and what each set of equals means for them ---


def _all_of(ranks: pl.DataFrame, registered: pl.DataFrame | None, by: list[str]) -> pl.DataFrame:
    """With `all`, of how many a share is taken: those who sat, or those registered in the same group (null: nobody)."""
    if registered is None:
        return ranks.with_columns(all=pl.col("sat"))
    group = together(by).fill_null("") if by else pl.lit("")
    known = registered.group_by(of_group=group.str.to_lowercase()).agg(all=pl.len().cast(pl.Int64))
    own = pl.col("group").fill_null("").str.to_lowercase()
    return ranks.join(known, left_on=own, right_on="of_group", how="left", maintain_order="left")


def _share_of(number: pl.Expr, share: Fraction, rounding: Rounding) -> pl.Expr:
    """The share of whole numbers, by integers alone: 45 % of 10 is 9/2, 4 by floor and 5 by the two others."""
    above, below = number * share.numerator, share.denominator
    if rounding == "half-up":
        return (2 * above + below) // (2 * below)
    return above // below if rounding == "floor" else -(-above // below)


def _told(ranks: pl.DataFrame) -> pl.DataFrame:
    """With what the reasons speak of: the `cut`, and of a set of equals over it who they are (`people`), and how many
    are in with all of them (`extend`) and without them (`exclude`)."""
    behind = _RANK + pl.col("tied") - 1
    last = (_RANK <= _PLACES) & (behind >= pl.min_horizontal(_PLACES, pl.col("sat")))
    marked = ranks.with_row_index("at").with_columns(
        split=(_RANK <= _PLACES) & (behind > _PLACES),
        cut=_shown_where(last),
        extend=behind,
        exclude=_RANK - 1,
    )
    sets = equals(marked, pl.col("split"))
    if sets.is_empty():
        return marked.with_columns(people=pl.lit(None, pl.String))
    return marked.join(sets, on=["of", "rank"], how="left", maintain_order="left")


def _shown_where(one_set: pl.Expr) -> pl.Expr:
    """The points, as written, of one set of equals of each ranking. By row numbers (`at`), because polars has no fast
    way to look for a text in each of many groups."""
    return pl.col("shown").gather(pl.when(one_set).then(pl.col("at")).max().over("of"))


_NO_POINTS = words("no-score", "has no points, so it cannot be ranked")
_WHOSE = words("sender-not-told", "whose entry it is is not told")
_FIGURES = {"rank": _RANK, "points": pl.col("shown"), "places": _PLACES}
_WITHIN = words("within-places", "place {rank} with {points} points; {places} places", **_FIGURES)
_BEYOND = words(
    "beyond-places",
    "place {rank} with {points} points; {places} places, the last at {cut} points",
    **_FIGURES,
    cut=pl.col("cut"),
)
_NONE = words("no-places", "of {sat} who sat nobody has a place", sat=pl.col("sat"))
_NOT_COUNTED = words(
    "none-registered", "of how many the share is taken is not told: nobody is registered here"
)
_TIED = words(
    "tied-at-border",
    "place {rank} with {points} points, as many as others over the last of {places} places ({people}): with all of "
    "them {extend} are in, without them {exclude}",
    **_FIGURES,
    people=pl.col("people"),
    extend=pl.col("extend"),
    exclude=pl.col("exclude"),
)


def _cases(ties: Ties) -> list[Case]:
    verdict = {"ask": UNDECIDED, "extend": IN, "exclude": OUT}[ties]
    return [
        Case(pl.col("vague"), UNDECIDED, _WHOSE),
        Case(_RANK.is_null(), UNDECIDED, _NO_POINTS),
        Case(_PLACES.is_null(), UNDECIDED, _NOT_COUNTED),
        Case(pl.col("split").fill_null(value=False), verdict, _TIED),
        Case(_PLACES == 0, OUT, _NONE),
        Case(_RANK > _PLACES, OUT, _BEYOND),
    ]


# --- evidence ---


def _where(decided: pl.DataFrame) -> pl.DataFrame:
    """A row a sender of a group, where it is known: how many `sat`, the `places`, how many `entered`, the points at
    the `cut`, how many are `tied` over it, and the points of the `first_out`."""
    out, at = pl.col("verdict") == OUT, pl.col("at").cast(pl.Int64)
    # Place and row in one number, so that the least of them tells the row of the first one out.
    first_out = pl.when(out).then(_RANK * decided.height + (decided.height - 1 - at))
    sums = (
        decided.select(
            "of", "at", "split", "sat", places=_PLACES, entered=pl.col("verdict") == IN, first_out=first_out
        )
        .group_by("of")
        .agg(
            pl.col("at", "sat", "places").first(),
            pl.col("entered", "split").sum().cast(pl.Int64),
            pl.col("first_out").min(),
        )
    )
    first_row = decided.height - 1 - pl.col("first_out") % decided.height
    named = decided.select("group", "sender", "cut", "vague")[sums["at"]]
    shown = (
        decided["shown"].gather(sums.select(first_row).to_series()) if decided.height else decided["shown"]
    )
    told = pl.concat([sums.drop("first_out"), named, shown.to_frame("first_out")], how="horizontal")
    return (
        told.filter(~pl.col("vague"))
        .select("group", "sender", "sat", "places", "entered", "cut", tied="split", first_out="first_out")
        .sort("group", "sender", nulls_last=True)
    )


def _ties(decided: pl.DataFrame) -> pl.DataFrame:
    """A row a set of equals over the last place."""
    chosen = (
        decided.filter("split")
        .unique(["of", "rank"], keep="first")
        .select(
            "group",
            "sender",
            "rank",
            pl.col("shown").alias("points"),
            "places",
            "people",
            "extend",
            "exclude",
        )
    )
    return chosen.sort("group", "sender", "rank", nulls_last=True)
