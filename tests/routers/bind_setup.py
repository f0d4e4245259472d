"""Two real name servers, a primary and a secondary, with a zone and a key made for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import dns.message
import dns.query
import pytest
from tests.ports import free_port

from bluegreen.core.router_specs import Dns

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0cy1vZi10aGUtZG5zLXJvdXRlcg=="
KEY = 'key "bluegreen" {{ algorithm hmac-sha256; secret "{}"; }};\n'

OPTIONS = """
options {{
    directory "{folder}";
    pid-file "{folder}/named.pid";
    session-keyfile "{folder}/session.key";
    managed-keys-directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    notify-delay 0;
    allow-transfer {{ 127.0.0.1; }};
}};
controls {{ }};
"""
PRIMARY = """
zone "example.test" {{
    type primary;
    file "{folder}/example.test.zone";
    update-policy {{ {policy} }};
    notify explicit;
    also-notify {{ {notified} }};
}};
"""
SECONDARY = """
zone "example.test" {{
    type secondary;
    file "{folder}/example.test.copy";
    primaries {{ 127.0.0.1 port {other}; }};
}};
"""
ZONE = """$TTL 60
@ IN SOA ns1 admin 1 3600 600 86400 1
@ IN NS ns1
@ IN NS ns2
ns1 IN A 127.0.0.1
ns2 IN A 127.0.0.1
by-hand 86400 IN A 192.0.2.10
alias IN CNAME by-hand
"""


@dataclass
class NameServer:
    """One named, on a high port. It is no service of the machine."""

    folder: Path
    port: int
    child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return when it serves the zone."""
        program = shutil.which("named", path=PATH)
        assert program is not None
        with open(self.folder / "named.log", "ab") as log:
            self.child = subprocess.Popen(
                [program, "-g", "-n", "1", "-c", str(self.folder / "named.conf")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while not self._serves():
            if self.child.poll() is not None or time.monotonic() > deadline:
                pytest.fail((self.folder / "named.log").read_text())
            time.sleep(0.02)

    def stop(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait(10)
            self.child = None

    def _serves(self) -> bool:
        question = dns.message.make_query("example.test", "SOA", flags=0)
        try:
            answer = dns.query.udp(question, "127.0.0.1", timeout=0.2, port=self.port)
        except (OSError, dns.exception.DNSException):
            return False
        return bool(answer.answer)


@dataclass
class NameServers:
    """A primary and a secondary."""

    primary: NameServer
    secondary: NameServer
    key: Path
    policy: str = "grant bluegreen zonesub ANY;"

    def spec(self, name: str = "shop", **more: object) -> Dns:
        """How bluegreen is told of them."""
        servers = (self.primary.address, self.secondary.address)
        dns = Dns(f"{name}.example.test", "example.test", servers, str(self.key), ("192.0.2.10",), ("192.0.2.11",), 1)
        return replace(dns, **more)  # type: ignore[arg-type]

    def configure(self, *, notify: bool = True) -> None:
        """Write what both are told. A secondary that is not notified asks once an hour, and when it is started."""
        key = KEY.format(SECRET)
        notified = f"127.0.0.1 port {self.secondary.port};" if notify else ""
        for server, other, zone in ((self.primary, self.secondary, PRIMARY), (self.secondary, self.primary, SECONDARY)):
            values = {"folder": server.folder, "port": server.port, "other": other.port}
            text = OPTIONS + zone
            (server.folder / "named.conf").write_text(
                key + text.format(**values, policy=self.policy, notified=notified)
            )

    def start(self) -> None:
        self.primary.start()
        self.secondary.start()

    def stop(self) -> None:
        self.primary.stop()
        self.secondary.stop()


@contextmanager
def name_servers(folder: Path, *, policy: str = "grant bluegreen zonesub ANY;") -> Iterator[NameServers]:
    """Both, running. Skips where BIND is not installed; in CI that is a failure."""
    if shutil.which("named", path=PATH) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("BIND is not installed: apt-get install bind9")
    both = []
    for name in ("primary", "secondary"):
        (folder / name).mkdir()
        both.append(NameServer(folder / name, free_port()))
    key = folder / "bluegreen.key"
    key.write_text(KEY.format(SECRET))
    key.chmod(0o600)
    (folder / "primary" / "example.test.zone").write_text(ZONE)
    servers = NameServers(both[0], both[1], key, policy)
    servers.configure()
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
