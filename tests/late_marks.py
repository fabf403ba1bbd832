"""A season whose winners are public when a commission changes a mark: its rulebooks, what people send, what is seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import award_season
from award_season import CONTEST, DECISIONS, LATE, RULEBOOK, asked, at, drop, table, to
from sites import Bench, Row

from worker.rehearsal.mail_server import Behaviour, obliging
from worker.store import tables

CONFIRMING = """
[ask.rescoring]
title = { kk = "Төраға", ru = "Председатель", en = "The chair" }
clause = "25"
kind = "group"
choices = ["confirm", "keep"]
"""
RESCORE = """
[[stage.step]]
clause = "25"
job = "rescore"
per = ["subject", "grade"]
rescores = "rescores"
points = "score"
nomination = "subject"
ask = "rescoring"
"""
CLOSING = """
[[stage]]
id = "invited"
title = { kk = "шақырылғандар", ru = "приглашённые", en = "invited" }
clause = "30"
entries = "winners"
person = "participant"
decided = "results"
deliver = ["protocol"]

[[stage.step]]
clause = "30"
job = "qualify"
per = ["subject", "grade"]
points = "score"
share = "100 %"
ties = "extend"
ask = "jury"
"""
_RESULTS = 'results = { at = "2026-04-03 18:00" }'
_EARLIER_STAGE = 'entries = "took-part"'
OF_FILES = 'entries = "results"\nkey = ["participant", "subject"]'
MATHS = "Математика/10"
MOVES = (
    "итог: не проходит → Диплом II степени",
    "итог: Диплом II степени → Диплом III степени",
    "итог: Диплом III степени → не проходит",
)
NONE_OF = dict.fromkeys(("P-04", "P-05", "P-06"), "")
SOON = "2026-04-03 21:01"
AFTER, LATER, LAST = "2026-04-05 09:00", "2026-04-06 09:00", "2026-04-07 09:00"


def with_changed_marks(more: str = "") -> str:
    """The rulebook whose winners may have changed marks."""
    head, stage = RULEBOOK.split('\n[[stage]]\nid = "winners"')
    first, mark, steps = stage.partition("\n[[stage.step]]")
    lacking = f'{first}may_lack = ["rescores"]\n{RESCORE}{mark}{steps}'
    return f'{head}{CONFIRMING}\n[[stage]]\nid = "winners"{lacking}{more}'


@contextmanager
def decided(
    folder: Path,
    more: str = "",
    behaviour: Behaviour = obliging,
    before: Callable[[Bench], None] | None = None,
    reads: str = _EARLIER_STAGE,
    season: str = _RESULTS,
) -> Iterator[Bench]:
    """A season whose winners are public: P-01, P-02 and P-03 in mathematics."""
    rulebook = with_changed_marks(more).replace(_EARLIER_STAGE, reads).replace(_RESULTS, season)
    with award_season.season(folder, rulebook=rulebook, behaviour=behaviour) as bench:
        if before:
            before(bench)
        bench.work(at(LATE))
        decide(bench, "ties.csv", dict.fromkeys(asked(bench), "extend"), "2026-04-03 21:00")
        assert state(bench, "winners") == "settled"
        yield bench


def change(bench: Bench, points: str, when: str = AFTER, who: str = "P-07", name: str = "late.csv") -> None:
    columns = ("participant", "nomination", "new_score", "ground", "decided_by")
    drop(bench, name, columns, [(who, "Математика", points, "қайта тексерілді", "комиссия")])
    bench.work(at(when))


def decide(bench: Bench, name: str, choices: dict[str, str], when: str) -> None:
    """Answer the newest request about each subject."""
    known = asked(bench)
    rows = [
        (known[subject], subject, choice, "хаттама", "Төраға (үлгі)", "2026-04-03 20:00:00")
        for subject, choice in choices.items()
    ]
    drop(bench, name, DECISIONS, rows)
    bench.work(at(when))


def state(bench: Bench, stage: str) -> str:
    return [row["state"] for row in bench.rows(tables.runs) if row["stage"] == stage][-1]


def lists(bench: Bench) -> dict[str, bytes]:
    """The protocols of the winners, as they lie in the outbox."""
    home = bench.site.outbox
    files = sorted(home.glob("*/subject-olympiad/protocol-winners*"))
    return {str(file.relative_to(home)): file.read_bytes() for file in files if file.suffix != ".p7s"}


def awards(bench: Bench, stage: str = "winners") -> dict[str, str]:
    rows = table(bench.site.outbox / "operator" / "subject-olympiad" / f"protocol-{stage}.csv")
    return {row["participant"]: row["award"] for row in rows if row["group"] == MATHS}


def question(bench: Bench) -> str:
    found = sorted((bench.site.outbox / "requests").glob("**/*rescoring*/act.html"))
    return found[-1].read_text(encoding="utf-8")


def said(bench: Bench) -> list[Row]:
    return [facts for event, facts in bench.events if event == "run.closed"]


def notices(bench: Bench) -> dict[str, str]:
    """The notices that changed marks are not heard: name to page."""
    home = bench.site.outbox / "requests" / CONTEST
    return {
        page.parent.name: page.read_text(encoding="utf-8")
        for page in sorted(home.glob("late-marks-*/*.html"))
    }


def diplomas(folder: Path, who: str) -> set[str]:
    """The names of the diplomas that were mailed to somebody: they have their numbers in them."""
    mails = to(folder, f"{who}@mail.example", "diploma")
    return {str(part.get_filename()) for mail in mails for part in mail.iter_attachments()}


@contextmanager
def edited(bench: Bench, rulebook: str) -> Iterator[Bench]:
    """The same site, its worker started anew on another rulebook."""
    path = bench.root / "contests" / "subject-olympiad.toml"
    own = path.read_text(encoding="utf-8")
    path.write_text(rulebook, encoding="utf-8")
    again = Bench(bench.root, bench.clock.now())
    try:
        yield again
    finally:
        again.close()
        path.write_text(own, encoding="utf-8")


def with_a_comment_and_another_title() -> str:
    """A rulebook with the same rules."""
    return "# read again\n" + with_changed_marks().replace('ru = "участники"', 'ru = "кто участвовал"')


def other_diplomas_in_history() -> str:
    """A rulebook by which three winners have what they had, and two another: nothing moves in mathematics."""
    usual = 'shares = ["20 %", "30 %", "50 %"]\nties = "ask"'
    return with_changed_marks().replace(usual, 'shares = ["50 %", "30 %", "20 %"]\nties = "extend"')
