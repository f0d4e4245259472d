"""Logging in at the dashboard: with a token, with a link, and out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.core.credentials import SESSION_LASTS
from tests.api.steered import Json, Steered, steered

HOUR = 3600.0


async def log_in(served: Steered, **sent: str) -> Json:
    answer = await served.tcp.post("/v1/session", json=sent)
    assert answer.status_code == 201, answer.text
    session: Json = answer.json()
    return session


async def me(served: Steered, credential: str) -> int:
    return (await served.ask("GET", "/v1/me", credential)).status_code


def test_a_session_does_what_its_token_does_and_dies_with_it(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = await served.token("deployer", "shop")
        session = await log_in(served, token=token["token"])
        assert session["expires"] == pytest.approx(served.clock() + SESSION_LASTS, abs=60)
        assert session["me"]["name"] == "ada"
        assert session["me"]["rights"]["shop"]
        assert session["me"]["all"] == []
        locked = await served.ask("PUT", "/v1/apps/shop/lock", session["session"], json={"why": "sale"})
        assert locked.status_code == 200
        assert served.controller.state.lock.actor == "ada"
        assert (await served.ask("POST", "/v1/tokens", session["session"], json={})).status_code == 403
        await served.owner.delete(f"/v1/tokens/{token['id']}")
        refused = await served.ask("GET", "/v1/me", session["session"])
        assert (refused.status_code, "token" in refused.json()["why"]) == (401, True)
        assert (await served.tcp.post("/v1/session", json={"token": token["token"]})).status_code == 401

    steered(tmp_path, look)


def test_a_session_ends_by_itself_and_by_logging_out(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token(lasts=HOUR))["token"]
        short = await log_in(served, token=token)
        assert short["expires"] <= served.clock() + HOUR
        gone = await log_in(served, token=token)
        assert (await served.ask("DELETE", "/v1/session", gone["session"])).status_code == 200
        assert (await me(served, gone["session"]), await me(served, short["session"])) == (401, 200)
        assert (await served.ask("DELETE", "/v1/session", token)).status_code == 409
        served.clock.ahead = HOUR + 1
        assert await me(served, short["session"]) == 401
        served.clock.ahead = 0.0
        long = await log_in(served, token=(await served.token(lasts=None))["token"])
        served.clock.ahead = SESSION_LASTS + 1
        assert await me(served, long["session"]) == 401

    steered(tmp_path, look)


def test_a_link_logs_in_once_and_for_a_minute(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        made = (await served.owner.post("/v1/session/links")).json()
        address, _, code = made["url"].partition("/#code=")
        assert address == f"http://127.0.0.1:{served.port}"
        session = await log_in(served, code=code)
        assert (session["me"]["name"], "administer" in session["me"]["all"]) == ("owner@here", True)
        assert (await served.tcp.post("/v1/session", json={"code": code})).status_code == 401
        late = (await served.owner.post("/v1/session/links")).json()["url"].partition("#code=")[2]
        served.clock.ahead = 61
        assert (await served.tcp.post("/v1/session", json={"code": late})).status_code == 401

    steered(tmp_path, look)


def test_a_link_gives_no_more_than_who_asked_for_it_has(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = await served.token("viewer", "shop", "eve", lasts=HOUR)
        first = await log_in(served, token=token["token"])
        link = (await served.ask("POST", "/v1/session/links", first["session"])).json()["url"]
        second = await log_in(served, code=link.partition("#code=")[2])
        assert second["me"]["grants"] == [{"role": "viewer", "app": "shop"}]
        assert second["expires"] <= served.clock() + HOUR
        waiting = (await served.ask("POST", "/v1/session/links", token["token"])).json()["url"]
        await served.owner.delete(f"/v1/tokens/{token['id']}")
        assert await me(served, second["session"]) == 401
        assert (await served.tcp.post("/v1/session", json={"code": waiting.partition("#code=")[2]})).status_code == 401

    steered(tmp_path, look)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"token": "x", "code": "y"},
        {"token": None},
        {"token": ""},
        {"token": "x" * 1000},
        {"code": 5},
        [],
        "x",
        None,
    ],
)
def test_what_is_no_login(tmp_path: Path, sent: object) -> None:
    async def look(served: Steered) -> None:
        assert (await served.tcp.post("/v1/session", json=sent)).status_code == 422

    steered(tmp_path, look)


def test_one_kind_of_credential_is_not_another(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        session = (await log_in(served, token=token))["session"]
        code = (await served.owner.post("/v1/session/links")).json()["url"].partition("#code=")[2]
        assert await me(served, code) == 401
        for sent in ({"token": session}, {"token": code}, {"code": token}, {"code": session}):
            assert (await served.tcp.post("/v1/session", json=sent)).status_code == 401
        for changed in ("bgs" + token[3:], "bgt" + session[3:], token.upper(), token + "=", f" {token}x"):
            assert await me(served, changed) == 401

    steered(tmp_path, look)


def test_the_oldest_session_ends_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.access.store.SESSIONS_EACH", 3)

    async def look(served: Steered) -> None:
        token = (await served.token())["token"]
        sessions = [(await log_in(served, token=token))["session"] for _ in range(5)]
        assert [await me(served, session) for session in sessions] == [401, 401, 200, 200, 200]

    steered(tmp_path, look)


def test_who_one_is(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        owner = (await served.owner.get("/v1/me")).json()
        assert (owner["name"], owner["via"], owner["grants"]) == (
            "owner@here",
            "socket",
            [{"role": "admin", "app": None}],
        )
        approver = (await served.token("approver", "shop", "bob"))["token"]
        found = (await served.ask("GET", "/v1/me", approver)).json()
        assert found["via"] == "token"
        assert found["rights"] == {"shop": ["approve", "lock", "preview", "read", "roll back"]}

    steered(tmp_path, look)
