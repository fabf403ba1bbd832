"""Juries and commissions: who sits on which, in what role (order 99: annex 1, clause 13; annex 2, clause 7; annex 3,
clause 4; annex 4, clauses 10-14; annex 5, clause 12)."""

import dataframely as dy
import polars as pl

from jobs.feeds import people
from jobs.feeds.contract import CHOICE, CODE, PERSON, PERSON_NAME, REGION, TEXT, Feed, column
from jobs.feeds.vocabulary import ROLES, STAGES
from jobs.feeds.wordlists import capitalised, ids


class Jurors(dy.Schema):
    """One juror of one jury or commission."""

    juror = dy.String(
        **column(PERSON, "the juror's id, by which score sheets name the juror", "қазы", "қазы коды",
                 "қазылар алқасының мүшесі", "сарапшы", "член жюри", "код члена жюри", "эксперт", "судья", "juror",
                 "juror code", "expert", "judge"),
    )  # fmt: skip
    role = dy.Enum(
        list(ROLES),
        **column(CHOICE, "chair, member or secretary", "рөлі", "міндеті", "лауазымы", "роль", "должность в жюри",
                 "role", choices=ROLES),
    )  # fmt: skip
    name = dy.String(
        nullable=True, regex=PERSON_NAME,
        **column(TEXT, "surname, name and patronymic", "аты-жөні", "аты жөні", "тегі, аты, әкесінің аты", "фио",
                 "ф.и.о.", "фамилия, имя, отчество", "name", "full name"),
    )  # fmt: skip
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    nomination = dy.String(
        nullable=True,
        **column(TEXT, "what the jury is of: subject, section, direction, instrument, profession", "номинация", "бағыт",
                 "секция", "пән", "мамандану", "кәсіп", "направление", "предмет", "специализация", "профессия",
                 "nomination", "section", "subject", "direction", "profession"),
    )  # fmt: skip
    region = dy.String(
        nullable=True,
        **column(REGION, "region whose jury it is", "облыс", "облысы", "область", "өңір", "регион", "region"),
    )  # fmt: skip
    email = dy.String(nullable=True, **people.MAIL)
    teaches = dy.String(
        nullable=True,
        **column(CODE, "ids of the participants whom the juror teaches, divided in any way", "оқушылары",
                 "шәкірттері", "өз оқушылары", "ученики", "свои ученики", "teaches", "own pupils"),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Nominations begin with a capital; pupils' ids stand with one space between."""
    return table.with_columns(ids("teaches"), capitalised("nomination"))


FEED = Feed(
    name="jurors",
    schema=Jurors,
    key=("juror", "stage", "nomination", "region"),
    recognised_by=frozenset({"juror", "role"}),
    versioned_by_name=True,
    derive=derive,
)
