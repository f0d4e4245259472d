"""The controller of `bench.followers`: the real one, on TCP as well, in which entries can be made to pass.

``python -m bench.followers_controller HOME PORT``; each line of its input, ``SECONDS RATE APP…``, makes so many entries
a second pass through the journal, in these applications in turn. It answers with how many there were.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from pathlib import Path

from bluegreen.api.access import through_socket
from bluegreen.api.app import make_app
from bluegreen.api.server import Server
from bluegreen.core import events as e
from bluegreen.daemon import make_engine
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


async def main(home: Path, port: int) -> None:
    engine = make_engine(home)
    await engine.start()
    stopping = asyncio.Event()

    def stop(everything: bool) -> None:
        stopping.set()

    app = through_socket(make_app(engine, home, stop))
    path = home / "api.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as local, socket.create_server(("127.0.0.1", port), backlog=1024) as tcp:
        local.bind(str(path))
        local.listen(128)
        server = Server(app)
        tasks = [asyncio.create_task(server.serve(sockets=[local, tcp])), asyncio.create_task(commands(engine))]
        await stopping.wait()
        await engine.down_all("bench")
        engine.live.close()
        server.should_exit = server.force_exit = True
        await tasks[0]
        tasks[1].cancel()
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
