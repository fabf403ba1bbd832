"""The rules of answer sheets as bare polars expressions: right answers, times, answers that misfit their difficulty."""

from collections.abc import Callable, Mapping

import polars as pl
from bare_told import Given, Says, Tables, otherwise, told

SECONDS = (pl.col("finished_at") - pl.col("started_at")).dt.total_seconds()
CLOCK = {"time": pl.format("{}:{}", SECONDS // 60, (SECONDS % 60).cast(pl.String).str.zfill(2))}


def score(entries: pl.DataFrame, _given: Given, tables: Tables) -> pl.DataFrame:
    """With the marks of each item in a text of 1 and 0, as the steps after it read them."""
    once = (
        tables["keys"]
        .sort("item", "key")
        .unique(["stage", "variant", "item"], keep="first", maintain_order=True)
    )
    keys = once.group_by(pl.col("stage").cast(pl.String), "variant").agg(
        pl.col("key").str.to_uppercase().str.join(""),
        items=pl.len().cast(pl.Int64),
        last=pl.col("item").max(),
    )
    whole = pl.col("items") == pl.col("last")
    known = keys.with_columns(
        pl.when(whole).then("key").alias("key"), pl.when(whole).then("items").alias("items")
    )
    sheets = entries.select("entry", pl.col("stage").cast(pl.String), "variant", "answers")
    seen = sheets.join(known, on=["stage", "variant"], how="left", maintain_order="left")
    answers, key, items = pl.col("answers"), pl.col("key"), pl.col("items")
    right = [
        (answers.str.slice(at, 1) == key.str.slice(at, 1)).cast(pl.Int64)
        for at in range(known["items"].max() or 0)
    ]
    marked = seen.with_columns(
        score=pl.when(key.is_not_null()).then(
            pl.sum_horizontal(pl.lit(0), *(pl.when(at < items).then(each) for at, each in enumerate(right)))
        ),
        correct=pl.concat_str(pl.lit(""), *(each.cast(pl.String) for each in right)).str.slice(0, items),
        answered=pl.when(key.is_not_null()).then(
            answers.str.slice(0, items).str.replace_all(".", "", literal=True).str.len_chars().cast(pl.Int64)
        ),
    )
    variant = {"variant": pl.col("variant")}
    longer = answers.str.strip_chars_end(".").str.len_chars() > items
    return told(
        marked,
        Says(pl.col("last").is_null(), "undecided", "no-key", "no key of {}", variant),
        Says(items.is_null(), "undecided", "gap", "an item is missing in the key of {}", variant),
        Says(longer, "undecided", "longer", "more answers than the key has"),
        otherwise("{} of {}", score=pl.col("score"), items=items),
        keep=("score", "items", "answered", "correct"),
    )


def duration(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    shorter, longer = given.get("shorter_than"), given.get("longer_than")
    return told(
        entries,
        Says(SECONDS < 0, "undecided", "backwards", "the clock runs back"),
        Says((shorter or 0) * 60 > SECONDS, "undecided", "short", "took {}", CLOCK),
        Says(((longer or 0) * 60 < SECONDS) & (longer is not None), "undecided", "long", "took {}", CLOCK),
        otherwise("took {}", **CLOCK),
    )


def pace(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    fast = pl.col("items") * given["seconds_per_item"] > SECONDS
    return told(
        entries,
        Says(fast, "undecided", "fast", "{} items in {}", {"items": pl.col("items"), **CLOCK}),
        otherwise("took {}", **CLOCK),
    )


def mismatch(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Of each variant the share with the most pairs of an easier item wrong and a harder one right."""
    marks = entries.select("entry", "variant", mark=pl.col("correct").str.split("")).with_columns(
        item=pl.int_ranges(pl.col("mark").list.len())
    )
    long = marks.explode("mark", "item").with_columns(right=pl.col("mark") == "1")
    easy = long.group_by("variant", "item").agg(easy=pl.col("right").sum())
    ordered = long.join(easy, on=["variant", "item"]).sort("entry", -pl.col("easy").cast(pl.Int64), "item")
    wrong = (~pl.col("right")).cum_sum().over("entry")
    rated = (
        ordered.with_columns(pairs=pl.when("right").then(wrong).otherwise(0))
        .group_by("entry")
        .agg(errors=pl.col("pairs").sum(), possible=pl.col("right").sum() * (~pl.col("right")).sum())
    )
    share = given["share"]
    rate = pl.when(pl.col("possible") > 0).then(pl.col("errors") / pl.col("possible"))
    most = pl.len().over("variant") * share.numerator // share.denominator
    seen = entries.select("entry", "variant").join(rated, on="entry", how="left", maintain_order="left")
    seen = seen.with_columns(pl.col("errors", "possible").fill_null(0))
    hit = (pl.col("errors") > 0) & (rate.rank("min", descending=True).over("variant") <= most)
    figures = {"errors": pl.col("errors"), "possible": pl.col("possible")}
    return told(
        seen.with_columns(hit=hit),
        Says(pl.col("hit"), given.get("verdict", "undecided"), "misfits", "{} of {} pairs", figures),
        otherwise("agrees"),
        keep=("errors", "possible"),
    )


PEERS: Mapping[str, Callable[[pl.DataFrame, Given, Tables], pl.DataFrame]] = {
    "duration": duration,
    "mismatch": mismatch,
    "pace": pace,
    "score": score,
}
