"""What an idle controller takes: ten applications, nobody asks it anything.

Processor time and memory of the controller's process; beside it the Envoy that serves all of them. PSS counts memory
that is shared with other processes by their number. ``python -m bench.idle [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path

from bench.application import Application, controller
from bench.processes import envoy_pid, processor_time

APPLICATIONS = 10
REST = 15.0
"""Seconds after the last deployment before counting begins: upkeep and drains are over by then."""


def memory(pid: int) -> tuple[float, float]:
    """RSS and PSS in MB (of 10^6 bytes)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rss, pss = (re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE) for name in ("Rss", "Pss"))
    assert rss is not None
    assert pss is not None
    return int(rss[1]) * 1024 / 1e6, int(pss[1]) * 1024 / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="half a minute")
    options = parser.parse_args()
    seconds = 10.0 if options.quick else 60.0
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        for number in range(APPLICATIONS):
            app = Application(Path(scratch) / f"app{number}", found, f"app{number}")
            for _ in range(2):
                app.change()
                app.deploy()
        pids = {"controller": found.client.controller()["pid"], "Envoy": envoy_pid(found.home)}
        time.sleep(REST)
        before = {name: processor_time(pid) for name, pid in pids.items()}
        began = time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        print("| process | of a core | RSS | PSS |", "| --- | --- | --- | --- |", sep="\n")
        for name, pid in pids.items():
            used = (processor_time(pid) - before[name]) / took
            rss, pss = memory(pid)
            print(f"| {name} | {used:.2%} | {rss:.0f} MB | {pss:.0f} MB |")
        print(f"\n{APPLICATIONS} applications, each with a live environment and a warm standby, over {took:.0f} s.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
