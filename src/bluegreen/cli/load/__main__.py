"""The load client as a command. Ends after ``--seconds``, or at TERM or INT, and prints what it saw."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys

from bluegreen.cli.load.client import Load
from bluegreen.cli.load.plan import Plan

PROGRESS = 0.2
"""Seconds between two lines of progress."""


def main() -> int:
    """Exit status: 0 without a failed request and a cut stream, 1 with one, 2 for wrong usage."""
    parser = load_parser()
    options = parser.parse_args()
    try:
        load = Load(plan_of(options))
    except ValueError as error:
        parser.error(str(error))
    return asyncio.run(run(load, options.seconds, as_json=options.json))


def plan_of(options: argparse.Namespace) -> Plan:
    return Plan(
        url=options.url,
        gets=tuple(options.get) if options.get or options.post else ("/",),
        posts=tuple(options.post),
        events=tuple(options.events),
        sockets=tuple(options.socket),
        rate=options.rate or None,
        connections=options.connections,
        fresh=options.fresh,
        body=options.body,
        timeout=options.timeout,
        stream_seconds=options.stream_seconds,
        host=options.host,
    )


def load_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bluegreen.cli.load", description=__doc__)
    parser.add_argument("url", help="http://host:port")
    parser.add_argument("--rate", type=float, default=500, help="requests a second; 0: as many as the connections take")
    parser.add_argument("--connections", type=int, default=16, help="connections that are kept open")
    parser.add_argument("--fresh", type=float, default=0, help="share of requests on new connections (0 to 1)")
    parser.add_argument("--seconds", type=float, help="how long; without it until TERM or INT")
    parser.add_argument("--get", action="append", default=[], metavar="PATH")
    parser.add_argument("--post", action="append", default=[], metavar="PATH", help="a path that echoes the body")
    parser.add_argument("--body", type=int, default=512, help="bytes of the body of a POST")
    parser.add_argument("--events", action="append", default=[], metavar="PATH", help="server-sent events to watch")
    parser.add_argument("--socket", action="append", default=[], metavar="PATH", help="an echoing WebSocket to watch")
    parser.add_argument("--stream-seconds", type=float, help="end each stream after so long and open it again")
    parser.add_argument("--timeout", type=float, default=10, help="seconds for one request")
    parser.add_argument("--host", help="the Host header")
    parser.add_argument("--json", action="store_true", help='lines of {"progress": …}, at the end {"result": …}')
    return parser


async def run(load: Load, seconds: float | None, *, as_json: bool) -> int:
    """Run a load to its end, printing progress and what it saw; returns the exit status of `main`."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    load.start()
    while not stop.is_set() and (seconds is None or load.elapsed < seconds):
        left = PROGRESS if seconds is None else min(PROGRESS, seconds - load.elapsed)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(0.0, left))
        if as_json:
            record = load.record
            progress = {"elapsed": round(load.elapsed, 3), "requests": len(record), "failed": record.failed}
            print(json.dumps({"progress": {**progress, "newest": record.newest}}), flush=True)
    result = await load.stop()
    print(json.dumps({"result": result.to_json()}) if as_json else result.describe(), flush=True)
    return 1 if result.failed or result.cuts else 0


if __name__ == "__main__":
    sys.exit(main())
