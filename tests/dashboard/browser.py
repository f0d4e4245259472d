"""A real Chromium, and what every page has to keep to while a test looks at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.controller import Controller

LAPTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Its path. Skips where it is not installed; in CI that is a failure."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed")
    return path


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A browser's window at a dashboard, with everything that it complained about or fetched."""

    def __init__(self, browser: Browser, controller: Controller, **options: Any) -> None:
        self.controller = controller
        link = controller.client.session_link()["url"]
        self.origin, _, self.code = link.partition("/#code=")
        self.context: BrowserContext = browser.new_context(viewport=options.pop("viewport", LAPTOP), **options)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.page.on("console", lambda said: said.type in ("error", "warning") and self._complain(said.text))
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.set_default_timeout(20_000)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def _requested(self, url: str) -> None:
        if not url.startswith(f"{self.origin}/"):
            self.strangers.append(url)

    def sign_in(self, path: str = "/") -> Page:
        """Sign in by the one-time link, and go to a page."""
        self.page.goto(f"{self.origin}/#code={self.code}")
        self.page.get_by_role("heading", name="Applications").wait_for()
        if path != "/":
            self.open(path)
        return self.page

    def open(self, path: str) -> Page:
        self.page.goto(self.origin + path)
        return self.page

    def shown(self, what: str) -> str:
        """The text of the first element that is marked with this name."""
        return self.page.locator(f"[data-what='{what}']").first.inner_text()

    def close(self) -> None:
        """End it. Nothing may have been complained about, and nobody else may have been asked."""
        self.context.close()
        assert not self.strangers, self.strangers
        assert not self.complaints, self.complaints

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc
