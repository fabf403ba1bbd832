"""The best of several works of one person (BilimClass, clauses 5.6 and 6.2, reading Q8)."""

import polars as pl

from jobs.verdicts import OUT, Case, Decisions, judge, words


def best(entries: pl.DataFrame, *, of: str, points: list[str]) -> Decisions:
    """Out: of several entries with one value of the column `of`, all but the one with the largest sum of `points`.

    A count that is not known adds nothing here. Of equal sums the earliest `posted_at` stays (where the entries
    have that column), then the smallest `entry`. A null in `of` makes nobody the same.
    """
    dated = "posted_at" if "posted_at" in entries.columns else pl.lit(None)
    scored = entries.select("entry", owner=of, total=pl.sum_horizontal(points), posted=dated)
    chosen = _chosen(scored.filter(pl.col("owner").is_not_null()))
    seen = scored.join(chosen, on="owner", how="left", maintain_order="left")
    figures = {"points": pl.col("total"), "better": pl.col("best"), "better_points": pl.col("most")}
    text = f"{{points}} points; {{better}} with {{better_points}} is the one of this {of.replace('_', ' ')} that counts"
    worse = Case(pl.col("entry") != pl.col("best"), OUT, words("better-entry", text, **figures))
    stays = words("best-entry", "the best of {works}", works=pl.col("works").fill_null(1))
    return Decisions(judge(seen, worse, otherwise=stays))


def _chosen(scored: pl.DataFrame) -> pl.DataFrame:
    best_first = ["total", "posted", "entry"]
    ordered = scored.sort(best_first, descending=[True, False, False], nulls_last=True)
    return ordered.group_by("owner", maintain_order=True).agg(
        best=pl.col("entry").first(), most=pl.col("total").first(), works=pl.len()
    )
