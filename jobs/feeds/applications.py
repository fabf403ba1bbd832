"""The winners' ordered applications to specialised schools (Myn Bala, clauses 15-16)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, FLAG, INSTANT, PERSON, WHOLE, Feed, column
from jobs.feeds.vocabulary import LANGUAGES


class Applications(dy.Schema):
    """One option of one winner."""

    participant = dy.String(
        **column(PERSON, "the winner's id: the IIN in Myn Bala", "қатысушы", "участник", "participant",
                 "жсн", "иин", "iin"),
    )  # fmt: skip
    preference = dy.Int64(
        min=1, max=99, **column(WHOLE, "1 for the school wanted most", "басымдық", "приоритет", "preference")
    )
    school_id = dy.String(**column(CODE, "the school wanted", "мектеп коды", "код школы", "school id"))
    language = dy.Enum(
        ["kk", "ru"], nullable=True,
        **column(CHOICE, "language stream wanted; empty: any", "оқыту тілі", "тіл", "язык обучения", "язык",
                 "language", choices=LANGUAGES),
    )  # fmt: skip
    boarding = dy.Bool(
        nullable=True, **column(FLAG, "whether a boarding place is needed", "интернат", "boarding")
    )
    submitted_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when the application was filed", "берілген уақыты", "өтініш уақыты", "дата подачи",
                 "время подачи", "submitted at"),
    )  # fmt: skip


FEED = Feed(
    name="applications",
    schema=Applications,
    key=("participant", "preference"),
    recognised_by=frozenset({"participant", "preference", "school_id"}),
    versioned_by_name=False,
    own_time="submitted_at",
)
