"""Mentors, experts, coordinators, heads of Centres and members of the commission (regulation 003, clause 3.3)."""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import (
    CHOICE,
    CODE,
    DATE,
    EMAIL,
    PERSON,
    PERSON_NAME,
    REGION,
    TEXT,
    Feed,
    column,
)
from jobs.feeds.medal import ROLES
from jobs.feeds.people import NAME, PATRONYMIC, PHONE_NUMBER, SURNAME


class Staff(dy.Schema):
    """One person in one role for one term."""

    person = dy.String(
        **column(PERSON, "the person's id", "қызметкер", "тұлға", "қызметкер id", "сотрудник", "id сотрудника",
                 "жсн", "иин", "iin", "person"),
    )  # fmt: skip
    role = dy.Enum(
        list(ROLES), **column(CHOICE, "role in the programme", "рөлі", "рөл", "роль", "role", choices=ROLES)
    )
    surname = dy.String(nullable=True, regex=PERSON_NAME, **SURNAME)
    name = dy.String(nullable=True, regex=PERSON_NAME, **NAME)
    patronymic = dy.String(nullable=True, regex=PERSON_NAME, **PATRONYMIC)
    email = dy.String(
        nullable=True,
        **column(EMAIL, "e-mail", "электрондық пошта", "электронная почта", "эл. почта", "email", "e-mail"),
    )
    phone = dy.String(nullable=True, **PHONE_NUMBER)
    photo = dy.String(
        nullable=True, **column(CODE, "the photo's file", "фото", "фотосурет", "фотография", "photo")
    )
    about = dy.String(nullable=True, **column(TEXT, "about oneself", "өзі туралы", "о себе", "about"))
    documents = dy.String(
        nullable=True,
        **column(CODE, "documents received, by their codes with spaces between", "құжаттар", "документы",
                 "documents", sample="id-card diploma"),
    )  # fmt: skip
    region = dy.String(
        nullable=True,
        **column(REGION, "region: code or name in kk or ru", "облыс", "область", "өңір", "регион", "region"),
    )
    centre = dy.String(
        nullable=True,
        **column(CODE, "id of the Programme Centre", "орталық", "орталық коды", "центр", "код центра", "centre",
                 "center"),
    )  # fmt: skip
    watched_by = dy.String(
        nullable=True,
        **column(PERSON, "who watches the person: a mentor's expert, an expert's coordinator", "бақылаушы",
                 "кім бақылайды", "курирует", "кто курирует", "watched by"),
    )  # fmt: skip
    since = dy.Date(
        nullable=True, **column(DATE, "first day in the role", "басталуы", "бастап", "начало", "с", "since")
    )
    until = dy.Date(
        nullable=True, **column(DATE, "last day in the role", "аяқталуы", "дейін", "окончание", "по", "until")
    )
    trained_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which the training was finished", "оқытылған күні", "дата обучения",
                 "trained on"),
    )  # fmt: skip
    represents = dy.String(
        nullable=True,
        **column(TEXT, "the authorised education body that a member of the commission represents", "өкілі",
                 "уәкілетті орган", "уполномоченный орган", "представляет", "represents"),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """A term without a first day began before everything."""
    return table.with_columns(since=pl.col("since").fill_null("1991-12-16"))


FEED = Feed(
    name="staff",
    schema=Staff,
    key=("person", "role", "since"),
    recognised_by=frozenset({"person", "role"}),
    versioned_by_name=True,
    derive=derive,
)
