"""Headless Chromium of the system, as Debian packages it; selenium is told both paths and downloads nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import skip_or_fail
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM = Path("/usr/bin/chromium")
CHROMEDRIVER = Path("/usr/bin/chromedriver")
PHONE = (390, 844)
STREAM = (1920, 1080)
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_LOCAL = ("file:", "data:", "blob:", "about:", "chrome:")


def demand_chromium() -> None:
    """Skips the test where there is no Chromium; in CI that is a failure."""
    missing = [str(one) for one in (CHROMIUM, CHROMEDRIVER) if not one.exists()]
    if not missing:
        return
    skip_or_fail(f"no {' and no '.join(missing)}: install chromium and chromium-driver")


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile that records every request and every line of its console."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def sized(driver: webdriver.Chrome, size: tuple[int, int]) -> None:
    """The viewport, exactly: a phone's is narrower than any window Chromium opens."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def calm(driver: webdriver.Chrome, *, reduced: bool) -> None:
    """As a viewer who asks the system for reduced motion, or not."""
    value = "reduce" if reduced else "no-preference"
    features = {"features": [{"name": "prefers-reduced-motion", "value": value}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)


def console(driver: webdriver.Chrome) -> list[str]:
    """What the console complained of since last asked."""
    return [str(line["message"]) for line in _log(driver, "browser")]


def requests(driver: webdriver.Chrome) -> list[str]:
    """The addresses asked for since last asked that are not inside the page's own file."""
    events: list[dict[str, Any]] = [
        json.loads(line["message"])["message"] for line in _log(driver, "performance")
    ]
    sent = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(_LOCAL)]


def _log(driver: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    """The lines since last asked (the command behind `get_log`, which has no types)."""
    return list(driver.execute("getLog", {"type": kind})["value"])
