"""The listeners: what they bear, what they say to browsers, and what they do with requests that are no requests."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import httpx2
import pytest

from bluegreen.api import bounds, security, server, tcp
from bluegreen.core.settings import Settings
from bluegreen.core.spec import Tls
from tests.api.certificate import certify
from tests.api.steered import Steered, steered
from tests.e2e.controller import free_port

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def test_every_answer_is_hardened(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        for path in ("/", "/v1/me", "/v1/nosuch", "/v1/apps/shop", "/nosuch", "/v1/%2e%2e/x", "/metrics"):
            for credential in (None, token):
                answer = await served.ask("GET", path, credential)
                assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "server" not in answer.headers
                assert "set-cookie" not in answer.headers
                assert "strict-transport-security" not in answer.headers
                if path.startswith("/v1/"):
                    assert answer.headers["cache-control"] == "no-store", path
        broken = await served.raw(b"GET / HTTP/1.1\r\nbroken\r\n\r\n")
        assert broken.startswith(b"HTTP/1.1 400")
        assert b"content-security-policy: default-src 'none'" in broken

    steered(tmp_path, look)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("localhost:80:80", 421),
        ("", 421),
    ],
)
def test_a_name_that_was_made_to_lead_here_gets_nothing(tmp_path: Path, host: str, status: int) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        answer = await served.ask("GET", "/v1/me", token, headers={"Host": host})
        assert answer.status_code == status
        assert (await served.ask("GET", "/", headers={"Host": host})).status_code == status

    steered(tmp_path, look)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/apps/shop%2F..",
        "/v1/apps/shop%2frollback",
        "/v1/apps/..%2f..%2fetc%2fpasswd",
        "/v1/apps/../tokens",
        "/v1/apps/./shop",
        "//v1/apps",
        "/v1/apps/shop%00",
        "/v1/apps/shop%5c..",
        "/v1/apps/%2e%2e/tokens",
        "/assets/../../access.db",
        "/assets/%2e%2e/access.db",
        "http://127.0.0.1/v1/apps",
    ],
)
def test_paths_that_two_readers_may_understand_differently(tmp_path: Path, path: str) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        assert (await served.raw(head.encode())).startswith(b"HTTP/1.1 400 ")

    steered(tmp_path, look)


SMUGGLED = b"GET /v1/tokens HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: 4, 5\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"X: a\x00b\r\n",
    ],
)
def test_requests_that_two_readers_may_end_differently(tmp_path: Path, head: bytes) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token())["token"].encode()
        request = b"POST /v1/session/links HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + b"\r\n"
        answer = await served.raw(request + head + b"\r\n0\r\n\r\n" + SMUGGLED)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))

    steered(tmp_path, look)


def test_no_header_says_where_somebody_calls_from(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        for number in range(20):
            forged = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
            await served.ask("GET", "/v1/me", "wrong", headers=forged)
        assert (await served.ask("GET", "/v1/me", "wrong")).status_code == 429
        assert {line["from"] for line in await served.trail()} == {"127.0.0.1"}

    steered(tmp_path, look)


def test_huge_heads_are_refused(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        for filler in (b"X: " + b"a" * 200_000, b"\r\n".join(b"X%d: y" % number for number in range(50_000))):
            answer = await served.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + filler + b"\r\n\r\n")
            assert not answer or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))

    steered(tmp_path, look)


def test_who_sends_nothing_or_a_bit_at_a_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "KEEP_ALIVE", 1)
    monkeypatch.setattr(security, "BODY_WITHIN", 0.3)

    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        body = (
            f"PUT /v1/apps/shop/lock HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 99"
        )
        slow = [b"", b"GET / HTTP/1.1\r\nHost: ", b"PUT /v1/session HTTP/1.1\r\nX: y\r\n"]
        ended = await asyncio.gather(*(served.raw(part) for part in slow), served.raw(body.encode() + b"\r\n\r\n{"))
        assert ended[:3] == [b"", b"", b""]
        assert ended[3].startswith(b"HTTP/1.1 408 ")

    steered(tmp_path, look)


def test_a_body_without_an_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "LARGEST_BODY", 100_000)

    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        large = b" " * 300_000
        assert (await served.ask("PUT", "/v1/apps/shop/lock", token, content=large)).status_code == 413
        chunks = b"PUT /v1/apps/shop/lock HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token.encode()
        chunks += b"\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        answer = await served.raw(chunks + (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 20)
        assert not answer or answer.startswith(b"HTTP/1.1 413 ")  # reset, while more of it is on its way
        assert served.controller.state.lock is None
        assert (await served.tcp.post("/v1/session", content=b" " * 300_000)).status_code == 413

    steered(tmp_path, look)


def test_two_hundred_dashboards_fit_and_what_is_too_much_is_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bounds.most_connections() >= 250 or bounds.most_connections() == bounds.LEAST
    monkeypatch.setattr(bounds, "most_connections", lambda: 205)

    async def look(served: Steered) -> None:
        await served.tcp.aclose()
        token = (await served.token("viewer"))["token"]
        head = f"GET /v1/apps/shop/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        opened = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(204)]
        for _, writer in opened:
            writer.write(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        async with asyncio.timeout(60):
            for reader, _ in opened:
                assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            extra = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(3)]
            ended = 0
            for reader, _ in extra[1:]:
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
                ended += 1
        assert ended == 2
        for _, writer in [*opened, *extra]:
            writer.close()
        async with asyncio.timeout(20):
            while not (await served.raw(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")).startswith(b"HTTP/1.1 200"):
                await asyncio.sleep(0.01)

    steered(tmp_path, look)


def test_what_is_followed_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token("viewer"))["token"]
        head = f"GET /v1/apps/shop/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        served.controller.kept_open = writer  # type: ignore[attr-defined]

    steered(tmp_path, look)


def test_an_address_that_is_taken_is_a_warning_and_had_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "TRY_AGAIN_AFTER", 0.02)
    port = free_port()

    async def look(served: Steered) -> None:
        async def warned() -> list[str]:
            found: list[str] = (await served.owner.get("/v1/controller")).json()["warnings"]
            return found

        async with asyncio.timeout(20):
            while not await warned():
                await asyncio.sleep(0.01)
            (warning,) = await warned()
            assert f"127.0.0.1:{port} is not served" in warning
            holder.close()
            while await warned():
                await asyncio.sleep(0.01)
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/v1/me")).status_code == 401

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        steered(tmp_path, look, Settings(listen=f"127.0.0.1:{port}"))


def test_behind_a_proxy_the_name_of_the_file_is_served(tmp_path: Path) -> None:
    port = free_port()

    async def look(served: Steered) -> None:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for host, status in (("deploy.example.com", 401), ("localhost", 401), ("evil.example", 421)):
                assert (await client.get("/v1/me", headers={"Host": host})).status_code == status

    steered(tmp_path, look, Settings(listen=f"127.0.0.1:{port}", url="https://deploy.example.com"))


# --- TLS


def shown(port: int, *, version: ssl.TLSVersion | None = None, name: str | None = "localhost") -> bytes:
    """The certificate that a handshake is answered with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version is not None:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        found = connection.getpeercert(binary_form=True)
        assert found
        return found


def test_tls_is_served_and_follows_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "RENEW_EVERY", 0.02)
    home, folder = tmp_path / "home", tmp_path / "tls"
    home.mkdir()
    folder.mkdir()
    cert, key = certify(folder)
    port = free_port()

    async def look(served: Steered) -> None:
        async def show(**how: object) -> bytes:
            return await asyncio.to_thread(shown, port, **how)  # type: ignore[arg-type]

        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(OSError):
                    first = await show()
                    break
                await asyncio.sleep(0.01)
        assert await show(name=None) == first
        token = (await served.token())["token"]
        trust = ssl.create_default_context(cafile=str(cert))
        async with httpx2.AsyncClient(base_url=f"https://127.0.0.1:{port}", verify=trust) as client:
            answer = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            link = await client.post("/v1/session/links", headers={"Authorization": f"Bearer {token}"})
            assert link.status_code == 201
        for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with pytest.raises((ssl.SSLError, OSError)):
                await show(version=old)
        assert await show(version=ssl.TLSVersion.TLSv1_2)

        key.write_text("no key")
        async with asyncio.timeout(20):
            while not served.listeners.warnings():
                await asyncio.sleep(0.01)
        assert "still is" in served.listeners.warnings()[0]
        assert await show() == first
        certify(folder)
        async with asyncio.timeout(20):
            while await show() == first or served.listeners.warnings():
                await asyncio.sleep(0.01)
        assert await show(name=None) != first

    steered(home, look, Settings(listen=f"127.0.0.1:{port}", tls=Tls(str(cert), str(key))))


def test_a_certificate_that_is_missing_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "TRY_AGAIN_AFTER", 0.02)
    port = free_port()
    folder = tmp_path / "tls"
    folder.mkdir()

    async def look(served: Steered) -> None:
        async with asyncio.timeout(20):
            while not served.listeners.warnings():
                await asyncio.sleep(0.01)
            assert "tls.crt" in served.listeners.warnings()[0]
            certify(folder)
            while served.listeners.warnings():
                await asyncio.sleep(0.01)
        assert await asyncio.to_thread(shown, port)

    steered(tmp_path, look, Settings(listen=f"127.0.0.1:{port}", tls=Tls(f"{folder}/tls.crt", f"{folder}/tls.key")))


def test_handshakes_that_never_end_take_no_place_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "most_connections", lambda: 4)
    monkeypatch.setattr(bounds, "most_connections", lambda: 4)
    monkeypatch.setattr(server, "HANDSHAKE_WITHIN", 0.5)
    cert, key = certify(tmp_path)
    port = free_port()

    async def look(served: Steered) -> None:
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(shown, port)
                    break
                await asyncio.sleep(0.01)
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
            for reader, _ in silent:
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
            assert await asyncio.to_thread(shown, port)
        for _, writer in silent:
            writer.close()

    steered(tmp_path, look, Settings(listen=f"127.0.0.1:{port}", tls=Tls(str(cert), str(key))))
