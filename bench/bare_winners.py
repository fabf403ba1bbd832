"""Who goes on, who wins and what: places and shares of order 99 as somebody would write them in plain polars."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

import polars as pl
from bare_points import border, fraction, numbers, ranked, with_equals
from bare_told import Bare, Given, Says, Tables, otherwise, told

RANK, PLACES = pl.col("rank"), pl.col("places")
NO_POINTS = Says(RANK.is_null(), "undecided", "unknown", "not told")


# --- places in the next stage ---


def qualify(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """By points alone, or by the places of each sender, in people where the rule counts people."""
    if given.get("least") is not None:
        return _by_points(entries, given)
    within = ["group", "sender"]
    sent = ranked(entries, given, within, _sender(given).alias("sender"), _own_places(given).alias("own"))
    counted = _counted_of(sent, given, tables)
    usual = _rounded(pl.col("all"), given) if given.get("share") else pl.lit(given.get("places"), pl.Int64)
    placed = counted.with_columns(places=pl.coalesce("own", usual)).with_columns(
        behind=RANK + pl.col("tied") - 1
    )
    splits = (RANK <= PLACES) & (pl.col("behind") > PLACES)
    last = (
        placed.filter(RANK <= PLACES)
        .group_by(within)
        .agg(cut=pl.col("shown").get(pl.col("points").arg_min()))
    )
    seen = with_equals(placed, splits, within).join(
        last, on=within, how="left", nulls_equal=True, maintain_order="left"
    )
    figures = {"rank": RANK, "points": pl.col("shown"), "places": PLACES}
    sets = {"people": pl.col("people"), "with_them": pl.col("behind"), "without": RANK - 1}
    tied = {"ask": "undecided", "extend": "in", "exclude": "out"}[given.get("ties", "ask")]
    text = "place {} with {} of {}"
    return told(
        seen,
        NO_POINTS,
        Says(PLACES.is_null(), "undecided", "nobody", "nobody is registered here"),
        Says(splits, tied, "tied", text + " ({}): with all {} are in, without {}", figures | sets),
        Says(PLACES == 0, "out", "none", "of {} who sat nobody has a place", {"sat": pl.col("sat")}),
        Says(RANK > PLACES, "out", "beyond", text + ", the last at {}", figures | {"cut": pl.col("cut")}),
        otherwise(text, **figures),
        keep=("rank", "places"),
    )


def _by_points(entries: pl.DataFrame, given: Given) -> pl.DataFrame:
    seen = ranked(entries, given, ["group"])
    least = border(given["least"], numbers(entries[given["points"]])[1])
    figures = {"points": pl.col("shown"), "least": pl.lit(given["least"])}
    below = Says(pl.col("points") < least, "out", "below", "{} of {}", figures)
    return told(seen, NO_POINTS, below, otherwise("{} of {}", **figures), keep=("rank",))


def _sender(given: Given) -> pl.Expr:
    """The unit, or else the region, that stands alone; otherwise all that tells who sent the entry."""
    sent_by, names = given.get("sent_by") or [], list(given.get("whole") or {})
    alone = [
        pl.when(_name(column, names).is_not_null()).then(column)
        for column in reversed(given.get("whole_in") or sent_by)
    ]
    known = pl.concat_str([pl.col(name).fill_null("") for name in sent_by] or pl.lit(""), separator="/")
    return pl.coalesce(*alone, known)


def _own_places(given: Given) -> pl.Expr:
    whole = given.get("whole") or {}
    columns = reversed(given.get("whole_in") or given.get("sent_by") or [])
    own = (
        _name(each, list(whole)).replace_strict(whole, default=None, return_dtype=pl.Int64)
        for each in columns
    )
    return pl.coalesce(*own, pl.lit(None, pl.Int64))


def _name(column: str, names: list[str]) -> pl.Expr:
    """That name of these which stands in the column, by itself or before other words."""
    first = pl.col(column).str.extract(r"^(\S+)")
    return pl.when(pl.col(column).is_in(names)).then(column).when(first.is_in(names)).then(first)


def _counted_of(seen: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """With `all`, of how many the share is: who sat, or who is registered in the group."""
    if "registered" not in tables:
        return seen.with_columns(all=pl.col("sat"))
    of = [pl.col(name).cast(pl.String).fill_null("") for name in given["registered_by"]]
    named = tables["registered"].select(key=pl.concat_str(of or pl.lit(""), separator="/").str.to_lowercase())
    registered = named.group_by("key").agg(all=pl.len().cast(pl.Int64))
    keyed = seen.with_columns(key=pl.col("group").fill_null("").str.to_lowercase())
    return keyed.join(registered, on="key", how="left", maintain_order="left")


def _rounded(number: pl.Expr, given: Given) -> pl.Expr:
    above, below = number * given["share"].numerator, given["share"].denominator
    ways = {
        "half-up": (2 * above + below) // (2 * below),
        "floor": above // below,
        "ceil": -(-above // below),
    }
    return ways[given.get("rounding", "half-up")]


# --- diplomas ---


def award(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """By the borders of points, or by places: so many of each, or shares of the winners."""
    if given.get("bands"):
        return _by_bands(entries, given)
    last = _last_places(entries, given)
    seen = ranked(entries, given, ["group"], *(each.alias(f"last{at}") for at, each in enumerate(last)))
    awarded = seen.with_columns(behind=RANK + pl.col("tied") - 1).with_columns(
        upper=_first(RANK, given["awards"]),
        lower=pl.coalesce(_first(pl.col("behind"), given["awards"]), pl.lit(given["awards"][-1])),
    )
    splits, ties = pl.col("upper") != pl.col("lower"), given.get("ties", "ask")
    chosen = pl.col("lower" if ties == "exclude" else "upper")
    named = with_equals(awarded, splits, ["group"]).with_columns(
        award=pl.when(pl.col("upper").is_not_null() & ~(splits & (ties == "ask"))).then(chosen)
    )
    figures = {"rank": RANK, "points": pl.col("shown")}
    sets = figures | {name: pl.col(name) for name in ("people", "upper", "lower")}
    text = "place {} with {}"
    return told(
        named,
        NO_POINTS,
        Says(pl.col("last0").is_null(), "in", "not-counted", "how many there are is not told"),
        Says(pl.col("upper").is_null(), "out", "none", text + ", behind the last award", figures),
        Says(splits & (ties == "ask"), "undecided", "split", text + " ({}): all get {}, or all {}", sets),
        otherwise(text + ": {}", **figures, award=pl.col("award")),
        keep=("rank", "award"),
    )


def _first(place: pl.Expr, awards: list[str]) -> pl.Expr:
    return pl.coalesce(
        pl.when(place <= pl.col(f"last{at}")).then(pl.lit(name)) for at, name in enumerate(awards)
    )


def _last_places(entries: pl.DataFrame, given: Given) -> list[pl.Expr]:
    """The last place of each award; by shares they hang on the number of winners in the group."""
    if given.get("counts"):
        return [pl.lit(last) for last in accumulate(given["counts"])]
    of = given.get("of", "places")
    numbers_of = entries[of].drop_nulls().unique()
    split = {number: list(accumulate(_split(number, given))) for number in numbers_of}
    return [
        pl.col(of).replace_strict(
            {number: places[at] for number, places in split.items()}, default=None, return_dtype=pl.Int64
        )
        for at in range(len(given["shares"]))
    ]


def _split(number: int, given: Given) -> list[int]:
    """By largest remainder; or each part rounded, and what is over to the first or the last one."""
    exact = [number * fraction(text) for text in given["shares"]]
    rounding = given.get("rounding", "largest-remainder")
    if rounding == "largest-remainder":
        whole = [int(part) for part in exact]
        by_rest = sorted(range(len(exact)), key=lambda at: whole[at] - exact[at])
        got = set(by_rest[: number - sum(whole)])
        return [part + (at in got) for at, part in enumerate(whole)]
    backwards = given.get("rest") == "first"
    left, found = number, []
    for part in (exact[::-1] if backwards else exact)[:-1]:
        found.append(min(left, _near(part, rounding)))
        left -= found[-1]
    found.append(left)
    return found[::-1] if backwards else found


def _near(part: Fraction, rounding: str) -> int:
    ways = {"half-up": part + Fraction(1, 2), "floor": part, "ceil": -((-part) // 1)}
    return int(ways[rounding] // 1)


def _by_bands(entries: pl.DataFrame, given: Given) -> pl.DataFrame:
    denominator, lookup = numbers(entries[given["points"]])[1], given.get("unless")
    kind = pl.col(lookup.column).str.to_lowercase() if lookup else pl.lit(None, pl.String)
    kinds = [name.lower() for name in lookup.values] if lookup else []
    seen = ranked(entries, given, ["group"], kind.is_in(kinds).fill_null(value=False).alias("by_jury"))
    reached = [
        pl.when(pl.col("points") >= border(least, denominator)).then(pl.lit(name))
        for name, least in zip(given["awards"], given["bands"], strict=True)
    ]
    figures = {"rank": RANK, "points": pl.col("shown")}
    text = "place {} with {}"
    return told(
        seen.with_columns(award=pl.when(~pl.col("by_jury")).then(pl.coalesce(reached))),
        NO_POINTS,
        Says(pl.col("by_jury"), "undecided", "by-jury", text + "; people give one or none", figures),
        Says(pl.col("award").is_null(), "out", "none", text + ", below the last award", figures),
        otherwise(text + ": {}", **figures, award=pl.col("award")),
        keep=("rank", "award"),
    )


PEERS: Mapping[str, Bare] = {"award": award, "qualify": qualify}
