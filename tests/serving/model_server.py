"""A small model server: revisions by name in memory, lost when it ends. ``model_server.py PORT [SLOW]``.

``PUT /models/NAME {"source": ...}`` loads one (after SLOW seconds), ``DELETE /models/NAME`` unloads it,
``GET /models`` lists them with the process id, ``GET /models/NAME`` finds one, and ``POST /v1/chat/completions
{"model": NAME}`` answers as the revision of that name. As vLLM does, it refuses a name that is there already with 400,
and one that is not with 404.
A source that begins with ``bad:`` cannot be loaded; one that begins with ``file:`` or ``/`` has to be there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

LOADED: dict[str, str] = {}
CALLS: list[str] = []
FOUND: list[str] = []
SLOW = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        print(format % args, flush=True)

    def _body(self) -> Any:
        length = int(self.headers.get("Content-Length") or 0)
        return json.loads(self.rfile.read(length)) if length else None

    def _answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    @property
    def _name(self) -> str:
        return unquote(self.path.removeprefix("/models/"))

    def do_PUT(self) -> None:
        source = self._body()["source"]
        CALLS.append(f"load {self._name}")
        time.sleep(SLOW)
        if self._name in LOADED:
            return self._answer(400, {"error": f"The adapter '{self._name}' has already been loaded."})
        if source.startswith("bad:"):
            return self._answer(500, {"error": f"no room for {source}"})
        if source.startswith("/") and not Path(source).exists():
            return self._answer(400, {"error": f"there is no {source}"})
        LOADED[self._name] = Path(source).read_text() if source.startswith("/") else source
        return self._answer(200, {"loaded": self._name})

    def do_DELETE(self) -> None:
        CALLS.append(f"unload {self._name}")
        if LOADED.pop(self._name, None) is None:
            return self._answer(404, {"error": f"The adapter '{self._name}' cannot be found."})
        return self._answer(200, {"unloaded": self._name})

    def do_GET(self) -> None:
        if self.path == "/models":
            return self._answer(200, {"pid": os.getpid(), "loaded": LOADED, "calls": CALLS, "found": len(FOUND)})
        if self._name in LOADED:
            FOUND.append(self._name)
        return self._answer(200 if self._name in LOADED else 404, {"model": self._name})

    def do_POST(self) -> None:
        model = self._body()["model"]
        if model not in LOADED:
            return self._answer(404, {"error": f"The model `{model}` does not exist."})
        text = f"{model} from {LOADED[model]}"
        return self._answer(200, {"model": model, "choices": [{"message": {"role": "assistant", "content": text}}]})


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
