"""A whole season of a subject olympiad: announced numbers, appeals, changed marks, teams, winners, mailed diplomas."""

from pathlib import Path

import pytest
from acceptance.test_rehearsals import SEED, letters, rehearsed, table

from worker.bootstrap import load_rulebook
from worker.rehearsal.subject_olympiad import Olympiad, make_subject_olympiad

CONTEST = "subject-olympiad"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehearsed(tmp_path_factory.mktemp("olympiad"), CONTEST)


@pytest.fixture(scope="module")
def made(season: Path) -> Olympiad:
    return make_subject_olympiad(load_rulebook(season / "contests" / f"{CONTEST}.toml"), seed=SEED)


def operators(site: Path, name: str) -> Path:
    return site / "outbox" / "operator" / CONTEST / name


def test_the_winners_are_those_of_the_changed_marks_and_the_jurys_word(season: Path, made: Olympiad) -> None:
    protocol = table(operators(season, "protocol-winners.csv"))
    assert len(protocol) == 10
    assert {row["participant"]: row["award"] for row in protocol if row["award"]} == made.winners


def test_each_winner_has_a_diploma_by_mail_or_by_hand_and_the_late_appeal_a_refusal(
    season: Path, made: Olympiad
) -> None:
    by_hand = [*season.glob("outbox/operator/*/diploma-*.pdf")]
    with_diploma = sum(attached for _, attached in letters(season))
    assert with_diploma + len(by_hand) == len(made.winners) == 6
    refused = [row for row in [*letters(season)] if not row[1]]
    refused_by_hand = [*season.glob("outbox/operator/*/letters-by-hand-stage-2-appeals-refusal.csv")]
    assert len(refused) + len(refused_by_hand) == 1


def test_every_stage_that_people_decide_waited_for_them(season: Path) -> None:
    asked = {path.name for path in (season / "outbox" / "requests" / CONTEST).iterdir()}
    assert asked == {
        f"{CONTEST}.{name}.1"
        for name in (
            "school-dates.places-3",
            "stage-2-counts.daryn",
            "stage-2-appeals.commission",
            "stage-3-places.rescoring",
            "teams.teams",
            "eligible-jurors.jurors",
            "stage-4-appeals.commission",
            "winners.jury",
            "winners.rescoring",
        )
    }


def test_what_a_changed_mark_does_was_shown_before_it_counted(season: Path) -> None:
    request = season / "outbox" / "requests" / CONTEST / f"{CONTEST}.winners.rescoring.1" / "act.html"
    page = request.read_text(encoding="utf-8")
    assert "баллы 30 → 50, место 9 → 5, итог: не проходит → не решено" in page


def test_whose_work_the_commission_looks_at_again_the_operator_alone_can_tell(season: Path) -> None:
    request = f"{CONTEST}.stage-4-appeals.commission.1"
    page = (season / "outbox" / "requests" / CONTEST / request / "act.html").read_text(encoding="utf-8")
    key = table(operators(season, f"key-{request}.csv"))
    assert [row["code"] in page for row in key] == [True]
    assert key[0]["entry"].partition("/")[0] not in page
    assert "3-есептің ұпайы" in page


def test_no_id_or_name_stands_in_a_public_file(season: Path, made: Olympiad) -> None:
    public = b"".join(
        path.read_bytes() for path in (season / "outbox" / "public").rglob("*") if path.is_file()
    )
    assert made.winners
    assert not any(person.encode() in public for person in (*made.winners, made.late))
