"""The whole loop by DNS, with real name servers: the name is moved, and what has the old answer is served."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.core.router_specs import Dns
from bluegreen.routers.dns.query import ask
from tests.e2e.controller import Controller, Shop, wait_for
from tests.routers.bind_setup import NameServers, name_servers


def addresses(spec: Dns) -> frozenset[str]:
    """Where the name leads, at the primary."""
    return asyncio.run(ask(spec.servers[0], spec)).addresses


def answered(ip: str, shop: Shop) -> int:
    with urllib.request.urlopen(f"http://{ip}:{shop.port}/api/items", timeout=10) as answer:
        return int(answer.status)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[NameServers]:
    with name_servers(tmp_path) as both:
        yield both


def test_the_old_environment_is_there_until_no_cache_can_lead_to_it(
    servers: NameServers, controller: Controller, shop: Shop
) -> None:
    spec = servers.spec(blue=("127.0.0.2",), green=("127.0.0.3",), ttl=4)
    dns = {"name": spec.name, "zone": spec.zone, "servers": [*spec.servers], "key": spec.key, "ttl": "4s"}
    shop.set(
        lambda file: file.update(
            router={"dns": {**dns, "blue": "127.0.0.2", "green": "127.0.0.3"}}, switch={"drain": "1s"}, keep="1s"
        )
    )
    assert controller.deploy(shop.folder)["result"] == "completed"
    assert addresses(spec) == {"127.0.0.2"}
    assert answered("127.0.0.2", shop) == 200

    shop.next_release()
    assert controller.deploy(shop.folder)["result"] == "completed"
    assert addresses(spec) == {"127.0.0.3"}
    assert answered("127.0.0.3", shop) == 200
    status = controller.status()
    assert status["route"]["observed"] == {"epoch": 2, "shares": {"green": 100}}
    # Its time to be kept is over long before that of the caches.
    held = [warning for warning in status["warnings"] if "Users may still come to blue" in warning]
    assert held or status["environments"]["blue"]["state"] in ("standby", "stopping", "empty")
    assert not held or answered("127.0.0.2", shop) == 200
    wait_for(lambda: controller.status()["environments"]["blue"]["state"] == "empty", "blue is stopped at last")
    stopped = next(each for each in controller.events() if each["event"]["kind"] == "environment stopped")
    confirmed = [each for each in controller.events() if each["event"]["kind"] == "route confirmed"][1]
    assert stopped["at"] - confirmed["at"] > 3.0
    assert controller.status()["warnings"] == []
