"""Registrations from the operator's platform (Myn Bala, clauses 1-3)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, EMAIL, FLAG, INSTANT, PERSON, Feed, column
from jobs.feeds.people import PHONE_NUMBER
from jobs.feeds.vocabulary import LANGUAGES


class Registrations(dy.Schema):
    """One registration, as the platform recorded it."""

    iin = dy.String(
        **column(PERSON, "the pupil's IIN", "жсн", "иин", "iin", "оқушының жсн", "оқушы жсн", "иин ученика"),
    )
    guardian_iin = dy.String(
        nullable=True,
        **column(
            PERSON, "the parent's or legal representative's IIN",
            "ата-анасының жсн", "ата-ана жсн", "заңды өкілдің жсн", "иин родителя", "иин законного представителя",
            "guardian iin", "parent iin",
        ),
    )  # fmt: skip
    phone = dy.String(
        nullable=True,
        **PHONE_NUMBER,
    )
    phone_confirmed = dy.Bool(
        **column(
            FLAG, "whether the SMS code was entered", "телефон расталды", "телефон подтвержден", "телефон подтверждён",
            "phone confirmed",
        )
    )  # fmt: skip
    email = dy.String(
        nullable=True,
        **column(EMAIL, "e-mail of the family", "электрондық пошта", "эл. почта", "email", "e-mail"),
    )
    language = dy.Enum(
        ["kk", "ru"],
        **column(
            CHOICE, "language of the test and of our letters", "тестілеу тілі", "тіл", "тілі", "язык тестирования",
            "язык", "language", choices=LANGUAGES,
        ),
    )  # fmt: skip
    consent = dy.Bool(
        **column(
            FLAG, "consent to the processing of personal data", "келісім", "согласие", "consent",
        )
    )  # fmt: skip
    registered_at = dy.Datetime(
        time_zone="UTC",
        **column(
            INSTANT, "when the record was made", "тіркелген уақыты", "тіркелген күні", "дата регистрации",
            "время регистрации", "registered at",
        ),
    )  # fmt: skip


FEED = Feed(
    name="registrations",
    schema=Registrations,
    key=("iin",),
    recognised_by=frozenset({"iin", "guardian_iin", "registered_at"}),
    versioned_by_name=False,
    own_time="registered_at",
)
