"""Letters to participants of contests with awards: what each says, in each language, to pupils and students alike."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from worker.deliver.mail import ComposeFault, Letters
from worker.deliver.mail.compose import Letter
from worker.deliver.qr import QrTooLong, fits, qr_svg
from worker.deliver.titles import basis, cited, degree, nomination
from worker.deliver.words import LANGUAGES
from worker.rehearsal.order99 import HEADERS, header
from worker.store.messages import MessageRow

ROOT = Path(__file__).parents[2]
LETTERS = Letters(ROOT / "templates")
AT = datetime(2026, 4, 3, 13, tzinfo=UTC)
TEMPLATES = ("award", "certificate", "refusal")
OUT = {
    "verdict": "out", "stage": "winners", "stage_title": "жеңімпаздар", "clause": "28, 29", "code": "beyond-places",
    "facts": {"rank": "4", "points": "40", "places": "3", "cut": "58"}, "why": "place 4",
}  # fmt: skip


def content(template: str, **changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "template": template,
        "contest": {"id": "subject-olympiad", "regulation": "004, annex 2", "edition": "2025-2026",
                    "title": {"kk": "Олимпиада", "ru": "Олимпиада", "en": "Olympiad"}},
        "organisation": "«Дарын»",
        "person": {"surname": "Әбілқасымова", "name": "Гүлнұр", "patronymic": "Ерғалиқызы"},
        "outcome": OUT, "result": {"rank": 4, "score": "40", "items": None}, "admission": None,
        "admission_reason": None, "nomination": {"grade": "10", "subject": "Қазақстан тарихы"},
        "work": "Ауаның ластануы", "school": "№5 мектеп", "region": "KZ-63", "public_code": "K7Q2-9XMB-4TPL",
        "award": "II" if template == "award" else None,
        "diploma": None if template == "refusal" else {"kind": "diploma", "number": "N-1"},
    }  # fmt: skip
    return whole | changes


def row(template: str, language: str, **changes: Any) -> MessageRow:
    return MessageRow(
        id="m-1", contest="subject-olympiad", person="P-1", kind=template, run_id=None, address="p@mail.example",
        language=language, content=content(template, **changes), state="queued", attempts=0, next_at=None, reply=None,
        queued_at=AT, updated_at=AT,
    )  # fmt: skip


def write(template: str, language: str, **changes: Any) -> Letter:
    return LETTERS.write(row(template, language, **changes))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_letter_names_the_person_the_contest_the_nomination_the_work_and_the_code(
    template: str, language: str
) -> None:
    letter = write(template, language)
    subject = {"kk": "Қазақстан тарихы, 10-сынып", "ru": "История Казахстана, 10 класс",
               "en": "History of Kazakhstan, grade 10"}[language]  # fmt: skip
    told = (
        "Әбілқасымова Гүлнұр Ерғалиқызы",
        subject,
        "Ауаның ластануы",
        "№5 мектеп",
        "K7Q2-9XMB-4TPL",
        "«Дарын»",
    )
    assert [each for each in told if each not in letter.text] == []
    assert not re.search(r"\{|\}|None|балаңыз|ребён|your child|ЖСН|ИИН", letter.text, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_letter_without_name_work_school_or_points_has_no_empty_line_for_them(
    template: str, language: str
) -> None:
    short = write(template, language, person=None, work=None, school=None, result=None, nomination={})
    assert not re.search(r": *\n|\(\)|:\s*\.", short.text.split("K7Q2")[0].split("\n\n", 2)[2])


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_refusal_tells_the_reason_with_all_its_figures_and_the_order(language: str) -> None:
    text = write("refusal", language).text
    assert [figure for figure in ("4", "40", "3", "58") if figure not in text] == []
    assert {"kk": "28, 29-тармақтар", "ru": "пункты 28, 29"}[language] in text
    assert "№ 99" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_html_says_what_the_text_says(template: str, language: str) -> None:
    letter = write(template, language)
    html = LETTERS.page(row(template, language), letter, "«Дарын»")
    assert all(line in unescape(html) for line in letter.text.splitlines())


@pytest.mark.parametrize(
    ("template", "part"), [("award", "award"), ("award", "diploma"), ("certificate", "diploma")]
)
def test_a_letter_without_what_it_is_about_is_not_written(template: str, part: str) -> None:
    with pytest.raises(ComposeFault, match=rf"content\.{part} is missing"):
        write(template, "kk", **{part: None})


# --- titles ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_award_of_order_99_and_every_annex_has_its_name(language: str) -> None:
    words = LETTERS.words
    for award in words.values["degree"]:
        assert degree(words, language, award) != award
    for annex in range(1, 6):
        assert f"{annex}" in basis(words, language, f"004, annex {annex}", "17")
        assert "2012" in basis(words, language, f"004, annex {annex}", "17")


def test_what_has_no_words_is_printed_as_it_was_written() -> None:
    words = LETTERS.words
    assert degree(words, "kk", "Арнайы жүлде") == "Арнайы жүлде"
    assert (
        nomination(words, "ru", {"profession": "Жаңа мамандық", "grade": "11"}) == "Жаңа мамандық, 11 класс"
    )
    assert basis(words, "ru", "002", "12") == "Пункт 12 положения"


@pytest.mark.parametrize("size", [643, 644, 645])
def test_a_text_fits_a_code_exactly_where_the_code_can_be_made(size: int) -> None:
    text = "a" * size
    if fits(text):
        assert qr_svg(text).startswith("<svg")
    else:
        with pytest.raises(QrTooLong):
            qr_svg(text)
    assert fits(text) == (size <= 644)


# --- rehearsals ---


def test_the_headers_of_a_rehearsal_are_those_that_the_feeds_read() -> None:
    for column, (kk, ru) in HEADERS.items():
        feed = next(name for name in ("entrants", "results", "projects") if _has(name, column))
        assert (header(feed, column, "kk"), header(feed, column, "ru")) == (kk, ru), column


def _has(feed: str, column: str) -> bool:
    try:
        header(feed, column, "kk")
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("kk", "9-тармақ, 2-қосымша"),
        ("ru", "пункт 9, приложение 2"),
        ("en", "clause 9, appendix 2"),
    ],
)
def test_an_appendix_is_cited_in_the_language_of_the_person(language: str, told: str) -> None:
    assert cited(LETTERS.words, language, "9, app. 2") == told
    assert told in basis(LETTERS.words, language, "004, annex 4", "9, app. 2")


def test_several_clauses_are_cited_before_an_appendix() -> None:
    assert cited(LETTERS.words, "ru", "5, 9, app. 1") == "пункты 5, 9, приложение 1"


def test_what_a_level_or_a_record_lacks_is_told_in_the_language_of_the_reader() -> None:
    facts = {"rating": "32 4/13", "lacking": "books 0 of 3 books, sport 7 of 13 weeks, trips 0 of 2 days"}
    assert LETTERS.words.reason("ru", "level-incomplete", facts) == (
        "Рейтинг 32 4/13; выполнено не полностью: книг 0 из 3 книг, спорт 7 из 13 недель, поездки 0 из 2 дней."
    )
    assert "кітап 0 / 3 кітап, спорт 7 / 13 апта" in LETTERS.words.reason("kk", "level-incomplete", facts)
    assert "есеп" in LETTERS.words.reason("kk", "evidence-missing", {"lacking": "report"})
    assert "gadget" in LETTERS.words.reason("ru", "evidence-missing", {"lacking": "gadget"})
