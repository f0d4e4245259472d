"""nginx, switched by a reload."""

from __future__ import annotations

import signal
from collections.abc import Mapping

from bench.peers.base import CORES, Peer

CONFIG = """
daemon off;
worker_processes {cores};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream live {{ server 127.0.0.1:{port_of_live}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://live;
            proxy_http_version 1.1;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_buffering off;
            proxy_read_timeout 1h;
        }}
    }}
}}
"""


class NginxReload(Peer):
    """A new configuration, then HUP to the master, as ``nginx -s reload`` does."""

    name = "nginx reload"

    def setup(self, upstreams: Mapping[str, int]) -> None:
        self.upstreams = upstreams
        self._write("blue")
        self.start("nginx", "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "error.log"))

    def switch(self, to: str) -> None:
        assert self.process is not None
        self._write(to)
        self.process.send_signal(signal.SIGHUP)

    def _write(self, live: str) -> None:
        text = CONFIG.format(cores=CORES, folder=self.folder, port=self.port, port_of_live=self.upstreams[live])
        self.write("nginx.conf", text)
