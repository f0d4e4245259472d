"""An application's page in a real Chromium whose processor is slowed down to a quarter: how soon it shows, and how old
the figures on it are, during a deployment under load.

The first paint counts from the navigation, with an empty cache. The age is that of the newest figures when they are
drawn, by the clock that both programs share; new ones come each second. ``python -m bench.dashboard [--quick]`` prints
Markdown. It needs Chromium, and Playwright's Python package.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from tests.dashboard.browser import LAPTOP, PHONE, browsing
from tests.e2e.controller import Controller

from bench.application import Application, controller
from bluegreen.cli.load import LoadProcess, Plan

SLOWER = 4
"""So many times."""
RATE = 100.0
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
AGES = """seconds => new Promise((done) => {
  const charts = document.querySelector(".charts"), ages = [];
  const drawn = () => ages.push(Date.now() - 1000 * Number(charts.dataset.at));
  new MutationObserver(drawn).observe(charts, {attributes: true, attributeFilter: ["data-at"]});
  setTimeout(() => done(ages), seconds * 1000);
})"""
"""Milliseconds of each point that is drawn, by the time at which it was measured."""


def slowed(browser: Browser, **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page


def looked_at(browser: Browser, size: dict[str, int], found: Controller, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the first paint of an application's page, opened so many times; and how old figures are."""
    paints, ages = [], []
    origin, _, code = found.client.session_link()["url"].partition("/#code=")
    door = slowed(browser, viewport=size)
    door.goto(f"{origin}/#code={code}")
    door.get_by_role("heading", name="Applications").wait_for()
    session = door.context.storage_state()
    for _ in range(runs):
        page = slowed(browser, viewport=size, storage_state=session)
        page.goto(f"{origin}/apps/shop")
        page.locator(".charts[data-at]").wait_for()
        paints.append(float(page.evaluate(FIRST_PAINT)))
        ages += page.evaluate(AGES, 5)
        page.context.close()
    return paints, ages


def row(name: str, paints: Sequence[float], ages: Sequence[float]) -> str:
    cells = [f"{statistics.median(times):.0f} / {max(times):.0f} ms" for times in (paints, ages)]
    return f"| {name} | {len(paints)} | {cells[0]} | {len(ages)} | {cells[1]} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    options = parser.parse_args()
    runs = 3 if options.quick else 20
    watch = {"for": "10m", "guards": ["error_rate", "latency"]}
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = Application(Path(scratch) / "shop", found, watch=watch)
        app.change()
        found.deploy(app.folder)
        with LoadProcess(Plan(app.url, gets=("/", "/a"), rate=RATE, connections=8)) as load, browsing() as browser:
            load.wait_for_requests(int(RATE))
            app.change()
            found.send(app.folder)
            found.phase("watching")
            laptop, phone = (looked_at(browser, size, found, runs) for size in (LAPTOP, PHONE))
            result = load.stop()
    print(
        "| page, processor at a quarter | opened | first paint, median / worst | points drawn | age, median / worst |"
    )
    print("| --- | --- | --- | --- | --- |")
    print(row("laptop, 1280 × 800", *laptop))
    print(row("phone, 390 × 844", *phone))
    print(f"\n{result.failed} of {result.requests:,} requests of users failed meanwhile ({RATE:g} a second).")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
