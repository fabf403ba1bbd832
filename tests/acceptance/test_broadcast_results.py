"""The page of a broadcast after the draws: it agrees with the reference, and anybody can check it."""

import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from broadcast import Page
from machine import skip_or_fail
from protocols import (
    DEFAULT,
    DEFAULT_ROUND_1,
    DICE,
    PRIZES,
    QUICKNET,
    ROUND_1000,
    Protocol,
    annulled,
    codes,
    digits,
    drawn,
    region,
    sealed,
    test_beacon,
)
from selenium.webdriver.support.ui import WebDriverWait

from jobs.beacon import Chain, Pulse
from jobs.draw1 import Annulment, announce, annul, hold, manifest_of
from jobs.draw1 import entrant_file as published_list

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


@pytest.mark.long
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
