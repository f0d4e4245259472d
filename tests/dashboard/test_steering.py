"""Deployments are watched, approved and rolled back in a real Chromium while load runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bluegreen.cli.load import LoadProcess
from tests.dashboard.browser import Watched
from tests.e2e.controller import Controller, Shop

FOLLOWED = 20_000
"""Milliseconds until something that has happened has to be on the page. No figure to be measured by."""


@pytest.fixture(scope="module", autouse=True)
def live(controller: Controller, shop: Shop) -> None:
    """A first release is live, and the next ones have to be approved and are watched."""
    assert controller.deploy(shop.folder)["result"] == "completed"
    guards = [{"error_rate": {"worse_than": "2x"}}, {"http": "/healthz"}]
    watch = {"for": "1h", "guards": guards}
    shop.set(lambda file: file.update(approve="by hand", watch=watch, switch={"shift": ["100%"], "drain": "1s"}))


def begin(controller: Controller, shop: Shop) -> int:
    shop.next_release()
    return int(controller.send(shop.folder, message="Prices with VAT")["deployment"])


def phase(page: Page, name: str) -> None:
    expect(page.locator(".phases [aria-current=step] .name")).to_have_text(name, timeout=FOLLOWED)


def live_release(page: Page, name: str) -> None:
    expect(page.locator(".served [data-what=live]")).to_have_text(name, timeout=FOLLOWED)


def outcome(page: Page) -> Any:
    return page.locator("dialog [data-what=outcome]")


def approve(page: Page, load: LoadProcess) -> None:
    phase(page, "awaiting approval")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Approve r")).click()
    expect(outcome(page)).to_be_visible()
    page.get_by_role("button", name="Close").click()
    phase(page, "watching")
    load.wait_for_requests(50)


def test_a_deployment_is_watched_approved_and_rolled_back_by_clicks(
    laptop: Watched, controller: Controller, shop: Shop
) -> None:
    page = laptop.sign_in("/apps/shop")
    live_release(page, "r1")
    with shop.load() as load:
        load.wait_for_requests(50)
        number = begin(controller, shop)
        approve(page, load)
        live_release(page, "r2")
        expect(page.locator(".guards")).to_contain_text("error_rate", timeout=FOLLOWED)
        expect(page.locator("#env-green + .state")).to_have_text("LIVE")
        button = page.get_by_role("button", name=re.compile("^Roll back to r1"))
        expect(page.locator("#rollback-says")).to_contain_text("back to r1, warm")
        button.click()
        expect(page.get_by_role("dialog")).to_contain_text("back to r1, warm")
        page.get_by_role("dialog").get_by_role("button", name="Roll back to r1").click()
        expect(outcome(page)).to_contain_text(re.compile(r"Back on r1 \(blue\): confirmed in .*, epoch \d"))
        page.get_by_role("button", name="Close").click()
        live_release(page, "r1")
        load.wait_for_requests(50)
        result = load.stop()
    assert result.failed == 0, result.describe()
    assert {served.release for served in result.served} == {"r1", "r2"}
    ended = controller.ended(number)
    assert ended["result"] == "rolled back"
    assert ended["actor"] == "test@here"
    # Who rolls back in the browser is whoever asked for the link.
    assert any(x["actor"] == "test@here" for x in ended["events"] if x["event"]["kind"] == "rollback started")


def test_the_keyboard_is_enough_to_roll_back(laptop: Watched, controller: Controller, shop: Shop) -> None:
    page = laptop.sign_in("/apps/shop")
    with shop.load() as load:
        begin(controller, shop)
        approve(page, load)
        before = controller.status()["live"]
        page.locator("body").press("r")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert controller.status()["live"] == before
        page.keyboard.press("r")
        expect(page.get_by_role("dialog").get_by_role("button", name="Roll back to r1")).to_be_focused()
        page.keyboard.press("Enter")
        expect(outcome(page)).to_contain_text("Back on r1")
        expect(page.get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press("Enter")
        live_release(page, "r1")
        expect(page.locator("[data-said=assertive]")).to_contain_text("rolled back", timeout=FOLLOWED)
        result = load.stop()
    assert result.failed == 0, result.describe()


def test_a_phone_is_enough_to_approve_and_to_roll_back(phone: Watched, controller: Controller, shop: Shop) -> None:
    page = phone.sign_in("/apps/shop")
    with shop.load() as load:
        begin(controller, shop)
        approve(page, load)
        button = page.locator("#rollback")
        expect(button).to_be_in_viewport()  # without scrolling
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
        button.tap()
        page.get_by_role("dialog").get_by_role("button", name="Roll back to r1").tap()
        expect(outcome(page)).to_contain_text("Back on r1")
        result = load.stop()
    assert result.failed == 0, result.describe()


def test_an_abort_before_the_switch_changes_nothing_for_users(
    laptop: Watched, controller: Controller, shop: Shop
) -> None:
    page = laptop.sign_in("/apps/shop")
    number = begin(controller, shop)
    phase(page, "awaiting approval")
    button = page.locator("#rollback")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#rollback-says")).to_contain_text("abort it instead")
    page.get_by_role("button", name="Abort", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Abort r")).click()
    expect(outcome(page)).to_be_visible()
    assert controller.ended(number)["result"] == "aborted"
    live_release(page, "r1")


def test_the_figures_are_as_new_as_those_of_the_feed(laptop: Watched, controller: Controller, shop: Shop) -> None:
    page = laptop.sign_in("/apps/shop")
    with shop.load() as load:
        load.wait_for_requests(100)
        rate = page.locator("[data-color=blue] [data-what=requests]")
        expect(rate).to_have_text(re.compile(r"[1-9]\d*(\.\d)?\s*/s"), timeout=FOLLOWED)
        for _ in range(3):
            newest = controller.client.figures("shop", seconds=30)["points"][-1]["at"]
            page.wait_for_function("at => Number(document.querySelector('.charts').dataset.at) >= at", arg=newest)
        load.stop()
