"""A real Prometheus over a small exporter of ours, for a block of tests."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks.serving import Handler, serving
from tests.ports import free_port

CONFIG = """\
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs: [{{job_name: shop, static_configs: [{{targets: ["{exporter}"]}}]}}]
"""

METRICS = """\
# TYPE queue_length gauge
queue_length 7
# TYPE temperature gauge
temperature NaN
# TYPE jobs gauge
jobs{queue="a"} 1
jobs{queue="b"} 2
# TYPE orders_total counter
"""


def export(handler: Handler) -> None:
    """The same gauges again and again, and a counter of ten orders a second."""
    handler.answer(200, f"{METRICS}orders_total {time.time() * 10:.3f}\n".encode(), Content_Type="text/plain")


@contextlib.contextmanager
def real_prometheus(folder: Path) -> Iterator[str]:
    """Its URL, once it has scraped the exporter. Skips where it is not installed; in CI that is a failure."""
    program = shutil.which("prometheus")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Prometheus is not installed: apt-get install prometheus"
        )
    with serving(metrics=export) as exporter:
        config = folder / "prometheus.yml"
        config.write_text(CONFIG.format(exporter=exporter.url.removeprefix("http://")))
        address = f"127.0.0.1:{free_port()}"
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(
                [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address={address}"],
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            _wait_for_values(f"http://{address}", running, folder / "log")
            yield f"http://{address}"
        finally:
            running.kill()
            running.wait()


def _wait_for_values(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert running.poll() is None, log.read_text()
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            answer = urllib.request.urlopen(f"{url}/api/v1/query?query=rate(orders_total[5s])", timeout=5).read()
            if json.loads(answer)["data"]["result"]:
                return
        time.sleep(0.1)
    raise AssertionError(f"it has scraped nothing:\n{log.read_text()}")
