"""The full mix: what ``python -m bluegreen.cli.load`` does, and HTTP/2 requests beside it (``--http2 RATE``)."""

from __future__ import annotations

import asyncio
import sys

from bench.http2 import Http2Load
from bluegreen.cli.load import Load, Plan, Result
from bluegreen.cli.load.__main__ import load_parser, plan_of, run


class FullLoad(Load):
    """A load whose record holds the HTTP/2 requests too."""

    def __init__(self, plan: Plan, http2_rate: float) -> None:
        super().__init__(plan)
        self._http2 = Http2Load(plan, http2_rate, self.record, lambda: self.elapsed)

    def start(self) -> None:
        super().start()
        self._running = asyncio.create_task(self._http2.run())

    async def stop(self) -> Result:
        self._http2.stop()
        await self._running
        return await super().stop()


def main() -> int:
    parser = load_parser()
    parser.add_argument("--http2", type=float, default=100, metavar="RATE", help="HTTP/2 requests a second")
    options = parser.parse_args()
    return asyncio.run(run(FullLoad(plan_of(options), options.http2), options.seconds, as_json=options.json))


if __name__ == "__main__":
    sys.exit(main())
