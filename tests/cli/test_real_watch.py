"""What people see of a watch: the command line against a real controller, under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.cli.background import ensure_running
from bluegreen.client import Client
from bluegreen.engine.watch import GAP
from tests.cli.run import Ran, run
from tests.e2e.controller import wait_for
from tests.e2e.flaky_app import FlakyApp


class Watched:
    """An application whose releases are watched, and the command line in its folder."""

    def __init__(self, home: Path, folder: Path, lasts: str) -> None:
        self.home = home
        self.flaky = FlakyApp(folder / "flaky", watch={"for": lasts, "guards": ["error_rate"]})

    def __call__(self, *arguments: str) -> Ran:
        return run(*arguments, cwd=self.flaky.folder, env={"BLUEGREEN_HOME": str(self.home)}, within=120)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Run a command beside the test."""
        environ = {k: v for k, v in os.environ.items() if k != "CI"} | {"BLUEGREEN_HOME": str(self.home)}
        command = [sys.executable, "-m", "bluegreen", *arguments]
        return subprocess.Popen(command, cwd=self.flaky.folder, env=environ, stdout=subprocess.PIPE, text=True)

    def wait_for_watch(self) -> None:
        client = Client(self.home)

        def seen() -> bool:
            watch = client.status(self.flaky.name)["watch"]
            return watch is not None and watch["guards"][0]["figures"][0]["now"] is not None

        wait_for(seen, "a release is under watch, and something of it was seen")


@pytest.fixture
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    with tempfile.TemporaryDirectory(prefix="bg-", ignore_cleanup_errors=True) as home:
        app = Watched(Path(home), tmp_path, getattr(request, "param", "5s"))
        try:
            first = app("deploy")
            assert first.code == 0, first.out + first.err
            yield app
        finally:
            assert app("stop", "--all", "--yes").code == 0


@pytest.mark.parametrize("watched", ["15s"], indirect=True, ids=["looked at, however long a command needs to begin"])
def test_a_healthy_release(watched: Watched) -> None:
    with watched.flaky.load() as load:
        client = Client(watched.home)
        wait_for(lambda: client.forecast("flaky")["requests_per_second"], "the live release's traffic is known")
        forecast = watched("forecast")
        assert "requests a second by r1" in forecast.out
        assert "\n  2.0 %       " in forecast.out
        watched.flaky.change()
        deploying = watched.begin("deploy")
        watched.wait_for_watch()
        status = watched("status").out
        out, _ = deploying.communicate(timeout=120)
        load.stop()
    assert deploying.returncode == 0, out
    assert ": watched " in status
    assert "error_rate  errors 0 % → 0 %, limit " in status
    assert " of them failed" in out[: out.index("watching")]
    assert forecast.out.splitlines()[0].partition(": ")[2][:20] in out  # the sentence, at the traffic of then
    assert "✓ step 1, 100 %: healthy, watched " in out
    assert "  verdict      healthy, watched " in out
    shown = watched("show", "2", "--evidence").out
    assert "    ✓ step 1, 100 %: healthy, watched " in shown
    assert "✓ judged again from the journal: the same verdict (healthy)" in shown
    assert len(shown[shown.index("evidence, about") :].splitlines()) > 5
    ticks = json.loads(watched("show", "2", "--evidence", "--json").out)["ticks"]
    assert sum(tick["new"]["answered"] for tick in ticks if tick["new"]) > 100
    assert "before the switch: " in watched("events").out


def test_a_release_that_turns_bad(watched: Watched) -> None:
    with watched.flaky.load() as load:
        load.wait_for_requests(1000)
        watched.flaky.change()
        deploying = watched.begin("deploy")
        watched.wait_for_watch()
        watched.flaky.turn(r2={"errors": 0.5})
        out, _ = deploying.communicate(timeout=120)
        load.stop()
    assert deploying.returncode == 4, out
    assert "✗ step 1, 100 %: regressed, watched " in out
    assert "the old environment was probed: it does not fail" in out
    assert "flaky: rolled back: error_rate: " in out
    assert "  verdict      regressed, watched " in out
    assert "the same verdict (regressed)" in watched("show", "2", "--evidence").out


def test_a_watch_without_traffic_waits_for_a_person(watched: Watched) -> None:
    file = watched.flaky.folder / "bluegreen.yaml"
    file.write_text(file.read_text().replace("for: 5s", "for: 2s\n  cannot_tell: hold"))
    deploying = watched.begin("deploy")
    client = Client(watched.home)
    wait_for(lambda: (client.status("flaky")["watch"] or {}).get("held"), "a person is waited for")
    status = watched("status").out
    assert "? waits for a person: " in status
    assert "`bluegreen approve 2` lets it go on" in status
    assert "approved: it ends with r2 live, without a verdict of its guards" in watched("approve").out
    out, _ = deploying.communicate(timeout=120)
    assert deploying.returncode == 0, out
    assert "the watch of step 1 waits for a person" in out
    assert "flaky: r2 is live in green" in out
    assert "  ? completed, " in out
    assert "not judged" in out


def test_a_controller_that_is_killed_in_a_watch_goes_on_with_it(watched: Watched) -> None:
    with watched.flaky.load() as load:
        load.wait_for_requests(1000)
        watched.flaky.change()
        deploying = watched.begin("deploy")
        watched.wait_for_watch()
        client = Client(watched.home)
        os.kill(client.controller()["pid"], signal.SIGKILL)
        assert deploying.stdout is not None
        lines = iter(deploying.stdout.readline, "")
        assert any("does not answer" in line for line in lines)
        time.sleep(GAP + 1)  # so long that it counts
        assert ensure_running(client, {})
        out = "".join(lines)
        load.stop()
    assert deploying.wait() == 0, out
    assert "? the watch goes on after " in out
    assert " without a controller, which it missed" in out
    assert " missed" in out[out.index("✓ step 1, 100 %: healthy") :].splitlines()[0]
