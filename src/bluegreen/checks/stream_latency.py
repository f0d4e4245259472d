"""A check that reads streamed answers of the idle environment, and measures how soon and how fast they come."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx2

from bluegreen.checks.asking import BODY_LIMIT, Environment, NoAnswer, NotAsked, client_of
from bluegreen.checks.base import Finding, Progress, Target
from bluegreen.checks.workers import each
from bluegreen.config import ConfigError
from bluegreen.config.golden_file import read_cases
from bluegreen.core.golden_cases import GoldenCase
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.core.spec import StreamLatency
from bluegreen.core.stream_limits import judge_streams
from bluegreen.core.streaming import StreamFigures, StreamMeter, summary
from bluegreen.core.verdict import Verdict

_SHOWN = 500


class StreamLatencyChecker:
    """Sends the requests of a golden set in turn, with ``stream: true`` in bodies that are objects."""

    async def run(self, check: StreamLatency, target: Target) -> Finding:
        """Ask for the streams, and judge. See `bluegreen.checks.base.Checker`."""
        started = time.monotonic()
        mask = Mask(target.secrets)
        figures: Sequence[StreamFigures] = ()
        try:
            cases = await asyncio.to_thread(read_cases, Path(target.folder), check)
            figures = await _measured(check, target, cases)
            verdict, reason = judge_streams(check, figures)
        except ConfigError as error:
            first = error.problems[0]
            verdict = Verdict.CANNOT_TELL
            reason = f"{check.file}:{first.line}:{first.column}: {first.message}"
        except NotAsked as error:
            verdict, reason = Verdict.CANNOT_TELL, str(error)
        except Exception as error:  # of the check, or of ours: no evidence either way, and so never a yes
            verdict = Verdict.CANNOT_TELL
            reason = f"the check cannot be carried out: {str(error) or type(error).__name__}"
        shown = beginning(printable(mask.text(reason)), _SHOWN)
        return Finding(check.name, verdict, shown, time.monotonic() - started, _evidence(figures, mask))


async def _measured(check: StreamLatency, target: Target, cases: Sequence[GoldenCase]) -> Sequence[StreamFigures]:
    """The figures of so many streams as were asked for. Raises NotAsked."""
    environment = Environment("the idle environment", target.host, url=target.url)
    found: list[StreamFigures] = []
    target.tell(_progress(check, found))
    async with client_of(target) as client:

        async def one(case: GoldenCase) -> None:
            found.append(await _stream(client, environment, _streamed(case), check.within))
            target.tell(_progress(check, found))

        await each(itertools.islice(itertools.cycle(cases), check.requests), check.at_once, one)
    return found


def _progress(check: StreamLatency, found: Sequence[StreamFigures]) -> Progress:
    broke = sum(bool(one.broken) for one in found)
    said = f"{len(found)} of {check.requests} streams" + (f", {broke or 'none'} broke so far" if found else "")
    return Progress(len(found), check.requests, said)


def _streamed(case: GoldenCase) -> GoldenCase:
    return replace(case, body={**case.body, "stream": True}) if isinstance(case.body, dict) else case


async def _stream(
    client: httpx2.AsyncClient, environment: Environment, case: GoldenCase, within: float
) -> StreamFigures:
    """Read one stream to its end. Raises NotAsked."""
    meter = StreamMeter(time.monotonic())
    size = 0
    try:
        async with asyncio.timeout(within), environment.answering(client, case) as response:
            if not response.is_success:
                return meter.end(f"status {response.status_code}{await _beginning(response)}")
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                return meter.end("the answer is no event stream")
            async for piece in response.aiter_raw():
                meter.feed(time.monotonic(), piece)
                size += len(piece)
                if size > BODY_LIMIT:
                    return meter.end(f"more than {BODY_LIMIT >> 20} MB came back")
    except TimeoutError:
        return meter.end(f"no end within {within:g} s")
    except NoAnswer as error:
        return meter.end(str(error))
    return meter.end()


async def _beginning(response: httpx2.Response) -> str:
    """The beginning of what came instead of a stream."""
    async for piece in response.aiter_raw():
        return f": {beginning(piece.decode('utf-8', 'replace'), 500)}"
    return ""


def _evidence(figures: Sequence[StreamFigures], mask: Mask) -> dict[str, Any]:
    if not figures:
        return {}
    found: dict[str, Any] = {name: _rounded(value) for name, value in asdict(summary(figures)).items()}
    broken = list(dict.fromkeys(one.broken for one in figures if one.broken))
    if broken:
        found["why"] = "\n".join(beginning(printable(mask.text(why)), 200) for why in broken[:10])
    return found


def _rounded(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else round(value, 4)
