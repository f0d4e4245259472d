from __future__ import annotations

from pathlib import Path

import pytest
from tests.runtimes.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "release").mkdir()
    return World(tmp_path)
