"""Who reads the page of a broadcast, and where: languages, keyboard, screens, contrast, browsers."""

import json
import random
import re
from itertools import pairwise

import pytest
from broadcast import Page
from browser import PHONE, STREAM, calm, sized
from protocols import DICE, PRIZES, ROUND_1000, annulled, codes, drawn, flipped, region, sealed, test_beacon
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

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
        page.open([{**after, "seed": flipped(after["seed"])}])
        assert page.faults() == ["seed"]
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
