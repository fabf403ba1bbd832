"""Marks changed after publication that cannot be heard: people are told which contest and stage, why, and what to do;
and what waits for those that can."""

from datetime import timedelta
from pathlib import Path

import pytest
from award_season import CONTEST, asked, at, text_of, to
from late_marks import (
    CLOSING,
    LAST,
    LATER,
    MATHS,
    awards,
    change,
    decide,
    decided,
    edited,
    lists,
    notices,
    question,
    said,
    state,
    with_a_comment_and_another_title,
    with_changed_marks,
)
from sites import Bench
from sqlalchemy import update

from jobs import qualify
from worker.rehearsal.mail_server import DROP, Moment
from worker.schedule.reports import stage_state
from worker.store import messages, tables
from worker.store.messages import Replaced

pytestmark = pytest.mark.long

DRAWN = CLOSING.replace('ask = "jury"', 'ask = "lots"')
LOTS = """
[ask.lots]
title = { kk = "Жеребе", ru = "Жребий", en = "The lot" }
clause = "30"
kind = "lot"
"""
LATE_STAGES = """
[[stage]]
id = "invited-later"
title = { kk = "кейін шақырылғандар", ru = "приглашённые позже", en = "invited later" }
clause = "30"
entries = "invited"
person = "participant"
decided = "later"

[[stage]]
id = "last"
title = { kk = "соңғы кезең", ru = "последний этап", en = "the last stage" }
clause = "31"
entries = "entrants"
key = ["participant", "nomination"]
waits_for = ["invited-later"]
decided = "later"

[[stage]]
id = "apart"
title = { kk = "бөлек кезең", ru = "отдельный этап", en = "a stage apart" }
clause = "32"
entries = "entrants"
key = ["participant", "nomination"]
decided = "later"
"""


def test_the_notice_is_given_once_for_the_same_marks_and_again_for_others(tmp_path: Path) -> None:
    other = with_changed_marks().replace('share = "45 %"', 'share = "40 %"')
    with decided(tmp_path) as bench:
        published = lists(bench)
        with edited(bench, other) as again:
            change(again, "59.75")
            again.work(at(LATER))
        with edited(bench, other) as again:
            again.work(at(LATER))
            assert list(notices(again)) == ["late-marks-winners.1"]
            change(again, "59.8", LATER, who="P-06", name="later.csv")
            first, second = notices(again).values()
            assert (first.count("· trial · жол · строк: 1<"), second.count("· trial · жол · строк: 1<")) == (
                1,
                2,
            )
            assert "Председатель" in first
            assert "возвращает в файл правила того дня" in first
            assert "Следующие этапы этого не ждут" in first
            assert lists(again) == published


def test_a_rule_of_a_stage_that_it_is_decided_upon_is_one_of_its_own(tmp_path: Path) -> None:
    other = with_changed_marks().replace(
        'entries = "results"\nkey = ["participant", "subject"]', 'entries = "results"\nkey = "participant"'
    )
    with decided(tmp_path) as bench, edited(bench, other) as again:
        change(again, "59.75")
        assert "winners was decided by other rules" in str(said(again)[0]["why"])
        assert list(notices(again)) == ["late-marks-winners.1"]


def test_by_which_rules_an_older_release_decided_is_noted_while_the_rulebook_is_the_same(
    tmp_path: Path,
) -> None:
    with decided(tmp_path) as bench:
        _forget_rules(bench)
        with edited(bench, with_a_comment_and_another_title()) as again:
            change(again, "59.75")
            assert list(notices(again)) == ["late-marks-winners.1"]
        with edited(bench, with_changed_marks()) as again:
            pass
        with edited(bench, with_a_comment_and_another_title()) as again:
            again.work(at(LATER))
            decide(again, "confirm.csv", {MATHS: "confirm"}, LATER)
            assert awards(again)["P-07"] == "II"


def _forget_rules(bench: Bench) -> None:
    """As the database of a release stands that did not keep them."""
    with bench.parts.engine.begin() as connection:
        connection.execute(update(tables.runs).values(rules=None))


def test_where_a_lot_hangs_on_the_stage_people_hear_that_it_is_not_reopened(tmp_path: Path) -> None:
    with decided(tmp_path, DRAWN + LOTS) as bench:
        published = lists(bench)
        change(bench, "59.75")
        bench.work(at(LATER))
        assert lists(bench) == published
        assert MATHS not in asked(bench)
        (page,) = notices(bench).values()
        assert "После публикации результата этапа «победители» (<code>winners</code>)" in page
        assert "Этап «приглашённые» (<code>invited</code>) решён" in page
        assert "жребием" in page
        assert "исправленный список и письма выдаются вне программы" in page
        says = stand(bench, "winners")
        assert says["state"] == "settled"
        assert "changed marks are not heard: invited is drawn or chosen in public" in says["why"]
        assert stand(bench, "took-part")["why"] == ""


def stand(bench: Bench, stage: str) -> dict[str, str]:
    """What `baiqau status` says of a stage."""
    book = bench.parts.rulebooks[CONTEST]
    with bench.parts.engine.begin() as connection:
        return stage_state(connection, book, stage, bench.clock.now(), timedelta(days=1))


def test_where_something_was_delivered_that_is_not_corrected_people_hear_it_too(tmp_path: Path) -> None:
    with decided(tmp_path, CLOSING.replace('["protocol"]', '["answers"]')) as bench:
        change(bench, "59.75")
        (page,) = notices(bench).values()
        assert "уже отправлено то, чего исправленная версия не делается: answers" in page


def test_a_worker_that_decides_otherwise_is_noticed_where_an_earlier_stage_was_corrected_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with decided(tmp_path, CLOSING) as bench:
        first = awards(bench, "invited")
        change(bench, "59.75")
        whole = qualify._share_of
        monkeypatch.setattr(
            qualify,
            "_share_of",
            lambda all_, share, how: whole(all_, share / 2 if share == 1 else share, how),
        )
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        assert awards(bench)["P-07"] == "II"
        assert awards(bench, "invited") == first
        (told,) = (facts for event, facts in bench.events if event == "run.failed")
        assert "stage invited by the marks it stood on is not what was published" in str(told["why"])
        (name,) = notices(bench)
        assert name == "late-marks-invited.1"


def test_what_waits_for_an_answer_stands_in_the_request_and_waits_however_far_it_is(tmp_path: Path) -> None:
    season = 'results = { at = "2026-04-03 18:00" }\nlater = { at = "2026-04-05 12:00" }'
    with decided(tmp_path, CLOSING + LATE_STAGES, season=season) as bench:
        change(bench, "59.75", "2026-04-05 11:00")
        page = question(bench)
        held = "кейін шақырылғандар · приглашённые позже; соңғы кезең · последний этап."
        assert f"которые ждут вашего ответа:</strong> {held}" in page
        bench.work(at("2026-04-05 13:00"))
        decided_by_then = {row["stage"] for row in bench.rows(tables.runs)}
        assert "apart" in decided_by_then
        assert not decided_by_then & {"invited-later", "last"}
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        assert (state(bench, "invited-later"), state(bench, "last")) == ("settled", "settled")
        (run,) = (row["id"] for row in bench.rows(tables.runs) if row["stage"] == "invited-later")
        standing = [row["entry"] for row in bench.rows(tables.standings) if row["run_id"] == run]
        assert "P-07/Математика" in standing


def test_a_letter_of_which_nobody_knows_whether_it_left_is_not_sent_again_after_a_correction(
    tmp_path: Path,
) -> None:
    def lost(moment: Moment) -> str | None:
        return DROP if moment.step == "data" and moment.recipient == "P-02@mail.example" and lose else None

    lose = True
    with decided(tmp_path, behaviour=lost) as bench:
        lose = False
        lost_ones = [row for row in bench.rows(tables.messages) if row["state"] == "uncertain"]
        old, other = (
            next(row["id"] for row in lost_ones if row["kind"] == kind)
            for kind in ("diploma/winners", "certificate/took-part")
        )
        engine = bench.parts.engine
        change(bench, "59.75")
        decide(bench, "confirm.csv", {MATHS: "confirm"}, LATER)
        with pytest.raises(Replaced, match=rf"`baiqau mail resolve {old} --assume-sent`\.$"):
            messages.resolve(engine, old, "resend", at(LAST))
        messages.resolve(engine, old, "assume-sent", at(LAST))
        messages.resolve(engine, other, "resend", at(LAST))  # of a stage that nothing has changed
        bench.work(at(LAST))
        first, second = map(text_of, to(tmp_path, "P-02@mail.example", "diploma"))
        assert ("заменяет" in first, "заменяет" in second) == (False, True)
        assert len(to(tmp_path, "P-02@mail.example", "certificate")) == 2
