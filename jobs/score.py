"""Scoring sheets by their keys (Myn Bala, clause 8)."""

import numpy as np
import polars as pl

from jobs.feeds.sheets import BLANK
from jobs.marks import as_strings, characters
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
    with_key = joined.filter(pl.col("key").is_not_null())
    marks = [_mark(part) for _, part in with_key.group_by("stage", "variant", maintain_order=True)]
    return joined.join(pl.concat([_NO_MARKS, *marks]), on="entry", how="left", maintain_order="left")


_NO_MARKS = pl.DataFrame(
    schema={"entry": pl.String, "score": pl.Int64, "answered": pl.Int64, "correct": pl.String}
)


def _mark(part: pl.DataFrame) -> pl.DataFrame:
    """The sheets of one variant against its key."""
    key = part["key"][0]
    answers = characters(part["answers"], len(key), BLANK)
    right = answers == np.array([ord(letter) for letter in key], dtype=np.uint32)
    return part.select(
        "entry",
        score=pl.Series(right.sum(axis=1), dtype=pl.Int64),
        answered=pl.Series((answers != ord(BLANK)).sum(axis=1), dtype=pl.Int64),
        correct=pl.Series(as_strings(right), dtype=pl.String),
    )
