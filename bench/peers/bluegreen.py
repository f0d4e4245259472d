"""bluegreen itself: a rollback between two warm releases, asked of the controller's API."""

from __future__ import annotations

from collections.abc import Mapping

from tests.e2e.controller import Controller

from bench.application import Application, monotonic_ns
from bench.peers.base import Peer


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
        self.switch("blue")

    def switch(self, to: str) -> None:
        answer = self._controller.client.rollback(self._application.name, self._releases[to])
        if not (answer["instant"] and answer["confirmed"]):
            raise RuntimeError(f"the rollback was not instant: {answer}")
        self._after = answer["after"]

    def decided(self) -> int | None:
        entries = self._controller.client.events(self._application.name, after=self._after)
        return next(monotonic_ns(x["at"]) for x in entries if x["event"]["kind"] == "route requested")

    def teardown(self) -> None:
        self._controller.close()
