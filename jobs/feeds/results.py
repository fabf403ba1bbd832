"""Results of a stage: who got how many points in which subject and grade, sent by whom (order 99, annex 2)."""

import dataframely as dy
import polars as pl

from jobs.exact import POINTS, tidied
from jobs.feeds import people
from jobs.feeds.contract import CHOICE, CODE, EMAIL, PERSON, REGION, TEXT, WHOLE, Feed, column
from jobs.feeds.units import sender_named
from jobs.feeds.vocabulary import LANGUAGES, STAGES
from jobs.feeds.wordlists import capitalised


class Results(dy.Schema):
    """One participant in one subject of one stage."""

    participant = dy.String(
        **column(PERSON, "the participant's id in the contest", "қатысушы", "участник", "participant", "қатысушы id",
                 "id участника", "жсн", "иин", "iin"),
    )  # fmt: skip
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    unit = dy.String(
        nullable=True,
        **column(TEXT, "who sent the participant: district, city, NIS, RBO and its name",
                 "жіберген ұйым", "жіберуші", "аудан", "команда", "кто направил", "направившая организация", "район",
                 "unit", "team", "district"),
    )  # fmt: skip
    region = dy.String(
        nullable=True,
        **column(
            REGION,
            "region: code or name in kk or ru; read off the unit where absent",
            "облыс",
            "область",
            "өңір",
            "регион",
            "region",
        ),
    )
    subject = dy.String(nullable=True, **column(TEXT, "subject", "пән", "предмет", "subject"))
    grade = dy.Int64(
        nullable=True, min=0, max=12,
        **column(WHOLE, "grade whose programme was sat", "параллель", "сынып", "класс", "grade"),
    )  # fmt: skip
    score = dy.String(
        regex=POINTS,
        **column(
            CODE, "points, exactly as written: 60, 59.5 or 59 1/3", "ұпай", "балл", "нәтиже", "баллы",
            "количество баллов", "результат", "score", "points", "total", sample="59.5",
            whys={"regex": "is no number of points such as 60, 59.5 or 59 1/3"},
        ),
    )  # fmt: skip
    email = dy.String(
        nullable=True,
        **column(EMAIL, "where we write to", "эл. почта", "электронды пошта", "электронная почта", "email", "e-mail"),
    )  # fmt: skip
    language = dy.Enum(
        ["kk", "ru"], nullable=True,
        **column(CHOICE, "language of teaching, and of our letters", "оқыту тілі", "тіл", "тілі", "язык обучения",
                 "язык", "language", choices=LANGUAGES),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Equal points stand in one spelling (060,50 is 60.5, and 60.0 is 60); subjects begin with a capital; each sender
    has one name."""
    return table.with_columns(capitalised("subject"), score=tidied(pl.col("score")), **sender_named())


FEED = Feed(
    name="results",
    schema=Results,
    key=("participant", "stage", "subject"),
    recognised_by=frozenset({"participant", "score"}),
    versioned_by_name=True,
    derive=derive,
)
