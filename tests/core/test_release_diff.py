"""What is different between two releases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bluegreen.core.model import Release
from bluegreen.core.release_diff import Change, FilesDiff, configuration_diff, configuration_of, files_diff
from bluegreen.core.spec import AppSpec, Component, ErrorRate, Watch
from bluegreen.core.windows import Period, Windows

WEB = Component("web", "./web", receives=("/",), env={"LEVEL": "info"})
SPEC = AppSpec("shop", "127.0.0.1:8080", (WEB,))


def release(spec: AppSpec) -> Release:
    return Release(1, "d", "a", spec)


def diff(after: AppSpec, before: AppSpec = SPEC) -> tuple[Change, ...]:
    return configuration_diff(release(before), release(after))


def test_equal_ones_differ_in_nothing() -> None:
    assert diff(SPEC) == ()


def test_values_are_named_by_their_place() -> None:
    web = replace(WEB, instances=3, env={"LEVEL": "debug", "REGION": "eu"})
    assert diff(replace(SPEC, components=(web,), keep=60.0)) == (
        Change("components.web.instances", 1, 3),
        Change("components.web.env.LEVEL", "info", "debug"),
        Change("components.web.env.REGION", None, "eu"),
        Change("keep", 3600.0, 60.0),
    )


def test_a_component_that_came_is_one_change_and_the_order_is_none() -> None:
    worker = Component("worker", "./work", listens=False)
    found = diff(replace(SPEC, components=(worker, WEB)))
    assert [(change.path, change.before, change.after["run"]) for change in found] == [
        ("components.worker", None, "./work")
    ]
    assert diff(replace(SPEC, components=(WEB, worker)), replace(SPEC, components=(worker, WEB))) == ()


def test_lists_are_one_value() -> None:
    found = diff(replace(SPEC, watch=Watch(guards=(ErrorRate(),))), replace(SPEC, watch=Watch()))
    assert [change.path for change in found] == ["watch.guards"]
    assert [guard["kind"] for guard in found[0].after] == ["error_rate"]


def test_it_is_json_all_the_way() -> None:
    period = Period(datetime(2026, 12, 20), datetime(2027, 1, 2, 8, 30))
    described = configuration_of(release(replace(SPEC, windows=Windows(freeze=(period,)))))
    assert described["windows"]["freeze"] == [{"start": "2026-12-20 00:00", "until": "2027-01-02 08:30", "why": ""}]


def test_files() -> None:
    found = files_diff({"a": 1, "b": 1, "c": 1}, {"b": 1, "c": 2, "d": 1})
    assert found == FilesDiff(added=("d",), removed=("a",), changed=("c",))
