"""A mark that a commission changes after everything was published: people are asked, and a corrected version says what
it replaces."""

import hashlib
import json
from pathlib import Path

import pytest
from award_season import CONTEST, RESULTS, asked, at, drop, table, text_of, to
from late_marks import (
    AFTER,
    CLOSING,
    LAST,
    LATER,
    MATHS,
    MOVES,
    NONE_OF,
    OF_FILES,
    SOON,
    awards,
    change,
    decide,
    decided,
    diplomas,
    edited,
    lists,
    notices,
    other_diplomas_in_history,
    question,
    said,
    state,
    with_a_comment_and_another_title,
    with_changed_marks,
)
from sites import Bench, csv_of

from jobs import award
from worker.commands.requeue import requeue_delivery
from worker.deliver.verify import verify_path
from worker.rehearsal.mail_server import Moment
from worker.store import tables


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
    with decided(tmp_path, reads=OF_FILES) as bench:
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
        page = question(bench)
        assert "Этапы, которые решаются заново: шақырылғандар · приглашённые" in page
        assert "Другие этапы этого ответа не ждут" in page
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
    with decided(tmp_path, before=_refused_results, reads=OF_FILES) as bench:
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


def test_what_was_published_is_not_decided_again_by_other_rules_of_its_own_but_a_comment_is_none_of_them(
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
            (page,) = notices(again).values()
            for word in (
                "«победители» (<code>winners</code>)",
                "решён <strong>2026-04-03 21:00</strong> по другим",
            ):
                assert word in page
        with edited(bench, with_a_comment_and_another_title()) as again:
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
        (page,) = notices(bench).values()
        assert "даёт не то, что опубликовано" in page


@pytest.mark.long
def test_whose_own_mark_changed_has_a_letter_with_it_though_the_degree_is_the_same(tmp_path: Path) -> None:
    with decided(tmp_path) as bench:
        change(bench, "61", who="P-01")
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        first, second = to(tmp_path, "P-01@mail.example", "diploma")
        assert ("60" in text_of(first), "61" in text_of(second)) == (True, True)
        assert len(diplomas(tmp_path, "P-02")) == 1
