"""What it takes to watch a hundred applications at once: processor time of the controller and of its Envoy.

Every application has two releases, a default watch (error rate and latency), and a few requests a second.
``python -m bench.watched [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.controller import Controller, wait_for

from bench.application import Application, controller
from bench.processes import envoy_pid, processor_time

EACH = 2.0
"""Requests a second for each application."""
REST = 30.0
"""Seconds after the last switch before counting begins: drains are over by then, and what they change in the router."""


async def trickle(ports: Sequence[int], seconds: float) -> None:
    """A few requests a second to each port, each on a connection of its own."""
    end = time.monotonic() + seconds

    async def one(port: int, delay: float) -> None:
        await asyncio.sleep(delay)
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                await reader.read()
                writer.close()
            await asyncio.sleep(1 / EACH)

    await asyncio.gather(*(one(port, i / len(ports) / EACH) for i, port in enumerate(ports)))


def under_watch(found: Controller, apps: Sequence[Application]) -> int:
    return sum(found.status(app.name)["watch"] is not None for app in apps)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="twenty applications, half a minute")
    options = parser.parse_args()
    count, seconds = (20, 15.0) if options.quick else (100, 60.0)
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        watch = {"for": "1h", "cannot_tell": "extend"}
        apps = [Application(Path(scratch) / f"a{n}", found, f"a{n}", watch=watch) for n in range(count)]
        for app in apps:
            app.deploy()
        for app in apps:
            app.change()
            found.send(app.folder)
        wait_for(lambda: under_watch(found, apps) == count, "all are under watch", within=300.0)
        pids = {"controller": found.client.controller()["pid"], "Envoy": envoy_pid(found.home)}
        time.sleep(REST)
        before = {name: processor_time(pid) for name, pid in pids.items()}
        began = time.monotonic()
        asyncio.run(trickle([app.port for app in apps], seconds))
        took = time.monotonic() - began
        used = {name: (processor_time(pid) - before[name]) / took for name, pid in pids.items()}
        watched = under_watch(found, apps)
    print("| process | of a core |", "| --- | --- |", sep="\n")
    for name, share in used.items():
        print(f"| {name} | {share:.1%} |")
    print(
        f"\n{watched} applications under watch at once, {EACH * count:.0f} requests a second in all, over {took:.0f} s."
    )
    return 0 if watched == count else 1


if __name__ == "__main__":
    raise SystemExit(main())
