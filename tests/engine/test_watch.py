"""A release under watch: what is gathered and written down, and what follows from it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core import events as e
from bluegreen.core.model import Result
from bluegreen.core.spec import Hooks, HttpProbe
from bluegreen.core.verdict import Verdict
from tests.engine.harness import Machine
from tests.engine.watched import (
    WATCH,
    ended,
    events,
    held,
    live_for,
    lived,
    saying,
    slow_hook,
    ticks,
    under_watch,
    used,
    watched_spec,
    watching,
)

Patch = pytest.MonkeyPatch
PROBED = replace(WATCH, guards=(HttpProbe("/"),))


def test_a_healthy_release_is_completed_and_its_evidence_is_written_every_ten_seconds(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            result = await ended(controller, number)
            assert (result.result, result.reason) == (Result.COMPLETED, "r2 is live in green")
            appended = [sum(tick.span for tick in event.ticks) for event in await events(machine, e.Watched)]
            assert 3 <= len(appended) <= 5, appended
            assert max(appended) < 11
            assert 30 <= sum(appended) < 32
            answered = sum(tick.new.answered for tick in await ticks(machine, number) if tick.new)
            assert abs(answered - 200 * sum(appended)) <= 50, "but for one batch"

    lived(life, tmp_path)


def test_a_regression_is_written_at_once_and_leads_back(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = saying(Verdict.ALLOW)
        async with used(machine) as users:
            controller = await live_for(machine)
            number = await under_watch(controller)
            await asyncio.sleep(13.0)
            users.failing = {2: 0.2}
            began = machine.clock()
            result = await ended(controller, number)
            assert result.result is Result.ROLLED_BACK
            assert "error_rate" in result.reason
            judged = [entry.at for entry in await machine.journal.read() if isinstance(entry.event, e.Judged)]
            assert judged[0] - began < 6
            assert (result.ended or 0.0) - judged[0] < 1.0

    lived(life, tmp_path)


def test_both_fail_and_a_person_approves(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = saying(Verdict.BLOCK)
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller, watched_spec(PROBED))
            assert "both fail" in await held(controller)
            before = len(await events(machine, e.Watched))
            await asyncio.sleep(100.0)
            assert 9 <= len(await events(machine, e.Watched)) - before <= 11
            assert watching(controller).elapsed > 90
            await controller.engine.approve("shop", number, "alice")
            result = await ended(controller, number)
            assert result.result is Result.COMPLETED
            assert "not judged" in result.reason

    lived(life, tmp_path)


def test_a_long_hook_does_not_make_evidence_be_written_each_second(tmp_path: Path, monkeypatch: Patch) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            slow_hook(monkeypatch, 300.0)
            number = await under_watch(controller, watched_spec(hooks=Hooks(after_switch="tell")))
            result = await ended(controller, number)
            assert result.result is Result.COMPLETED
            appended = await events(machine, e.Watched)
            assert 295 < sum(tick.span for tick in await ticks(machine, number)) < 303
            assert len(appended) < 40

    lived(life, tmp_path)


def test_a_regression_while_a_hook_runs_leads_back_at_once(tmp_path: Path, monkeypatch: Patch) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = saying(Verdict.ALLOW)
        async with used(machine) as users:
            controller = await live_for(machine)
            slow_hook(monkeypatch, 300.0)
            number = await under_watch(controller, watched_spec(hooks=Hooks(after_switch="tell")))
            await asyncio.sleep(13.0)
            users.failing = {2: 0.2}
            result = await ended(controller, number, 10.0)
            assert result.result is Result.ROLLED_BACK

    lived(life, tmp_path)
