"""The rules of answer sheets as bare polars expressions: right answers, times, answers that misfit their difficulty."""

from collections.abc import Callable, Mapping

import polars as pl
from bare_told import Given, Says, Tables, otherwise, told

SECONDS = (pl.col("finished_at") - pl.col("started_at")).dt.total_seconds()
CLOCK = {"time": pl.format("{}:{}", SECONDS // 60, (SECONDS % 60).cast(pl.String).str.zfill(2))}


def score(entries: pl.DataFrame, _given: Given, tables: Tables) -> pl.DataFrame:
    """With the marks of each item in a text of 1 and 0, as the steps after it read them."""
    ordered = tables["keys"].with_columns(pl.col("stage").cast(pl.String)).sort("item")
    keys = ordered.group_by("stage", "variant").agg(pl.col("key").str.join(""), items=pl.len())
    sheets = entries.select("entry", pl.col("stage").cast(pl.String), "variant", "answers")
    seen = sheets.join(keys, on=["stage", "variant"], how="left", maintain_order="left")
    most = keys["items"].max() or 0
    right = [
        pl.col("answers").str.slice(at, 1) == pl.col("key").str.slice(at, 1) for at in range(int(str(most)))
    ]
    marked = seen.with_columns(
        score=pl.sum_horizontal(pl.when(at < pl.col("items")).then(each) for at, each in enumerate(right)),
        correct=pl.concat_str(each.cast(pl.Int8).cast(pl.String) for each in right).str.slice(
            0, pl.col("items")
        ),
        answered=pl.col("answers").str.replace_all(".", "", literal=True).str.len_chars(),
    )
    figures = {"score": pl.col("score"), "items": pl.col("items")}
    longer = pl.col("answers").str.strip_chars_end(".").str.len_chars() > pl.col("items")
    return told(
        marked,
        Says(
            pl.col("items").is_null(), "undecided", "no-key", "no key of {}", {"variant": pl.col("variant")}
        ),
        Says(longer, "undecided", "longer", "more answers than the key has"),
        otherwise("{} of {}", **figures),
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
