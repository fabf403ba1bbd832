"""Who is entered for a contest, for what, and by whom (order 99: annex 1, clauses 9-12; annex 2, clauses 19-21; annex
4, clauses 5-9; annex 5, clauses 3 and 9)."""

import dataframely as dy
import polars as pl

from jobs.feeds import people
from jobs.feeds.contract import FLAG, INSTANT, PERSON_NAME, TEXT, WHOLE, Feed, column
from jobs.feeds.units import sender_named
from jobs.feeds.vocabulary import DOCUMENTS, ORGANISATIONS, STAGES
from jobs.feeds.wordlists import called, capitalised, listed


class Entrants(dy.Schema):
    """One participant entered for one nomination of one stage."""

    participant = dy.String(**people.PARTICIPANT)
    nomination = dy.String(
        **column(TEXT, "what the participant is entered for: direction, section, subject, specialisation, profession",
                 "номинация", "бағыт", "бағыты", "секция", "секциясы", "пән", "пәні", "мамандану", "мамандануы",
                 "мамандығы", "кәсіп", "кәсібі", "направление", "специализация", "специальность", "профессия",
                 "предмет", "nomination", "direction", "section", "subject", "speciality", "profession"),
    )  # fmt: skip
    stage = dy.Enum(list(STAGES), nullable=True, **people.STAGE)
    unit = dy.String(nullable=True, **people.UNIT)
    region = dy.String(nullable=True, **people.REGION_SENT)
    surname = dy.String(nullable=True, regex=PERSON_NAME, **people.SURNAME)
    name = dy.String(nullable=True, regex=PERSON_NAME, **people.NAME)
    patronymic = dy.String(nullable=True, regex=PERSON_NAME, **people.PATRONYMIC)
    birth_date = dy.Date(nullable=True, **people.BIRTH_DATE)
    birth_place = dy.String(
        nullable=True, **column(TEXT, "place of birth", "туған жері", "место рождения", "birth place")
    )
    sex = dy.Enum(["f", "m"], nullable=True, **people.SEX)
    school = dy.String(
        nullable=True,
        **column(TEXT, "where the participant learns", "мектеп", "мектебі", "оқу орны", "білім беру ұйымы", "колледж",
                 "школа", "учебное заведение", "организация образования", "school", "college"),
    )  # fmt: skip
    address = dy.String(
        nullable=True,
        **column(TEXT, "address of the school or organisation", "мекенжай", "мекенжайы", "мектеп мекенжайы",
                 "адрес", "адрес школы", "address", "school address"),
    )  # fmt: skip
    grade = dy.Int64(
        nullable=True, min=0, max=12,
        **column(WHOLE, "grade whose programme is sat", "параллель", "бағдарлама сыныбы", "класс программы", "grade"),
    )  # fmt: skip
    own_grade = dy.Int64(
        nullable=True, min=0, max=12,
        **column(WHOLE, "grade in which the participant learns", "сынып", "сыныбы", "оқитын сыныбы", "класс",
                 "класс обучения", "own grade"),
    )  # fmt: skip
    course = dy.Int64(
        nullable=True, min=1, max=6,
        **column(WHOLE, "year of study at a college", "курс", "курсы", "course", "year of study"),
    )  # fmt: skip
    final_year = dy.Bool(
        nullable=True,
        **column(FLAG, "whether the last year of study", "бітіруші курс", "соңғы курс", "выпускной курс",
                 "последний курс", "final year"),
    )  # fmt: skip
    organisation_type = dy.String(
        nullable=True,
        **column(TEXT, "type of organisation: school, college, post-secondary or another", "ұйым түрі",
                 "оқу орнының түрі", "тип организации", "вид организации", "organisation type"),
    )  # fmt: skip
    teacher = dy.String(
        nullable=True,
        **column(TEXT, "the teacher who prepared the participant", "мұғалімі", "оқытушы", "оқытушысы", "педагог",
                 "учитель", "преподаватель", "мұғалім", "teacher"),
    )  # fmt: skip
    concertmaster = dy.String(
        nullable=True, **column(TEXT, "concertmaster", "концертмейстер", "концертмейстері", "concertmaster")
    )
    accompanying = dy.String(
        nullable=True,
        **column(TEXT, "who accompanies the participant; several are divided by semicolons", "ертіп жүруші",
                 "еріп жүруші", "еріп жүретін тұлға", "сопровождающий", "сопровождающее лицо", "accompanying"),
    )  # fmt: skip
    supervisor = dy.String(
        nullable=True,
        **column(TEXT, "head of the work or of the organisation who signs", "жетекші", "жетекшісі", "басшы",
                 "руководитель", "научный руководитель", "supervisor"),
    )  # fmt: skip
    phone = dy.String(nullable=True, **people.PHONES)
    email = dy.String(nullable=True, **people.MAIL)
    language = dy.Enum(["kk", "ru"], nullable=True, **people.LANGUAGE)
    achievements = dy.String(
        nullable=True, **column(TEXT, "achievements", "жетістіктері", "жетістіктер", "достижения", "achievements")
    )  # fmt: skip
    documents = dy.String(
        nullable=True,
        **column(TEXT, "papers that are there: " + ", ".join(DOCUMENTS), "құжаттар", "құжаттары", "документы",
                 "documents"),
    )  # fmt: skip
    programme = dy.String(
        nullable=True,
        **column(TEXT, "programme by rounds, as it will be performed", "бағдарлама", "бағдарламасы",
                 "турлар бойынша бағдарлама", "программа", "программа по турам", "programme"),
    )  # fmt: skip
    applied_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the application was made; a date alone is the beginning of that day", "өтінім күні",
                 "өтінім уақыты", "өтініш күні", "дата заявки", "время заявки", "applied at", midnight=True),
    )  # fmt: skip
    leader = dy.String(
        nullable=True,
        **column(TEXT, "leader of the team the participant comes with", "команда жетекшісі", "топ жетекшісі",
                 "руководитель команды", "team leader", "leader"),
    )  # fmt: skip
    reserve = dy.Bool(
        nullable=True,
        **column(FLAG, "whether from the training camp of the reserve", "резерв", "олимпиадалық резерв",
                 "жиын қатысушысы", "олимпийский резерв", "участник сборов", "reserve"),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """One name for each sender and type of organisation, papers by their codes, nominations with a capital."""
    return table.with_columns(
        called("organisation_type", ORGANISATIONS),
        listed("documents", DOCUMENTS),
        capitalised("nomination"),
        **sender_named(),
    )


FEED = Feed(
    name="entrants",
    schema=Entrants,
    key=("participant", "nomination", "stage"),
    recognised_by=frozenset({"participant", "nomination"}),
    versioned_by_name=True,
    derive=derive,
)
