"""What a job of a CI has: a controller that listens, an application in a repository, and folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.contrib.issuer import Issuer
from tests.e2e.controller import Controller, free_port

AUDIENCE = "bluegreen-test"
VENV = Path(sys.executable).parents[1]


class Repository:
    """A checked-out repository with a small web application."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        (folder / "public").mkdir(parents=True)
        self.git("init", "--quiet")
        self.commit("the first page", "one")

    def commit(self, message: str, page: str, **more: object) -> None:
        """Commit a page; ``more`` are keys of bluegreen.yaml."""
        (self.folder / "public/index.html").write_text(f"<h1>{page}</h1>\n")
        run = "exec python3 -m http.server --bind 127.0.0.1 --directory public $PORT"
        file = {
            "app": "shop",
            "address": f"127.0.0.1:{self.port}",
            "components": {"web": {"run": run, "receives": "/"}},
            "verify": [{"http": {"path": "/", "matches": "<h1>[a-z]"}}],
            "switch": {"drain": "1s"},
            "watch": "off",
        } | more
        (self.folder / "bluegreen.yaml").write_text(yaml.safe_dump(file))
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", message)

    def git(self, *arguments: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True)


@contextmanager
def controller_for(issuer: Issuer, rule: dict[str, str]) -> Iterator[tuple[Controller, str]]:
    """A controller that lets jobs of the issuer in by one rule, and the URL that it listens at."""
    controller = Controller()
    port = free_port()
    settings = {
        "listen": f"127.0.0.1:{port}",
        "oidc": [{"issuer": issuer.url, "audience": AUDIENCE, "allow": [rule]}],
    }
    file = controller.home / "controller.yaml"
    file.write_text(yaml.safe_dump(settings))
    file.chmod(0o600)
    try:
        controller.start()
        yield controller, f"http://127.0.0.1:{port}"
    finally:
        controller.close()


def environment(**more: str) -> dict[str, str]:
    """The variables of a job: nothing of this shell's but the path, and what CI services set."""
    return {"PATH": f"{VENV / 'bin'}:{os.environ['PATH']}", "HOME": "/nonexistent", "CI": "true", **more}
