"""The broadcast page of draws, clicked through in headless Chromium as an organiser and as a viewer would."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from broadcast import TEMPLATES, Page
from browser import PHONE, STREAM, calm, chromium, console, demand_chromium, requests, sized
from machine import skip_or_fail
from protocols import (
    DEFAULT,
    DEFAULT_ROUND_1,
    PRIZES,
    QUICKNET,
    ROUND_1000,
    Protocol,
    annulled,
    codes,
    digits,
    drawn,
    sealed,
    test_beacon,
)
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from jobs.beacon import Chain, Pulse
from jobs.draw1 import Annulment, announce, annul, hold, manifest_of
from jobs.draw1 import entrant_file as published_list
from worker.deliver.broadcast import broadcast_page

DICE = "63454660390103169462"
TITLE = {"kk": "Жаңашыл мұғалім", "ru": "Педагог-новатор", "en": "Innovator teacher"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    demand_chromium()
    with chromium() as driver:
        calm(driver, reduced=True)
        yield driver


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Iterator[Page]:
    """A page to be opened; at the end no complaint of the console and no request may have been left behind."""
    sized(browser, STREAM)
    calm(browser, reduced=True)
    console(browser)
    requests(browser)
    yield Page(browser, tmp_path)
    assert console(browser) == []
    assert requests(browser) == []


def region(seed: int, number: int = 102, **shown: object) -> Protocol:
    """A sealed draw of a region, with every fact a page shows."""
    group = {"id": "KZ-10", "kk": "Абай облысы", "ru": "область Абай", "en": "Abai region"}
    facts: dict[str, Any] = {
        "contest": "bilimclass-innovator",
        "title": TITLE,
        "group": group,
        "organisation": "«Bilim Land» ЖШС",
    }
    entrants = codes(random.Random(seed), number)
    return sealed(f"innovator-2025-{seed}", entrants, PRIZES[:5], **(facts | shown))


# --- the file ---


def test_page_is_one_file_under_a_policy_that_lets_nothing_in_or_out() -> None:
    html = broadcast_page(TEMPLATES, [drawn(region(1), ROUND_1000, DICE)]).decode()
    assert re.search(r"default-src &#39;none&#39;|default-src 'none'", html)
    assert "unsafe-inline" not in html
    assert "connect-src" not in html
    assert not re.search(r"<(?:img|iframe|script|link)[^>]+(?:src|href)=.?(?:https?:)?//", html)
    assert html.count("<link") == 1
    assert "url(http" not in html


def test_same_protocols_give_the_same_bytes() -> None:
    protocols = [drawn(region(1), ROUND_1000, DICE)]
    assert broadcast_page(TEMPLATES, protocols) == broadcast_page(TEMPLATES, copy.deepcopy(protocols))


def test_eleven_regions_of_110_entrants_stay_far_below_a_megabyte() -> None:
    protocols = [drawn(region(seed, 110), ROUND_1000, DICE) for seed in range(11)]
    assert len(broadcast_page(TEMPLATES, protocols)) < 500_000


def test_hostile_text_in_a_protocol_stays_text(page: Page) -> None:
    hostile = "</script><script>document.title='!'</script><!-- & \u2028 ' \" <b>"
    protocol = drawn(region(1, organisation=hostile, title=None), ROUND_1000, DICE)
    body = broadcast_page(TEMPLATES, [protocol]).decode()
    embedded = body.split('id="protocols">')[1].split("</script>")[0]
    assert json.loads(embedded) == [protocol]
    assert not set(embedded) & set("<>&\u2028")
    page.open([protocol])
    assert page.text("#brand small") == hostile.strip()
    assert page.winners() == protocol["awards"]


# --- before the draw ---


def test_sealed_page_shows_seal_prizes_pool_and_moment(page: Page) -> None:
    protocol = region(2)
    page.open([protocol])
    assert page.text(".seal .hex") == protocol["commit"]
    assert page.text("h1") == "Абай облысы"
    assert page.texts(".prize-row b") == protocol["prizes"]
    assert page.texts(".pool-codes code") == protocol["entrants"]
    assert protocol["draw_id"] in page.text(".hero")
    assert page.texts(".facts dd") == ["102", "5", "1000", "drand quicknet"]
    assert "2023 жылғы 23 тамыз, 15:59:24" in page.text(".moment")
    assert not page.faults()


def test_countdown_runs_to_the_instant_of_the_round(page: Page) -> None:
    soon = datetime.now(UTC) + timedelta(days=3, hours=5, minutes=30)
    round_ = int(soon.timestamp() - QUICKNET["genesis_time"]) // 3
    page.open([sealed("later", codes(random.Random(1), 5), ["pen"], round_=round_)])
    assert page.texts("#timer .cell b")[:2] == ["03", "05"]
    page.open([region(2)])
    assert page.text("#timer") == "Жеребе сәті келді"


def test_moment_is_told_in_the_time_of_kazakhstan(page: Page) -> None:
    round_ = (1747652400 - QUICKNET["genesis_time"]) // 3 + 1  # 2025-05-19 11:00:00 UTC
    page.open([sealed("astana", codes(random.Random(1), 5), ["pen"], round_=round_)])
    assert "2025 жылғы 19 мамыр, 16:00:00" in page.text(".moment")
    assert "Астана уақыты, UTC+5" in page.text(".moment")


def test_my_code_is_found_on_the_list_or_said_to_be_missing(page: Page) -> None:
    protocol = region(3)
    wanted = protocol["entrants"][41]
    page.open([protocol])
    page.type("search", f" {wanted.lower()} ")
    assert wanted in page.text("#answer")
    assert "42" in page.text("#answer")
    assert page.texts(".pool-codes .mine") == [wanted]
    page.type("search", "ZZZZ-ZZZZ-ZZZZ")
    assert page.text("#answer") == "ZZZZ-ZZZZ-ZZZZ коды бұл тізімде жоқ."
    page.type("search", wanted[:2])
    assert 1 <= len(page.texts(".pool-codes code")) < 102


def test_long_list_is_shown_in_full_on_demand(page: Page) -> None:
    protocol = region(4, 1500)
    page.open([protocol])
    assert len(page.texts(".pool-codes code")) == 600
    page.click("more")
    assert page.texts(".pool-codes code") == protocol["entrants"]


def test_dice_then_pulse_then_prizes_are_revealed_from_the_last_to_the_first(page: Page) -> None:
    before = region(5)
    after = drawn(before, ROUND_1000, DICE)
    page.open([before])
    assert not page.driver.find_element(By.ID, "pulse").is_enabled()
    page.draw(DICE, ROUND_1000)
    assert page.winners() == [None] * 5
    assert not page.has("#ranking")
    for prize in (4, 3, 2, 1, 0):
        page.click("next")
        assert page.winners() == [None] * prize + after["awards"][prize:]
        assert after["awards"][prize] in page.text("#live")
        assert after["awards"][prize] in page.text(".unfold .unseen")
    assert page.ranking() == after["ranking"]
    assert after["seed"] in page.text("#record")
    assert page.text(".verdict b") == "Жеребе осы бетте есептелді."


def test_reveal_all_shows_the_same_winners_at_once(page: Page) -> None:
    before = region(6)
    page.open([before])
    page.draw(DICE, ROUND_1000)
    page.click("all")
    assert page.winners() == drawn(before, ROUND_1000, DICE)["awards"]


def test_failed_dice_are_the_empty_text_and_need_no_roll(page: Page) -> None:
    before = region(7)
    page.open([before])
    page.draw("", ROUND_1000)
    page.click("all")
    assert page.ranking() == drawn(before, ROUND_1000, "")["ranking"]


def test_unfinished_dice_are_not_locked_and_a_slip_can_be_corrected(page: Page) -> None:
    before = region(8)
    page.open([before])
    page.type("dice", DICE[:19])
    page.click("lock")
    assert page.text("#dice-hint") == "Дәл 20 цифр керек, қазір – 19."
    assert not page.driver.find_element(By.ID, "pulse").is_enabled()
    page.type("dice", "1" * 20)
    page.click("lock")
    page.click("unlock")
    page.draw(DICE, ROUND_1000)
    page.click("all")
    assert page.winners() == drawn(before, ROUND_1000, DICE)["awards"]


def test_tickets_appear_one_after_another_for_who_did_not_ask_for_calm(page: Page) -> None:
    before = region(9, 120)
    after = drawn(before, ROUND_1000, DICE)
    calm(page.driver, reduced=False)
    page.open([before])
    page.enter(DICE, ROUND_1000)
    page.wait("document.querySelectorAll('#ticket-wall .ready').length >= 5")
    shown = page.tickets()
    assert len(shown) < 120
    assert page.winners() == []
    tickets = dict(after["ranking"])
    assert all(tickets[code].startswith(ticket) for code, ticket in shown.items())
    page.click("to-ru")
    assert len(page.texts("#ticket-wall .ready")) >= len(shown)
    page.click("hurry")
    page.wait("document.getElementById('next') !== null")
    page.click("all")
    assert page.winners() == after["awards"]


FORGED: dict[str, tuple[object, str]] = {
    "no json": ("round 1000", "drand JSON"),
    "a json of something else": ({"round": "1000"}, "drand JSON"),
    "another round": ({**ROUND_1000, "round": 1001}, "Шамшырақтың раунды"),
    "a flipped bit of the randomness": (
        {**ROUND_1000, "randomness": "ee" + ROUND_1000["randomness"][2:]},
        "Кездейсоқ сан",
    ),
    "a flipped bit of the signature": (
        {**ROUND_1000, "signature": ROUND_1000["signature"][:-1] + "8"},
        "Кездейсоқ сан",
    ),
    "a signature that is no hex": ({**ROUND_1000, "signature": "zz"}, "Хаттаманың құрылымы"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_false_pulse_is_refused_before_any_ticket(page: Page, kind: str) -> None:
    pulse, named = FORGED[kind]
    page.open([region(10)])
    page.enter(DICE, pulse)
    page.wait("document.getElementById('refusal').textContent !== ''")
    assert named in page.text("#refusal")
    assert not page.has("#stage")


def _hash(signature: str) -> str:
    return hashlib.sha256(bytes.fromhex(signature)).hexdigest()


@pytest.mark.parametrize("kind", ["another round's valid signature", "flipped bit", "infinity"])
def test_pulse_with_a_false_signature_is_refused_even_if_its_randomness_fits(page: Page, kind: str) -> None:
    chain, theirs = test_beacon(1_700_000_000, 7)
    _, other = test_beacon(1_700_000_000, 8)
    flipped = theirs["signature"][:-1] + ("0" if theirs["signature"][-1] != "0" else "1")
    signature = {
        "another round's valid signature": other["signature"],
        "flipped bit": flipped,
        "infinity": "c0" + "00" * 47,
    }[kind]
    page.open([sealed("forged", codes(random.Random(1), 9), ["pen"], chain=chain, round_=7)])
    page.enter(DICE, {"round": 7, "signature": signature, "randomness": _hash(signature)})
    page.wait("document.getElementById('refusal').textContent !== ''")
    assert "BLS қолтаңбасы" in page.text("#refusal")
    assert not page.has("#stage")
    page.paste("pulse", json.dumps(theirs))
    page.click("start")
    page.wait("document.getElementById('next') !== null")


# --- several draws ---


def broadcast(people: Sequence[str], *ids: str) -> list[Protocol]:
    """Draws of one contest among the same people."""
    return [
        sealed(one, people, PRIZES[:2], contest="c", group=dict.fromkeys(("id", "kk", "ru", "en"), one))
        for one in ids
    ]


def test_who_won_in_an_earlier_draw_of_the_contest_is_passed_over_in_the_next(page: Page) -> None:
    first, second = broadcast(codes(random.Random(11), 3), "first", "second")
    expected = drawn(first, ROUND_1000, DICE)
    page.open([first, second], "second")
    assert "first" in page.text("#luck .wait")
    assert not page.has("#dice")
    page.show("first")
    page.draw(DICE, ROUND_1000)
    page.click("all")
    assert page.winners() == expected["awards"]
    page.click("following")
    page.click("dice-same")
    page.click("start")
    page.wait("document.getElementById('next') !== null")
    page.click("all")
    skipped = dict.fromkeys(expected["awards"], "first")
    assert page.winners() == drawn({**second, "skipped": skipped}, ROUND_1000, DICE)["awards"]
    assert page.winners()[1] is None
    assert "Иесіз қалды" in page.text(".prize-cards")


def test_contents_lead_to_each_draw_and_find_a_code_in_all_of_them(page: Page) -> None:
    protocols = [drawn(region(seed, 20), ROUND_1000, DICE) for seed in (20, 21, 22)]
    page.open(protocols)
    assert page.texts(".card .codes code") == [one for each in protocols for one in each["awards"]]
    page.type("search-all", protocols[1]["entrants"][3])
    assert "Абай облысы" in page.text("#answer-all")
    page.type("search-all", "NOBODY")
    assert page.text("#answer-all") == "NOBODY коды бірде-бір тізімде жоқ."
    page.driver.find_elements(By.CSS_SELECTOR, ".card a")[2].click()
    assert page.winners() == protocols[2]["awards"]
    page.driver.find_element(By.CSS_SELECTOR, "#chooser option:nth-child(2)").click()
    assert page.winners() == protocols[0]["awards"]
    page.driver.find_element(By.CSS_SELECTOR, "#chooser option:first-child").click()
    assert len(page.texts(".card")) == 3


# --- after the draw ---


def random_draw(seed: int) -> tuple[Protocol, Protocol]:
    """A draw of any size before and after: with and without dice, people skipped, prizes annulled; three chains."""
    chance = random.Random(seed)
    beacons = [(QUICKNET, ROUND_1000), (DEFAULT, DEFAULT_ROUND_1), test_beacon(1_700_000_000, 50)]
    chain, pulse = beacons[seed % 3]
    entrants = codes(chance, 1 + seed if seed < 4 else chance.randint(1, 150))
    skipped = dict.fromkeys(
        chance.sample(entrants, min(len(entrants), chance.choice([0, 0, 3]))), "elsewhere"
    )
    thrown = chance.random() < 0.7
    before = sealed(
        f"random-{seed}",
        entrants,
        PRIZES[: chance.randint(1, 7)],
        dice=thrown or chance.random() < 0.5,
        chain=chain,
        round_=pulse["round"],
        skipped=skipped,
    )
    after = drawn(before, pulse, digits(chance) if thrown else "")
    taken = [chance.randrange(len(after["prizes"])) for _ in range(chance.choice([0, 0, 1, 3]))]
    return before, annulled(after, *taken)


def test_fifty_random_draws_are_recomputed_and_agree(page: Page) -> None:
    protocols = [random_draw(seed)[1] for seed in range(50)]
    page.open(protocols)
    assert page.faults() == []
    assert len(page.texts(".state.done")) == 50
    for protocol in protocols:
        page.show(protocol["draw_id"])
        assert page.winners() == protocol["awards"]
        assert page.ranking() == protocol["ranking"]
        assert page.texts("#annulments .annulled code") == _by_prize(protocol)


def _by_prize(protocol: Protocol) -> list[str]:
    """The annulled people in the order of the prizes they had: whoever came before on that prize, first."""
    order = [one for one, _ in protocol["ranking"] if one not in protocol["skipped"]]
    line: list[list[str | None]] = [[one] for one in _padded(order, len(protocol["prizes"]))]
    waiting = order[len(protocol["prizes"]) :]
    for record in protocol["annulments"]:
        prize = next(one for one in line if one[-1] == record["entrant"])
        prize.append(waiting.pop(0) if waiting else None)
    return [one for prize in line for one in prize[:-1] if one]


def _padded(order: Sequence[str], count: int) -> list[str | None]:
    return [*order[:count], *[None] * max(0, count - len(order))]


def test_fifty_random_draws_held_on_the_page_come_out_as_the_reference(page: Page) -> None:
    pairs = [random_draw(seed) for seed in range(50)]
    page.open([before for before, _ in pairs])
    for before, after in pairs:
        page.show(before["draw_id"])
        thrown = before["manifest"]["local_entropy"] != "none"
        page.draw(after["dice"] if thrown else None, after["pulse"])
        page.click("all")
        assert page.winners() == drawn(before, after["pulse"], after["dice"])["awards"]
        assert page.ranking() == after["ranking"]


def test_vector_of_the_notes_agrees(page: Page, shared: Path) -> None:
    vector = json.loads((shared / "notes" / "draw1-vector.json").read_text())
    base = sealed("2026-ALA", vector["entrants"], ["laptop", "tablet", "camera"])
    before = {**base, "manifest": vector["manifest"], "commit": vector["commit"]}
    page.open([before])
    page.draw(vector["dice"], ROUND_1000)
    page.click("all")
    assert [one for one, _ in page.ranking()] == vector["ranking"]
    assert dict(page.ranking()) == vector["tickets"]
    assert vector["seed"] in page.text("#record")
    assert page.winners() == vector["winners"]


def test_protocols_of_the_program_itself_agree(page: Page) -> None:
    facts, pulse = test_beacon(1_700_000_000, 50)
    chain, drawn_pulse = Chain.from_mapping(facts), Pulse.from_mapping(pulse)
    people = codes(random.Random(12), 30)
    manifest = manifest_of(
        "ours", published_list(people), ["pen", "book"], chain, 50, rules_sha256="ab" * 32, dice=True
    )
    first = hold(manifest, people, chain, drawn_pulse, DICE)
    record = Annulment(first["awards"][0], "untrue information", datetime(2025, 5, 21, 9, tzinfo=UTC))
    second = annul(first, [record])
    page.open([second])
    assert page.faults() == []
    assert page.winners() == second["awards"]
    assert page.texts(".annulled code")[0] == first["awards"][0]
    page.open([announce(manifest, people, chain)])
    page.draw(DICE, pulse)
    page.click("all")
    assert page.winners() == first["awards"]


def test_annulled_winner_is_struck_through_with_ground_date_and_who_has_the_prize_now(page: Page) -> None:
    before = drawn(region(13), ROUND_1000, DICE)
    after = annulled(before, 1)
    page.open([after])
    taken, given = before["awards"][1], after["awards"][1]
    assert page.texts('.prize-card[data-prize="2"] s') == [taken]
    struck = "return getComputedStyle(document.querySelector('#annulments s')).textDecorationLine"
    assert page.run(struck) == "line-through"
    told = page.text("#annulments")
    assert all(
        part in told for part in (taken, given, "untrue information in the video", "2025 жылғы 21 мамыр")
    )
    assert after["annulments"][0]["evidence_sha256"] in told
    assert after["previous"] in page.text("#record")


def test_replay_hides_the_winners_until_they_are_revealed_again(page: Page) -> None:
    after = annulled(drawn(region(14), ROUND_1000, DICE), 0)
    page.open([after])
    page.click("replay")
    page.wait("document.getElementById('next') !== null")
    assert page.winners() == [None] * 5
    page.click("all")
    assert page.winners() == after["awards"]


def test_people_passed_over_for_a_draw_elsewhere_are_pointed_out(page: Page) -> None:
    before = region(15)
    after = drawn({**before, "skipped": {before["entrants"][0]: "elsewhere"}}, ROUND_1000, DICE)
    page.open([after])
    assert "бұл бетте жоқ" in page.text("#verdict").lower()
    assert page.winners() == after["awards"]


# --- tampering ---


def _swap(values: list[Any]) -> None:
    values[0], values[1] = values[1], values[0]


def _flip(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


def _edit_entrant(protocol: Protocol) -> None:
    at = protocol["entrants"].index(protocol["ranking"][-1][0])
    protocol["entrants"][at] = protocol["entrants"][at][:-1] + (
        "2" if protocol["entrants"][at][-1] != "2" else "3"
    )


def _remove_annulment(protocol: Protocol) -> None:
    protocol["annulments"].pop()


def _annul_a_stranger(protocol: Protocol) -> None:
    protocol["annulments"].append({**protocol["annulments"][0], "entrant": protocol["ranking"][-1][0]})


def _pose_as_quicknet(protocol: Protocol) -> None:
    """Sound in everything, but the key is one's own."""
    facts, pulse = test_beacon(1_700_000_000, 50)
    chain = {**facts, "name": "quicknet"}
    before = sealed(protocol["draw_id"], protocol["entrants"], protocol["prizes"], chain=chain, round_=50)
    protocol.clear()
    protocol.update(drawn(before, pulse, DICE))


def _resign(protocol: Protocol) -> None:
    signature = "c0" + "00" * 47
    protocol["pulse"].update(signature=signature, randomness=_hash(signature))


def _edited(*path: str | int, to: Callable[[Any], Any]) -> Callable[[Protocol], None]:
    def edit(protocol: Protocol) -> None:
        place: Any = protocol
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to(place[path[-1]])

    return edit


TAMPERED: dict[str, tuple[Callable[[Protocol], None], str]] = {
    "an entrant edited": (_edit_entrant, "entrants"),
    "entrants out of order": (lambda one: _swap(one["entrants"]), "list"),
    "an entrant dropped": (lambda one: one["entrants"].pop(), "count"),
    "a ticket flipped": (_edited("ranking", 7, 1, to=_flip), "tickets"),
    "two places swapped": (lambda one: _swap(one["ranking"]), "order"),
    "a place dropped": (lambda one: one["ranking"].pop(), "order"),
    "two prizes swapped": (lambda one: _swap(one["awards"]), "awards"),
    "a prize given to nobody": (_edited("awards", 2, to=lambda _: None), "awards"),
    "the dice changed": (_edited("dice", to=_flip), "seed"),
    "the dice cut": (_edited("dice", to=lambda dice: dice[:-1]), "dice"),
    "the dice forgotten": (_edited("dice", to=lambda _: ""), "seed"),
    "the round of the pulse changed": (_edited("pulse", "round", to=lambda one: one + 1), "round"),
    "the sealed round changed": (_edited("manifest", "round", to=lambda one: one + 1), "commit"),
    "the randomness changed": (_edited("pulse", "randomness", to=_flip), "randomness"),
    "the signature at infinity": (_resign, "signature"),
    "the seed changed": (_edited("seed", to=_flip), "seed"),
    "the commitment changed": (_edited("commit", to=_flip), "commit"),
    "the rules changed": (_edited("manifest", "rules_sha256", to=_flip), "commit"),
    "a prize renamed": (_edited("prizes", 0, to=lambda _: "iPhone 16"), "prizes"),
    "the annulment removed": (_remove_annulment, "history"),
    "somebody without a prize annulled": (_annul_a_stranger, "annulments"),
    "the version before denied": (_edited("previous", to=lambda _: None), "history"),
    "the chain hash changed": (_edited("chain", "chain_hash", to=_flip), "chain"),
    "the key of the chain changed": (_edited("chain", "public_key", to=_flip), "chain"),
    "another chain posing as quicknet": (_pose_as_quicknet, "chain_name"),
    "the moment changed": (_edited("draw_at", to=lambda _: "2025-05-19T11:00:00Z"), "moment"),
    "the draw renamed": (_edited("draw_id", to=lambda one: one + "x"), "draw_id"),
    "the ranking removed": (_edited("ranking", to=lambda _: None), "form"),
    "the manifest removed": (_edited("manifest", to=lambda _: None), "form"),
    "the pulse removed": (_edited("pulse", to=lambda _: None), "early"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_tampered_protocol_is_shown_in_red_and_without_winners(page: Page, kind: str) -> None:
    tamper, named = TAMPERED[kind]
    protocol = annulled(drawn(region(16), ROUND_1000, DICE), 0)
    tamper(protocol)
    page.open([protocol])
    assert named in page.faults()
    assert "ХАТТАМА СӘЙКЕС ЕМЕС" in page.text("#faults")
    colour = "return getComputedStyle(document.querySelector('.fault')).backgroundColor"
    red, green, blue = map(int, re.findall(r"\d+", page.run(colour)))
    assert red > 150 > 60 > max(green, blue)
    assert not page.says_valid()


def test_untampered_protocol_of_the_same_draw_is_not_red(page: Page) -> None:
    page.open([annulled(drawn(region(16), ROUND_1000, DICE), 0)])
    assert page.faults() == []
    assert page.says_valid()


def test_one_bad_draw_among_good_ones_is_named_and_the_others_stand(page: Page) -> None:
    protocols = [drawn(region(seed, 20), ROUND_1000, DICE) for seed in (30, 31, 32)]
    _swap(protocols[1]["awards"])
    page.open(protocols)
    assert page.faults() == ["awards"]
    shown = set(page.texts(".codes code"))
    assert shown == {*protocols[0]["awards"], *protocols[2]["awards"]}
    page.show(protocols[0]["draw_id"])
    assert "ХАТТАМА СӘЙКЕС ЕМЕС" in page.text("#faults")
    assert page.winners() == protocols[0]["awards"]


def test_person_passed_over_without_having_won_is_found(page: Page) -> None:
    first, second = broadcast(codes(random.Random(17), 20), "first", "second")
    first = drawn(first, ROUND_1000, DICE)
    loser = first["ranking"][-1][0]
    second = drawn({**second, "skipped": dict.fromkeys((*first["awards"], loser), "first")}, ROUND_1000, DICE)
    page.open([first, second])
    assert page.faults() == ["skipped"]


def test_person_with_two_prizes_of_a_contest_is_found(page: Page) -> None:
    first, second = broadcast(codes(random.Random(18), 3), "first", "second")
    page.open([drawn(first, ROUND_1000, DICE), drawn(second, ROUND_1000, DICE)])
    assert page.faults() == ["one_prize"]


def test_person_passed_over_for_a_later_draw_after_an_annulment_is_no_fault(page: Page) -> None:
    people = codes(random.Random(19), 12)
    first, second = broadcast(people, "first", "second")
    before = drawn(first, ROUND_1000, DICE)
    after = drawn({**second, "skipped": dict.fromkeys(before["awards"], "first")}, ROUND_1000, DICE)
    versions = annulled({**before, "skipped": dict.fromkeys(after["awards"], "second")}, 0)
    page.open([versions, after])
    assert page.faults() == []


# --- check it yourself ---


def test_ticket_and_place_of_a_code_are_computed_on_demand(page: Page) -> None:
    after = drawn(region(40), ROUND_1000, DICE)
    entrant, ticket = after["ranking"][54]
    page.open([after])
    page.type("probe", entrant.lower())
    page.wait(f"document.getElementById('probed').textContent.includes('{ticket}')")
    assert f"{entrant}: 55-орын, барлығы 102" in page.text("#probed")
    page.type("probe", "NOBODY")
    page.wait("document.getElementById('probed').textContent.includes('NOBODY')")
    assert page.text("#probed") == "NOBODY коды бұл тізімде жоқ."


def test_place_of_a_code_is_kept_back_until_all_prizes_are_revealed(page: Page) -> None:
    before = region(41)
    page.open([before])
    page.draw(DICE, ROUND_1000)
    page.type("probe", before["entrants"][0])
    page.wait("document.getElementById('probed').textContent !== ''")
    assert "Орны барлық жүлде ашылған соң" in page.text("#probed")


def test_printed_commands_give_the_printed_figures_from_the_downloaded_files(
    page: Page, tmp_path: Path
) -> None:
    for tool in ("openssl", "xxd", "bash"):
        if shutil.which(tool) is None:
            skip_or_fail(f"no {tool}: the commands of the page cannot be run here")
    after = drawn(region(42), ROUND_1000, DICE)
    page.open([after])
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    page.click("file-entrants")
    page.click("file-manifest")
    files = [tmp_path / "entrants.txt", tmp_path / "manifest.json"]
    WebDriverWait(page.driver, 10).until(lambda _: all(one.exists() and one.stat().st_size for one in files))
    page.type("probe", after["ranking"][3][0])
    page.wait(f"document.getElementById('commands').textContent.includes('{after['ranking'][3][1]}')")
    commands, figures = page.texts("#commands pre"), page.texts("#commands code")
    assert len(commands) == 5
    for command, figure in zip(commands, figures, strict=True):
        ran = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert ran.stdout.split()[-1] == figure
    stated = (after["manifest"]["entrants_sha256"], after["commit"], ROUND_1000["randomness"], after["seed"])
    assert figures == [*stated, after["ranking"][3][1]]


# --- who reads it, and where ---


def test_three_languages_follow_the_switch_and_kazakh_comes_first(page: Page) -> None:
    page.open([drawn(region(50), ROUND_1000, DICE)])
    seen = []
    for language, heading, place in (
        ("kk", "Жеңімпаздар", "Абай облысы"),
        ("ru", "Победители", "область Абай"),
        ("en", "The winners", "Abai region"),
    ):
        if language != "kk":
            page.click(f"to-{language}")
        assert page.run("return document.documentElement.lang") == language
        assert heading in page.text("#stage h2")
        assert page.text("h1") == place
        assert (
            page.text("[aria-pressed=true] .long")
            == {"kk": "Қазақша", "ru": "Русский", "en": "English"}[language]
        )
        seen.append(page.text("main"))
    assert len(set(seen)) == 3
    assert not re.search("[ӘәҒғҚқҢңӨөҰұҮүҺһ]", page.text("main"))


def test_no_word_is_missing_in_any_language(page: Page) -> None:
    page.open([region(51)])
    words = page.run("return [...Object.entries(WORDS), ...Object.entries(CHECKS)]")
    for key, wordings in words:
        assert len(wordings) == 3, key
        assert all(wordings), key
        assert len({tuple(sorted(re.findall(r"{\w+}", one))) for one in wordings}) == 1, key


def test_what_was_entered_survives_a_change_of_language(page: Page) -> None:
    page.open([region(52)])
    page.type("dice", DICE)
    page.click("to-en")
    assert page.driver.find_element(By.ID, "dice").get_attribute("value") == DICE
    page.click("lock")
    page.click("to-ru")
    assert page.text("#faces") == DICE


def test_whole_draw_can_be_held_with_the_keyboard_alone(page: Page) -> None:
    before = region(53)
    page.open([before])
    page.driver.find_element(By.ID, "dice").send_keys(DICE, Keys.ENTER)
    assert page.driver.switch_to.active_element.get_attribute("id") == "pulse"
    page.driver.switch_to.active_element.send_keys(json.dumps(ROUND_1000), Keys.TAB, Keys.ENTER)
    page.wait("document.activeElement.id === 'next'")
    for _ in range(5):
        page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.winners() == drawn(before, ROUND_1000, DICE)["awards"]


STATES = ("contents", "sealed", "tickets", "reveal", "done", "fault")


def in_state(page: Page, state: str) -> None:
    """The page in one of its states, its details opened."""
    before = region(60)
    after = annulled(drawn(before, ROUND_1000, DICE), 0)
    if state == "contents":
        page.open([after, drawn(region(61), ROUND_1000, DICE)])
    elif state == "fault":
        page.open([{**after, "awards": after["awards"][::-1]}])
    elif state == "done":
        page.open([after])
    else:
        calm(page.driver, reduced=state != "tickets")
        page.open([before])
    if state == "tickets":
        page.enter(DICE, ROUND_1000)
        page.wait("document.querySelectorAll('#ticket-wall .ready').length >= 3")
    if state == "reveal":
        page.draw(DICE, ROUND_1000)
        page.click("next")
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", [PHONE, STREAM], ids=["phone", "stream"])
def test_nothing_is_wider_than_the_screen_in_any_language(
    page: Page, state: str, size: tuple[int, int]
) -> None:
    sized(page.driver, size)
    in_state(page, state)
    for language in ("kk", "ru", "en"):
        page.click(f"to-{language}")
        wide, window = page.width()
        assert wide <= window <= size[0]


def test_codes_of_sixty_four_letters_fit_the_phone(page: Page) -> None:
    sized(page.driver, PHONE)
    people = sorted(f"{letter * 63}{number}" for letter in "ABC" for number in range(3))
    page.open([drawn(sealed("long", people, PRIZES[:3]), ROUND_1000, DICE)])
    wide, window = page.width()
    assert wide <= window


@pytest.mark.parametrize("state", STATES)
def test_headings_and_controls_have_names_and_order(page: Page, state: str) -> None:
    in_state(page, state)
    levels = page.heading_levels()
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.unnamed_controls() == []
    assert page.repeated_ids() == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", [PHONE, STREAM], ids=["phone", "stream"])
def test_text_has_the_contrast_of_level_aa(page: Page, state: str, size: tuple[int, int]) -> None:
    sized(page.driver, size)
    in_state(page, state)
    assert page.poor_contrast() == []


def test_test_chain_is_announced_loudly_in_all_languages(page: Page) -> None:
    chain, pulse = test_beacon(1_700_000_000, 50)
    before = sealed("rehearsal", codes(random.Random(1), 9), ["pen"], chain=chain, round_=50)
    for protocol in (before, drawn(before, pulse, DICE)):
        page.open([protocol])
        banner = page.driver.find_element(By.ID, "test-banner")
        assert banner.is_displayed()
        assert all(one in banner.text for one in ("СЫНАҚ ТІЗБЕГІ", "ТЕСТОВАЯ ЦЕПЬ", "TEST CHAIN"))
        assert "сынақ тізбегі" in page.text(".facts")
        assert page.faults() == []


def test_public_chains_have_no_such_banner(page: Page) -> None:
    page.open([region(70)])
    assert not page.driver.find_element(By.ID, "test-banner").is_displayed()


# --- the browser itself ---


def test_opened_as_a_file_the_page_has_webcrypto(page: Page) -> None:
    page.open([drawn(region(71), ROUND_1000, DICE)])
    assert page.run("return location.protocol") == "file:"
    assert page.run("return isSecureContext && hasWebCrypto()")
    assert "WebCrypto" not in page.text("main")


def test_without_webcrypto_the_page_says_so_and_computes_the_same(page: Page) -> None:
    script = {"source": "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined })"}
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    try:
        after = drawn(region(72), ROUND_1000, DICE)
        page.open([after])
        assert not page.run("return hasWebCrypto()")
        assert "WebCrypto" in page.text("#verdict")
        assert page.winners() == after["awards"]
        assert page.ranking() == after["ranking"]
        page.open([{**after, "seed": _flip(after["seed"])}])
        assert page.faults() == ["seed"]
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
