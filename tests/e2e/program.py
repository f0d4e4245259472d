"""An application with every kind of component, that is built, checked and ready at once."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import yaml

from bluegreen.cli.load import LoadProcess, Plan
from tests.e2e.controller import free_port

PYTHON = Path(sys.base_prefix) / "bin" / "python3"


class Program:
    """A folder with its file; each change makes the next deployment a release of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.port = folder, name, free_port()
        self._releases = 0
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "server.py", folder)
        run = f"exec {PYTHON} -S server.py $PORT"
        file = {
            "app": name,
            "address": f"127.0.0.1:{self.port}",
            "components": {
                "web": {"run": run, "build": "true", "receives": "/", "ready": {"http": "/"}},
                "clock": {"run": "exec sleep 86400", "active": "live"},
                "model": {"run": "exec sleep 86400", "shared": True},
            },
            "hooks": {"before_start": "true", "after_switch": "true"},
            "verify": [{"http": "/"}],
            "switch": {"shift": ["50%", "100%"], "drain": "1s"},
            "watch": "off",
            "keep_releases": 2,
        }
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))

    def change(self) -> None:
        """Make the next deployment a release of its own."""
        self._releases += 1
        (self.folder / "release").write_text(str(self._releases))

    def load(self) -> LoadProcess:
        return LoadProcess(Plan(f"http://127.0.0.1:{self.port}", rate=50.0, connections=4, fresh=0.2))
