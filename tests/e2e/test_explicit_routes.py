"""Requests that name an environment, and users who stay with theirs: preview, skew protection, sticky sessions."""

from __future__ import annotations

import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.controller import Controller, wait_for
from tests.e2e.flaky_app import FlakyApp


def get(app: FlakyApp, path: str = "/", **headers: str) -> tuple[str, Any]:
    """The release that answered, and the answer's headers."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{app.port}{path}", headers=names)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["x-release"], answer.headers


def change_file(app: FlakyApp, **changes: Any) -> None:
    path = app.folder / "bluegreen.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes, sort_keys=False))


def approved(controller: Controller, app: FlakyApp) -> int:
    """Deploy the next release up to its approval; its deployment's number."""
    app.change()
    number = int(controller.send(app.folder)["deployment"])
    controller.phase("awaiting approval", app.name)
    return number


def test_the_idle_release_is_reached_by_the_secret_header_only(controller: Controller, tmp_path: Path) -> None:
    app = FlakyApp(tmp_path / "flaky", watch="off", approve="by hand")
    first = approved(controller, app)
    controller.client.approve(app.name, first)
    controller.ended(first, app.name)
    number = approved(controller, app)
    found = controller.client.preview(app.name)
    header = {found["header"]["name"].replace("-", "_"): found["header"]["value"]}
    assert get(app)[0] == "r1"
    assert get(app, **header)[0] == "r2"
    assert get(app, x_bluegreen_preview="guessed")[0] == "r1"
    controller.client.approve(app.name, number)
    assert controller.ended(number, app.name)["result"] == "completed"
    assert get(app)[0] == "r2"


def test_pages_of_the_old_release_go_on_finding_it_until_a_rollback(controller: Controller, tmp_path: Path) -> None:
    app = FlakyApp(tmp_path / "flaky", watch="off", skew_protection=True)
    controller.deploy(app.folder)
    app.change()
    controller.deploy(app.folder)
    assert get(app)[0] == "r2"
    assert get(app, x_bluegreen_release="r1")[0] == "r1"
    assert get(app, "/asset.js?bluegreen_release=r1")[0] == "r1"
    assert get(app, x_bluegreen_release="r1", Sec_Fetch_Mode="navigate")[0] == "r2"
    assert get(app, x_bluegreen_release="r7")[0] == "r2"
    wait_for(
        lambda: controller.status(app.name)["environments"]["blue"]["traffic"]["explicit"] == 2, "both are counted"
    )
    controller.client.rollback(app.name, None)
    wait_for(lambda: controller.status(app.name)["deployment"] is None, "the rollback has ended")
    wait_for(lambda: get(app, x_bluegreen_release="r2")[0] == "r1", "the release that was left is out of reach")


def test_users_stay_with_their_release_during_a_shift(controller: Controller, tmp_path: Path) -> None:
    app = FlakyApp(
        tmp_path / "flaky",
        watch={"for": "4s", "cannot_tell": "hold", "guards": [{"command": {"run": "exit 2", "every": "1s"}}]},
        switch={"shift": ["30%", "100%"], "sticky": True, "drain": "1s"},
    )
    controller.deploy(app.folder)
    app.change()
    number = int(controller.send(app.folder)["deployment"])
    wait_for(lambda: (controller.status(app.name)["watch"] or {}).get("held"), "the first step is held")
    served: Counter[str] = Counter()
    for _ in range(60):
        release, headers = get(app)
        cookie = headers["set-cookie"].partition(";")[0]
        assert "no-store" in headers["cache-control"]
        served[release] += 1
        for _ in range(3):
            again, later = get(app, cookie=cookie)
            assert again == release
            assert later["set-cookie"] is None
    assert set(served) == {"r1", "r2"}, served
    controller.client.rollback(app.name, None)
    assert controller.ended(number, app.name)["result"] == "rolled back"
    release, headers = get(app, cookie=f"bluegreen-flaky=r2.{number}")
    assert (release, headers["set-cookie"]) == ("r1", None)
