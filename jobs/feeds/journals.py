"""Diaries of the medal's participants: a record of each lesson, book, action, day of a trip or of work.

Regulation 003, clauses 3.1 (what stands in the journal), 3.3 (mentor confirms) and 4.2 (made without Internet and
uploaded later: both times are kept).
"""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import CHOICE, CODE, FLAG, INSTANT, PERSON, TEXT, WHOLE, Feed, column
from jobs.feeds.medal import DIRECTIONS, EVIDENCE
from jobs.feeds.wordlists import listed


class Journals(dy.Schema):
    """One record of one participant's diary."""

    record = dy.String(
        **column(CODE, "the record's id", "жазба", "жазба id", "запись", "id записи", "record", "record id"),
    )
    participant = dy.String(
        **column(PERSON, "the participant's id in the programme", "қатысушы", "участник", "participant",
                 "қатысушы id", "id участника", "жсн", "иин", "iin"),
    )  # fmt: skip
    direction = dy.Enum(
        list(DIRECTIONS),
        **column(CHOICE, "direction", "бағыт", "направление", "direction", choices=DIRECTIONS),
    )
    done_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "the record's own time; a date alone is the beginning of that day", "орындалған уақыты",
                 "орындалған күні", "күні", "дата", "дата выполнения", "время выполнения", "done at",
                 midnight=True),
    )  # fmt: skip
    uploaded_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when it was uploaded", "жүктелген уақыты", "жүктелген күні", "дата загрузки",
                 "время загрузки", "uploaded at", midnight=True),
    )  # fmt: skip
    minutes = dy.Int64(
        nullable=True, min=0, max=1440,
        **column(WHOLE, "minutes of the lesson or action; a column of hours is read into it", "минут", "минуттар",
                 "минуты", "ұзақтығы минут", "minutes", sample="60"),
    )  # fmt: skip
    days = dy.Int64(
        nullable=True, min=1, max=60,
        **column(WHOLE, "days that it covers, the first of which is the record's own (1 where empty)", "күндер",
                 "күн саны", "дней", "количество дней", "days"),
    )  # fmt: skip
    book = dy.String(
        nullable=True,
        **column(CODE, "id of the book in the catalogue", "кітап", "кітап id", "книга", "id книги", "book"),
    )  # fmt: skip
    title = dy.String(
        nullable=True,
        **column(TEXT, "name of the action", "атауы", "акция атауы", "название", "название акции", "title"),
    )
    result = dy.String(nullable=True, **column(TEXT, "its result", "нәтижесі", "результат", "result"))
    evidence = dy.String(
        nullable=True,
        **column(TEXT, f"what is attached: {', '.join(EVIDENCE)}", "дәлел", "дәлелдер", "тіркемелер",
                 "подтверждение", "приложения", "вложения", "evidence", sample="report photo"),
    )  # fmt: skip
    confirmed_by = dy.String(
        nullable=True,
        **column(
            PERSON, "id of whoever confirmed it", "растаған", "кім растады", "подтвердил", "confirmed by"
        ),
    )
    confirmed_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when it was confirmed", "расталған уақыты", "расталған күні", "дата подтверждения",
                 "время подтверждения", "confirmed at", midnight=True),
    )  # fmt: skip
    task = dy.String(
        nullable=True,
        **column(TEXT, "the mentor's extra task", "қосымша тапсырма", "дополнительное задание", "task"),
    )
    disputed = dy.Bool(
        nullable=True,
        **column(FLAG, "whether the participant disputes the mentor's demand", "дау", "даулы", "спор", "оспорено",
                 "disputed"),
    )  # fmt: skip
    event = dy.String(
        nullable=True,
        **column(CODE, "id of the event in the module of events", "іс-шара", "іс-шара id", "мероприятие",
                 "id мероприятия", "event"),
    )  # fmt: skip
    attended = dy.Bool(
        nullable=True,
        **column(FLAG, "whether the module of events saw the participant there", "іс-шараға қатысты",
                 "посетил мероприятие", "attended"),
    )  # fmt: skip
    fingerprint = dy.String(
        nullable=True,
        **column(CODE, "fingerprint of the essay, photo or video", "файл таңбасы", "отпечаток файла", "хеш",
                 "fingerprint"),
    )  # fmt: skip
    suspicion = dy.String(
        nullable=True,
        **column(TEXT, "what a check for plagiarism or fakes found", "күмән", "подозрение", "антиплагиат",
                 "suspicion"),
    )  # fmt: skip


_HOURS = r"^[0-9]{1,2}(?:[.,][0-9]{1,2})?$"


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Whole minutes of hours, a part of a minute dropped; attachments by their codes."""
    cell = pl.when(pl.col("hours").str.contains(_HOURS)).then("hours").str.replace(",", ".", literal=True)
    whole = cell.str.extract(r"^([0-9]+)").cast(pl.Int64)
    hundredths = cell.str.extract(r"\.([0-9]+)$").str.pad_end(2, "0").cast(pl.Int64).fill_null(0)
    minutes = ((whole * 100 + hundredths) * 60 // 100).cast(pl.String)
    return table.with_columns(listed("evidence", EVIDENCE), minutes=pl.coalesce("minutes", minutes, "hours"))


FEED = Feed(
    name="journals",
    schema=Journals,
    key=("record",),
    recognised_by=frozenset({"record", "participant", "direction", "done_at"}),
    versioned_by_name=True,
    own_time="done_at",
    aids={"hours": ("сағат", "сағаттар", "часов", "часы", "количество часов")},
    derive=derive,
)
