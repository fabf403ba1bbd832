"""What a stage with awards sends out: diplomas, certificates, refusals and protocols, each checked as it left."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from award_season import (
    CONTEST,
    LATE,
    PUPILS,
    RESULTS,
    RULEBOOK,
    Pupil,
    answer,
    asked,
    at,
    drop,
    mails,
    season,
    table,
    text_of,
    to,
)
from python_calamine import CalamineWorkbook
from sites import Bench, openssl_accepts, pdf_text

from worker.commands.explain import explain_person
from worker.deliver.qr import verify_qr
from worker.deliver.verify import verify_path
from worker.store import tables

HISTORY = "Қазақстан тарихы/10"


@dataclass(frozen=True)
class Season:
    """A season that has been decided, and what had left before the jury was heard."""

    folder: Path
    bench: Bench
    before: tuple[str, ...]

    @property
    def operator(self) -> Path:
        return self.bench.site.outbox / "operator" / CONTEST

    @property
    def public(self) -> Path:
        return self.bench.site.outbox / "public" / CONTEST


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    folder = tmp_path_factory.mktemp("awards")
    with season(folder) as bench:
        bench.work(at(LATE))
        kinds = tuple(row["kind"] for row in bench.rows(tables.messages))
        assert asked(bench) == {HISTORY: f"{CONTEST}.winners.jury.1"}
        answer(bench, {HISTORY: "extend"})
        yield Season(folder, bench, kinds)


def pdfs(decided: Season, address: str, kind: str, tmp_path: Path) -> list[str]:
    """The text of each PDF of that kind that was mailed there."""
    found = []
    for number, mail in enumerate(to(decided.folder, address, kind)):
        (part,) = mail.iter_attachments()
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(part.get_content())
        found.append(pdf_text(path))
    return found


# --- when ---


def test_nothing_of_an_undecided_stage_leaves_before_the_jury_is_heard(decided: Season) -> None:
    assert {kind.split("/")[1] for kind in decided.before} == {"took-part"}
    kinds = {row["kind"].split("/")[1] for row in decided.bench.rows(tables.messages)}
    assert kinds == {"took-part", "winners"}


# --- why not my child? ---


def stories(decided: Season, person: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert explain_person(decided.bench.root, CONTEST, person, as_json=True)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    found: list[dict[str, Any]] = told.get("entries", [told])
    return found


def test_a_pupil_asked_for_by_id_has_a_story_in_each_subject(
    decided: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    told = stories(decided, "P-04", capsys)
    assert {each["entry"]: each["stages"][-1]["steps"][-1]["verdict"] for each in told} == {
        "P-04/Математика": "out",
        "P-04/Қазақстан тарихы": "in",
    }
    assert len({each["public_code"] for each in told}) == 2


def test_a_public_code_tells_of_one_subject_and_names_no_id(
    decided: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    code = stories(decided, "P-04", capsys)[0]["public_code"]
    (told,) = stories(decided, code, capsys)
    assert told["public_code"] == code
    assert "entry" not in told


def test_a_story_names_the_files_of_entrants_and_of_results(
    decided: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    (told,) = stories(decided, "P-01", capsys)
    assert [(each["feed"], each["line"]) for each in told["records"]] == [("entrants", "2"), ("results", "2")]


# --- diplomas ---


@pytest.mark.parametrize(
    ("address", "degree", "subject"),
    [
        ("P-01@mail.example", "I дәрежелі диплом", "Математика, 10-сынып"),
        ("P-02@mail.example", "Диплом II степени", "Математика, 10 класс"),
        ("P-05@mail.example", "Диплом III степени", "История Казахстана, 10 класс"),
    ],
)
def test_a_diploma_tells_the_degree_the_subject_and_the_order_in_the_language_of_the_person(
    decided: Season, tmp_path: Path, address: str, degree: str, subject: str
) -> None:
    (text,) = pdfs(decided, address, "diploma", tmp_path)
    assert degree in text
    assert subject in text
    assert all(part in text for part in ("13", "2012", "99", "28, 29"))


def test_a_person_with_two_awards_has_two_diplomas_of_different_numbers(
    decided: Season, tmp_path: Path
) -> None:
    texts = pdfs(decided, "P-03@mail.example", "diploma", tmp_path)
    won = sorted(
        re.findall(r"(I+ дәрежелі диплом|(?:Математика|Қазақстан тарихы), 10-сынып)", " ".join(texts))
    )
    assert won == [
        "II дәрежелі диплом",
        "III дәрежелі диплом",
        "Математика, 10-сынып",
        "Қазақстан тарихы, 10-сынып",
    ]
    assert len({re.findall(r"SUBJECT-OLYMPIAD-2025-2026-[A-Z2-7-]{14}", text)[0] for text in texts}) == 2


def test_whoever_the_jury_lets_win_beyond_the_share_has_a_diploma_too(decided: Season) -> None:
    assert len(to(decided.folder, "P-04@mail.example", "diploma")) == 1
    assert len(to(decided.folder, "P-05@mail.example", "diploma")) == 1


def test_a_very_long_name_and_school_stand_whole_on_one_page(decided: Season, tmp_path: Path) -> None:
    for text in pdfs(decided, "P-03@mail.example", "diploma", tmp_path):
        assert "Құлмұхаммедқызы-Әбдірахманова" in text
        assert "Ғазизагүл-Нұрсұлу Мұхаммедсәлімжанқызы" in text
        assert "Өскемен қаласы" in text
        assert text.count("\f") == 1


def test_diplomas_certificates_and_protocols_verify_offline(decided: Season) -> None:
    site = decided.bench.site
    authority = site.path(site.settings.keys.authority)
    made = sorted(site.diplomas.glob("*.pdf"))
    assert len(made) == 6 + 11
    for path in (*made, site.outbox / "operator", site.outbox / "public"):
        findings = list(verify_path(path, authority))
        assert findings
        assert [finding for finding in findings if not finding.ok] == []
    assert openssl_accepts(decided.operator / "protocol-winners.kk.pdf", authority)


def test_the_claims_inside_a_diploma_prove_the_award_and_a_changed_file_is_refused(
    decided: Season, tmp_path: Path
) -> None:
    site = decided.bench.site
    authority = site.path(site.settings.keys.authority)
    awards = set()
    for path in sorted(site.diplomas.glob("*.pdf")):
        jws = tmp_path / "diploma.jws"
        subprocess.run(["pdfdetach", "-save", "1", "-o", jws, path], capture_output=True, check=True)
        claims = verify_qr("#" + jws.read_text(), decided.bench.parts.signer.chain)
        assert claims.number == path.stem
        awards.add(claims.award)
    assert {"I дәрежелі диплом · Математика, 10-сынып", "За участие · Математика, 10 класс"} <= awards
    changed = tmp_path / path.name
    changed.write_bytes(path.read_bytes().replace(b"/Type", b"/Typf", 1))
    assert [finding for finding in verify_path(changed, authority) if not finding.ok]


# --- certificates ---


def test_everybody_who_took_part_has_a_certificate_and_not_a_diploma_s_number(
    decided: Season, tmp_path: Path
) -> None:
    (text,) = pdfs(decided, "P-07@mail.example", "certificate", tmp_path)
    assert re.search(r"С\s*Е\s*Р\s*Т\s*И\s*Ф\s*И\s*К\s*А\s*Т", text)
    assert "Титова Ева Олеговна" in text
    assert "За участие" in text
    assert to(decided.folder, "P-07@mail.example", "diploma") == []
    sent = [row for row in decided.bench.rows(tables.messages) if row["kind"].startswith("certificate/")]
    assert len(sent) == sum(len(one.scores) for one in PUPILS)


# --- refusals ---


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("P-04@mail.example", ("Рейтингтегі орны: 4, ұпайы: 40", "соңғы орынның ұпайы: 58", "28, 29-тармақтар")),
        ("P-05@mail.example", ("Место в рейтинге: 4, баллы: 40", "балл последнего места: 58", "пункты 28, 29")),
    ],
)  # fmt: skip
def test_a_refusal_cites_the_order_the_clause_and_the_figures_in_the_person_s_language(
    decided: Season, address: str, parts: tuple[str, ...]
) -> None:
    (mail,) = to(decided.folder, address, "refusal")
    text = text_of(mail)
    assert [part for part in (*parts, "№ 99") if part not in text] == []
    assert "Математика" in text


def test_whoever_has_no_address_is_written_to_by_hand_in_a_list_for_each_kind(decided: Season) -> None:
    (refusal, other) = table(decided.operator / "letters-by-hand-winners-refusal.csv")
    assert {refusal["fault"], other["fault"], refusal["participant"]} == {""}
    assert "Һаронов Ұлан Іңкәрұлы" in refusal["text"]
    certificates = table(decided.operator / "letters-by-hand-took-part-certificate.csv")
    assert len(certificates) == 2
    assert len(list(decided.operator.glob("certificate-*.pdf"))) == 2
    assert all("@mail.example" in str(mail["To"]) for mail in mails(decided.folder))


# --- protocols ---


def test_the_protocol_has_the_cut_the_first_out_the_tie_and_what_the_jury_decided(decided: Season) -> None:
    book = CalamineWorkbook.from_path(decided.operator / "protocol-winners.xlsx")
    cuts = book.get_sheet_by_name("cuts").to_python()
    told = {row[0]: row[2:] for row in cuts[1:]}
    assert told["Математика/10"] == [7, 3, 3, "58", "40", 0]
    assert told[HISTORY] == [4, 2, 3, "30", "20", 2]
    ties = book.get_sheet_by_name("ties").to_python()
    assert sorted(row[4:8] for row in ties[1:]) == [
        ["Журавлёва София Викторовна", "in", "III", "extend"],
        ["Ғабитов Өміржан", "in", "III", "extend"],
    ]
    rules = book.get_sheet_by_name("rules").to_python()
    assert ["28, 29", "qualify", "subject, grade", "rounding", "half-up"] in rules


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ("Хаттама", "Шекте ұпай тең: 2-орын, 30 ұпай", "Қазылар алқасы", "I дәрежелі диплом")),
        ("ru", ("Протокол", "Равные баллы на границе: место 2", "Жюри", "Диплом I степени")),
    ],
)
def test_the_committee_s_protocol_is_signed_and_stands_in_both_languages(
    decided: Season, language: str, words: tuple[str, ...]
) -> None:
    text = pdf_text(decided.operator / f"protocol-winners.{language}.pdf")
    assert [
        word for word in (*words, "Һаронов Ұлан Іңкәрұлы", "rounding = half-up") if word not in text
    ] == []


def test_the_public_protocol_has_codes_and_no_name_id_or_address(decided: Season) -> None:
    page = (decided.public / "protocol-winners.html").read_text(encoding="utf-8")
    rows = table(decided.public / "protocol-winners.csv")
    for one in PUPILS:
        for text in (one.surname, one.patronymic or one.surname, one.id, one.school):
            assert text not in page
            assert all(text not in cell for row in rows for cell in row.values())
    assert "Хаттама" in page
    assert "Протокол" in page
    named = {row["code"]: row for row in table(decided.operator / "protocol-winners.csv")}
    assert [row["code"] for row in rows] == list(named)
    assert [row["points"] for row in rows] == [row["points"] for row in named.values()]


def test_the_code_in_a_letter_is_the_code_in_the_public_protocol(decided: Season) -> None:
    (mail,) = to(decided.folder, "P-05@mail.example", "refusal")
    found = re.search(r"Открытый код: ([A-Z2-7-]{14})", text_of(mail))
    assert found is not None
    (row,) = [row for row in table(decided.public / "protocol-winners.csv") if row["code"] == found[1]]
    assert (row["points"], row["verdict"]) == ("40", "out")


# --- other seasons ---


def test_excluded_equals_are_the_first_out_and_nobody_is_mailed_a_diploma_without_a_name(
    tmp_path: Path,
) -> None:
    nameless = (Pupil("P-01", "", "", "", {"Математика": "60"}), *PUPILS[1:])
    with season(tmp_path, nameless) as bench:
        bench.work(at(LATE))
        answer(bench, {HISTORY: "exclude"})
        home = bench.site.outbox / "operator" / CONTEST
    cuts = CalamineWorkbook.from_path(home / "protocol-winners.xlsx").get_sheet_by_name("cuts").to_python()
    assert {row[0]: row[2:] for row in cuts[1:]}[HISTORY] == [4, 2, 1, "30", "30", 2]
    assert to(tmp_path, "P-04@mail.example", "diploma") == []
    letters = [text_of(mail) for mail in to(tmp_path, "P-05@mail.example", "refusal")]
    (refused,) = [text for text in letters if "История" in text]
    assert "Жюри" in refused
    assert "алқаның 7-хаттамасы" in refused
    (row,) = table(home / "letters-by-hand-winners-diploma.csv")
    assert "no name is known" in row["fault"]
    assert row["participant"] == "P-01"
    assert to(tmp_path, "P-01@mail.example", "diploma") == []


def test_each_author_of_a_project_has_a_diploma_with_its_title_and_may_ask_about_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = RULEBOOK.replace('entries = "results"\nkey = ["participant", "subject"]\nperson = "participant"',
                            'entries = "projects"\nkey = "project"\nperson = "authors"')  # fmt: skip
    book = book.replace(
        'entries = "took-part"\nperson = "participant"', 'entries = "took-part"\nperson = "authors"'
    )
    steps = book.index('[[stage.step]]\nclause = "28, 29"\njob = "qualify"')
    award = 'job = "award"\nper = ["section"]\npoints = "abstract_words"\nawards = ["II"]\ncounts = [1]\n'
    book = book[:steps] + '[[stage.step]]\nclause = "20"\n' + award + 'ask = "jury-diplomas"\n'
    work = "Қарағай қылқанының көмегімен ауаның ластануын бағалау"
    with season(tmp_path, rulebook=book) as bench:
        rows = [("PR-1", "1", work, "P-01 P-02", 240, "KZ-63"), ("PR-2", "1", "Басқа", "P-04", 100, "KZ-63")]
        drop(
            bench,
            "projects.csv",
            ("project", "section", "title", "authors", "abstract_words", "region"),
            rows,
        )
        bench.work(at(LATE))
        found = {
            address: to(tmp_path, f"{address}@mail.example", "diploma")
            for address in ("P-01", "P-02", "P-04")
        }
        made = [" ".join(pdf_text(path).split()) for path in sorted(bench.site.diplomas.glob("*.pdf"))]
    assert {address: len(those) for address, those in found.items()} == {"P-01": 1, "P-02": 1, "P-04": 0}
    diplomas = [text for text in made if work in text and ("дәрежелі" in text or "степени" in text)]
    assert len(diplomas) == 2
    assert any("Белозёров" in text for text in diplomas)
    assert explain_person(bench.root, CONTEST, "P-02", as_json=False)
    assert "projects from trial" in capsys.readouterr().out


def test_a_protocol_of_places_has_a_cut_for_each_sender_and_what_was_decided_of_each_of_the_equals(
    tmp_path: Path,
) -> None:
    step = RULEBOOK.index('[[stage.step]]\nclause = "28, 29"\njob = "qualify"')
    book = (
        RULEBOOK[:step].replace('deliver = ["diplomas", "protocol", "refusals"]', 'deliver = ["protocol"]')
        + PLACES
    )
    pupils = tuple(
        Pupil(f"P-{number:02}", "Сәрсенова", "Айым", "", {"Математика": score})
        for number, score in enumerate(("40", "38", "35", "35", "10"), start=1)
    )
    with season(
        tmp_path, pupils, book.replace('kind = "group"\nchoices = { extend', "choices = { extend", 1)
    ) as bench:
        bench.work(at(LATE))
        first, second = sorted(asked(bench))
        answer(bench, {first: "extend", second: "exclude"})
        home = bench.site.outbox / "operator" / CONTEST
        page = (bench.site.outbox / "public" / CONTEST / "protocol-winners.html").read_text(encoding="utf-8")
    workbook = CalamineWorkbook.from_path(home / "protocol-winners.xlsx")
    (cut,) = workbook.get_sheet_by_name("cuts").to_python()[1:]
    assert cut == ["Математика/10", "KZ-63", 5, 3, 3, "35", "35", 2]
    ties = workbook.get_sheet_by_name("ties").to_python()[1:]
    assert {row[3]: row[5:8:2] for row in ties} == {first: ["in", "extend"], second: ["out", "exclude"]}
    assert {row["sender"] for row in table(home / "protocol-winners.csv")} == {"KZ-63"}
    assert "Шығыс Қазақстан облысы" in page
    assert "Восточно-Казахстанская область" in page
    assert pdf_text(home / "protocol-winners.ru.pdf").count("Сәрсенова Айым") == 5 + 2


def test_a_sender_of_fewer_than_five_people_has_its_name_in_the_operators_protocol_alone(
    tmp_path: Path,
) -> None:
    step = RULEBOOK.index('[[stage.step]]\nclause = "28, 29"\njob = "qualify"')
    book = RULEBOOK[:step].replace('deliver = ["diplomas", "protocol", "refusals"]', 'deliver = ["protocol"]')
    pupils = tuple(
        Pupil(f"P-{number:02}", "Сәрсенова", "Айым", "", {"Математика": str(40 - number)})
        for number in range(1, 11)
    )
    with season(tmp_path, pupils, (book + PLACES).replace('sent_by = ["region"]', SENT_BY_UNIT)) as bench:
        units = ["Семей"] * 5 + ["Аягөз"] * 3 + ["Ұлан"] * 2
        rows = [
            (one.id, "Математика", 10, "KZ-63", one.scores["Математика"], unit)
            for one, unit in zip(pupils, units, strict=True)
        ]
        drop(bench, "results.csv", (*RESULTS, "unit"), rows)
        bench.work(at(LATE))
        named, public = (
            bench.site.outbox / recipient / CONTEST / "protocol-winners.csv"
            for recipient in ("operator", "public")
        )
        page = public.with_suffix(".html").read_text(encoding="utf-8")
    assert Counter(row["sender"] for row in table(named)) == {
        "KZ-63/Семей": 5,
        "KZ-63/Аягөз": 3,
        "KZ-63/Ұлан": 2,
    }
    assert Counter(row["sender"] for row in table(public)) == {"KZ-63/Семей": 5, "KZ-63": 5}
    assert {row["rank"] for row in table(public) if row["sender"] == "KZ-63"} == {""}
    assert "Семей" in page
    assert not any(unit in page for unit in ("Аягөз", "Ұлан"))


def test_five_people_of_a_sender_who_sat_different_subjects_have_no_sender_in_public(tmp_path: Path) -> None:
    step = RULEBOOK.index('[[stage.step]]\nclause = "28, 29"\njob = "qualify"')
    book = RULEBOOK[:step].replace('deliver = ["diplomas", "protocol", "refusals"]', 'deliver = ["protocol"]')
    subjects = ("Математика", "Физика", "Химия", "Биология", "География")
    pupils = tuple(
        Pupil(f"P-{number:02}", "Сәрсенова", "Айым", "", {subject: str(40 - number)})
        for number, subject in enumerate(("Математика",) * 6 + subjects, start=1)
    )
    with season(tmp_path, pupils, (book + PLACES).replace('sent_by = ["region"]', SENT_BY_UNIT)) as bench:
        units = ["Семей"] * 6 + ["Аягөз"] * 5
        rows = [
            (one.id, subject, 10, "KZ-63", score, unit)
            for one, unit in zip(pupils, units, strict=True)
            for subject, score in one.scores.items()
        ]
        drop(bench, "results.csv", (*RESULTS, "unit"), rows)
        bench.work(at(LATE))
        public = bench.site.outbox / "public" / CONTEST / "protocol-winners.csv"
    senders = Counter((row["group"], row["sender"]) for row in table(public))
    assert not any("Аягөз" in sender for _, sender in senders)
    assert senders["Математика/10", ""] == 7  # the only one of Аягөз would be the one without a name


SENT_BY_UNIT = 'sent_by = ["region", "unit"]'
PLACES = """
[[stage.step]]
clause = "17"
job = "qualify"
per = ["subject", "grade"]
points = "score"
places = 3
sent_by = ["region"]
ties = "ask"
ask = "jury"
"""
