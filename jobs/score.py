"""Scoring sheets by their keys (Myn Bala, clause 8)."""

import polars as pl

from jobs.feeds.sheets import BLANK
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def score(entries: pl.DataFrame, *, keys: pl.DataFrame) -> Decisions:
    """Adds `score` (right answers), `items` (in the key), `answered` and `correct` (1 or 0 an item).

    Undecided: a sheet whose variant has no key, a key in which an item is missing (nobody is scored by it), or
    more answers than its key has items. Blanks after the last item are no answers: a file has as many columns as
    its longest variant.
    """
    counted = _count(entries, _key_strings(keys))
    no_key = pl.col("last").is_null()
    gap = pl.col("key").is_null()
    longer = pl.col("answers").str.strip_chars_end(BLANK).str.len_chars() > pl.col("items")
    verdicts = judge(
        counted,
        Case(
            no_key, UNDECIDED, words("no-key", "no key came for variant {variant}", variant=pl.col("variant"))
        ),
        Case(
            gap,
            UNDECIDED,
            words(
                "key-has-gaps",
                "an item is missing in the key of variant {variant}",
                variant=pl.col("variant"),
            ),
        ),
        Case(longer, UNDECIDED, words("key-too-short", "more answers than the key has items")),
        otherwise=words("scored", "{score} of {items} right", score=pl.col("score"), items=pl.col("items")),
    )
    return Decisions(verdicts, columns=counted.select("entry", "score", "items", "answered", "correct"))


def _key_strings(keys: pl.DataFrame) -> pl.DataFrame:
    ordered = keys.sort("stage", "variant", "item", "key").unique(
        ["stage", "variant", "item"], keep="first", maintain_order=True
    )
    joined = ordered.group_by("stage", "variant", maintain_order=True).agg(
        pl.col("key").str.to_uppercase().str.join(""),
        last=pl.col("item").max(),
        count=pl.len().cast(pl.Int64),
    )
    whole = pl.when(pl.col("last") == pl.col("count"))
    return joined.select(
        pl.col("stage").cast(pl.String),
        "variant",
        "last",
        key=whole.then(pl.col("key")),
        items=whole.then(pl.col("count")),
    )


def _count(entries: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    # Only what is read here: entries carry the score of an earlier stage in columns of the same names.
    sheets = entries.select("entry", pl.col("stage").cast(pl.String), "variant", "answers")
    joined = sheets.join(keys, on=["stage", "variant"], how="left", maintain_order="left")
    answers = pl.col("answers").str.pad_end(pl.col("items").max(), BLANK)
    long = joined.select("entry", "key", answer=answers).filter(pl.col("key").is_not_null())
    marks = (
        long.with_columns(pl.col("key").str.split(""), pl.col("answer").str.split(""))
        .with_columns(pl.col("answer").list.head(pl.col("key").list.len()))
        .explode("key", "answer")
        .group_by("entry", maintain_order=True)
        .agg(
            score=(pl.col("key") == pl.col("answer")).sum().cast(pl.Int64),
            answered=(pl.col("answer") != BLANK).sum().cast(pl.Int64),
            correct=(pl.col("key") == pl.col("answer")).cast(pl.Int8).cast(pl.String).str.join(""),
        )
    )
    return joined.join(marks, on="entry", how="left", maintain_order="left")
