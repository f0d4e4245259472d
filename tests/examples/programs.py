"""Programs of the assistant, run by hand as its README says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.e2e.controller import free_port

from bluegreen.cli.examples import example_folder

ASSISTANT = example_folder("assistant")
STAND_IN = {"ASSISTANT_MODEL": "stand-in"}
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Program:
    """One process that serves; with the object's context it ends."""

    def __init__(self, module: str, *arguments: str, folder: Path = ASSISTANT, port: int = 0, **env: str) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", f"assistant.{module}", "--port", str(self.port), *arguments]
        base = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(command, cwd=folder, env={**base, **env}, stderr=subprocess.PIPE, text=True)
        self._wait_ready()

    def _wait_ready(self, within: float = 60.0) -> None:
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                if get(self.url + "/healthz")[0] == 200:
                    return
            except OSError:
                assert self.process.poll() is None, self.process.communicate()[1]
                time.sleep(0.02)
        raise AssertionError(f"{self.process.args} is not ready after {within:g} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def post(self, path: str, value: object) -> tuple[int, str]:
        body = json.dumps(value).encode()
        return fetch(urllib.request.Request(self.url + path, body, {"content-type": "application/json"}))

    def ask(self, question: str, chat: str = "") -> dict[str, Any]:
        status, body = get(f"{self.url}/ask?{urllib.parse.urlencode({'q': question, 'chat': chat})}")
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found


def get(url: str) -> tuple[int, str]:
    return fetch(urllib.request.Request(url))


def fetch(request: urllib.request.Request) -> tuple[int, str]:
    """Status and text of the answer, whichever it is. Raises OSError where there is none."""
    try:
        with _DIRECT.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
