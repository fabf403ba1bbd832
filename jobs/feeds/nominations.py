"""Who is proposed for the badge, and by whom (regulation 003, clause 4.3: by the head of a Programme Centre)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, INSTANT, PERSON, Feed, column
from jobs.feeds.medal import LEVELS


class Nominations(dy.Schema):
    """One proposal."""

    participant = dy.String(
        **column(PERSON, "the participant's id in the programme", "қатысушы", "үміткер", "участник", "кандидат",
                 "participant", "қатысушы id", "id участника", "жсн", "иин", "iin"),
    )  # fmt: skip
    level = dy.Enum(
        list(LEVELS),
        **column(CHOICE, "level", "деңгей", "деңгейі", "уровень", "level", choices=LEVELS),
    )
    nominated_by = dy.String(
        nullable=True,
        **column(PERSON, "id of whoever proposed", "ұсынған", "кім ұсынды", "представил", "кем представлен",
                 "nominated by"),
    )  # fmt: skip
    nominated_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when it was proposed; a date alone is the beginning of that day", "ұсынылған уақыты",
                 "ұсынылған күні", "дата представления", "время представления", "nominated at", midnight=True),
    )  # fmt: skip
    centre = dy.String(
        nullable=True,
        **column(CODE, "id of the Programme Centre", "орталық", "орталық коды", "центр", "код центра", "centre",
                 "center"),
    )  # fmt: skip


FEED = Feed(
    name="nominations",
    schema=Nominations,
    key=("participant", "level"),
    recognised_by=frozenset({"participant", "nominated_by", "nominated_at"}),
    versioned_by_name=True,
)
