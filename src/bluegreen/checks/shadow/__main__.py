"""The collector: a process of its own, so that no comparison holds up the controller.

Its first line of standard input says what it is to do. It reports on standard output, twice a second, until a further
line asks it to come to an end; when its standard input is closed, whoever started it is gone, and it ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from bluegreen.checks.shadow.collector import Collector
from bluegreen.checks.shadow.intake import Intake
from bluegreen.checks.shadow.messages import Orders
from bluegreen.system.parent import end_with_parent
from bluegreen.system.priority import give_way

EVERY = 0.5
NICENESS = 10
"""Users' requests come first."""


async def main() -> int:
    """Collect until asked to end. Its exit code: 0, or 1 when nobody asked."""
    orders = await _standard_input()
    order = await orders.readline()
    if not order:
        return 1
    wanted = Orders.decode(order)
    collector = Collector(wanted)
    server = await asyncio.get_running_loop().create_server(
        lambda: Intake(collector.take, wanted.check.removed), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    told = asyncio.create_task(orders.readline())
    while not told.done():
        _say(collector.report(port).encode())
        await asyncio.wait([told], timeout=EVERY)
    if not await told:
        return 1
    server.close()
    await collector.finish()
    _say(collector.report(port).encode())
    return 0


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    return reader


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    end_with_parent()
    give_way(NICENESS)
    code = 1
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        code = asyncio.run(main())
    os._exit(code)
