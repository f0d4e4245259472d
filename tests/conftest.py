"""What holds for every test, and how they are shared out when several run at once, as with `make test`:
`pytest -n 2 --dist loadfile`."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

CONTROLLERS = "tests/e2e/"
"""Whole controllers, with their proxies, applications and loads: one at a time, beside tests of other folders."""

# Machines are shared: no test fails for being slow, other than by the time-out of all of them.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of one file stay together, since they share what is started once for a file."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return CONTROLLERS if nodeid.startswith(CONTROLLERS) else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest part begins, so that it is not what everybody waits for in the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(CONTROLLERS))


def pytest_configure() -> None:
    """What is logged of errors without the values of everything around: where they are provoked by the hundred, putting
    those on paper would take ten times as long as the test."""
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([structlog.processors.add_log_level, structlog.processors.TimeStamper("iso"), console])
