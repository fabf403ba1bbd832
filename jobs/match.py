"""Matching entries to a list that is the only base (Myn Bala, clause 3)."""

import polars as pl

from jobs.iin import one_digit_neighbours
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words

HINTED = 1_000  # refused people for whom a near IIN is looked up; beyond that the list itself is wrong


def match(
    entries: pl.DataFrame, *, feed: pl.DataFrame, on: list[str], where: dict[str, int | str], take: list[str]
) -> Decisions:
    """Out: entries that are not on the list `feed`, or whose row there does not satisfy `where`.

    Undecided: the list has rows for the entry that differ in a column taken or asked for. The columns in `take`
    are added to the entries.
    """
    rows = feed.select(*dict.fromkeys([*on, *where, *take])).unique()
    listed = rows.with_columns(fits=_satisfies(where))
    found = listed.group_by(on).agg(
        pl.len().alias("versions"),
        pl.col("fits").all(),
        *(_agreed(name).alias(f"taken:{name}") for name in take),
    )
    seen = entries.select("entry", *on).join(found, on=on, how="left", maintain_order="left")
    taken = seen.select("entry", *(pl.col(f"taken:{name}").alias(name) for name in take))
    return Decisions(_judge(_with_hint(seen, feed, on), where), columns=taken)


def _agreed(name: str) -> pl.Expr:
    """What all rows of the list say; null where they disagree."""
    return pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first())


def _satisfies(where: dict[str, int | str]) -> pl.Expr:
    return pl.all_horizontal(
        pl.lit(value=True), *(pl.col(name).cast(pl.String) == str(want) for name, want in where.items())
    )


def _judge(seen: pl.DataFrame, where: dict[str, int | str]) -> pl.DataFrame:
    wanted = ", ".join(f"{name} {want}" for name, want in where.items())
    return judge(
        seen,
        Case(
            pl.col("versions").is_null(),
            OUT,
            words(
                "not-listed", "not on the ministry's list, which is the only base{hint}", hint=pl.col("hint")
            ),
        ),
        Case(
            pl.col("versions") > 1,
            UNDECIDED,
            words(
                "list-disagrees",
                "the list has this person {versions} times, differently",
                versions=pl.col("versions"),
            ),
        ),
        Case(~pl.col("fits"), OUT, words("not-eligible", f"on the ministry's list, but not with {wanted}")),
        otherwise=words("listed", "on the ministry's list"),
    )


def _with_hint(seen: pl.DataFrame, feed: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    absent = seen.filter(pl.col("versions").is_null())
    if len(on) != 1 or not 0 < absent.height <= HINTED:
        return seen.with_columns(hint=pl.lit(""))
    listed = frozenset(feed[on[0]].unique().to_list())
    near = [
        entry for entry, key in absent.select("entry", on[0]).iter_rows() if one_digit_neighbours(key, listed)
    ]
    text = pl.lit(" (one digit away from a listed pupil: was it mistyped?)")
    return seen.with_columns(hint=pl.when(pl.col("entry").is_in(near)).then(text).otherwise(pl.lit("")))
