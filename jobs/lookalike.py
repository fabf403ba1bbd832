"""Titles that say the same as the title of an earlier work (order 99, annex 3, clause 6, 5).

Two titles are compared by the stems of their words: endings do not count, nor does the order of words. Which pairs are
compared at all is told by the rarest stems (prefix filtering: Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and
Srikant 2007), so that no pair that is alike is missed and most of the others are never looked at.
"""

from fractions import Fraction

import polars as pl

from jobs.errors import ParameterFault
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words

_STEM = 5
"""Letters of a word that are compared: Kazakh and Russian endings come after them."""

_SHORTEST = 3
"""Shorter words tell nothing."""

_TOGETHER = 20_000
"""How many titles are compared with all others at a time: their pairs must fit into memory."""

_PAIRS = dict.fromkeys(("at", "other", "common", "all"), pl.Int64())


def lookalike(
    entries: pl.DataFrame, *, column: str, earlier: pl.DataFrame, least: Fraction = Fraction(2, 3)
) -> Decisions:
    """Undecided: entries whose `column` has at least the share `least` of the stems of both in common with the `title`
    of an `earlier` work; whether it is the same work only people can say. The reason names the likest one.

    Evidence: `alike`, a row a pair: `entry`, `title`, `earlier`, `author`, `year`, `common` and `all` stems.
    """
    if not 0 < least <= 1:
        raise ParameterFault("lookalike.least: write a share above 0 and up to 100 %.")
    new, old = _stems(entries.select(title=column)), _stems(earlier.select("title"))
    pairs = _alike(*_numbered(new, old), least)
    named = _named(entries, column, earlier, pairs)
    likest = named.unique("entry", keep="first", maintain_order=True).drop("title")
    told = entries.select("entry").join(likest, on="entry", how="left", maintain_order="left")
    figures = {name: pl.col(name) for name in ("earlier", "year", "common", "all")}
    like = words(
        "looks-like-earlier",
        "like «{earlier}» of {year}: {common} of {all} word stems are the same",
        **figures,
    )
    return Decisions(
        judge(
            told,
            Case(pl.col("earlier").is_not_null(), UNDECIDED, like),
            otherwise=words("like-no-earlier", "like no earlier work"),
        ),
        evidence={"alike": named},
    )


def _stems(titles: pl.DataFrame) -> pl.DataFrame:
    """`at` (the number of its row), `stem` (each once), `size` (how many the title has)."""
    stems = (
        titles.select(
            at=pl.int_range(pl.len(), dtype=pl.Int64),
            stem=pl.col("title").str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+"),
        )
        .explode("stem")
        .filter(pl.col("stem").str.len_chars() >= _SHORTEST)
        .with_columns(pl.col("stem").str.head(_STEM))
        .unique()
    )
    return stems.with_columns(size=pl.len().over("at").cast(pl.Int64))


def _numbered(new: pl.DataFrame, old: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Numbers for stems: they are compared faster, and in the same order."""
    both = pl.concat([new, old]).with_columns(pl.col("stem").rank("dense"))
    return both.head(new.height), both.tail(old.height)


def _alike(new: pl.DataFrame, old: pl.DataFrame, least: Fraction) -> pl.DataFrame:
    """The pairs (`at`, `other`) with `common` / `all` at least `least`, all stems told."""
    rarity = old.group_by("stem").agg(often=pl.len())
    heads = _rarest(_worth_comparing(new, rarity, least), rarity, least)
    posts = _rarest(old, rarity, least).select("stem", other="at")
    sets = [each.group_by("at").agg(pl.col("stem").alias("stems")) for each in (new, old)]
    parts = heads.with_columns(part=pl.col("at") // _TOGETHER).partition_by("part", include_key=False)
    return pl.concat(
        [
            pl.DataFrame(schema=_PAIRS),
            *(_compared(part.join(posts, on="stem"), sets, least) for part in parts),
        ]
    )


def _worth_comparing(new: pl.DataFrame, rarity: pl.DataFrame, least: Fraction) -> pl.DataFrame:
    """All stems of the titles that have so many in common with all earlier titles together."""
    known = new.join(rarity, on="stem", how="semi").group_by("at").agg(known=pl.len().cast(pl.Int64))
    enough = new.join(known, on="at").filter(pl.col("known") >= _needed(least))
    return enough.drop("known")


def _needed(least: Fraction) -> pl.Expr:
    """How many stems of a title must stand in another that is alike."""
    return -(-pl.col("size") * least.numerator // least.denominator)


def _rarest(stems: pl.DataFrame, rarity: pl.DataFrame, least: Fraction) -> pl.DataFrame:
    """Of a title of n stems the n - ⌈share · n⌉ + 1 rarest: titles that share so much have one of them in common."""
    told = stems.join(rarity, on="stem", how="left").sort("at", pl.col("often").fill_null(0), "stem")
    place = pl.int_range(pl.len()).over("at")
    return told.filter(place < pl.col("size") - _needed(least) + 1).select("at", "stem")


def _compared(candidates: pl.DataFrame, sets: list[pl.DataFrame], least: Fraction) -> pl.DataFrame:
    """Those of the candidates (`at`, `other`) that are alike."""
    pairs = candidates.select("at", "other").unique()
    sides = pairs.join(sets[0], on="at").join(sets[1].rename({"at": "other", "stems": "others"}), on="other")
    common = pl.col("stems").list.set_intersection("others").list.len().cast(pl.Int64)
    together = (pl.col("stems").list.len() + pl.col("others").list.len()).cast(pl.Int64)
    counted = sides.select("at", "other", common=common, all=together - common)
    return counted.filter(pl.col("common") * least.denominator >= pl.col("all") * least.numerator)


def _named(entries: pl.DataFrame, column: str, earlier: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs in words, of each entry the likest first."""
    works = earlier.select(
        earlier="title", author="author", year="year", other=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    titles = entries.select("entry", title=column, at=pl.int_range(pl.len(), dtype=pl.Int64))
    found = pairs.join(titles, on="at").join(works, on="other")
    likest = found.sort(
        "entry",
        pl.col("common") / pl.col("all"),
        "year",
        "earlier",
        "author",
        descending=[False, True, True, False, False],
        nulls_last=True,
    )
    return likest.select("entry", "title", "earlier", "author", "year", "common", "all")
