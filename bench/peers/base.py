"""What the benchmark asks of a peer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

CORES = os.cpu_count() or 1


class Peer(ABC):
    """One address before a blue and a green upstream. After `setup` blue is live."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.port = free_port()
        self.upstreams: Mapping[str, int] = {}
        """Port of each side's upstream, for the benchmark's questions."""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def setup(self, upstreams: Mapping[str, int]) -> None:
        """Serve these upstreams; one that starts its own sets ``self.upstreams`` to them."""

    @abstractmethod
    def switch(self, to: str) -> None:
        """Move everything to ``blue`` or ``green``; returns when the peer's own tool would."""

    @property
    def pid(self) -> int:
        """The process that forwards requests."""
        assert self.process is not None
        return self.process.pid

    def decided(self) -> int | None:
        """When the newest switch was decided (CLOCK_MONOTONIC, ns), where that is not the moment of the call."""
        return None

    def teardown(self) -> None:
        """End everything that `setup` started."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def start(self, *command: str) -> None:
        """Start the proxy and wait until its address answers."""
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        wait_for_port(self.port)

    def write(self, name: str, text: str) -> Path:
        """Replace a file of this peer in one step."""
        path = self.folder / name
        temporary = self.folder / f"{path.name}.new"  # never in a folder that is watched
        temporary.write_text(text, encoding="utf-8")
        temporary.rename(path)
        return path


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for_port(port: int, within: float = 10.0) -> None:
    end = time.monotonic() + within
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
