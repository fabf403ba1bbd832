"""Every registered person is answered: what no mail reaches is the operator's, once, and nothing stops the rest."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from sites import (
    ADMITTED,
    CONTEST,
    LISTED,
    RANKED,
    REGISTERED,
    REGISTRATIONS,
    SAT_FIRST,
    SAT_SECOND,
    Bench,
    Person,
    csv_of,
    made_up_iin,
    make_site,
    pupils,
    roster,
    small_season,
)

from jobs.calendar import instant
from worker import audit
from worker.commands.mail import list_mail
from worker.commands.rehearse import adjust
from worker.deliver.lists import ADMISSION_LIST
from worker.deliver.mail import Letters
from worker.pseudonyms import Pseudonyms
from worker.rehearsal.mail_server import Behaviour, Moment, mail_server, obliging
from worker.store import messages, publications, tables
from worker.store.messages import NewMessage
from worker.store.publications import Publication

ROOT = Path(__file__).parents[2]
LETTERS = Letters(ROOT / "templates")
AT = datetime(2026, 6, 8, 5, tzinfo=UTC)
SECRET = Pseudonyms(b"a secret of these tests")


@contextmanager
def working(folder: Path, behaviour: Behaviour = obliging) -> Iterator[Bench]:
    with mail_server(folder / "mailbox", behaviour) as (host, port):
        root = make_site(folder / "site")
        adjust(root, host, port)
        made = Bench(root)
        try:
            yield made
        finally:
            made.close()


def at(local: str) -> datetime:
    return instant(local, "Asia/Almaty")


def refusing(address: str) -> Behaviour:
    def behaviour(moment: Moment) -> str | None:
        return "550 5.1.1 no such user" if (moment.step, moment.recipient) == ("rcpt", address) else None

    return behaviour


def unlisted(number: int, email: str) -> tuple[object, ...]:
    guardian = made_up_iin(number, born=datetime(1980, 1, 1, tzinfo=UTC).date(), century=3)
    made = f"2026-01-20 10:{number % 60:02}:00"
    return (Person(number).iin, guardian, f"8701000{number:04}", 1, email, "ru", 1, made)


def by_hand(bench: Bench, pattern: str) -> list[dict[str, str]]:
    (path,) = (bench.site.outbox / "operator" / CONTEST).glob(f"letters-by-hand-{pattern}.csv")
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def content(**changes: Any) -> dict[str, Any]:
    whole = {
        "template": "answer",
        "contest": {"id": CONTEST, "title": {"kk": "Мың бала", "ru": "Мың бала", "en": "Myn Bala"},
                    "regulation": "002"},
        "organisation": "Оператор", "person": None, "phone": "+77010000001",
        "outcome": {"verdict": "out", "stage": "registration", "stage_title": "registration", "clause": "3",
                    "code": "not-listed", "facts": {"hint": ""}, "why": "not on the list"},
        "result": None, "admission": None, "admission_reason": None, "public_code": "K7-204",
        "diploma": None,
    }  # fmt: skip
    return whole | changes


def queue(bench: Bench, *contents: dict[str, Any]) -> None:
    new = [
        NewMessage(f"m-{n}", CONTEST, f"person-{n}", "answer", None, f"f-{n}@mail.example", "ru", one)
        for n, one in enumerate(contents, start=1)
    ]
    with bench.parts.engine.begin() as connection:
        messages.queue(connection, new, bench.clock.now())


def intend(bench: Bench, *intended: Publication) -> None:
    with bench.parts.engine.begin() as connection:
        for each in intended:
            publications.intend(connection, each, run_id=None, now=bench.clock.now())


# --- who gets no mail ---


def test_a_refused_address_and_a_missing_one_both_reach_the_operator_once(tmp_path: Path) -> None:
    with working(tmp_path, refusing("gone@family.example")) as bench:
        people = [unlisted(901, "family@family.example"), unlisted(902, "gone@family.example")]
        bench.drop("list.csv", roster(pupils(5)))
        registrations = csv_of(REGISTRATIONS, [*people, unlisted(903, "")])
        bench.work(at(LISTED))
        bench.drop("registrations.csv", registrations, sender="platform")
        bench.work(at(REGISTERED))
        (without,) = by_hand(bench, "registration")
        (refused,) = by_hand(bench, "undelivered-*")
        bench.work()
        assert len(by_hand(bench, "undelivered-*")) == 1
        states = {row["person"]: (row["state"], row["by_hand"]) for row in bench.rows(tables.messages)}
        chain = [entry["event"] for entry in bench.rows(tables.audit)]
    assert states == {
        Person(901).iin: ("sent", False),
        Person(902).iin: ("failed", True),
        Person(903).iin: ("no-address", True),
    }
    assert (without["phone"][-4:], without["fault"]) == ("0903", "")
    assert (refused["phone"][-4:], refused["fault"]) == ("0902", "550 5.1.1 no such user")
    assert "Время регистрации: 20.01.2026 10:02" in refused["text"]
    assert chain.count("mail.by-hand") == 1


def test_a_letter_that_cannot_be_written_is_listed_and_keeps_no_other_back(tmp_path: Path) -> None:
    with working(tmp_path, refusing("f-1@mail.example")) as bench:
        queue(bench, content(), content(outcome=None), content(contest={}))
        bench.work()
        rows = {row["message"]: row for row in by_hand(bench, "undelivered-*")}
    assert rows["m-1"]["text"].startswith("Здравствуйте")
    assert {row["phone"] for row in rows.values()} == {"'+77010000001"}
    assert rows["m-2"]["text"] == rows["m-3"]["text"] == ""
    assert "message m-2: content.outcome" in rows["m-2"]["fault"]


def test_an_unforeseen_fault_of_a_letter_is_a_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(tmp_path) as bench:
        write = Letters.write

        def broken(self: Letters, row: Any) -> Any:
            if row.id == "m-2":
                raise ZeroDivisionError("a name")
            return write(self, row)

        monkeypatch.setattr(Letters, "write", broken)
        queue(bench, content(), content())
        bench.work()
        (row,) = by_hand(bench, "undelivered-*")
    assert (row["message"], row["fault"]) == ("m-2", "not composed: ZeroDivisionError; ZeroDivisionError")


def test_the_mark_and_the_publication_are_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    with working(tmp_path, refusing("f-1@mail.example")) as bench:
        queue(bench, content())
        with monkeypatch.context() as patch, pytest.raises(OSError, match="disk"):
            patch.setattr(audit, "record", broken)
            bench.worker.turn()
        assert [(row["state"], row["by_hand"]) for row in bench.rows(tables.messages)] == [("failed", False)]
        bench.work()
        assert len(by_hand(bench, "undelivered-*")) == 1


# --- what cannot be published ---


def test_a_publication_that_cannot_be_made_is_told_once_and_stops_no_other(tmp_path: Path) -> None:
    with working(tmp_path) as bench:
        intend(
            bench,
            Publication("broken", "operator", CONTEST, "report", {"surname": "Әбілқасымова"}),
            Publication("whole", "operator", CONTEST, "report", {"name": "whole"}),
        )
        for _ in range(3):
            bench.worker.turn()
        told = [facts for event, facts in bench.events if event == "publish.failed"]
        states = {row["id"]: row["state"] for row in bench.rows(tables.publications)}
    assert (states["broken"], states["whole"]) == ("intended", "published")
    (one,) = told
    assert one["publication"] == "broken"
    assert one["why"].startswith("KeyError at documents.py:")


def test_a_name_no_font_has_keeps_no_school_without_its_list(tmp_path: Path) -> None:
    pupil = {"iin": made_up_iin(1), "surname": "☃", "name": "Әсем", "patronymic": None, "school": "№5",
             "region": "10", "language": "kk", "boarding": True, "preference": 1, "score": 30}  # fmt: skip
    listed = {"contest": CONTEST, "title": {"kk": "Мың бала"}, "edition": "2026", "regulation": "002",
              "organisation": "Оператор", "date": "2026-06-08", "rulebook": "0" * 64, "school_id": "S",
              "school": "№1", "number": "N", "rows": [pupil]}  # fmt: skip
    with working(tmp_path) as bench:
        intend(bench, Publication("list", "school-S", CONTEST, ADMISSION_LIST, listed))
        bench.work()
        home = bench.site.outbox / "school-S" / CONTEST
        names = {path.name for path in home.iterdir() if path.suffix != ".p7s"}
        why = (home / "UNPRINTABLE.txt").read_text(encoding="utf-8")
    assert names == {"admission-list.csv", "admission-list.xml", "UNPRINTABLE.txt"}
    assert "U+2603" in why
    assert "☃" not in why


# --- pseudonyms ---


def test_a_diploma_tells_nobody_the_row_of_the_public_list() -> None:
    public = SECRET.code(CONTEST, "person")
    diploma = SECRET.code(CONTEST, "person", "diploma", "2026")
    assert public == SECRET.code(CONTEST, "person", "public")
    assert len({public, diploma, SECRET.code(CONTEST, "person", "diploma", "2027")}) == 3


# --- what letters say ---


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ({"by_lot": True}, "жребием"),
        ({"decided": "criteria"}, "критериями"),
        ({"decided": "order"}, "без жребия"),
    ],
)
@pytest.mark.parametrize("code", ["full", "boarding-full"])
def test_a_score_equal_to_the_cut_off_is_never_left_unexplained(
    code: str, fact: dict[str, object], words: str
) -> None:
    text = LETTERS.words.reason("ru", code, {"cutoff": 41, "score": 41} | fact)
    assert "принятого: 41" in text
    assert words in text


def test_a_ruling_names_who_decided_and_the_ground_if_there_is_one() -> None:
    facts = {"decision": "annul", "request": "r.1", "who": "Комиссия по честности"}
    short = LETTERS.words.reason("ru", "ruled", facts)
    long = LETTERS.words.reason("ru", "ruled", facts | {"ground": "объяснения нет"})
    assert "Комиссия по честности" in short
    assert "Обоснование" not in short
    assert "Обоснование: объяснения нет" in long


# --- the command ---


def test_mail_list_shows_what_needs_a_person_and_refuses_a_state_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_site(tmp_path)
    bench = Bench(root)
    queue(bench, *(content() for _ in range(4)))
    with bench.parts.engine.begin() as connection:
        changes: dict[str, dict[str, object]] = {
            "m-1": {"state": "deferred", "attempts": 1, "reply": "451 later"},
            "m-2": {"state": "deferred", "attempts": 2, "reply": "451 later"},
            "m-3": {"state": "deferred", "attempts": 1, "reply": "the relay r:25 cannot be used: x."},
            "m-4": {"state": "failed"},
        }
        for name, values in changes.items():
            connection.execute(tables.messages.update().where(tables.messages.c.id == name).values(**values))
    bench.close()
    list_mail(root, None, as_json=True)
    assert [row["message"] for row in json.loads(capsys.readouterr().out)] == ["m-2", "m-3", "m-4"]
    list_mail(root, ["deferred"], as_json=True)
    assert [row["message"] for row in json.loads(capsys.readouterr().out)] == ["m-1", "m-2", "m-3"]
    with pytest.raises(typer.BadParameter, match="no-address, queued, claimed"):
        list_mail(root, ["foo"], as_json=False)


# --- a season ---


def test_a_season_s_letters_name_who_decided_and_its_diplomas_the_clause_of_the_winners(
    tmp_path: Path,
) -> None:
    people = [Person(1, right=39, copies=True), Person(2, right=39, copies=True), Person(3), Person(4)]
    with working(tmp_path) as bench:
        for path, data in small_season(people).items():
            sender, _, name = path.split("/")
            bench.drop(name, data, sender)
        bench.work(at(SAT_FIRST))
        asked = [row for row in bench.rows(tables.subjects) if row["entry"] == people[0].iin]
        answers = [
            (
                row["request_id"],
                row["subject"],
                "annul",
                "объяснительной нет.",
                "Төраға",
                "2026-02-26 10:00:00",
            )
            for row in asked
        ]
        headers = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
        bench.drop("answers.csv", csv_of(headers, answers), sender="commission")
        bench.work(at("2026-02-26 12:00"))
        others = [
            (row["request_id"], row["subject"], "keep", "", "Төраға", "2026-02-27 10:00:00")
            for row in bench.rows(tables.subjects)
            if row["entry"] == people[1].iin
        ]
        bench.drop("answers-2.csv", csv_of(headers, others), sender="commission")
        for moment in (SAT_SECOND, RANKED, ADMITTED):
            bench.work(at(moment))
        found = {row["person"]: json.loads(row["content"]) for row in bench.rows(tables.messages)}
        codes = {row["public_code"] for row in found.values()}
    facts = found[people[0].iin]["outcome"]["facts"]
    assert facts["ground"] == "объяснительной нет"
    assert facts["who"] == "Академиялық адалдық комиссиясы"
    diploma = found[people[2].iin]["diploma"]
    assert diploma["clause"] == "12"
    assert not any(code in diploma["number"] for code in codes)
