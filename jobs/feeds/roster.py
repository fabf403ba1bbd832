"""The ministry's list: who may register (Myn Bala, clause 3)."""

import dataframely as dy
import polars as pl

from jobs.feeds import people
from jobs.feeds.contract import (
    CHOICE,
    CODE,
    PERSON,
    PERSON_NAME,
    PRINTED_LINE,
    REGION,
    TEXT,
    WHOLE,
    Feed,
    column,
)
from jobs.feeds.vocabulary import LANGUAGES, LOCALITIES
from jobs.regions import region_expr


class Roster(dy.Schema):
    """One pupil of the ministry's list."""

    iin = dy.String(
        regex=r"^[0-9]{12}$",
        **column(PERSON, "the pupil's IIN, 12 digits", "жсн", "иин", "iin", "жсн оқушы", "иин ученика"),
    )
    surname = dy.String(regex=PERSON_NAME, **people.SURNAME)
    name = dy.String(regex=PERSON_NAME, **people.NAME)
    patronymic = dy.String(nullable=True, regex=PERSON_NAME, **people.PATRONYMIC)
    birth_date = dy.Date(nullable=True, **people.BIRTH_DATE)
    sex = dy.Enum(["f", "m"], nullable=True, **people.SEX)
    school_id = dy.String(
        **column(
            CODE,
            "the school's identifier; made of region, district and school name where the list has none",
            "мектеп коды", "мектеп id", "код школы", "id школы", "school id", "бсн", "бин", "бин школы",
        ),
    )  # fmt: skip
    school = dy.String(
        regex=PRINTED_LINE,
        **column(
            TEXT, "the school's name", "мектеп", "мектеп атауы", "школа", "наименование школы", "school"
        ),
    )
    grade = dy.Int64(
        min=1,
        max=12,
        **column(WHOLE, "grade; read off the class where absent", "параллель", "сынып параллелі", "grade"),
    )
    class_ = dy.String(
        alias="class",
        nullable=True,
        **column(TEXT, "class with its letter", "сынып", "сыныбы", "класс", "class"),
    )
    region = dy.String(
        **column(REGION, "region: code or name in kk or ru", "облыс", "область", "өңір", "регион", "region")
    )
    district = dy.String(nullable=True, **column(TEXT, "district", "аудан", "ауданы", "район", "district"))
    locality = dy.Enum(
        ["rural", "urban"],
        **column(
            CHOICE, "rural or urban", "елді мекен түрі", "ауыл/қала", "село/город", "тип местности", "locality",
            choices=LOCALITIES,
        ),
    )  # fmt: skip
    language = dy.Enum(
        ["kk", "ru"],
        **column(
            CHOICE, "language of teaching: kk or ru", "тіл", "тілі", "оқыту тілі", "язык", "язык обучения", "language",
            choices=LANGUAGES,
        ),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Grade and school of a list without them, from mended words: however it is written, a school is one."""
    if table["grade"].has_nulls():
        table = table.with_columns(grade=pl.coalesce("grade", pl.col("class").str.extract(r"^([0-9]{1,2})")))
    if table["school_id"].has_nulls():
        region = pl.coalesce(region_expr("region"), "region")
        place = pl.concat_str(region, "district", "school", separator="|", ignore_nulls=True)
        table = table.with_columns(school_id=pl.coalesce("school_id", place.str.to_lowercase()))
    return table


FEED = Feed(
    name="roster",
    schema=Roster,
    key=("iin",),
    recognised_by=frozenset({"iin", "surname", "name", "school"}),
    versioned_by_name=True,
    derive=derive,
)
