"""What a deployment changes beside code, and how far its checks are, while it is verified."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.dashboard.browser import Watched
from tests.dashboard.test_pages import violations
from tests.e2e.controller import Controller, Shop


def test_models_flags_and_checks_under_way_are_shown(laptop: Watched, controller: Controller, shop: Shop) -> None:
    def flag(gives: str) -> None:
        banner = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": gives}
        (shop.folder / "flags.json").write_text(json.dumps({"flags": {"banner": banner}}))

    flag("off")
    (shop.folder / "model.bin").write_text("one")
    shop.set(lambda file: file.update(flags="flags.json", models={"ranker": {"path": "model.bin"}}))
    controller.deploy(shop.folder, message="First release")

    flag("on")
    (shop.folder / "model.bin").write_text("two")
    shop.set(lambda file: file["verify"].append({"run": "exec sleep 1000"}))
    number = controller.send(shop.folder, message="A banner")["deployment"]
    page = laptop.sign_in("/apps/shop")
    expect(page.locator(".changed")).to_contain_text("banner: off → on")
    expect(page.locator(".changed")).to_contain_text("ranker: model.bin with other content")
    under_way = page.locator(".checking li")
    expect(under_way).to_have_count(1, timeout=60_000)  # the others have passed
    expect(under_way).to_contain_text("exec sleep 1000")
    assert not violations(page)

    controller.client.abort("shop", number)
    expect(under_way).to_have_count(0)
    page = laptop.open(f"/apps/shop/deployments/{number}")
    expect(page.locator(".changed")).to_contain_text("banner: off → on")
