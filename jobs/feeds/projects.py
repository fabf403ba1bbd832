"""Research projects of pupils, as they are entered, and what a checklist tells of their form (order 99, annex 3)."""

import dataframely as dy
import polars as pl

from jobs.feeds import people
from jobs.feeds.contract import CHOICE, CODE, FLAG, INSTANT, TEXT, WHOLE, Feed, column
from jobs.feeds.units import sender_named
from jobs.feeds.vocabulary import (
    DECLARED,
    DOCUMENTS,
    KINDS,
    LANGUAGES,
    PARTS,
    SECTIONS,
    SPOKEN,
    TITLE_PAGE,
)
from jobs.feeds.wordlists import called, ids, listed

_MOST = 1_000_000


class Projects(dy.Schema):
    """One project. The papers are read by people: this is their checklist of it."""

    project = dy.String(
        **column(CODE, "the project's number", "жоба", "жоба id", "жоба нөмірі", "жоба коды", "проект", "id проекта",
                 "номер проекта", "код проекта", "project", "project id"),
    )  # fmt: skip
    section = dy.String(
        **column(TEXT, "section: its number, or its name in kk, ru or en", "секция", "секциясы", "section",
                 sample="Физика"),
    )  # fmt: skip
    title = dy.String(
        **column(TEXT, "title of the work", "тақырыбы", "тақырып", "жоба тақырыбы", "жұмыс тақырыбы", "тема",
                 "тема проекта", "тема работы", "название", "название проекта", "title", "topic"),
    )  # fmt: skip
    authors = dy.String(
        **column(CODE, "ids of the authors, divided in any way", "авторлар", "авторлары", "автор", "авторы",
                 "authors"),
    )  # fmt: skip
    kind = dy.String(
        nullable=True,
        **column(TEXT, "kind of work: " + ", ".join(KINDS), "түрі", "жұмыс түрі", "жоба түрі", "вид", "вид работы",
                 "тип проекта", "kind"),
    )  # fmt: skip
    language = dy.Enum(
        ["kk", "ru"], nullable=True,
        **column(CHOICE, "language of the work", "жұмыс тілі", "тіл", "тілі", "язык работы", "язык", "language",
                 choices=LANGUAGES),
    )  # fmt: skip
    unit = dy.String(nullable=True, **people.UNIT)
    region = dy.String(nullable=True, **people.REGION_SENT)
    supervisor = dy.String(
        nullable=True,
        **column(TEXT, "the work's supervisor", "жетекші", "жетекшісі", "ғылыми жетекші", "ғылыми жетекшісі",
                 "руководитель", "научный руководитель", "supervisor"),
    )  # fmt: skip
    grades = dy.String(
        nullable=True,
        **column(CODE, "grades of the authors, divided in any way", "сыныптар", "сыныптары", "сынып", "сыныбы",
                 "классы", "класс", "grades"),
    )  # fmt: skip
    abstract_words = dy.Int64(
        nullable=True, min=0, max=_MOST,
        **column(WHOLE, "words of the abstract", "аңдатпа сөздері", "аңдатпадағы сөз саны", "слов в аннотации",
                 "количество слов в аннотации", "abstract words"),
    )  # fmt: skip
    abstract_languages = dy.String(
        nullable=True,
        **column(TEXT, "languages the abstract is in: kk, ru, en", "аңдатпа тілдері", "языки аннотации",
                 "abstract languages"),
    )  # fmt: skip
    introduction_pages = dy.Int64(
        nullable=True, min=0, max=_MOST,
        **column(WHOLE, "pages of the introduction", "кіріспе беттері", "страниц введения", "introduction pages"),
    )  # fmt: skip
    research_pages = dy.Int64(
        nullable=True, min=0, max=_MOST,
        **column(WHOLE, "pages of the research part", "зерттеу бөлімінің беттері",
                 "страниц исследовательской части", "research pages"),
    )  # fmt: skip
    conclusion_pages = dy.Int64(
        nullable=True, min=0, max=_MOST,
        **column(WHOLE, "pages of the conclusion", "қорытынды беттері", "страниц заключения", "conclusion pages"),
    )  # fmt: skip
    references = dy.Int64(
        nullable=True, min=0, max=_MOST,
        **column(WHOLE, "works in the list of references", "әдебиеттер саны", "число источников",
                 "источников в списке", "references"),
    )  # fmt: skip
    cited = dy.Int64(
        nullable=True, min=0, max=_MOST,
        **column(WHOLE, "largest number in square brackets in the text", "ең үлкен сілтеме нөмірі",
                 "наибольший номер ссылки", "cited"),
    )  # fmt: skip
    parts = dy.String(
        nullable=True,
        **column(TEXT, "parts that are there: " + ", ".join(PARTS), "бөлімдері", "құрылымы", "разделы", "структура",
                 "parts"),
    )  # fmt: skip
    title_page = dy.String(
        nullable=True,
        **column(TEXT, "what the title page shows: " + ", ".join(TITLE_PAGE), "титул бетінде", "сыртқы бетте",
                 "на титульном листе", "title page"),
    )  # fmt: skip
    documents = dy.String(
        nullable=True,
        **column(TEXT, "papers that are there: " + ", ".join(DOCUMENTS), "құжаттар", "құжаттары", "документы",
                 "documents"),
    )  # fmt: skip
    declares = dy.String(
        nullable=True,
        **column(TEXT, "what is attested of it in writing: " + ", ".join(DECLARED), "мәлімделген", "кепілдік",
                 "заявлено", "гарантии", "declares"),
    )  # fmt: skip
    harmful = dy.Bool(
        nullable=True,
        **column(FLAG, "whether forbidden instruments, animals' suffering or harmful matter are in it",
                 "зиянды заттар", "тыйым салынған заттар", "вредные вещества", "запрещенные вещества", "harmful"),
    )  # fmt: skip
    registered_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the topic was registered; a date alone is the beginning of that day", "тіркелген күні",
                 "тіркелген уақыты", "дата регистрации", "время регистрации", "registered at", midnight=True),
    )  # fmt: skip
    applied_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the application was made; a date alone is the beginning of that day", "өтінім күні",
                 "өтінім уақыты", "өтініш күні", "дата заявки", "время заявки", "applied at", midnight=True),
    )  # fmt: skip


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Sections and senders by one name, words by their codes, authors and grades with one space between."""
    numbered = pl.col("section").str.replace(r"^([0-9]{1,2})\s*[.)-]\s*\S.*$", "${1}")
    return table.with_columns(section=numbered).with_columns(
        called("section", SECTIONS),
        called("kind", KINDS),
        listed("abstract_languages", SPOKEN),
        listed("parts", PARTS),
        listed("title_page", TITLE_PAGE),
        listed("documents", DOCUMENTS),
        listed("declares", DECLARED),
        ids("authors"),
        grades=pl.col("grades").str.extract_all(r"[^\s,;]+").list.join(" "),
        **sender_named(),
    )


FEED = Feed(
    name="projects",
    schema=Projects,
    key=("project",),
    recognised_by=frozenset({"project", "section", "title", "authors"}),
    versioned_by_name=True,
    derive=derive,
)
