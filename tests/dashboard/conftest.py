from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.dashboard.browser import PHONE, Watched, browsing
from tests.e2e.controller import Controller, Shop


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for this folder, and no longer: while it is there, an event loop runs in the thread of the tests."""
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def controller() -> Iterator[Controller]:
    controller = Controller()
    controller.start()
    yield controller
    controller.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(Path(tmp_path_factory.mktemp("dashboard")) / "shop")


@pytest.fixture
def laptop(browser: Browser, controller: Controller) -> Iterator[Watched]:
    watched = Watched(browser, controller)
    yield watched
    watched.close()


@pytest.fixture
def phone(browser: Browser, controller: Controller) -> Iterator[Watched]:
    watched = Watched(browser, controller, viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    yield watched
    watched.close()
