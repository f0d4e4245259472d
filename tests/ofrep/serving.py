"""The server of one flag set in a process of its own, as an environment runs it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.controller import free_port, wait_for

MODULE = "bluegreen.ofrep"


class Serving:
    """One process and what it answers."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, body: Any = None, method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Status, headers (small letters) and the JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, content, {"Content-Type": "application/json", **named})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(text) if text else {}

    def answers(self) -> bool:
        assert self.process.poll() is None, "it ended"
        try:
            return self.ask("/healthz", method="GET")[0] == 204
        except OSError:
            return False


@contextmanager
def serving(file: Path, port: int | None = None) -> Iterator[Serving]:
    port = port or free_port()
    command = [sys.executable, "-P", "-m", MODULE, file.name]
    process = subprocess.Popen(command, cwd=file.parent, env={**os.environ, "PORT": str(port)})
    server = Serving(port, process)
    try:
        wait_for(server.answers, "it answers")
        yield server
    finally:
        process.terminate()
        process.wait(20)
