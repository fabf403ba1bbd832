"""Classes and how many of their pupils joined (BilimClass, clause 7): the class teachers' applications."""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import INSTANT, PERSON, REGION, TEXT, WHOLE, Feed, column


class Classes(dy.Schema):
    """One class of one class teacher."""

    participant = dy.String(
        **column(PERSON, "the class teacher's id in the contest", "қатысушы", "участник", "participant", "қатысушы id",
                 "id участника", "педагог id", "id педагога", "жсн", "иин", "iin"),
    )  # fmt: skip
    region = dy.String(
        **column(REGION, "region: code or name in kk or ru", "облыс", "область", "өңір", "регион", "region")
    )
    grade = dy.Int64(
        min=0,
        max=12,
        **column(WHOLE, "grade; read off the class where absent", "параллель", "сынып параллелі", "grade"),
    )
    class_ = dy.String(
        alias="class", **column(TEXT, "class with its letter", "сынып", "сыныбы", "класс", "class")
    )
    pupils = dy.Int64(
        min=0, max=1000,
        **column(WHOLE, "pupils of the class", "оқушылар", "оқушы саны", "оқушылар саны", "барлық оқушы",
                 "учеников", "всего учеников", "количество учеников", "количество учащихся", "pupils", "students"),
    )  # fmt: skip
    connected = dy.Int64(
        min=0, max=1000,
        **column(WHOLE, "pupils who joined the bonus system", "қосылған", "қосылғандар", "қосылған оқушылар",
                 "қосылған оқушы саны", "подключено", "подключены", "подключенные", "подключённые",
                 "подключено учеников", "количество подключенных", "connected"),
    )  # fmt: skip
    applied_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the teacher applied; a date alone is the beginning of that day",
                 "өтініш уақыты", "өтініш күні",
                 "өтініш берілген уақыты", "берілген уақыты", "дата заявки", "время заявки", "дата подачи",
                 "время подачи", "applied at", midnight=True),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """The grade of a class whose name says it."""
    return table.with_columns(grade=pl.coalesce("grade", pl.col("class").str.extract(r"^([0-9]{1,2})")))


FEED = Feed(
    name="classes",
    schema=Classes,
    key=("participant", "grade", "class"),
    recognised_by=frozenset({"participant", "pupils", "connected"}),
    versioned_by_name=True,
    own_time="applied_at",
    derive=derive,
)
