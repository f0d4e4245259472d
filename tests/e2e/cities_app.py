"""An application that answers as a model does, with a golden set; each release has a style of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from bluegreen.cli.load import LoadProcess, Plan
from tests.e2e.controller import free_port
from tests.e2e.program import PYTHON

COUNTRIES = {
    "Austria": "Vienna", "Belgium": "Brussels", "Chile": "Santiago", "Denmark": "Copenhagen", "Egypt": "Cairo",
    "France": "Paris", "Ghana": "Accra", "Hungary": "Budapest", "India": "New Delhi", "Japan": "Tokyo",
    "Kenya": "Nairobi", "Latvia": "Riga",
}  # fmt: skip
SCHEMA = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
GOLDEN = {
    "file": "evals/golden.jsonl",
    "to": "/v1/chat/completions",
    "request": {"model": "cities"},
    "expect": {"schema": "evals/answer.schema.json", "pass": "60%"},
}


class CitiesApp:
    """A folder with its file; `style` changes how the next release answers."""

    def __init__(self, folder: Path, *checks: dict[str, Any]) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "evals").mkdir(parents=True)
        shutil.copy(Path(__file__).parent / "cities.py", folder)
        (folder / "capitals.json").write_text(json.dumps(COUNTRIES))
        (folder / "evals/answer.schema.json").write_text(json.dumps(SCHEMA))
        cases = [
            {"id": country, "prompt": f"What is the capital of {country}?", "expect": {"json": {"city": city}}}
            for country, city in COUNTRIES.items()
        ]
        (folder / "evals/golden.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in cases))
        file = {
            "app": "cities",
            "address": f"127.0.0.1:{self.port}",
            "components": {
                "web": {"run": f"exec {PYTHON} -S cities.py $PORT", "receives": "/", "ready": {"http": "/healthz"}}
            },
            "verify": list(checks),
            "watch": "off",
            "switch": {"drain": "1s"},
        }
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))
        self.style()

    def style(self, **style: Any) -> None:
        (self.folder / "style.json").write_text(json.dumps(style))

    def load(self) -> LoadProcess:
        return LoadProcess(Plan(f"http://127.0.0.1:{self.port}", gets=("/hello",), rate=100.0, connections=4))
