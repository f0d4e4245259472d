"""What is said of a hook that fails depends on whether users were moved before it ran."""

from __future__ import annotations

from typing import Any

from tests.e2e.controller import Controller, Shop


def failure(deployment: dict[str, Any]) -> dict[str, Any]:
    (found,) = [e["event"]["evidence"] for e in deployment["events"] if e["event"]["kind"] == "hook finished"]
    return dict(found)


def test_only_before_the_switch_users_saw_nothing(controller: Controller, shop: Shop) -> None:
    shop.set(lambda file: file.update({"hooks": {"after_switch": "echo cannot announce; exit 1"}}))
    after = controller.deploy(shop.folder)
    assert after["result"] == "completed"
    assert "cannot announce" in failure(after)["why"]
    assert "users saw nothing" not in failure(after)["cure"]
    shop.set(lambda file: file.update({"hooks": {"before_start": "exit 1"}}))
    before = controller.deploy(shop.folder)
    assert before["result"] == "failed"
    assert "users saw nothing" in failure(before)["cure"]
