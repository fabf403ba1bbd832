"""Annulled prizes of a public draw: who gets them, by which version of the protocol."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from draw_sites import BOTH, CONTEST, LATER, PLACES, PRIZES, DrawBench, draw_id, held_site, working

from jobs.draw1 import check_protocol, parse_protocol
from worker.deliver.verify import verify_path
from worker.store import requests, tables

NOT_ELIGIBLE, UNTRUE = "not-eligible", "untrue-information"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[DrawBench]:
    """A site two days after its draw."""
    with working(held_site(tmp_path / "site"), LATER) as bench:
        yield bench


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
