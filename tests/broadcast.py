"""The broadcast page in a browser: what a person does with it, and what they can see of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import STREAM, calm, chromium, console, demand_chromium, requests, sized
from protocols import Protocol
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from worker.deliver.draws.broadcast import broadcast_page

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"

_TEXTS = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())"
_PASTE = """
const field = document.getElementById(arguments[0]);
field.value = arguments[1];
field.dispatchEvent(new Event("input"));
"""
_WINNERS = """
const cards = [...document.querySelectorAll(".prize-card")];
return cards.map((card) => card.querySelector(".winner")?.textContent ?? null);
"""
_RANKING = """
const rows = [...document.querySelectorAll("#ranking tbody tr")];
return rows.map((row) => [...row.children].slice(1, 3).map((cell) => cell.textContent));
"""
_TICKETS = """
const cells = [...document.querySelectorAll("#ticket-wall .ready")];
return cells.map((cell) => [cell.firstChild.textContent, cell.lastChild.textContent]);
"""
_WIDTH = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
_UNNAMED = """
const controls = [...document.querySelectorAll("input, textarea, select, button, progress")];
const hasName = (one) => one.labels?.length || one.getAttribute("aria-label") || one.textContent.trim();
return controls.filter((one) => !hasName(one)).map((one) => one.outerHTML);
"""
_REPEATED_IDS = """
const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
return ids.filter((id, at) => ids.indexOf(id) !== at);
"""
# WCAG 2.1, 1.4.3: relative luminances; text of 24 px, or of 18.66 px in bold, counts as large.
_POOR_CONTRAST = """
const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const over = ([r, g, b, a], under) => [r, g, b].map((v, at) => v * a + under[at] * (1 - a));
const brightestOfStage = [12, 80, 105]; // its ground is a gradient
const ground = (one) => {
  if (!one) return [255, 255, 255];
  if (one.classList.contains("stage")) return brightestOfStage;
  const colour = parse(getComputedStyle(one).backgroundColor);
  return colour[3] === 1 ? colour.slice(0, 3) : over(colour, ground(one.parentElement));
};
const ratio = (a, b) => {
  const [dark, bright] = [light(a), light(b)].sort((p, q) => p - q);
  return (bright + 0.05) / (dark + 0.05);
};
const fault = (one, text) => {
  const [style, under] = [getComputedStyle(one), ground(one)];
  const found = ratio(over(parse(style.color), under), under);
  const size = parseFloat(style.fontSize);
  const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
  return found < needed ? [`${one.tagName}.${one.className} ${text.slice(0, 30)}: ${found.toFixed(2)}`] : [];
};
const poor = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const [one, text] = [walker.currentNode.parentElement, walker.currentNode.textContent.trim()];
  const isRead = text && one.checkVisibility() && !one.closest(".unseen, :disabled, script, style");
  if (isRead) fault(one, text).forEach((line) => poor.add(line));
}
return [...poor];
"""


class Page:
    """What a person does with the page, by the ids of its controls."""

    def __init__(self, driver: Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: str) -> None:
        """Until an expression of JavaScript holds."""
        WebDriverWait(self.driver, 20, poll_frequency=0.01).until(lambda _: self.run(f"return {condition}"))

    def open(self, protocols: Sequence[Protocol], at: str = "") -> None:
        """The page of these protocols, once it has checked them; `at`: the draw to begin with."""
        file = self.folder / "protocol.html"
        file.write_bytes(broadcast_page(TEMPLATES, protocols))
        self.driver.get("about:blank")
        self.driver.get(file.as_uri() + (f"#{at}" if at else ""))
        self.wait("document.body.dataset.checked === 'true'")

    def show(self, draw_id: str) -> None:
        """Another draw of the page, by its address."""
        self.run("location.hash = arguments[0]", draw_id)
        self.wait(f"document.querySelector('.hero').textContent.includes({json.dumps(draw_id)})")

    # --- what is done ---

    def click(self, name: str) -> None:
        self.driver.find_element(By.ID, name).click()

    def type(self, name: str, text: str) -> None:
        field = self.driver.find_element(By.ID, name)
        field.clear()
        field.send_keys(text)

    def paste(self, name: str, text: str) -> None:
        """As from the clipboard: at once."""
        self.run(_PASTE, name, text)

    def enter(self, dice: str | None, pulse: object) -> None:
        """Dice (None: the draw has none; empty: they failed), then the pulse, then the start."""
        if dice:
            self.paste("dice", dice)
            self.click("lock")
        elif dice == "":
            self.click("no-dice")
        self.paste("pulse", pulse if isinstance(pulse, str) else json.dumps(pulse))
        self.click("start")

    def draw(self, dice: str | None, pulse: object) -> None:
        """As `enter`, and until the prizes can be revealed."""
        self.enter(dice, pulse)
        self.wait("document.getElementById('next') !== null")

    # --- what is seen ---

    def texts(self, selector: str) -> list[str]:
        return list(self.run(_TEXTS, selector))

    def text(self, selector: str) -> str:
        return " ".join(self.texts(selector))

    def has(self, selector: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def winners(self) -> list[str | None]:
        """What the cards of the prizes show, prize by prize."""
        return list(self.run(_WINNERS))

    def ranking(self) -> list[list[str]]:
        """Code and ticket of each place."""
        return list(self.run(_RANKING))

    def tickets(self) -> dict[str, str]:
        """The beginnings of the tickets computed so far, by code."""
        return dict(self.run(_TICKETS))

    def faults(self) -> list[str]:
        """The names of the checks that failed, as the red box at the top has them."""
        boxes = self.driver.find_elements(By.CSS_SELECTOR, "#faults .fault")
        return [name for box in boxes for name in (box.get_attribute("data-faults") or "").split()]

    def says_valid(self) -> bool:
        """Whether anything on the page offers winners or calls the draw sound."""
        return self.has(".winner, #verdict, .codes, #ranking, .state.done, #stage")

    def width(self) -> tuple[int, int]:
        """Of what is there, and of the window."""
        wide, window = self.run(_WIDTH)
        return int(wide), int(window)

    def heading_levels(self) -> list[int]:
        tags = self.run("return [...document.querySelectorAll('h1, h2, h3, h4')].map((one) => one.tagName)")
        return [int(tag[1]) for tag in tags]

    def unnamed_controls(self) -> list[str]:
        return list(self.run(_UNNAMED))

    def repeated_ids(self) -> list[str]:
        return list(self.run(_REPEATED_IDS))

    def poor_contrast(self) -> list[str]:
        """Texts below level AA against what lies under them."""
        return list(self.run(_POOR_CONTRAST))


@contextmanager
def viewer() -> Iterator[Chrome]:
    """A browser whose viewer asked for reduced motion."""
    demand_chromium()
    with chromium() as driver:
        calm(driver, reduced=True)
        yield driver


@contextmanager
def watched(browser: Chrome, folder: Path) -> Iterator[Page]:
    """A page to be opened; at the end no complaint of the console and no request may have been left behind."""
    sized(browser, STREAM)
    calm(browser, reduced=True)
    console(browser)
    requests(browser)
    yield Page(browser, folder)
    assert console(browser) == []
    assert requests(browser) == []
