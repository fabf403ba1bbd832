"""A small season with awards: who is entered, their results in two subjects, and the answers of the jury."""

import atexit
import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path

from sites import Bench, csv_of

from jobs.calendar import instant
from worker.commands.init import init_site
from worker.commands.rehearse import adjust
from worker.rehearsal.mail_server import Behaviour, mail_server, obliging
from worker.store import tables

CONTEST = "subject-olympiad"
SENDER = "trial"
RULEBOOK = """
contest = "subject-olympiad"
regulation = "004, annex 2"
edition = "2025-2026"
timezone = "Asia/Almaty"
contact = "entered"

[title]
kk = "Жалпы білім беретін пәндер бойынша республикалық олимпиада"
ru = "Республиканская олимпиада по общеобразовательным предметам"
en = "Republican olympiad in general school subjects"

[season]
entered = { at = "2026-03-01 09:00" }
results = { at = "2026-04-03 18:00" }

[ask.jury]
title = { kk = "Қазылар алқасы", ru = "Жюри", en = "The jury" }
clause = "29"
kind = "group"
choices = { extend = "in", exclude = "out" }

[ask.jury-diplomas]
title = { kk = "Қазылар алқасы", ru = "Жюри", en = "The jury" }
clause = "29"
kind = "group"
choices = { upper = "in", lower = "in" }

[[stage]]
id = "entered"
title = { kk = "өтінімдер", ru = "заявки", en = "applications" }
clause = "19"
entries = "entrants"
key = ["participant", "nomination"]
person = "participant"
decided = "entered"

[[stage]]
id = "took-part"
title = { kk = "қатысушылар", ru = "участники", en = "participants" }
clause = "28"
entries = "results"
key = ["participant", "subject"]
person = "participant"
decided = "results"
deliver = ["certificates"]

[[stage]]
id = "winners"
title = { kk = "жеңімпаздар", ru = "победители", en = "winners" }
clause = "28, 29"
entries = "took-part"
person = "participant"
decided = "results"
deliver = ["diplomas", "protocol", "refusals"]

[[stage.step]]
clause = "28, 29"
job = "qualify"
per = ["subject", "grade"]
points = "score"
share = "45 %"
ties = "ask"
ask = "jury"
reading = "Q42: 45 % rounded to the nearest, a half up"

[[stage.step]]
clause = "28, 29"
job = "award"
per = ["subject", "grade"]
points = "score"
awards = ["I", "II", "III"]
shares = ["20 %", "30 %", "50 %"]
ties = "ask"
ask = "jury-diplomas"
"""
ENTRANTS = (
    "participant",
    "nomination",
    "surname",
    "name",
    "patronymic",
    "school",
    "region",
    "phone",
    "email",
    "language",
)
RESULTS = ("participant", "subject", "grade", "region", "score")
DECISIONS = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
SENDERS = f"""
[senders.{SENDER}]
contests = ["{CONTEST}"]
feeds = ["entrants", "projects", "results", "rescores", "decisions"]
complete = "stable"
"""
LATE = "2026-04-03 19:00"


@dataclass(frozen=True)
class Pupil:
    """Somebody with results; `scores`: subject to points."""

    id: str
    surname: str
    name: str
    patronymic: str
    scores: dict[str, str]
    language: str = "kk"
    email: str | None = "usual"
    school: str = "№5 мектеп-гимназия"

    @property
    def address(self) -> str:
        return f"{self.id}@mail.example" if self.email == "usual" else self.email or ""


LONG = Pupil(
    "P-03", "Құлмұхаммедқызы-Әбдірахманова", "Ғазизагүл-Нұрсұлу", "Мұхаммедсәлімжанқызы",
    {"Математика": "58", "Қазақстан тарихы": "50"},
    school="Шоқан Уәлиханов атындағы № 123 мамандандырылған үш тілде оқытатын дарынды балаларға арналған "
    "лицей-интернаты, Өскемен қаласы",
)  # fmt: skip
PUPILS = (
    Pupil("P-01", "Әбілқасымова", "Гүлнұр", "Ерғалиқызы", {"Математика": "60"}),
    Pupil("P-02", "Белозёров", "Иван", "Андреевич", {"Математика": "59.5"}, "ru"),
    LONG,
    Pupil("P-04", "Ғабитов", "Өміржан", "", {"Математика": "40", "Қазақстан тарихы": "30"}),
    Pupil("P-05", "Журавлёва", "София", "Викторовна", {"Математика": "40", "Қазақстан тарихы": "30"}, "ru"),
    Pupil("P-06", "Һаронов", "Ұлан", "Іңкәрұлы", {"Математика": "20", "Қазақстан тарихы": "20"}, email=None),
    Pupil("P-07", "Титова", "Ева", "Олеговна", {"Математика": "0"}, "ru"),
)
"""Seven sat mathematics: three places and no tie. Four sat history: two places, and two are level at the second."""


@cache
def _pattern() -> Path:
    """A new site, made once: keys take a while."""
    home = Path(tempfile.mkdtemp(prefix="baiqau-awards-"))
    atexit.register(shutil.rmtree, home)
    init_site(home / "site", [CONTEST], quietly=True)
    return home / "site"


@contextmanager
def season(
    folder: Path, pupils: Sequence[Pupil] = PUPILS, rulebook: str = RULEBOOK, behaviour: Behaviour = obliging
) -> Iterator[Bench]:
    """A site on which entrants and results have been dropped; nothing is decided yet."""
    root = folder / "site"
    shutil.copytree(_pattern(), root)
    (root / "contests" / f"{CONTEST}.toml").write_text(rulebook, encoding="utf-8")
    path = root / "settings.toml"
    path.write_text(path.read_text(encoding="utf-8") + SENDERS, encoding="utf-8")
    with mail_server(folder / "mailbox", behaviour) as (host, port):
        adjust(root, host, port)
        made = Bench(root)
        try:
            drop(made, "entrants.csv", ENTRANTS, entrants(pupils))
            drop(made, "results.csv", RESULTS, results(pupils))
            yield made
        finally:
            made.close()


def entrants(pupils: Sequence[Pupil]) -> list[tuple[object, ...]]:
    return [
        (one.id, subject, one.surname, one.name, one.patronymic, one.school, "KZ-63", "", one.address, one.language)
        for one in pupils
        for subject in one.scores
    ]  # fmt: skip


def results(pupils: Sequence[Pupil]) -> list[tuple[object, ...]]:
    return [(one.id, subject, 10, "KZ-63", score) for one in pupils for subject, score in one.scores.items()]


def drop(bench: Bench, name: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    bench.drop(name, csv_of(headers, rows), SENDER, CONTEST)


def at(local: str) -> datetime:
    return instant(local, "Asia/Almaty")


def asked(bench: Bench) -> dict[str, str]:
    """Subject (a group or a person's code) to the request that asks about it."""
    return {row["subject"]: row["request_id"] for row in bench.rows(tables.subjects)}


def answer(bench: Bench, choices: dict[str, str], ground: str = "алқаның 7-хаттамасы") -> None:
    """Drop a decision on each of these subjects and let the worker work."""
    known = asked(bench)
    rows = [
        (known[subject], subject, choice, ground, "Төрайым Ш. Ізтілеуова (үлгі)", "2026-04-03 20:00:00")
        for subject, choice in choices.items()
    ]
    drop(bench, "decisions.csv", DECISIONS, rows)
    bench.work(at("2026-04-03 21:00"))


def mails(folder: Path) -> list[EmailMessage]:
    """Every mail that left."""
    files = sorted((folder / "mailbox").glob("*.eml"))
    found = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def to(folder: Path, address: str, kind: str) -> list[EmailMessage]:
    """The mails to an address with an attachment of that kind; for "refusal" those with none."""
    own = [mail for mail in mails(folder) if mail["To"] == address]
    return [mail for mail in own if _kind(mail) == kind]


def _kind(mail: EmailMessage) -> str:
    attached = [str(part.get_filename()) for part in mail.iter_attachments()]
    return attached[0].split("-")[0] if attached else "refusal"


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
