"""Appeals: who disagrees with a mark, and when the application was filed (order 99, annex 2, clauses 23-26)."""

import dataframely as dy

from jobs.feeds import people
from jobs.feeds.contract import INSTANT, TEXT, Feed, column
from jobs.feeds.vocabulary import STAGES

PEOPLE = {
    "surname": ("тегі", "фамилия", "surname"),
    "name": ("аты", "имя", "name", "аты-жөні", "тегі, аты", "фио", "фамилия, имя"),
    "school": ("мектеп", "школа", "school"),
    "unit": ("жіберген ұйым", "аудан", "команда", "район", "unit", "team"),
    "region": ("облыс", "область", "өңір", "регион", "region"),
}
"""What people like to write beside an id, and we have no need to keep."""


class Appeals(dy.Schema):
    """One application of one participant."""

    participant = dy.String(**people.PARTICIPANT)
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    nomination = dy.String(nullable=True, **people.NOMINATION_OF_MARK)
    filed_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when the application was filed", "апелляция берілген уақыты", "апелляция уақыты",
                 "время подачи апелляции", "апелляция подана", "appeal filed at", "filed at"),
    )  # fmt: skip
    about = dy.String(
        nullable=True,
        **column(TEXT, "what the participant disagrees with: the task, the mark", "апелляция мәні", "апелляция нысаны",
                 "предмет апелляции", "с чем не согласен", "about"),
    )  # fmt: skip
    email = dy.String(nullable=True, **people.MAIL)
    language = dy.Enum(["kk", "ru"], nullable=True, **people.LANGUAGE)


FEED = Feed(
    name="appeals",
    schema=Appeals,
    key=("participant", "stage", "nomination", "filed_at"),
    recognised_by=frozenset({"participant", "filed_at"}),
    versioned_by_name=False,
    own_time="filed_at",
    aids=PEOPLE,
)
