"""Two real releases, compared by their files and their configuration."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.controller import Controller, Shop


def test_what_a_release_changes_is_told_by_file_and_value(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    controller.deploy(shop.folder, message="one")
    shop.next_release()
    (shop.folder / "new.txt").write_text("new")
    shop.set(lambda file: file["components"]["web"].update(cost_per_hour=2.5))
    controller.deploy(shop.folder, message="two")
    found = controller.client.diff("shop", "r1", "r2")
    assert found["artifact"] == {
        "same": False,
        "files": {"added": ["new.txt"], "removed": [], "changed": ["bluegreen.yaml", "page.html"]},
    }
    assert found["configuration"] == [{"path": "components.web.cost_per_hour", "from": None, "to": 2.5}]
    assert found["message"] == {"from": "one", "to": "two"}
    overlap = controller.status()["overlap"]
    assert overlap is not None
    assert overlap["per_hour"] is None, "the standby's file does not say what it costs"
    assert [release["release"] for release in controller.client.releases("shop")] == ["r2", "r1"]
