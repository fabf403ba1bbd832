"""Who could not do their part, and why: participants, mentors and experts (regulation 003, clause 3.3)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, DATE, PERSON, Feed, column
from jobs.feeds.medal import REASONS


class Absences(dy.Schema):
    """One absence of one person."""

    absent = dy.String(
        **column(PERSON, "id of the participant or member of staff", "болмаған", "кім болмады", "отсутствующий",
                 "отсутствовал", "absent"),
    )  # fmt: skip
    since = dy.Date(**column(DATE, "first day", "басталуы", "бастап", "начало", "с", "since"))
    until = dy.Date(
        nullable=True,
        **column(DATE, "last day; empty: not yet back", "аяқталуы", "дейін", "окончание", "по", "until"),
    )
    reason = dy.Enum(
        list(REASONS), **column(CHOICE, "why", "себебі", "себеп", "причина", "reason", choices=REASONS)
    )
    told_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which it was told", "хабарланған күні", "дата сообщения", "told on"),
    )
    substitute = dy.String(
        nullable=True,
        **column(PERSON, "id of the mentor who stands in; empty: whoever watches the person", "орынбасар",
                 "алмастырушы", "заместитель", "замещает", "substitute"),
    )  # fmt: skip


FEED = Feed(
    name="absences",
    schema=Absences,
    key=("absent", "since"),
    recognised_by=frozenset({"absent", "reason", "since"}),
    versioned_by_name=True,
)
