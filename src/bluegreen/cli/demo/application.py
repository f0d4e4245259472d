"""An example application as a demo has it: a copy, which is changed into one release after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bluegreen.cli.examples import example_folder
from bluegreen.cli.load import Plan


class Application:
    """The copy of the example ``name`` in ``folder``, at an address of the form ``host:port``."""

    name: str
    shown: str
    """What it is, for who reads the first line."""

    def __init__(self, folder: Path, address: str, data: Path) -> None:
        """``data`` is a folder for what the application writes."""
        self.folder = folder
        self.url = f"http://{address}"
        self.example = example_folder(self.name)
        shutil.copytree(self.example, folder, ignore=shutil.ignore_patterns("__pycache__"))

    def plan(self) -> Plan:
        """What its users send."""
        raise NotImplementedError

    def change_file(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change its bluegreen.yaml."""
        import yaml

        file = self.folder / "bluegreen.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        change(content)
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
