"""Answer sheets of a stage: who sat, when, every answer, and the time of each where it was taken."""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import ANSWER, BLANK, CHOICE, CODE, INSTANT, PERSON, REGION, TEXT, Feed, column
from jobs.feeds.vocabulary import STAGES

__all__ = ["BLANK", "FEED", "Sheets", "item_seconds"]


class Sheets(dy.Schema):
    """One sheet; q1 … qJ are kept as one string of a character an item, a blank as a dot."""

    participant = dy.String(
        **column(PERSON, "the participant's id: the IIN in Myn Bala", "қатысушы", "участник", "participant",
                 "жсн", "иин", "iin"),
    )  # fmt: skip
    stage = dy.Enum(
        list(STAGES), **column(CHOICE, "stage of the contest", "кезең", "этап", "stage", choices=STAGES)
    )
    variant = dy.String(**column(CODE, "variant of the test", "нұсқа", "вариант", "variant"))
    started_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the test was opened", "басталған уақыты", "басталуы", "начало", "время начала",
                 "started at", "start time"),
    )  # fmt: skip
    finished_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the test was handed in", "аяқталған уақыты", "аяқталуы", "окончание",
                 "время окончания", "finished at", "end time"),
    )  # fmt: skip
    school_id = dy.String(
        nullable=True, **column(CODE, "the school's identifier", "мектеп коды", "код школы", "school id")
    )
    class_ = dy.String(
        alias="class", nullable=True, **column(TEXT, "class with its letter", "сынып", "класс", "class")
    )
    region = dy.String(nullable=True, **column(REGION, "region", "облыс", "область", "region"))
    answers = dy.String(
        min_length=1,
        **column(ANSWER, "the answers, a character an item; q1 … qJ in the file", "жауаптар", "ответы"),
    )
    seconds = dy.String(
        nullable=True,
        **column(CODE, "the seconds of each item, spaces between, - where unknown; t1 … tJ in the file"),
    )


FEED = Feed(
    name="sheets",
    schema=Sheets,
    key=("participant", "stage"),
    recognised_by=frozenset({"participant", "stage", "variant"}),
    versioned_by_name=True,
    own_time="started_at",
    repeated=r"q([0-9]{1,3})",
    timed=r"t([0-9]{1,3})",
    derived=frozenset({"answers", "seconds"}),
)


def item_seconds(seconds: pl.Expr) -> pl.Expr:
    """The column `seconds` as a list of numbers, one an item in the variant's order, null where it is not known."""
    return seconds.str.split(" ").list.eval(pl.element().cast(pl.Float64, strict=False))
