"""A mark that a commission changes after everything was published: people are asked, and a corrected version says what
it replaces."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from award_season import (
    CONTEST,
    DECISIONS,
    LATE,
    RESULTS,
    RULEBOOK,
    asked,
    at,
    drop,
    season,
    table,
    text_of,
    to,
)
from sites import Bench, Row, csv_of

from jobs import award
from worker.commands.requeue import requeue_delivery
from worker.deliver.verify import verify_path
from worker.rehearsal.mail_server import Behaviour, Moment, obliging
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
_EARLIER_STAGE = 'entries = "took-part"'
_FILES = 'entries = "results"\nkey = ["participant", "subject"]'
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
) -> Iterator[Bench]:
    """A season whose winners are public: P-01, P-02 and P-03 in mathematics."""
    rulebook = with_changed_marks(more).replace(_EARLIER_STAGE, reads)
    with season(folder, rulebook=rulebook, behaviour=behaviour) as bench:
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


def diplomas(folder: Path, who: str) -> set[str]:
    """The names of the diplomas that were mailed to somebody: they have their numbers in them."""
    mails = to(folder, f"{who}@mail.example", "diploma")
    return {str(part.get_filename()) for mail in mails for part in mail.iter_attachments()}


def test_a_mark_changed_after_the_list_is_public_is_asked_about_and_keep_leaves_all(tmp_path: Path) -> None:
    with decided(tmp_path) as bench:
        published, mails = lists(bench), len(list((tmp_path / "mailbox").glob("*.eml")))
        assert awards(bench) == {"P-01": "I", "P-02": "II", "P-03": "III"} | NONE_OF | {"P-07": ""}
        change(bench, "59.75")
        assert state(bench, "winners") == "waiting"
        page = question(bench)
        assert "баллы 0 → 59.75" in page
        for moved in ("место 7 → 2", *MOVES, "diploma/winners (sent)"):
            assert moved in page
        for path, data in published.items():
            assert f"{path} · <code>{hashlib.sha256(data).hexdigest()[:16]}</code>" in page
        assert lists(bench) == published

        decide(bench, "keep.csv", {MATHS: "keep"}, LATER)
        change(bench, "59.75", LAST, name="late-again.csv")  # the same once more
        assert state(bench, "winners") == "settled"
        assert lists(bench) == published
        assert len(list((tmp_path / "mailbox").glob("*.eml"))) == mails
        assert sum(row["ask"] == "rescoring" for row in bench.rows(tables.requests)) == 1


def test_confirm_publishes_a_corrected_version_that_says_what_it_replaces_and_a_later_mark_starts_from_that(
    tmp_path: Path,
) -> None:
    with decided(tmp_path, reads=_FILES) as bench:
        published = lists(bench)
        drop(
            bench, "more.csv", RESULTS, [("P-08", "Математика", 10, "KZ-63", "60")]
        )  # too late, and stays so
        change(bench, "59.75")
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        corrected = awards(bench)
        assert corrected == {"P-01": "I", "P-02": "III", "P-03": "", "P-07": "II"} | NONE_OF
        _says_what_it_replaces(bench, published)
        assert [len(diplomas(tmp_path, who)) for who in ("P-01", "P-02", "P-03", "P-07")] == [1, 2, 2, 1]

        told = to(tmp_path, "P-03@mail.example", "refusal")[-1]
        assert "алмастырады" in text_of(told)
        assert "алмастырады" not in text_of(to(tmp_path, "P-01@mail.example", "diploma")[-1])

        change(bench, "59.8", LATER, who="P-06", name="later.csv")
        page = question(bench)
        assert "баллы 20 → 59.8" in page
        assert "баллы 0 →" not in page
        assert MOVES[1] in page  # P-07, who had no award in the first list
        decide(bench, "keep.csv", {MATHS: "keep"}, LAST)
        assert awards(bench) == corrected


def _says_what_it_replaces(bench: Bench, published: dict[str, bytes]) -> None:
    authority = bench.site.path(bench.site.settings.keys.authority)
    for recipient in ("operator", "public"):
        home = bench.site.outbox / recipient / "subject-olympiad"
        told = json.loads((home / "correction-winners.v2.json").read_text(encoding="utf-8"))
        replaced = {f"{each['recipient']}/{each['path']}": each["sha256"] for each in told["replaces"]}
        own = {path: data for path, data in published.items() if path.startswith(recipient)}
        assert replaced == {path: hashlib.sha256(data).hexdigest() for path, data in own.items()}
        for name in ("correction-winners.v2.json", "correction-winners.v2.csv", "protocol-winners.csv"):
            assert all(finding.ok for finding in verify_path(home / name, authority))
    named = table(bench.site.outbox / "operator" / "subject-olympiad" / "correction-winners.v2.csv")
    moved = {row["participant"]: (row["before"], row["after"], row["letters"]) for row in named}
    assert moved == {
        "P-02": ("II", "III", "diploma/winners (sent)"),
        "P-03": ("III", "out", "diploma/winners (sent); diploma/winners/2 (sent)"),  # of history too
        "P-07": ("out", "II", "refusal/winners (sent)"),
    }
    public = bench.site.outbox / "public" / "subject-olympiad" / "correction-winners.v2.csv"
    assert not any(word in public.read_text(encoding="utf-8") for word in ("P-0", "Белозёров", "Титова"))


def test_a_stage_decided_upon_it_is_decided_again_with_it(tmp_path: Path) -> None:
    with decided(tmp_path, CLOSING) as bench:
        assert set(awards(bench, "invited")) == {"P-01", "P-02", "P-03"}
        change(bench, "59.75")
        assert "приглашённые" in question(bench)
        assert state(bench, "invited") == "settled"
        decide(bench, "answer.csv", {MATHS: "confirm"}, LATER)
        assert state(bench, "invited") == "settled"
        assert set(awards(bench, "invited")) == {"P-01", "P-02", "P-07"}
        assert (bench.site.outbox / "public" / "subject-olympiad" / "correction-invited.v2.json").exists()


def test_a_stage_upon_which_something_else_was_delivered_stays_and_the_log_says_why_once(
    tmp_path: Path,
) -> None:
    with decided(tmp_path, CLOSING.replace('["protocol"]', '["answers"]')) as bench:
        published = lists(bench)
        change(bench, "59.75")
        bench.work(at(LATER))
        (told,) = said(bench)
        assert told["stage"] == "winners"
        assert "invited has delivered answers, of which no corrected version is made" in str(told["why"])
        assert MATHS not in asked(bench)
        assert lists(bench) == published


@pytest.mark.long
def test_a_mark_confirmed_once_and_taken_back_is_asked_about_again_when_it_comes_again(
    tmp_path: Path,
) -> None:
    with decided(tmp_path) as bench:
        first = awards(bench)
        change(bench, "59.75")
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        change(bench, "0", LATER)
        decide(bench, "back.csv", {MATHS: "confirm"}, LATER)
        assert awards(bench) == first
        change(bench, "59.75", LAST)  # the first file once more
        assert state(bench, "winners") == "waiting"
        assert awards(bench) == first
        decide(bench, "third.csv", {MATHS: "keep"}, LAST)
        assert state(bench, "winners") == "settled"
        assert awards(bench) == first


@pytest.mark.long
def test_a_letter_that_has_not_left_when_a_correction_comes_never_leaves(tmp_path: Path) -> None:
    away = {"P-02@mail.example", "P-01@mail.example"}

    def some_away(moment: Moment) -> str | None:
        return "451 later" if moment.step == "rcpt" and moment.recipient in away else None

    with decided(tmp_path, behaviour=some_away) as bench:
        assert diplomas(tmp_path, "P-02") == set()
        change(bench, "59.75", SOON)
        decide(bench, "confirm.csv", {MATHS: "confirm"}, SOON)
        away.clear()
        bench.work(at(LAST))
        assert len(diplomas(tmp_path, "P-02")) == 1
        (told,) = to(tmp_path, "P-02@mail.example", "diploma")
        assert "заменяет" in text_of(told)
        assert len(diplomas(tmp_path, "P-01")) == 1  # of whom nothing has changed
        named = table(bench.site.outbox / "operator" / "subject-olympiad" / "correction-winners.v2.csv")
        (second,) = (row for row in named if row["participant"] == "P-02")
        assert second["letters"] == "diploma/winners (withdrawn)"


@pytest.mark.long
def test_results_that_were_refused_then_and_are_requeued_after_the_list_are_no_part_of_its_correction(
    tmp_path: Path,
) -> None:
    with decided(tmp_path, before=_refused_results, reads=_FILES) as bench:
        site = bench.site
        (refused,) = (row["id"] for row in bench.deliveries("more.csv"))
        path = site.root / "settings.toml"
        path.write_text(path.read_text(encoding="utf-8") + _OTHER, encoding="utf-8")
        requeue_delivery(site.root, str(refused), "2026-04-04T09:00:00+05:00")
        assert [row["state"] for row in bench.deliveries("more.csv")] == ["accepted"]
        change(bench, "59.75")
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        assert awards(bench) == {"P-01": "I", "P-02": "III", "P-03": "", "P-07": "II"} | NONE_OF


def _refused_results(bench: Bench) -> None:
    bench.drop("more.csv", csv_of(RESULTS, [("P-08", "Математика", 10, "KZ-63", "60")]), "other", CONTEST)


_OTHER = """
[senders.other]
contests = ["subject-olympiad"]
feeds = ["results"]
complete = "stable"
"""


PUPILS_BEFORE = """
[[stage]]
id = "pupils"
title = { kk = "оқушылар", ru = "ученики", en = "pupils" }
clause = "17"
entries = "results"
key = ["participant", "subject"]
decided = "results"
"""


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


def other_diplomas_in_history() -> str:
    """A rulebook by which three winners have what they had, and two another: nothing moves in mathematics."""
    usual = 'shares = ["20 %", "30 %", "50 %"]\nties = "ask"'
    return with_changed_marks().replace(usual, 'shares = ["50 %", "30 %", "20 %"]\nties = "extend"')


@pytest.mark.long
def test_a_stage_that_an_edited_rulebook_puts_before_a_published_one_does_not_reopen_it(
    tmp_path: Path,
) -> None:
    head, mark, tail = with_changed_marks().partition('\n[[stage]]\nid = "winners"')
    share = 'share = "45 %"\nregistered = "pupils"\nregistered_by = ["subject", "grade"]'
    with (
        decided(tmp_path) as bench,
        edited(bench, head + PUPILS_BEFORE + mark + tail.replace('share = "45 %"', share)) as again,
    ):
        again.work(at(AFTER))
        assert state(again, "pupils") == "settled"
        assert [row["revision"] for row in again.rows(tables.runs) if row["stage"] == "winners"] == [1, 2]


def test_what_was_published_is_not_decided_again_by_an_edited_rulebook_of_which_nobody_is_asked(
    tmp_path: Path,
) -> None:
    with decided(tmp_path) as bench:
        published = lists(bench)
        with edited(bench, other_diplomas_in_history()) as again:
            change(again, "59.75")
            (told,) = said(again)
            assert "winners was decided by other rules; put those back" in str(told["why"])
            assert MATHS not in asked(again)
            assert lists(again) == published
        with edited(bench, with_changed_marks()) as again:
            again.work(at(LATER))
            decide(again, "confirm.csv", {MATHS: "confirm"}, LATER)
            assert awards(again)["P-07"] == "II"


@pytest.mark.long
def test_a_question_about_changed_marks_waits_while_the_rulebook_is_another(tmp_path: Path) -> None:
    with decided(tmp_path) as bench:
        change(bench, "59.75")
        published = lists(bench)
        with edited(bench, other_diplomas_in_history()) as again:
            decide(again, "confirm.csv", {MATHS: "confirm"}, LATER)
            assert state(again, "winners") == "waiting"
            assert lists(again) == published


@pytest.mark.long
def test_a_stage_that_the_worker_of_today_would_decide_otherwise_is_not_decided_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with decided(tmp_path) as bench:
        published = lists(bench)
        monkeypatch.setattr(
            award, "largest_remainder", lambda total, shares: [total, *([0] * (len(shares) - 1))]
        )
        change(bench, "59.75")
        bench.work(at(LATER))
        assert lists(bench) == published
        (told,) = (facts for event, facts in bench.events if event == "run.failed")
        assert "is not what was published" in str(told["why"])


@pytest.mark.long
def test_whose_own_mark_changed_has_a_letter_with_it_though_the_degree_is_the_same(tmp_path: Path) -> None:
    with decided(tmp_path) as bench:
        change(bench, "61", who="P-01")
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        first, second = to(tmp_path, "P-01@mail.example", "diploma")
        assert ("60" in text_of(first), "61" in text_of(second)) == (True, True)
        assert len(diplomas(tmp_path, "P-02")) == 1
