"""What a demo has for itself: a folder, a home, ports and a controller; and how all of it is ended."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from bluegreen.cli.background import ensure_running
from bluegreen.cli.demo.application import Application
from bluegreen.cli.stop import wait_stopped
from bluegreen.client import Client
from bluegreen.core.errors import PermanentError

A = TypeVar("A", bound=Application)
_LONGEST = 60
"""Characters of a temporary folder's path that leave room for the unix sockets in it."""
_ENDED_WITHIN = 60.0


class Sandbox(Generic[A]):
    """A folder of its own; nothing in it runs before `start`, and nothing is left of it after `remove`."""

    def __init__(self, make: type[A]) -> None:
        self._make = make
        self.folder = Path(tempfile.mkdtemp(prefix="bg-demo-", dir=_parent()))
        self.home = self.folder / "home"
        self.client = Client(self.home)
        self.application: A

    def start(self) -> None:
        """Copy the application and start a controller."""
        from bluegreen.system.ports import Ports

        # From the controller's own file, so that it gives this port to nobody else.
        port = Ports(self.home / "ports.json").take("address of the demo")
        self.application = self._make(self.folder / "app", f"127.0.0.1:{port}", self.folder / "data")
        self.start_controller()

    def start_controller(self) -> None:
        # Without $CI: a controller that outlives the command is what this refuses there, and ours does not.
        ensure_running(self.client, {})

    def kill_controller(self) -> int:
        """Kill it without a warning; its pid."""
        pid = self._pid()
        _process(pid, kill=True)
        return pid

    def how_to_play(self) -> Iterator[str]:
        """What to do with a sandbox that is left running."""
        bluegreen = f"{_program()} --home {self.home}"
        yield "Everything runs on, without the load. To look around, and to go on:"
        yield f"  {self.application.url}   (in a browser)"
        yield f"  {bluegreen} status --watch"
        yield f"  {bluegreen} history"
        yield f"  {bluegreen} rollback"
        yield f"  {bluegreen} deploy {self.application.folder}   (change something there first)"
        yield "To end it, and to remove it:"
        yield f"  {bluegreen} stop --all --yes && rm -r {self.folder}"

    def remove(self) -> None:
        """End everything that runs in it and delete it.

        Raises:
            PermanentError: not everything could be ended; what is needed to find the rest stays.
        """
        try:
            if self.home.exists():
                self._end_all()
            shutil.rmtree(self.folder)
        except Exception as error:
            raise PermanentError(
                f"Not all of the demo could be ended; {self.folder} is still there.",
                why=str(error),
                cure=f"`{_program()} --home {self.home} stop --all` ends the rest; then remove the folder.",
            ) from error

    def _end_all(self) -> None:
        self.start_controller()
        pid = self._pid()
        self.client.stop(everything=True)
        wait_stopped(self.client)
        _process(pid, kill=False)

    def _pid(self) -> int:
        return int(self.client.controller()["pid"])


def _process(pid: int, *, kill: bool) -> None:
    """Wait until a process has ended, and be it by our hand."""
    import psutil

    try:
        process = psutil.Process(pid)
        if kill:
            process.kill()
        process.wait(_ENDED_WITHIN)
    except psutil.NoSuchProcess:
        pass


def _program() -> str:
    """How this program was called, so that its lines can be copied."""
    called = sys.argv[0]
    if Path(called).name != "bluegreen":
        return f"{sys.executable} -m bluegreen"
    found = shutil.which("bluegreen")
    return "bluegreen" if found is not None and Path(found).samefile(called) else called


def _parent() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _LONGEST else "/tmp"  # noqa: S108 - mkdtemp makes a folder that is ours alone
