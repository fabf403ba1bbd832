"""Awards by rank or by points: shares of the winners, counts, or bands of points, in every group at once.

Order 99: annex 2, clause 28 (20, 30 and 50 % of the winners), annex 1, clause 17 (2, 4 and 6 participants), annex 4,
clauses 20-21 (bands of points). Equal points never have two awards by accident (annex 2, clause 29; reading Q46).
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Literal

import polars as pl

from jobs.binding import Lookup
from jobs.equals import PartsRounding, Ties, equals, largest_remainder, parts, ranked, rounded_parts
from jobs.errors import ParameterFault
from jobs.exact import Exact, exact, number
from jobs.verdicts import IN, OUT, UNDECIDED, VERDICT_SCHEMA, Case, Decisions, judge, words

UPPER, LOWER = "award:upper", "award:lower"
"""What an entry whose award people choose has by each choice (see `jobs.pipeline`)."""


def award(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    points: str,
    awards: list[str],
    shares: list[str] | None = None,
    of: str = "places",
    counts: list[int] | None = None,
    bands: list[str] | None = None,
    ties: Ties = "ask",
    rounding: PartsRounding = "largest-remainder",
    rest: Literal["first", "last"] = "last",
    people: str | None = None,
    unless: Lookup | None = None,
) -> Decisions:
    """Adds `rank` and `award`, one of `awards`, the best of which is named first. Points are exact.

    By `shares`: of the number in the column `of` (`places` of the job `qualify`), split by largest remainder so that
    the parts add up to it (reading Q44); or each part rounded by itself as `rounding` says, but for the one of the
    award `rest` ("first" or "last"), which takes what they leave. By `counts`: so many of each. Both are cut at the
    cumulative numbers of places; whoever shares the last place has the last award, and whoever is behind it is out:
    who wins at all is a matter of `qualify`. By `bands`: the first award whose lower border, in `bands`, the points
    reach; whoever reaches none is out.

    Equal points over a border between two awards: `extend` gives all of them the upper one, `exclude` the lower one,
    `ask` leaves them undecided, for people to choose `upper` or `lower`. Where `people` names a column of ids, places
    are counted in people: an entry of two takes two.

    Entries for whose column the table `unless` has a value (whatever it is) are of kinds without bands: people choose
    the award of each by its name, as the order of the points tells nobody how many there are.

    Evidence: `awards`, how many there are to give and how many were given; `equals`, the sets over a border.
    """
    numbers = exact(entries[points])
    ranks = ranked(entries, points, people=people, numbers=numbers)
    if unless is not None and bands is None:
        raise ParameterFault("award.unless stands with `bands`: other awards are not by points alone.")
    if sum(way is not None for way in (shares, counts, bands)) != 1:
        raise ParameterFault("award takes one of the keys `shares`, `counts` and `bands`.")
    if bands is not None:
        asked = entries.select("entry", asked=_without_bands(unless))["asked"]
        return _by_bands(ranks, numbers, awards, bands, asked)
    if shares is not None:
        borders = _of_shares(entries[of], parts("award.shares", shares), rounding, rest)
    else:
        borders = _of_counts(entries.height, counts or [])
    if borders.width != len(awards):
        raise ParameterFault(
            f"award has {len(awards)} awards for {borders.width} numbers: write one for each."
        )
    return _by_places(pl.concat([ranks, borders], how="horizontal"), awards, ties)


# --- by places ---


def _of_shares(
    winners: pl.Series, shares: Sequence[Fraction], rounding: PartsRounding, rest: Literal["first", "last"]
) -> pl.DataFrame:
    """The last place of each award, by the number of winners of each entry's group."""
    totals = winners.drop_nulls().unique().to_list()
    split = {total: list(accumulate(_split(total, shares, rounding, rest))) for total in totals}
    return pl.DataFrame(
        {
            _border(at): winners.replace_strict(
                {total: places[at] for total, places in split.items()}, default=None, return_dtype=pl.Int64
            )
            for at in range(len(shares))
        }
    )


def _split(
    total: int, shares: Sequence[Fraction], rounding: PartsRounding, rest: Literal["first", "last"]
) -> list[int]:
    if rounding == "largest-remainder":
        return largest_remainder(total, shares)
    if rest == "last":
        return rounded_parts(total, shares, rounding)
    return rounded_parts(total, shares[::-1], rounding)[::-1]


def _of_counts(height: int, counts: Sequence[int]) -> pl.DataFrame:
    borders = {_border(at): pl.Series([last]) for at, last in enumerate(accumulate(counts))}
    return pl.DataFrame({name: last.new_from_index(0, height) for name, last in borders.items()})


def _border(at: int) -> str:
    return f"border{at}"


def _by_places(ranks: pl.DataFrame, awards: Sequence[str], ties: Ties) -> Decisions:
    rank, behind = pl.col("rank"), pl.col("rank") + pl.col("tied") - 1
    placed = ranks.with_columns(
        upper=_first_within(rank, awards),
        lower=pl.coalesce(_first_within(behind, awards), pl.lit(awards[-1])),
    )
    split = pl.col("upper") != pl.col("lower")
    told = _with_people(placed, equals(placed, split))
    chosen = {"ask": pl.when(~split).then("upper"), "extend": pl.col("upper"), "exclude": pl.col("lower")}[
        ties
    ]
    given = told.with_columns(award=pl.when(pl.col("upper").is_not_null()).then(chosen))
    decided = judge(given, *_cases(split & (ties == "ask")), otherwise=_GIVEN)
    choices = {UPPER: pl.col("upper"), LOWER: pl.col("lower")} if ties == "ask" else {}
    return Decisions(
        decided.select(*VERDICT_SCHEMA),
        given.select("entry", "rank", "award", **choices),
        {"awards": _given(given, awards), "equals": _over(given.filter(split))},
    )


def _with_people(placed: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    if sets.is_empty():
        return placed.with_columns(people=pl.lit(None, pl.String))
    return placed.join(sets, on=["of", "rank"], how="left", maintain_order="left")


def _first_within(place: pl.Expr, awards: Sequence[str]) -> pl.Expr:
    """The first award whose last place is not before `place`."""
    return pl.coalesce(
        pl.when(place <= pl.col(_border(at))).then(pl.lit(name)) for at, name in enumerate(awards)
    )


_FIGURES = {"rank": pl.col("rank"), "points": pl.col("shown")}
_GIVEN = words(
    "awarded", "place {rank} with {points} points: award {award}", **_FIGURES, award=pl.col("award")
)
_BY_JURY = words(
    "award-by-jury",
    "place {rank} with {points} points; no award is named for points here, so people give one or none",
    **_FIGURES,
)
_OVER = words(
    "tied-between-awards",
    "place {rank} with {points} points, as many as others over a border of awards ({people}): all of them get {upper}, "
    "or all of them {lower}",
    **_FIGURES,
    upper=pl.col("upper"),
    lower=pl.col("lower"),
    people=pl.col("people"),
)
_NO_POINTS = Case(
    pl.col("rank").is_null(), UNDECIDED, words("no-score", "has no points, so it cannot be ranked")
)


def _cases(asked: pl.Expr) -> list[Case]:
    behind = words("no-award", "place {rank} with {points} points: behind the last award", **_FIGURES)
    untold = words("awards-not-counted", "how many awards there are is not told, so none is given yet")
    unknown = Case(pl.col(_border(0)).is_null(), IN, untold)
    return [_NO_POINTS, unknown, Case(pl.col("upper").is_null(), OUT, behind), Case(asked, UNDECIDED, _OVER)]


def _given(given: pl.DataFrame, awards: Sequence[str]) -> pl.DataFrame:
    """`group`, `award`, `places` there are for it, and how many were `given`."""
    last = [pl.lit(0, pl.Int64), *(pl.col(_border(at)).first() for at in range(len(awards)))]
    tables = [
        given.group_by("group").agg(
            award=pl.lit(name),
            places=last[at + 1] - last[at],
            given=(pl.col("award") == name).sum().cast(pl.Int64),
            order=pl.lit(at),
        )
        for at, name in enumerate(awards)
    ]
    return pl.concat(tables).sort("group", "order", nulls_last=True).drop("order")


def _over(split: pl.DataFrame) -> pl.DataFrame:
    chosen = split.unique(["of", "rank"], keep="first").select(
        "group", "rank", pl.col("shown").alias("points"), "people", "upper", "lower"
    )
    return chosen.sort("group", "rank", nulls_last=True)


# --- by bands ---


def _without_bands(unless: Lookup | None) -> pl.Expr:
    """Whether an entry is of a kind for which no bands are named."""
    if unless is None:
        return pl.lit(value=False)
    kinds = [value.lower() for value in unless.values]
    return pl.col(unless.column).str.to_lowercase().is_in(kinds).fill_null(value=False)


def _by_bands(
    ranks: pl.DataFrame, numbers: Exact, awards: Sequence[str], bands: Sequence[str], asked: pl.Series
) -> Decisions:
    if len(bands) != len(awards):
        raise ParameterFault(f"award has {len(awards)} awards for {len(bands)} bands: write one for each.")
    reached = [
        pl.when(pl.lit(numbers.at_least(lower))).then(pl.lit(name))
        for name, lower in zip(awards, _descending(bands), strict=True)
    ]
    told = ranks.with_columns(asked)
    given = told.with_columns(award=pl.when(~pl.col("asked")).then(pl.coalesce(reached)))
    least = words(
        "below-bands",
        "{points} points; the last award begins at {least}",
        **_FIGURES,
        least=pl.lit(bands[-1]),
    )
    cases = [
        _NO_POINTS,
        Case(pl.col("asked"), UNDECIDED, _BY_JURY),
        Case(pl.col("award").is_null(), OUT, least),
    ]
    decided = judge(given, *cases, otherwise=_GIVEN)
    chosen = {f"award:{name}": pl.lit(name) for name in awards} if asked.any() else {}
    return Decisions(
        decided.select(*VERDICT_SCHEMA),
        given.select("entry", "rank", "award", **chosen),
    )


def _descending(bands: Sequence[str]) -> list[Fraction]:
    """The lower borders. Raises a fault where they are no points that fall."""
    borders = [number(text, "award.bands") for text in bands]
    if any(upper <= lower for upper, lower in pairwise(borders)):
        raise ParameterFault(
            f"award.bands: {list(bands)!r} do not fall: write the best award's border first."
        )
    return borders
