"""Channels and messages over the API: listed in pages, tested, replayed, for administrators only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from bluegreen.api.access import through_socket
from bluegreen.api.app import make_app
from bluegreen.core.settings import WebhookChannel
from bluegreen.notify.memory import MemoryChannel
from bluegreen.notify.webhook import Webhook
from tests.engine.harness import APP, Machine
from tests.engine.told import controller_with, telling
from tests.engine.virtual_time import run

Life = Callable[[httpx2.AsyncClient, MemoryChannel], Awaitable[None]]
SECRET = "whsec_" + "c2VjcmV0" * 4


@asynccontextmanager
async def steering(machine: Machine, ops: MemoryChannel) -> AsyncIterator[httpx2.AsyncClient]:
    """The API of a controller with two channels, whose application tells them of three things."""
    hook = Webhook(WebhookChannel("hook", "https://hooks.example.com/a-secret-path", SECRET))
    controller = await controller_with(machine, ops=ops, hook=hook)
    await controller.live(telling())
    await controller.rest(1.0)
    app = through_socket(make_app(controller.engine, machine.home, lambda everything: None))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://controller") as client:
        yield client
    await controller.engine.close()


def lived(home: Path, life: Life) -> None:
    async def main() -> None:
        ops = MemoryChannel()
        async with steering(Machine(home), ops) as client:
            await life(client, ops)

    run(main())


def test_channels_are_shown_without_their_secrets(tmp_path: Path) -> None:
    async def life(client: httpx2.AsyncClient, ops: MemoryChannel) -> None:
        answer = await client.get("/v1/channels")
        assert answer.status_code == 200
        assert "a-secret-path" not in answer.text
        assert SECRET not in answer.text
        hook, memory = answer.json()["channels"]
        assert (hook["name"], hook["kind"], hook["target"]) == ("hook", "webhook", "https://hooks.example.com/…")
        assert (memory["name"], memory["waiting"], memory["last_failure"]) == ("ops", 0, None)
        assert memory["last_delivered"] is not None
        first = (await client.get("/v1/channels?limit=1")).json()
        assert [one["name"] for one in first["channels"]] == ["hook"]
        second = (await client.get(first["next"])).json()
        assert ([one["name"] for one in second["channels"]], second["next"]) == (["ops"], None)

    lived(tmp_path, life)


def test_deliveries_come_in_pages_and_filtered(tmp_path: Path) -> None:
    async def life(client: httpx2.AsyncClient, ops: MemoryChannel) -> None:
        kinds, path = [], "/v1/deliveries?limit=2&channel=ops"
        while path:
            page = (await client.get(path)).json()
            kinds += [one["kind"] for one in page["deliveries"]]
            path = page["next"]
        assert kinds == ["completed", "switched", "started"]
        assert (await client.get("/v1/deliveries?state=given%20up")).json() == {"deliveries": [], "next": None}
        one = (await client.get("/v1/deliveries?limit=1&state=delivered")).json()["deliveries"][0]
        assert one["app"] == APP
        assert one["due"] is None
        assert one["attempts"] == [{"at": one["attempts"][0]["at"], "delivered": True, "answer": "kept"}]

    lived(tmp_path, life)


def test_a_message_is_replayed_with_its_id(tmp_path: Path) -> None:
    async def life(client: httpx2.AsyncClient, ops: MemoryChannel) -> None:
        first = ops.sent[0]
        answer = await client.post(f"/v1/deliveries/{first.id}/replay")
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
        waited = 0
        while len(ops.sent) < 4 and waited < 100:
            waited += 1
            await client.get("/v1/channels")
        assert (ops.sent[-1].id, ops.sent[-1].body) == (first.id, first.body)

    lived(tmp_path, life)


def test_a_test_says_whether_it_arrived(tmp_path: Path) -> None:
    async def life(client: httpx2.AsyncClient, ops: MemoryChannel) -> None:
        answer = await client.post("/v1/channels/ops/test")
        assert (answer.status_code, answer.json()["state"], answer.json()["kind"]) == (200, "delivered", "test")
        ops.down = True
        answer = await client.post("/v1/channels/ops/test")
        assert (answer.status_code, answer.json()["state"]) == (200, "failed")
        assert answer.json()["attempts"][-1]["answer"] == "It is down."

    lived(tmp_path, life)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/channels/nobody/test", 404),
        ("POST", "/v1/channels/NOBODY/test", 422),
        ("POST", f"/v1/deliveries/msg_{'0' * 32}/replay", 404),
        ("POST", "/v1/deliveries/1/replay", 422),
        ("GET", "/v1/deliveries?state=lost", 422),
        ("GET", "/v1/deliveries?limit=0", 422),
        ("GET", "/v1/channels?limit=501", 422),
    ],
)
def test_what_is_not_there_is_a_problem(tmp_path: Path, method: str, path: str, status: int) -> None:
    async def life(client: httpx2.AsyncClient, ops: MemoryChannel) -> None:
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert answer.json()["what"]

    lived(tmp_path, life)


def test_without_channels_there_is_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        controller = await Machine(tmp_path).controller()
        app = through_socket(make_app(controller.engine, tmp_path, lambda everything: None))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://controller") as client:
            assert (await client.get("/v1/channels")).json() == {"channels": [], "next": None}
            assert (await client.get("/v1/deliveries")).json() == {"deliveries": [], "next": None}
        assert not (tmp_path / "outbox.db").exists()
        await controller.engine.close()

    run(main())
