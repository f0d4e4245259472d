"""What the page does when it is not connected, who may sign in, and what those may do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.browser import Watched
from tests.e2e.controller import Controller, Shop, wait_for

FOLLOWED = 30_000


@pytest.fixture(scope="module", autouse=True)
def live(controller: Controller, shop: Shop) -> None:
    for _ in range(2):
        shop.next_release()
        assert controller.deploy(shop.folder)["result"] == "completed"


@pytest.fixture
def stranger(browser: Browser, controller: Controller) -> Iterator[Watched]:
    """A window that nobody has signed in at."""
    watched = Watched(browser, controller)
    yield watched
    watched.close()


def token(controller: Controller, role: str) -> str:
    made = controller.client.create_token(name=f"a-{role}", grants=[{"role": role, "app": "shop"}])
    return str(made["token"])


def paste(watched: Watched, text: str) -> None:
    watched.page.get_by_label("Token").fill(text)
    watched.page.get_by_role("button", name="Sign in").click()


def test_figures_of_a_lost_connection_never_look_live_and_it_comes_back_by_itself(
    laptop: Watched, controller: Controller, shop: Shop
) -> None:
    page = laptop.sign_in("/apps/shop")
    state = page.locator("h1 .fresh")
    expect(state).to_have_attribute("data-state", "live", timeout=FOLLOWED)
    controller.kill()
    expect(page.locator("[data-what=banner]")).to_contain_text("Not connected since", timeout=FOLLOWED)
    expect(page.locator("[data-what=banner]")).to_contain_text("Everything here is from")
    expect(state).to_have_text("not connected")
    assert page.locator(".envs.stale").count() == 1
    expect(page.locator("#rollback-says")).to_contain_text("as it was when the page was last connected")
    controller.start()
    expect(state).to_have_attribute("data-state", "live", timeout=FOLLOWED)
    expect(page.locator("[data-what=banner]")).to_have_count(0)
    # What happens after the break is seen as well.
    controller.client.lock("shop", "The auditors are here")
    expect(page.locator(".keeping-panel")).to_contain_text("The auditors are here", timeout=FOLLOWED)
    controller.client.unlock("shop")
    laptop.complaints = [text for text in laptop.complaints if not re.search("ERR_|502|503", text)]


def test_a_log_that_broke_off_is_followed_again(laptop: Watched, controller: Controller) -> None:
    page = laptop.sign_in("/apps/shop/logs?place=blue&component=web")
    log, broken = page.locator(".log"), page.get_by_text("The log is not followed")
    expect(log).to_contain_text("started", timeout=FOLLOWED)
    controller.kill()
    expect(broken).to_contain_text("The controller does not answer. It is tried again.", timeout=FOLLOWED)
    expect(log).to_contain_text("started")  # what was read stays
    controller.start()
    expect(broken).to_have_count(0, timeout=FOLLOWED)
    expect(log).to_contain_text("started", timeout=FOLLOWED)
    laptop.complaints = [text for text in laptop.complaints if not re.search("ERR_|502|503", text)]


def test_the_code_of_the_link_is_used_once_and_leaves_the_address_at_once(laptop: Watched, stranger: Watched) -> None:
    page = laptop.sign_in()
    assert "code" not in page.url
    again = stranger.page
    again.goto(f"{laptop.origin}/#code={laptop.code}")
    expect(again.get_by_role("alert").filter(has_text="valid")).to_be_visible()
    assert "code" not in again.url
    stranger.complaints.clear()  # the browser tells of the answer 401 as well


def test_a_page_that_was_asked_for_is_shown_after_signing_in(stranger: Watched, controller: Controller) -> None:
    page = stranger.open("/apps/shop/history?result=completed")
    paste(stranger, token(controller, "viewer"))
    expect(page.locator(".row")).to_have_count(2)


def test_a_wrong_token_says_so(stranger: Watched) -> None:
    stranger.open("/")
    paste(stranger, "not-a-token")
    expect(stranger.page.locator(".trouble")).to_be_visible()
    expect(stranger.page.get_by_label("Token")).to_be_focused()
    stranger.complaints.clear()


def test_who_may_only_look_is_told_why_the_buttons_do_nothing(stranger: Watched, controller: Controller) -> None:
    page = stranger.open("/apps/shop")
    paste(stranger, token(controller, "viewer"))
    button = page.locator("#rollback")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#rollback-says")).to_contain_text(
        "needs the right to roll back shop; your roles there: viewer"
    )
    button.click(force=True)
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#lock")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#lock-not")).to_contain_text("needs the right to lock shop")


def test_signing_out_ends_the_session_everywhere(laptop: Watched, controller: Controller) -> None:
    page = laptop.sign_in("/apps/shop")
    other = laptop.context.new_page()
    other.goto(f"{laptop.origin}/apps/shop")
    other.locator(".phases").wait_for()
    session = page.evaluate("localStorage.getItem('bluegreen.session')")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Token").wait_for()
    other.get_by_label("Token").wait_for()
    assert page.evaluate("localStorage.getItem('bluegreen.session')") is None
    answer = page.request.get(f"{laptop.origin}/v1/me", headers={"Authorization": f"Bearer {session}"})
    assert answer.status == 401


def test_a_session_that_ended_elsewhere_signs_out(stranger: Watched, controller: Controller) -> None:
    page = stranger.open("/apps/shop")
    made = controller.client.create_token(name="short", grants=[{"role": "viewer", "app": "shop"}])
    paste(stranger, made["token"])
    page.locator(".phases").wait_for()
    controller.client.revoke_token(made["id"])
    expect(page.get_by_label("Token")).to_be_visible(timeout=FOLLOWED)
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    stranger.complaints.clear()


def test_the_overview_shows_what_one_may_see(stranger: Watched, controller: Controller) -> None:
    page = stranger.open("/")
    paste(stranger, token(controller, "viewer"))
    row = page.locator(".apps > li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("r2 in green")
    expect(row).to_contain_text("instances ready")
    wait_for(lambda: "way back: r1, warm" in row.inner_text(), "the way back is told")


def test_an_application_that_is_not_there_says_so_and_is_no_lost_connection(laptop: Watched) -> None:
    page = laptop.sign_in("/apps/nothing-of-that-name")
    expect(page.locator(".trouble")).to_contain_text("nothing-of-that-name")
    expect(page.locator("[data-what=banner]")).to_have_count(0)
    laptop.complaints.clear()  # the browser tells of the answer 404 as well
