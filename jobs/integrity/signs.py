"""The literal signs of clauses 6, 7 and 9.1-9.3 of Myn Bala: they flag, a commission decides (clauses 10-11).

Each job marks entries undecided and never out. A missing clock is no sign: "no data" is said and the entry stays in.
"""

from fractions import Fraction
from typing import Literal

import polars as pl

from jobs.integrity.fit import person_fit
from jobs.marks import characters, longest
from jobs.verdicts import UNDECIDED, Case, Decisions, Wording, judge, words

SECONDS = (pl.col("finished_at") - pl.col("started_at")).dt.total_seconds()


def _clock(seconds: pl.Expr = SECONDS) -> pl.Expr:
    whole = seconds.abs()
    return pl.format("{}:{}", whole // 60, (whole % 60).cast(pl.String).str.zfill(2))


def _timed(code: str) -> Wording:
    return words(code, "took {time} (minutes:seconds)", time=_clock().fill_null("an unknown time"))


def duration(
    entries: pl.DataFrame, *, shorter_than: int | None = None, longer_than: int | None = None
) -> Decisions:
    """Undecided: sheets done in less than `shorter_than` minutes, or in more than `longer_than` (both strict)."""
    short = shorter_than * 60 > SECONDS if shorter_than is not None else pl.lit(value=False)
    long = longer_than * 60 < SECONDS if longer_than is not None else pl.lit(value=False)
    return Decisions(
        judge(
            entries,
            Case(SECONDS < 0, UNDECIDED, words("clock-runs-back", "the sheet ends before it begins")),
            Case(
                short,
                UNDECIDED,
                words("too-short", f"took {{time}}, less than {shorter_than}:00", time=_clock()),
            ),
            Case(
                long,
                UNDECIDED,
                words("too-long", f"took {{time}}, more than {longer_than}:00", time=_clock()),
            ),
            otherwise=_timed("usual-time"),
        )
    )


def pace(entries: pl.DataFrame, *, seconds_per_item: int) -> Decisions:
    """Undecided: sheets with less than `seconds_per_item` for each item of the test (clause 6)."""
    fast = pl.col("items") * seconds_per_item > SECONDS
    failed = words(
        "too-fast",
        f"{{items}} items in {{time}}: less than {seconds_per_item} s each",
        items=pl.col("items"),
        time=_clock(),
    )
    return Decisions(judge(entries, Case(fast, UNDECIDED, failed), otherwise=_timed("usual-pace")))


def fast_and_accurate(entries: pl.DataFrame, *, shorter_than: int, above: Fraction) -> Decisions:
    """Undecided: more than `above` of the items right in less than `shorter_than` minutes (clause 9.3, bullet 2)."""
    accurate = pl.col("score") * above.denominator > pl.col("items") * above.numerator
    hit = (shorter_than * 60 > SECONDS) & accurate
    figures = {"score": pl.col("score"), "items": pl.col("items"), "time": _clock()}
    failed = words("fast-and-accurate", "{score} of {items} right in {time}", **figures)
    return Decisions(
        judge(entries, Case(hit, UNDECIDED, failed), otherwise=words("plausible", "time and accuracy agree"))
    )


def mismatch(
    entries: pl.DataFrame, *, share: Fraction, verdict: Literal["undecided", "in"] = "undecided"
) -> Decisions:
    """`verdict`: the `share` of the sheets of a variant with the most Guttman errors for their score (clause 9.2).

    The statistic is Gnormed (van der Flier 1977): pairs of an easier item wrong and a harder one right, of all
    such pairs possible at that score. Nobody is flagged at score 0 or J, nor in a variant with too few sheets
    for `share` to make one person. "in" only notes the sign: by itself it speaks against nobody.
    """
    parts = entries.partition_by("variant", maintain_order=True) or [entries]
    errors = pl.concat([_guttman(part) for part in parts])
    rated = entries.select("entry", "variant").join(errors, on="entry", how="left", maintain_order="left")
    hit = worst_fitting("errors", share, within="variant")
    figures = {"errors": pl.col("errors"), "possible": pl.col("possible")}
    failed = words(
        "mismatch",
        "{errors} of {possible} pairs have the easier item wrong and the harder one right",
        **figures,
    )
    verdicts = judge(
        rated,
        Case(hit, verdict, failed),
        otherwise=words("agrees", "answers agree with the items' difficulty"),
    )
    return Decisions(verdicts, columns=rated.select("entry", "errors", "possible"))


def worst_fitting(errors: str, share: Fraction, within: str | None = None) -> pl.Expr:
    """Whether a sheet is of the `share`, of all or `within` a column, with the most Guttman `errors` of those
    `possible` at its score; equals at the border all are, and nobody without an error."""
    # Fractions with denominators under a million differ by more than 10^-12, so whole numbers rank them alike.
    rate = pl.when(pl.col("possible") > 0).then(pl.col(errors) * 10**12 // pl.col("possible"))
    rank, count = rate.rank("min", descending=True), pl.len()
    if within is not None:
        rank, count = rank.over(within), count.over(within)
    most = count * share.numerator // share.denominator
    return ((pl.col(errors) > 0) & (rank <= most)).fill_null(value=False)


def _guttman(part: pl.DataFrame) -> pl.DataFrame:
    """Guttman errors of the sheets of one variant."""
    right = characters(part["correct"], longest(part["correct"]), "0") == ord("1")
    fit = person_fit(right)
    return part.select("entry", errors=pl.Series(fit.guttman), possible=pl.Series(fit.possible))
