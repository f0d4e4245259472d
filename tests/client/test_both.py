"""The two clients: the same methods, the same answers, and what they do when an answer is lost."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from bluegreen.client import AnswerLost, AsyncClient, Client, transport
from bluegreen.core.errors import BluegreenError, Refused
from tests.cli.conftest import controller, home  # noqa: F401 - fixtures
from tests.cli.recorded import Recorded, entry, status, stream

ONLY_BLOCKING = {"running", "home", "is_remote", "patient", "at"}
ONLY_ASYNCHRONOUS = {"close"}


def public(kind: type) -> dict[str, Any]:
    return {name: member for name, member in vars(kind).items() if not name.startswith("_")}


def test_they_have_the_same_methods() -> None:
    blocking, other = public(Client), public(AsyncClient)
    assert set(blocking) - ONLY_BLOCKING == set(other) - ONLY_ASYNCHRONOUS
    for name in set(blocking) & set(other) - {"follow"}:  # one tells how long it has waited
        assert list(inspect.signature(blocking[name]).parameters) == list(inspect.signature(other[name]).parameters)


class Both:
    """Calls a method of either client."""

    def __init__(self, kind: str, home: Path) -> None:  # noqa: F811
        self._kind, self._home = kind, home

    def __call__(self, method: str, *arguments: Any, **named: Any) -> Any:
        if self._kind == "blocking":
            found = getattr(Client(self._home, actor="ada@desk"), method)(*arguments, **named)
            return list(found) if inspect.isgenerator(found) else found
        return asyncio.run(self._asynchronous(method, *arguments, **named))

    async def _asynchronous(self, method: str, *arguments: Any, **named: Any) -> Any:
        async with AsyncClient(self._home, actor="ada@desk") as client:
            found = getattr(client, method)(*arguments, **named)
            return [one async for one in found] if inspect.isasyncgen(found) else await found


@pytest.fixture(params=["blocking", "asynchronous"])
def call(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Both:  # noqa: F811
    monkeypatch.setattr(transport, "PAUSE", 0.01)
    return Both(request.param, home)


def test_who_asks_is_named_and_every_write_has_a_key(call: Both, controller: Recorded) -> None:  # noqa: F811
    controller.answers["GET /v1/apps/shop"] = (200, status())
    controller.answers["PUT /v1/apps/shop/lock"] = (200, {"notice": ""})
    assert call("status", "shop")["live"] == "green"
    call("lock", "shop", "sale")
    call("lock", "shop", "sale")
    headers = [{name.lower(): value for name, value in asked[1].items()} for asked in controller.asked]
    assert [h["x-bluegreen-actor"] for h in headers] == ["ada@desk"] * 3
    keys = [h.get("idempotency-key") for h in headers]
    assert keys[0] is None
    assert keys[1] != keys[2]


def test_a_lost_answer_is_asked_for_once_more_with_the_same_key(call: Both, controller: Recorded) -> None:  # noqa: F811
    def lose(handler: BaseHTTPRequestHandler) -> None:
        controller.answers["POST /v1/apps/shop/rollback"] = (200, {"deployment": 3})

    controller.answers["POST /v1/apps/shop/rollback"] = lose
    assert call("rollback", "shop")["deployment"] == 3
    keys = [{name.lower(): value for name, value in asked[1].items()}["idempotency-key"] for asked in controller.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_it_is_not_asked_for_for_ever(call: Both, controller: Recorded) -> None:  # noqa: F811
    controller.answers["POST /v1/apps/shop/rollback"] = lambda handler: None
    with pytest.raises(AnswerLost, match="not known"):
        call("rollback", "shop")
    assert len(controller.asked) == 2


def test_refusals_are_the_core_s_errors(call: Both, controller: Recorded) -> None:  # noqa: F811
    controller.answers["PUT /v1/apps/shop/lock"] = (409, {"what": "No.", "why": "A sale.", "cure": "Wait."})
    with pytest.raises(Refused) as raised:
        call("lock", "shop", "sale")
    assert (raised.value.what, raised.value.why, raised.value.cure) == ("No.", "A sale.", "Wait.")


def test_lists_are_asked_for_page_by_page(call: Both, controller: Recorded) -> None:  # noqa: F811
    def page(handler: BaseHTTPRequestHandler) -> None:
        following = "/v1/apps/shop/deployments?before=2" if "before" not in handler.path else None
        said = {"deployments": [{"number": 2 if following else 1}], "next": following}
        content = json.dumps(said).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    controller.answers["GET /v1/apps/shop/deployments"] = page
    assert [found["number"] for found in call("history", "shop", result="completed")] == [2, 1]


def test_a_next_page_elsewhere_is_not_fetched(call: Both, controller: Recorded) -> None:  # noqa: F811
    said = {"deployments": [{"number": 1}], "next": "http://elsewhere.example.com/v1/apps"}
    controller.answers["GET /v1/apps/shop/deployments"] = (200, said)
    assert [found["number"] for found in call("history", "shop")] == [1]


def test_a_stream_goes_on_behind_the_last_event(call: Both, controller: Recorded) -> None:  # noqa: F811
    asked: list[str | None] = []
    parts = [stream(entry(11, "built")), stream(entry(12, "verified")), (410, {"what": "Enough."})]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers.get("Last-Event-ID"))
        part = parts.pop(0)
        if callable(part):
            part(handler)
            return
        content = json.dumps(part[1]).encode()
        handler.send_response(part[0])
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    controller.answers["GET /v1/apps/shop/events"] = answer
    with pytest.raises(BluegreenError, match="Enough"):
        call("follow", "shop", after=10)
    assert asked == [None, "11", "12"]


def test_the_blocking_client_is_there_at_once(tmp_path: Path) -> None:
    code = """
import sys
import bluegreen.client
heavy = {"asyncio", "httpx2", "pydantic", "yaml", "pathspec", "tarfile", "email.mime", "urllib.request"}
heavy |= {"bluegreen.client.answers", "bluegreen.client.aio", "bluegreen.config", "bluegreen.system"}
print(*heavy & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_wrong_types_are_found_before_a_script_runs(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(
        "from bluegreen.client import Client, answers\n"
        "def live(client: Client) -> answers.Color | None:\n"
        '    return client.status("shop")["live"]\n'
        "def failed(client: Client) -> list[int]:\n"
        '    return [d["number"] for d in client.history("shop") if d["result"] == "failed"]\n'
    )
    (tmp_path / "wrong.py").write_text(
        "from bluegreen.client import AsyncClient, Client\n"
        "def wrong(client: Client) -> None:\n"
        '    client.approve("shop", "3")\n'
        '    client.status("shop")["lives"]\n'
        '    client.rollback("shop")["epoch"] + "1"\n'
        "async def other(client: AsyncClient) -> None:\n"
        '    client.status("shop")["live"]\n'
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", str(tmp_path / "cache")]
    command += ["--config-file", "/dev/null"]
    done = subprocess.run([*command, "right.py", "wrong.py"], cwd=tmp_path, capture_output=True, text=True, timeout=170)
    complaints = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [line.split(":")[:2] for line in complaints] == [["wrong.py", n] for n in ("3", "4", "5", "7")], done.stdout
