"""Applications a month before a stage: how many take part in which language, subject and grade (order 99, annex 2,
clause 13)."""

import dataframely as dy
import polars as pl

from jobs.feeds import people
from jobs.feeds.contract import CHOICE, INSTANT, TEXT, WHOLE, Feed, column
from jobs.feeds.units import sender_named
from jobs.feeds.vocabulary import LANGUAGES, STAGES
from jobs.feeds.wordlists import capitalised


class TeamCounts(dy.Schema):
    """How many participants a department, NIS or an RBO announces for one subject, grade and language."""

    unit = dy.String(
        **column(TEXT, "who sends the application: department, NIS, RBO and its name",
                 "жіберген ұйым", "өтінім беруші", "басқарма", "кто направил", "направившая организация",
                 "управление", "unit", "team"),
    )  # fmt: skip
    region = dy.String(nullable=True, **people.REGION_SENT)
    stage = dy.Enum(
        list(STAGES), nullable=True,
        **column(CHOICE, "stage of the contest that is applied for", "кезең", "этап", "stage", choices=STAGES),
    )  # fmt: skip
    subject = dy.String(**column(TEXT, "subject", "пән", "предмет", "subject"))
    grade = dy.Int64(
        min=0,
        max=12,
        **column(WHOLE, "grade whose programme is sat", "параллель", "сынып", "класс", "grade"),
    )
    language = dy.Enum(
        ["kk", "ru"],
        **column(CHOICE, "language of teaching", "оқыту тілі", "тіл", "тілі", "язык обучения", "язык", "language",
                 choices=LANGUAGES),
    )  # fmt: skip
    participants = dy.Int64(
        min=0, max=100_000,
        **column(WHOLE, "how many participants", "қатысушылар саны", "қатысушы саны", "количество участников",
                 "число участников", "participants"),
    )  # fmt: skip
    applied_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when the application was sent; a date alone is the beginning of that day",
                 "өтінім уақыты", "өтінім күні", "дата заявки", "время заявки", "applied at", midnight=True),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """One name for each sender; subjects begin with a capital."""
    return table.with_columns(capitalised("subject"), **sender_named())


FEED = Feed(
    name="team-counts",
    schema=TeamCounts,
    key=("unit", "stage", "subject", "grade", "language"),
    recognised_by=frozenset({"unit", "participants", "subject"}),
    versioned_by_name=True,
    own_time="applied_at",
    derive=derive,
)
