"""Takes the pictures of the dashboard that stand in docs/images, of a real controller under load.

Run it as `python -m tests.dashboard.screenshots`; the tests do not.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.dashboard.browser import LAPTOP, PHONE, Watched, browsing
from tests.e2e.controller import Controller, Shop

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 250_000
"""Bytes of a picture."""
LOOKS = [("light", LAPTOP), ("dark", PHONE), ("dark", LAPTOP), ("light", PHONE)]
"""Of the main page all four are kept, of the others two."""
TRAFFIC = 45.0
"""Seconds of figures that the charts show before anything happens."""


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    controller = Controller()
    controller.start()
    try:
        with tempfile.TemporaryDirectory() as scratch, browsing() as browser:
            _take(browser, controller, Shop(Path(scratch) / "shop"))
    finally:
        controller.close()


def _take(browser: Browser, controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder, message="First release")
    with shop.load(rate=60.0) as load:
        _fail(controller, shop)
        guards = [{"error_rate": {"worse_than": "2x"}}, {"latency": {"p95": "4x", "p99": "8x"}}, {"http": "/healthz"}]
        shop.set(lambda file: file.update(watch={"for": "10m", "guards": guards}, approve="by hand"))
        time.sleep(TRAFFIC)
        shop.next_release()
        number = controller.send(shop.folder, message="Prices with VAT")["deployment"]
        controller.phase("awaiting approval")
        _picture(browser, controller, "approval", "/apps/shop", ".phases")
        controller.client.approve("shop", number)
        controller.phase("watching")
        time.sleep(25)
        _picture(browser, controller, "application", "/apps/shop", ".guards", looks=4)
        _picture(browser, controller, "rollback", "/apps/shop", ".guards", press="r", looks=4)
        _picture(browser, controller, "applications", "/", ".apps h2")
        controller.client.rollback("shop", None)
        controller.ended(number)
        time.sleep(3)
        _picture(browser, controller, "history", "/apps/shop/history", ".row")
        _picture(browser, controller, "deployment", f"/apps/shop/deployments/{number}", ".story")
        _picture(browser, controller, "difference", "/apps/shop/diff/r1/r2", ".files")
        load.stop()


def _fail(controller: Controller, shop: Shop) -> None:
    """A release that fails its checks, with more instances than the one before."""
    catalogue = shop.folder / "catalogue.json"
    good = catalogue.read_text()
    fewer = json.loads(good)
    fewer["items"].pop()
    catalogue.write_text(json.dumps(fewer))
    shop.set(lambda file: file["components"]["web"].update(instances=3))
    controller.deploy(shop.folder, message="One item fewer, a third instance")
    catalogue.write_text(good)


def _picture(
    browser: Browser, controller: Controller, name: str, path: str, until: str, *, press: str = "", looks: int = 2
) -> None:
    for theme, size in LOOKS[:looks]:
        with _window(browser, controller, theme, size) as watched:
            page = watched.sign_in(path)
            page.locator(until).first.wait_for()
            page.wait_for_timeout(2500)
            if press:
                page.keyboard.press(press)
                page.get_by_role("dialog").wait_for()
            file = IMAGES / f"{name}-{'phone' if size is PHONE else 'laptop'}-{theme}.png"
            page.screenshot(path=file, full_page=not press and name != "history", animations="disabled")
            assert file.stat().st_size < LARGEST, f"{file}: {file.stat().st_size} bytes"


@contextmanager
def _window(browser: Browser, controller: Controller, theme: str, size: dict[str, int]) -> Iterator[Watched]:
    watched = Watched(browser, controller, color_scheme=theme, viewport=size)
    yield watched
    watched.close()


if __name__ == "__main__":
    main()
