"""The worker: stands for whatever must never run twice, such as a queue's consumer or a scheduler.

It proves that: it holds a lock while it runs, and writes to a ledger when it starts, when it stops, and when it
found another one running. Both lie in ``$SHOP_DATA``.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

HEARTBEAT = 0.5
"""Seconds between two heartbeats."""


class Ledger:
    """An append-only file: one line per fact, as ``start|stop|overlap RELEASE COLOR PID``."""

    def __init__(self, path: Path, who: str) -> None:
        self._path, self._who = path, who

    def write(self, fact: str) -> None:
        # One write to a file opened for appending: lines of two processes cannot mix.
        with self._path.open("ab", buffering=0) as file:
            file.write(f"{fact} {self._who}\n".encode())


class Stopped(Exception):
    """TERM or INT came."""


def work(folder: Path, ledger: Ledger, who: str) -> int:
    """Beat until a signal comes; returns the exit status."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ledger.write("overlap")
            print("another worker is running", file=sys.stderr)
            return 1
        ledger.write("start")
        print(f"working as {who}", flush=True)
        try:
            while True:
                (folder / "heartbeat").write_text(f"{who} {time.time():.3f}\n", encoding="utf-8")
                time.sleep(HEARTBEAT)
        except Stopped:
            ledger.write("stop")
            return 0


def stop(number: int, _: object) -> None:
    raise Stopped


def main() -> int:
    default = Path(tempfile.gettempdir()) / f"shop-{os.getuid()}"
    folder = Path(os.environ.get("SHOP_DATA", default))
    folder.mkdir(parents=True, exist_ok=True)
    env = os.environ
    who = f"{env.get('BLUEGREEN_RELEASE', 'dev')} {env.get('BLUEGREEN_COLOR', 'none')} {os.getpid()}"
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        return work(folder, Ledger(folder / "ledger", who), who)
    except Stopped:
        return 0  # before it began


if __name__ == "__main__":
    sys.exit(main())
