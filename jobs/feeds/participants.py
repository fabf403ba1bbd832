"""Whom the organiser's platform knows: teachers and other users who may take part, and their accounts.

`handles` takes account names with or without @, or addresses of profiles, divided in any way; columns headed Instagram
or TikTok join it.
"""

import dataframely as dy
import polars as pl

from jobs.feeds import social
from jobs.feeds.contract import (
    CHOICE,
    CODE,
    EMAIL,
    FLAG,
    PERSON,
    PERSON_NAME,
    REGION,
    TEXT,
    Feed,
    column,
)
from jobs.feeds.people import NAME, PATRONYMIC, PHONE_NUMBER, SURNAME
from jobs.feeds.vocabulary import LANGUAGES


class Participants(dy.Schema):
    """One person."""

    participant = dy.String(
        **column(PERSON, "the person's id in the contest", "қатысушы", "участник", "participant", "қатысушы id",
                 "id участника", "педагог id", "id педагога", "мұғалімнің жсн", "педагогтің жсн", "иин педагога",
                 "иин учителя"),
    )  # fmt: skip
    surname = dy.String(regex=PERSON_NAME, **SURNAME)
    name = dy.String(regex=PERSON_NAME, **NAME)
    patronymic = dy.String(nullable=True, regex=PERSON_NAME, **PATRONYMIC)
    email = dy.String(
        nullable=True,
        **column(EMAIL, "e-mail", "электрондық пошта", "эл. пошта", "электронная почта", "эл. почта", "почта",
                 "email", "e-mail"),
    )  # fmt: skip
    phone = dy.String(nullable=True, **PHONE_NUMBER)
    language = dy.Enum(
        ["kk", "ru"], nullable=True,
        **column(CHOICE, "language of our letters", "хат тілі", "тіл", "тілі", "язык писем", "язык", "language",
                 choices=LANGUAGES),
    )  # fmt: skip
    region = dy.String(
        **column(REGION, "region: code or name in kk or ru", "облыс", "область", "өңір", "регион", "region")
    )
    school_id = dy.String(
        nullable=True,
        **column(CODE, "the school's identifier", "мектеп коды", "мектеп id", "код школы", "id школы", "school id"),
    )  # fmt: skip
    school = dy.String(
        nullable=True,
        **column(TEXT, "where the person works", "мектеп", "мектеп атауы", "жұмыс орны", "школа",
                 "наименование школы", "место работы", "school"),
    )  # fmt: skip
    position = dy.String(
        nullable=True, **column(TEXT, "position as it is called there", "лауазымы", "қызметі", "должность", "position")
    )  # fmt: skip
    grades = dy.String(
        nullable=True,
        **column(
            CODE, "grades taught", "сыныптар", "сыныптары", "сабақ беретін сыныптары", "классы", "grades"
        ),
    )
    handles = dy.String(
        nullable=True,
        **column(CODE, "accounts on social networks: bare names in small letters, spaces between", "аккаунт",
                 "аккаунттар", "аккаунттары", "аккаунты", "желідегі аттары", "accounts", "account"),
    )  # fmt: skip
    civil_servant = dy.Bool(
        nullable=True,
        **column(FLAG, "whether a civil servant", "мемлекеттік қызметші", "госслужащий", "государственный служащий",
                 "civil servant"),
    )  # fmt: skip
    manager = dy.Bool(
        nullable=True, **column(FLAG, "whether a head of an organisation", "басшы", "руководитель", "manager")
    )
    procurement = dy.Bool(
        nullable=True,
        **column(FLAG, "whether the duties touch procurement or contests", "мемлекеттік сатып алу", "сатып алу",
                 "госзакупки", "закупки", "procurement"),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Accounts in one form."""
    return table.with_columns(social.handles("handles"))


def repaired(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """Cells of accounts in which there is no account, by their code."""
    return {"accounts-unreadable": after["handles"].null_count() - before["handles"].null_count()}


FEED = Feed(
    name="participants",
    schema=Participants,
    key=("participant",),
    recognised_by=frozenset({"participant", "surname", "region"}),
    versioned_by_name=True,
    gathered={
        "handles": "(?:instagram|инстаграм|tiktok|тикток)(?: (?:account|username|аккаунт|аккаунты|аккаунт аты|логин))?"
    },
    derive=derive,
    repaired=repaired,
)
