"""A mark that a commission changes after everything was published."""

from pathlib import Path

from award_season import LATE, RULEBOOK, answer, asked, at, drop, season, table
from sites import Bench, Row

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


def with_changed_marks() -> str:
    """The rulebook whose winners may have changed marks."""
    head, stage = RULEBOOK.split('\n[[stage]]\nid = "winners"')
    first, mark, steps = stage.partition("\n[[stage.step]]")
    return (
        f'{head}{CONFIRMING}\n[[stage]]\nid = "winners"{first}may_lack = ["rescores"]\n{RESCORE}{mark}{steps}'
    )


def said(bench: Bench) -> list[Row]:
    return [facts for event, facts in bench.events if event == "run.closed"]


def test_a_mark_changed_after_the_stage_was_settled_changes_nothing_and_is_said_once(tmp_path: Path) -> None:
    with season(tmp_path, rulebook=with_changed_marks()) as bench:
        bench.work(at(LATE))
        answer(bench, dict.fromkeys(asked(bench), "extend"))
        protocol = bench.site.outbox / "operator" / "subject-olympiad" / "protocol-winners.csv"
        published = protocol.read_bytes()
        assert said(bench) == []

        columns = ("participant", "nomination", "new_score", "ground", "decided_by")
        drop(bench, "late.csv", columns, [("P-07", "Математика", "60", "қайта тексерілді", "комиссия")])
        bench.work(at("2026-04-05 09:00"))
        bench.work(at("2026-04-05 10:00"))

        (told,) = said(bench)
        assert told["stage"] == "winners"
        assert str(told["why"]).startswith("1 changed marks came after it")
        assert protocol.read_bytes() == published
        assert len(table(protocol)) > 0
