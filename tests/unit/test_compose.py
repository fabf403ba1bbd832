"""Letters: every reason worded in every language, one recipient, the same row the same bytes."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.deliver.mail import (
    AddressFault,
    ComposeFault,
    InsecureRelay,
    Letters,
    check_relay,
    compose,
    one_address,
)
from worker.deliver.mail.smtp import is_unknown_mailbox
from worker.deliver.words import LANGUAGES, WordsFault, read_words
from worker.settings import Mail
from worker.store.messages import MessageRow, printable

ROOT = Path(__file__).parent.parent.parent
LETTERS = Letters(ROOT / "templates")
AT = datetime(2026, 6, 8, 5, 0, tzinfo=UTC)
DOMAIN = "contest.example"
MAIL = Mail.model_validate(
    {
        "host": "127.0.0.1", "port": 2525, "tls": "none", "username": "", "password": "keys/smtp-password",
        "sender": "contest@contest.example", "reply_to": "", "connections": 4, "per_connection": 50,
        "timeout": "60s", "backoff": ["5m"], "give_up_after": "3d", "on_uncertain": "hold",
    }
)  # fmt: skip

# A pupil whose letters and whose IIN must be told apart: the IIN may stand nowhere.
IIN = "140215500123"


def content(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "template": "answer",
        "contest": {
            "id": "myn-bala",
            "title": {"kk": "«Мың бала» олимпиадасы", "ru": "Олимпиада «Мың бала»", "en": "“Myn Bala”"},
            "regulation": "002",
        },
        "organisation": "Оператор олимпиады",
        "person": {"surname": "Әбілқасымова", "name": "Гүлнұр", "patronymic": None},
        "outcome": {
            "verdict": "out", "stage": "registration", "stage_title": "registration", "clause": "3",
            "code": "not-listed", "facts": {"hint": ""}, "why": "not on the ministry's list",
        },
        "result": None,
        "admission": None,
        "admission_reason": None,
        "public_code": "K7-204",
        "diploma": None,
    }  # fmt: skip
    return whole | changes


def outcome(**changes: Any) -> dict[str, Any]:
    return {**content()["outcome"], **changes}


def row(language: str = "ru", address: str = "family@mail.example", **changes: Any) -> MessageRow:
    return MessageRow(
        id="m-1", contest="myn-bala", person=IIN, kind="answer", run_id=None, address=address,
        language=language, content=content(**changes), state="queued", attempts=0, next_at=None, reply=None,
        queued_at=AT, updated_at=AT,
    )  # fmt: skip


def diploma_row(language: str = "kk", **changes: Any) -> MessageRow:
    won = {
        "template": "diploma",
        "outcome": outcome(verdict="in", stage="admission", clause="13, 15, 16", code="seat",
                           facts={"preference": "2"}),
        "result": {"rank": 3, "score": 57, "items": 60},
        "admission": {"school": "№5 мамандандырылған мектеп", "school_id": "S5", "language": "kk",
                      "boarding": True, "preference": 2},
        "diploma": {"number": "MB-2026-000017"},
    }  # fmt: skip
    return row(language, **(won | changes))


def sent(message: MessageRow, diploma: bytes | None = None) -> EmailMessage:
    data = compose(message, LETTERS, mail=MAIL, domain=DOMAIN, diploma=diploma)
    parsed = message_from_bytes(data, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    text = found.get_content()
    assert isinstance(text, str)
    return text


# --- words ---


def called_codes(tree: ast.Module) -> Iterator[str]:
    """The codes named where a job words a reason; of computed codes only the known ones are let pass."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = {"words": 0, "in_doubt": 1, "_timed": 0, "_all_out": 1}.get(node.func.id)
        if place is None:
            continue
        code = node.args[place]
        if isinstance(code, ast.Constant):
            yield str(code.value)
        else:
            assert ast.unparse(code) in COMPUTED, ast.unparse(node)


COMPUTED = {"code", "f'{_kind(column, papers, own)}-missing'"}


def steps_of(job: str) -> Iterator[dict[str, Any]]:
    """Every step of a shipped rulebook with that job."""
    for file in (ROOT / "contests").glob("*.toml"):
        if file.name.endswith((".cases.toml", "rows.toml")):
            continue
        for stage in tomllib.loads(file.read_text(encoding="utf-8"))["stage"]:
            yield from (step for step in stage.get("step", ()) if step["job"] == job)


def required_codes() -> Iterator[str]:
    """`require` names its codes after the column and the condition of a rulebook's step."""
    for step in steps_of("require"):
        yield from (f"{step['column']}-not-{what}".replace("_", "-") for what in _missed(step))


def missing_codes() -> Iterator[str]:
    """`documents` names its codes after the column of papers; fields of a form have none."""
    for step in steps_of("documents"):
        column = step.get("column", "documents") if "papers" in step or "own" in step else "fields"
        yield f"{column}-missing".replace("_", "-")


def _missed(step: dict[str, Any]) -> Iterator[str]:
    """What the condition of a step calls a failure, and whether it tells what is not told from it."""
    kinds = {"contains": "own", "one_of": "one-of", "none_of": "of-here", "between": "between"}
    condition = step.get("is") or next(kinds[key] for key in kinds if key in step)
    yield condition
    if step.get("unknown", "out") != "out" or condition in ("false", *kinds.values()):
        yield "told"


def admission_codes() -> Iterator[str]:
    tree = ast.parse((ROOT / "jobs/admission/model.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def job_codes() -> set[str]:
    files = (ROOT / "jobs").rglob("*.py")
    called = {code for file in files for code in called_codes(ast.parse(file.read_text(encoding="utf-8")))}
    return called | set(required_codes()) | set(missing_codes()) | set(admission_codes())


CODES = sorted(job_codes())


def test_the_codes_are_found_in_the_jobs() -> None:
    assert {
        "not-listed",
        "too-short",
        "usual-time",
        "absent",
        "ruled",
        "seat",
        "boarding-full",
        "beyond-places",
    } < set(CODES)
    assert "phone-confirmed-not-true" in CODES


def test_every_code_of_the_jobs_has_words() -> None:
    assert [code for code in CODES if code not in LETTERS.words.reasons] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*CODES, "a-code-of-tomorrow"])
def test_a_letter_is_written_for_every_reason_with_and_without_its_figures(code: str, language: str) -> None:
    names = {name for wording in LETTERS.words.reasons.get(code, ()) for name in wording.needs}
    facts = dict.fromkeys(names, "7") | {"decision": "annul", "by_lot": "true"}
    for known in (facts, {}):
        letter = LETTERS.write(row(language, outcome=outcome(code=code, facts=known)))
        assert len(letter.paragraphs) >= 6
        assert "{" not in letter.text
        assert "None" not in letter.text


def test_kazakh_russian_and_english_letters_are_different_letters() -> None:
    texts = {LETTERS.write(row(language)).text for language in LANGUAGES}
    assert len(texts) == 3


def test_an_unknown_code_still_cites_the_clause() -> None:
    letter = LETTERS.write(row("kk", outcome=outcome(code="a-code-of-tomorrow", clause="9.3")))
    assert "9.3-тармақ (002-ереже)" in letter.text
    assert LETTERS.words.reason("kk", "general", {}) in letter.text


@pytest.mark.parametrize(
    ("clause", "kk", "ru"),
    [
        ("3", "3-тармақ", "пункт 3"),
        ("13-16", "13–16-тармақтар", "пункты 13–16"),
        ("10, 11.1", "10, 11.1-тармақтар", "пункты 10, 11.1"),
    ],
)
def test_one_clause_and_several_are_cited_as_each_language_does(clause: str, kk: str, ru: str) -> None:
    assert f" {kk} (" in LETTERS.write(row("kk", outcome=outcome(clause=clause))).text
    assert f" {ru} (" in LETTERS.write(row("ru", outcome=outcome(clause=clause))).text


def test_the_english_why_of_a_verdict_never_stands_in_a_letter() -> None:
    letter = LETTERS.write(row("ru", outcome=outcome(why="not on the ministry's list")))
    assert "ministry" not in letter.text


def test_a_mistyped_digit_is_hinted_at() -> None:
    hinted = outcome(facts={"hint": " (one digit away from a listed pupil: was it mistyped?)"})
    assert "опечатка" in LETTERS.write(row("ru", outcome=hinted)).text
    assert "опечатка" not in LETTERS.write(row("ru")).text


def test_times_are_written_as_people_write_them() -> None:
    facts = {"at": "2026-02-14 00:00:01", "opens": "2026-01-15 09:00", "closes": "2026-02-14 00:00"}
    text = LETTERS.words.reason("kk", "outside-window", facts)
    assert "14.02.2026 00:00:01" in text
    assert "15.01.2026 09:00" in text


def test_a_lot_among_equals_is_said_only_where_there_was_one() -> None:
    facts = {"cutoff": "57", "score": "57"}
    assert "жребием" in LETTERS.words.reason("ru", "full", facts | {"by_lot": True})
    assert "жребием" not in LETTERS.words.reason("ru", "full", facts | {"by_lot": False})


BOOKS = [path for path in sorted(ROOT.glob("contests/*.toml")) if not path.stem.endswith(".cases")]


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_every_choice_of_those_who_decide_has_a_name_in_each_language(book: Path) -> None:
    asks = tomllib.loads(book.read_text(encoding="utf-8")).get("ask", {})
    choices = {choice for ask in asks.values() if not ask.get("awards") for choice in ask.get("choices", ())}
    values = LETTERS.words.values
    assert choices <= values["decision"].keys() | values["degree"].keys()


def test_a_day_is_written_as_people_write_it() -> None:
    facts = {"age": "12", "day": "2025-10-06", "least": "14"}
    assert "06.10.2025" in LETTERS.words.reason("kk", "too-young", facts)
    assert "2025-10-06" in LETTERS.words.reason("en", "too-young", facts)


def test_a_stage_of_another_contest_keeps_its_own_title_and_no_clause_of_myn_bala() -> None:
    other = {**content()["contest"], "id": "music-theory"}
    for verdict in ("in", "out"):
        final = outcome(stage="winners", stage_title="Үздіктер", verdict=verdict)
        letter = LETTERS.write(row("kk", contest=other, outcome=final))
        assert "Кезең: Үздіктер" in letter.text
        assert "15-тармақ" not in letter.text


def broken(tmp_path: Path, old: str, new: str) -> Path:
    whole = (ROOT / "templates/words.toml").read_text(encoding="utf-8")
    assert old in whole
    file = tmp_path / "words.toml"
    file.write_text(whole.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('needs = ["at"]\n', "", "in-window.kk prints {at}"),
        ('en = "The data of the registration are in order."', "", "reason.required needs a text in each"),
        ("\n[reason.general]", "\n[reason.generic]", "reason.general is missing"),
        (
            'en = "The pupil is on the list provided by the ministry."',
            'en = " "',
            "reason.listed has an empty text",
        ),
        ("[outcome.general]", "[outcome.usual]", "outcome.general needs"),
        ("[value.language]", "[value.language", "restore it"),
    ],
)
def test_words_that_are_not_whole_are_refused_by_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(WordsFault) as fault:
        read_words(broken(tmp_path, old, new))
    assert key in str(fault.value)


# --- the mail ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_has_text_and_html_that_say_the_same(language: str) -> None:
    message = sent(row(language))
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = part(message, "plain"), unescape(part(message, "html"))
    assert "Әбілқасымова Гүлнұр" in text
    assert "K7-204" in text
    assert all(line in html for line in text.splitlines())
    assert f'<html lang="{language}">' in html


def test_the_headers_of_a_mail() -> None:
    message = sent(row("ru"))
    assert message["To"] == "family@mail.example"
    assert message["From"].addresses[0].addr_spec == "contest@contest.example"
    assert message["From"].addresses[0].display_name == "Оператор олимпиады"
    assert message["Date"].datetime == AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "Олимпиада «Мың бала»: регистрация"
    assert message["Reply-To"] is None
    local, domain = message["Message-ID"].strip("<>").split("@")
    assert (len(local), domain) == (32, DOMAIN)


WORDS = st.lists(st.text('абвқңіTest«»"(),.:@', min_size=1, max_size=14), min_size=1, max_size=16).map(
    " ".join
)


@given(WORDS, WORDS)
def test_no_space_of_a_long_title_or_name_is_lost_in_the_headers(title: str, organisation: str) -> None:
    contest = content()["contest"] | {"title": dict.fromkeys(("kk", "ru", "en"), title)}
    letter = row("ru", contest=contest, organisation=organisation)
    message = message_from_bytes(compose(letter, LETTERS, mail=MAIL, domain=DOMAIN, diploma=None))
    assert _decoded(message["Subject"]).startswith(f"{title}: ")
    name, address = parseaddr(message["From"])
    assert (_decoded(name), address) == (organisation, "contest@contest.example")


def _decoded(header: str) -> str:
    """As RFC 2047 reads it: white space between encoded words is none."""
    return str(make_header(decode_header(header)))


def test_an_answer_goes_where_the_settings_say() -> None:
    mail = MAIL.model_copy(update={"reply_to": "help@contest.example"})
    message = message_from_bytes(compose(row(), LETTERS, mail=mail, domain=DOMAIN), policy=default)
    assert message["Reply-To"] == "help@contest.example"


def test_a_person_who_is_not_on_the_list_is_greeted_without_a_name() -> None:
    text = LETTERS.write(row("ru", person=None)).text
    assert text.startswith("Здравствуйте")
    assert "Участник:" not in text


def test_the_iin_stands_nowhere_in_a_mail() -> None:
    for language in LANGUAGES:
        message = sent(row(language))
        assert IIN not in message.as_string()
        assert IIN not in part(message, "plain") + part(message, "html")


def test_the_same_row_gives_the_same_bytes_and_another_row_another_id() -> None:
    pdf = b"%PDF-2.0 a diploma"
    first, again, later = (
        compose(message, LETTERS, mail=MAIL, domain=DOMAIN, diploma=pdf)
        for message in (
            diploma_row(),
            diploma_row(),
            replace(diploma_row(), attempts=3, updated_at=AT + timedelta(days=1)),
        )
    )
    assert first == again == later
    assert first.isascii()
    other = compose(replace(diploma_row(), id="m-2"), LETTERS, mail=MAIL, domain=DOMAIN, diploma=pdf)
    assert message_from_bytes(first)["Message-ID"] != message_from_bytes(other)["Message-ID"]


def test_what_looks_like_code_in_a_name_is_printed_literally_and_escaped_in_html() -> None:
    hostile = {"surname": "{{7*7}}", "name": "<script>alert(1)</script>", "patronymic": "{% raw %}"}
    message = sent(row("kk", person=hostile))
    assert "Қатысушы: {{7*7}} <script>alert(1)</script> {% raw %}" in part(message, "plain")
    html = part(message, "html")
    assert "{{7*7}}" in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_figures_cannot_smuggle_templates_or_attributes() -> None:
    facts = {"at": "{opens.__class__}", "opens": "{{7*7}}", "closes": "<b>"}
    message = sent(row("en", outcome=outcome(code="outside-window", facts=facts)))
    assert "{opens.__class__}" in part(message, "plain")
    assert "{{7*7}}" in part(message, "plain")
    assert "&lt;b&gt;" in part(message, "html")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@settings(max_examples=60)
def test_no_name_can_forge_a_header_or_a_paragraph(name: str) -> None:
    usual = sent(row("ru", person={"surname": "Имя", "name": "Имя", "patronymic": None}))
    strange = sent(row("ru", person={"surname": name, "name": name, "patronymic": None}))
    assert strange.keys() == usual.keys()
    lines = [len(part(message, "plain").splitlines()) for message in (strange, usual)]
    assert lines[0] in (lines[1], lines[1] - 1)  # one line less where nothing printable is left of the name


def test_a_winner_gets_the_diploma_and_the_school_with_its_preference() -> None:
    message = sent(diploma_row("kk"), b"%PDF-2.0 a diploma")
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "diploma-MB-2026-000017.pdf"
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content() == b"%PDF-2.0 a diploma"
    text = part(message, "plain")
    assert "Мектеп: №5 мамандандырылған мектеп" in text
    assert "Оқу тілі: қазақ тілі" in text
    assert "Өтініштегі таңдау реті: 2" in text
    assert "Интернат: орын берілді" in text
    assert "13, 15, 16-тармақтар" in text


@pytest.mark.parametrize(
    ("language", "words"), [("kk", "ұпайы: 55"), ("ru", "принятого: 55"), ("en", "had 55")]
)
def test_a_winner_without_a_seat_is_told_why_and_promised_nothing(language: str, words: str) -> None:
    refusal = {"code": "full", "facts": {"cutoff": 55, "score": 51}, "why": "full"}
    letter = LETTERS.write(diploma_row(language, admission=None, admission_reason=refusal))
    assert words in letter.text
    assert LETTERS.words.next_step(language, "myn-bala", "admission", "out") in letter.text


def test_each_option_passed_over_is_explained_in_its_order() -> None:
    skipped = [
        {"preference": 1, "school": "А мектебі", "code": "full", "facts": {"cutoff": 58, "score": 57}},
        {"preference": 2, "school": "Б мектебі", "code": "no-boarding", "facts": {}},
    ]
    letter = LETTERS.write(diploma_row("kk", skipped=skipped))
    (listed,) = (lines for lines in letter.paragraphs if lines[0].startswith("Өтініштегі мектептер"))
    assert [line.split(":")[0] for line in listed[1:]] == ["1. А мектебі", "2. Б мектебі"]
    assert "58" in listed[1]
    assert "интернат" in listed[2]


def test_a_diploma_number_makes_a_plain_file_name() -> None:
    message = sent(diploma_row(diploma={"number": "№ 17/../Ә\r\nX"}), b"%PDF")
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "diploma--17-..-X.pdf"


def test_a_diploma_without_its_pdf_is_not_composed() -> None:
    with pytest.raises(ComposeFault, match="m-1"):
        compose(diploma_row(), LETTERS, mail=MAIL, domain=DOMAIN)


def test_a_row_whose_content_is_not_whole_is_refused_by_key_without_its_values() -> None:
    with pytest.raises(ComposeFault) as fault:
        LETTERS.write(row("ru", person={"surname": "Әбілқасымова"}))
    assert "content.person.name" in str(fault.value)
    assert "Әбілқасымова" not in str(fault.value)


def test_a_language_without_letters_is_refused() -> None:
    with pytest.raises(ComposeFault, match="uz"):
        LETTERS.write(row("uz"))


def test_no_row_prints_who_it_is_about() -> None:
    printed = repr(row("ru", address="canary@mail.example"))
    assert not any(secret in printed for secret in (IIN, "canary", "Әбілқасымова"))


# --- addresses, relays, replies ---


@pytest.mark.parametrize(
    "text",
    [
        "a@mail.example, b@mail.example", "a@mail.example\r\nBcc: b@mail.example", "", "@", "a@",
        "a@mail.example\nb@mail.example", "Имя <a@mail.example>", "a@mail.example>", "a b@mail.example",
        "a@localhost", "a@[127.0.0.1]",
    ],
)  # fmt: skip
def test_anything_but_one_address_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(AddressFault) as fault:
        compose(row(address=text), LETTERS, mail=MAIL, domain=DOMAIN)
    assert "mail.example" not in str(fault.value)


def test_a_domain_is_written_in_ascii_and_a_local_part_that_cannot_be_is_refused() -> None:
    assert one_address("a@почта.kz") == "a@xn--80a1acny.kz"
    with pytest.raises(AddressFault, match="SMTPUTF8"):
        one_address("айгүл@почта.kz")


@pytest.mark.parametrize("host", ["mail.contest.example", "10.0.0.5", "0.0.0.0"])
def test_mail_without_encryption_stays_on_the_machine(host: str) -> None:
    with pytest.raises(InsecureRelay, match=r"mail\.tls"):
        check_relay(MAIL.model_copy(update={"host": host}))
    check_relay(MAIL.model_copy(update={"host": host, "tls": "starttls"}))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_relay_on_loopback_needs_no_encryption(host: str) -> None:
    check_relay(MAIL.model_copy(update={"host": host}))


@pytest.mark.parametrize("key", ["sender", "reply_to"])
def test_a_sender_that_is_no_address_is_named_by_its_key(key: str) -> None:
    with pytest.raises(AddressFault, match=rf"mail\.{key}"):
        check_relay(MAIL.model_copy(update={key: "a@x.example, b@x.example"}))


@pytest.mark.parametrize(
    ("code", "text", "gone"),
    [
        (550, "no such user", True), (550, "5.1.1 unknown", True), (553, "5.1.3 bad syntax", True),
        (550, "5.2.1 disabled", True), (550, "5.7.1 relaying denied", False), (552, "5.2.2 full", False),
        (550, "5.2.2 full", False), (554, "rejected", False), (550, "see 15.1.1.2", True),
    ],
)  # fmt: skip
def test_only_a_missing_mailbox_is_a_reason_to_suppress(code: int, text: str, gone: bool) -> None:
    assert is_unknown_mailbox(code, text) is gone


def test_a_reply_is_kept_as_one_short_printable_line() -> None:
    assert printable("5.1.1 no\r\n5.1.1 user \x1b[31m\udcff") == "5.1.1 no 5.1.1 user [31m\\udcff"
    assert len(printable("x" * 9000)) == 500
