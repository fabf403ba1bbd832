"""The road of a public draw on a live site: from the lists committed to, over dice and beacon, to annulled prizes."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from draw_sites import (
    BOTH,
    CHAIN,
    CLOSED,
    COMMITTED,
    CONTEST,
    DICE,
    DICE_REQUEST,
    DRAWN,
    EVERYBODY,
    FILES,
    LATER,
    LEAST,
    PLACES,
    POOLED,
    PRIZES,
    ROUND,
    SECRET,
    SPOKEN,
    THROWN,
    DrawBench,
    Teacher,
    change_rulebook,
    committed_site,
    copy_of,
    draw_id,
    held_site,
    new_site,
    participants,
    pulse_file,
    put_off,
    teachers,
    working,
    works,
)
from protocols import drawn
from sites import copy_keys

from jobs.beacon import Pulse, round_at
from jobs.draw1 import check_protocol, parse_entrants, parse_protocol
from worker.beacon import new_test_chain, sign_round, verify_pulse
from worker.deliver.verify import verify_path
from worker.store import requests, tables
from worker.store.tables import instant

DAY = timedelta(hours=24)
NOT_ELIGIBLE, UNTRUE = "not-eligible", "untrue-information"


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


@pytest.fixture
def held(tmp_path: Path) -> Iterator[DrawBench]:
    """A site two days after its draw."""
    with working(held_site(tmp_path / "site"), LATER) as bench:
        yield bench


def pool(root: Path) -> None:
    """Work to the moment of the pool."""
    with working(root, FILES) as bench:
        bench.season(EVERYBODY, until=POOLED)


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


# --- the beacon ---

RIGHT = sign_round(SECRET, CHAIN, ROUND)
NEXT = sign_round(SECRET, CHAIN, ROUND + 1)


def proved_by(signature: str, round_: int = ROUND) -> Pulse:
    """A pulse whose randomness is the hash of its signature, as drand's is."""
    return Pulse(round_, hashlib.sha256(bytes.fromhex(signature)).hexdigest(), signature)


def flipped(text: str, at: int) -> str:
    """A hex text with one bit turned over."""
    return text[:at] + f"{int(text[at], 16) ^ 1:x}" + text[at + 1 :]


WRONG = {
    "another round": (NEXT, "not-our-round", str(ROUND)),
    "another round's valid signature": (
        replace(NEXT, round=ROUND),
        "pulse-not-valid",
        f"not that of the test chain for round {ROUND}",
    ),
    "a flipped bit of the signature": (
        proved_by(flipped(RIGHT.signature, 60)),
        "pulse-not-valid",
        "signature is not that",
    ),
    "the point at infinity": (proved_by("c0" + "00" * 47), "pulse-not-valid", "point at infinity"),
    "a randomness that is not the signature's": (
        replace(RIGHT, randomness=flipped(RIGHT.randomness, 5)),
        "pulse-not-valid",
        "randomness is not",
    ),
    "a signature of another key": (
        replace(
            sign_round(b"another key", new_test_chain(b"another key", CHAIN.genesis_time), ROUND), round=ROUND
        ),
        "pulse-not-valid",
        "signature is not that",
    ),
    "a signature cut short": (
        proved_by(RIGHT.signature[:-2]),
        "wrong-form",
        "signature",
    ),
}


@pytest.mark.parametrize(("pulse", "code", "why"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_pulse_is_refused_with_its_reason_and_decides_nothing(
    committed: DrawBench, pulse: Pulse, code: str, why: str
) -> None:
    committed.throw()
    committed.work(SPOKEN)
    delivery = committed.speak(pulse, name="wrong.json")
    ((refused_as, sentence),) = committed.refusals(delivery)

    assert delivery["state"] == "refused"
    assert refused_as == code
    assert why in sentence
    assert committed.winners() == []
    assert committed.counted("pulses") == []


def test_the_right_pulse_holds_the_draw_after_a_wrong_one(committed: DrawBench) -> None:
    committed.throw()
    committed.work(SPOKEN)
    committed.speak(NEXT, name="wrong.json")

    assert committed.speak()["state"] == "accepted"
    assert check_protocol(committed.protocol("KZ-10")) == []


def test_of_a_file_with_two_pulses_the_right_one_is_taken(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    both = json.dumps([NEXT.as_dict(), RIGHT.as_dict()]).encode()
    delivery = committed.send("pulses.json", both)

    assert (delivery["state"], delivery["rows"], delivery["refused_rows"]) == ("partial", 1, 1)
    assert committed.protocol("KZ-10")["pulse"] == RIGHT.as_dict()


def test_a_pulse_before_any_commitment_is_refused(tmp_path: Path) -> None:
    with working(copy_of(pool, tmp_path / "site"), POOLED) as bench:
        ((code, why),) = bench.refusals(bench.speak())

        assert code == "not-our-round"
        assert "none yet" in why


def test_a_pulse_before_its_moment_by_the_workers_clock_holds_no_draw(committed: DrawBench) -> None:
    """Either the clock is slow, and dice could be thrown by whoever knows the pulse; or the beacon is no beacon."""
    delivery = committed.speak()

    assert delivery["state"] == "refused"
    assert committed.winners() == []


def test_an_early_pulse_with_dice_after_it_never_makes_two_results(committed: DrawBench) -> None:
    committed.speak()
    committed.throw()
    committed.work(SPOKEN)
    committed.speak(name="pulse-again.json")
    winners = committed.rows(tables.verdicts, tables.verdicts.c.code == "prize")
    of_each_run = {row["run_id"]: set[tuple[str, str]]() for row in winners}
    for row in winners:
        of_each_run[row["run_id"]].add((row["entry"], row["facts"]))

    assert winners
    assert len({frozenset(each) for each in of_each_run.values()}) == 1


def test_a_pulse_of_a_sender_who_may_send_none_is_refused(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    delivery = committed.send("pulse.json", pulse_file(RIGHT), sender="social")

    assert (delivery["state"], delivery["code"]) == ("refused", "feed-not-allowed")
    assert committed.winners() == []


# --- dice ---


@pytest.mark.parametrize(
    "digits",
    [THROWN[:-1], f"{THROWN}1", "sixty-three", f"{THROWN[:4]} {THROWN[4:-1]}", "٦" * 20, f"-{THROWN[1:]}"],
    ids=["nineteen", "twenty-one", "letters", "with a space", "other digits", "a sign"],
)
def test_what_is_not_twenty_digits_is_no_dice(committed: DrawBench, digits: str) -> None:
    ((code, why),) = committed.refusals(committed.throw(digits))

    assert code == "not-dice"
    assert "twenty ten-sided dice" in why


def test_dice_of_a_slip_of_the_pen_can_be_typed_again(committed: DrawBench) -> None:
    committed.throw(THROWN[:-1], name="slip.csv")
    committed.throw()
    committed.work(SPOKEN)
    committed.speak()

    assert committed.protocol("KZ-10")["dice"] == THROWN


def test_dice_that_failed_are_empty(committed: DrawBench) -> None:
    assert committed.throw("none")["state"] == "accepted"
    committed.work(SPOKEN)
    committed.speak()

    for group in BOTH:
        assert committed.protocol(group)["dice"] == ""
        assert check_protocol(committed.protocol(group)) == []


def test_without_dice_the_draw_is_held_once_the_beacon_has_spoken(committed: DrawBench) -> None:
    committed.work(SPOKEN)
    assert committed.winners() == []
    committed.speak()

    assert committed.protocol("KZ-10")["dice"] == ""
    assert check_protocol(committed.protocol("KZ-10")) == []


@pytest.mark.parametrize("moment", [DRAWN, SPOKEN, LATER])
def test_dice_from_the_moment_of_the_draw_on_are_too_late(committed: DrawBench, moment: datetime) -> None:
    committed.work(moment)
    ((code, why),) = committed.refusals(committed.throw())
    committed.speak()

    assert code == "dice-too-late"
    assert "beacon" in why
    assert committed.protocol("KZ-10")["dice"] == ""


def test_dice_a_second_before_the_moment_count(committed: DrawBench) -> None:
    committed.work(DRAWN - timedelta(seconds=1))
    assert committed.throw()["state"] == "accepted"
    committed.work(SPOKEN)
    committed.speak()

    assert committed.protocol("KZ-10")["dice"] == THROWN


def test_a_second_other_throw_is_refused_and_the_first_counts(committed: DrawBench) -> None:
    committed.throw()
    ((code, _why),) = committed.refusals(committed.throw("0" * 20, name="again.csv"))
    committed.work(SPOKEN)
    committed.speak()

    assert code == "decided-before"
    assert committed.protocol("KZ-10")["dice"] == THROWN


def test_a_throw_cannot_follow_dice_that_failed(committed: DrawBench) -> None:
    committed.throw("none")
    ((code, _why),) = committed.refusals(committed.throw(name="again.csv"))

    assert code == "decided-before"


def test_two_throws_in_one_file_decide_nothing(committed: DrawBench) -> None:
    delivery = committed.decide(DICE_REQUEST, ("draw", THROWN), ("draw", "0" * 20))

    assert [code for code, _ in committed.refusals(delivery)] == ["decided-twice"] * 2


# --- a finished draw ---


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


def blocked_because(bench: DrawBench) -> str:
    """Why the draw waits, as the log has it, said once."""
    (said,) = (facts["why"] for facts in bench.said("run.blocked") if facts["stage"] == "draw")
    return str(said)


# --- lists and rulebooks that change ---


def test_a_rulebook_edited_on_the_day_of_the_draw_blocks_it_with_a_sentence(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    change_rulebook(root, '"iPhone 15"', '"iPhone 16"')
    with working(root, DICE) as bench:
        bench.throw()
        assert "less than 24 hours before the draw at 2025-05-19 16:30" in blocked_because(bench)
        bench.work(SPOKEN)
        bench.speak()

        assert bench.winners() == []
        assert len(bench.commitments()) == len(BOTH)
        last = [facts["why"] for facts in bench.said("run.blocked")][-1]
        assert f"put back the rulebook with which {draw_id('KZ-10')} was committed to" in last


def test_a_blocked_draw_is_held_once_its_rulebook_is_back(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    change_rulebook(root, '"iPhone 15"', '"iPhone 16"')
    with working(root, DICE) as bench:
        bench.throw()
        bench.work(SPOKEN)
        bench.speak()
    change_rulebook(root, '"iPhone 16"', '"iPhone 15"')
    with working(root, SPOKEN) as bench:
        bench.work()

        assert check_protocol(bench.protocol("KZ-10")) == []
        assert bench.protocol("KZ-10")["prizes"][0] == "iPhone 15"
        assert bench.protocol("KZ-10")["dice"] == THROWN


def move(root: Path) -> None:
    """Put the draw off by four days after the dice had been thrown for it."""
    committed_site(root)
    with working(root, COMMITTED + timedelta(days=1)) as bench:
        bench.throw()
    put_off(root)
    with working(root, COMMITTED + timedelta(days=2)) as bench:
        bench.work()


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(move, tmp_path / "site"), COMMITTED + timedelta(days=2)) as bench:
        yield bench


MOVED_TO = DRAWN + timedelta(days=4)
MOVED_ROUND = round_at(CHAIN, MOVED_TO)


def test_a_draw_put_off_is_committed_to_anew_and_names_what_it_replaces(moved: DrawBench) -> None:
    summary = json.loads(moved.public("commitments.json").read_text())
    newest = {each["draw_id"]: each for each in moved.commitments() if each["revision"] == 2}

    assert summary["revision"] == 2
    assert summary["replaces"] == f"draw-commitment/{CONTEST}/2025/draw/1"
    assert newest.keys() == {draw_id(group) for group in BOTH}
    for group in BOTH:
        made = newest[draw_id(group)]
        assert (made["round"], instant(made["draw_at"])) == (MOVED_ROUND, MOVED_TO)
        assert (
            moved.public(f"{draw_id(group)}/commit.txt").read_text().strip()
            == made["commitment"]
            == hashlib.sha256(made["manifest"].encode()).hexdigest()
        )


def test_a_draw_put_off_asks_for_dice_anew_and_the_old_ones_do_not_count(moved: DrawBench) -> None:
    moved.work(MOVED_TO)
    moved.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

    assert moved.protocol("KZ-10")["dice"] == ""
    assert check_protocol(moved.protocol("KZ-10")) == []
    assert moved.request(f"{CONTEST}.draw.broadcast.2")[0]["subject"] == "draw"


def test_a_draw_put_off_counts_the_new_dice(moved: DrawBench) -> None:
    moved.work(MOVED_TO - timedelta(minutes=20))
    moved.throw("1" * 20, request=f"{CONTEST}.draw.broadcast.2", name="new.csv")
    moved.work(MOVED_TO)
    moved.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

    assert moved.protocol("KZ-10")["dice"] == "1" * 20


def test_the_pulse_of_the_first_moment_does_not_hold_a_draw_that_was_put_off(moved: DrawBench) -> None:
    moved.work(SPOKEN)

    assert [code for code, _ in moved.refusals(moved.speak())] == ["not-our-round"]
    assert moved.winners() == []


def test_entrants_hear_of_each_commitment_once(moved: DrawBench) -> None:
    first, second = moved.letters("entrant-1"), moved.letters("entrant-2")

    assert [who for _, who in first] == [who for _, who in second]
    assert len(second) == PLACES * len(BOTH)


def test_dice_typed_for_a_commitment_that_was_replaced_are_refused(tmp_path: Path) -> None:
    root = committed_site(tmp_path / "site")
    put_off(root)
    with working(root, COMMITTED + timedelta(days=2)) as bench:
        bench.work()
        bench.work(DICE)
        delivery = bench.throw()

        assert delivery["state"] == "refused"


def test_a_list_frozen_within_a_day_of_the_draw_is_not_committed_to(tmp_path: Path) -> None:
    with working(copy_of(pool, tmp_path / "site"), POOLED) as bench:
        bench.work(DRAWN - DAY + timedelta(seconds=1))

        assert bench.commitments() == []
        assert "its list would be published less than 24 hours before the draw" in blocked_because(bench)
        assert "put the draw off" in blocked_because(bench)
        bench.work(SPOKEN)
        assert bench.winners() == []


def test_a_list_frozen_a_day_before_the_draw_is_in_time(tmp_path: Path) -> None:
    with working(copy_of(pool, tmp_path / "site"), POOLED) as bench:
        bench.work(DRAWN - DAY)
        bench.work(SPOKEN)
        bench.speak()

        assert check_protocol(bench.protocol("KZ-10")) == []


def test_a_draw_of_a_worker_that_was_away_is_held_after_it_was_put_off(tmp_path: Path) -> None:
    root = copy_of(pool, tmp_path / "site")
    with working(root, POOLED) as bench:
        bench.work(DRAWN + timedelta(hours=1))
    put_off(root)
    with working(root, DRAWN + timedelta(hours=2)) as bench:
        bench.work()
        bench.work(MOVED_TO)
        bench.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

        assert check_protocol(bench.protocol("KZ-10")) == []


def hinder(root: Path) -> None:
    """Commit to lists that cannot be published: a file stands where their folder goes."""
    with working(root, FILES) as bench:
        bench.season(EVERYBODY, until=POOLED)
        bench.public("").parent.mkdir(parents=True, exist_ok=True)
        bench.public("").write_bytes(b"in the way")
        bench.work(COMMITTED)


@pytest.fixture
def unpublished(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(hinder, tmp_path / "site"), COMMITTED) as bench:
        yield bench


def test_a_commitment_that_never_got_out_holds_no_draw(unpublished: DrawBench) -> None:
    unpublished.throw()
    unpublished.work(SPOKEN)
    unpublished.speak()

    assert len(unpublished.commitments()) == len(BOTH)
    assert unpublished.said("publish.waits")
    assert unpublished.winners() == []
    assert "its list was not published 24 hours before the draw" in blocked_because(unpublished)


def test_a_commitment_that_got_out_too_late_holds_no_draw(unpublished: DrawBench) -> None:
    unpublished.work(DRAWN - DAY + timedelta(minutes=1))
    unpublished.public("").unlink()
    unpublished.work()
    assert unpublished.public("commitments.json").exists()
    unpublished.work(SPOKEN)
    unpublished.speak()

    assert unpublished.winners() == []
    assert "its list was not published 24 hours before the draw" in blocked_because(unpublished)


def test_a_commitment_that_got_out_a_day_before_holds_the_draw(unpublished: DrawBench) -> None:
    unpublished.work(DRAWN - DAY)
    unpublished.public("").unlink()
    unpublished.work()
    unpublished.work(SPOKEN)
    unpublished.speak()

    assert check_protocol(unpublished.protocol("KZ-10")) == []


def test_a_draw_whose_list_never_got_out_is_held_once_it_was_put_off(unpublished: DrawBench) -> None:
    unpublished.work(SPOKEN)
    unpublished.public("").unlink()
    put_off(unpublished.root)
    unpublished.close()
    with working(unpublished.root, SPOKEN + timedelta(hours=1)) as bench:
        bench.work()
        bench.work(MOVED_TO)
        bench.speak(sign_round(SECRET, CHAIN, MOVED_ROUND))

        assert check_protocol(bench.protocol("KZ-10")) == []


def test_works_that_come_after_the_commitment_change_no_list(committed: DrawBench) -> None:
    late = Teacher("KZ-10", 99, likes=100_000)
    committed.send("participants-late.csv", participants([*EVERYBODY, late]), sender="platform")
    delivery = committed.send("works-late.csv", works([late]), sender="social")
    committed.throw()
    committed.work(SPOKEN)
    committed.speak()

    assert "pool" in committed.receipt(delivery)["business"]["too_late_for"] or (
        "admitted" in committed.receipt(delivery)["business"]["too_late_for"]
    )
    assert len(committed.commitments()) == len(BOTH)
    assert committed.protocol("KZ-10")["manifest"]["entrants_count"] == PLACES
    assert check_protocol(committed.protocol("KZ-10")) == []


# --- annulled prizes ---


def test_an_annulled_prize_goes_to_the_next_ticket_and_all_others_stay(held: DrawBench) -> None:
    before = held.protocol("KZ-10")
    loser, next_ = before["awards"][1], before["ranking"][PRIZES][0]
    delivery = held.annul((loser, UNTRUE))
    after = held.protocol("KZ-10")

    assert delivery["state"] == "accepted"
    assert after["awards"] == [next_ if one == loser else one for one in before["awards"]]
    assert after["ranking"] == before["ranking"]
    assert held.protocol("KZ-62")["version"] == 1


def test_an_annulment_names_its_ground_its_evidence_and_its_time(held: DrawBench) -> None:
    loser = held.awards("KZ-10")[0]
    assert loser is not None
    delivery = held.annul((loser, NOT_ELIGIBLE))
    (record,) = held.protocol("KZ-10")["annulments"]

    assert record == {
        "entrant": loser,
        "ground": NOT_ELIGIBLE,
        "evidence_sha256": delivery["sha256"],
        "decided_at": LATER.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert held.audited("draw.annulled") == [
        {"draw": draw_id("KZ-10"), "version": 2, "commit": held.protocol("KZ-10")["commit"]}
    ]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DrawBench, list[str]]]:
    """A prize annulled, and annulled again of whoever got it; the code of each holder in turn. To be looked at."""
    with working(held_site(tmp_path_factory.mktemp("twice") / "site"), LATER) as bench:
        first, second, third = holders_in_turn(bench, "KZ-10", prize=0)
        bench.annul((first, UNTRUE))
        bench.work(LATER + timedelta(days=1))
        bench.annul((second, NOT_ELIGIBLE), request=f"{CONTEST}.draw.annulment.2", name="annul-2.csv")
        yield bench, [first, second, third]


def holders_in_turn(bench: DrawBench, group: str, prize: int) -> tuple[str, str, str]:
    """Who has a prize, and the two who come after all winners."""
    protocol = bench.protocol(group)
    return protocol["awards"][prize], protocol["ranking"][PRIZES][0], protocol["ranking"][PRIZES + 1][0]


def test_a_prize_annulled_again_goes_to_the_ticket_after_that(twice: tuple[DrawBench, list[str]]) -> None:
    bench, codes = twice
    first = parse_protocol(bench.versions("KZ-10")[0])

    assert bench.awards("KZ-10") == [codes[2], *first["awards"][1:]]
    assert [each["entrant"] for each in bench.protocol("KZ-10")["annulments"]] == codes[:2]


def test_the_versions_of_a_protocol_are_a_chain(twice: tuple[DrawBench, list[str]]) -> None:
    bench, _codes = twice
    one, two, three = bench.versions("KZ-10")

    assert check_protocol(parse_protocol(one)) == []
    assert check_protocol(parse_protocol(two), one) == []
    assert check_protocol(parse_protocol(three), two) == []
    assert parse_protocol(two)["previous"] == hashlib.sha256(one).hexdigest()
    assert parse_protocol(three)["previous"] == hashlib.sha256(two).hexdigest()
    assert bench.public(f"{draw_id('KZ-10')}/protocol.json").read_bytes() == three


def test_whoever_gets_an_annulled_prize_is_asked_about_in_a_standing_request(
    twice: tuple[DrawBench, list[str]],
) -> None:
    bench, codes = twice
    asked = [
        [row["subject"] for row in bench.request(f"{CONTEST}.draw.annulment.{number}")] for number in (2, 3)
    ]

    assert asked == [[codes[1]], [codes[2]]]
    with bench.parts.engine.begin() as connection:
        assert requests.open_requests(connection, CONTEST) == []


def test_letters_of_annulments_are_queued_once_each(twice: tuple[DrawBench, list[str]]) -> None:
    bench, codes = twice
    first, second, third = (person_of(bench, code) for code in codes)
    winners = [row["participant"] for row in bench.prizes(1)]

    assert bench.letters("annulled") == sorted([("annulled", first), ("annulled", second)])
    assert bench.letters("prize") == sorted(("prize", who) for who in [*winners, second, third])
    assert len(bench.letters("entrant-1")) == PLACES * len(BOTH)


def person_of(bench: DrawBench, code: str) -> str:
    rows = bench.rows(tables.messages, tables.messages.c.kind == "entrant-1")
    return next(str(row["person"]) for row in rows if json.loads(row["content"])["public_code"] == code)


def test_the_operator_gets_a_new_list_of_prizes_with_each_annulment(
    twice: tuple[DrawBench, list[str]],
) -> None:
    bench, codes = twice
    first_prizes = [
        next(
            row["code"]
            for row in bench.prizes(version)
            if (row["draw_id"], row["prize"]) == (draw_id("KZ-10"), "1")
        )
        for version in (1, 2, 3)
    ]

    assert first_prizes == codes


def test_everything_in_the_outbox_verifies_after_annulments(twice: tuple[DrawBench, list[str]]) -> None:
    bench, _codes = twice
    authority = bench.site.path(bench.site.settings.keys.authority)

    assert [f for home in bench.site.outbox.iterdir() for f in verify_path(home, authority) if not f.ok] == []


@pytest.mark.parametrize("ground", ["lost-the-vote", "in", "", UNTRUE.upper()])
def test_a_ground_outside_the_closed_list_annuls_nothing(held: DrawBench, ground: str) -> None:
    loser = held.awards("KZ-10")[0]
    assert loser is not None
    delivery = held.annul((loser, ground))

    assert delivery["state"] == "refused"
    assert held.protocol("KZ-10")["version"] == 1
    if ground not in ("",):
        ((code, why),) = held.refusals(delivery)
        assert code == "no-such-choice"
        assert f"{NOT_ELIGIBLE}, {UNTRUE}" in why


def test_whoever_holds_no_prize_cannot_have_one_annulled(held: DrawBench) -> None:
    nobody = held.protocol("KZ-10")["ranking"][-1][0]

    assert [code for code, _ in held.refusals(held.annul((nobody, UNTRUE)))] == ["not-asked"]
    assert held.protocol("KZ-10")["version"] == 1


def test_a_prize_is_annulled_once(held: DrawBench) -> None:
    loser = held.awards("KZ-10")[0]
    assert loser is not None
    held.annul((loser, UNTRUE))
    after = held.versions("KZ-10")
    ((code, _why),) = held.refusals(held.annul((loser, NOT_ELIGIBLE), name="again.csv"))

    assert code == "decided-before"
    assert held.versions("KZ-10") == after


def test_the_same_annulment_in_another_file_makes_no_new_version(held: DrawBench) -> None:
    loser = held.awards("KZ-10")[0]
    assert loser is not None
    held.annul((loser, UNTRUE))
    after = held.versions("KZ-10")
    held.work(LATER + timedelta(hours=1))
    held.annul((loser, UNTRUE), name="again.csv")

    assert held.versions("KZ-10") == after
    assert len(held.letters("annulled")) == 1


def test_annulments_of_two_regions_in_one_file_each_make_a_version(held: DrawBench) -> None:
    before = {group: held.protocol(group) for group in BOTH}
    held.annul(*((before[group]["awards"][2], UNTRUE) for group in BOTH))

    for group in BOTH:
        after = held.protocol(group)
        assert after["version"] == 2
        assert after["awards"][2] == before[group]["ranking"][PRIZES][0]
        assert check_protocol(after, held.versions(group)[0]) == []
    assert len(held.letters("annulled")) == 2


def test_two_annulments_of_one_draw_in_one_file_are_two_versions_in_the_order_of_the_file(
    held: DrawBench,
) -> None:
    before = held.protocol("KZ-10")
    spare = [code for code, _ in before["ranking"][PRIZES:]]
    held.annul((before["awards"][4], UNTRUE), (before["awards"][1], UNTRUE))
    one, two, three = held.versions("KZ-10")

    assert held.awards("KZ-10") == [before["awards"][0], spare[1], *before["awards"][2:4], spare[0]]
    assert check_protocol(parse_protocol(two), one) == []
    assert check_protocol(parse_protocol(three), two) == []


def test_prizes_that_nobody_is_left_for_stay_unawarded(held: DrawBench) -> None:
    awards = held.awards("KZ-10")
    spare = [code for code, _ in held.protocol("KZ-10")["ranking"][PRIZES:]]
    held.annul(*((code, UNTRUE) for code in awards[:4] if code is not None))

    assert held.awards("KZ-10") == [*spare, None, awards[4]]
    assert check_protocol(held.protocol("KZ-10"), held.versions("KZ-10")[-2]) == []
    assert len(held.prizes(5)) == PRIZES * len(BOTH) - 1


# --- regions with too few teachers ---

FEW = [*EVERYBODY, *teachers("KZ-31", count=LEAST - 1)]
HOLDING = f"{CONTEST}.pool.holding.1"


def pool_few(root: Path) -> None:
    """Work to the moment of the pool with too few teachers in one region of three."""
    with working(root, FILES) as bench:
        bench.season(FEW, until=POOLED)


@pytest.fixture
def few(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(pool_few, tmp_path / "site"), POOLED) as bench:
        yield bench


def test_a_region_below_the_quorum_is_asked_about_once_as_a_region(few: DrawBench) -> None:
    (row,) = few.request(HOLDING)

    assert row["subject"] == "KZ-31"
    assert f"{LEAST - 1}, {LEAST} needed" in row["observed"]
    few.work(COMMITTED)
    assert len(few.rows(tables.requests)) == 1


def test_no_draw_is_committed_to_while_a_region_waits(few: DrawBench) -> None:
    few.work(COMMITTED)
    few.work(SPOKEN)

    assert few.commitments() == []
    assert few.winners() == []
    assert [row["state"] for row in few.rows(tables.runs, tables.runs.c.stage == "pool")] == ["waiting"]


def test_the_others_are_drawn_without_a_region_that_is_not_held(few: DrawBench) -> None:
    few.decide(HOLDING, ("KZ-31", "do-not-hold"), name="holding.csv")
    few.work(COMMITTED)
    few.work(SPOKEN)
    few.speak()

    assert [each["draw_id"] for each in few.commitments()] == [draw_id(group) for group in BOTH]
    assert not few.public(draw_id("KZ-31")).exists()
    assert all(check_protocol(few.protocol(group)) == [] for group in BOTH)
    assert ("answer", "teacher-31-000") in few.letters("answer")


def test_a_region_that_is_held_all_the_same_leaves_prizes_unawarded(few: DrawBench) -> None:
    few.decide(HOLDING, ("KZ-31", "hold"), name="holding.csv")
    few.work(COMMITTED)
    few.work(SPOKEN)
    few.speak()
    awards = few.awards("KZ-31")

    assert awards[LEAST - 1 :] == [None] * (PRIZES - LEAST + 1)
    assert None not in awards[: LEAST - 1]
    assert check_protocol(few.protocol("KZ-31")) == []
    assert len(few.commitments()) == 3


@pytest.mark.parametrize("word", ["maybe", "in", "hold "])
def test_a_word_that_is_no_choice_decides_about_no_region(few: DrawBench, word: str) -> None:
    delivery = few.decide(HOLDING, ("KZ-31", word), name="holding.csv")
    accepted = delivery["state"] == "accepted"

    assert accepted == (word.strip() == "hold")
    assert accepted or [code for code, _ in few.refusals(delivery)] == ["no-such-choice"]


def test_where_no_region_is_held_nothing_is_drawn_and_the_season_ends(tmp_path: Path) -> None:
    with working(new_site(tmp_path / "site"), FILES) as bench:
        bench.season(teachers("KZ-31", count=LEAST - 1), until=POOLED)
        bench.decide(HOLDING, ("KZ-31", "do-not-hold"), name="holding.csv")
        bench.work(COMMITTED)

        assert bench.said("run.failed") == []
        assert [row["state"] for row in bench.rows(tables.runs, tables.runs.c.stage == "draw")] == ["settled"]
        assert bench.commitments() == []


# --- shares that a platform does not tell ---

UNTOLD = [
    *teachers("KZ-10"),
    Teacher("KZ-62", 0, likes=1000, shares=500),
    Teacher("KZ-62", 1, likes=1200, shares=None),
    *(Teacher("KZ-62", number, likes=10_000 + number) for number in range(2, PLACES + 1)),
]
"""One place is left in KZ-62: number 0 has it where shares count as 0, number 1 where they count for nobody."""
READING = f"{CONTEST}.pool.shares.1"


def pool_untold(root: Path) -> None:
    """Work to the moment of the pool with shares that one platform does not tell."""
    with working(root, FILES) as bench:
        bench.season(UNTOLD, until=POOLED)


@pytest.fixture
def untold(tmp_path: Path) -> Iterator[DrawBench]:
    with working(copy_of(pool_untold, tmp_path / "site"), POOLED) as bench:
        yield bench


def test_the_choice_between_two_readings_is_asked_for_once(untold: DrawBench) -> None:
    (row,) = untold.request(READING)
    untold.work(COMMITTED)

    assert row["subject"] == "reading"
    assert "2 entries differ" in row["observed"]
    assert len(untold.rows(tables.requests)) == 1
    assert untold.commitments() == []


@pytest.mark.parametrize(("reading", "inside", "outside"), [("zero", 0, 1), ("left-out", 1, 0)])
def test_each_reading_leads_to_its_own_pool_and_list(
    untold: DrawBench, reading: str, inside: int, outside: int
) -> None:
    untold.decide(READING, ("reading", reading), name="reading.csv")
    untold.work(COMMITTED)
    listed = [who for _, who in untold.letters("entrant-1")]

    assert f"teacher-62-{inside:03}" in listed
    assert f"teacher-62-{outside:03}" not in listed
    assert (
        untold.public(f"{draw_id('KZ-62')}/entrants.txt").read_bytes().count(b"\n")
        == untold.public(f"{draw_id('KZ-10')}/entrants.txt").read_bytes().count(b"\n")
        == PLACES
    )


def test_a_reading_that_is_no_choice_is_refused(untold: DrawBench) -> None:
    delivery = untold.decide(READING, ("reading", "sum"), name="reading.csv")

    assert [code for code, _ in untold.refusals(delivery)] == ["no-such-choice"]


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
