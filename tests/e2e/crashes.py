"""A controller that is killed at a named point, started again, and judged: by its status, by the processes that really
run, by its journal, and by loads that never stop."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bluegreen.cli.load import LoadProcess, Result
from bluegreen.core.errors import BluegreenError, TemporaryError
from tests.e2e.controller import Controller, wait_for
from tests.e2e.program import Program
from tests.e2e.rest import envoy_problems, journal_problems, own, strays, unsettled

SETTLE = 30.0
"""Seconds that a controller has to bring everything to rest."""
MOVES, REMOVAL = "deployment and rollback", "down and up"


class Killed(Exception):
    """The controller has died, as it was told to."""


@dataclass(frozen=True)
class Case:
    """What became of one point."""

    scenario: str
    point: str
    reached: bool
    problems: tuple[str, ...]
    """What was still wrong when it should have come to rest."""
    failed: int
    """Requests of the loads that failed since the case before, until everything had come to rest again."""
    result: str
    """How the newest deployment ended."""
    seconds: float
    """From the restart until everything was at rest."""


class Crashes:
    """One home with two applications: one that is deployed, rolled back, taken down; and one that only serves."""

    def __init__(self, folder: Path) -> None:
        self.controller = Controller()
        self._folder = folder
        self.shop, self.other = Program(folder / "shop", "shop"), Program(folder / "other", "other")
        self._loads: dict[str, LoadProcess] = {}
        self._results: list[Result] = []
        """Of the loads that have ended."""
        self._failed = 0
        self._live: dict[str, str] = {}
        """The live colour at the beginning of each scenario when its points were listed."""
        self._scenarios: dict[str, Callable[[], None]] = {MOVES: self._move, REMOVAL: self._remove}
        self.controller.start()
        for program in (self.shop, self.other):
            self.controller.deploy(program.folder)
        self._load(self.other)

    def close(self) -> None:
        """End everything, also where nothing converges any more."""
        for load in self._loads.values():
            load.kill()
        try:
            self.controller.close()
        except (BluegreenError, subprocess.TimeoutExpired):
            self.controller.kill()
            home = self.controller.home
            for process in [*own(str(home), "BLUEGREEN_ENVOY", str(home / "envoy")), *own(f"{home}/", "BLUEGREEN_APP")]:
                process.kill()

    # --- what is done

    def points(self, scenario: str) -> list[str]:
        """Every point that a controller passes which is started, carries a scenario out and comes to rest.

        Must be called before `case`, which takes the points from here.
        """
        self._prepare(scenario)
        self._live[scenario] = self._live_color()
        trace = self._folder / "trace"
        trace.unlink(missing_ok=True)
        self._restart(BLUEGREEN_FAULT_TRACE=str(trace))
        self._run(scenario)
        return trace.read_text().split("\n")[:-1]

    def case(self, scenario: str, point: str) -> Case:
        """Kill a controller at a point of a scenario, start another one, and see what it makes of it."""
        self._prepare(scenario)
        mirrored = self._live_color() != self._live[scenario]
        self._stop()
        self.controller.launch(BLUEGREEN_FAULT=mirror(point) if mirrored else point)
        reached = False
        try:
            self._until(self.controller.client.running, "it answers")
            self._run(scenario)
        except Killed:
            reached = True
            self.controller.start()
        began = time.monotonic()
        problems = self._settle()
        seconds = time.monotonic() - began
        failed_before, self._failed = self._failed, self._count_failed()
        newest = self.controller.client.deployments(self.shop.name, 1)
        return Case(scenario, point, reached, problems, self._failed - failed_before, str(newest[0]["result"]), seconds)

    def ends(self) -> list[str]:
        """End the loads; what failed, in their own words."""
        self._results += [load.stop() for load in self._loads.values()]
        self._loads = {}
        return [f"{f.kind}: {f.request}: {f.detail}" for result in self._results for f in result.failures]

    def _prepare(self, scenario: str) -> None:
        """Bring the application to where the scenario begins: always the same, so that points have the same numbers."""
        if scenario == MOVES:
            if self.shop.name not in self._loads:
                self._up()
                self._load(self.shop)
            if self._idle_state() != "standby":
                self._deploy()
                self._settle()
            return
        if (load := self._loads.pop(self.shop.name, None)) is not None:
            self._results.append(load.stop())
        if self._idle_state() == "standby":
            self._down()
        self._up()
        self._settle()

    def _up(self) -> None:
        if self.controller.status(self.shop.name)["live"] is None:
            self._deploy(change=False)

    def _live_color(self) -> str:
        return str(self.controller.status(self.shop.name)["live"])

    def _idle_state(self) -> str:
        status = self.controller.status(self.shop.name)
        return next((env["state"] for c, env in status["environments"].items() if c != status["live"]), "empty")

    def _run(self, scenario: str) -> None:
        """Raises Killed."""
        try:
            self._scenarios[scenario]()
            self._until(lambda: not self.problems(), "everything is at rest")
        except BluegreenError:
            wait_for(lambda: self._died, "the controller dies", 10.0)
            raise Killed from None

    def _move(self) -> None:
        self._deploy()
        self.controller.client.rollback(self.shop.name, None)

    def _remove(self) -> None:
        self._down()
        self._deploy(change=False)

    def _deploy(self, *, change: bool = True) -> None:
        if change:
            self.shop.change()
        number = self.controller.send(self.shop.folder)["deployment"]
        self._until(lambda: self.controller.client.deployment(self.shop.name, number)["result"], "a deployment ends")

    def _down(self) -> None:
        self.controller.client.down(self.shop.name)
        self._until(lambda: self.controller.status(self.shop.name)["down"], "it is down")

    # --- the controller

    def _stop(self) -> None:
        process = self.controller.process
        assert process is not None
        process.terminate()
        process.wait(30)

    def _restart(self, **env: str) -> None:
        self._stop()
        self.controller.start(**env)

    @property
    def _died(self) -> bool:
        return self.controller.process is not None and self.controller.process.poll() is not None

    def _until(self, condition: Callable[[], Any], what: str) -> None:
        """Wait for something that may take the controller's life. Raises Killed."""

        def look() -> bool:
            if self._died:
                raise Killed
            return bool(condition())

        wait_for(look, what, SETTLE)

    # --- what is seen

    def _load(self, program: Program) -> None:
        self._loads[program.name] = program.load()
        self._loads[program.name].wait_for_requests(10)

    def _count_failed(self) -> int:
        """What all loads have counted as failed, some requests later."""
        running = sum(load.wait_for_requests(5).failed for load in self._loads.values())
        return running + sum(result.failed for result in self._results)

    def _settle(self) -> tuple[str, ...]:
        """Wait until nothing is wrong; what still is when that takes too long."""
        end = time.monotonic() + SETTLE
        while problems := self._problems_now():
            if time.monotonic() > end:
                return problems
            time.sleep(0.05)
        newest = self.controller.client.deployments(self.shop.name, 20)
        open_ones = (f"deployment {d['number']} has no result" for d in newest if d["result"] is None)
        return (*journal_problems(self.controller.home), *open_ones)

    def _problems_now(self) -> tuple[str, ...]:
        try:
            return tuple(self.problems())
        except TemporaryError as error:
            return (str(error),)

    def problems(self) -> list[str]:
        """What is not at rest, or not as it should be, now."""
        home, found = self.controller.home, []
        for program in (self.shop, self.other):
            status = self.controller.status(program.name)
            found += [f"{program.name}: {what}" for what in (*unsettled(status), *strays(home, status))]
        return [*found, *envoy_problems(home)]


def mirror(point: str) -> str:
    """The same point with blue and green exchanged."""
    return re.sub("blue|green", lambda color: "green" if color[0] == "blue" else "blue", point)


@contextmanager
def crashes(folder: Path) -> Iterator[Crashes]:
    """Everything that it has started ends with the block."""
    found = Crashes(folder)
    try:
        yield found
    finally:
        found.close()
