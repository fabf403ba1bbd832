"""Jurors' marks: who gave whom how many points for what (order 99: annex 3, app. 1; annex 4, clauses 17-19; annex 5,
clauses 11-13)."""

import dataframely as dy
import polars as pl

from jobs.exact import POINTS, tidied
from jobs.feeds import people
from jobs.feeds.contract import CHOICE, CODE, PERSON, TEXT, WHOLE, Feed, column
from jobs.feeds.vocabulary import CRITERIA, SHEETS, STAGES
from jobs.feeds.wordlists import called

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}


class Scores(dy.Schema):
    """One mark of one juror: a contestant by a criterion, in a round."""

    contestant = dy.String(
        **column(PERSON, "who or what is marked: the id in the contest, or the public code that stands on our sheets",
                 "конкурсант", "үміткер", "қатысушы", "қатысушы коды", "участник", "код участника", "жоба",
                 "жоба коды", "проект", "код проекта", "contestant", "contestant code", "participant", "project"),
    )  # fmt: skip
    juror = dy.String(
        **column(PERSON, "who marked: the id by which the jury's list has the juror", "қазы", "қазы коды",
                 "қазылар алқасының мүшесі", "сарапшы", "член жюри", "код члена жюри", "жюри", "эксперт", "судья",
                 "juror", "juror code", "expert", "judge"),
    )  # fmt: skip
    round = dy.String(
        nullable=True,
        **column(CODE, "round, where the stage has several: its number", "тур", "айналым", "раунд", "round"),
    )  # fmt: skip
    criterion = dy.String(
        nullable=True,
        **column(TEXT, "what was marked, as the rulebook calls it; nothing where there is one mark in all", "критерий",
                 "көрсеткіш", "өлшем", "тапсырма", "показатель", "задание", "criterion", "task"),
    )  # fmt: skip
    points = dy.String(
        regex=POINTS, nullable=True,
        **column(
            CODE, "points, exactly as written: 4, 4.5 or 4 1/3; nothing where the juror gave none", "ұпай", "ұпайы",
            "баға", "балл", "баллы", "оценка", "points", "mark", "score", sample="4.5",
            whys={"regex": "is no number of points such as 4, 4.5 or 4 1/3"},
        ),
    )  # fmt: skip
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    nomination = dy.String(
        nullable=True,
        **column(TEXT, "nomination, section or subject, where it is told", "номинация", "бағыт", "секция", "пән",
                 "мамандану", "направление", "предмет", "специализация", "nomination", "section", "subject"),
    )  # fmt: skip
    minutes = dy.Int64(
        nullable=True, min=0, max=1440,
        **column(WHOLE, "minutes that the contestant took", "минут", "уақыты, мин", "время, мин", "минуты",
                 "minutes"),
    )  # fmt: skip
    sheet = dy.Enum(
        ["individual", "team"], nullable=True,
        **column(CHOICE, "kind of sheet: of one author or of a team", "парақ", "парақ түрі", "лист", "вид листа",
                 "sheet", choices=SHEETS),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Points and rounds in one spelling (4,50 is 4.5; "II тур" is 2), criteria by their codes where we know them."""
    first = pl.col("round").str.to_lowercase().str.extract(r"^([0-9]+|[ivx]+)(?:\W|$)")
    return table.with_columns(
        called("criterion", CRITERIA),
        points=tidied(pl.col("points")),
        round=pl.coalesce(first.replace(_ROMAN).str.replace(r"^0+([0-9])", "${1}"), "round"),
    )


FEED = Feed(
    name="scores",
    schema=Scores,
    key=("contestant", "juror", "round", "criterion", "stage"),
    recognised_by=frozenset({"contestant", "juror", "points"}),
    versioned_by_name=True,
    derive=derive,
)
