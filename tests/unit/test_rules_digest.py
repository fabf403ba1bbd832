"""By which rules a stage was decided: what changes them, and what does not, however much of the file it changes."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from jobs.rulebook import Rulebook, build, rules_digest
from jobs.workdays import Workdays
from worker.bootstrap import load_rulebook
from worker.workdays import kazakhstan

CONTESTS = Path(__file__).resolve().parents[2] / "contests"
TEXT = (CONTESTS / "subject-olympiad.toml").read_text(encoding="utf-8")
RULEBOOKS = sorted(file for file in CONTESTS.glob("*.toml") if not file.name.endswith(".cases.toml"))


def digests(book: Rulebook) -> dict[str, str]:
    return {stage.id: rules_digest(book, stage) for stage in book.stages}


def book_of(tables: Mapping[str, Any]) -> Rulebook:
    return build(tables, "x.toml", "the file's own digest", kazakhstan)


@cache
def own() -> dict[str, str]:
    return digests(book_of(tomllib.loads(TEXT)))


def moved(text: str) -> set[str]:
    """The stages whose rules are others by this text."""
    return _moved(tomllib.loads(text))


def _moved(tables: Mapping[str, Any]) -> set[str]:
    return {name for name, digest in digests(book_of(tables)).items() if own()[name] != digest}


def in_stage(stage: str, old: str, new: str) -> str:
    """The text with something of one stage changed."""
    head, mark, tail = TEXT.partition(f'[[stage]]\nid = "{stage}"')
    own_part, more, others = tail.partition("\n[[stage]]\n")
    assert old in own_part, f"{stage} no longer has {old!r}"
    return head + mark + own_part.replace(old, new, 1) + more + others


def test_a_comment_a_title_and_another_spelling_of_the_same_leave_the_rules_as_they_are() -> None:
    assert moved("# a comment\n" + TEXT.replace("\n[[stage.step]]", "\n# another\n[[stage.step]]")) == set()
    assert moved(in_stage("winners", "winners of stage 4", "who won stage 4")) == set()
    assert moved(TEXT.replace('en = "The jury"', 'en = "The judges"')) == set()
    assert moved(in_stage("winners", 'share = "45 %"', 'share = "9/20"')) == set()
    assert moved(in_stage("winners", 'rows = ["004-207"]', 'rows = ["004-227"]')) == set()


def test_a_default_that_is_written_out_and_one_that_is_left_away_are_the_same_rule() -> None:
    assert moved(in_stage("winners", 'rounding = "half-up"', "# rounding")) == set()


def test_tables_in_another_order_are_the_same_rules() -> None:
    assert _moved(_turned(tomllib.loads(TEXT))) == set()


def _turned(table: Any) -> Any:
    """Every table with its keys the other way round; lists, such as the steps, stay in their order."""
    if isinstance(table, dict):
        return {name: _turned(table[name]) for name in reversed(table)}
    return [_turned(each) for each in table] if isinstance(table, list) else table


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('share = "45 %"', 'share = "40 %"'),
        ('rounding = "half-up"', 'rounding = "floor"'),
        ('shares = ["20 %", "30 %", "50 %"]', 'shares = ["20 %", "31 %", "49 %"]'),
        ("Q45: of equal scores", "Q45: otherwise, of equal scores"),
        ('key = "participant"', 'key = ["participant", "subject"]'),
        ('deliver = ["protocol", "diplomas"]', 'deliver = ["protocol"]'),
        ('only = { stage = "stage-4" }', ""),
    ],
)
def test_another_share_border_or_reading_is_another_rule_of_its_stage_and_of_those_upon_it(
    old: str, new: str
) -> None:
    changed = moved(in_stage("winners", old, new))
    book = book_of(tomllib.loads(TEXT))
    assert changed == {"winners"} | {each.id for each in book.stages if "winners" in book.upon(each)}


def test_a_rule_of_a_stage_is_one_of_those_that_need_it_from_afar_too() -> None:
    book = book_of(tomllib.loads(TEXT))
    first = book.stages[0]
    for stage in book.stages:
        for need in stage.needs:
            assert set(book.upon(stage)) >= {need, *book.upon(book.stage(need))}
    changed = replace(first, clause="another")
    other = replace(book, stages=(changed, *book.stages[1:]))
    upon = {each.id for each in book.stages if first.id in book.upon(each)}
    assert {name for name, digest in digests(other).items() if own()[name] != digest} == {first.id} | upon


def test_a_window_is_a_rule_of_the_stages_whose_steps_lean_on_it() -> None:
    changed = moved(re.sub(r'closes = "2026-04-03 21:00"', 'closes = "2026-04-03 21:30"', TEXT))
    assert "stage-4-appeals" in changed
    assert "winners" in changed  # it hears whose appeal was granted
    assert not changed & {"school-dates", "stage-2-appeals", "places-3", "winners-3"}


def test_a_table_is_a_rule_of_the_stages_whose_steps_look_into_it() -> None:
    text = (CONTESTS / "best-sor.toml").read_text(encoding="utf-8")
    before, after = (
        digests(book_of(tomllib.loads(each))) for each in (text, text.replace("Asia/Atyrau", "Asia/Almaty"))
    )
    assert "region_zone" in text
    assert before != after


def test_who_may_say_what_is_a_rule_of_the_stages_that_ask_them() -> None:
    changed = moved(TEXT.replace('choices = { upper = "in", lower = "in" }', 'choices = { upper = "in" }'))
    assert changed >= {"winners", "winners-3"}
    assert not changed & {"places-3", "places-4", "stage-4-appeals"}


def test_the_calendar_is_a_rule_of_the_stages_that_count_working_days_alone() -> None:
    book = load_rulebook(CONTESTS / "elbasy-medal.toml")
    other = replace(book, workdays=Workdays(book.workdays.days, "another"))
    changed = {name for name, digest in digests(other).items() if digests(book)[name] != digest}
    counting = {
        stage.id for stage in book.stages if any("workdays" in step.brought.values() for step in stage.steps)
    }
    assert counting <= changed < set(digests(book))


@pytest.mark.parametrize("file", RULEBOOKS, ids=lambda file: file.stem)
def test_every_step_of_every_rulebook_is_among_the_rules_of_its_stage_and_no_other_but_those_upon_it(
    file: Path,
) -> None:
    book = load_rulebook(file)
    before = digests(book)
    for at, stage in enumerate(book.stages):
        upon = {stage.id} | {each.id for each in book.stages if stage.id in book.upon(each)}
        for number in range(len(stage.steps)):
            fewer = replace(stage, steps=stage.steps[:number] + stage.steps[number + 1 :])
            if fewer.needs != stage.needs:
                continue  # then it stands upon others, which is told by its needs
            stages = (*book.stages[:at], fewer, *book.stages[at + 1 :])
            after = digests(replace(book, stages=stages))
            assert {name for name in before if before[name] != after[name]} == upon
