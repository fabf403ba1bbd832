"""Badges awarded in earlier years (regulation 003, clause 4.3: no second badge of equal value)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, DATE, PERSON, Feed, column
from jobs.feeds.medal import LEVELS


class Badges(dy.Schema):
    """One badge of one holder."""

    participant = dy.String(
        **column(PERSON, "the holder's id in the programme", "қатысушы", "иегері", "участник", "обладатель",
                 "participant", "holder", "қатысушы id", "id участника", "жсн", "иин", "iin"),
    )  # fmt: skip
    level = dy.Enum(
        list(LEVELS),
        **column(CHOICE, "level", "деңгей", "деңгейі", "уровень", "level", choices=LEVELS),
    )
    awarded_on = dy.Date(
        **column(DATE, "day of the award", "марапатталған күні", "марапаттау күні", "дата награждения", "awarded on")
    )  # fmt: skip
    number = dy.String(
        nullable=True,
        **column(CODE, "the certificate's number", "куәлік нөмірі", "номер удостоверения", "number"),
    )


FEED = Feed(
    name="badges",
    schema=Badges,
    key=("participant", "level", "awarded_on"),
    recognised_by=frozenset({"participant", "level", "awarded_on"}),
    versioned_by_name=True,
)
