"""bluegreen itself: a rollback between two warm releases, asked of the controller's API."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.controller import Controller

from bench.application import Application, monotonic_ns
from bench.peers.base import Peer
from bench.processes import envoy_pid
from bluegreen.core.errors import Refused


class Bluegreen(Peer):
    """Two releases of one application, both warm. The upstreams are its own instances."""

    name = "bluegreen"

    def setup(self, upstreams: Mapping[str, int]) -> None:
        self._controller = Controller()
        self._controller.start()
        self._application = Application(self.folder / "app", self._controller)
        self.port = self._application.port
        ports, releases = {}, {}
        for _ in range(2):
            self._application.change()
            self._application.deploy()
            live = self._application.live()
            ports[live.color], releases[live.color] = live.port, live.release
        self.upstreams, self._releases = ports, releases
        known = json.loads((self.envoy / "apps" / f"{self._application.name}.json").read_text())
        self._backends: dict[str, str] = {backend["color"]: backend["name"] for backend in known["backends"]}
        self.switch("blue")

    def switch(self, to: str) -> None:
        try:
            answer = self._controller.client.rollback(self._application.name, self._releases[to])
        except Refused:
            # The switch before is confirmed, but its books are not closed: only wrk's last one comes so soon.
            time.sleep(0.1)
            answer = self._controller.client.rollback(self._application.name, self._releases[to])
        if not (answer["instant"] and answer["confirmed"]):
            raise RuntimeError(f"the rollback was not instant: {answer}")
        self._after = answer["after"]

    def decided(self) -> int | None:
        entries = self._controller.client.events(self._application.name, after=self._after)
        return next(monotonic_ns(x["at"]) for x in entries if x["event"]["kind"] == "route requested")

    @property
    def pid(self) -> int:
        return envoy_pid(self._controller.home)

    @property
    def envoy(self) -> Path:
        """The folder of its Envoy's files."""
        return self._controller.home / "envoy"

    def backend(self, color: str) -> str:
        """The name of the cluster of an environment's instances."""
        return self._backends[color]

    def teardown(self) -> None:
        self._controller.close()
