"""Whole seasons of the vote-and-draw contests, from exports with planted trouble to mailed diplomas and prizes."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sites import baiqau

from jobs.draw1 import check_protocol, parse_protocol, read_draw
from worker.beacon import verify_pulse
from worker.bootstrap import load_rulebook
from worker.rehearsal.vote_draft import VotePlanted
from worker.rehearsal.votes import make_best_sor, make_bilimclass

SEED = 2026
INNOVATOR, CURATOR, BEST_SOR = "bilimclass-innovator", "bilimclass-curator", "best-sor"


def rehearsed(folder: Path, *contests: str) -> Path:
    """The site that a rehearsal of the first contest leaves."""
    named = [word for contest in contests for word in ("--contest", contest)]
    assert baiqau("init", folder / "site", *named).returncode == 0
    done = baiqau("rehearse", contests[0], "--site", folder / "site", "--keep", folder / "kept")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failures" in done.stdout
    return folder / "kept" / "site"


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def letters(site: Path) -> Iterator[tuple[str, bool]]:
    """The subject of each mail, and whether a PDF came with it."""
    for path in site.glob("mailbox/*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        kinds = [part.get_content_type() for part in mail.walk()]
        yield str(mail["subject"]), "application/pdf" in kinds


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehearsed(tmp_path_factory.mktemp("bilimclass"), INNOVATOR, CURATOR)


@pytest.fixture(scope="module")
def planted(season: Path) -> VotePlanted:
    books = [load_rulebook(season / "contests" / f"{name}.toml") for name in (INNOVATOR, CURATOR)]
    return make_bilimclass(*books, seed=SEED).planted


@pytest.mark.long
def test_both_nominations_give_110_prizes_in_22_draws_that_check_out(season: Path) -> None:
    held = 0
    for contest in (INNOVATOR, CURATOR):
        home = season / "outbox" / "operator" / contest
        newest = sorted(home.glob("prizes.v*.csv"))[-1]
        rows = table(newest)
        assert len(rows) == 55
        assert Counter(row["draw_id"] for row in rows) == Counter(
            dict.fromkeys({row["draw_id"] for row in rows}, 5)
        )
        assert len({row["participant"] for row in rows}) == 55, "one prize a person"
        for path in sorted((season / "outbox" / "public" / contest / "draw").glob("*/protocol.json")):
            protocol = parse_protocol(path.read_bytes())
            assert check_protocol(protocol) == []
            draw = read_draw(protocol)
            assert draw.pulse is not None
            verify_pulse(draw.chain, draw.pulse)
            own = {row["code"] for row in rows if row["draw_id"] == protocol["draw_id"]}
            assert own == set(protocol["awards"])
            held += 1
    assert held == 22


@pytest.mark.long
def test_the_22_draws_of_the_broadcast_are_committed_to_together(season: Path) -> None:
    lines = (season / "outbox/public/bilimclass-2025-05-19/commitments.txt").read_text().splitlines()
    assert len(lines) == 22
    for line in lines:
        draw, commit = line.split()
        contest = draw.split("-2025-")[0]
        folder = season / "outbox" / "public" / contest / "draw" / draw
        assert (folder / "commit.txt").read_text().strip() == commit


@pytest.mark.long
def test_a_region_of_99_teachers_waited_for_a_decision_and_three_tied_at_100_make_102(
    season: Path, planted: VotePlanted
) -> None:
    requests = season / "outbox" / "requests" / INNOVATOR
    asked = (requests / f"{INNOVATOR}.pool.holding.1" / "act.html").read_text(encoding="utf-8")
    assert planted.short is not None and planted.short in asked
    counts = {}
    for path in (season / "outbox/public" / INNOVATOR / "draw").glob("*/manifest.json"):
        counts[path.parent.name[-5:]] = json.loads(path.read_bytes())["entrants_count"]
    assert counts[planted.short] == 99
    assert planted.tied is not None and counts[planted.tied] == 102
    assert counts == dict(planted.entrants[INNOVATOR])


@pytest.mark.long
def test_whoever_has_a_prize_and_an_address_is_mailed_a_diploma(season: Path) -> None:
    mails = list(letters(season))
    by_hand = [*season.glob("outbox/operator/*/diploma-*.pdf")]
    assert sum(with_diploma for _, with_diploma in mails) + len(by_hand) == 111  # one prize changed hands


@pytest.mark.long
def test_no_name_address_or_account_of_anybody_stands_in_the_public_files(season: Path) -> None:
    public = b"".join(
        path.read_bytes() for path in (season / "outbox" / "public").rglob("*") if path.is_file()
    )
    for contest in (INNOVATOR, CURATOR):
        for row in table(sorted((season / "outbox/operator" / contest).glob("prizes.v*.csv"))[-1]):
            for name in ("participant", "surname", "email"):
                assert not row[name] or row[name].encode() not in public


@pytest.mark.long
def test_a_season_of_best_sor_gives_the_planted_winners(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = rehearsed(tmp_path_factory.mktemp("sor"), BEST_SOR)
    planted = make_best_sor(load_rulebook(site / "contests" / f"{BEST_SOR}.toml"), seed=SEED).planted
    won = Counter(row["region"] for row in table(site / "outbox" / "public" / BEST_SOR / "winners.csv"))
    assert won == Counter({region: len(ids) for region, ids in planted.winners.items() if ids})
    with_diploma = sum(attached for _, attached in letters(site))
    assert with_diploma + len([*site.glob("outbox/operator/*/diploma-*.pdf")]) == won.total()
    page = (site / "outbox/public" / BEST_SOR / "winners.html").read_text(encoding="utf-8")
    assert "Победители при разных прочтениях" in page  # side by side where the winners differ
