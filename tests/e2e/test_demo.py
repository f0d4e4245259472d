"""`bluegreen demo` as a user runs it: what it shows, and that nothing is left of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bluegreen.system.procfs import all_stats

DEMO = [sys.executable, "-m", "bluegreen", "demo"]


def left_of(folder: str) -> list[str]:
    """Command lines of running processes that have to do with a folder."""
    found = []
    for stat in all_stats():
        here = Path("/proc", str(stat.pid))
        try:
            traces = [os.readlink(here / "cwd"), (here / "cmdline").read_text(), (here / "environ").read_text()]
        except (OSError, UnicodeDecodeError):
            continue
        if not stat.ended and any(folder in trace for trace in traces):
            found.append(traces[1])
    return found


def environment(tmp_path: Path) -> dict[str, str]:
    """That of a CI job, with a home that the demo has to leave alone."""
    return {**os.environ, "CI": "true", "BLUEGREEN_HOME": str(tmp_path / "not touched")}


pytestmark = pytest.mark.timeout(360)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("anywhere")
    ran = subprocess.run(
        [*DEMO, "--json"], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=340
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list(folder.iterdir()) == []
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_every_deployment_ends_as_it_should(shown: dict[str, Any]) -> None:
    ended = [(d["number"], d["release"], d["kind"], d["color"], d["result"]) for d in shown["deployments"]]
    assert ended == [
        (1, "r1", "deploy", "blue", "completed"),
        (2, "r2", "deploy", "green", "completed"),
        (3, "r1", "rollback", "blue", "completed"),
        (4, "r2", "rollback", "green", "completed"),
        (5, "r3", "deploy", "blue", "failed"),
        (6, "r4", "deploy", "blue", "failed"),
        (7, "r1", "rollback", "blue", "completed"),
        (8, "r5", "deploy", "green", "completed"),
        (9, "r6", "deploy", "blue", "rolled back"),
    ]
    assert [d["number"] for d in shown["deployments"] if d["instant"]] == [3, 4]
    reasons = {d["release"]: d["reason"] for d in shown["deployments"]}
    assert "count" in reasons["r3"]
    assert "ended before it was ready" in reasons["r4"]
    assert reasons["r6"].startswith("latency: ")


def test_no_request_fails(shown: dict[str, Any]) -> None:
    load = shown["load"]
    assert (load["failed"], shown["problems"], shown["exit"]) == (0, [], 0)
    assert load["requests"] > 500
    assert {served["release"] for served in load["served"]} == {"r1", "r2", "r5", "r6"}
    changes = [t["release"] for t in load["transitions"]]
    assert (changes[0], changes[-1]) == ("r1", "r5")


def test_the_receipts_agree_with_the_load(shown: dict[str, Any]) -> None:
    receipts = [d["receipt"] for d in shown["deployments"]]
    assert [r["streams_cut"] for r in receipts] == [None, 0, 0, 2, None, None, 2, 2, None]
    assert [sum(stream["cuts"] for stream in shown["load"]["streams"])] == [6]
    for receipt in receipts:
        assert receipt["failed"] == {"blue": 0, "green": 0}
    for number in (5, 6):  # who is served while a release fails is known, too
        assert receipts[number - 1]["requests"]["green"] > 0
    # A request that had been under way at that moment may be late, a stretch of them may not.
    late = [r["after_confirmed"] for r in receipts if r["after_confirmed"] is not None]
    assert len(late) >= 2  # known as soon as the environment has drained, or was stopped
    assert all(count <= 5 for count in late), late
    assert all(r["overlap_seconds"] is None or r["overlap_seconds"] >= 0 for r in receipts)


def test_the_controller_is_killed_while_a_release_is_checked(shown: dict[str, Any]) -> None:
    assert shown["killed"]["phase"] == "verifying"
    assert shown["killed"]["requests"] > 0
    assert shown["worker"]["overlaps"] == 0
    assert shown["worker"]["starts"] >= 4  # of r1, r2, r1 and r5; more where there was time between the rollbacks


def test_a_slow_release_is_taken_back_by_its_watch(shown: dict[str, Any]) -> None:
    assert shown["taken_back"]["release"] == "r6"
    assert 0 < shown["taken_back"]["seconds"] < 30
    fast, slow = (next(s for s in shown["load"]["served"] if s["release"] == name) for name in ("r5", "r6"))
    assert slow["latency"]["p50"] > 0.15 > fast["latency"]["p50"]
    assert [t["release"] for t in shown["load"]["transitions"]].count("r6") > 0


def test_nothing_is_left_of_it(shown: dict[str, Any]) -> None:
    folder = Path(shown["home"]).parent
    assert not shown["kept"]
    assert not folder.exists()
    assert left_of(str(folder)) == []


def test_ctrl_c_ends_and_removes_everything(tmp_path: Path) -> None:
    with subprocess.Popen(
        DEMO, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        lines = iter(demo.stdout.readline, "")
        first = next(line for line in lines if "controller" in line)
        folder = re.search(r"/\S+/bg-demo-\w+", first)
        assert folder is not None, first
        assert any("verifying" in line for line in lines)
        assert left_of(folder[0])
        demo.send_signal(signal.SIGINT)
        rest, said = demo.communicate(timeout=120)
    assert demo.returncode == 130, rest + said
    assert "interrupted" in said
    assert not Path(folder[0]).exists()
    deadline = time.monotonic() + 10
    while left_of(folder[0]) and time.monotonic() < deadline:  # a check that was under way ends by itself
        time.sleep(0.05)
    assert left_of(folder[0]) == []
