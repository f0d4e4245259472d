"""A real HAProxy for tests: on a configuration of its own, in a folder of its own, ended with the test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bluegreen.core.router_specs import Haproxy
from bluegreen.core.spec import AppSpec, Component
from bluegreen.routers.haproxy.setup import HaproxySetup

PATH = f"{os.environ['PATH']}:/usr/sbin"


def needs_haproxy() -> None:
    """Skip where it is not installed; in CI that is a failure."""
    if shutil.which("haproxy", path=PATH) is None:
        if os.environ.get("CI"):
            pytest.fail("haproxy is not installed, which .ci/run should have done")
        pytest.skip("haproxy is not installed (apt-get install haproxy)")


def application(app: str, address: str, spec: Haproxy, *, hosts: tuple[str, ...] = (), **changes: object) -> AppSpec:
    """One component that takes all requests."""
    return AppSpec(app, address, (Component("web", "run", receives=("/",), **changes),), hosts=hosts, router=spec)  # type: ignore[arg-type]


class RunningHaproxy:
    """`haproxy -W` with the configuration that `bluegreen router init haproxy` prints for these applications."""

    def __init__(self, folder: Path) -> None:
        self.spec = Haproxy(socket=str(folder / "admin.sock"), folder=str(folder / "bluegreen"))
        self.folder = folder
        self.config = folder / "haproxy.cfg"
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, apps: Sequence[AppSpec], *, extra: str = "") -> None:
        """Write its configuration, and the empty files that it names."""
        (self.folder / "bluegreen").mkdir(exist_ok=True)
        for name, content in (("routes.map", ""), ("servers.state", "1\n")):
            if not (self.folder / "bluegreen" / name).exists():
                (self.folder / "bluegreen" / name).write_text(content)
        head = f"""
global
    stats socket {self.spec.socket} mode 600 level admin expose-fd listeners
    hard-stop-after 30s
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
"""
        self.config.write_text(head + "\n".join(HaproxySetup().snippet(app) for app in apps) + extra)

    @property
    def binary(self) -> str:
        found = shutil.which("haproxy", path=PATH)
        assert found is not None
        return found

    def start(self) -> None:
        log = (self.folder / "haproxy.log").open("ab")
        self.process = subprocess.Popen([self.binary, "-W", "-f", str(self.config)], stdout=log, stderr=log)
        log.close()
        self.wait(lambda: self.pid() is not None, "HAProxy answers")

    def wait(self, condition: object, what: str) -> None:
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if condition():  # type: ignore[operator]
                return
            time.sleep(0.01)
        raise AssertionError(f"{what}: {(self.folder / 'haproxy.log').read_text()}")

    def ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.spec.socket)
            s.sendall(f"{command}\n".encode())
            answer = b""
            while data := s.recv(65536):
                answer += data
        return answer.decode()

    def pid(self) -> str | None:
        """Of the process that serves; None while none answers."""
        try:
            lines = self.ask("show info").splitlines()
        except OSError:
            return None
        return next((line.removeprefix("Pid: ") for line in lines if line.startswith("Pid: ")), None)

    def reload(self) -> None:
        """What `systemctl reload haproxy` does."""
        assert self.process is not None
        before = self.pid()
        self.process.send_signal(signal.SIGUSR2)
        self.wait(lambda: self.pid() not in (None, before), "HAProxy was reloaded")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
