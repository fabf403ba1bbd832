"""What a protocol prints: all entries where they are few, the figures alone where they are many, and every word."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from worker.deliver.mail import Letters
from worker.deliver.protocols.files import GROUPS, PRINTED, committee_page, committee_tables, public_files

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
WORDS = Letters(TEMPLATES).words
CUT = {"sender": None, "sat": 40, "places": 18, "entered": 18, "cut": "40", "first_out": "39 1/3", "tied": 0}


def row(number: int, **changes: Any) -> dict[str, Any]:
    usual = {
        "code": f"AAAA-BBBB-{number:04}", "participant": f"P-{number}", "name": "Құлмұхаммедқызы Айым",
        "school": "№5 мектеп", "region": "KZ-63", "work": None, "group": "Физика/10", "sender": "", "rank": number + 1,
        "points": "40", "verdict": "in", "award": "laureate-1", "clause": "17", "reason": "awarded",
        "facts": {"rank": "1", "points": "40", "award": "laureate-1"},
    }  # fmt: skip
    return usual | changes


def protocol(rows: list[dict[str, Any]], groups: int = 1, **changes: Any) -> dict[str, Any]:
    told = [
        {"group": "Физика/10" if not number else f"Физика/{number}", "parts": {"subject": "Физика", "grade": "10"},
         "cuts": [CUT], "awards": [{"award": "laureate-1", "places": None, "given": 3}], "number": 1}
        for number in range(groups)
    ]  # fmt: skip
    usual = {
        "contest": "performers", "edition": "2027", "regulation": "004, annex 4", "clause": "20", "stage": "winners",
        "title": {"kk": "Байқау", "ru": "Конкурс", "en": "Contest"}, "date": "2027-03-27", "organisation": "«Дарын»",
        "stage_title": {"kk": "жеңімпаздар", "ru": "победители", "en": "winners"}, "rulebook": "0" * 64,
        "decided_at": "2027-03-27 12:00", "calendar": "KZ-2027.1", "groups": told, "ties": [], "rows": rows,
        "steps": [], "readings": [],
    }  # fmt: skip
    return usual | changes


def test_of_very_many_entries_the_page_has_the_figures_and_the_tables_have_all() -> None:
    content = protocol([row(number) for number in range(PRINTED + 1)])
    files = public_files(content, WORDS, TEMPLATES)
    page = files["protocol-winners.html"].decode()
    assert "AAAA-BBBB-0001" not in page
    assert "Участников много" in page
    assert "39 1/3" in page
    assert files["protocol-winners.csv"].count(b"\r\n") == PRINTED + 2
    assert len(committee_page(content, WORDS, TEMPLATES, "kk")) < 200_000


def test_of_as_many_as_are_printed_each_stands_on_the_page() -> None:
    page = public_files(protocol([row(number) for number in range(50)]), WORDS, TEMPLATES)[
        "protocol-winners.html"
    ]
    assert page.decode().count("AAAA-BBBB-") == 50
    assert "Участников много" not in page.decode()


def test_of_very_many_groups_only_the_first_are_printed_and_that_is_said() -> None:
    page = public_files(protocol([row(0)], groups=GROUPS + 1), WORDS, TEMPLATES)[
        "protocol-winners.html"
    ].decode()
    assert page.count('<section id="g') == GROUPS
    assert "Участников много" in page


@pytest.mark.parametrize(
    ("language", "award"), [("kk", "I орын және лауреат атағы"), ("ru", "I место и звание лауреата")]
)  # fmt: skip
def test_an_award_is_named_wherever_it_stands(language: str, award: str) -> None:
    content = protocol([row(0)])
    (told,) = CalamineWorkbook.from_filelike(_workbook(content)).get_sheet_by_name("protocol").to_python()[1:]
    reasons = dict(zip(("kk", "ru"), told[-2:], strict=True))
    assert award in str(reasons[language])
    assert award in public_files(content, WORDS, TEMPLATES)["protocol-winners.html"].decode()
    assert f"{award}." in WORDS.reason(
        language, "awarded", {"rank": "1", "points": "40", "award": "laureate-1"}
    )


def _workbook(content: dict[str, Any]) -> BytesIO:
    return BytesIO(committee_tables(content, WORDS)["protocol-winners.xlsx"])


def test_a_decision_that_is_an_award_is_named_and_a_strange_word_is_not_printed() -> None:
    named = WORDS.reason("ru", "protocol-decision", {"decision": "grand-prix", "request": "r", "who": "Жюри"})
    assert named == "Жюри: Гран-при (запрос r)"
    assert "x-9" not in WORDS.reason(
        "ru", "protocol-decision", {"decision": "x-9", "request": "r", "who": "Жюри"}
    )


def test_the_same_protocol_makes_the_same_bytes() -> None:
    content = protocol([row(number) for number in range(3)])
    assert committee_tables(content, WORDS) == committee_tables(content, WORDS)
    page = committee_page(content, WORDS, TEMPLATES, "ru")
    assert page == committee_page(content, WORDS, TEMPLATES, "ru")


def test_a_text_that_looks_like_a_formula_stays_a_text_in_the_tables() -> None:
    files = committee_tables(protocol([row(0, name="=1+1")]), WORDS)
    assert "'=1+1" in files["protocol-winners.csv"].decode("utf-8-sig")
