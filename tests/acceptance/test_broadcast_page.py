"""The page of a broadcast, before and during the draws: one file, the seal, the dice, the pulse and the winners."""

import copy
import json
import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from broadcast import TEMPLATES, Page
from browser import calm
from protocols import DICE, QUICKNET, ROUND_1000, broadcast, codes, drawn, hashed, region, sealed, test_beacon
from selenium.webdriver.common.by import By

from worker.deliver.draws.broadcast import broadcast_page

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
    page.enter(DICE, {"round": 7, "signature": signature, "randomness": hashed(signature)})
    page.wait("document.getElementById('refusal').textContent !== ''")
    assert "BLS қолтаңбасы" in page.text("#refusal")
    assert not page.has("#stage")
    page.paste("pulse", json.dumps(theirs))
    page.click("start")
    page.wait("document.getElementById('next') !== null")


# --- several draws ---


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
