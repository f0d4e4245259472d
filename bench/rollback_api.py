"""`POST /v1/apps/shop/rollback`, answered with the route confirmed: over the unix socket, and over TCP with a token.

Each call leads to the release that is warm beside the live one, on a connection that is kept, with a constant load on
the application. Beside them a `GET` that only asks who is calling: what a request costs without a switch. In the last
rows twenty people follow the application's page meanwhile.

``python -m bench.rollback_api [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.controller import Controller

from bench.application import Application, controller
from bluegreen.cli.load import LoadProcess, Plan
from bluegreen.client import Client

RATE = 500.0
FOLLOWERS = 20


class Socket(http.client.HTTPConnection):
    """A kept connection to the controller's unix socket."""

    def __init__(self, home: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = home / "api.sock"

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Caller:
    """One way to the API; times are in milliseconds."""

    def __init__(self, name: str, connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
        self.name = name
        self._connection = connection
        self._headers = headers
        self.rollbacks: list[float] = []
        self.asked: list[float] = []

    def _call(self, method: str, path: str, body: Any = None) -> tuple[float, Any]:
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        sent = json.dumps(body) if body is not None else None
        began = time.perf_counter()
        self._connection.request(method, path, sent, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content!r}")
        return took, json.loads(content)

    def look(self) -> None:
        self.asked.append(self._call("GET", "/v1/me")[0])

    def back(self, app: Application) -> None:
        to = app.standby()
        took, answer = self._call("POST", f"/v1/apps/{app.name}/rollback", {"to": to})
        if not (answer["instant"] and answer["confirmed"] and answer["release"] == to):
            raise RuntimeError(f"not confirmed: {answer}")
        self.rollbacks.append(took)
        app.entries(answer["after"], answer["deployment"])

    def rows(self, also: str = "") -> str:
        return "\n".join(
            f"| `{what}`{also} | {self.name} | {len(times)} | {statistics.median(times):.1f} / {max(times):.1f} ms |"
            for what, times in (("GET /v1/me", self.asked), ("POST …/rollback", self.rollbacks))
        )


HEADER = """\
| request | way | calls | median / worst |
| --- | --- | --- | --- |"""


def callers(found: Controller) -> list[Caller]:
    token = found.client.create_token(name="bench", grants=[{"role": "admin", "app": None}])["token"]
    place = urlsplit(found.client.session_link()["url"])
    tcp = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    return [
        Caller("unix socket", Socket(found.home), {}),
        Caller("TCP on loopback, token", tcp, {"Authorization": f"Bearer {token}"}),
    ]


def measured(ways: list[Caller], app: Application, number: int) -> None:
    """Every way by turns."""
    for _ in range(number):
        for way in ways:
            way.look()
            way.back(app)


@contextlib.contextmanager
def followed(found: Controller, app: str) -> Iterator[None]:
    """People look at the application's page."""

    def look() -> None:
        with contextlib.suppress(Exception):
            for _ in Client(found.home, actor="looks").live(app):
                pass

    for _ in range(FOLLOWERS):
        threading.Thread(target=look, daemon=True).start()
    time.sleep(2)
    yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    options = parser.parse_args()
    number = 10 if options.quick else 100
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = Application(Path(scratch) / "shop", found, switch={"drain": "1s"})
        for _ in range(2):
            app.change()
            app.deploy()
        with LoadProcess(Plan(app.url, gets=("/", "/a"), rate=RATE, connections=32, fresh=0.02)) as load:
            load.wait_for_requests(int(RATE))
            alone, looked_at = callers(found), callers(found)
            measured(alone, app, number)
            with followed(found, app.name):
                measured(looked_at, app, number)
            result = load.stop()
    print(HEADER)
    for way in alone:
        print(way.rows())
    for way in looked_at:
        print(way.rows(f", {FOLLOWERS} follow"))
    print()
    print(f"{result.failed} of {result.requests:,} requests of users failed ({result.rate:,.0f} a second).")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
