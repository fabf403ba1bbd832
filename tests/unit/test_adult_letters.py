"""Letters and diplomas of adults who take part themselves: what each says, and that none speaks of a child."""

import hmac
import re
import subprocess
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.draw1 import tickets
from worker.deliver import keys
from worker.deliver.diploma import Diplomas
from worker.deliver.mail import ComposeFault, Letters, compose
from worker.deliver.mail.compose import Letter
from worker.deliver.words import LANGUAGES
from worker.settings import read_settings
from worker.site import Site
from worker.store.messages import MessageRow

ROOT = Path(__file__).parents[2]
LETTERS = Letters(ROOT / "templates")
SETTINGS = read_settings(ROOT / "settings.toml")
AT = datetime(2025, 5, 16, 7, tzinfo=UTC)
CODE = "K7Q2-9XMB-4TPL"
DRAW_ID = "bilimclass-innovator-2025-KZ-10"
COMMITMENT = "6837b94ea5e9604c1393fdef6ba21c0833f9a250462704771a4af9d947b726e2"
ADULT = ("notice", "entrant", "prize", "annulled")
CHILD = re.compile(r"бала|ата-ана|отбасы|ребён|родител|семь|child|parent|famil|ЖСН|ИИН|IIN", re.IGNORECASE)
CONTESTS = ("bilimclass-innovator", "bilimclass-curator", "best-sor")


def rulebook(contest: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / f"contests/{contest}.toml").read_text(encoding="utf-8"))


def outcome(**changes: Any) -> dict[str, Any]:
    facts = {"place": "17", "entrants": "102", "prizes": "5", "draw_id": DRAW_ID}
    whole = {
        "verdict": "out",
        "stage": "draw",
        "stage_title": "the draw",
        "clause": "6.1, 6.2",
        "code": "no-prize",
    }
    return whole | {"facts": facts, "why": "no prize"} | changes


def draw(**changes: Any) -> dict[str, Any]:
    group = {"kk": "Абай облысы", "ru": "область Абай", "en": "Abai region"}
    whole = {
        "draw_id": DRAW_ID,
        "commitment": COMMITMENT,
        "at": "2025-05-19 16:30",
        "place": None,
        "entrants": 102,
    }
    return whole | {"group": group} | changes


def contest(name: str) -> dict[str, Any]:
    book = rulebook(name)
    return {"id": name, "title": book["title"], "regulation": book["regulation"], "edition": book["edition"]}


def content(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "template": "notice", "contest": contest("bilimclass-innovator"), "organisation": "Bilim Land",
        "person": {"surname": "Сейітқали", "name": "Айгүл", "patronymic": "Серікқызы"}, "outcome": outcome(),
        "result": None, "admission": None, "admission_reason": None, "school": "№5 мектеп", "region": "KZ-10",
        "public_code": CODE, "diploma": None,
    }  # fmt: skip
    return whole | changes


DRAWN = {"prize": "1", "name": "iPhone 15", "place": "1", "entrants": "102", "draw_id": DRAW_ID}
KINDS: dict[str, dict[str, Any]] = {
    "notice": {},
    "entrant": {
        "draw": draw(),
        "outcome": outcome(verdict="in", code="to-be-drawn", facts={"draw_id": DRAW_ID}),
    },
    "prize": {
        "draw": draw(place=1, commitment=None, at=None),
        "prize": {"number": 1, "name": "iPhone 15"},
        "diploma": {"number": "BI-2025-1", "achievement": {"code": "diploma-prize", "facts": {"prize": "iPhone 15"}}},
        "outcome": outcome(verdict="in", code="prize", facts=DRAWN),
    },
    "annulled": {
        "draw": draw(place=1),
        "prize": {"number": 1, "name": "iPhone 15"},
        "ground": "untrue-information",
        "outcome": outcome(code="annulled", clause="6.4", facts={"ground": "untrue-information"}),
    },
}  # fmt: skip


def row(template: str, /, language: str = "ru", **changes: Any) -> MessageRow:
    whole = content(template=template, **KINDS[template]) | changes
    return MessageRow(
        id="m-1", contest=whole["contest"]["id"], person="T-1", kind=template, run_id=None,
        address="teacher@mail.example", language=language, content=whole, state="queued", attempts=0, next_at=None,
        reply=None, queued_at=AT, updated_at=AT,
    )  # fmt: skip


def write(template: str, language: str = "ru", **changes: Any) -> Letter:
    return LETTERS.write(row(template, language, **changes))


def best_sor(**changes: Any) -> dict[str, Any]:
    won = outcome(
        verdict="in", stage="winners", clause="prizes", code="within-places",
        facts={"rank": "1", "points": "57", "places": "1"},
    )  # fmt: skip
    prize = {"number": 1, "name": "BilimBook mini"}
    return {
        "contest": contest("best-sor"),
        "draw": None,
        "region": "KZ-15",
        "prize": prize,
        "outcome": won,
    } | changes


# --- every letter ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ADULT)
def test_a_letter_to_an_adult_speaks_of_no_child_and_names_the_contest_and_the_code(
    template: str, language: str
) -> None:
    letter = write(template, language)
    assert CHILD.findall(letter.text) == []
    assert contest("bilimclass-innovator")["title"][language] in letter.subject
    assert CODE in letter.text
    assert "Bilim Land" in letter.text
    assert "{" not in letter.text
    assert "None" not in letter.text


@pytest.mark.parametrize(
    ("language", "named", "unnamed"),
    [
        ("kk", "Құрметті Айгүл Серікқызы,", "Құрметті әріптес,"),
        ("ru", "Здравствуйте, Айгүл Серікқызы!", "Здравствуйте, уважаемый педагог!"),
        ("en", "Dear Aigul,", "Dear teacher,"),
    ],
)
@pytest.mark.parametrize("template", ADULT)
def test_an_adult_is_addressed_by_name_where_it_is_known(
    template: str, language: str, named: str, unnamed: str
) -> None:
    person = {"surname": "X", "name": "Aigul" if language == "en" else "Айгүл", "patronymic": None}
    if language != "en":
        person["patronymic"] = "Серікқызы"
    assert write(template, language, person=person).text.startswith(named)
    assert write(template, language, person=None).text.startswith(unnamed)


@pytest.mark.parametrize("template", ADULT)
def test_kazakh_russian_and_english_letters_are_different_letters(template: str) -> None:
    assert len({write(template, language).text for language in LANGUAGES}) == 3


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_no_name_can_add_a_line_to_a_letter(name: str) -> None:
    person = {"surname": name, "name": name, "patronymic": name}
    strange, usual = write("entrant", person=person), write("entrant")
    differences = len(usual.text.splitlines()) - len(strange.text.splitlines())
    assert differences in (0, 1)  # one line less where nothing printable is left of the name
    assert strange.subject == usual.subject


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ADULT)
def test_the_html_of_a_letter_says_what_its_text_says(template: str, language: str) -> None:
    made = compose(
        row(template, language), LETTERS, mail=SETTINGS.mail.model_copy(update={"sender": "a@b.example"}),
        domain="contest.example", diploma=b"%PDF" if template == "prize" else None,
    )  # fmt: skip
    message = message_from_bytes(made, policy=default)
    assert isinstance(message, EmailMessage)
    text, html = (part.get_content() for kind in ("plain", "html") if (part := message.get_body((kind,))))
    assert all(line in unescape(html) for line in text.splitlines())
    attached = [one.get_filename() for one in message.iter_attachments()]
    assert attached == (["diploma-BI-2025-1.pdf"] if template == "prize" else [])


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("entrant", "draw"), ("prize", "diploma"), ("prize", "prize"), ("annulled", "ground"),
    ],
)  # fmt: skip
def test_a_letter_without_what_it_is_about_is_not_written(template: str, part: str) -> None:
    with pytest.raises(ComposeFault, match=rf"content\.{part} is missing"):
        write(template, "ru", **{part: None})


@pytest.mark.parametrize("part", ["commitment", "at"])
def test_nobody_hears_of_a_list_without_its_commitment_and_moment(part: str) -> None:
    with pytest.raises(ComposeFault, match=rf"content\.draw\.{part} is missing"):
        write("entrant", draw=draw(**{part: None}))


# --- notice ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("contest_id", CONTESTS)
def test_every_stage_that_writes_to_teachers_has_its_own_words(contest_id: str, language: str) -> None:
    for stage in rulebook(contest_id)["stage"]:
        if not stage.get("deliver"):
            continue
        key = f"{contest_id}/{stage['id']}"
        assert key in LETTERS.words.stages
        assert LETTERS.words.outcomes[key].keys() == {"in", "out"}
        for verdict in ("in", "out"):
            decided = outcome(
                verdict=verdict, stage=stage["id"], stage_title="a stage", clause=stage["clause"]
            )
            letter = write("notice", language, contest=contest(contest_id), outcome=decided)
            assert LETTERS.words.outcomes[key][verdict][language] in letter.text
            assert LETTERS.words.stages[key][language] in letter.subject
            assert CHILD.findall(letter.text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_was_not_drawn_learns_the_place_of_the_ticket(language: str) -> None:
    text = write("notice", language).text
    assert all(figure in text for figure in ("17", "102", DRAW_ID))


@pytest.mark.parametrize(
    ("clause", "kk", "ru"),
    [
        ("conditions 2, 3", "«Байқау шарттары» 2, 3", "«Условия конкурса» 2, 3"),
        (
            "conditions 3, requirements 1-3",
            "«Байқау шарттары» 3, «Байқау талаптары» 1–3",
            "«Условия конкурса» 3, «Требования конкурса» 1–3",
        ),
        ("prizes", "«Байқау жүлделері»", "«Призы конкурса»"),
        ("7.2(3), 8.1", "7.2(3), 8.1-тармақтар", "пункты 7.2(3), 8.1"),
    ],
)
def test_a_section_without_a_number_is_cited_by_its_name(clause: str, kk: str, ru: str) -> None:
    assert f"Негізі: {kk} (000-ереже)" in write("notice", "kk", outcome=outcome(clause=clause)).text
    assert f"Основание: {ru} (положение 000)" in write("notice", "ru", outcome=outcome(clause=clause)).text


def test_every_section_that_a_rulebook_cites_has_a_name() -> None:
    cited = {clause for book in map(rulebook, CONTESTS) for clause in clauses(book)}
    words = {word for clause in cited for word in re.findall("[a-z]{3,}", clause)}
    assert words
    assert words <= LETTERS.words.values["section"].keys()


def clauses(book: dict[str, Any]) -> list[str]:
    stages = book["stage"]
    steps = [step for stage in stages for step in stage.get("step", ())]
    return [each["clause"] for each in (*stages, *steps, *book["ask"].values())]


# --- entrant ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entrant_learns_the_commitment_the_moment_the_place_and_the_files(language: str) -> None:
    text = write("entrant", language).text
    moment = "2025-05-19 16:30" if language == "en" else "19.05.2025 16:30"
    told = (
        COMMITMENT,
        moment,
        "@BilimClass",
        "entrants.txt",
        "manifest.json",
        "protocol.html",
        "102",
        DRAW_ID,
    )
    assert [each for each in told if each not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_formula_in_the_letter_gives_the_ticket_of_the_draw(language: str) -> None:
    found = re.search(r'HMAC-SHA256\([^,]+, "([^"]+)"\)', write("entrant", language).text)
    assert found is not None
    seed = bytes(range(32))
    (ticket,) = tickets(seed, DRAW_ID, [CODE])
    assert hmac.digest(seed, found[1].replace("\\0", "\0").encode(), "sha256") == ticket


def test_where_nobody_said_where_a_draw_is_held_the_organiser_will() -> None:
    text = write("entrant", contest=contest("bilimclass-innovator") | {"id": "another"}).text
    assert "О месте проведения сообщит организатор." in text


# --- prize ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_winner_learns_the_prize_the_draw_the_place_and_who_will_call(language: str) -> None:
    text = write("prize", language).text
    region = draw()["group"][language]
    next_step = LETTERS.words.next_step(language, "bilimclass-innovator", "draw", "in")
    for told in ("iPhone 15", DRAW_ID, region, "102", "BI-2025-1", next_step):
        assert told in text
    assert re.search("жойып|аннулировать|annul", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_winner_without_a_draw_is_told_of_none(language: str) -> None:
    text = write("prize", language, **best_sor()).text
    assert re.search("ұтыс|розыгрыш|draw|билет|ticket", text) is None
    region = {"kk": "Ақтөбе облысы", "ru": "Актюбинская область", "en": "Aqtobe"}[language]
    for told in (
        "BilimBook mini",
        region,
        "57",
        LETTERS.words.outcome(language, "best-sor", "winners", "in"),
    ):
        assert told in text


# --- annulled ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ground", ["untrue-information", "not-eligible"])
def test_an_annulment_names_its_ground_the_clause_and_whom_to_write_to(ground: str, language: str) -> None:
    text = write("annulled", language, ground=ground).text
    assert LETTERS.words.value(language, "ground", ground) in text
    assert ground not in text
    assert "6.4" in text
    assert re.search("осы хатқа жауап|ответьте на это письмо|answer this letter", text)


def test_a_ground_in_peoples_own_words_stays_as_they_wrote_it() -> None:
    own = {
        "decision": "refuse",
        "request": "r.1",
        "who": "Комиссия",
        "ground": "видео снято другим человеком",
    }
    assert "видео снято другим человеком" in LETTERS.words.reason("ru", "ruled", own)


# --- words ---


@pytest.mark.parametrize("contest_id", CONTESTS)
def test_every_choice_of_those_who_decide_has_a_name(contest_id: str) -> None:
    choices = {choice for ask in rulebook(contest_id)["ask"].values() for choice in ask.get("choices", ())}
    assert choices
    assert choices | {"none"} <= LETTERS.words.values["decision"].keys()


# --- the diploma ---


@pytest.fixture(scope="module")
def diplomas(tmp_path_factory: pytest.TempPathFactory) -> Diplomas:
    home = tmp_path_factory.mktemp("site")
    site = Site(home, SETTINGS)
    for folder in (site.diplomas, site.drafts):
        folder.mkdir(parents=True)
    site.templates.symlink_to(ROOT / "templates")
    issued = datetime(2025, 1, 1, tzinfo=UTC)
    keys.make_test_authority(home / "keys", organisation="Bilim Land", not_before=issued, years=10)
    signer = keys.load_signer(home / "keys/signing.p12", home / "keys/passphrase", AT)
    return Diplomas(site, signer, LETTERS.words)


def printed(pdf: bytes, folder: Path) -> str:
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    command = ["pdftotext", "-layout", str(path), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert text.count("\f") == 1  # one page
    return " ".join(text.split())


def awarded(number: str, clause: str = "6.2", **changes: Any) -> dict[str, Any]:
    given = {"number": number, "date": "2025-05-19", "clause": clause} | changes
    return content(template="prize", **KINDS["prize"]) | {"diploma": given}


def test_a_diploma_names_the_prize_however_long_its_name(diplomas: Diplomas, tmp_path: Path) -> None:
    prize = "iPad 10 (2022) Wi-Fi 64 GB silver, чехолмен және екі жылдық кепілдікпен бірге берілетін планшет"
    given = awarded("BI-1", achievement={"code": "diploma-prize", "facts": {"prize": prize}})
    text = printed(diplomas.pdf(given, "kk", AT), tmp_path)
    assert f"Байқау жеңімпазы · {prize}" in text
    assert "Ереженің 6.2-тармағы" in text


def test_the_diploma_of_a_region_cites_the_section_that_has_no_number(
    diplomas: Diplomas, tmp_path: Path
) -> None:
    given = awarded("BS-1", clause="prizes", achievement={"code": "diploma-region-winner", "facts": {}})
    text = printed(diplomas.pdf(given, "ru", AT), tmp_path)
    assert "Победитель конкурса в своём регионе" in text
    assert "Положение о конкурсе, раздел «Призы конкурса»" in text


def test_a_diploma_without_an_achievement_of_its_own_names_the_place_in_the_ranking(
    diplomas: Diplomas, tmp_path: Path
) -> None:
    given = awarded("MB-1") | {"result": {"rank": 3, "score": 57, "items": 60}}
    assert "2-кезеңнің жеңімпазы · 57 балл" in printed(diplomas.pdf(given, "kk", AT), tmp_path)


def test_the_same_row_gives_the_same_letter_later() -> None:
    later = replace(row("entrant"), attempts=3)
    assert LETTERS.write(later) == LETTERS.write(row("entrant"))
