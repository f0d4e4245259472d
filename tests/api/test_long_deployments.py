"""A deployment with more history than is read at a time: one that waited for a person over a weekend, say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.api import deployments
from bluegreen.core import events as e
from bluegreen.core.model import AppState, Phase
from tests.api.posting import Served, served
from tests.engine.harness import APP, spec


def in_line(state: AppState) -> bool:
    return state.deployment is not None and state.deployment.phase is Phase.AWAITING_APPROVAL


def test_its_end_and_its_figures_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployments, "PAGE", 50)

    async def look(served: Served) -> None:
        controller = served.controller
        number = await controller.deploy(spec(approve="by hand"))
        assert await controller.app.until(in_line, 60)
        for _ in range(60):
            await controller.app.history.append([(e.ActionFailed("Drain", {}), "again")], "bluegreen")
        await controller.engine.abort(APP, number, "alice")
        answer = await served.steering.get(f"/v1/apps/{APP}/deployments/{number}")
        found = answer.json()
        assert found["events"][-1]["event"]["kind"] == e.DeploymentEnded.kind
        assert found["receipt"]["requests"][served.live] == 0
        assert found["receipt"]["complete"] is True

    served(tmp_path, look)
