"""Verdicts as rows of a stage: labelled with stage, step, clause and group, and with whom they are put to."""

import polars as pl

from jobs.binding import BoundStep
from jobs.pipeline.model import DECISION_SCHEMA, PENDING_SCHEMA
from jobs.rulebook import Stage
from jobs.verdicts import READING_DIFFERS, UNDECIDED, Case, Wording, judge, together

NOTHING = pl.DataFrame(schema=DECISION_SCHEMA)
NO_QUESTION = pl.DataFrame(schema=PENDING_SCHEMA)


def asking(ask: str | None, rows: pl.DataFrame, choose: str | None = None) -> pl.DataFrame:
    """Who is asked about each undecided row: `choose` where two readings differ, else `ask`."""
    undecided = rows.filter(pl.col("verdict") == UNDECIDED)
    differs = pl.col("code") == READING_DIFFERS
    chooses = pl.when(differs & pl.lit(choose is not None)).then(pl.lit(choose, pl.String))
    return undecided.select(chooses.otherwise(pl.lit(ask, pl.String)).alias("ask"), pl.all())


def without(entries: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The entries that are not among those who are `gone`, in their order."""
    return entries.join(gone, on="entry", how="anti", maintain_order="left")


def everybody(entries: pl.DataFrame, verdict: str, reason: Wording) -> pl.DataFrame:
    """The same verdict on each of the entries, for the same reason."""
    return judge(entries, Case(pl.lit(value=True), verdict, reason), otherwise=reason)


def named_group(step: BoundStep) -> pl.Expr:
    """The values of `per`, which together name a group."""
    return together(step.per)


def as_rows(
    stage: Stage, number: int, step: BoundStep, entries: pl.DataFrame, verdicts: pl.DataFrame
) -> pl.DataFrame:
    """The verdicts of a step as rows, each with its entry's group where the step has groups."""
    rows = label(stage, number, step.clause, verdicts)
    if not step.per:
        return rows
    groups = entries.select("entry", named_group(step).alias("group"))
    return (
        rows.drop("group")
        .join(groups, on="entry", how="left", maintain_order="left")
        .select(*DECISION_SCHEMA)
    )


def label(stage: Stage, number: int, clause: str, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Verdicts as rows with DECISION_SCHEMA, of no group; step 0 is before the first."""
    labels = {"stage": pl.lit(stage.id), "step": pl.lit(number, pl.Int64), "clause": pl.lit(clause)}
    return verdicts.with_columns(group=pl.lit(None, pl.String), **labels).select(*DECISION_SCHEMA)
