"""A home, a release folder and real programs for the tests of the process runtime."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bluegreen.core.spec import Ready, Stop
from bluegreen.runtimes.base import InstanceId, InstanceSpec, InstanceState, InstanceStatus
from bluegreen.runtimes.process import ProcessRuntime
from bluegreen.system.environ import base_environment
from bluegreen.system.procfs import read_stat

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = {"/healthz": 200, "/moved": 302, "/broken": 503}
        self.send_response(known.get(self.path, 404))
        self.end_headers()
        self.wfile.write(b"hello")
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
HUNG = (
    "import os, socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT']))); print('hung', flush=True)\n"
)


@dataclass
class World:
    """What one test works in."""

    folder: Path
    changes: list[InstanceStatus] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def release(self) -> Path:
        return self.folder / "release"

    def program(self, source: str) -> str:
        """A command that runs this Python program, as `exec` so that the shell is not in between."""
        name = f"{abs(hash(source))}.py"
        (self.release / name).write_text(source)
        return f"exec {sys.executable} {name}"

    def server(self) -> str:
        return self.program(SERVER)

    def spec(self, command: str, ready: Ready | None = None, **changed: object) -> InstanceSpec:
        values: dict[str, object] = {
            "id": InstanceId("shop", "green", 3, "web", 0),
            "release": 7,
            "command": command,
            "folder": str(self.release),
            "env": base_environment(),
            "ready": ready or Ready(http="/healthz", within=20),
            "stop": Stop(within=10),
            "listens": True,
        }
        return InstanceSpec(**(values | changed))  # type: ignore[arg-type]

    def play(self, scenario: Callable[[ProcessRuntime], Awaitable[None]]) -> None:
        """Run a scenario, and leave nothing running."""

        async def run() -> None:
            async with asyncio.timeout(40), self.runtime() as runtime:
                await scenario(runtime)

        asyncio.run(run())

    @asynccontextmanager
    async def runtime(self) -> AsyncIterator[ProcessRuntime]:
        runtime = ProcessRuntime(self.home)
        runtime.on_change = self.changes.append
        try:
            yield runtime
        finally:
            for status in await runtime.instances("shop"):
                await runtime.stop(status.id, Stop("KILL"))
            await runtime.close()

    async def changed(self, state: InstanceState, count: int = 1) -> InstanceStatus:
        """Wait until an instance has entered this state so many times."""
        while len(found := [status for status in self.changes if status.state is state]) < count:
            await asyncio.sleep(0.01)
        return found[-1]

    async def pids(self, count: int, file: str = "pids") -> list[int]:
        """Pids that a program wrote into a file of its folder, once there are so many."""
        path = self.release / file
        await until(lambda: path.exists() and len(path.read_text().split()) >= count)
        return [int(pid) for pid in path.read_text().split()]


async def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit, "did not come true"
        await asyncio.sleep(0.01)


def has_ended(pid: int) -> bool:
    stat = read_stat(pid)
    return stat is None or stat.ended
