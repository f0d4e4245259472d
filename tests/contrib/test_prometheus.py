"""The dashboard for Grafana and the alerts, in a real Prometheus that scrapes a real controller."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bluegreen.engine.history_metrics import history_families
from bluegreen.engine.state_metrics import StateMetrics
from bluegreen.engine.traffic_metrics import traffic_families
from tests.contrib.bridge import bridged
from tests.e2e.controller import Controller, Shop, free_port, wait_for

CONTRIB = Path(__file__).parents[2] / "contrib"
ALERTS = CONTRIB / "prometheus" / "alerts.yml"
CONFIG = """\
global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}
rule_files: ["{rules}"]
scrape_configs: [{{job_name: bluegreen, static_configs: [{{targets: ["{target}"]}}]}}]
"""

OF_THE_CONTROLLER = [("build_info", "info", ("version", "python")), ("controller_start_time_seconds", "gauge", ())]


def program(name: str) -> str:
    """Where it is. Skips where Prometheus is not installed; in CI that is a failure."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Prometheus is not installed: apt-get install prometheus"
        )
    return found


def expressions() -> list[str]:
    """Every query of the dashboard, annotations included, as Grafana would send it for `shop`."""
    dashboard = json.loads((CONTRIB / "grafana" / "bluegreen.json").read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    found += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    return [query.replace("$app", "shop").replace("$__rate_interval", "5m") for query in found]


class Prometheus:
    """A running one."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            answer = json.loads(urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=10).read())
            assert answer["status"] == "success", answer
            return answer["data"]
        return None

    def query(self, expression: str) -> list[Any]:
        found = self.get("query", query=expression)
        result: list[Any] = found["result"] if found else []
        return result

    def firing(self) -> set[str]:
        alerts = (self.get("alerts") or {"alerts": []})["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


@contextlib.contextmanager
def scraping(target: str, folder: Path) -> Iterator[Prometheus]:
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(rules=ALERTS, target=target))
    address = f"127.0.0.1:{free_port()}"
    command = [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        found = Prometheus(f"http://{address}")
        wait_for(lambda: found.query('up{job="bluegreen"} == 1'), "it has scraped the controller")
        yield found
    finally:
        running.kill()
        running.wait()


@pytest.fixture
def controller() -> Iterator[Controller]:
    found = Controller()
    found.start()
    yield found
    found.close()


@pytest.mark.timeout(300)
def test_every_query_has_data_and_a_rollback_is_told(controller: Controller, tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    shop = Shop(tmp_path / "shop")
    controller.deploy(shop.folder)
    with bridged(controller.home / "api.sock") as target, scraping(target, folder) as prometheus, shop.load():
        shop.set(lambda file: file.update(watch={"for": "2s", "cannot_tell": "finish"}))
        shop.next_release()
        assert controller.deploy(shop.folder)["result"] == "completed"
        assert "BluegreenRolledBack" not in prometheus.firing()
        shop.set(lambda file: file.update(watch={"for": "10m"}))
        shop.next_release()
        number = controller.send(shop.folder)["deployment"]
        controller.phase("watching")
        controller.client.rollback("shop", None)
        assert controller.ended(number)["result"] == "rolled back"
        for expression in expressions():
            # What Grafana draws is a matrix: the same at any moment of the last minutes.
            wait_for(lambda e=expression: _drawn(prometheus, e), f"there is data for {expression}")  # type: ignore[misc]
        wait_for(lambda: "BluegreenRolledBack" in prometheus.firing(), "the alert fires")
        rules = prometheus.get("rules")["groups"][0]["rules"]
        assert [rule["name"] for rule in rules if rule["health"] != "ok"] == []
        assert prometheus.firing() == {"BluegreenRolledBack"}


def _drawn(prometheus: Prometheus, expression: str) -> bool:
    now = time.time()
    found = prometheus.get("query_range", query=expression, start=str(now - 120), end=str(now), step="1")
    return bool(found and found["result"])


def test_the_alerts_fire_on_what_they_are_for(tmp_path: Path) -> None:
    tests = Path(__file__).parent / "alerts_test.yml"
    ran = subprocess.run(
        [program("promtool"), "test", "rules", str(tests)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(("kind", "file"), [("rules", ALERTS), ("config", CONTRIB / "prometheus" / "scrape.yml")])
def test_the_files_for_prometheus_are_valid(kind: str, file: Path) -> None:
    options = ["--syntax-only"] if kind == "config" else []
    command = [program("promtool"), "check", kind, *options, str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_says_what_and_what_to_do() -> None:
    text = ALERTS.read_text()
    alerts = re.findall(r"- alert: (\w+)", text)
    assert len(alerts) == len(set(alerts)) == text.count("summary:") == text.count("description:")


def test_the_page_names_every_metric_with_its_labels() -> None:
    page = (CONTRIB.parent / "docs" / "how-to" / "metrics.md").read_text()
    rows = re.findall(r"(?m)^\| `(bluegreen_\w+)` \| (\w+) \|([^|]*)\|", page)
    suffixes = {"counter": "_total", "info": "_info"}
    families = [*StateMetrics().families, *history_families({}), *traffic_families("nothing was measured", [])]
    made = {(f.name + suffixes.get(f.kind, ""), f.kind, f.labels) for f in families}
    made |= {(f"bluegreen_{name}", kind, labels) for name, kind, labels in OF_THE_CONTROLLER}
    said = {(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    assert said == made
