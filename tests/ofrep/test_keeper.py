"""What answers is killed, and who asks then is answered by the next."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from bluegreen.ofrep.__main__ import listen
from bluegreen.ofrep.keeper import RAN_WELL
from tests.e2e.controller import wait_for
from tests.ofrep.serving import Serving, serving
from tests.ports import free_port

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}


def flag_file(folder: Path) -> Path:
    file = folder / "flags.json"
    file.write_text(json.dumps({"flags": {"f": FLAG}}))
    return file


def answering(server: Serving) -> int:
    """The process that answers."""
    children = psutil.Process(server.process.pid).children()
    return children[0].pid if children else server.process.pid


def test_who_asks_right_after_it_was_killed_is_answered(tmp_path: Path) -> None:
    with serving(flag_file(tmp_path)) as server:
        for _ in range(3):
            killed = answering(server)
            time.sleep(1.5 * RAN_WELL)  # what ends sooner is left to whoever started it
            os.kill(killed, signal.SIGKILL)
            wait_for(lambda pid=killed: not psutil.pid_exists(pid), "it is gone")
            status, _, told = server.ask("/ofrep/v1/evaluate/flags/f", {"context": {}})
            assert (status, told["value"]) == (200, True)
            assert answering(server) != killed
        assert server.process.poll() is None


def test_told_to_end_both_are_gone(tmp_path: Path) -> None:
    with serving(flag_file(tmp_path)) as server:
        child = answering(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        wait_for(lambda: not psutil.pid_exists(child), "the other one has ended as well")


def test_what_breaks_off_at_once_is_left_to_its_supervisor() -> None:
    code = "import os; from bluegreen.ofrep.keeper import keep; raise SystemExit(keep(lambda: os._exit(3)))"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0, "False: it broke off"
    code = "from bluegreen.ofrep.keeper import keep; raise SystemExit(keep(lambda: None))"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 1, "True: it came to its end"


def test_no_part_of_an_answer_waits_for_an_acknowledgement() -> None:
    """Answers had come 40 ms late, since the listening socket was not asyncio's own."""
    with listen(free_port()) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
