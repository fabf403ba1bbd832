"""The browser in which the page of a broadcast is opened, one for all tests of a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from broadcast import Page, viewer, watched
from selenium.webdriver import Chrome


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with viewer() as driver:
        yield driver


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Iterator[Page]:
    with watched(browser, tmp_path) as page:
        yield page
