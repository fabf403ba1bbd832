"""How much of each norm is done: weeks, books and days, confirmed (`met`) and as written (`written`)."""

import polars as pl

from jobs.medal.norms import BOOK, BOOKS, DAYS

KEY = ["entry", "direction"]


def of_weeks(grid: pl.DataFrame) -> pl.DataFrame:
    """Weeks of the grid that count."""
    return grid.group_by(KEY).agg(
        met=(pl.col("met") & pl.col("counts")).sum().cast(pl.Int64),
        written=(pl.col("written") & pl.col("counts")).sum().cast(pl.Int64),
    )


def of_days(records: pl.DataFrame) -> pl.DataFrame:
    """Different days; a record of several holds those that follow it."""
    spread = records.with_columns(
        day=pl.date_ranges("day", pl.col("day").dt.offset_by(_more_days()), interval="1d")
    ).explode("day")
    return spread.group_by(KEY).agg(
        met=pl.col("day").filter("confirmed").n_unique().cast(pl.Int64),
        written=pl.col("day").n_unique().cast(pl.Int64),
    )


def _more_days() -> pl.Expr:
    return pl.concat_str((pl.col("days").fill_null(1) - 1).cast(pl.String), pl.lit("d"))


def of_books(wanted: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Different books of the catalogue that fill a place: so many of the Kazakh golden fund (`kazakh`), one of each of
    the two other sections, the rest of any. More than all places hold count once all are filled (without a cap)."""
    books = _different(records)
    read = wanted.select(*KEY, "required", "kazakh").join(books, on=KEY, how="inner")
    return read.select(*KEY, met=_places("sure"), written=_places("any"))


def _different(records: pl.DataFrame) -> pl.DataFrame:
    """How many books of each section: `sure:kazakh` confirmed, `any:kazakh` as written …"""
    once = records.drop_nulls(["book", "section"]).group_by(*KEY, "book").agg(
        pl.col("section").first().cast(pl.String), pl.col("confirmed").any()
    )  # fmt: skip
    return once.group_by(KEY).agg(
        *((pl.col("section") == name).sum().cast(pl.Int64).alias(f"any:{name}") for name in _SECTIONS),
        *(
            ((pl.col("section") == name) & pl.col("confirmed")).sum().cast(pl.Int64).alias(f"sure:{name}")
            for name in _SECTIONS
        ),
    )


_SECTIONS = ("kazakh", "world", "growth")


def _places(kind: str) -> pl.Expr:
    have = {name: pl.col(f"{kind}:{name}") for name in _SECTIONS}
    held = {"kazakh": pl.col("kazakh"), "world": pl.lit(1), "growth": pl.lit(1)}
    filled = pl.sum_horizontal(pl.min_horizontal(have[name], held[name]) for name in _SECTIONS)
    total = pl.sum_horizontal(*have.values())
    free = pl.col("required") - pl.sum_horizontal(*held.values())
    met = filled + pl.min_horizontal(total - filled, free)
    return pl.when(met == pl.col("required")).then(total).otherwise(met)


def of_extra_book(records: pl.DataFrame, heritage: pl.DataFrame) -> pl.DataFrame:
    """Books of the Kazakh golden fund in place of lessons of heritage (`heritage`), which are none of those in
    `records`, the participant's books of the direction of books."""
    own = records.select("entry", "book").drop_nulls().unique()
    extra = heritage.filter(pl.col("section").cast(pl.String) == "kazakh").join(
        own, on=["entry", "book"], how="anti"
    )
    return extra.group_by(KEY).agg(
        met=pl.col("book").filter("confirmed").n_unique().cast(pl.Int64),
        written=pl.col("book").n_unique().cast(pl.Int64),
    )


def counted(wanted: pl.DataFrame, records: pl.DataFrame, grid: pl.DataFrame) -> pl.DataFrame:
    """`wanted` with `met` and `written`; nought where nothing was done."""

    def of(unit: str) -> pl.DataFrame:
        return records.join(wanted.filter(pl.col("unit") == unit), on=KEY, how="semi")

    books = records.filter(pl.col("direction") == BOOKS)
    done = pl.concat(
        [
            of_weeks(grid),
            of_days(of(DAYS)),
            of_books(wanted.filter(pl.col("unit") == BOOKS), of(BOOKS)),
            of_extra_book(books, of(BOOK)),
        ],
        how="vertical_relaxed",
    )
    return wanted.join(done, on=KEY, how="left", maintain_order="left").with_columns(
        pl.col("met", "written").fill_null(0)
    )
