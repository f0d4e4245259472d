"""An application whose releases say prices, and whose file asks for a shadow check."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bluegreen.cli.load import LoadProcess, Plan
from tests.e2e.controller import free_port
from tests.e2e.program import PYTHON


@dataclass(frozen=True)
class Seen:
    """One request that a release was asked."""

    release: str
    method: str
    path: str
    headers: dict[str, str]

    @property
    def is_copy(self) -> bool:
        return "x-bluegreen-shadow" in self.headers


class PricesApp:
    """A folder with its file."""

    def __init__(self, folder: Path, **shadow: Any) -> None:
        self.folder, self.port = folder, free_port()
        self._seen = folder.parent / "seen.jsonl"
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "prices.py", folder)
        file = {
            "app": "shop",
            "address": f"127.0.0.1:{self.port}",
            "components": {
                "web": {
                    "run": f"exec {PYTHON} -S prices.py $PORT",
                    "receives": "/",
                    "env": {"SEEN": str(self._seen)},
                }
            },
            "verify": [{"shadow": {"of": "100%", "for": "60s", "ignore": ["$.id"], **shadow}}],
            "switch": {"drain": "1s"},
            "watch": "off",
        }
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))
        self.say(3)

    def say(self, price: int, noise: float = 0.0, **more: Any) -> None:
        """The price that the next release says, and how often it says one more."""
        (self.folder / "price.json").write_text(json.dumps({"price": price, "noise": noise, **more}))

    @property
    def seen(self) -> list[Seen]:
        return [Seen(*json.loads(line)) for line in self._seen.read_text().splitlines()]

    def load(self, **changes: Any) -> LoadProcess:
        plan = {"gets": ("/price",), "rate": 100.0, "connections": 4, **changes}
        return LoadProcess(Plan(f"http://127.0.0.1:{self.port}", **plan))
