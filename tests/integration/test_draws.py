"""The road of a public draw on a live site, end to end: lists committed to, the protocol, prizes, letters."""

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from draw_sites import (
    BOTH,
    CHAIN,
    CLOSED,
    COMMITTED,
    CONTEST,
    DAY,
    DICE,
    DICE_REQUEST,
    DRAWN,
    EVERYBODY,
    FILES,
    PLACES,
    POOLED,
    PRIZES,
    ROUND,
    SPOKEN,
    THROWN,
    DrawBench,
    committed_site,
    draw_id,
    held_site,
    new_site,
    participants,
    working,
    works,
)
from protocols import drawn
from sites import copy_keys

from jobs.beacon import Pulse
from jobs.draw1 import check_protocol, parse_entrants
from worker.beacon import verify_pulse
from worker.deliver.verify import verify_path
from worker.store import tables
from worker.store.tables import instant


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrawBench]:
    """A site after its draw, to be looked at and not changed."""
    with working(held_site(tmp_path_factory.mktemp("draw") / "site"), SPOKEN) as bench:
        yield bench


@pytest.fixture
def committed(tmp_path: Path) -> Iterator[DrawBench]:
    """A site twenty minutes before its draw: the lists are out, and the dice are asked for."""
    with working(committed_site(tmp_path / "site"), DICE) as bench:
        yield bench


# --- the road end to end ---


@pytest.mark.parametrize("group", BOTH)
def test_the_list_and_the_manifest_of_each_draw_are_out_a_day_before_it(
    season: DrawBench, group: str
) -> None:
    (publication,) = season.rows(tables.publications, tables.publications.c.kind == "draw-commitment")
    home = season.public(draw_id(group))
    manifest = (home / "manifest.json").read_bytes()
    entrants = (home / "entrants.txt").read_bytes()

    assert instant(publication["published_at"]) <= DRAWN - DAY
    assert (home / "commit.txt").read_text() == hashlib.sha256(manifest).hexdigest() + "\n"
    assert json.loads(manifest)["entrants_sha256"] == hashlib.sha256(entrants).hexdigest()
    assert len(parse_entrants(entrants)) == PLACES
    assert json.loads((home / "chain.json").read_text()) == CHAIN.as_dict()
    assert json.loads(manifest)["round"] == ROUND


def test_the_page_of_the_broadcast_comes_with_the_commitments_and_knows_no_result(tmp_path: Path) -> None:
    with working(committed_site(tmp_path / "site"), DICE) as bench:
        page = bench.public("broadcast.html").read_text(encoding="utf-8")

        assert all(each["commitment"] in page for each in bench.commitments())
        assert CHAIN.public_key in page
        assert not bench.public("protocol.html").exists()
        assert bench.winners() == []


def test_all_draws_of_the_broadcast_stand_under_one_hash(season: DrawBench) -> None:
    home = season.site.outbox / "public" / "bilimclass-2025-05-19"
    lines = (home / "commitments.txt").read_bytes()

    assert lines.decode().split("\n")[:-1] == [
        f"{each['draw_id']} {each['commitment']}" for each in season.commitments()
    ]
    assert json.loads((home / "commitments.json").read_text())["sha256"] == hashlib.sha256(lines).hexdigest()


def test_the_host_is_asked_for_the_dice_of_all_draws_at_once(season: DrawBench) -> None:
    (row,) = season.request(DICE_REQUEST)

    assert (row["request_id"], row["subject"], row["decision"]) == (DICE_REQUEST, "draw", "")
    assert "2 draws" in row["observed"]
    assert "2025-05-19 16:30" in row["observed"]


@pytest.mark.parametrize("group", BOTH)
def test_a_held_draw_has_a_protocol_that_checks_out(season: DrawBench, group: str) -> None:
    protocol = season.protocol(group)
    pulse = Pulse.from_mapping(protocol["pulse"])

    assert check_protocol(protocol) == []
    assert verify_pulse(CHAIN, pulse).hex() == protocol["pulse"]["randomness"]
    assert (protocol["version"], protocol["dice"], pulse.round) == (1, THROWN, ROUND)
    assert (protocol["contest"], protocol["group"]["id"]) == (CONTEST, group)
    assert protocol["chain"]["name"] == "test"
    assert season.versions(group) == [season.public(f"{draw_id(group)}/protocol.json").read_bytes()]


@pytest.mark.parametrize("group", BOTH)
def test_a_held_draw_ranks_as_hashlib_and_hmac_alone_do(season: DrawBench, group: str) -> None:
    protocol = season.protocol(group)
    again = drawn({**protocol, "pulse": None, "dice": None}, protocol["pulse"], THROWN)

    assert again == protocol
    assert len(set(protocol["awards"])) == PRIZES


@pytest.mark.parametrize("group", BOTH)
def test_a_draw_is_held_on_the_very_manifest_that_was_committed_to(season: DrawBench, group: str) -> None:
    protocol = season.protocol(group)
    (made,) = (each for each in season.commitments() if each["draw_id"] == draw_id(group))

    assert json.loads(made["manifest"]) == protocol["manifest"]
    assert made["commitment"] == protocol["commit"]
    assert season.public(f"{draw_id(group)}/manifest.json").read_text() == made["manifest"]
    assert (
        parse_entrants(season.public(f"{draw_id(group)}/entrants.txt").read_bytes()) == protocol["entrants"]
    )


def test_the_operator_learns_who_gets_which_prize_by_name(season: DrawBench) -> None:
    rows = season.prizes()
    people = {one.participant: one for one in EVERYBODY}

    assert len(rows) == PRIZES * len(BOTH)
    for row in rows:
        one = people[row["participant"]]
        assert (row["surname"], row["name"], row["email"]) == (one.surname, one.name, one.email)
        assert season.awards(one.region)[int(row["prize"]) - 1] == row["code"]
        assert season.protocol(one.region)["prizes"][int(row["prize"]) - 1] == row["award"]
    xml = season.site.outbox / "operator" / CONTEST / "prizes.v1.xml"
    assert xml.read_text(encoding="utf-8").count("<prize") >= len(rows)


def test_no_file_of_the_public_outbox_names_a_person(season: DrawBench) -> None:
    told = {path: path.read_bytes() for path in (season.site.outbox / "public").rglob("*") if path.is_file()}

    assert len(told) > 20
    assert [
        (path.name, text)
        for path, data in told.items()
        for text in identifying()
        if any(form in data.lower() for form in spellings(text))
    ] == []


def identifying() -> list[str]:
    """Everything in the files of the season that tells who somebody is."""
    return [
        text
        for one in EVERYBODY
        for text in (one.surname, one.name, one.email, one.participant, one.handle, one.work, one.video)
    ]


def spellings(text: str) -> list[bytes]:
    """How a text may stand in a file: as it is, or escaped in JSON or in HTML."""
    return [
        text.lower().encode(),
        json.dumps(text.lower())[1:-1].encode().lower(),
        "".join(f"&#{ord(letter)};" for letter in text.lower()).encode(),
    ]


def test_each_entrant_and_each_winner_has_one_letter(season: DrawBench) -> None:
    winners = [row["participant"] for row in season.prizes()]
    listed = [one.participant for one in EVERYBODY if one.number >= len(EVERYBODY) // 2 - PLACES]

    assert season.letters("entrant-1") == [("entrant-1", who) for who in sorted(listed)]
    assert season.letters("prize") == [("prize", who) for who in sorted(winners)]
    assert season.letters("answer") == [
        ("answer", one.participant) for one in EVERYBODY if one.participant not in winners
    ]


def test_the_letter_of_an_entrant_has_the_code_that_stands_on_the_list(season: DrawBench) -> None:
    rows = season.rows(tables.messages, tables.messages.c.kind == "entrant-1")
    for row in rows:
        content = json.loads(row["content"])
        group = next(one.region for one in EVERYBODY if one.participant == row["person"])

        assert content["public_code"] in season.protocol(group)["entrants"]
        assert content["draw"]["commitment"] == season.protocol(group)["commit"]
    assert len(rows) == PLACES * len(BOTH)


def test_the_audit_log_tells_of_the_commitment_and_of_each_draw(season: DrawBench) -> None:
    (committed_to,) = season.audited("draw.committed")
    held_ = season.audited("draw.held")
    commits = {each["draw_id"]: each["commitment"] for each in season.commitments()}

    assert committed_to == {"revision": 1, "draws": commits}
    assert held_ == [{"draw": draw, "version": 1, "commit": commit} for draw, commit in commits.items()]


def test_everything_in_the_outbox_of_a_draw_verifies(season: DrawBench) -> None:
    authority = season.site.path(season.site.settings.keys.authority)
    findings = [finding for home in season.site.outbox.iterdir() for finding in verify_path(home, authority)]

    assert [finding for finding in findings if not finding.ok] == []
    assert len(findings) > 20


# --- nothing depends on the order of files or rows ---


def commits(bench: DrawBench) -> list[tuple[str, str]]:
    return [(each["draw_id"], each["commitment"]) for each in bench.commitments()]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_and_files_changes_no_commitment(
    season: DrawBench, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    people = chance.sample(EVERYBODY, len(EVERYBODY))
    files = [
        ("platform", "participants.csv", participants(people)),
        *(("social", f"works-{part}.csv", works(people[part::3])) for part in range(3)),
    ]
    chance.shuffle(files)
    root = new_site(tmp_path / "site")
    copy_keys(season.root, root)
    with working(root, FILES) as bench:
        for sender, name, data in files:
            bench.send(name, data, sender)
        for moment in (CLOSED, POOLED, COMMITTED):
            bench.work(moment)

        assert commits(bench) == commits(season)


def test_dice_for_a_request_of_another_contest_are_not_asked_for(committed: DrawBench) -> None:
    delivery = committed.throw(request="bilimclass-curator.draw.broadcast.1")

    assert [code for code, _ in committed.refusals(delivery)] == ["not-asked"]
