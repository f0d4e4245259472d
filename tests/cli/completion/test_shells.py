"""The Tab key, in real shells."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.completion.terminal import Terminal
from tests.cli.recorded import Recorded, deployment, status

LOAD = {
    "bash": 'eval "$(bluegreen completion bash)"\n',
    "zsh": 'autoload -U compinit; compinit -u -D; eval "$(bluegreen completion zsh)"\n',
    "fish": "bluegreen completion fish | source\n",
}


@pytest.fixture(params=LOAD)
def shell(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Terminal]:
    """Each of the shells, with completion loaded, in a folder with a file and a folder."""
    name: str = request.param
    if shutil.which(name) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
    (tmp_path / "attic").mkdir()
    (tmp_path / "artifact.tar.gz").touch()
    env = {k: v for k, v in os.environ.items() if k not in ("CI", "ZDOTDIR")}
    env |= {"HOME": str(home), "BLUEGREEN_HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{env['PATH']}"}
    with Terminal(name, tmp_path, env) as terminal:
        terminal.run(LOAD[name])
        yield terminal


def test_commands_options_and_their_values(shell: Terminal) -> None:
    assert shell.completed("bluegreen rollb") == "<bluegreen><rollback>"
    assert shell.completed("bluegreen deploy --superse") == "<bluegreen><deploy><--supersede>"
    assert shell.completed("bluegreen logs --color gr") == "<bluegreen><logs><--color><green>"
    assert shell.completed("bluegreen completion zs") == "<bluegreen><completion><zsh>"


def test_paths(shell: Terminal) -> None:
    assert shell.completed("bluegreen deploy --artifact art") == "<bluegreen><deploy><--artifact><artifact.tar.gz>"
    assert shell.completed("bluegreen deploy att").rstrip(">").rstrip("/") == "<bluegreen><deploy><attic"


def test_what_the_controller_knows(shell: Terminal, controller: Recorded) -> None:
    old = deployment(7) | {"message": "new lamps: ten of 'em, $5"}
    controller.answers |= {
        "GET /v1/apps": (200, {"apps": [status() | {"app": "shop"}, status() | {"app": "till"}]}),
        "GET /v1/apps/till": (200, status()),
        "GET /v1/apps/till/deployments": (200, {"deployments": [old, deployment(3)]}),
    }
    assert shell.completed("bluegreen rollback --app ti") == "<bluegreen><rollback><--app><till>"
    assert shell.completed("bluegreen --app till rollback --to r7") == "<bluegreen><--app><till><rollback><--to><r7>"
    assert shell.completed("bluegreen show --app till 3") == "<bluegreen><show><--app><till><3>"


def test_without_a_controller_nothing_is_made_up(shell: Terminal) -> None:
    assert shell.completed("bluegreen rollback --to r") == "<bluegreen><rollback><--to><r>"
