"""What another way to read a regulation would change: whose verdict and award, in which stage."""

from collections.abc import Mapping

import polars as pl

from jobs.pipeline import StageResult, outcomes
from jobs.verdicts import OUT

NOT_DECIDED = "not decided"
"""The verdict on whoever a stage would be about, where it waits for people or for another stage."""

DIFFERENCE_SCHEMA: dict[str, pl.DataType] = {
    "stage": pl.String(),
    "entry": pl.String(),
    "verdict": pl.String(),
    "award": pl.String(),
    "verdict_otherwise": pl.String(),
    "award_otherwise": pl.String(),
}


def differences(
    before: Mapping[str, StageResult], after: Mapping[str, StageResult], stages: list[str]
) -> pl.DataFrame:
    """Whose outcome is another one `after`, with DIFFERENCE_SCHEMA: stage by stage of `stages`, entries in order.

    A stage that stands in one of the two alone was not decided in the other. Whom a stage never saw is out of it.
    """
    parts = [
        _of_stage(name, before.get(name), after.get(name))
        for name in stages
        if before.get(name) is not after.get(name)
    ]
    return pl.concat([pl.DataFrame(schema=DIFFERENCE_SCHEMA), *parts])


def _of_stage(name: str, before: StageResult | None, after: StageResult | None) -> pl.DataFrame:
    one, other = _outcomes(before), _outcomes(after)
    both = one.join(other, on="entry", how="full", suffix="_otherwise", coalesce=True)
    told = both.with_columns(
        pl.lit(name).alias("stage"),
        pl.col("verdict").fill_null(NOT_DECIDED if before is None else OUT),
        pl.col("verdict_otherwise").fill_null(NOT_DECIDED if after is None else OUT),
    ).select(*DIFFERENCE_SCHEMA)
    changed = pl.col("verdict").ne(pl.col("verdict_otherwise"))
    moved = pl.col("award").ne_missing(pl.col("award_otherwise"))
    return told.filter(changed | moved).sort("entry")


def _outcomes(result: StageResult | None) -> pl.DataFrame:
    """Everybody a stage decided about; nobody where it was not decided."""
    return _NOBODY if result is None else outcomes(result)


_NOBODY = pl.DataFrame(schema=dict.fromkeys(("entry", "verdict", "award"), pl.String()))
