"""Every page, in both themes and sizes: axe finds nothing, and what stands there is what the API says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browser import LAPTOP, PHONE, Watched
from tests.e2e.controller import Controller, Shop

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    "/": ".apps h2",
    "/apps/shop": ".phases",
    "/apps/shop/history": ".row",
    "/apps/shop/history?result=failed": ".row",
    "/apps/shop/deployments/2": ".story",
    "/apps/shop/deployments/3": ".story",
    "/apps/shop/releases": ".row",
    "/apps/shop/diff/r1/r2": "text=Configuration",
    "/apps/shop/logs": ".log",
    "/apps/shop/nothing": "text=There is no such page",
}


@pytest.fixture(scope="module", autouse=True)
def lived(controller: Controller, shop: Shop) -> None:
    """One deployment completed, one failed its checks, one waits to be approved."""
    controller.deploy(shop.folder, message="First release")
    catalogue = shop.folder / "catalogue.json"
    good = catalogue.read_text()
    items = json.loads(good)
    items["items"].pop()
    catalogue.write_text(json.dumps(items))
    shop.set(lambda file: file["components"]["web"].update(instances=3))
    assert controller.deploy(shop.folder, message="One item fewer")["result"] == "failed"
    catalogue.write_text(good)
    shop.set(lambda file: file.update(approve="by hand"))
    controller.send(shop.folder, message="All items again")
    controller.phase("awaiting approval")


@pytest.fixture(scope="module", params=["light", "dark"])
def signed_in(request: pytest.FixtureRequest, browser: Browser, controller: Controller) -> Iterator[Watched]:
    watched = Watched(browser, controller, color_scheme=request.param, reduced_motion="reduce")
    watched.sign_in()
    yield watched
    watched.close()


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": LEVELS}).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}: {node['failureSummary']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("path", list(PAGES))
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing(signed_in: Watched, path: str, size: dict[str, int]) -> None:
    signed_in.page.set_viewport_size(size)  # type: ignore[arg-type]
    page = signed_in.open(path)
    page.locator(PAGES[path]).first.wait_for()
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_axe_finds_nothing_in_dialogs_and_open_parts(signed_in: Watched) -> None:
    page = signed_in.open("/apps/shop")
    for button in ("Approve", "Abort", "Lock", "Freeze"):
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_role("dialog").wait_for()
        assert not violations(page), button
        page.keyboard.press("Escape")
    page.get_by_text("The same as a table").click()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").wait_for()
    assert not violations(page)


def test_axe_finds_nothing_at_the_door(browser: Browser, controller: Controller) -> None:
    for theme in ("light", "dark"):
        watched = Watched(browser, controller, color_scheme=theme)
        page = watched.open("/apps/shop")
        page.get_by_label("Token").wait_for()
        assert not violations(page)
        watched.close()


def test_filters_stand_in_the_address(signed_in: Watched) -> None:
    page = signed_in.open("/apps/shop/history")
    expect(page.locator(".row")).to_have_count(3)
    page.get_by_label("result").select_option("failed")
    expect(page.locator(".row")).to_have_count(1)
    assert page.url.endswith("/apps/shop/history?result=failed")
    page.reload()
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_label("release").fill("r1")
    page.get_by_label("release").press("Enter")
    expect(page.get_by_text("No deployment is like that.")).to_be_visible()
    page.get_by_role("button", name="All").click()
    expect(page.locator(".row")).to_have_count(3)


def test_a_receipt_opens_in_the_history(signed_in: Watched) -> None:
    page = signed_in.open("/apps/shop/history?release=r1")
    page.get_by_text("Receipt").click()
    expect(page.locator(".receipt")).to_contain_text("from the decision to the confirmed route")


def test_a_failed_deployment_says_why_with_its_evidence(signed_in: Watched) -> None:
    page = signed_in.open("/apps/shop/deployments/2")
    expect(page.locator(".phases .bad .name")).to_have_text("verifying")
    expect(page.get_by_role("heading", name="Checks")).to_be_visible()
    expect(page.locator("main")).to_contain_text("count")
    page.get_by_text(re.compile(r"^All \d+ events")).click()
    expect(page.get_by_role("cell", name="deployment 2 failed")).to_be_visible()


def test_a_difference_names_configuration_files_and_messages(signed_in: Watched) -> None:
    page = signed_in.open("/apps/shop/diff/r1/r2")
    expect(page.get_by_role("row", name=re.compile("instances"))).to_contain_text("3")
    expect(page.locator(".files.changed")).to_contain_text("catalogue.json")
    expect(page.get_by_role("heading", name="Flags")).to_be_visible()
    expect(page.locator("main")).to_contain_text("One item fewer")


def test_a_lock_and_a_freeze_are_set_and_lifted(signed_in: Watched, controller: Controller) -> None:
    page = signed_in.open("/apps/shop")
    for set_it, lift_it, said in (
        ("Lock", "Unlock", "locked since"),
        ("Freeze", "Lift the freeze", "until it is lifted"),
    ):
        page.get_by_role("button", name=set_it, exact=True).click()
        page.get_by_label("Why").fill("The auditors are here")
        page.get_by_label("Why").press("Enter")
        page.get_by_role("button", name="Close").click()
        expect(page.locator(".keeping-panel")).to_contain_text("The auditors are here")
        expect(page.locator(".keeping-panel")).to_contain_text(said)
        page.get_by_role("button", name=lift_it, exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name=lift_it).click()
        page.get_by_role("button", name="Close").click()
        expect(page.locator(".keeping-panel")).not_to_contain_text("The auditors are here")


def test_logs_are_followed_and_searched(signed_in: Watched) -> None:
    page = signed_in.open("/apps/shop/logs?place=blue&component=web")
    expect(page.locator(".log")).to_contain_text("started")
    page.get_by_label("Only lines with").fill("no line has this")
    expect(page.locator(".log")).to_be_empty()


def test_the_theme_can_be_chosen_and_is_kept(signed_in: Watched) -> None:
    page = signed_in.open("/")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name=re.compile("Show it")).click()
    after = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert after != before
    page.reload()
    page.get_by_role("heading", name="shop").wait_for()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after
    page.get_by_role("button", name=re.compile("Show it")).click()
