"""Metrics as Prometheus reads them."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.streaming import Streaming, streamed
from tests.engine.harness import APP
from tests.engine.watched import used

pytest.importorskip("prometheus_client")


async def samples(found: Streaming) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What `/metrics` says, as the reference parser reads it."""
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    answer = await found.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.documentation and family.name.startswith("bluegreen_") for family in families)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"bluegreen_{name}", frozenset(labels.items())


def test_they_say_what_was_and_what_is(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        before = await samples(found)
        assert before[key("deployments_total", app=APP, kind="deploy", result="completed")] == 2
        assert before[key("switch_duration_seconds_count", app=APP)] == 2
        assert before[key("live_info", app=APP, environment="green", release="r2")] == 1
        assert before[key("epoch", app=APP)] == found.controller.state.epoch
        assert before[key("router_up")] == 1
        assert before[key("watch_state", app=APP, state="none")] == 1
        assert before[key("phase_duration_seconds_count", app=APP, phase="verifying")] == 2
        assert before[key("instances", app=APP, place="green", component="web", state="ready")] == 2
        async with used(found.machine, rate=400.0) as users:
            users.failing[2] = 0.5
            users.took[2] = 0.02
            await found.controller.rest(1.5)
        await found.controller.engine.rollback(APP, None, "alice")
        await found.controller.settle()
        after = await samples(found)
        assert after[key("deployments_total", app=APP, kind="rollback", result="completed")] == 1
        assert after[key("live_info", app=APP, environment="blue", release="r1")] == 1
        of_it = {"app": APP, "environment": "green", "release": "r2"}
        requests = after[key("requests_total", **of_it)]
        assert requests >= 400
        assert after[key("requests_failed_total", **of_it)] == pytest.approx(requests / 2, abs=2)
        assert after[key("request_duration_seconds_bucket", **of_it, le="0.01")] == 0
        assert after[key("request_duration_seconds_bucket", **of_it, le="0.025")] == requests

    streamed(tmp_path, look)


def test_they_say_that_the_journal_cannot_be_written(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        found.machine.journal.full = True
        await found.controller.engine.rollback(APP, None, "alice")
        assert (await samples(found))[key("journal_unsaved", app=APP)] > 0
        found.machine.journal.full = False
        await found.controller.settle()
        await found.controller.rest(1.5)
        assert (await samples(found))[key("journal_unsaved", app=APP)] == 0

    streamed(tmp_path, look)


def test_without_the_extra_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.startswith("prometheus_client"):
            raise ImportError(name)
        return real(name, *args, **options)

    async def look(found: Streaming) -> None:
        for name in [name for name in sys.modules if name.startswith("prometheus_client")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(builtins, "__import__", without)
        answer = await found.client.get("/metrics")
        assert answer.status_code == 501
        assert "pip install 'bluegreen[metrics]'" in answer.json()["cure"]

    streamed(tmp_path, look)
