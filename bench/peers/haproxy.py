"""HAProxy, switched by an entry of a map at run time, or by a reload."""

from __future__ import annotations

import signal
import socket
from collections.abc import Mapping

from bench.peers.base import CORES, Peer

CONFIG = """
global
    nbthread {cores}
    maxconn 4096
    stats socket {folder}/admin.sock mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
frontend users
    bind 127.0.0.1:{port}
    {choice}
backend blue
    server blue 127.0.0.1:{blue}
backend green
    server green 127.0.0.1:{green}
"""


class HaproxyMap(Peer):
    """``set map`` on the admin socket."""

    name = "HAProxy runtime `set map`"

    def setup(self, upstreams: Mapping[str, int]) -> None:
        self.upstreams = upstreams
        self._map = self.write("live.map", "live blue\n")
        choice = f"use_backend %[str(live),map({self._map})]"
        text = CONFIG.format(cores=CORES, folder=self.folder, port=self.port, choice=choice, **upstreams)
        self.start("haproxy", "-db", "-f", str(self.write("haproxy.cfg", text)))

    def switch(self, to: str) -> None:
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.folder / "admin.sock"))
            admin.sendall(f"set map {self._map} live {to}\n".encode())
            admin.shutdown(socket.SHUT_WR)
            answer = admin.recv(4096)
        if answer.strip():
            raise RuntimeError(f"set map: {answer!r}")


class HaproxyReload(Peer):
    """A new configuration, then USR2 to the master, as ``systemctl reload haproxy`` does."""

    name = "HAProxy reload"

    def setup(self, upstreams: Mapping[str, int]) -> None:
        self.upstreams = upstreams
        self._write("blue")
        self.start("haproxy", "-W", "-f", str(self.folder / "haproxy.cfg"))

    def switch(self, to: str) -> None:
        assert self.process is not None
        self._write(to)
        self.process.send_signal(signal.SIGUSR2)

    def _write(self, live: str) -> None:
        choice = f"default_backend {live}"
        text = CONFIG.format(cores=CORES, folder=self.folder, port=self.port, choice=choice, **self.upstreams)
        self.write("haproxy.cfg", text)
