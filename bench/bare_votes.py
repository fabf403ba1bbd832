"""The rules of votes by likes (BilimClass, Best SOR) and of seats (Myn Bala) as somebody would write them for one
group in plain polars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl
from bare_told import Bare, Given, Says, Tables, otherwise, told

Way = Literal["sum", "weighted", "lexicographic"]
WAYS: tuple[Way, ...] = ("sum", "weighted", "lexicographic")
RANK = pl.col("rank")
OWN = pl.col("best") == pl.col("entry")


def top(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Of one group, as the job is called for each: by counts, of which some may be unknown, and what breaks ties."""
    if len(groups := entries.partition_by("group")) > 1:
        return pl.concat(top(each, given, tables) for each in groups)
    places = (
        given["places"] if "seats" not in tables else _seats(tables["seats"], given.get("rounding", "floor"))
    )
    way, optional = given.get("by", "sum"), given.get("optional") or []
    zero = _Ranking.of(entries, given, way, given["points"], places)
    ways = _other_winners(entries, given, zero, places) if given.get("compare") else ""
    known = (
        zero.ranked["told"]
        & entries.select(
            pl.any_horizontal(pl.lit(value=False), *(pl.col(name).is_null() for name in optional))
        ).to_series()
    )
    reading = given["choice"].made if given.get("unknown", "ask") == "ask" else given["unknown"]
    if not known.any() or reading == "zero":
        return zero.told(ways)
    firm = [name for name in given["points"] if name not in optional]
    left_out = _Ranking.of(entries, given, way, firm, places)
    return left_out.told(ways) if reading == "left-out" else _both(zero, left_out, places)


def _seats(seats: pl.DataFrame, rounding: str) -> int:
    """A tenth of the intake where a school has declared none."""
    tenth = {
        "floor": pl.col("intake") // 10,
        "half-up": (pl.col("intake") + 5) // 10,
        "ceil": (pl.col("intake") + 9) // 10,
    }
    return int(seats.select(pl.coalesce("seats", tenth[rounding]).sum()).item())


@dataclass(frozen=True)
class _Ranking:
    """`ranked`, in the order of the entries: `points`, whether they are `told` and `vague`, the `best` entry of the
    same person, and `rank`, `tied` and `last` (the points at the last place) of that."""

    ranked: pl.DataFrame
    places: int
    ties: str

    @classmethod
    def of(
        cls, entries: pl.DataFrame, given: Given, way: Way, counted: Sequence[str], places: int
    ) -> "_Ranking":
        names, optional, ties = given["points"], given.get("optional") or [], given["ties"]
        unknown = {name: pl.col(name).is_null() for name in names}
        told_of = ~(
            pl.all_horizontal(*unknown.values()) if optional else pl.any_horizontal(*unknown.values())
        )
        vague = told_of & pl.any_horizontal(unknown[name] for name in names if name not in optional)
        chain = (given.get("chain") or []) if ties == "chain" else []
        keys = {f"key{at}": each for at, each in enumerate(_keys(given, way, counted))}
        keys |= {f"chain{at}": pl.col(name.removeprefix("-")) for at, name in enumerate(chain)}
        each = given.get("one_each")
        owner = pl.coalesce(pl.col(each).cast(pl.String), "entry") if each else pl.int_range(pl.len())
        seen = entries.select(
            "entry", told=told_of, vague=vague, owner=owner,
            points=pl.concat_str([key for name, key in keys.items() if name.startswith("key")], separator="; "),
            posted=pl.col("posted_at") if "posted_at" in entries.columns else pl.lit(None),
            **{name: pl.when(told_of).then(key) for name, key in keys.items()},
        )  # fmt: skip
        falling = [True] * (len(keys) - len(chain)) + [not name.startswith("-") for name in chain]
        then = ["posted", "entry"] if each else []
        best = seen.sort(*keys, *then, descending=[*falling, *(False for _ in then)], nulls_last=True)
        if each:
            best = best.unique("owner", keep="first", maintain_order=True)
        new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in keys)
        place = pl.int_range(1, pl.len() + 1)
        ranks = best.with_columns(
            rank=pl.when("told").then(pl.when(new | (place == 1)).then(place).forward_fill())
        ).select("owner", "rank", best="entry", tied=pl.len().over("rank"), best_points="points")
        joined = seen.select("entry", "told", "vague", "owner", "points").join(
            ranks, on="owner", how="left", maintain_order="left"
        )
        last = ranks.filter(places >= RANK).select(pl.col("best_points").last()).item()
        return cls(joined.with_columns(last=pl.lit(last, pl.String)), places, ties)

    @property
    def splits(self) -> pl.Expr:
        """Where equal points lie over the last place."""
        return (self.places >= RANK) & (RANK + pl.col("tied") - 1 > self.places)

    @property
    def asked(self) -> pl.Expr:
        """Where people are asked because of that: of whoever it is, or of everybody."""
        if self.ties == "refuse":
            return pl.lit(value=bool(self.ranked.filter(OWN).select(self.splits.any()).item()))
        return self.splits & (self.ties == "ask")

    @property
    def inside(self) -> pl.Expr:
        """Whose best entry has a place."""
        without = self.splits & (self.ties == "exclude")
        return ((self.places >= RANK) & ~self.asked & ~without).fill_null(value=False)

    @property
    def winners(self) -> pl.Series:
        return self.ranked.filter(OWN & self.inside)["entry"].sort()

    def told(self, ways: str) -> pl.DataFrame:
        """The cut, and of each entry that is not the best of a person that another is."""
        points, vague = pl.col("points"), pl.col("vague")
        figures = {"rank": RANK, "points": points, "cut": pl.col("last")}
        better = {"points": points, "best": pl.col("best")}
        text = "place {} with {}, the last at {}"
        return told(
            self.ranked,
            Says(~OWN & vague & ~self.inside, "undecided", "vague", "{} or more, {} is better", better),
            Says(~OWN, "out", "better", "{} points, {} is better", better),
            Says(self.asked, "undecided", "tied", text + ", tied over the last place", figures),
            Says(~pl.col("told"), "undecided", "unknown", "not told"),
            Says(self.inside, "in", "within", text + ways, figures),
            Says(self.places >= RANK, "out", "tied", text + ", tied over the last place", figures),
            Says(vague, "undecided", "vague", text + ", a count being unknown", figures),
            Says(
                points == pl.col("last"), "out", "behind", text + ", but behind in what breaks ties", figures
            ),
            Says(RANK > 0, "out", "beyond", text, figures),
            otherwise(text, **figures),
            keep=("rank",),
        ).with_columns(rank=pl.when(self.ranked["best"] == self.ranked["entry"]).then("rank"))


def _keys(given: Given, way: Way, counted: Sequence[str]) -> list[pl.Expr]:
    weights = given.get("weights") or [1] * len(given["points"])
    by = dict(zip(given["points"], weights, strict=True)) if way == "weighted" else {}
    values = [pl.col(name).fill_null(0) * by.get(name, 1) for name in counted]
    return values if way == "lexicographic" else [pl.sum_horizontal(values)]


def _other_winners(entries: pl.DataFrame, given: Given, own: _Ranking, places: int) -> str:
    """The ways to put counts together that have other winners than the rulebook's own."""
    others = [way for way in WAYS if way != given.get("by", "sum")]
    rankings = {way: _Ranking.of(entries, given, way, given["points"], places) for way in others}
    differing = [way for way, ranking in rankings.items() if not ranking.winners.equals(own.winners)]
    return f"; others win by {', '.join(differing)}" if differing else ""


def _both(zero: _Ranking, left_out: _Ranking, places: int) -> pl.DataFrame:
    """As with nought where the two readings say the same, and the question where they do not."""
    first, second = zero.told(""), left_out.told("")
    figures = {
        "rank": RANK, "points": pl.col("points"), "other_rank": pl.col("other_rank"), "other": pl.col("other"),
    }  # fmt: skip
    seen = zero.ranked.with_columns(other_rank=left_out.ranked["rank"], other=left_out.ranked["points"])
    text = f"place {{}} with {{}}, or {{}} with {{}}; {places} places"
    asked = told(seen, Says(pl.lit(value=True), "undecided", "readings", text, figures), otherwise("both"))
    differs = first["verdict"] != second["verdict"]
    names = ("verdict", "code", "why", "facts")
    return first.with_columns(
        pl.when(pl.lit(differs)).then(pl.lit(asked[name])).otherwise(pl.col(name)).alias(name)
        for name in names
    )


PEERS: Mapping[str, Bare] = {"top": top}
