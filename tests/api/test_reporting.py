"""The loopback address: taken by somebody else, used up, held open."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest

from bluegreen.api import business_events, reporting
from bluegreen.api.server import BoundedProtocol
from tests.api.posting import PURCHASE, Served, listening, served


def test_a_taken_port_is_a_warning_and_is_had_when_it_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "TRY_AGAIN_AFTER", 0.02)
    holder = socket.socket()

    def take(port: int) -> None:
        holder.bind(("127.0.0.1", port))
        holder.listen()

    async def look(served: Served) -> None:
        def warned() -> bool:
            return bool(served.controller.engine.services.business_events.trouble)

        await _until(warned)
        (warning,) = (await served.controller.status())["warnings"]
        assert str(served.port) in warning
        assert "not received" in warning
        holder.close()
        await listening(served.port)
        await _until(lambda: not warned())
        assert (await served.controller.status())["warnings"] == []
        assert (await served.post(PURCHASE)).status_code == 202

    with holder:
        served(tmp_path, look, before=take)


def test_connections_are_few_and_the_rest_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "MOST", 3)

    async def look(served: Served) -> None:
        held = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        for _, each in [*held, (reader, writer)]:
            each.close()

        async def counted() -> bool:
            with contextlib.suppress(Exception):
                return (await served.post(PURCHASE)).status_code == 202
            return False

        async with asyncio.timeout(20):
            while not await counted():
                await asyncio.sleep(0.01)

    served(tmp_path, look)


def test_answers_are_sent_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an answer in two parts waits for the other side's delayed acknowledgement."""
    waits: list[int] = []
    real = BoundedProtocol.connection_made

    def connection_made(self: BoundedProtocol, transport: asyncio.Transport) -> None:
        connection = transport.get_extra_info("socket")
        waits.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        real(self, transport)

    monkeypatch.setattr(BoundedProtocol, "connection_made", connection_made)

    async def look(served: Served) -> None:
        await served.post(PURCHASE)
        assert waits
        assert all(waits)

    served(tmp_path, look)


def test_a_connection_that_says_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "KEEP_ALIVE", 1)

    async def look(served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()

    served(tmp_path, look)


def test_a_head_that_does_not_come_to_its_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "KEEP_ALIVE", 1)

    async def look(served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)

        async def trickle() -> None:
            writer.write(b"POST /v1/apps/shop/events HTTP/1.1\r\nHost: ")
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.1)

        trickling = asyncio.create_task(trickle())
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        trickling.cancel()
        writer.close()

    served(tmp_path, look)


def test_a_batch_that_does_not_come_to_its_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(business_events, "BODY_WITHIN", 0.05)

    async def look(served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        token = served.token(served.live)
        head = (
            f"POST /v1/apps/shop/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n"
        )
        writer.write(f"{head}\r\n{{".encode())
        async with asyncio.timeout(20):
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()

    served(tmp_path, look)


async def _until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)
