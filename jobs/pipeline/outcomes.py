"""What a stage comes to for each entry: its verdict and its award."""

import polars as pl

from jobs.pipeline.model import StageResult
from jobs.verdicts import IN, OUT, UNDECIDED


def outcomes(result: StageResult) -> pl.DataFrame:
    """`entry`, `verdict` and `award` of everybody a stage decided about; the award of whom people are asked about is
    not told."""
    asked = result.pending.select("entry").unique().with_columns(asked=pl.lit(value=True))
    stands = _awards(result.standing).with_columns(stands=pl.lit(value=True))
    everybody = pl.concat([each.select("entry") for each in (result.decisions, stands, asked)])
    met = everybody.unique().join(asked, on="entry", how="left").join(stands, on="entry", how="left")
    verdict = pl.when("asked").then(pl.lit(UNDECIDED)).when("stands").then(pl.lit(IN)).otherwise(pl.lit(OUT))
    return met.select("entry", verdict.alias("verdict"), pl.when(pl.col("asked").is_null()).then("award"))


def settled_outcomes(standing: pl.DataFrame) -> pl.DataFrame:
    """`entry` and its `outcome` where nothing is undecided: the award, else in."""
    return _awards(standing).select("entry", outcome=pl.coalesce("award", pl.lit(IN)))


def _awards(standing: pl.DataFrame) -> pl.DataFrame:
    given = pl.col("award") if "award" in standing.columns else pl.lit(None)
    return standing.select("entry", award=given.cast(pl.String))
