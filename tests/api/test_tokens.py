"""Tokens over TCP: who has none, a wrong one, one that ended, or one for something else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bluegreen.core.logins import EACH, WINDOW
from tests.api.steered import Steered, steered

HOUR = 3600.0


def test_without_a_token_every_operation_asks_for_one(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        for method, path in (
            ("GET", "/v1/apps"),
            ("GET", "/v1/controller"),
            ("GET", "/v1/me"),
            ("GET", "/v1/openapi.json"),
            ("POST", "/v1/apps/shop/rollback"),
            ("DELETE", "/v1/apps/shop/lock"),
            ("POST", "/v1/tokens"),
            ("GET", "/v1/audit"),
            ("DELETE", "/v1/session"),
        ):
            answer = await served.ask(method, path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == 'Bearer realm="bluegreen"'
            assert answer.headers["content-type"] == "application/problem+json"
            assert {"what", "why", "cure", "status"} <= set(answer.json())

    steered(tmp_path, look)


def test_nobody_is_read_to_the_end_who_does_not_say_who_it_is(tmp_path: Path) -> None:
    """What is wrong with a body is told to nobody without a token, and a large one is not taken in."""

    async def look(served: Steered) -> None:
        head = b"POST /v1/apps/shop/deployments HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n{"
        answer = await served.raw(head)
        assert answer.startswith(b"HTTP/1.1 401 ")
        for body in (b"{", b"{}", b"\xff", b"[" * 5000):
            broken = await served.ask("POST", "/v1/tokens", content=body, headers={"Content-Type": "application/json"})
            assert broken.status_code == 401

    steered(tmp_path, look)


def test_a_token_does_what_its_roles_allow_and_nothing_else(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        viewer = (await served.token("viewer", "shop", "eve"))["token"]
        other = (await served.token("deployer", "blog", "bob"))["token"]
        assert (await served.ask("GET", "/v1/apps/shop", viewer)).status_code == 200
        assert (await served.ask("PUT", "/v1/apps/shop/lock", viewer, json={"why": "x"})).status_code == 403
        assert (await served.ask("GET", "/v1/audit", viewer)).status_code == 403
        # Whether there is such an application is not told to who has no right on it.
        hidden = [await served.ask("GET", path, other) for path in ("/v1/apps/shop", "/v1/apps/nosuch")]
        assert [answer.status_code for answer in hidden] == [403, 403]
        assert hidden[0].json()["what"] == hidden[1].json()["what"].replace("nosuch", "shop")
        assert (await served.ask("GET", "/v1/apps", other)).json()["apps"] == []
        (line,) = await served.trail(who="eve")
        assert (line["outcome"], line["status"], line["operation"], line["app"]) == ("refused", 403, "lock", "shop")

    steered(tmp_path, look)


def test_a_token_is_made_once_listed_without_its_text_and_revoked(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        made = await served.token("deployer", "shop", lasts=HOUR)
        listed = await served.owner.get("/v1/tokens")
        assert made["token"].split("_", 2)[2] not in listed.text
        (one,) = listed.json()["tokens"]
        assert (one["id"], one["name"], one["by"], one["valid"]) == (made["id"], "ada", "owner@here", True)
        assert (await served.ask("GET", "/v1/me", made["token"])).json()["name"] == "ada"
        assert (await served.owner.get("/v1/tokens")).json()["tokens"][0]["last_used"] is not None
        gone = await served.owner.delete(f"/v1/tokens/{made['id']}")
        assert gone.json()["revoked_by"] == "owner@here"
        refused = await served.ask("GET", "/v1/me", made["token"])
        assert (refused.status_code, refused.json()["why"]) == (401, "It was revoked.")
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        again = await served.owner.delete(f"/v1/tokens/{made['id']}")
        assert again.json()["revoked"] == gone.json()["revoked"]
        assert (await served.owner.delete("/v1/tokens/000000000000")).status_code == 404

    steered(tmp_path, look)


def test_a_token_ends_when_it_was_to_end(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        made = await served.token(lasts=HOUR)
        for_ever = await served.token(lasts=None)
        served.clock.ahead = HOUR - 5
        assert (await served.ask("GET", "/v1/me", made["token"])).status_code == 200
        served.clock.ahead = HOUR + 5
        assert (await served.ask("GET", "/v1/me", made["token"])).json()["why"] == "It has expired."
        served.clock.ahead = 1e9
        assert (await served.ask("GET", "/v1/me", for_ever["token"])).status_code == 200

    steered(tmp_path, look)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "grants": []},
        {"name": "", "grants": [{"role": "viewer"}]},
        {"name": "github:acme/shop@main", "grants": [{"role": "viewer"}]},
        {"name": "x\n", "grants": [{"role": "viewer"}]},
        {"name": "x", "grants": [{"role": "root"}]},
        {"name": "x", "grants": [{"role": "viewer", "app": "../etc"}]},
        {"name": "x", "grants": [{"role": "viewer"}], "lasts": 0},
        {"name": "x", "grants": [{"role": "viewer"}], "lasts": 1e12},
        {"name": "x", "grants": [{"role": "viewer"}], "admin": True},
    ],
)
def test_what_a_token_cannot_be(tmp_path: Path, body: object) -> None:
    async def look(served: Steered) -> None:
        assert (await served.owner.post("/v1/tokens", json=body)).status_code == 422
        assert (await served.owner.get("/v1/tokens")).json()["tokens"] == []

    steered(tmp_path, look)


def test_tokens_are_paged(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        made = {(await served.token(name=f"user {number}"))["id"] for number in range(5)}
        found, following = [], "/v1/tokens?limit=2"
        while following:
            page = (await served.owner.get(following)).json()
            found += [token["id"] for token in page["tokens"]]
            following = page["next"]
        assert len(found) == 5
        assert set(found) == made

    steered(tmp_path, look)


def test_guessing_ends_soon_and_locks_out_nobody_who_is_let_in(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        known = (await served.token())["token"]
        fresh = (await served.token(name="bob"))["token"]
        assert (await served.ask("GET", "/v1/me", known)).status_code == 200
        wrong = known[:-1] + ("a" if known[-1] != "a" else "b")
        guesses = [fresh.replace("bgt", "bgs"), "x", "bgt_000000000000_" + "a" * 43, "a.b.c", "é" * 3]
        for number in range(EACH):
            guess = guesses[number % len(guesses)]
            assert (await served.ask("GET", "/v1/me", guess)).status_code == 401
        for credential in (guesses[1], fresh):
            late = await served.ask("GET", "/v1/me", credential)
            assert late.status_code == 429
            assert 0 < int(late.headers["retry-after"]) <= WINDOW
        login = await served.tcp.post("/v1/session", json={"token": fresh})
        assert (login.status_code, "retry-after" in login.headers) == (429, True)
        assert (await served.ask("GET", "/v1/me", known)).status_code == 200  # logged in before, from here
        assert (await served.ask("GET", "/v1/me", wrong)).status_code == 401
        assert (await served.tcp.post("/v1/session", json={"token": known})).status_code == 201
        link = (await served.owner.post("/v1/session/links")).json()["url"].partition("#code=")[2]
        session = await served.tcp.post("/v1/session", json={"code": link})
        assert session.status_code == 201
        assert (await served.ask("GET", "/v1/me", session.json()["session"])).status_code == 200
        assert (await served.owner.get("/v1/me")).status_code == 200
        served.clock.ahead = WINDOW + 1
        assert (await served.ask("GET", "/v1/me", fresh)).status_code == 200

    steered(tmp_path, look)


def test_an_old_page_that_goes_on_asking_does_not_lock_its_user_out(tmp_path: Path) -> None:
    """Whoever has the secret of a token that has ended is not guessing."""

    async def look(served: Steered) -> None:
        old, new = await served.token(), await served.token(name="new")
        await served.owner.delete(f"/v1/tokens/{old['id']}")
        for _ in range(3 * EACH):
            assert (await served.ask("GET", "/v1/me", old["token"])).status_code == 401
        assert (await served.ask("GET", "/v1/me", new["token"])).status_code == 200

    steered(tmp_path, look)


def test_what_is_followed_ends_with_its_token(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        made = await served.token("viewer", "shop")
        request = (
            f"GET /v1/apps/shop/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {made['token']}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(request.encode())
        async with asyncio.timeout(20):
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(b"\n\n")
            await served.owner.delete(f"/v1/tokens/{made['id']}")
            await served.owner.put("/v1/apps/shop/lock", json={"why": "a secret reason"})
            rest = await reader.readuntil(b"0\r\n\r\n")
        assert b"secret reason" not in rest
        writer.close()

    steered(tmp_path, look)


def test_tokens_and_sessions_outlive_the_controller(tmp_path: Path) -> None:
    kept: list[str] = []

    async def first(served: Steered) -> None:
        made = await served.token("viewer")
        session = (await served.tcp.post("/v1/session", json={"token": made["token"]})).json()
        revoked = await served.token(name="gone")
        await served.owner.delete(f"/v1/tokens/{revoked['id']}")
        kept.extend([made["token"], session["session"], revoked["token"]])

    async def second(served: Steered) -> None:
        answers = [await served.ask("GET", "/v1/me", credential) for credential in kept]
        assert [answer.status_code for answer in answers] == [200, 200, 401]

    steered(tmp_path, first)
    steered(tmp_path, second)


def test_no_secret_is_kept_anywhere(tmp_path: Path) -> None:
    secrets: list[str] = []

    async def look(served: Steered) -> None:
        made = await served.token("deployer", "shop")
        session = (await served.tcp.post("/v1/session", json={"token": made["token"]})).json()["session"]
        link = (await served.ask("POST", "/v1/session/links", session)).json()["url"]
        secrets.extend(text.rpartition("bg")[2].split("_", 2)[2] for text in (made["token"], session, link))
        await served.ask("PUT", "/v1/apps/shop/lock", session, json={"why": "sale"})
        await served.ask("PUT", f"/v1/apps/{made['token']}/lock", made["token"], json={"why": "by mistake"})
        await served.owner.put(f"/v1/apps/{made['token']}/freeze/{session}", json={"why": "by mistake"})
        await served.tcp.post("/v1/session", json={"token": made["token"] + "x"})
        await served.trail()

    steered(tmp_path, look)
    assert len(secrets) == 3
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], file


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        await served.token()
        for file in tmp_path.glob("access.db*"):
            assert file.stat().st_mode & 0o777 == 0o600

    steered(tmp_path, look)
