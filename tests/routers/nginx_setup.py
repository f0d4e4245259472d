"""A real nginx with a configuration of its own, for one application or several, as its user would write it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.ports import free_port

from bluegreen.core.router_specs import Nginx

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

CONFIGURATION = """
{user}
worker_processes 2;
error_log {folder}/error.log notice;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {include}/*.conf;
    {servers}
}}
"""

SERVER = """
    server {{
        listen {address};
        location / {{
            proxy_pass http://${variable};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection ${variable}_connection;
            proxy_buffering off;
            add_header x-release ${variable}_release always;
        }}
    }}
"""


@dataclass
class RealNginx:
    """One nginx. It is no service of the machine."""

    folder: Path
    include: Path
    status: str
    servers: dict[str, str] = field(default_factory=dict)
    """``host:port`` by application."""
    child: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Nginx:
        """How bluegreen is told of it."""
        config, pid = self.folder / "nginx.conf", self.folder / "nginx.pid"
        program = f"{shutil.which('nginx', path=PATH)} -p {self.folder}"
        return Nginx(str(config), str(pid), program, self.status, str(self.include))

    def configure(self, more: str = "") -> None:
        """Write its configuration."""
        servers = "".join(
            SERVER.format(address=address, variable="bluegreen_" + app.replace("-", "_"))
            for app, address in self.servers.items()
        )
        text = CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=self.folder,
            include=self.include,
            servers=servers + more,
        )
        (self.folder / "nginx.conf").write_text(text)

    def start(self) -> None:
        """Start it, and return when it has workers."""
        with open(self.folder / "output.log", "ab") as log:
            self.child = subprocess.Popen(
                [*self.settings.program.split(), "-c", self.settings.config, "-g", "daemon off;"],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 10
        while not (self.folder / "nginx.pid").exists() or not self._children():
            if self.child.poll() is not None or time.monotonic() > deadline:
                pytest.fail((self.folder / "output.log").read_text())
            time.sleep(0.01)

    def reload(self) -> None:
        """As an administrator would."""
        assert self.child is not None
        self.child.send_signal(signal.SIGHUP)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, with its workers."""
        if self.child is None:
            return
        workers = self._children()
        self.child.send_signal(how)
        self.child.wait(10)
        self.child = None
        for pid in workers:
            # A killed master leaves its workers behind.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def log(self) -> str:
        return (self.folder / "error.log").read_text()

    def _children(self) -> list[int]:
        assert self.child is not None
        with contextlib.suppress(OSError):
            file = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
            return [int(pid) for pid in file.read_text().split()]
        return []


@contextmanager
def nginx(folder: Path, *, started: bool = True) -> Iterator[RealNginx]:
    """A running nginx that nothing is routed by yet. Skips where it is not installed; in CI that is a failure."""
    if shutil.which("nginx", path=PATH) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not installed: apt-get install nginx")
    it = RealNginx(folder / "nginx-server", folder / "included", f"127.0.0.1:{free_port()}")
    for each in (it.folder, it.include):
        each.mkdir()
    it.configure()
    if started:
        it.start()
    try:
        yield it
    finally:
        it.stop()
