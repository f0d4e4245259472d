"""An application whose answers come from a revision of a model that a shared component serves."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

from bluegreen.cli.load import LoadProcess, Plan
from tests.e2e.controller import Controller, Json, free_port, wait_for

PYTHON = Path(sys.base_prefix) / "bin" / "python3"

FRONT = """\
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        status, said = 200, "ready"
        if self.path != "/ready":
            model, url = os.environ["CHAT_MODEL"], os.environ["LLM_URL"]
            try:
                if "BY_GET" in os.environ:  # safe to repeat where an instance is killed as it answers
                    said = json.load(urlopen(f"{url}/models/{model}", timeout=10))["model"]
                else:
                    asked = Request(f"{url}/v1/chat/completions", json.dumps({"model": model}).encode())
                    said = json.load(urlopen(asked, timeout=10))["choices"][0]["message"]["content"]
            except OSError as error:
                status, said = 502, str(error)
        told = json.dumps({"release": os.environ["BLUEGREEN_RELEASE"], "asked": os.environ["CHAT_MODEL"], "said": said})
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told.encode())


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Assistant:
    """A folder with its file; `revise` makes the next deployment a release with another revision."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        shutil.copy(Path(__file__).parents[1] / "serving" / "model_server.py", folder)
        (folder / "front.py").write_text(textwrap.dedent(FRONT))
        self.file: Json = {
            "app": "assistant",
            "address": f"127.0.0.1:{self.port}",
            "components": {
                "web": {
                    "run": f"exec {PYTHON} -S front.py $PORT",
                    "receives": "/",
                    "ready": {"http": "/ready"},
                    "cost_per_hour": 0.5,
                },
                "llm": {
                    "run": f"exec {PYTHON} -S model_server.py $PORT",
                    "ready": {"http": "/models"},
                    "shared": True,
                    "cost_per_hour": 12.5,
                },
            },
            "models": {"chat": {"serve_by": "llm", "preset": "http", "probe": PROBE}},
            "verify": [{"http": "/"}],
            "switch": {"drain": "1s"},
            "watch": "off",
        }
        self.file.update(changes)
        self.revise("chat-v1")

    def revise(self, name: str, source: str | None = None, **more: Any) -> None:
        """Ask for this revision of the model."""
        self.file["models"]["chat"].update(name=name, source=source or f"s3://{name}", **more)
        self.write()

    def write(self) -> None:
        (self.folder / "bluegreen.yaml").write_text(yaml.safe_dump(self.file, sort_keys=False))

    def ask(self) -> Json:
        with urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as answer:
            found: Json = json.load(answer)
            return found

    def load(self) -> LoadProcess:
        return LoadProcess(Plan(f"http://127.0.0.1:{self.port}", rate=50.0, connections=4, fresh=0.2))


PROBE = 'POST /v1/chat/completions {"model": "{name}"}'


class Users:
    """Ask on and on, and keep every answer."""

    def __init__(self, assistant: Assistant) -> None:
        self.answers: list[Json] = []
        self.failed: list[str] = []
        self._assistant = assistant
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]

    def __enter__(self) -> Users:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._ended.is_set():
            try:
                self.answers.append(self._assistant.ask())
            except OSError as error:
                self.failed.append(str(error))
            time.sleep(0.01)

    def more(self, count: int = 30) -> None:
        """Wait until so many more answers have come."""
        wanted = len(self.answers) + count
        wait_for(lambda: len(self.answers) >= wanted, "users are answered")


def released(controller: Controller, assistant: Assistant, name: str, **more: Any) -> str:
    """Deploy a release with this revision, and give its name."""
    assistant.revise(name, **more)
    ended = controller.deploy(assistant.folder)
    assert ended["result"] == "completed", ended
    return str(ended["release"])


def server(status: Json, index: int = 1) -> Json:
    """What an instance of the shared layer itself says: its process, what it has in memory, what it was asked."""
    address = status["shared"]["llm"]["instances"][index - 1]["address"]
    with urlopen(f"http://{address}/models", timeout=10) as answer:
        found: Json = json.load(answer)
        return found
