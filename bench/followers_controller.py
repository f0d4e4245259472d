"""The controller of `bench.followers`: the real one, in which entries can be made to pass.

``python -m bench.followers_controller HOME``; each line of its input, ``SECONDS RATE APP…``, makes so many entries
a second pass through the journal, in these applications in turn. It answers with how many there were.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from bluegreen import daemon
from bluegreen.core import events as e
from bluegreen.engine.engine import Engine

AT_A_TIME = 5
"""Events of one append: what an action observes comes with what follows from it."""
TURN = 0.05
"""Seconds between two turns of appends."""


async def pass_through(engine: Engine, seconds: float, rate: float, names: list[str]) -> int:
    """Append events, as instances that crash would, at a constant rate; how many."""
    histories = [engine.applications[name].history for name in names]
    began, made, turn = time.monotonic(), 0, 0
    while (now := time.monotonic() - began) < seconds:
        while made < now * rate:
            crashes = [(e.InstanceCrashed("green", "web", 0, "exit 1", made + n), "exit 1") for n in range(AT_A_TIME)]
            await histories[turn % len(histories)].append(crashes, "bluegreen")
            made += AT_A_TIME
            turn += 1
        await asyncio.sleep(TURN / len(histories))
    return made


async def commands(engine: Engine) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().split():
        made = await pass_through(engine, float(line[0]), float(line[1]), line[2:])
        print(made, flush=True)


def main(home: Path) -> int:
    real = daemon.make_engine
    beside: list[asyncio.Task[None]] = []

    def make_engine(*asked: Any) -> Engine:
        engine = real(*asked)
        beside.append(asyncio.get_running_loop().create_task(commands(engine)))
        return engine

    daemon.make_engine = make_engine
    return daemon.serve(home)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
