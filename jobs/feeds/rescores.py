"""Marks that a commission changed after coordination or an appeal (order 99, annex 2, clauses 9, 24-26)."""

import dataframely as dy
import polars as pl

from jobs.exact import POINTS, tidied
from jobs.feeds import people
from jobs.feeds.appeals import PEOPLE
from jobs.feeds.contract import CODE, TEXT, Feed, column
from jobs.feeds.vocabulary import STAGES


class Rescores(dy.Schema):
    """One changed mark: the whole new score, on what ground, and who decided it."""

    participant = dy.String(**people.PARTICIPANT)
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    nomination = dy.String(nullable=True, **people.NOMINATION_OF_MARK)
    new_score = dy.String(
        regex=POINTS,
        **column(
            CODE, "the whole new score, not the difference, kept exactly as written", "жаңа ұпай", "жаңа балл",
            "новый балл", "новые баллы", "new score", sample="60.5",
            whys={"regex": "is no number of points such as 60, 59.5 or 59 1/3"},
        ),
    )  # fmt: skip
    ground = dy.String(
        min_length=1,
        **column(TEXT, "why the mark was changed", "негізі", "негіздеме", "основание", "ground"),
    )  # fmt: skip
    decided_by = dy.String(
        min_length=1,
        **column(TEXT, "who decided", "шешім қабылдаған", "кто решил", "решение принял", "decided by"),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Equal points stand in one spelling."""
    return table.with_columns(new_score=tidied(pl.col("new_score")))


FEED = Feed(
    name="rescores",
    schema=Rescores,
    key=("participant", "stage", "nomination"),
    recognised_by=frozenset({"participant", "new_score", "ground", "decided_by"}),
    versioned_by_name=True,
    derive=derive,
    aids=PEOPLE,
)
