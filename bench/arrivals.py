"""When requests reached an upstream, as it knows itself."""

from __future__ import annotations

import json
import time
import urllib.request

QUIET = 0.3
"""Seconds without a request after which the old side counts as left."""


def arrived(port: int, after: int) -> tuple[int, int]:
    """How many requests reached this upstream after that time (CLOCK_MONOTONIC, ns), and when the last one did."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/arrivals?after={after}", timeout=10) as answer:
        value = json.load(answer)
    return value["count"], value["last"]


def left(port: int, decided: int, within: float = 10.0) -> tuple[int, int]:
    """As `arrived`, once no request has come for a while. Raises RuntimeError when they go on."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        time.sleep(QUIET / 3)
        count, last = arrived(port, decided)
        if time.monotonic_ns() - max(last, decided) > QUIET * 1e9:
            return count, last
    raise RuntimeError(f"requests still reach the old side after {within:g} s")
