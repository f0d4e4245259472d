from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.recorded import Recorded, recorded_controller
from tests.cli.run import Cli


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="bg-") as folder:
        yield Path(folder)


@pytest.fixture
def cli(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "BLUEGREEN_HOME", "BLUEGREEN_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Cli(home, monkeypatch, capsys)


@pytest.fixture
def controller(home: Path) -> Iterator[Recorded]:
    with recorded_controller(home) as recorded:
        yield recorded
