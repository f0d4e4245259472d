"""Back ends that fail, are slow or hang at random, while people press every button: users never notice."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.spec import Switch
from bluegreen.core.verdict import Verdict
from bluegreen.journal.base import JournalFull
from tests.engine.harness import Controller, Machine, spec
from tests.engine.virtual_time import run

SPECS: tuple[dict[str, Any], ...] = (
    {},
    {"switch": Switch(shift=(5, 50, 100), hold=3.0, drain=5.0)},
    {"failover": True},
    {"keep": 5.0, "keep_releases": 2},
)


class Life:
    """One application, some buttons, and a random machine."""

    def __init__(self, home: Path, seed: int) -> None:
        self.machine = Machine(home)
        self.chance = random.Random(seed)
        self.rate = self.chance.choice((0.0, 0.02, 0.1, 0.3))

    async def trouble(self, point: str) -> None:
        if point.startswith("before journal.read") or point.startswith("before journal.apps"):
            return
        if self.chance.random() < self.rate:
            await self._go_wrong(point)
        elif self.chance.random() < 0.2:
            await asyncio.sleep(self.chance.choice((0.0, 0.01, 0.5)))

    async def _go_wrong(self, point: str) -> None:
        if "journal" in point:
            raise JournalFull("no space")
        match self.chance.randrange(8):
            case 0 | 1 | 2:
                raise TemporaryError(f"busy: {point}")
            case 3 if "stop" not in point:
                raise PermanentError(f"broken: {point}")
            case 4:
                raise OSError(f"input/output error: {point}")
            case 5:
                await asyncio.sleep(self.chance.choice((5.0, 30.0)))
            case 6:
                raise ValueError(f"unforeseen: {point}")

    async def press(self, controller: Controller) -> None:
        """One thing that somebody does, or that happens."""
        engine = controller.engine
        match self.chance.randrange(12):
            case 0 | 1 | 2:
                await controller.deploy(spec(**self.chance.choice(SPECS)), supersede=self.chance.random() < 0.3)
            case 3 | 4:
                await engine.rollback("shop", None, "alice")
            case 5:
                await engine.rollback("shop", self.chance.randint(1, 6), "alice")
            case 6:
                await engine.abort("shop", None, "alice")
            case 7:
                await controller.deploy(component="ranker")
            case 8 if self.machine.running:
                controller.runtime.crash(self.chance.choice(list(self.machine.running)))
            case 9:
                self.machine.verdict = self.chance.choice((Verdict.ALLOW, Verdict.ALLOW, Verdict.BLOCK))
            case 10:
                self.machine.jump += self.chance.choice((-3600.0, -1.0, 5.0, 3600.0))
            case 11:
                self.machine.journal.full = self.chance.random() < 0.3

    async def live(self) -> None:
        machine = self.machine
        controller = await machine.controller()
        await controller.live()
        machine.trouble = self.trouble
        for _ in range(30):
            if self.chance.random() < 0.1:
                controller.kill()
                machine.journal.full = False
                machine.trouble = _none  # of a machine that does not even let it start, nothing is asked here
                controller = await machine.controller()
                machine.trouble = self.trouble
            with contextlib.suppress(BluegreenError, OSError, ValueError):  # who asked is told
                await self.press(controller)
            await asyncio.sleep(self.chance.choice((0.0, 0.05, 1.0, 20.0)))
        machine.trouble, machine.journal.full, machine.verdict = _none, False, Verdict.ALLOW
        await self.comes_to_rest(controller)

    async def comes_to_rest(self, controller: Controller) -> None:
        await controller.settle(within=20_000.0)
        await controller.rest(200.0)
        self.machine.check()
        live = controller.state.live
        assert live is not None
        assert controller.workers == {live}
        assert controller.copies == {controller.state.shared["ranker"].generation}
        assert not controller.app.troubles
        assert self.machine.router._routes["shop"] == controller.state.confirmed


async def _none(point: str) -> None:
    """No trouble."""


@pytest.mark.parametrize("seed", range(25))
def test_whatever_goes_wrong_for_a_while_it_comes_to_rest(tmp_path: Path, seed: int) -> None:
    run(Life(tmp_path, seed).live())
