"""Programme Centres and authorised providers of the medal (regulation 003, clauses 3.1 and 3.3)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, DATE, EMAIL, PERSON, REGION, TEXT, Feed, column
from jobs.feeds.medal import ORGANISATIONS


class Centres(dy.Schema):
    """One organisation."""

    centre = dy.String(
        **column(CODE, "the organisation's id", "орталық", "орталық коды", "ұйым коды", "центр", "код центра",
                 "код организации", "centre", "center"),
    )  # fmt: skip
    organisation = dy.String(
        nullable=True,
        **column(TEXT, "its name", "ұйым", "ұйым атауы", "организация", "наименование организации",
                 "organisation", "organization"),
    )  # fmt: skip
    organisation_kind = dy.Enum(
        list(ORGANISATIONS),
        **column(CHOICE, "Programme Centre, or partner that provides volunteering or trips", "ұйым түрі",
                 "вид организации", "тип организации", "organisation kind", choices=ORGANISATIONS),
    )  # fmt: skip
    region = dy.String(
        nullable=True,
        **column(REGION, "region: code or name in kk or ru", "облыс", "область", "өңір", "регион", "region"),
    )
    residence = dy.String(
        nullable=True, **column(TEXT, "place where it works", "орналасқан жері", "населённый пункт", "residence")
    )  # fmt: skip
    studies = dy.String(
        nullable=True,
        **column(TEXT, "places of study that it serves, with `;` between", "оқу орындары", "учебные заведения",
                 "studies"),
    )  # fmt: skip
    head = dy.String(
        nullable=True,
        **column(PERSON, "id of its head", "жетекші", "орталық жетекшісі", "руководитель", "руководитель центра",
                 "head"),
    )  # fmt: skip
    decided_on = dy.Date(
        nullable=True,
        **column(DATE, "day of the Operator's decision to register it", "шешім күні", "дата решения",
                 "decided on"),
    )  # fmt: skip
    agreed_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which the agreement was signed", "келісім күні", "шарт күні", "дата соглашения",
                 "дата договора", "agreed on"),
    )  # fmt: skip
    email = dy.String(
        nullable=True,
        **column(EMAIL, "e-mail", "электрондық пошта", "электронная почта", "эл. почта", "email", "e-mail"),
    )


FEED = Feed(
    name="centres",
    schema=Centres,
    key=("centre",),
    recognised_by=frozenset({"centre", "organisation_kind", "decided_on"}),
    versioned_by_name=True,
)
