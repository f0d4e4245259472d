"""A watch on evidence from outside of the proxy: probes, commands, a JSON document and a real Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.checks.prometheus import real_prometheus
from tests.checks.serving import Server, serving, text
from tests.e2e.controller import Controller, Json, wait_for
from tests.e2e.flaky_app import FlakyApp
from tests.e2e.program import PYTHON

ASK = f"""{PYTHON} -c 'import os, urllib.request as u; u.urlopen(os.environ["WEB_URL"], timeout=20)' || exit 1"""


@pytest.fixture
def stats() -> Iterator[Server]:
    with serving(stats=text('{"depth": 7}')) as server:
        yield server


def deploy_two(controller: Controller, folder: Path, guards: list[Any], **watch: Any) -> tuple[FlakyApp, int]:
    """An application with one release live and the next one sent; without users. The second deployment's number."""
    app = FlakyApp(folder / "flaky", watch={"guards": guards, **watch})
    assert controller.deploy(app.folder)["result"] == "completed"
    app.change()
    return app, int(controller.send(app.folder)["deployment"])


def under_watch(controller: Controller, app: FlakyApp) -> None:
    wait_for(lambda: controller.status(app.name)["watch"], "a release is under watch")


def ended(controller: Controller, app: FlakyApp, number: int) -> Json:
    """How the deployment ended. When a person is waited for instead, it fails with what the guards say."""

    def held() -> Json | None:
        watch: Json | None = controller.status(app.name)["watch"]
        assert not (watch and watch["held"]), watch
        return watch

    wait_for(lambda: not held(), "nothing is watched any more")
    return controller.ended(number, app.name)


def depth(stats: Server) -> dict[str, Any]:
    return {"json": {"url": f"{stats.url}/stats", "path": "$.depth", "at_most": 10, "every": "1s"}}


def queue(at: str) -> dict[str, Any]:
    return {"prometheus": {"query": "queue_length", "at": at, "at_most": 10, "every": "1s"}}


def test_every_source_judges_a_release_that_nobody_asks(controller: Controller, tmp_path: Path, stats: Server) -> None:
    with real_prometheus(tmp_path) as at:
        guards = [{"http": "/healthz"}, {"command": {"run": ASK, "every": "1s"}}, depth(stats), queue(at)]
        app, number = deploy_two(controller, tmp_path, guards, **{"for": "4s"})
        under_watch(controller, app)
        end = ended(controller, app, number)
    assert (end["result"], end["reason"]) == ("completed", "r2 is live in green")
    assert [judgement["verdict"] for judgement in end["judgements"]] == ["allow"]


def test_a_number_beyond_its_bound_takes_the_release_back(
    controller: Controller, tmp_path: Path, stats: Server
) -> None:
    app, number = deploy_two(controller, tmp_path, [depth(stats)], **{"for": "2m"})
    under_watch(controller, app)
    stats.paths["/stats"] = text('{"depth": 1000}')
    end = ended(controller, app, number)
    assert end["result"] == "rolled back"
    assert "1000, where at most 10 is asked for" in end["reason"]


def test_a_prometheus_that_goes_down_is_never_healthy(controller: Controller, tmp_path: Path) -> None:
    with ExitStack() as running:
        at = running.enter_context(real_prometheus(tmp_path))
        app, number = deploy_two(controller, tmp_path, [queue(at)], **{"for": "12s", "cannot_tell": "finish"})
        under_watch(controller, app)
    end = ended(controller, app, number)
    assert end["result"] == "completed"
    assert [judgement["verdict"] for judgement in end["judgements"]] == ["cannot tell"]
    assert "completed, not judged" in end["reason"]
    assert "cannot be asked" in end["reason"]
