"""Seats that the specialised schools give to the winners (Myn Bala, clauses 13-14)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, EMAIL, PRINTED_LINE, TEXT, WHOLE, Feed, column
from jobs.feeds.vocabulary import LANGUAGES


class Quotas(dy.Schema):
    """One school, or one language stream of a school."""

    school_id = dy.String(
        regex=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        **column(
            CODE, "the school's identifier: letters, digits, - and _", "мектеп коды", "код школы", "school id"
        ),
    )
    school = dy.String(
        regex=PRINTED_LINE, **column(TEXT, "the school's name", "мектеп", "мектеп атауы", "школа", "school")
    )
    language = dy.Enum(
        ["kk", "ru"], nullable=True,
        **column(CHOICE, "language stream; empty: one quota for both", "оқыту тілі", "тіл", "язык обучения", "язык",
                 "language", choices=LANGUAGES),
    )  # fmt: skip
    intake = dy.Int64(
        min=0, max=100_000,
        **column(WHOLE, "pupils admitted to grade 7", "7-сыныпқа қабылдау", "қабылдау", "прием в 7 класс",
                 "приём в 7 класс", "прием", "intake"),
    )  # fmt: skip
    seats = dy.Int64(
        min=0, max=100_000, nullable=True,
        **column(WHOLE, "seats declared; 10 % of the intake where empty", "орындар", "квота", "места", "seats"),
    )  # fmt: skip
    boarding = dy.Int64(
        min=0, max=100_000, nullable=True,
        **column(WHOLE, "the school's boarding places for these winners, the same on each of its rows",
                 "интернат орындары", "интернат", "места в интернате", "boarding"),
    )  # fmt: skip
    email = dy.String(
        nullable=True,
        **column(EMAIL, "where the school wants news of its list", "эл. почта", "email", "e-mail"),
    )


FEED = Feed(
    name="quotas",
    schema=Quotas,
    key=("school_id", "language"),
    recognised_by=frozenset({"school_id", "intake"}),
    versioned_by_name=True,
)
