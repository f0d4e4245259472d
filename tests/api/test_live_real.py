"""Streams of a real controller over TCP: they end with their token, and with the controller."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bluegreen.system.ports import Ports
from tests.e2e.controller import Controller, Shop, wait_for

LIVE = "/v1/apps/shop/live"


class Reader(threading.Thread):
    """Reads a stream to its end."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", LIVE, headers={"Authorization": f"Bearer {token}"})
        self._answer = connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self.events: list[str] = []
        self.figures: list[float] = []
        """How old they were when they came."""
        self.newest: Any = None
        self.status: Any = None
        self.cut = False
        self.start()

    def run(self) -> None:
        try:
            for line in self._answer:
                if line.startswith(b"event: "):
                    self.events.append(line.decode()[7:].strip())
                elif line.startswith(b"data: ") and self.events[-1] == "status":
                    self.status = json.loads(line[6:])
                elif line.startswith(b"data: ") and self.events[-1] == "figures":
                    self.newest = json.loads(line[6:])
                    self.figures.append(time.time() - self.newest["at"])
        except (OSError, http.client.HTTPException):
            self.cut = True


@pytest.fixture
def controller() -> Iterator[Controller]:
    found = Controller()
    found.start()
    yield found
    found.close()


def test_they_end_with_their_token_and_with_the_controller(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    controller.deploy(shop.folder)
    port = Ports(controller.home / "ports.json").take("dashboard")
    made = [controller.client.create_token(name=f"t{n}", grants=[{"role": "viewer"}]) for n in range(2)]
    revoked, other = (Reader(port, token["token"]) for token in made)
    wait_for(lambda: len(revoked.figures) > 1 and len(other.figures) > 1, "figures come")
    assert revoked.events[:2] == ["status", "figures"]
    with shop.load():
        wait_for(lambda: (other.newest["environments"]["blue"] or {}).get("rps", 0) > 50, "users are counted")
    assert other.newest["environments"]["blue"]["p99"] > 0
    assert other.newest["environments"]["green"] is None
    controller.client.revoke_token(made[0]["id"])
    revoked.join(30)
    assert not revoked.is_alive()
    assert not revoked.cut
    assert other.is_alive()
    assert controller.process is not None
    controller.process.send_signal(signal.SIGTERM)
    other.join(30)
    assert not other.is_alive()
    assert not other.cut
    assert controller.wait_ended() == 0


def test_a_standby_that_hangs_is_seen_while_somebody_looks(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    controller.deploy(shop.folder)
    assert controller.status()["next"]["rollback"] is None
    shop.next_release()
    controller.deploy(shop.folder)
    token = controller.client.create_token(name="t", grants=[{"role": "viewer"}])["token"]
    reader = Reader(Ports(controller.home / "ports.json").take("dashboard"), token)

    def probed() -> Any:
        rollback = (reader.status or {"next": {"rollback": None}})["next"]["rollback"]
        return rollback and rollback["instant"] and rollback["probed"]

    found = wait_for(lambda: probed() and probed()["healthy"] and probed(), "it answers")
    assert found["took"] < 1
    assert reader.status["next"]["rollback"]["about"] > 0
    pids = [i["pid"] for i in reader.status["environments"]["blue"]["instances"] if i["component"] == "web"]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: probed() and not probed()["healthy"], "it hangs")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    wait_for(lambda: probed() and probed()["healthy"], "it answers again")
