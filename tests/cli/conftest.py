from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.recorded import FILE, Recorded, deployment, life, recorded_controller, status, stream
from tests.cli.run import Cli


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="bg-") as folder:
        yield Path(folder)


@pytest.fixture
def cli(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "BLUEGREEN_HOME", "BLUEGREEN_DEBUG", "BLUEGREEN_URL", "BLUEGREEN_TOKEN", "BLUEGREEN_CA"):
        monkeypatch.delenv(name, raising=False)
    return Cli(home, monkeypatch, capsys)


@pytest.fixture
def controller(home: Path) -> Iterator[Recorded]:
    with recorded_controller(home) as recorded:
        yield recorded


@pytest.fixture
def folder(cli: Cli, tmp_path: Path) -> Path:
    """An application's folder, which is also the working directory."""
    (tmp_path / "bluegreen.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def ready(controller: Recorded, folder: Path) -> Recorded:
    """A controller that takes the application's next deployment to its end."""
    controller.answers |= {
        "POST /v1/apps/shop/deployments": (202, {"deployment": 3, "release": "r3", "after": 10, "follow": "…"}),
        "GET /v1/apps/shop/events": stream(*life()),
        "GET /v1/apps/shop/deployments/3": (200, deployment()),
        "GET /v1/apps/shop": (200, status()),
    }
    return controller
