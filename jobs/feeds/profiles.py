"""Profiles of the medal's participants: what they chose, agreed to and were given, and how far their mentor is.

Regulation 003, clauses 3.1 (the form, directions, contract), 3.2 (level) and 3.3 (mentor's duties).
"""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import (
    CHOICE,
    CODE,
    DATE,
    EMAIL,
    FLAG,
    INSTANT,
    PERSON,
    PERSON_NAME,
    REGION,
    TEXT,
    WHOLE,
    Feed,
    column,
)
from jobs.feeds.medal import DIRECTIONS, HERITAGE, LEVELS
from jobs.feeds.people import NAME, PATRONYMIC, PHONE_NUMBER, SURNAME
from jobs.feeds.vocabulary import LANGUAGES, SEXES
from jobs.feeds.wordlists import listed

_DIRECTIONS = "sport talent"


class Profiles(dy.Schema):
    """One participant of the programme."""

    participant = dy.String(
        **column(PERSON, "the participant's id in the programme", "қатысушы", "участник", "participant",
                 "қатысушы id", "id участника", "жсн", "иин", "iin"),
    )  # fmt: skip
    surname = dy.String(regex=PERSON_NAME, **SURNAME)
    name = dy.String(regex=PERSON_NAME, **NAME)
    patronymic = dy.String(nullable=True, regex=PERSON_NAME, **PATRONYMIC)
    birth_date = dy.Date(
        nullable=True,
        **column(DATE, "date of birth", "туған күні", "дата рождения", "birth date", "date of birth"),
    )
    sex = dy.Enum(["f", "m"], nullable=True, **column(CHOICE, "sex", "жынысы", "пол", "sex", choices=SEXES))
    email = dy.String(
        nullable=True,
        **column(EMAIL, "where we write to", "электрондық пошта", "эл. пошта", "электронная почта", "эл. почта",
                 "почта", "email", "e-mail"),
    )  # fmt: skip
    phone = dy.String(nullable=True, **PHONE_NUMBER)
    language = dy.Enum(
        ["kk", "ru"], nullable=True,
        **column(CHOICE, "language of our letters", "хат тілі", "тіл", "тілі", "язык писем", "язык", "language",
                 choices=LANGUAGES),
    )  # fmt: skip
    guardian = dy.String(
        nullable=True,
        **column(TEXT, "name of the legal representative", "заңды өкілі", "заңды өкіл", "законный представитель",
                 "guardian", "legal representative"),
    )  # fmt: skip
    guardian_email = dy.String(
        nullable=True,
        **column(EMAIL, "the legal representative's e-mail", "заңды өкілдің поштасы", "почта представителя",
                 "guardian email"),
    )  # fmt: skip
    region = dy.String(
        nullable=True,
        **column(REGION, "region: code or name in kk or ru", "облыс", "область", "өңір", "регион", "region"),
    )
    residence = dy.String(
        nullable=True,
        **column(TEXT, "place of residence", "тұрғылықты жері", "место жительства", "residence"),
    )
    study = dy.String(
        nullable=True,
        **column(TEXT, "place of study", "оқу орны", "место учёбы", "место учебы", "учебное заведение", "мектеп",
                 "школа", "school", "place of study"),
    )  # fmt: skip
    photo = dy.String(
        nullable=True, **column(CODE, "the photo's file", "фото", "фотосурет", "фотография", "photo")
    )
    about = dy.String(nullable=True, **column(TEXT, "about oneself", "өзі туралы", "о себе", "about"))
    hobby = dy.String(nullable=True, **column(TEXT, "hobby", "хобби", "хоббиі", "увлечения"))
    level = dy.Enum(
        list(LEVELS),
        **column(CHOICE, "level chosen", "деңгей", "деңгейі", "уровень", "level", choices=LEVELS),
    )
    directions = dy.String(
        **column(
            TEXT, f"directions chosen: {', '.join(DIRECTIONS)}, or their names with `;` between",
            "бағыттар", "бағыттары", "бағыт", "таңдалған бағыттар", "направления", "направление",
            "выбранные направления", "directions", sample=_DIRECTIONS,
        )
    )  # fmt: skip
    longer = dy.Enum(
        ["sport", "talent"], nullable=True,
        **column(CHOICE, "which of sport and talent takes the longer term (silver, gold)", "ұзақ бағыт",
                 "ұзақ мерзімді бағыт", "длинное направление", "более долгое направление", "longer",
                 choices={name: DIRECTIONS[name] for name in ("sport", "talent")}),
    )  # fmt: skip
    heritage = dy.Enum(
        ["hours", "book"], nullable=True,
        **column(CHOICE, "how the national heritage is fulfilled: lessons, or an extra book", "мұра түрі",
                 "вид наследия", "наследие", "heritage", choices=HERITAGE),
    )  # fmt: skip
    heritage_months = dy.Int64(
        nullable=True, min=3, max=9,
        **column(WHOLE, "months of lessons of the national heritage", "мұра айлары", "месяцев наследия",
                 "heritage months", sample="3"),
    )  # fmt: skip
    replaces = dy.Enum(
        ["sport", "talent", "books"], nullable=True,
        **column(CHOICE, "in place of which direction the national heritage stands", "орнына", "вместо",
                 "вместо направления", "replaces",
                 choices={name: DIRECTIONS[name] for name in ("sport", "talent", "books")}),
    )  # fmt: skip
    volunteering_provider = dy.String(
        nullable=True,
        **column(CODE, "the partner organisation of volunteering", "еріктілік жеткізушісі", "еріктілік серіктесі",
                 "поставщик волонтёрства", "партнёр по волонтёрству", "volunteering provider"),
    )  # fmt: skip
    trips_provider = dy.String(
        nullable=True,
        **column(CODE, "the partner organisation of trips", "сапар жеткізушісі", "сапар серіктесі",
                 "поставщик поездок", "партнёр по поездкам", "trips provider"),
    )  # fmt: skip
    applied_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when the application came; a date alone is the beginning of that day", "өтініш уақыты",
                 "өтініш күні", "дата заявки", "время заявки", "дата подачи", "applied at", midnight=True),
    )  # fmt: skip
    reviewed_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which the application was examined and the consent obtained", "қаралған күні",
                 "дата рассмотрения", "рассмотрено", "reviewed on"),
    )  # fmt: skip
    consent = dy.Bool(
        nullable=True, **column(FLAG, "consent to the processing of personal data", "келісім", "согласие", "consent")
    )  # fmt: skip
    contract = dy.Bool(
        nullable=True,
        **column(FLAG, "whether the participant signed the contract", "шарт", "қатысушы қол қойды", "договор",
                 "подписал участник", "contract"),
    )  # fmt: skip
    guardian_contract = dy.Bool(
        nullable=True,
        **column(FLAG, "whether the legal representative signed the contract", "өкіл қол қойды", "заңды өкіл қолы",
                 "подписал представитель", "guardian contract"),
    )  # fmt: skip
    centre = dy.String(
        nullable=True,
        **column(CODE, "id of the Programme Centre", "орталық", "орталық коды", "центр", "код центра", "centre",
                 "center"),
    )  # fmt: skip
    mentor = dy.String(
        nullable=True,
        **column(
            PERSON, "the mentor's id", "тәлімгер", "тәлімгер id", "наставник", "id наставника", "mentor"
        ),
    )
    contacted_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which the mentor first spoke with the participant and the family", "хабарласқан күні",
                 "дата контакта", "contacted on"),
    )  # fmt: skip
    documents = dy.String(
        nullable=True,
        **column(CODE, "documents the mentor has received, by their codes with spaces between", "құжаттар",
                 "документы", "documents", sample="contract id-card"),
    )  # fmt: skip
    schedule_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which the personal schedule was agreed", "кесте келісілген күні",
                 "дата согласования графика", "schedule on"),
    )  # fmt: skip
    started_on = dy.Date(
        nullable=True,
        **column(DATE, "day on which the mentor activated the participant", "басталған күні", "белсендірілген күні",
                 "дата начала", "дата активации", "started on"),
    )  # fmt: skip
    finished_on = dy.Date(
        nullable=True,
        **column(DATE, "last day of the level", "аяқталған күні", "дата окончания", "finished on"),
    )
    disability = dy.Bool(
        nullable=True,
        **column(FLAG, "whether other requirements of sport apply", "мүмкіндігі шектеулі", "инвалидность", "овз",
                 "disability"),
    )  # fmt: skip
    norm_points = dy.Int64(
        nullable=True, min=0, max=1_000_000,
        **column(WHOLE, "points of the sport norm", "норматив ұпайы", "баллы норматива", "norm points"),
    )  # fmt: skip
    videos = dy.String(
        nullable=True,
        **column(TEXT, "directions whose assessment by the mentor has a video of the result", "бағалау бейнелері",
                 "видео оценки", "videos", sample=_DIRECTIONS),
    )  # fmt: skip
    notes_on = dy.Date(
        nullable=True,
        **column(DATE, "day of the mentor's notes and recommendation", "ұсыныс күні", "дата рекомендации",
                 "notes on"),
    )  # fmt: skip
    characteristic = dy.String(
        nullable=True,
        **column(TEXT, "the mentor's assessment and short characteristic", "мінездеме", "характеристика",
                 "characteristic"),
    )  # fmt: skip
    watched = dy.Int64(
        nullable=True, min=0, max=100,
        **column(WHOLE, "per cent of the training video that was watched", "оқыту бейнесі көрілді",
                 "просмотрено обучающее видео", "watched"),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Directions by their codes."""
    return table.with_columns(listed("directions", DIRECTIONS), listed("videos", DIRECTIONS))


FEED = Feed(
    name="profiles",
    schema=Profiles,
    key=("participant",),
    recognised_by=frozenset({"participant", "level", "directions"}),
    versioned_by_name=True,
    derive=derive,
)
