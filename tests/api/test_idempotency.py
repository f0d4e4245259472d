"""Writes with an Idempotency-Key: sent twice, done once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import Request

from bluegreen.api.app import make_app
from bluegreen.api.problems import Problem
from bluegreen.api.repeats import FILE, KEPT_FOR, MOST_OF_ONE, Repeats
from bluegreen.api.repeats_file import Answer
from bluegreen.core.access import Grant, Principal, Role
from bluegreen.daemon import make_engine
from tests.api.posting import Served, served
from tests.engine.harness import APP

KEY = ("socket:ada", "one")
DONE = Answer(200, (("content-type", "application/json"),), b"{}")


async def put(served: Served, path: str, body: Any, key: str, actor: str = "ada") -> httpx2.Response:
    headers = {"Idempotency-Key": key, "X-Bluegreen-Actor": actor}
    return await served.steering.put(f"/v1/apps/{APP}{path}", json=body, headers=headers)


def test_the_same_write_many_times_at_once_is_done_once(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        before = served.controller.state.seq
        answers = await asyncio.gather(*(put(served, "/freeze", {"why": "audit"}, "k") for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
        assert len({answer.content for answer in answers}) == 1
        assert served.controller.state.seq == before + 1

    served(tmp_path, look)


def test_a_refusal_is_answered_again_and_another_request_is_refused(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        assert (await put(served, "/lock", {"why": "sale"}, "a")).status_code == 200
        first = await put(served, "/lock", {"why": "sale"}, "b")
        assert first.status_code == 409
        await served.steering.delete(f"/v1/apps/{APP}/lock")
        again = await put(served, "/lock", {"why": "sale"}, "b")
        assert (again.status_code, again.content) == (409, first.content)
        assert again.headers["content-type"] == "application/problem+json"
        assert again.headers["idempotency-replayed"] == "true"
        other = await put(served, "/lock", {"why": "another"}, "b")
        assert other.status_code == 422
        assert other.json()["what"] == "This Idempotency-Key was used for another request."
        assert (await put(served, "/lock", {"why": "sale"}, "b", actor="grace")).status_code == 200, "hers is another"
        assert (await put(served, "/lock", {"why": "sale"}, "")).status_code == 422

    served(tmp_path, look)


def test_reading_asks_for_no_key(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        for _ in range(2):
            answer = await served.steering.get(f"/v1/apps/{APP}", headers={"Idempotency-Key": "k"})
            assert answer.status_code == 200
            assert "idempotency-replayed" not in answer.headers

    served(tmp_path, look)


def test_bodies_that_are_read_in_a_stream_are_not_read_for_a_key(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        headers = {"Idempotency-Key": "k"}
        for _ in range(2):
            answer = await served.steering.put(f"/v1/artifacts/{'0' * 64}", content=b"no archive", headers=headers)
            assert answer.status_code == 422
            assert "idempotency-replayed" not in answer.headers

    served(tmp_path, look)


def life(home: Path, *acts: Any, now: float = 1000.0) -> Any:
    """What the last of the acts gives, each of them an ``async (repeats) -> Any`` in a controller of its own."""
    found = None
    for act in acts:

        async def run(act: Any = act) -> Any:
            repeats = Repeats(home, lambda: now, wait=0.05)
            try:
                return await act(repeats)
            finally:
                await repeats.close()

        found = asyncio.run(run())
    return found


async def begin(repeats: Repeats) -> None:
    assert await repeats.claim(KEY, b"f") is None
    await repeats.noted(KEY)


async def done(repeats: Repeats) -> None:
    await begin(repeats)
    repeats.end(KEY, DONE)


async def ask(repeats: Repeats) -> Answer | None:
    return await repeats.claim(KEY, b"f")


def test_the_next_controller_answers_again(tmp_path: Path) -> None:
    assert life(tmp_path, done, ask) == DONE


def test_what_had_begun_when_the_controller_ended_is_not_done_again(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="not known whether") as caught:
        life(tmp_path, begin, ask)
    assert caught.value.status == 409


def test_what_failed_may_be_tried_again(tmp_path: Path) -> None:
    async def failed(repeats: Repeats) -> None:
        await begin(repeats)
        repeats.end(KEY, None)

    assert life(tmp_path, failed, ask) is None


def test_one_that_is_still_under_way_is_waited_for_and_then_refused(tmp_path: Path) -> None:
    async def twice(repeats: Repeats) -> Answer | None:
        await begin(repeats)
        return await ask(repeats)

    with pytest.raises(Problem, match="still under way"):
        life(tmp_path, twice)


def test_keys_are_forgotten_after_a_day_and_when_one_caller_has_too_many(tmp_path: Path) -> None:
    life(tmp_path, done)
    assert life(tmp_path, ask, now=1000.0 + KEPT_FOR + 1) is None

    async def many(repeats: Repeats) -> list[Answer | None]:
        for number in range(MOST_OF_ONE + 1):
            key = ("socket:eve", str(number))
            await repeats.claim(key, b"f")
            repeats.end(key, DONE)
        return [await repeats.claim(("socket:eve", number), b"f") for number in ("0", "2")]

    other = tmp_path / "other"
    other.mkdir()
    assert life(other, many) == [None, DONE]


def test_a_file_that_cannot_be_used_holds_up_no_write(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()

    async def warned(repeats: Repeats) -> list[str]:
        await done(repeats)
        assert await ask(repeats) == DONE
        return repeats.warnings()

    assert "repeats.db cannot be used" in life(tmp_path, warned)[0]


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, and long enough to look at" * 40)
    assert life(tmp_path, done, ask) == DONE


def test_a_ci_job_that_asks_again_with_a_new_token_is_known(tmp_path: Path) -> None:
    app = make_app(make_engine(tmp_path), tmp_path, lambda everything: None)
    tokens = iter(("first", "second"))

    async def authenticate(request: Request) -> Principal:
        return Principal("github:acme/shop@main", (Grant(Role.DEPLOYER, APP),), "oidc", next(tokens))

    async def twice() -> list[httpx2.Response]:
        app.state.authenticate = authenticate
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            ask = {"json": {"why": "sale"}, "headers": {"Idempotency-Key": "k"}}
            answers = [await client.put(f"/v1/apps/{APP}/lock", **ask) for _ in range(2)]
        await app.state.repeats.close()
        return answers

    first, second = asyncio.run(twice())
    assert first.status_code == second.status_code == 404
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
