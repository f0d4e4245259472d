"""The whole loop behind a real nginx of the user's, configured by what `bluegreen router init` prints."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.e2e.controller import Controller, Shop
from tests.routers.nginx_setup import RealNginx, nginx


def released(shop: Shop) -> str | None:
    """Which release answers a user who comes now."""
    with urllib.request.urlopen(f"http://127.0.0.1:{shop.port}/api/items", timeout=10) as answer:
        assert answer.status == 200
        return answer.headers["x-release"]


def follow(server: RealNginx, shop: Shop) -> None:
    """Put what is printed where it belongs, and a header that tells the release."""
    printed = run("router", "init", "nginx", cwd=shop.folder)
    assert (printed.code, printed.err) == (0, "")
    lines = printed.out.replace(
        "proxy_buffering off;", "proxy_buffering off; add_header x-release $bluegreen_shop_release;"
    ).splitlines()
    outermost = [line for line in lines if line.strip().startswith("worker_shutdown_timeout")]
    server.configure("\n".join(line for line in lines if line not in outermost))
    config = Path(server.settings.config)
    rest = config.read_text().replace(f"    include {server.include}/*.conf;\n", "", 1)
    config.write_text("\n".join([*outermost, rest]))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealNginx]:
    with nginx(tmp_path) as it:
        yield it


def test_a_deployment_a_rollback_and_a_killed_controller(server: RealNginx, controller: Controller, shop: Shop) -> None:
    spec = server.settings
    settings = {"config": spec.config, "pid": spec.pid, "program": spec.program, "status": spec.status}
    shop.set(lambda file: file.update(router={"nginx": {**settings, "folder": spec.folder}}))
    shop.set(lambda file: file.update(switch={"drain": "1s"}))
    follow(server, shop)
    assert controller.deploy(shop.folder)["result"] == "completed"
    assert released(shop) == "r1"
    doctor = json.loads(run("--home", str(controller.home), "doctor", "--json", cwd=shop.folder).out)
    assert {found["mark"] for found in doctor["findings"] if found["subject"] in ("router", "address")} == {"well"}

    shop.next_release()
    assert controller.deploy(shop.folder)["result"] == "completed"
    assert released(shop) == "r2"
    assert controller.status()["route"]["observed"] == {"epoch": 2, "shares": {"green": 100}}
    answer = controller.client.rollback("shop", None)
    assert (answer["confirmed"], answer["release"]) == (True, "r1")
    assert released(shop) == "r1"
    assert controller.status()["warnings"] == []

    # Killed, and started again: it finds users where they are.
    controller.kill()
    controller.start()
    assert controller.status()["route"]["observed"] == {"epoch": 3, "shares": {"blue": 100}}
    assert released(shop) == "r1"
