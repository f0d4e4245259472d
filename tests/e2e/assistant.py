"""An application whose answers come from a revision of a model that a shared component serves."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

from bluegreen.cli.load import LoadProcess, Plan
from tests.e2e.controller import Json, free_port

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
            body = json.dumps({"model": os.environ["CHAT_MODEL"]}).encode()
            try:
                url = os.environ["LLM_URL"] + "/v1/chat/completions"
                said = json.load(urlopen(Request(url, body), timeout=10))["choices"][0]["message"]["content"]
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


def server(status: Json) -> Json:
    """What the shared layer itself says: its process, what it has in memory, what it was asked."""
    address = status["shared"]["llm"]["instances"][0]["address"]
    with urlopen(f"http://{address}/models", timeout=10) as answer:
        found: Json = json.load(answer)
        return found
