"""An application whose releases can be made to turn bad while users are on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from bluegreen.cli.load import LoadProcess, Plan
from bluegreen.system.atomic import replace_file
from tests.e2e.controller import free_port
from tests.e2e.program import PYTHON


class FlakyApp:
    """A folder with its file; `turn` changes how a release answers from now on."""

    def __init__(self, folder: Path, name: str = "flaky", **changes: Any) -> None:
        self.folder, self.name, self.port = folder, name, free_port()
        self.faults = folder.parent / f"{folder.name}-faults.json"
        self._made = 0
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "flaky.py", folder)
        file = {
            "app": name,
            "address": f"127.0.0.1:{self.port}",
            "components": {
                "web": {
                    "run": f"exec {PYTHON} -S flaky.py $PORT",
                    "receives": "/",
                    "ready": {"http": "/healthz"},
                    "env": {"FAULTS": str(self.faults)},
                }
            },
            "switch": {"drain": "1s"},
            **changes,
        }
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))
        self.turn()

    def change(self) -> None:
        """Make the next deployment a release of its own."""
        self._made += 1
        (self.folder / "release").write_text(str(self._made))

    def turn(self, **faults: dict[str, float]) -> None:
        """How releases answer from now on, such as ``r2={"errors": 0.05}``; those that are not named: well."""
        replace_file(
            self.faults, json.dumps({name.replace("every", "*"): found for name, found in faults.items()}).encode()
        )

    def load(self, **changes: Any) -> LoadProcess:
        plan = {"rate": 200.0, "connections": 8, **changes}
        return LoadProcess(Plan(f"http://127.0.0.1:{self.port}", **plan))
