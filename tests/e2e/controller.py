"""A real controller in a process of its own, over a home of its own, steered through its API."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bluegreen.cli.examples import example_folder
from bluegreen.cli.load import LoadProcess, Plan
from bluegreen.client import Client
from bluegreen.core.errors import TemporaryError
from tests.ports import free_port

Json = dict[str, Any]


def wait_for(condition: Callable[[], Any], what: str, within: float = 60.0, longest_pause: float = 0.05) -> Any:
    """Wait until a condition gives something true, and return that.

    What takes longer is looked at less often: looking takes time from those who are waited for. ``longest_pause``: how
    long what is waited for surely stays.
    """
    began = time.monotonic()
    while (waited := time.monotonic() - began) < within:
        try:
            if found := condition():
                return found
        except TemporaryError:
            pass
        time.sleep(min(max(0.02, waited / 20), longest_pause))
    raise AssertionError(f"not within {within:g} s: {what}")


class Controller:
    """`bluegreen serve` over a short home path; everything of it ends with `close`."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home or Path(tempfile.mkdtemp(prefix="bge-"))
        self.client = Client(self.home, actor="test@here")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> None:
        """Start it, and wait until it answers."""
        self.launch(**env)
        wait_for(self._answers, f"the controller answers; its log:\n{self.log()}")

    def launch(self, **env: str) -> None:
        log = (self.home / "controller.log").open("ab")
        command = [sys.executable, "-m", "bluegreen", "--home", str(self.home), "serve"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **env})
        log.close()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the controller ended:\n{self.log()}"
        return self.client.running()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def wait_ended(self, within: float = 60.0) -> int:
        assert self.process is not None
        return self.process.wait(within)

    def log(self) -> str:
        file = self.home / "controller.log"
        return file.read_text(errors="replace")[-6000:] if file.exists() else ""

    def close(self) -> None:
        """Take everything down, whatever state it is in, and delete the home."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.client.stop(everything=True)
        self.wait_ended(120)
        shutil.rmtree(self.home, ignore_errors=True)

    # --- steering

    def send(self, folder: Path, **options: Any) -> Json:
        """Begin the deployment of a folder, as the command line does."""
        text = (folder / "bluegreen.yaml").read_text()
        digest = self.client.send_folder(folder)
        body = {"config": text, "folder": str(folder), "artifact": digest, **options}
        return self.client.begin(yaml.safe_load(text)["app"], body)

    def deploy(self, folder: Path, **options: Any) -> Json:
        """Deploy a folder and wait for the deployment's end."""
        app = yaml.safe_load((folder / "bluegreen.yaml").read_text())["app"]
        return self.ended(self.send(folder, **options)["deployment"], app)

    def ended(self, number: int, app: str = "shop") -> Json:
        def look() -> Json | None:
            found = self.client.deployment(app, number)
            return found if found["result"] else None

        found: Json = wait_for(look, f"deployment {number} ends", longest_pause=0.2)
        return found

    def status(self, app: str = "shop") -> Json:
        return self.client.status(app)

    def phase(self, phase: str, app: str = "shop") -> Json:
        """Wait until the deployment under way is in a phase."""

        def look() -> Json | None:
            d = self.status(app)["deployment"]
            return d if d and d["phase"] == phase else None

        found: Json = wait_for(look, f"a deployment is {phase}")
        return found

    def events(self, app: str = "shop") -> list[Json]:
        return self.client.events(app)


class Shop:
    """A copy of the example application, to be changed into releases."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        shutil.copytree(example_folder("shop"), folder)
        self.port = free_port()
        self.ledger = folder.parent / f"{folder.name}-data" / "ledger"
        self.set(self._give_folder)
        self.set(lambda file: file.update({"address": f"127.0.0.1:{self.port}", "watch": "off"} | changes))

    def _give_folder(self, file: Json) -> None:
        for component in file["components"].values():
            component.setdefault("env", {})["SHOP_DATA"] = str(self.ledger.parent)

    def file(self) -> Json:
        file: Json = yaml.safe_load((self.folder / "bluegreen.yaml").read_text())
        return file

    def set(self, change: Callable[[Json], Any]) -> None:
        """Change bluegreen.yaml."""
        file = self.file()
        change(file)
        (self.folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))

    def next_release(self) -> None:
        """Change something, so that the next deployment makes a new release."""
        with (self.folder / "page.html").open("a") as page:
            page.write(f"<!-- {time.monotonic_ns()} -->\n")

    def load(self, **changes: Any) -> LoadProcess:
        """A constant load on the shop's address, with streams beside it."""
        plan = {
            "gets": ("/api/items", "/"),
            "posts": ("/api/echo",),
            "events": ("/events",),
            "sockets": ("/ws",),
            "rate": 100.0,
            "connections": 8,
            "fresh": 0.1,
        }
        return LoadProcess(Plan(f"http://127.0.0.1:{self.port}", **{**plan, **changes}))
