"""Results of a stage: who got how many points in which subject and grade, sent by whom (order 99, annex 2)."""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import CHOICE, CODE, EMAIL, PERSON, REGION, TEXT, WHOLE, Feed, column
from jobs.feeds.vocabulary import LANGUAGES, STAGES
from jobs.regions import region_expr

POINTS = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{0,2}[1-9])?$"

_NIS = r"(?i)^(?:(?:АОО|ДБҰ)\s+)?[«\"]?(?:НЗМ|НИШ|NIS)\b.*$"
_RBO = r"(?i)^(?:РБҰ|РОО|RBO)\b"


class Results(dy.Schema):
    """One participant in one subject of one stage."""

    participant = dy.String(
        **column(PERSON, "the participant's id in the contest", "қатысушы", "участник", "participant", "қатысушы id",
                 "id участника", "жсн", "иин", "iin"),
    )  # fmt: skip
    stage = dy.Enum(
        list(STAGES), nullable=True,
        **column(CHOICE, "stage of the contest, where it has several", "кезең", "этап", "stage", choices=STAGES),
    )  # fmt: skip
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
            CODE, "points, to three decimals, kept exactly as written", "ұпай", "балл", "нәтиже", "баллы",
            "количество баллов", "результат", "score", "points", "total", sample="59.5",
            whys={"regex": "is no number of points such as 60 or 59.5"},
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
    """A unit that is a region tells the region; equal points stand in one spelling (060,50 is 60.5, and 60.0 is 60);
    subjects begin with a capital; the Nazarbayev Intellectual Schools and the republican organisations have one name
    whatever the language."""
    point = pl.col("score").str.replace(",", ".", literal=True)
    short = pl.when(point.str.contains(r"^[0-9]+\.[0-9]+$")).then(
        point.str.strip_chars_end("0").str.strip_chars_end(".")
    )
    subject, unit = pl.col("subject"), pl.col("unit")
    return table.with_columns(
        score=pl.coalesce(short, point).str.replace(r"^0+([0-9])", "${1}"),
        subject=subject.str.head(1).str.to_uppercase() + subject.str.slice(1),
        region=pl.coalesce("region", region_expr(unit)),
        unit=unit.str.replace(_NIS, "NIS").str.replace(_RBO, "RBO"),
    )


FEED = Feed(
    name="results",
    schema=Results,
    key=("participant", "stage", "subject"),
    recognised_by=frozenset({"participant", "score"}),
    versioned_by_name=True,
    derive=derive,
)
