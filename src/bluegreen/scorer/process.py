"""The scorer as a child process of the controller: started while it is wanted, started again when it dies or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from bluegreen.scorer.base import Shown, Tallies, Tally, Wanted
from bluegreen.scorer.talk import read_counts, read_shown, wanted_json

SILENT = 4.0
"""Seconds without a report after which it counts as hanging, and is ended."""
ANSWERING = 3.0
"""Seconds that evidence is waited for."""
STARTING = 20.0
"""Seconds until its first report."""
LONGEST_PAUSE = 30.0
LINE = 64 << 20
"""Bytes of one report."""

log = structlog.get_logger(__name__)


class ProcessScorer:
    """See `bluegreen.scorer.base.Scorer`."""

    def __init__(self, home: Path, on_change: Callable[[], None] = lambda: None) -> None:
        self._socket = home.absolute() / "envoy" / "sampler.sock"
        self._log = home / "scorer.log"
        self.on_change = on_change
        """Called when it becomes able to score, or no longer is."""
        self._wanted: Mapping[str, Wanted] = {}
        self._trouble = "nothing is to be scored"
        self._earlier: dict[str, dict[str, Tally]] = {}
        """What earlier processes have counted."""
        self._now: dict[str, dict[str, Tally]] = {}
        self._shown_earlier: dict[str, Shown] = {}
        self._shown_now: dict[str, Shown] = {}
        self._wrong: list[str] = []
        self._asked = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        """Of evidence that was asked for, by number."""
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str:
        return self._trouble

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def want(self, wanted: Mapping[str, Wanted]) -> None:
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if not wanted:
            if self._task is not None:
                self._task.cancel()
                self._task = None
            self._set_trouble("nothing is to be scored")
        elif self._task is None:
            self._task = asyncio.create_task(self._keep_running(), name="scorer")
        else:
            self._tell()

    def tallies(self) -> Tallies:
        return _added(self._earlier, self._now)

    def shown(self) -> Mapping[str, Shown]:
        return _together(self._shown_earlier, self._shown_now)

    async def evidence(self, app: str, backends: str, key: str) -> Sequence[Mapping[str, Any]]:
        """See the base; nothing within `ANSWERING` seconds is nothing."""
        if self._process is None:
            return ()
        self._asked += 1
        number, answer = self._asked, asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._say({"evidence": {"number": number, "backends": backends, "key": key}})
        try:
            async with asyncio.timeout(ANSWERING):
                found: Sequence[Mapping[str, Any]] = await answer
                return found
        except TimeoutError:
            return ()
        finally:
            del self._answers[number]

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _tell(self) -> None:
        self._say(wanted_json(self._wanted))

    def _say(self, said: Mapping[str, Any]) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(said, separators=(",", ":")).encode() + b"\n")

    def _set_trouble(self, why: str) -> None:
        before, self._trouble = self._trouble, why
        if bool(before) != bool(why):
            self.on_change()

    async def _keep_running(self) -> None:
        pause = 1.0
        while True:
            loop = asyncio.get_running_loop()
            began = loop.time()
            why = await self._run_once()
            self._set_trouble(why)
            log.warning("the scorer of answers is started again", why=why)
            pause = 1.0 if loop.time() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _run_once(self) -> str:
        """One life of the process; why it is over."""
        try:
            self._process = process = await self._start()
        except OSError as error:
            return f"the scorer of answers cannot be started: {error}"
        try:
            self._tell()
            return await self._listen(process)
        finally:
            self._earlier, self._now = _added(self._earlier, self._now), {}
            self._shown_earlier, self._shown_now = _together(self._shown_earlier, self._shown_now), {}
            self._process = None
            await _end(process)

    async def _start(self) -> asyncio.subprocess.Process:
        output = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "bluegreen.scorer",
                str(self._socket),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                limit=LINE,
            )
        finally:
            os.close(output)

    async def _listen(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        within = STARTING
        while True:
            line = await _line(process.stdout, within)
            if line is None:
                return f"the scorer of answers said nothing for {within:g} s"
            if not line:
                return f"the scorer of answers ended (its log is {self._log})"
            said = json.loads(line)
            if "evidence" in said:
                self._hand_over(said["evidence"])
                continue
            self._now = read_counts(said["counts"])
            self._shown_now = read_shown(said["shown"])
            within = SILENT
            self._set_trouble("")
            if said["wrong"] != self._wrong:
                self._wrong = said["wrong"]
                log.warning("rules of answers that cannot be followed", wrong=self._wrong)

    def _hand_over(self, said: Mapping[str, Any]) -> None:
        answer = self._answers.get(said["number"])
        if answer is not None and not answer.done():
            answer.set_result(said["found"])


async def _line(reader: asyncio.StreamReader, within: float) -> bytes | None:
    """The next line, empty at the end; None when there is none in time.

    Waited for twice half as long: while we were held up ourselves, it may have come all the same.
    """
    for _ in range(2):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within / 2):
                return await reader.readline()
    return None


async def _end(process: asyncio.subprocess.Process) -> None:
    """At once: it has nothing to lose, and one that hangs would not listen."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    with contextlib.suppress(asyncio.CancelledError):
        await process.wait()


def _added(one: Tallies, other: Tallies) -> dict[str, dict[str, Tally]]:
    together = {backend: dict(by_rule) for backend, by_rule in one.items()}
    for backend, by_rule in other.items():
        known = together.setdefault(backend, {})
        for key, tally in by_rule.items():
            known[key] = known[key].plus(tally) if key in known else tally
    return together


def _together(one: Mapping[str, Shown], other: Mapping[str, Shown]) -> dict[str, Shown]:
    return {app: one.get(app, Shown()).plus(other.get(app, Shown())) for app in {**one, **other}}
