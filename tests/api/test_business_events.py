"""Reporting what users did: who may, what is counted, what is refused and how that is said."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.api.business_events import LARGEST
from bluegreen.core.model import Color
from bluegreen.engine.event_tokens import Run
from tests.api.posting import PURCHASE, Served, served
from tests.engine.harness import APP


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["what"]
    assert found["cure"]
    return found


def test_each_release_is_counted_for_itself(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        live, old = served.live, served.live.other
        batch = {
            "events": [{"name": "visit", "count": 20}, {"name": "purchase"}, {"name": "visit", "count": 1_000_000}]
        }
        answer = await served.post(batch)
        assert (answer.status_code, answer.json()) == (202, {"counted": 1_000_021})
        assert (await served.post(PURCHASE, served.token(old))).json() == {"counted": 1}
        assert (await served.post({"events": []})).json() == {"counted": 0}
        assert served.totals(live) == {"visit": 1_000_020, "purchase": 1}
        assert served.totals(old) == {"purchase": 1}

    served(tmp_path, look)


def test_the_unix_socket_takes_them_too_and_the_journal_is_beside_them(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        token = served.token(served.live)
        path, headers = f"/v1/apps/{APP}/events", {"Authorization": f"bearer {token}"}
        before = (await served.steering.get(path, params={"limit": 1000})).json()
        assert (await served.steering.post(path, json=PURCHASE, headers=headers)).json() == {"counted": 1}
        after = (await served.steering.get(path, params={"limit": 1000})).json()
        assert after == before, "business events are not journalled"
        assert after["events"]
        assert token not in json.dumps(after)
        assert (await served.steering.post(path, json=PURCHASE)).status_code == 401

    served(tmp_path, look)


def test_the_loopback_address_serves_nothing_else(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        headers = {"Authorization": f"Bearer {served.token(served.live)}"}
        for method, path in [
            ("GET", "/v1/apps"),
            ("GET", f"/v1/apps/{APP}"),
            ("GET", f"/v1/apps/{APP}/preview"),
            ("POST", f"/v1/apps/{APP}/rollback"),
            ("POST", "/v1/controller/stop"),
            ("GET", "/v1/openapi.json"),
            ("GET", "/docs"),
            ("GET", "/"),
        ]:
            assert (await served.loopback.request(method, path, headers=headers)).status_code == 404, path
        assert (await served.loopback.get(f"/v1/apps/{APP}/events", headers=headers)).status_code == 405

    served(tmp_path, look)


def test_the_openapi_document_describes_it(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        document = (await served.steering.get("/v1/openapi.json")).json()
        operation = document["paths"]["/v1/apps/{app}/events"]["post"]
        (scheme,) = operation["security"][0]
        assert document["components"]["securitySchemes"][scheme] | {"description": ""} == {
            "type": "http",
            "scheme": "bearer",
            "description": "",
        }
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["properties"]["events"]["maxItems"] == 1000
        assert schema["properties"]["events"]["items"]["required"] == ["name"]
        assert "$ref" not in json.dumps(operation["requestBody"])

    served(tmp_path, look)


def test_without_a_token_nothing_is_counted(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}):
            answer = await served.loopback.post(f"/v1/apps/{APP}/events", json=PURCHASE, headers=headers)
            assert "BLUEGREEN_EVENTS_TOKEN" in problem(answer, 401)["cure"]
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert served.totals(served.live) == {}

    served(tmp_path, look)


def test_whoever_is_not_the_run_is_refused(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        store, run = served.controller.engine.services.store, served.run(served.live)
        gone = Run(APP, run.color, run.release, 99).token(store)
        other = Run("other", run.color, run.release, run.generation).token(store)
        forged = served.token(served.live)[:-8] + "AAAAAAAA"
        assert "does not exist any more" in problem(await served.post(PURCHASE, gone), 403)["what"]
        assert "given to an instance of other" in problem(await served.post(PURCHASE, other), 403)["why"]
        assert "not one of this controller's" in problem(await served.post(PURCHASE, forged), 403)["what"]
        # Which applications there are is told to nobody.
        unknown = problem(await served.post(PURCHASE, forged, app="unknown"), 403)
        assert unknown == problem(await served.post(PURCHASE, forged), 403)
        raw = await asyncio.to_thread(_raw, served.port, b"Authorization: Bearer \xff\xfe\x80\r\n")
        assert raw.startswith(b"HTTP/1.1 403 ")
        assert {color: served.totals(color) for color in Color} == {Color.BLUE: {}, Color.GREEN: {}}

    served(tmp_path, look)


def test_a_token_ends_with_its_run(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        color, token = served.live.other, served.token(served.live.other)
        assert (await served.post(PURCHASE, token)).status_code == 202
        await served.controller.live()  # it takes the environment
        assert served.live is color
        assert "does not exist any more" in problem(await served.post(PURCHASE, token), 403)["what"]
        assert served.totals(color) == {}
        assert (await served.post(PURCHASE)).status_code == 202

    served(tmp_path, look)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        {},
        {"events": [{"name": "purchase"}], "user": "ada"},
        {"events": [{"name": "purchase", "user": "ada"}]},
        {"events": [{"count": 1}]},
        *(
            {"events": [{"name": "a"}, {"name": "a", "count": count}]}
            for count in (0, -1, 1_000_001, 1.0, "1", True, None)
        ),
        *(
            {"events": [{"name": name}]}
            for name in ("", "Purchase", "1st", "a b", "a\n", "a/b", "ä", "a" * 65, 7, None)
        ),
        {"events": [{"name": "a"}] * 1001},
        {"events": [{"name": f"n{n}"} for n in range(101)]},
    ],
    ids=lambda body: repr(body)[:60],
)
def test_what_does_not_fit_is_refused_whole(tmp_path: Path, body: Any) -> None:
    async def look(served: Served) -> None:
        assert "ada" not in json.dumps(problem(await served.post(body), 422))
        assert served.totals(served.live) == {}

    served(tmp_path, look)


def test_the_largest_batch_fits(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        names = [f"{n:02}".join(("a", "x" * 61)) for n in range(100)]
        batch = {"events": [{"name": name, "count": 1_000_000} for name in names * 10]}
        assert len(json.dumps(batch)) < LARGEST
        assert (await served.post(batch)).json() == {"counted": 10**9}

    served(tmp_path, look)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        token = f"Authorization: Bearer {served.token(served.live)}\r\n".encode()
        announced = b"Content-Length: %d\r\n" % (LARGEST + 1)
        answer = await asyncio.to_thread(_raw, served.port, token + announced)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"cure":"Send at most' in answer
        chunk = b"%x\r\n%s\r\n" % (1000, b" " * 1000)
        more = chunk * (LARGEST // 1000 + 1)
        answer = await asyncio.to_thread(_raw, served.port, token + b"Transfer-Encoding: chunked\r\n", more)
        assert answer.startswith(b"HTTP/1.1 413 ")

    served(tmp_path, look)


def _raw(port: int, headers: bytes, body: bytes = b"") -> bytes:
    """The answer to a request whose end is never sent."""
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST /v1/apps/shop/events HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n" + body)
        answer = b""
        while b"}" not in answer:
            received = connection.recv(65536)
            if not received:
                break
            answer += received
        return answer
