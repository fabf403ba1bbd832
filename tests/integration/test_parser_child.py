"""Files read in the limited child: what comes out of good ones, and how every hostile one ends."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import xlsxwriter

from worker.intake import child
from worker.intake.frames import (
    MIB,
    End,
    FeedWords,
    Frame,
    Limits,
    Opened,
    Passed,
    Recognised,
    RefusedFile,
    RefusedRow,
    Rows,
)

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "synthetic"
ROOT = Path(__file__).resolve().parents[2]

WORDS = {
    "roster": FeedWords(
        columns={
            "iin": ("жсн", "иин"),
            "surname": ("тегі", "фамилия"),
            "name": ("аты", "имя"),
            "patronymic": ("әкесінің аты",),
            "school": ("мектеп",),
            "class": ("сынып",),
            "region": ("облыс",),
            "district": ("аудан",),
            "language": ("тіл",),
        },
        required=frozenset({"iin", "surname", "name"}),
    ),
    "sheets": FeedWords(
        columns={"participant": ("қатысушы",), "variant": ("нұсқа",)},
        required=frozenset({"participant", "variant"}),
        pattern="q[0-9]{1,3}",
    ),
}
HEADER = "ЖСН;Тегі;Аты"
GOOD = "120305610009;Сидоров;Иван"
LIMITS = Limits(cpu_seconds=20, wall_seconds=30.0)

T = TypeVar("T")
Make = Callable[[str, bytes | str], Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(autouse=True)
def _good_files_still_parse(tmp_path: Path) -> Iterator[None]:
    """Whatever a test did to its child, the next file must be read."""
    yield
    path = tmp_path / "after.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    assert isinstance(frames(path)[-1], End)


def frames(
    path: Path, name: str | None = None, *, limits: Limits = LIMITS, chunk_rows: int = 5000
) -> list[Frame]:
    return list(child.parse(path, name or path.name, vocabulary=WORDS, limits=limits, chunk_rows=chunk_rows))


def only(kind: type[T], found: list[Frame]) -> list[T]:
    return [frame for frame in found if isinstance(frame, kind)]


def table(found: list[Frame]) -> list[dict[str, str]]:
    columns = only(Recognised, found)[0].columns
    return [
        dict(zip(columns, row, strict=True))
        for rows in only(Rows, found)
        for row in zip(*rows.columns, strict=True)
    ]


def refusal(found: list[Frame]) -> RefusedFile:
    assert isinstance(found[-1], RefusedFile)
    return found[-1]


def workbook(**sheets: Callable[[Any, Any], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, fill in sheets.items():
            fill(book, book.add_worksheet(name))
    return buffer.getvalue()


def zipped(**members: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


# --- the ministry's files, and what real files look like ---

PUPILS = [
    ("120305610009", "Әлімқызы", "Өміржан", "Ұланқызы"),
    ("130405510018", "Іңкәрбек", "Ғани", ""),
    ("120505510028", "Қайратұлы", "Һарон", "Үмітұлы"),
]
MINISTRY = "ЖСН;Тегі;Аты;Әкесінің аты\n" + "".join(";".join(pupil) + "\n" for pupil in PUPILS)


def as_pupils(found: list[Frame]) -> list[tuple[str, ...]]:
    return [tuple(row.values())[:4] for row in table(found)]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "kz1048", "ptcp154"])
@pytest.mark.parametrize("delimiter", [";", "\t", ",", "|"])
def test_one_list_in_every_encoding_and_delimiter_gives_the_same_rows(
    make: Make, codec: str, delimiter: str
) -> None:
    found = frames(make("list.csv", MINISTRY.replace(";", delimiter).encode(codec)))
    assert as_pupils(found) == PUPILS
    assert only(Opened, found)[0].delimiter == delimiter


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("kind", ["kz1048", "mojibake_kz1048_as_cp1251", "utf16_tab"])
def test_the_ministrys_samples_come_out_as_the_same_list(kind: str) -> None:
    (path,) = SAMPLES.glob(f"ministry_{kind}.SYNTHETIC.*")
    found = table(frames(path))
    assert found == table(frames(SAMPLES / "ministry_utf8bom.SYNTHETIC.csv"))
    assert as_pupils(frames(path)) == PUPILS


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
def test_the_ministrys_list_without_its_letters_is_refused() -> None:
    assert refusal(frames(SAMPLES / "ministry_lost_cp1251.SYNTHETIC.csv")).code == "letters-lost"


def test_mended_letters_are_counted_over_the_whole_file(make: Make) -> None:
    broken = "".join(c.encode("kz1048").decode("cp1251") if ord(c) > 127 else c for c in MINISTRY)
    found = frames(make("list.csv", broken))
    changed = sum(old != new for old, new in zip(broken, MINISTRY, strict=True))
    end = only(End, found)[0]
    assert as_pupils(found) == PUPILS
    assert [(repair.code, repair.count) for repair in end.repairs] == [("kz1048-read-as-cp1251", changed)]


def test_titles_blanks_and_totals_are_passed_over_with_their_lines(make: Make) -> None:
    text = f"Тізім\n\n{HEADER}\n{GOOD}\n;;\n\nБарлығы: 1;;\n;Итого;1\n{GOOD}\nВсего;2;\n"
    found = frames(make("list.csv", text))
    assert [(frame.line, frame.code) for frame in only(Passed, found)] == [
        (1, "title-row"), (2, "title-row"), (5, "blank-row"), (6, "blank-row"),
        (7, "subtotal"), (8, "subtotal"), (10, "subtotal"),
    ]  # fmt: skip
    assert only(Recognised, found)[0].header_line == 3
    assert [frame.lines for frame in only(Rows, found)] == [[4, 9]]
    assert only(End, found)[0].passed == 7


def test_a_surname_that_only_begins_like_a_total_is_data(make: Make) -> None:
    found = frames(make("list.csv", "Тегі;Аты;ЖСН\nЖиынбаев;Иван;120305610009\nИтогов;Пётр;130405510018\n"))
    assert [row["surname"] for row in table(found)] == ["Жиынбаев", "Итогов"]


def test_quoted_fields_with_delimiters_and_line_ends_keep_their_lines(make: Make) -> None:
    text = f'{HEADER}\n{GOOD}\n"1";"Си;доров";"Иван\nИваныч"\n"2";"a ""b""";c\n{GOOD}\n'
    found = frames(make("list.csv", text), chunk_rows=1)
    assert [row["surname"] for row in table(found)] == ["Сидоров", "Си;доров", 'a "b"', "Сидоров"]
    assert [frame.lines for frame in only(Rows, found)] == [[2], [3], [5], [6]]


def test_rows_come_in_chunks_and_in_order(make: Make) -> None:
    text = HEADER + "\n" + "".join(f"{number};Сидоров;Иван\n" for number in range(12_345))
    found = frames(make("list.csv", text), chunk_rows=1000)
    assert [int(row["iin"]) for row in table(found)] == list(range(12_345))
    assert [line for frame in only(Rows, found) for line in frame.lines] == list(range(2, 12_347))
    assert max(len(frame.lines) for frame in only(Rows, found)) == 1000


def test_a_file_longer_than_its_sample_and_its_blocks_is_read_whole(make: Make) -> None:
    count = 60_000
    text = HEADER + "\r\n" + "".join(f'{number};Сидоров;6 "Ә"\r\n' for number in range(count))
    found = frames(make("list.csv", text))
    assert only(End, found)[0].rows == count
    assert [int(row["iin"]) for row in table(found)] == list(range(count))


def test_xlsx_numbers_dates_and_truths_become_text(make: Make) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "Тізім 2026")
        sheet.write_row(2, 1, ["ЖСН", "Тегі", "Аты", "Мектеп", "Сынып", "Облыс", "Аудан"])
        sheet.write_row(3, 1, [60509520015, "Сидоров", True, 1.5])
        sheet.write_datetime(
            3,
            5,
            datetime(2013, 4, 5, tzinfo=UTC).replace(tzinfo=None),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        sheet.write_datetime(
            3,
            6,
            datetime(2013, 4, 5, 7, 30, 1, tzinfo=UTC).replace(tzinfo=None),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        )
        sheet.write(3, 7, 1e20)

    found = frames(make("list.xlsx", workbook(Бет=fill)))
    row = table(found)[0]
    assert list(row.values()) == [
        "60509520015",
        "Сидоров",
        "1",
        "1.5",
        date(2013, 4, 5).isoformat(),
        "2013-04-05 07:30:01",
        "1e+20",
    ]
    assert only(Opened, found)[0].sheet == "Бет"
    assert only(Recognised, found)[0].header_line == 3
    assert only(Rows, found)[0].lines == [4]


def good_sheet(_: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["ЖСН", "Тегі", "Аты"])
    sheet.write_row(1, 0, ["120305610009", "Сидоров", "Иван"])


def test_the_one_sheet_with_a_header_wins_and_two_are_refused(make: Make) -> None:
    def notes(_: Any, sheet: Any) -> None:
        sheet.write(0, 0, "ескерту")

    def hidden(book: Any, sheet: Any) -> None:
        good_sheet(book, sheet)
        sheet.hide()

    found = frames(make("a.xlsx", workbook(notes=notes, empty=lambda *_: None, data=good_sheet, old=hidden)))
    assert only(Opened, found)[0].sheet == "data"
    assert refusal(frames(make("b.xlsx", workbook(a=good_sheet, b=good_sheet)))).code == "two-sheets"
    assert refusal(frames(make("c.xlsx", workbook(a=lambda *_: None)))).code == "empty-file"


XML_ROW = "<row><iin>{}</iin><surname>Сидоров</surname><name>Иван</name></row>"


def test_xml_in_a_namespace_with_missing_reordered_and_unknown_elements(make: Make) -> None:
    text = """<?xml version="1.0"?>
<list xmlns="urn:x" made="2026">
<row id="7"><iin>1</iin><surname>А</surname><name>Б</name><colour>red</colour></row>
<!-- a remark -->
<row><name>Г</name><surname><![CDATA[В]]></surname><iin>2</iin><class>6 "Ә"</class></row>
<row><iin>3</iin><surname/><name>Ж<!-- remark -->З</name></row>
</list>"""
    found = frames(make("list.xml", text))
    rows = [(row["iin"], row["surname"], row["name"], row["class"]) for row in table(found)]
    assert rows == [("1", "А", "Б", ""), ("2", "В", "Г", '6 "Ә"'), ("3", "", "ЖЗ", "")]
    assert only(Rows, found)[0].lines == [3, 5, 6]
    assert only(Recognised, found)[0].ignored_headers == ["colour"]


def test_xml_rows_that_are_not_flat_are_refused_one_by_one(make: Make) -> None:
    good = XML_ROW.format(1)
    bad = "<row><iin>2<b>3</b></iin><surname>x</surname><name>y</name></row>"
    twice = "<row><iin>2</iin><iin>3</iin><surname>x</surname><name>y</name></row>"
    found = frames(make("list.xml", f"<a>\n{good}\n{bad}\n<note>?</note>\n{twice}\n{good}\n</a>"))
    assert [(row.line, row.code) for row in only(RefusedRow, found)] == [
        (3, "nested-cell"), (5, "field-twice"), (4, "not-a-row"),
    ]  # fmt: skip
    assert only(End, found)[0].rows == 2


def test_a_long_xml_keeps_every_row_its_line_and_names_late_unknown_elements(make: Make) -> None:
    rows = "".join(f"{XML_ROW.format(number)}\n" for number in range(70_000))
    late = "<row><iin>9</iin><surname>x</surname><name>y</name><odd>z</odd></row>"
    found = frames(make("list.xml", f"<a>\n{rows}{late}\n</a>"))
    assert [int(row["iin"]) for row in table(found)] == [*range(70_000), 9]
    assert [line for frame in only(Rows, found) for line in frame.lines] == list(range(2, 70_003))
    assert only(End, found)[0].ignored_later == ["odd"]


def test_xml_in_a_declared_kazakh_encoding(make: Make) -> None:
    text = '<?xml version="1.0" encoding="KZ-1048"?><a>' + XML_ROW.format("Әлімқызы") + "</a>"
    assert table(frames(make("list.xml", text.encode("kz1048"))))[0]["iin"] == "Әлімқызы"


def test_json_lists_wrapped_lists_and_nested_keys(make: Make) -> None:
    record = {
        "iin": 60509520015,
        "surname": "Сидоров",
        "name": None,
        "school": 180.0,
        "class": ["а", "б"],
        "x": {"y": 1},
    }
    expected = {"iin": "60509520015", "surname": "Сидоров", "name": "", "school": "180", "class": "а б"}
    for content in ([record], {"data": [record]}, record):
        found = frames(make("list.json", json.dumps(content)))
        assert {name: value for name, value in table(found)[0].items() if value or name == "name"} == expected
        assert only(Recognised, found)[0].ignored_headers == ["x.y"]


def test_a_zip_with_one_data_file_is_read_through(make: Make) -> None:
    found = frames(make("list.zip", zipped(list__csv=MINISTRY)))
    assert as_pupils(found) == PUPILS
    assert only(Opened, found)[0].member == "list.csv"
    assert as_pupils(frames(make("b.zip", zipped(list__xlsx=workbook(a=good_sheet)))))[0][1] == "Сидоров"


def test_formulas_stay_text_and_are_told(make: Make) -> None:
    found = frames(make("list.csv", f'{HEADER}\n1;=HYPERLINK("http://evil");Иван\n{GOOD}\n'))
    assert table(found)[0]["surname"] == '=HYPERLINK("http://evil")'
    assert [(repair.code, repair.count) for repair in only(End, found)[0].repairs] == [
        ("formula-like-text", 1)
    ]


# --- rows that are refused while the others are kept ---


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("1;Си\x00доров;Иван", "surname", "nul-character"),
        ("1;Сидоров;Иван\u202eнави", "name", "bidi-character"),
        ("1;Сидоров;Ив\u200bан", "name", "control-character"),
        ("1;Си\x1fдоров;Иван", "surname", "control-character"),
        ("1;Сидоров;" + "я" * 32_768, "name", "cell-too-long"),
        ("1;Сидоров", None, "ragged-row"),
        ("1;Сидоров;Иван;лишнее", None, "ragged-row"),
        ("1;Ж?мабек;Иван", "surname", "letters-lost"),
    ],
)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_bad_row_is_refused_and_the_others_are_kept(
    make: Make, row: str, column: str | None, code: str, quoted: bool
) -> None:
    rows = "".join(f"{number};Сидоров;Иван\n" for number in range(100))
    first = '"0";Сидоров;Иван' if quoted else GOOD
    found = frames(make("list.csv", f"{HEADER}\n{first}\n{rows}{row}\n{GOOD}\n"))
    assert [(frame.line, frame.column, frame.code) for frame in only(RefusedRow, found)] == [
        (103, column, code)
    ]
    end = only(End, found)[0]
    assert (end.rows, end.refused) == (102, 1)
    assert len(table(found)) == 102


def test_a_misquoted_row_is_refused_and_the_next_is_kept(make: Make) -> None:
    found = frames(make("list.csv", f'{HEADER}\n"1";a;b\n"2"x;a;b\n"3";a;b\n'))
    assert [(row.line, row.code) for row in only(RefusedRow, found)] == [(3, "bad-quoting")]
    assert [row["iin"] for row in table(found)] == ["1", "3"]


# --- files that are refused ---

SPARSE_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    "</sheetData></worksheet>"
)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def with_sheet(xml: str, book: bytes | None = None) -> bytes:
    """A workbook whose first sheet is `xml`."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book or workbook(a=good_sheet))) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return buffer.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes | str], str]] = {
    "nothing": ("a.csv", lambda: b"", "empty-file"),
    "only a mark and line ends": ("a.csv", lambda: b"\xef\xbb\xbf\r\n", "empty-file"),
    "a header alone": ("a.csv", lambda: HEADER + "\n", "no-rows"),
    "no feed": ("a.csv", lambda: "a;b\n1;2\n", "no-feed"),
    "a column twice": ("a.csv", lambda: f"{HEADER};ИИН\n1;2;3;4\n", "duplicate-column"),
    "2,001 columns": ("a.csv", lambda: HEADER + ";x" * 1_998 + "\n", "too-many-columns"),
    "an endless line": ("a.csv", lambda: b"x" * (3 * MIB), "line-too-long"),
    "an endless line below": ("a.csv", lambda: f"{HEADER}\n{GOOD}\n" + "x" * (4 * MIB), "line-too-long"),
    "a quote never closed": ("a.csv", lambda: f'{HEADER}\n{GOOD}\n"1;a;b\n{GOOD}\n', "unclosed-quote"),
    "a quote never closed in a long file": (
        "a.csv",
        lambda: f'{HEADER}\n{GOOD}\n"1;a;b\n' + f"{GOOD}\n" * 60_000,
        "unclosed-quote",
    ),
    "wrong encoding": ("a.csv", lambda: "Фамилия;Имя\nСидоров;Иван\n".encode("cp866"), "wrong-encoding"),
    "bytes": ("a.csv", lambda: bytes(range(128, 256)) * 100, "wrong-encoding"),
    "zip named csv": ("a.csv", lambda: zipped(a__csv=MINISTRY), "extension-lies"),
    "csv named xlsx": ("a.xlsx", lambda: MINISTRY, "extension-lies"),
    "html named xls": ("a.xls", lambda: "<!DOCTYPE html><html><table></table></html>", "html"),
    "old excel": ("a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old-excel"),
    "pdf": ("a.csv", lambda: b"%PDF-1.7 ...", "not-a-table"),
    "doctype": ("a.xml", lambda: f"<!DOCTYPE a><a>{XML_ROW.format(1)}</a>", "doctype"),
    "doctype behind a long remark": (
        "a.xml",
        lambda: f"<!-- {'x' * 9000} --><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>{XML_ROW.format(1)}</a>",
        "doctype",
    ),
    "billion laughs": (
        "a.xml",
        lambda: f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>{XML_ROW.format("&l9;")}</a>',
        "doctype",
    ),
    "doctype in utf-16": (
        "a.xml",
        lambda: f"<!DOCTYPE a><a>{XML_ROW.format(1)}</a>".encode("utf-16"),
        "doctype",
    ),
    "deep xml": ("a.xml", lambda: "<a><row>" + "<b>" * 5000 + "</b>" * 5000 + "</row></a>", "xml-too-deep"),
    "a text of 11 MB": ("a.xml", lambda: f"<a>{XML_ROW.format('x' * 11 * MIB)}</a>", "xml-too-deep"),
    "200,000 attributes": (
        "a.xml",
        lambda: "<a " + " ".join(f'a{n}="1"' for n in range(200_000)) + f">{XML_ROW.format(1)}</a>",
        "too-many-attributes",
    ),
    "rows in rows": ("a.xml", lambda: f"<a><row><iin>1</iin>{XML_ROW.format(1)}</row></a>", "nested-rows"),
    "broken xml": ("a.xml", lambda: f"<a>{XML_ROW.format(1)}", "not-well-formed"),
    "xml of the wrong encoding": (
        "a.xml",
        lambda: f"<a>{XML_ROW.format(1)}</a>".encode("kz1048"),
        "wrong-encoding",
    ),
    "broken json": ("a.json", lambda: '[{"iin": 1', "not-well-formed"),
    "deep json": ("a.json", lambda: '[{"iin": ' + "[" * 100_000 + "]" * 100_000 + "}]", "not-well-formed"),
    "two files in a zip": ("a.zip", lambda: zipped(a__csv=MINISTRY, b__csv=MINISTRY), "not-one-file"),
    "a zip in a zip": ("a.zip", lambda: zipped(a__zip=zipped(a__csv=MINISTRY)), "nested-archive"),
    "a hidden zip in a zip": ("a.zip", lambda: zipped(a__csv=zipped(a__csv=MINISTRY)), "nested-archive"),
    "a cut zip": ("a.zip", lambda: zipped(a__csv=MINISTRY)[:-30], "damaged"),
    "a zip bomb": ("a.zip", lambda: zipped(a__csv=b"0" * (64 * MIB)), "zip-bomb"),
    "a workbook bomb": ("a.xlsx", lambda: with_sheet(SPARSE_SHEET + " " * (64 * MIB)), "zip-bomb"),
    "a sparse sheet": ("a.xlsx", lambda: with_sheet(SPARSE_SHEET), "sparse-sheet"),
    "a broken sheet": ("a.xlsx", lambda: with_sheet("<worksheet><sheetData><row"), "damaged"),
    "a doctype in a workbook": ("a.xlsx", lambda: with_sheet("<!DOCTYPE x>" + SPARSE_SHEET), "doctype"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_in_one_clear_refusal(make: Make, case: str) -> None:
    name, content, code = HOSTILE[case]
    refused = refusal(frames(make(name, content())))
    assert refused.code == code
    assert refused.why.endswith(".")
    assert "Сидоров" not in refused.why


def test_a_sparse_sheet_that_evades_our_look_kills_only_the_child(make: Make) -> None:
    sheet = SPARSE_SHEET.replace('<c r="XFD1048576">', "<c r='XFD1048576'>").replace(
        'r="1048576"', "r='1048576'"
    )
    assert refusal(frames(make("a.xlsx", with_sheet(sheet)))).code == "memory"


def test_more_bytes_rows_than_allowed(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 50)
    assert refusal(frames(path, limits=Limits(max_bytes=100))).code == "too-large"
    assert refusal(frames(path, limits=Limits(max_rows=49))).code == "too-many-rows"
    assert only(End, frames(path, limits=Limits(max_rows=50)))[0].rows == 50


# --- a child that dies ---


def big_json(make: Make) -> Path:
    return make("a.json", "[" + ",".join(['{"iin":1,"surname":"x","name":"y"}'] * 500_000) + "]")


def test_a_file_that_needs_too_much_memory_is_refused_by_name(make: Make) -> None:
    refused = refusal(frames(big_json(make), limits=Limits(memory_bytes=64 * MIB)))
    assert refused.code == "memory"
    assert "64 MB" in refused.why


def test_a_file_that_takes_too_much_computing_is_refused(make: Make) -> None:
    text = f"{HEADER}\n" + f"{GOOD}\n" * 2_000_000
    assert refusal(frames(make("a.csv", text), limits=Limits(cpu_seconds=1, max_rows=10**9))).code in (
        "cpu-time",
    )


def test_a_child_that_says_nothing_in_time_is_refused(make: Make) -> None:
    refused = refusal(frames(big_json(make), limits=Limits(wall_seconds=0.05)))
    assert refused.code == "wall-time"


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in text.split()]


def server() -> int:
    """The running server's process."""
    return child._running().process.pid


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, "reader-killed"), (signal.SIGABRT, "memory"), (signal.SIGSEGV, "reader-crashed")],
)
def test_a_child_killed_in_mid_file_ends_in_a_refusal(make: Make, number: int, code: str) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 500_000)
    reading = child.parse(path, "a.csv", vocabulary=WORDS, limits=LIMITS)
    seen = [next(reading), next(reading), next(reading)]
    (reader,) = children_of(server())
    os.kill(reader, number)
    seen += reading
    assert refusal(seen).code == code


def test_a_caller_that_stops_early_leaves_no_child_and_no_zombie(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 500_000)
    reading = child.parse(path, "a.csv", vocabulary=WORDS, limits=LIMITS)
    next(reading)
    assert children_of(server())
    reading.close()  # type: ignore[attr-defined]
    assert eventually(lambda: not children_of(server()))


def test_a_slow_caller_does_not_use_up_the_childs_time(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 100_000)
    reading = child.parse(path, "a.csv", vocabulary=WORDS, limits=Limits(wall_seconds=2.0))
    next(reading)
    time.sleep(2.2)
    assert isinstance(list(reading)[-1], End)


def test_a_killed_server_is_our_fault_and_is_replaced(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 500_000)
    reading = child.parse(path, "a.csv", vocabulary=WORDS, limits=LIMITS)
    next(reading)
    children = children_of(server())
    os.kill(server(), signal.SIGKILL)
    for reader in children:
        os.kill(reader, signal.SIGKILL)
    with pytest.raises(child.ParserLostError, match="to be read again"):
        list(reading)
    assert isinstance(frames(path)[-1], End)


def test_two_files_are_read_at_once(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 20_000)
    one = child.parse(path, "a.csv", vocabulary=WORDS, limits=LIMITS)
    two = child.parse(path, "a.csv", vocabulary=WORDS, limits=LIMITS)
    next(one)
    assert len(table(list(two))) == 20_000
    assert isinstance(list(one)[-1], End)


def test_no_descriptor_is_left_open(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n{GOOD}\n")
    frames(path)
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        frames(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert eventually(lambda: not children_of(server()))


PARENT = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from worker.intake.child import parse, _running
from worker.intake.frames import FeedWords, Limits
columns = {{"iin": ("жсн",), "surname": ("тегі",), "name": ("аты",)}}
words = {{"roster": FeedWords(columns, frozenset({{"iin"}}))}}
reading = parse(Path({path!r}), "a.csv", vocabulary=words, limits=Limits())
print(type(next(reading)).__name__, _running().process.pid, flush=True)
time.sleep({sleep})
print(type(list(reading)[-1]).__name__, flush=True)
with open({marker!r}, "a") as marker:
    marker.write("x")
"""


def script(make: Make, tmp_path: Path, *, sleep: int) -> list[str]:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 500_000)
    text = PARENT.format(root=str(ROOT), path=str(path), sleep=sleep, marker=str(tmp_path / "ran"))
    return [sys.executable, "-W", "error", str(make("console_script", text))]


def test_a_console_script_without_a_main_guard_runs_once(make: Make, tmp_path: Path) -> None:
    done = subprocess.run(
        script(make, tmp_path, sleep=0), capture_output=True, text=True, timeout=60, check=True
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["Opened", "End"]
    assert done.stderr == ""
    assert (tmp_path / "ran").read_text() == "x"


def test_when_the_parent_is_killed_nothing_of_ours_remains(make: Make, tmp_path: Path) -> None:
    with subprocess.Popen(script(make, tmp_path, sleep=60), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        running = int(parent.stdout.readline().split()[1])
        family = [running, *children_of(running)]
        parent.kill()
    assert len(family) == 2
    assert eventually(lambda: not any(alive(pid) for pid in family))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_child_is_small_and_confined(make: Make) -> None:
    path = make("a.csv", f"{HEADER}\n" + f"{GOOD}\n" * 500_000)
    reading = child.parse(path, "a.csv", vocabulary=WORDS, limits=LIMITS)
    next(reading)
    (reader,) = children_of(server())
    limits = Path(f"/proc/{reader}/limits").read_text(encoding="ascii")
    status = Path(f"/proc/{reader}/status").read_text(encoding="ascii")
    loaded = Path(f"/proc/{reader}/maps").read_text(encoding="utf-8")
    reading.close()  # type: ignore[attr-defined]
    found = {line[:25].strip(): line[25:].split()[0] for line in limits.splitlines()}
    assert found["Max file size"] == found["Max core file size"] == "0"
    assert found["Max address space"] == str(LIMITS.memory_bytes)
    assert found["Max cpu time"] == str(LIMITS.cpu_seconds)
    assert "Umask:\t0077" in status
    assert not any(heavy in loaded for heavy in ("polars", "sqlalchemy", "numpy", "numba"))
