"""The load client against servers that misbehave: each kind of failure is counted, and nothing else is."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bluegreen.cli.load import Load, LoadProcess, Plan, Result
from bluegreen.cli.load.answer import AnswerParser, Broken

Misbehaviour = Callable[[str, bytes, asyncio.StreamWriter], Awaitable[None]]
"""Answers a request, of which it is told the path and the body."""
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-release: r1\r\nx-color: blue\r\n\r\nok"


@asynccontextmanager
async def served(behave: Misbehaviour) -> AsyncIterator[str]:
    """The URL of a server that reads whole requests and lets ``behave`` answer them."""
    writers: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
                path = head.split(b" ")[1].decode()
                await behave(path, await reader.readexactly(int(length or 0)), writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def run(plan: Plan, requests: int) -> Result:
    load = Load(plan)
    load.start()
    while len(load.record) < requests:
        await asyncio.sleep(0.005)
    return await load.stop()


def load(behave: Misbehaviour, requests: int = 6, **plan: object) -> Result:
    async def scenario() -> Result:
        async with served(behave) as url:
            return await run(Plan(url, **{"rate": 200, "connections": 2, "timeout": 5, **plan}), requests)  # type: ignore[arg-type]

    return asyncio.run(scenario())


def answering(*pieces: bytes, end: bool = False) -> Misbehaviour:
    """Sends these pieces one after the other, then closes the connection or not."""

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)
        if end:
            writer.close()

    return behave


def reset(after: bytes) -> Misbehaviour:
    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        await writer.drain()
        await asyncio.sleep(0.002)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return behave


async def echo(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


async def hang(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    pass


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
DIGESTED = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-digest: sha-256=:AAAA:\r\n\r\nok"


@pytest.mark.parametrize(
    ("kind", "behave"),
    [
        ("reset", reset(b"")),
        ("reset", reset(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")),
        ("closed", answering(end=True)),
        ("truncated", answering(b"HTTP/1.1 200 OK\r\ncont", end=True)),
        ("truncated", answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", end=True)),
        ("truncated", answering(CHUNKED + b"4\r\nhalf\r\n", end=True)),
        ("truncated", answering(CHUNKED + b"9\r\nhalf", end=True)),
        ("malformed", answering(CHUNKED + b"size\r\n")),
        ("malformed", answering(b"HELLO\r\n\r\n")),
        ("malformed", answering(OK + b"more")),
        ("status 503", answering(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")),
        ("status 302", answering(b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n")),
        ("wrong body", answering(DIGESTED)),
    ],
)
def test_counts_each_failure_once_with_its_kind(kind: str, behave: Misbehaviour) -> None:
    result = load(behave)
    assert result.requests >= 6
    assert (result.failed, result.kinds) == (result.requests, {kind: result.requests})
    assert len(result.failures) == 5
    assert {failure.kind for failure in result.failures} == {kind}


@pytest.mark.parametrize(
    ("kind", "behave"), [("wrong body", answering(OK)), ("reset", reset(OK[:-1])), ("timeout", hang)]
)
def test_a_post_fails_unless_its_own_body_comes_back(kind: str, behave: Misbehaviour) -> None:
    result = load(behave, requests=2, gets=(), posts=("/echo",), timeout=0.2)
    assert result.kinds == {kind: result.requests}


@pytest.mark.parametrize(
    "behave",
    [
        answering(OK),
        answering(OK[:20], OK[20:-1], OK[-1:]),
        answering(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), end=True),
        answering(b"HTTP/1.1 200 OK\r\n\r\nup to the end of the connection", end=True),
        answering(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK),
        answering(b"HTTP/1.1 204 No Content\r\n\r\n"),
        answering(CHUNKED, b"2\r\nok", b"\r\n0\r\ntrailer: x\r\n", b"\r\n"),
    ],
)
def test_right_answers_are_no_failures_however_they_are_framed(behave: Misbehaviour) -> None:
    result = load(behave)
    assert (result.failed, result.failures) == (0, ())
    assert result.requests >= 6


def test_a_kept_connection_that_is_closed_between_two_requests_is_no_failure() -> None:
    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        asyncio.get_running_loop().call_later(0.01, writer.close)

    # Requests are a tenth of a second apart on one connection: each finds it closed and opens another.
    result = load(behave, requests=4, rate=10, connections=1)
    assert result.failed == 0
    assert result.connections >= 4


def test_bodies_of_posts_are_verified_and_never_alike() -> None:
    bodies: list[bytes] = []

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        bodies.append(body)
        await echo(path, body, writer)

    result = load(behave, requests=20, gets=(), posts=("/echo",), body=3000)
    assert result.failed == 0
    assert len(set(bodies)) == len(bodies) >= 20
    assert {len(body) for body in bodies} == {3000}


def test_the_share_of_fresh_connections_is_kept() -> None:
    result = load(answering(OK), requests=40, fresh=0.5, connections=1, rate=400)
    assert abs((result.connections - 1) - result.requests / 2) <= 1


def test_nothing_listens_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        plan = Plan(f"http://127.0.0.1:{taken.getsockname()[1]}", rate=100, connections=1)
        result = asyncio.run(run(plan, 3))
    assert result.kinds == {"refused": result.requests}


def test_latency_counts_from_the_schedule_so_that_a_stall_is_not_hidden() -> None:
    stalled: list[bool] = []

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if not stalled:
            stalled.append(True)
            await asyncio.sleep(0.4)
        writer.write(OK)

    # 80 requests fall due during the stall. Counted from when each was sent, all but the first would be fast.
    result = load(behave, requests=100, rate=200, connections=1)
    assert result.latency["p50"] > 0.05


def test_says_who_answered_and_when_that_changed() -> None:
    count = 0

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        if count <= 10:
            writer.write(OK)
        else:
            said = json.dumps({"release": "r2", "color": "green"}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(said))
            writer.write(said)

    result = load(behave, requests=15, connections=1)
    assert [(t.release, t.color) for t in result.transitions] == [("r1", "blue"), ("r2", "green")]
    assert [(s.release, s.requests) for s in result.served] == [("r1", 10), ("r2", result.requests - 10)]
    assert result.served[0].last < result.transitions[1].at == result.served[1].first


def test_how_long_each_release_takes_is_told_apart() -> None:
    count = 0

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        if count > 10:
            await asyncio.sleep(0.05)
        writer.write(OK if count <= 10 else OK.replace(b"x-release: r1", b"x-release: r2"))

    fast, slow = load(behave, requests=15, connections=1, rate=None).served
    assert slow.release == "r2"
    assert slow.latency["p50"] >= 0.05
    assert fast.latency["p50"] < slow.latency["p50"]


def test_a_stream_counts_gaps_and_cuts_and_is_opened_again() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-release: r1\r\n\r\n"
    opened: list[int] = []
    enough = asyncio.Event()

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path != "/events":
            return writer.write(OK)
        opened.append(1)
        if len(opened) == 3:
            return enough.set()
        writer.write(head + b"id: 0\ndata: a\n\nid: 1\ndata: b\n\nid: 3\ndata: d\n\n")
        return writer.close()

    async def scenario() -> Result:
        async with served(behave) as url:
            load = Load(Plan(url, rate=100, connections=1, events=("/events",)))
            load.start()
            await enough.wait()
            return await load.stop()

    (stream,) = asyncio.run(scenario()).streams
    assert (stream.opened, stream.messages, stream.gaps, stream.cuts) == (2, 6, 2, 2)
    assert stream.served == ("r1", "r1")


def test_a_stream_that_the_client_ends_is_opened_again_and_not_counted_as_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    opened: list[int] = []

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path != "/events":
            return writer.write(OK)
        opened.append(1)
        writer.write(head)
        for number in range(1000):
            writer.write(b"id: %d\n\n" % number)
            await writer.drain()
            await asyncio.sleep(0.01)

    async def scenario() -> Result:
        async with served(behave) as url, asyncio.timeout(20):
            load = Load(Plan(url, rate=100, connections=1, events=("/events",), stream_seconds=0.05))
            load.start()
            while len(opened) < 3:
                await asyncio.sleep(0.005)
            return await load.stop()

    (stream,) = asyncio.run(scenario()).streams
    assert stream.opened >= 2
    assert (stream.cuts, stream.gaps, stream.refused) == (0, 0, 0)


def test_a_stream_that_never_pauses_does_not_keep_the_load_from_stopping() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"

    async def behave(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK if path != "/events" else head)
        while path == "/events" and not writer.is_closing():
            writer.write(b"id: 0\n\n")
            await writer.drain()
            await asyncio.sleep(0)

    async def scenario() -> Result:
        async with served(behave) as url, asyncio.timeout(20):
            return await run(Plan(url, rate=100, connections=1, events=("/events",) * 8), 5)

    assert all(stream.messages for stream in asyncio.run(scenario()).streams)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_parser_does_not_care_how_bytes_arrive(size: int) -> None:
    raw = CHUNKED + b"4\r\nhalf\r\n6;x=y\r\n a pie\r\n0\r\n\r\n"
    parser = AnswerParser()
    answers = [parser.feed(raw[at : at + size]) for at in range(0, len(raw), size)]
    assert answers[:-1] == [None] * (len(answers) - 1)
    assert answers[-1] is not None
    assert answers[-1].body == b"half a pie"


def test_the_parser_calls_nothing_closed_and_something_truncated() -> None:
    with pytest.raises(Broken, match="closed"):
        AnswerParser().end()
    parser = AnswerParser()
    parser.feed(b"H")
    with pytest.raises(Broken, match="truncated"):
        parser.end()


def test_a_load_of_its_own_process_reports_progress_and_its_result() -> None:
    async def scenario() -> Result:
        async with served(answering(OK)) as url:
            with LoadProcess(Plan(url, rate=200, connections=4)) as load:
                seen = await asyncio.to_thread(load.wait_for_requests, 20)
                assert (seen.failed, seen.newest) == (0, "r1 blue")
                return await asyncio.to_thread(load.stop)

    result = asyncio.run(scenario())
    assert result.failed == 0
    assert result.served[0].requests == result.requests >= 20


def test_the_command_says_what_failed_and_exits_1() -> None:
    async def scenario() -> tuple[int | None, bytes]:
        async with served(reset(b"")) as url:
            command = [sys.executable, "-m", "bluegreen.cli.load", url, "--rate", "50", "--seconds", "0.2"]
            process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env={**os.environ})
            output, _ = await process.communicate()
            return process.returncode, output

    status, output = asyncio.run(scenario())
    assert status == 1
    assert b"reset at" in output
    assert b"0 failed" not in output
