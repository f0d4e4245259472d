"""Where the router keeps its files. Everything is below ``HOME/envoy``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bluegreen.core.errors import PermanentError

SOCKET_PATH_LIMIT = 107
"""Bytes that fit into ``sockaddr_un.sun_path`` before its closing zero."""


@dataclass(frozen=True)
class Layout:
    """Paths below one folder; nothing here touches the disk except `create`."""

    root: Path

    @property
    def bootstrap(self) -> Path:
        return self.root / "bootstrap.json"

    @property
    def clusters(self) -> Path:
        return self.root / "clusters" / "clusters.json"

    @property
    def listeners(self) -> Path:
        return self.root / "listeners" / "listeners.json"

    @property
    def admin_socket(self) -> Path:
        return self.root / "admin.sock"

    @property
    def sampler_socket(self) -> Path:
        return self.root / "sampler.sock"

    @property
    def lock(self) -> Path:
        return self.root / "writer.lock"

    @property
    def process(self) -> Path:
        return self.root / "process.json"

    @property
    def log(self) -> Path:
        return self.root / "envoy.log"

    @property
    def access_log(self) -> Path:
        return self.root / "access.log"

    @property
    def apps(self) -> Path:
        return self.root / "apps"

    def routes(self, name: str) -> Path:
        """File of one route configuration, in a folder of its own: Envoy reads it again when anything moves there."""
        return self.root / "routes" / file_name(name) / "routes.json"

    def fallback(self, name: str, app: str, epoch: int) -> Path:
        """The same file as it would be after a rollback of one application."""
        return self.root / "fallbacks" / file_name(name) / f"{app}@{epoch}.json"

    def certificate(self, app: str) -> Path:
        return self.root / "certificates" / app / "secret.json"

    def create(self) -> None:
        """Make the folders, closed to others.

        Raises:
            PermanentError: the sockets' paths would be longer than the system allows.
        """
        for socket in (self.admin_socket, self.sampler_socket):
            if len(str(socket).encode()) > SOCKET_PATH_LIMIT:
                raise PermanentError(
                    f"the home folder's path is too long: {self.root.parent}",
                    why=f"{socket} has more than the {SOCKET_PATH_LIMIT} bytes that a unix socket's path may have",
                    cure="choose a shorter one with --home or $BLUEGREEN_HOME",
                )
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        for name in ("clusters", "listeners", "routes", "fallbacks", "certificates", "apps"):
            (self.root / name).mkdir(mode=0o700, exist_ok=True)
        # Envoy would create it readable for all.
        self.access_log.touch(mode=0o600)


def file_name(name: str) -> str:
    """A name as a file name that needs no quoting: ``[::]:80`` becomes ``____80``."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", name)
