"""One suite for whatever asks model servers: a real server in a process of its own, and the one in memory."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model_specs import Call, ServedModel
from bluegreen.serving.base import ModelServers, Server
from bluegreen.serving.http import HttpModelServers
from bluegreen.serving.memory import MemoryModelServers
from tests.e2e.controller import free_port, wait_for

PROGRAM = Path(__file__).parents[1] / "serving" / "model_server.py"
MODEL = ServedModel(
    name="chat",
    serve_by="llm",
    served_name="chat/v1",
    probe=Call("POST", "/v1/chat/completions", {"model": "{name}"}),
    source="s3://a",
    load=Call("PUT", "/models/{name}", {"source": "{source}"}),
    unload=Call("DELETE", "/models/{name}"),
    within=20.0,
)


class Place:
    """Where models are served, and what asks there."""

    def __init__(self, servers: ModelServers, address: str) -> None:
        self.servers = servers
        self.address = address

    def server(self, source: str = "s3://a") -> Server:
        return Server(self.address, source, secrets=("hush",))

    def refuse(self) -> Server:
        """A server, or a source, that cannot be loaded."""
        if isinstance(self.servers, MemoryModelServers):
            self.servers.refuses[MODEL.served_name] = "no room for it"
        return self.server("bad:hush")


@pytest.fixture(params=["memory", "http"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "memory":
        yield Place(MemoryModelServers(tmp_path), "127.0.0.1:1")
        return
    with Running() as address:
        yield Place(HttpModelServers(), address)


class Running:
    """A real model server."""

    def __enter__(self) -> str:
        port = free_port()
        self.process = subprocess.Popen([sys.executable, "-S", PROGRAM, str(port)], env=dict(os.environ))
        wait_for(lambda: _answers(port), "the model server answers")
        return f"127.0.0.1:{port}"

    def __exit__(self, *raised: object) -> None:
        self.process.kill()
        self.process.wait()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/models", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_what_is_loaded_answers(place: Place) -> None:
    async def life() -> None:
        await place.servers.load(MODEL, place.server())
        await place.servers.prove(MODEL, place.server())

    asyncio.run(life())


def test_what_is_not_loaded_does_not_answer(place: Place) -> None:
    with pytest.raises(PermanentError, match="could not answer for chat/v1: 404"):
        asyncio.run(place.servers.prove(replace(MODEL, within=0.5), place.server()))


def test_loading_twice_is_loading(place: Place) -> None:
    async def life() -> None:
        await place.servers.load(MODEL, place.server())
        await place.servers.load(MODEL, place.server())
        await place.servers.prove(MODEL, place.server())

    asyncio.run(life())


def test_what_is_unloaded_does_not_answer_any_more(place: Place) -> None:
    async def life() -> None:
        await place.servers.load(MODEL, place.server())
        await place.servers.unload(MODEL, place.server())
        await place.servers.unload(MODEL, place.server())
        with pytest.raises(PermanentError):
            await place.servers.prove(replace(MODEL, within=0.5), place.server())

    asyncio.run(life())


def test_a_refusal_has_the_servers_words(place: Place) -> None:
    with pytest.raises(PermanentError, match=r"llm could not load chat/v1.*no room for") as caught:
        asyncio.run(place.servers.load(MODEL, place.refuse()))
    assert "hush" not in str(caught.value)


# --- what only a real server does


def test_a_server_that_is_not_there_is_asked_again_later() -> None:
    servers = HttpModelServers()
    with pytest.raises(TemporaryError, match="cannot be asked for chat/v1"):
        asyncio.run(servers.load(MODEL, Server(f"127.0.0.1:{free_port()}", "a")))


def test_a_server_that_hangs_is_given_up(tmp_path: Path) -> None:
    async def life() -> None:
        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(60)

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PermanentError, match=r"did not answer PUT /models/chat%2Fv1 within 0.3 s"):
            await HttpModelServers().load(replace(MODEL, within=0.3), Server(f"127.0.0.1:{port}", "a"))
        server.close()

    asyncio.run(life())


def test_a_server_that_loads_in_the_background_is_asked_until_it_answers() -> None:
    async def life() -> None:
        asked = 0

        async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            asked += 1
            await reader.readuntil(b"\r\n\r\n")
            status = "200 OK" if asked > 2 else "503 Loading"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            writer.close()

        server = await asyncio.start_server(later, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        await HttpModelServers().prove(MODEL, Server(f"127.0.0.1:{port}", "a"))
        assert asked == 3
        server.close()

    asyncio.run(life())
