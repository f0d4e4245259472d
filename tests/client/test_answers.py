"""What a controller answers has the types that `bluegreen.client.answers` says, and no more fields than that."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union

import pytest
from typing_extensions import is_typeddict

from bluegreen.client import Client, answers
from tests.client.served import served
from tests.e2e.controller import wait_for
from tests.engine.harness import APP


def misfits(value: Any, kind: Any, where: str = "") -> Iterator[str]:
    """Where a value is not of a type, or has fields that it does not name."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return
    if origin is typing.NotRequired:
        yield from misfits(value, parts[0], where)
    elif origin in (Union, types.UnionType):
        if all(list(misfits(value, part)) for part in parts):
            yield f"{where}: {value!r} is no {kind}"
    elif origin is Literal:
        yield from [] if value in parts else [f"{where}: {value!r} is none of {parts}"]
    elif origin is list:
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
            return
        for one in value:
            yield from misfits(one, parts[0], f"{where}[]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
            return
        for name, one in value.items():
            yield from misfits(name, parts[0], f"{where} key")
            yield from misfits(one, parts[1], f"{where}.{name}")
    elif is_typeddict(kind):
        yield from _fields(value, kind, where)
    elif kind is float:
        yield from [] if isinstance(value, int | float) else [f"{where}: {value!r} is no number"]
    elif not isinstance(value, type(None) if kind is None else kind):
        yield f"{where}: {value!r} is no {kind}"


def _fields(value: Any, kind: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    fields = typing.get_type_hints(kind, include_extras=True)
    optional = {name for name, field in fields.items() if typing.get_origin(field) is typing.NotRequired}
    for name in fields.keys() - optional - value.keys():
        yield f"{where}.{name} is missing"
    for name, one in value.items():
        yield from misfits(one, fields[name], f"{where}.{name}") if name in fields else [f"{where}.{name} has no type"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("home")) as url:
        found = Client(url=url, token="of-the-admin")
        found.freeze(APP, "sale", until="2099-01-01T00:00:00Z")
        found.lock(APP, "sale")
        wait_for(lambda: found.deployment(APP, 2)["result"], "the second release is live")
        yield found


def live_events(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in client.live(APP, after=0):
        found.setdefault(event.kind, event.data)
        if {"status", "figures", "entry"} <= found.keys():
            break
    return found


ASKED: dict[str, Any] = {
    "controller": lambda c: c.controller(),
    "me": lambda c: c.me(),
    "apps": lambda c: c.apps(),
    "status": lambda c: c.status(APP),
    "preview": lambda c: c.preview(APP),
    "forecast": lambda c: c.forecast(APP),
    "figures": lambda c: c.figures(APP),
    "deployments": lambda c: c.deployments(APP),
    "deployment": lambda c: c.deployment(APP, 2, evidence=True),
    "receipt": lambda c: c.receipt(APP, 2),
    "events": lambda c: c.events(APP),
    "release": lambda c: c.release(APP, "r1"),
    "diff": lambda c: c.diff(APP, "r1", "r2"),
    "flags": lambda c: c.flags(APP),
    "unlock": lambda c: c.unlock(APP),
    "lock": lambda c: c.lock(APP, "again"),
    "unfreeze": lambda c: c.unfreeze(APP),
    "rollback": lambda c: c.rollback(APP),
}


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_has_the_type_that_is_promised(name: str, client: Client) -> None:
    promised = typing.get_type_hints(getattr(Client, name), {**vars(typing), "a": answers, "Path": Path})["return"]
    assert list(misfits(ASKED[name](client), promised, name)) == []


def test_lists_and_streams_have_it_as_well(client: Client) -> None:
    assert [m for found in client.releases(APP) for m in misfits(found, answers.Release)] == []
    assert [m for found in client.history(APP) for m in misfits(found, answers.Deployment)] == []
    found = live_events(client)
    assert list(misfits(found["status"], answers.Status)) == []
    assert list(misfits(found["figures"], answers.Figures)) == []
    assert list(misfits(found["entry"], answers.Entry)) == []
