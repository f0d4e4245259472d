"""An application with flags, its users, and what both see."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.controller import Json, free_port

FLAGS: Json = {
    "flags": {
        "headline": {"state": "ENABLED", "variants": {"plain": "Lamps", "loud": "LAMPS!"}, "defaultVariant": "plain"},
        "sells": {
            "state": "ENABLED",
            "variants": {"yes": True, "no": False},
            "defaultVariant": "yes",
        },
    }
}


class Flagged:
    """The folder of the application; its flags are in ``flags.json``."""

    def __init__(self, folder: Path, **file: Any) -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "flagged_app.py", folder / "app.py")
        self.write_flags(FLAGS)
        described = {
            "app": "flagged",
            "address": f"127.0.0.1:{self.port}",
            "flags": "flags.json",
            "components": {
                "web": {"run": f"{sys.executable} app.py $PORT", "receives": "/", "ready": {"http": "/"}},
            },
            "verify": [{"http": "/"}],
            "switch": {"drain": "1s"},
            "watch": "off",
            **file,
        }
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(described, sort_keys=False))

    def write_flags(self, flags: Json) -> None:
        (self.folder / "flags.json").write_text(json.dumps(flags, indent=2))

    def ask(self, method: str = "GET", **headers: str) -> Json:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, "/", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, (answer.status, body)
            found: Json = json.loads(body)
            return found
        finally:
            connection.close()


class Visitors:
    """People who ask without a pause, until the block ends; what they were told, and what failed."""

    def __init__(self, asked: Callable[[], Json], threads: int = 3, pause: float = 0.005) -> None:
        self.told: list[Json] = []
        self.failed: list[str] = []
        self._asked, self._pause = asked, pause
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(threads)]

    def _visit(self) -> None:
        while not self._over.wait(self._pause):
            try:
                self.told.append(self._asked())
            except Exception as error:
                self.failed.append(repr(error))

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def pairs(self, *keys: str) -> Mapping[tuple[Any, ...], int]:
        """How often each combination of values was told."""
        counts: dict[tuple[Any, ...], int] = {}
        for told in list(self.told):
            combination = tuple(told[key] for key in keys)
            counts[combination] = counts.get(combination, 0) + 1
        return counts
