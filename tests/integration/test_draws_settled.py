"""A finished draw stands: no second pulse, dice or rulebook changes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from draw_sites import (
    BOTH,
    DICE,
    LATER,
    RIGHT,
    SPOKEN,
    DrawBench,
    blocked_because,
    change_rulebook,
    committed_site,
    held_site,
    pulse_file,
    working,
)

from worker.store import tables


@pytest.fixture
def committed(tmp_path: Path) -> Iterator[DrawBench]:
    """A site twenty minutes before its draw: the lists are out, and the dice are asked for."""
    with working(committed_site(tmp_path / "site"), DICE) as bench:
        yield bench


@pytest.fixture
def held(tmp_path: Path) -> Iterator[DrawBench]:
    """A site two days after its draw."""
    with working(held_site(tmp_path / "site"), LATER) as bench:
        yield bench


def test_a_second_pulse_for_a_finished_draw_is_refused_audited_and_changes_nothing(held: DrawBench) -> None:
    before = {group: held.versions(group) for group in BOTH}
    delivery = held.send("pulse-again.json", pulse_file(RIGHT) + b"\n")
    ((code, why),) = held.refusals(delivery)

    assert code == "draw-finished"
    assert "its outcome stands" in why
    assert audited_because(held, delivery["id"]) == ["draw-finished"]
    assert {group: held.versions(group) for group in BOTH} == before


def test_the_same_pulse_file_again_is_a_duplicate(held: DrawBench) -> None:
    before = {group: held.versions(group) for group in BOTH}

    assert held.speak()["state"] == "duplicate"
    assert {group: held.versions(group) for group in BOTH} == before


@pytest.mark.parametrize("digits", ["0" * 20, "none"])
def test_a_second_dice_file_for_a_finished_draw_is_refused_audited_and_changes_nothing(
    held: DrawBench, digits: str
) -> None:
    before = {group: held.versions(group) for group in BOTH}
    delivery = held.throw(digits, name="again.csv")

    assert [code for code, _ in held.refusals(delivery)] == ["decided-before"]
    assert audited_because(held, delivery["id"]) == ["decided-before"]
    assert {group: held.versions(group) for group in BOTH} == before


def test_dice_for_a_draw_held_without_any_are_refused_and_audited(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    committed.speak()
    before = committed.versions("KZ-10")
    delivery = committed.throw()

    assert [code for code, _ in committed.refusals(delivery)] == ["dice-too-late"]
    assert audited_because(committed, delivery["id"]) == ["dice-too-late"]
    assert committed.versions("KZ-10") == before


def test_dice_for_a_finished_draw_are_refused_even_by_a_clock_set_back(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    with working(root, SPOKEN) as bench:
        bench.speak()
        before = {group: bench.versions(group) for group in BOTH}
        winners = bench.prizes()
    with working(root, DICE) as bench:
        delivery = bench.throw()

        assert delivery["state"] == "refused"
        assert {group: bench.versions(group) for group in BOTH} == before
        assert bench.prizes() == winners
        assert sorted(holders_by_verdict(bench)) == sorted(row["participant"] for row in winners)


def holders_by_verdict(bench: DrawBench) -> list[str]:
    """Who has a prize by the verdicts of the newest run of the draw."""
    newest = max(row["id"] for row in bench.rows(tables.runs, tables.runs.c.stage == "draw"))
    rows = bench.rows(tables.verdicts, tables.verdicts.c.run_id == newest, tables.verdicts.c.code == "prize")
    return [row["entry"] for row in rows]


def audited_because(bench: DrawBench, delivery: str) -> list[str]:
    """The codes for which the audit log says that a delivery was refused."""
    (facts,) = (facts for facts in bench.audited("intake.refused") if facts["delivery"] == delivery)
    reasons: list[str] = facts["reasons"]
    return reasons


def test_a_rulebook_edited_after_the_draw_changes_nothing_and_says_why(tmp_path: Path) -> None:
    root = held_site(tmp_path / "site")
    change_rulebook(root, '"iPhone 15"', '"iPhone 16"')
    with working(root, LATER) as bench:
        before = bench.versions("KZ-10")
        bench.work()

        assert bench.versions("KZ-10") == before
        assert "put back the rulebook" in blocked_because(bench)
