"""When a stage was sat where: the start of each round as each place reports it (order 99, annex 1, clauses 5 and 8)."""

import dataframely as dy
import polars as pl

from jobs.feeds import people
from jobs.feeds.contract import INSTANT, TEXT, Feed, column
from jobs.feeds.units import sender_named
from jobs.feeds.vocabulary import STAGES


class Sittings(dy.Schema):
    """One round of one stage in one place."""

    unit = dy.String(
        **column(TEXT, "where it was sat: region, city, NIS, RBO and its name", "өткізілген жері", "өткізуші",
                 "место проведения", "кто проводил", "unit", "place"),
    )  # fmt: skip
    region = dy.String(nullable=True, **people.REGION_SENT)
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    round = dy.String(
        nullable=True, **column(TEXT, "round of the stage, where it has several", "тур", "round")
    )
    began_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when it began; a date alone is the beginning of that day", "басталған уақыты",
                 "басталу уақыты", "время начала", "начало", "began at", "started at", midnight=True),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """One name for each place."""
    return table.with_columns(**sender_named())


FEED = Feed(
    name="sittings",
    schema=Sittings,
    key=("unit", "stage", "round"),
    recognised_by=frozenset({"unit", "began_at"}),
    versioned_by_name=True,
    derive=derive,
)
