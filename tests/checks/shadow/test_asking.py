"""Copies as they come in, and what is asked of instances in their name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bluegreen.checks.shadow.asking import LONGEST, Answer, Environment
from bluegreen.checks.shadow.copies import Copy, copied_headers
from bluegreen.checks.shadow.intake import Intake
from tests.checks.serving import Handler, cut, drip, flood, hang_in_the_body, serving, text

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_what_a_copy_does_not_have() -> None:
    headers = [
        ("host", "shop.example.com"),
        ("accept", "*/*"),
        ("x-forwarded-for", "203.0.113.7,192.0.2.2"),
        ("x-envoy-internal", "true"),
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("if-none-match", '"x"'),
        ("accept-encoding", "gzip"),
        ("cookie", "a=b"),
        ("x-bluegreen-shadow", "forged"),
    ]
    assert copied_headers(headers, ["cookie"]) == (
        ("host", "shop.example.com"),
        ("accept", "*/*"),
        ("x-forwarded-for", "203.0.113.7"),
        ("accept-encoding", "identity"),
        ("x-bluegreen-shadow", "1"),
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [("/a", "GET /a"), ("/a?token=s3cret&q=x=y", "GET /a?token=…&q=…"), ("/a?s3", "GET /a?s3=…")],
)
def test_queries_are_shown_without_their_values(target: str, shown: str) -> None:
    assert Copy("GET", target, ()).shown == shown


async def taken(data: bytes, pieces: int = 1) -> tuple[list[Copy | None], bytes]:
    """What comes of these bytes, sent in so many pieces, and what is answered."""
    copies: list[Copy | None] = []
    server = await asyncio.get_running_loop().create_server(lambda: Intake(copies.append, ["cookie"]), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    size = -(-len(data) // pieces)
    for start in range(0, len(data), size):
        writer.write(data[start : start + size])
        await writer.drain()
        await asyncio.sleep(0)
    writer.write_eof()
    answered = await reader.read()
    writer.close()
    server.close()
    return copies, answered


@pytest.mark.parametrize("pieces", [1, 2, 50])
def test_copies_are_taken_however_they_come(pieces: int) -> None:
    one = b"POST /a HTTP/1.1\r\nhost: x\r\ncookie: s\r\ncontent-length: 3\r\n\r\nabc"
    two = b"POST /b?c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    copies, answered = asyncio.run(taken(one + two, pieces))
    headers = (("host", "x"), ("accept-encoding", "identity"), ("x-bluegreen-shadow", "1"))
    assert copies == [Copy("POST", "/a", headers, b"abc"), Copy("POST", "/b?c", headers, b"abc")]
    assert answered.count(b"HTTP/1.1 202") == 2


def test_one_that_is_too_long_is_answered_and_the_next_one_taken() -> None:
    long = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 400000\r\n\r\n" + b"x" * 400_000
    copies, answered = asyncio.run(taken(long + b"GET /b HTTP/1.1\r\nhost: x\r\n\r\n"))
    assert copies[0] is None
    assert copies[1] is not None
    assert answered.count(b"HTTP/1.1 202") == 2


def test_what_is_no_http_is_not_taken() -> None:
    copies, answered = asyncio.run(taken(b"\x16\x03\x01 hello\r\n\r\n"))
    assert (copies, answered) == ([], b"")


def ask(instances: dict[str, list[str]], path: str = "/x", times: int = 1, within: float = 20.0) -> list[Answer]:
    async def scenario() -> list[Answer]:
        environment = Environment(instances, within)
        return [await environment.ask(Copy("GET", path, (("host", "x"),))) for _ in range(times)]

    return asyncio.run(scenario())


def unchunked(handler: Handler) -> None:
    """Until the connection ends."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"to the end")
    handler.close_connection = True


def test_answers_of_every_kind() -> None:
    answers = {"ok": text("ok", 201, **{"content-type": "a/b"}), "end": unchunked, "to": text("", 302, location="/ok")}
    with serving(**answers, drip=drip, flood=flood, cut=cut, hang=hang_in_the_body) as server:
        there = {"/": [server.url.removeprefix("http://")]}
        assert ask(there, "/ok") == [Answer(201, "a/b", "", b"ok")]
        assert ask(there, "/end")[0].body == b"to the end"
        assert ask(there, "/to")[0].location == "/ok"
        assert ask(there, "/flood")[0].why == f"longer than {LONGEST >> 20} MB"
        assert ask(there, "/cut")[0].why.startswith("no HTTP")
        assert ask(there, "/drip", within=0.3)[0].why == "no whole answer within 0.3 s"
        assert ask(there, "/hang", within=0.3)[0].why == "no whole answer within 0.3 s"


def test_nobody_there() -> None:
    assert ask({}, "/x")[0].why == "no component receives this path"
    assert ask({"/api": ["127.0.0.1:1"]}, "/x")[0].why == "no component receives this path"
    assert "cannot be reached" in ask({"/": ["127.0.0.1:1"]})[0].why


async def _serve_twice(serve: Serve, times: int) -> tuple[list[Answer], int]:
    connections = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await serve(reader, writer)

    server = await asyncio.start_server(counted, "127.0.0.1", 0)
    environment = Environment({"/": [f"127.0.0.1:{server.sockets[0].getsockname()[1]}"]}, 20.0)
    answers = []
    for _ in range(times):
        answers.append(await environment.ask(Copy("GET", "/", (("host", "x"),))))
        await asyncio.sleep(0.05)
    server.close()
    return answers, connections


def test_connections_are_kept() -> None:
    async def keeps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    answers, connections = asyncio.run(_serve_twice(keeps, 3))
    assert [answer.body for answer in answers] == [b"ok"] * 3
    assert connections == 1


def test_one_that_was_closed_meanwhile_is_no_answer_of_the_instance() -> None:
    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await reader.read(1)  # takes the next request, and goes away
        writer.close()

    answers, connections = asyncio.run(_serve_twice(closes, 2))
    assert [answer.body for answer in answers] == [b"ok"] * 2
    assert connections == 2


def test_one_that_always_closes_gives_no_answer() -> None:
    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    answers, _ = asyncio.run(_serve_twice(closes, 1))
    assert answers[0].why == "it closed the connection"
