"""Diplomas, lists and acts: what is printed, what is refused, and what the QR code proves."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from worker.deliver import keys, qr, sign, typeset

ROOT = Path(__file__).parents[2]
DIPLOMA = ROOT / "templates/diploma/diploma.typ"
LIST = ROOT / "templates/pages/list.typ"
ACT = ROOT / "templates/pages/act.typ"
AT = datetime(2026, 6, 10, 5, tzinfo=UTC)

WINNER: dict[str, object] = {
    "language": "kk",
    "date": "2026-06-10",
    "organisation": "«Дарын» орталығы",
    "contest": "«Мың бала» олимпиадасы",
    "surname": "Әбілқайырова",
    "name": "Гүлжанат",
    "patronymic": "Ерғалиқызы",
    "school": "Абай атындағы мектеп, Қызылжар ауылы",
    "region": "Ақтөбе облысы",
    "achievement": "Жеңімпаз · II кезең, 57 балл",
    "number": "MB-2026-000123",
    "clause": "Ереженің 12-тармағы",
    "verify_at": "contest.example/d",
}
CLAIMS = qr.DiplomaClaims(
    "MB-2026-000123", "Әбілқайырова Гүлжанат Ерғалиқызы", "myn-bala", "Жеңімпаз, II кезең", "2026-06-10"
)
SVG = qr.qr_svg("https://contest.example/d/MB-2026-000123")
TABLE: dict[str, object] = {
    "language": "kk",
    "date": "2026-06-08",
    "organisation": "«Дарын» орталығы",
    "contest": "«Мың бала» олимпиадасы",
    "recipient": "№17 мектеп",
    "number": "MB-A-017",
    "version": "2",
    "rulebook": "myn-bala 3f2c91",
}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> keys.Pkcs12Signer:
    folder = tmp_path_factory.mktemp("k") / "keys"
    keys.make_test_authority(
        folder, organisation="Дарын", not_before=datetime(2025, 1, 1, tzinfo=UTC), years=10
    )
    return keys.load_signer(folder / "signing.p12", folder / "passphrase", AT)


def diploma(**changes: object) -> bytes:
    attached = {"diploma.jws": "claims"}
    return typeset.typeset(DIPLOMA, {**WINNER, **changes}, images={"qr": SVG}, attachments=attached)


def printed(pdf: bytes, folder: Path) -> str:
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    command = ["pdftotext", "-layout", str(path), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return " ".join(text.split())


def pages(pdf: bytes, folder: Path) -> int:
    path = folder / "pages.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    return int(said.partition("Pages:")[2].split()[0])


# ---- what is printed ----


def test_all_eighteen_kazakh_letters_print_exactly(tmp_path: Path) -> None:
    letters = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"

    text = printed(diploma(surname=letters, school=f"№1 «{letters}»"), tmp_path)

    assert text.count(letters) == 2
    assert f"№1 «{letters}»" in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("kk", ["ДИПЛОМ", "Осы дипломмен марапатталады", "2026 жылғы 10 маусым"]),
        ("ru", ["ДИПЛОМ", "Настоящим дипломом награждается", "10 июня 2026 года"]),
        ("en", ["DIPLOMA", "This diploma is awarded to", "10 June 2026"]),
    ],
)
def test_a_diploma_speaks_the_language_of_its_data(
    tmp_path: Path, language: str, expected: list[str]
) -> None:
    text = printed(diploma(language=language), tmp_path)

    for words in [*expected, "MB-2026-000123", "Әбілқайырова Гүлжанат Ерғалиқызы"]:
        assert words in text


@pytest.mark.parametrize(
    "payload",
    [
        '#read("/etc/passwd")',
        "<script>alert(1)</script>",
        "{{7*7}}",
        "$x^2$",
        "*b* _i_ @ref \\#",
        '#import "x"',
    ],
)
def test_a_payload_prints_literally(tmp_path: Path, payload: str) -> None:
    text = printed(diploma(name=payload, school=payload), tmp_path)

    assert text.count(payload) == 2


def test_a_very_long_name_and_school_stay_on_one_page(tmp_path: Path) -> None:
    pdf = diploma(
        language="ru",
        surname="Константинопольская-Жумабекова",
        name="Александра-Екатерина",
        patronymic="Владимировна-Станиславовна",
        school="Коммунальное государственное учреждение «Средняя школа имени Жумабаева» " * 4,
        contest="Национальная олимпиада учащихся сельских школ " * 4,
    )

    assert pages(pdf, tmp_path) == 1
    assert "Александра-Екатерина Владимировна-Станиславовна" in printed(pdf, tmp_path)


def test_a_name_that_cannot_fit_is_refused_without_telling_it() -> None:
    with pytest.raises(typeset.TemplateFailed, match="name does not fit") as caught:
        diploma(surname="Ә" * 200)

    assert "ӘӘ" not in str(caught.value)


def test_a_missing_key_is_named() -> None:
    data = {key: value for key, value in WINNER.items() if key != "school"}

    with pytest.raises(typeset.TemplateFailed, match="school"):
        typeset.typeset(DIPLOMA, data, images={"qr": SVG})


def test_the_same_input_gives_the_same_bytes_signed_or_not(signer: keys.Pkcs12Signer) -> None:
    first, other, again = diploma(), diploma(name="Айгүл"), diploma()

    assert first == again != other
    signed = [sign.pdf_sign(pdf, signer, at=AT, reason="r", location="l") for pdf in (first, again)]
    assert signed[0] == signed[1]


def test_the_pdf_is_pdf_a_tagged_and_its_attachment_comes_out_again(tmp_path: Path) -> None:
    path = tmp_path / "d.pdf"
    path.write_bytes(diploma())
    said = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    attached = ["pdfdetach", "-save", "1", "-o", str(tmp_path / "out"), str(path)]
    subprocess.run(attached, check=True, capture_output=True)

    assert "Tagged:          yes" in said and "PDF version:     2.0" in said
    assert b"pdfaid:part>4<" in path.read_bytes()
    assert (tmp_path / "out").read_text() == "claims"


# ---- what is refused before it is set ----


@pytest.mark.parametrize(
    "character", ["\u202e", "\x00", "\n", "\u200b", "\u00ad", "\u2028", "\ue000", "\x7f"]
)
def test_an_invisible_character_is_refused_by_its_code_point(character: str) -> None:
    with pytest.raises(typeset.UnprintableText, match=rf"name holds .* U\+{ord(character):04X}") as caught:
        diploma(name=f"Canary{character}")

    assert "Canary" not in str(caught.value)


@pytest.mark.parametrize(("text", "point"), [("李", "U+674E"), ("Ли 😀", "U+1F600"), ("1 ₸", "U+20B8")])
def test_a_letter_without_a_glyph_is_refused_by_its_code_point(text: str, point: str) -> None:
    with pytest.raises(typeset.MissingGlyph) as caught:
        diploma(surname=text)

    assert f"surname holds {point}," in str(caught.value)
    assert text not in str(caught.value)


def test_a_decomposed_letter_is_printed_composed(tmp_path: Path) -> None:
    assert "Андрей" in printed(diploma(name="Андреи\u0306"), tmp_path)


def test_a_text_of_more_than_500_characters_is_refused_by_its_place() -> None:
    rows = [["short"], ["x" * 501]]

    with pytest.raises(typeset.TextTooLong, match=r"rows\[1\]\[0\] has 501"):
        typeset.typeset(LIST, {**TABLE, "title": "T", "columns": [{"title": "C"}], "rows": rows})


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(typeset.TypesetError, match="ISO date"):
        diploma(date="10.06.2026")


# ---- lists and acts ----


def admitted(count: int) -> list[dict[str, object]]:
    return [
        {
            "surname": "Қасымова",
            "name": f"Әлия{number}",
            "patronymic": "",
            "school": "Абай мектебі",
            "region": "Ақтөбе облысы",
            "language": "kk" if number % 3 else "ru",
            "boarding": number % 2 == 0,
            "score": 60 - number % 20,
        }
        for number in range(count)
    ]


def test_an_admission_list_repeats_its_header_counts_its_pages_and_its_people(tmp_path: Path) -> None:
    pdf = typeset.typeset(LIST, {**TABLE, "also": "ru", "rows": admitted(60)})
    text, count = printed(pdf, tmp_path), pages(pdf, tmp_path)

    assert count >= 3
    assert text.count("Тегі, аты, әкесінің аты") == count == text.count("Фамилия, имя, отчество")
    assert f"бет 1/{count}" in text and f"бет {count}/{count}" in text
    assert "Барлығы: 60; қазақ: 40, орыс: 20; интернатпен: 30" in text
    assert "Қасымова Әлия59" in text and "MB-A-017, нұсқа 2" in text


def test_an_empty_admission_list_says_so(tmp_path: Path) -> None:
    pdf = typeset.typeset(LIST, {**TABLE, "rows": []})

    assert "Бұл тізімде ешкім жоқ." in printed(pdf, tmp_path)


def test_any_table_can_be_a_list(tmp_path: Path) -> None:
    columns: list[dict[str, Any]] = [{"title": "School", "share": 3}, {"title": "Cut-off", "align": "right"}]
    data = {**TABLE, "language": "en", "title": "Cut-offs", "columns": columns, "notes": ["A note."]}

    text = printed(typeset.typeset(LIST, {**data, "rows": [["№17", 51], ["№18", 49]]}), tmp_path)

    for words in ("Cut-offs", "№17 51", "№18 49", "Total: 2", "A note.", "page 1/1"):
        assert words in text


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "Комиссияның шешімі"), ("ru", "Решение комиссии"), ("en", "The commission's decision")],
)
def test_an_act_lists_what_fired_and_leaves_the_decision_to_the_commission(
    tmp_path: Path, language: str, words: str
) -> None:
    rules = [{"rule": "short-time", "clause": "9.1", "figure": "29:59 < 30:00"}]
    person = {"id": "P-0001", "school": "Абай мектебі", "class": "6Ә", "variant": "2", "score": 37}
    pair = {"a": "P-0001", "b": "P-0002", "school": "Абай мектебі", "variant": "2", "identical": 37, "of": 40}
    head = {key: TABLE[key] for key in ("date", "organisation", "contest", "number")}
    data = {
        **head,
        "language": language,
        "stage": "1",
        "clause": "9-11",
        "commission": "Комиссия",
        "people": [{**person, "out_of": 40, "duration": "29:59", "rules": rules}],
        "pairs": [{**pair, "wrong": 3}],
        "members": [{"role": "Төраға", "name": ""}],
    }

    text = printed(typeset.typeset(ACT, data), tmp_path)

    for expected in (
        words,
        "P-0001",
        "37/40",
        "9.1:",
        "(29:59 < 30:00)",
        "P-0001 – P-0002",
        "37 / 40",
        "Төраға",
    ):
        assert expected in text


# ---- the QR code ----


def test_a_qr_text_proves_its_claims_offline(signer: keys.Pkcs12Signer) -> None:
    text = qr.qr_text("https://contest.example/d", CLAIMS, signer)

    assert text.startswith("https://contest.example/d/MB-2026-000123#")
    assert len(text) <= 430
    assert qr.verify_qr(text, signer.chain[:1]) == CLAIMS
    assert qr.verify_qr("#" + qr.signed_claims(CLAIMS, signer), signer.chain[:1]) == CLAIMS


def test_every_changed_character_of_the_signed_part_is_refused(signer: keys.Pkcs12Signer) -> None:
    text = qr.qr_text("https://contest.example/d", CLAIMS, signer)

    for place in range(text.index("/MB-"), len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(qr.QrRefused):
            qr.verify_qr(changed, signer.chain[:1])


def test_a_key_we_do_not_know_proves_nothing(signer: keys.Pkcs12Signer) -> None:
    text = qr.qr_text("https://contest.example/d", CLAIMS, signer)

    with pytest.raises(qr.QrRefused, match="key we do not know"):
        qr.verify_qr(text, signer.chain[1:])


@pytest.mark.parametrize("private", ["a@b.kz", "ИИН 140512600123"])
def test_an_address_or_an_iin_never_enters_a_qr_code(signer: keys.Pkcs12Signer, private: str) -> None:
    claims = qr.DiplomaClaims("N-1", private, "c", "a", "2026-06-10")

    with pytest.raises(qr.PersonalClaim) as caught:
        qr.signed_claims(claims, signer)

    assert private not in str(caught.value)


def test_a_number_that_could_leave_the_address_is_refused(signer: keys.Pkcs12Signer) -> None:
    with pytest.raises(qr.QrError):
        qr.qr_text("https://x", qr.DiplomaClaims("../#1", "n", "c", "a", "2026-06-10"), signer)


def test_a_text_that_would_print_too_fine_is_refused() -> None:
    assert "<svg" in qr.qr_svg("x" * 640)
    with pytest.raises(qr.QrTooLong):
        qr.qr_svg("x" * 700)


def test_a_printed_code_is_read_by_a_stranger_and_proves_its_claims(
    signer: keys.Pkcs12Signer, tmp_path: Path
) -> None:
    """With zxing-cpp only: the code is taken from the page at 300 dpi, as a scanner would."""
    zxing = pytest.importorskip("zxingcpp")
    numpy = pytest.importorskip("numpy")
    text = qr.qr_text("https://contest.example/d", CLAIMS, signer)
    page = typeset.typeset(DIPLOMA, WINNER, images={"qr": qr.qr_svg(text)})
    (tmp_path / "d.pdf").write_bytes(page)
    command = ["pdftoppm", "-r", "300", "-gray", "-singlefile", str(tmp_path / "d.pdf"), str(tmp_path / "d")]
    subprocess.run(command, check=True)
    _, size, _, pixels = (tmp_path / "d.pgm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())

    (found,) = zxing.read_barcodes(numpy.frombuffer(pixels, dtype="uint8").reshape(height, width))

    assert qr.verify_qr(found.text, signer.chain[:1]) == CLAIMS
