"""A share of a whole as an exact fraction (BilimClass, clause 7.2: 12 of 20 is 60 %, 17 of 29 is not)."""

from fractions import Fraction

import polars as pl

from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def share(entries: pl.DataFrame, *, part: str, of: str, least: Fraction) -> Decisions:
    """Out: entries whose `part` (whole numbers in that column) is less than `least` of the column `of`, entries of
    which one of the two is not told, and a whole of nothing. Undecided: a part larger than its whole, or below 0."""
    some, whole = pl.col(part).cast(pl.Int64), pl.col(of).cast(pl.Int64)
    enough = some * least.denominator >= whole * least.numerator
    figures = {"part": some, "of": whole, "least": pl.lit(_percent(least))}
    text = f"{{part}} of {{of}} ({part} of {of}), {{least}} needed".replace("_", " ")
    return Decisions(
        judge(
            entries,
            Case(
                some.is_null() | whole.is_null(),
                OUT,
                words("share-not-told", f"{part} or {of}: not told".replace("_", " ")),
            ),
            Case((some > whole) | (some < 0), UNDECIDED, words("share-impossible", text, **figures)),
            Case((whole == 0) | ~enough, OUT, words("share-below", text, **figures)),
            otherwise=words("share-enough", text, **figures),
        )
    )


def _percent(share: Fraction) -> str:
    """3/5 as "60 %"; what is no whole percent stays a fraction."""
    hundredths = share * 100
    return f"{hundredths.numerator} %" if hundredths.denominator == 1 else str(share)
