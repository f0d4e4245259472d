"""Envoy configured by hand to give what bluegreen's gives: access log, forwarded headers, retries, counters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bench.peers.base import CORES, Peer
from bench.peers.bluegreen import Bluegreen
from bench.peers.envoy import envoy


class EnvoySameFilters(Peer):
    """Reads a copy of the files of a bluegreen that runs, with an address of its own; nobody drives it but `switch`."""

    name = "Envoy by hand, with the same filters"

    def __init__(self, folder: Path, original: Bluegreen) -> None:
        super().__init__(folder)
        self._original = original

    def setup(self, upstreams: Mapping[str, int]) -> None:
        self.upstreams = upstreams
        source = self._original.envoy
        for kind in ("listeners", "clusters"):
            (self.folder / kind).mkdir()
            value = json.loads(self._translated(source / kind / f"{kind}.json"))
            value["resources"] = [r for r in value["resources"] if not r["name"].startswith("inside")]
            (self.folder / kind / f"{kind}.json").write_text(json.dumps(value))
        routes = f"routes/127.0.0.1_{self.port}"
        (self.folder / routes).mkdir(parents=True)
        self._routes = f"{routes}/routes.json"
        self._blue = self._translated(source / "routes" / f"127.0.0.1_{self._original.port}" / "routes.json")
        self._version = 0
        self.switch("blue")
        config = self.write("envoy.json", self._translated(source / "bootstrap.json"))
        self.start(envoy(), "-c", str(config), "--concurrency", str(CORES), "--disable-hot-restart", "-l", "warn")

    def switch(self, to: str) -> None:
        self._version += 1
        blue, green = (self._original.backend(color) for color in ("blue", "green"))
        text = self._blue if to == "blue" else self._blue.replace(f'"cluster":"{blue}"', f'"cluster":"{green}"')
        value = json.loads(text)
        value["version_info"] = str(self._version)
        self.write(self._routes, json.dumps(value))

    def _translated(self, file: Path) -> str:
        """A file of the original's with our folder and our port."""
        port = self._original.port
        text = file.read_text().replace(str(self._original.envoy), str(self.folder))
        for before, after in ((f":{port}", f":{self.port}"), (f"_{port}", f"_{self.port}")):
            text = text.replace(before, after)
        return text.replace(f'"port_value": {port}', f'"port_value": {self.port}')
