"""Hostile files through the real worker: each ends in a clear outcome, the others are done, nobody is named."""

import csv
import io
import os
import re
import socket
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import xlsxwriter
from sites import (
    ADMITTED,
    CONTEST,
    RANKED,
    REGISTERED,
    ROSTER,
    SAT_FIRST,
    SAT_SECOND,
    START,
    Bench,
    Person,
    baiqau,
    bench,
    change,
    csv_of,
    made_up_iin,
    make_site,
    pdf_text,
    pupil,
    pupils,
    rehearsed,
    roster,
    small_season,
)
from sqlalchemy import select

from jobs.calendar import instant
from worker.commands.rehearse import adjust
from worker.rehearsal.mail_server import Moment, mail_server
from worker.rehearsal.people import answer_requests
from worker.store import tables
from worker.store.database import open_database

ZONE = "Asia/Almaty"
GOOD = "good.csv"
XML_ROW = "<list><pupil><iin>{}</iin><surname>Үлгі</surname><name>Ән</name><school>№1</school></pupil></list>"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "site") as made:
        yield made


# --- files ---


def _doctype() -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE list SYSTEM "file:///etc/passwd">{XML_ROW.format(1)}'.encode()


def _billion_laughs() -> bytes:
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ха">' for n in range(10)
    )
    return f'<?xml version="1.0"?><!DOCTYPE list [{laughs}]>{XML_ROW.format("&l9;")}'.encode()


def _zipped(name: str, data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def _zip_bomb() -> bytes:
    return _zipped("list.csv", b"0" * (300 << 20))


def _workbook_bomb() -> bytes:
    """A workbook of 300 KB whose one sheet unpacks to 300 MB."""
    sink = io.BytesIO(_workbook([ROSTER]))
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (300 << 20))
    return sink.getvalue()


def _workbook(rows: list[tuple[object, ...]]) -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet()
    for line, row in enumerate(rows):
        page.write_row(line, 0, row)
    book.close()
    return sink.getvalue()


def _sparse_workbook() -> bytes:
    """1.4 KB; a cell at A1 and one in the last place that Excel has."""
    spread = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{spread}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{spread}.worksheet+xml"/></Types>',
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return sink.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _relation(kind: str, target: str) -> str:
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (
        f'<Relationships xmlns="{package}">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/{kind}" Target="{target}"/></Relationships>'
    )


def _only_with_a_nul() -> bytes:
    return roster([pupil(1, surname="Үл\0гі")])


REFUSED_FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a DOCTYPE": ("list.xml", _doctype, "doctype"),
    "a billion laughs": ("list.xml", _billion_laughs, "doctype"),
    "broken XML": ("list.xml", XML_ROW[:-9].encode, "not-well-formed"),
    "a zip bomb": ("list.zip", _zip_bomb, "zip-bomb"),
    "a workbook that is a bomb": ("list.xlsx", _workbook_bomb, "zip-bomb"),
    "a sparse workbook": ("list.xlsx", _sparse_workbook, "sparse-sheet"),
    "an archive in an archive": ("list.zip", lambda: _zipped("a.zip", _zipped("b", b"1")), "nested-archive"),
    "a NUL in the only row": ("list.csv", _only_with_a_nul, "no-good-row"),
    "KOI8-R": ("list.csv", lambda: ("Фамилия;Имя\n" + "Сидоров;Иван\n" * 40).encode("koi8-r"), "wrong-encoding"),
    "UTF-32": ("list.csv", lambda: roster(pupils(2)).decode().encode("utf-32"), "wrong-encoding"),
    "UTF-8 that breaks off": ("list.csv", lambda: roster(pupils(9)) + b"\xd2", "wrong-encoding"),
    "another name than content": ("list.xlsx", lambda: roster(pupils(3)), "extension-lies"),
    "a web page": ("list.csv", lambda: b"<html><table><tr><td>1</td></tr></table></html>", "html"),
    "a PDF": ("list.pdf", lambda: b"%PDF-1.7\n", "not-a-table"),
    "nothing": ("list.csv", lambda: b"", "empty-file"),
    "a header alone": ("list.csv", lambda: roster([]), "no-rows"),
    "headers of nothing we know": ("list.csv", lambda: b"a,b,c\n1,2,3\n", "no-feed"),
    "one line without an end": ("list.csv", lambda: b"x" * (2 << 20), "line-too-long"),
    "three thousand columns": (
        "list.csv",
        lambda: csv_of((*ROSTER, *(f"x{n}" for n in range(3_000))), [(*pupil(1), *range(3_000))]),
        "too-many-columns",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_hostile_file_is_refused_with_a_code_and_its_neighbour_is_taken(site: Bench, case: str) -> None:
    name, make, code = REFUSED_FILES[case]
    site.drop(name, make())
    site.drop(GOOD, roster(pupils(2)))
    site.work()
    assert site.outcomes() == {name: ("refused", code), GOOD: ("accepted", None)}
    delivery = site.delivery(name)
    assert site.reason(delivery)["code"] == code
    assert site.receipt(delivery)["business"]["outcome"] == "refused"
    assert re.fullmatch(r"[^\n]{10,300}\.", delivery["why"]), "one sentence"
    assert len(site.counted("roster")) == 2
    assert site.left_in_inbox() == []
    assert site.at_rest()


def test_the_worker_outlives_them_all_at_once(site: Bench) -> None:
    for number, (name, make, _) in enumerate(REFUSED_FILES.values()):
        site.drop(f"{number:02}-{name}", make())
    site.drop(GOOD, roster(pupils(2)))
    site.work()
    codes = [code for _, (state, code) in sorted(site.outcomes().items()) if state == "refused"]
    assert codes == [code for _, _, code in REFUSED_FILES.values()]
    assert site.outcomes()[GOOD] == ("accepted", None)
    assert site.at_rest()


BAD_ROWS = {
    "ragged": ((*pupil(7), "more"), "ragged-row"),
    "short": (pupil(7)[:-2], "ragged-row"),
    "a NUL": (pupil(7, surname="Үл\0гі"), "nul-character"),
    "U+202E in a name": (pupil(7, name="Ән\u202eнӘ"), "bidi-character"),
    "an invisible character": (pupil(7, name="Ә\u200bн"), "control-character"),
    "an endless cell": (pupil(7, name="Ә" * 40_000), "cell-too-long"),
    "lost digits": (pupil(7, iin="1.30406E+11"), "digits-lost"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_hostile_row_is_refused_by_line_and_the_others_are_taken(site: Bench, case: str) -> None:
    row, code = BAD_ROWS[case]
    site.drop("list.csv", roster([pupil(0), row, pupil(1)]))
    site.work()
    delivery = site.delivery("list.csv")
    assert (delivery["state"], delivery["rows"], delivery["refused_rows"]) == ("partial", 2, 1)
    (refused,) = site.receipt(delivery)["business"]["refused"]
    assert (refused["line"], refused["code"]) == (3, code)
    assert [each["iin"] for each in site.counted("roster")] == [made_up_iin(0), made_up_iin(1)]


def test_rows_before_the_fault_that_refuses_a_file_are_void(site: Bench) -> None:
    """Enough rows that some were stored before the reader met the fault; one of them is refused as a row."""
    rows = [pupil(0, grade="six"), *pupils(9000, first=1)]
    site.drop("list.csv", roster(rows) + b"\xff\xff\n")
    site.work()
    delivery = site.delivery("list.csv")
    assert (delivery["state"], delivery["code"], delivery["rows"]) == ("refused", "wrong-encoding", 0)
    assert site.counted("roster") == []
    assert site.receipt(delivery)["business"]["rows_accepted"] == 0


# --- what is no file, who is no sender ---


def test_a_pipe_a_socket_and_a_link_are_refused_unread(site: Bench, tmp_path: Path) -> None:
    os.mkfifo(site.folder() / "pipe.csv")
    (site.folder() / "link.csv").symlink_to("/etc/passwd")
    with closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind(str(tmp_path / "s"))
        (tmp_path / "s").rename(site.folder() / "socket.csv")
        site.drop(GOOD, roster(pupils(1)))
        site.work()
    assert site.outcomes() == {
        "pipe.csv": ("refused", "pipe"),
        "link.csv": ("refused", "link"),
        "socket.csv": ("refused", "socket"),
        GOOD: ("accepted", None),
    }
    assert site.left_in_inbox() == []
    assert Path("/etc/passwd").is_file()
    assert site.at_rest()


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    root = make_site(tmp_path / "site")
    change(root, 'file = "512MB"', 'file = "64KB"')
    made = Bench(root)
    made.drop("large.csv", roster(pupils(2000)))
    made.drop(GOOD, roster(pupils(2)))
    made.work()
    assert made.outcomes() == {"large.csv": ("refused", "too-large"), GOOD: ("accepted", None)}
    assert made.receipt(made.delivery("large.csv"))["transport"]["bytes"] == len(roster(pupils(2000)))
    assert made.left_in_inbox() == []
    made.close()


def test_more_rows_than_allowed_refuse_the_file(tmp_path: Path) -> None:
    root = make_site(tmp_path / "site")
    change(root, "rows = 2000000", "rows = 10")
    made = Bench(root)
    made.drop("long.csv", roster(pupils(11)))
    made.drop(GOOD, roster(pupils(10)))
    made.work()
    assert made.outcomes() == {"long.csv": ("refused", "too-many-rows"), GOOD: ("accepted", None)}
    made.close()


def test_an_unregistered_sender_is_answered_through_the_operator(site: Bench) -> None:
    site.drop("list.csv", roster(pupils(2)), sender="village-school")
    site.drop(GOOD, roster(pupils(2)))
    site.work()
    assert site.outcomes() == {"list.csv": ("refused", "unknown-sender"), GOOD: ("accepted", None)}
    delivery = site.delivery("list.csv")
    assert site.receipt(delivery, "operator")["business"]["code"] == "unknown-sender"
    assert site.accepted_by_openssl(site.receipt_path(delivery, "operator"))
    assert not (site.site.outbox / "village-school").exists()


def test_a_feed_the_sender_may_not_drop_is_refused_and_named(site: Bench) -> None:
    site.drop("list.csv", roster(pupils(2)), sender="test-centre")
    site.work()
    delivery = site.delivery("list.csv")
    assert (delivery["state"], delivery["code"]) == ("refused", "feed-not-allowed")
    assert "keys, sheets" in delivery["why"]
    assert site.counted("roster") == []


def test_a_contest_the_sender_has_nothing_to_do_with_is_refused(site: Bench) -> None:
    site.drop("list.csv", roster(pupils(2)), contest="elbasy-medal")
    site.work()
    assert site.outcomes() == {"list.csv": ("refused", "contest-not-allowed")}
    assert site.at_rest()


def test_a_decision_nobody_asked_for_and_one_that_contradicts_itself_are_refused(site: Bench) -> None:
    season = small_season([Person(number, copies=True) for number in range(3)])
    for path, data in season.items():
        (site.site.inbox / path).write_bytes(data)
    site.work(instant(SAT_FIRST, ZONE))
    one, other, third = [(row["request_id"], row["subject"]) for row in site.rows(tables.subjects)]
    headers = ("request_id", "subject", "decision", "decided_by", "decided_at")
    signed = ("Комиссия", "2026-02-26 10:00:00")
    rows = [
        (*one, "keep", *signed),
        (*one, "annul", *signed),
        (one[0], "AAAA-AAAA", "keep", *signed),
        (*other, "perhaps", *signed),
        (*third, "keep", *signed),
    ]
    site.drop("decisions.csv", csv_of(headers, rows), sender="commission")
    site.work()
    delivery = site.delivery("decisions.csv")
    found = [(row["line"], row["code"]) for row in site.receipt(delivery)["business"]["refused"]]
    assert sorted(found) == [
        (2, "decided-twice"),
        (3, "decided-twice"),
        (4, "not-asked"),
        (5, "no-such-choice"),
    ]
    assert [(row["subject"], row["decision"]) for row in site.counted("decisions")] == [(third[1], "keep")]


# --- formulas ---


FORMULA = '=HYPERLINK("http://evil.example","x")'


def test_a_formula_in_a_cell_is_kept_as_text_and_comes_out_harmless(tmp_path: Path) -> None:
    with rehearsed(make_site(tmp_path / "site"), START) as made:
        files = dict(small_season([Person(0), Person(1)]))
        cell = '"' + FORMULA.replace('"', '""') + '"'
        files["ministry/myn-bala/list.csv"] = (
            files["ministry/myn-bala/list.csv"].decode().replace("№5 ауыл мектебі", cell).encode()
        )
        for path, data in files.items():
            (made.site.inbox / path).write_bytes(data)
        for moment in (REGISTERED, SAT_FIRST, SAT_SECOND, RANKED, ADMITTED):
            made.work(instant(moment, ZONE))
        assert made.receipt(made.delivery("list.csv"))["business"]["repairs"]["formula-like-text"] == 2
        published = list(made.site.outbox.rglob("*.csv"))
        text = (made.site.outbox / "school-SP-01" / CONTEST / "admission-list.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["school"] for row in rows} == {"'" + FORMULA}
    assert len(published) > 1
    assert [str(path) for path in published if _starts_a_formula(path)] == []


def test_a_formula_for_a_name_is_refused_with_its_line(tmp_path: Path) -> None:
    with bench(tmp_path / "site") as made:
        made.drop("list.csv", roster([pupil(0, surname=FORMULA), pupil(1)]))
        made.work()
        business = made.receipt(made.delivery("list.csv"))["business"]
    assert [(row["line"], row["column"], row["code"]) for row in business["refused"]] == [
        (2, "surname", "wrong-form")
    ]


def _starts_a_formula(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    return any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


# --- nobody is named where nobody must be ---

CANARY = Person(
    71, surname="Қарақшыұлы", name="Зымыран", right=30, copies=True, email="karakshyuly-z@family.example"
)
SIBLING = Person(72, surname="Қарақшықызы", right=30, copies=True, email="karakshyuly-s@family.example")
WINNER = Person(73, surname="Қарақшыева", right=35, email="karakshyeva@family.example")
BOUNCED = Person(74, surname="Қарақшин", right=33, email="karakshin@family.example")
PEOPLE = [CANARY, SIBLING, WINNER, BOUNCED, Person(75, right=10)]
SECRETS = re.compile(
    "қарақш|karaksh|зымыран|" + "|".join(one.iin for one in PEOPLE) + "|" + made_up_iin(76), re.IGNORECASE
)


@pytest.fixture(scope="module")
def haunted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A season by the real program with a rare surname wherever one can stand; the site and all that was said."""
    root = make_site(tmp_path_factory.mktemp("haunted") / "site")
    inbox = root / "inbox"
    for path, data in (small_season(PEOPLE) | _ghosts()).items():
        (inbox / path).parent.mkdir(parents=True, exist_ok=True)
        (inbox / path).write_bytes(data)
    os.mkfifo(inbox / "ministry" / CONTEST / f"{CANARY.iin} {CANARY.surname}.csv")
    (inbox / "ministry" / CONTEST / f"{CANARY.surname}.xlsx").symlink_to(f"/nowhere/{CANARY.iin}")
    (inbox / "ministry" / CONTEST / f"{CANARY.surname} {CANARY.iin}").mkdir()
    with mail_server(root / "mailbox", _full_mailbox) as (host, port):
        adjust(root, host, port)
        said = [_run(root, SAT_FIRST)]
        (decisions,) = answer_requests(root / "outbox", set(), instant("2026-02-25 12:00", ZONE))
        folder = inbox / "commission" / CONTEST
        (folder / f"{CANARY.surname}.xlsx").write_bytes(decisions.data)
        (folder / "odd.csv").write_bytes(_odd_decisions())
        said += [_run(root, "2026-02-26 12:00", "--json"), _run(root, "2026-06-08 12:00")]
    return root, said


def _ghosts() -> dict[str, bytes]:
    """Files that are refused as a whole or in part, about the same people and named after them."""
    name, iin, again = CANARY.surname, CANARY.iin, made_up_iin(76)
    listed = pupil(71, surname=name)
    ministry = f"ministry/{CONTEST}"
    return {
        f"{ministry}/{name} {iin}.csv": roster(
            [pupil(76, surname=name), pupil(71, surname=name, grade="six")]
        ),
        f"{ministry}/{iin}-ragged.csv": roster([(*listed, name), listed[:-1], pupil(76, name=f"{name}\0")]),
        f"{ministry}/{iin}-nothing.csv": csv_of((name, iin), [(name, iin)]),
        f"{ministry}/{iin}.xml": f'<!DOCTYPE {name} "{iin}"><a/>'.encode(),
        f"{ministry}/{iin}-broken.xml": f"<a><b><iin>{iin}</iin><surname>{name}</sur".encode(),
        f"{ministry}/{name}.json": f'[{{"{name}": "{iin}"}}, {{"iin": "{iin}", '.encode(),
        f"{ministry}/{name}-koi8.csv": (f"ИИН;Фамилия\n{iin};Каракшин\n" * 30).encode("koi8-r"),
        f"{ministry}/{name}.zip": _zipped(f"{name}-{iin}.exe", iin.encode()),
        f"ministry/{name} {iin}/list.csv": roster([listed]),
        f"{name} {iin}/{name}/{name}.csv": roster([listed]),
        f"test-centre/{CONTEST}/{name}.csv": roster([listed]),
        f"platform/{CONTEST}/{name}.csv": csv_of(
            ("iin", "guardian_iin", "phone", "phone_confirmed", "language", "consent", "registered_at"),
            [(again, name, iin, name, iin, name, iin)],
        ),
    }


def _odd_decisions() -> bytes:
    rows = [(CANARY.iin, CANARY.surname, CANARY.iin, CANARY.surname, CANARY.surname, "2026-02-26 10:00:00")]
    return csv_of(("request_id", "subject", "decision", "ground", "decided_by", "decided_at"), rows)


def _full_mailbox(moment: Moment) -> str | None:
    """The server's refusal repeats the address, as real ones do."""
    refused = moment.step == "rcpt" and moment.recipient == BOUNCED.address
    return f"550 5.1.1 <{moment.recipient}> no such mailbox" if refused else None


def _run(root: Path, now: str, *more: str) -> str:
    done = baiqau("run", "--once", "--now", now, "--site", root, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_haunted_season_came_to_its_end(haunted: tuple[Path, list[str]]) -> None:
    """Else the tests below would prove nothing."""
    root, said = haunted
    rows = _database(root)
    assert {row["state"] for row in rows["deliveries"]} == {"accepted", "partial", "refused"}
    assert {row["state"] for row in rows["messages"]} == {"sent", "failed"}
    assert len(rows["feed_decisions"]) == 2
    listed = root / "outbox" / "school-SP-01" / CONTEST / "admission-list.csv"
    assert WINNER.surname in listed.read_text("utf-8-sig")
    assert "intake.refused" in said[0]
    assert '"event": "intake.partial"' in said[1] or '"event": "intake.refused"' in said[1]
    assert "mail.failed" in "".join(said)


def test_no_log_line_names_anybody(haunted: tuple[Path, list[str]]) -> None:
    _, said = haunted
    assert [line for text in said for line in text.splitlines() if SECRETS.search(line)] == []
    assert "Traceback" not in "".join(said)


def test_no_reason_and_no_audit_fact_names_anybody(haunted: tuple[Path, list[str]]) -> None:
    rows = _database(haunted[0])
    texts = [
        *(str(row["why"]) + str(row["column"]) for row in rows["refusals"]),
        *(str(row["why"]) + str(row["code"]) for row in rows["deliveries"]),
        *(str(row["event"]) + str(row["facts"]) for row in rows["audit"]),
        *(str(row["code"]) for row in rows["repairs"]),
        *(str(row["why"]) + str(row["facts"]) for row in rows["verdicts"]),
        *(str(row["id"]) + str(row["recipient"]) + str(row["folder"]) for row in rows["publications"]),
        *(str(row["id"]) for row in rows["messages"]),
    ]
    assert len(texts) > 100
    assert [text for text in texts if SECRETS.search(text)] == []


def test_no_name_of_a_file_we_made_names_anybody(haunted: tuple[Path, list[str]]) -> None:
    root, _ = haunted
    folders = ("outbox", "archive", "quarantine", "diplomas", "mailbox", "work")
    made = [str(path.relative_to(root)) for folder in folders for path in (root / folder).rglob("*")]
    assert len(made) > 100
    assert [name for name in made if SECRETS.search(name)] == []


def test_only_schools_and_senders_are_told_names(haunted: tuple[Path, list[str]]) -> None:
    """A sender's receipt repeats the name of the sender's own file, and a stranger's goes to the operator."""
    root, _ = haunted
    told = {
        str(path.relative_to(root / "outbox"))
        for path in (root / "outbox").rglob("*")
        if path.is_file() and SECRETS.search(_content(path))
    }
    lists = {f"school-SP-01/{CONTEST}/admission-list.{ending}" for ending in ("csv", "xml", "pdf")}
    receipts = {path for path in told if "/receipts/" in path}
    by_hand = {path for path in told if path.startswith(f"operator/{CONTEST}/")}  # whom no mail reaches
    assert told - receipts - by_hand == lists
    assert not any(_names_more_than_the_file(root / "outbox" / path) for path in receipts)


def _content(path: Path) -> str:
    if path.suffix == ".pdf":
        return pdf_text(path)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def _names_more_than_the_file(receipt: Path) -> bool:
    ours = (
        line
        for line in receipt.read_text("utf-8").splitlines()
        if not re.match(r'\s*"(name|contest|sender)":', line)
    )
    return any(SECRETS.search(line) for line in ours)


def _database(root: Path) -> dict[str, list[dict[str, object]]]:
    engine = open_database(f"sqlite:///{root}/baiqau.db")
    with engine.begin() as connection:
        found = {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in tables.metadata.tables.items()
        }
    engine.dispose()
    return found
