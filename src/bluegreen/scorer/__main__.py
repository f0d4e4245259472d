"""The scorer's process: ``python -m bluegreen.scorer SOCKET``. It ends with who started it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from bluegreen.scorer.counting import Counting
from bluegreen.scorer.server import Samples, listening
from bluegreen.scorer.talk import counts_json, read_wanted, shown_json

EVERY = 0.5
"""Seconds between two reports, which are a sign of life as well."""
NICER = 2
LONGEST = 16 << 20
"""Bytes of one line of instructions."""


class Process:
    """Listens to the controller, and reports to it."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._counting = Counting()
        self._samples = Samples(self._counting)
        self._wrong: list[str] = []

    async def run(self) -> None:
        """Until the controller is gone."""
        instructions = await _standard_input()
        await self._take(await instructions.readline())
        server = await listening(self._socket, self._samples)
        reports = asyncio.create_task(self._keep_reporting())
        try:
            while line := await instructions.readline():
                await self._take(line)
        finally:
            reports.cancel()
            await server.stop(0)

    async def _take(self, line: bytes) -> None:
        said = json.loads(line)
        if "wanted" in said:
            self._wrong = self._counting.want(read_wanted(said))
        if "evidence" in said:
            asked = said["evidence"]
            found = self._counting.evidence(asked["backends"], asked["key"])
            _say({"evidence": {"number": asked["number"], "found": found}})

    async def _keep_reporting(self) -> None:
        while True:
            counts, shown = counts_json(self._counting.counts), shown_json(self._samples.shown)
            _say({"counts": counts, "shown": shown, "wrong": self._wrong})
            await asyncio.sleep(EVERY)


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def main() -> None:
    # Users' requests and their answers come first.
    os.nice(NICER)
    os.umask(0o077)
    socket = Path(sys.argv[1])
    socket.unlink(missing_ok=True)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(Process(socket).run())


if __name__ == "__main__":
    main()
