"""The audit trail: every write and every refused login, whatever happens, and never what was sent."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bluegreen.access.database import Database
from bluegreen.core.audit import Recorded
from bluegreen.core.errors import TemporaryError
from tests.api.steered import Steered, steered


def test_every_write_is_there_with_who_from_where_and_what(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = await served.token("deployer", "shop")
        await served.ask("GET", "/v1/apps/shop", token["token"])
        await served.ask("PUT", "/v1/apps/shop/lock?x=hidden", token["token"], json={"why": "the body"})
        await served.ask("POST", "/v1/apps/shop/down", token["token"])
        await served.ask("POST", "/v1/apps/shop/rollback", token["token"], json={"to": "nonsense"})
        await served.owner.delete("/v1/apps/shop/lock")
        lines = await served.trail()
        assert [(line["operation"], line["outcome"], line["status"]) for line in lines] == [
            ("unlock", "accepted", 200),
            ("rollback", "refused", 422),
            ("down", "refused", 403),
            ("lock", "accepted", 200),
            ("create_token", "accepted", 201),
        ]
        lock = lines[3]
        assert (lock["who"], lock["via"], lock["credential"]) == ("ada", "token", token["id"])
        assert (lock["from"], lock["method"], lock["path"], lock["app"]) == (
            "127.0.0.1",
            "PUT",
            "/v1/apps/shop/lock",
            "shop",
        )
        assert (lines[0]["who"], lines[0]["via"], lines[0]["from"]) == ("owner@here", "socket", "socket")
        assert token["id"] in lines[4]["why"]
        whole = str(lines)
        assert "the body" not in whole
        assert "hidden" not in whole
        assert "nonsense" not in whole

    steered(tmp_path, look)


LOCK = "/v1/apps/shop/lock"
UNKNOWN = "bgt_000000000000_" + "a" * 43


@pytest.mark.parametrize(
    ("sent", "status", "why"),
    [
        ({"json": {"why": "x"}}, 401, "No token was sent."),
        ({"credential": UNKNOWN, "json": {"why": "x"}}, 401, "This is no valid credential."),
        ({"json": {"why": "x"}, "headers": {"Host": "evil.example"}}, 421, "Nothing is served under that name."),
        ({"path": "/v1/apps/shop%2flock"}, 400, "What was sent is not valid."),
    ],
)
def test_what_is_refused_before_its_body_is_read_is_there_as_it_was_answered(
    tmp_path: Path, sent: dict[str, Any], status: int, why: str
) -> None:
    async def look(served: Steered) -> None:
        answer = await served.ask("PUT", sent.pop("path", LOCK), sent.pop("credential", None), **sent)
        (line,) = await served.trail()
        assert (answer.status_code, line["status"], line["outcome"]) == (status, status, "refused")
        assert (line["who"], line["from"], line["why"]) == (None, "127.0.0.1", why)

    steered(tmp_path, look)


def test_a_body_that_is_too_large_is_there_with_who_sent_it(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        viewer = await served.token("viewer", "shop")
        # As much as a stranger may send: who may not do it has no use for more of the memory.
        assert (await served.ask("PUT", LOCK, viewer["token"], content=b" " * 300_000)).status_code == 413
        line = (await served.trail())[0]
        assert (line["who"], line["credential"], line["status"]) == ("ada", viewer["id"], 413)

    steered(tmp_path, look)


def test_failed_logins_of_an_address_are_one_line_a_minute(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        served.clock.ahead = 60 - served.clock() % 60
        for number in range(25):
            await served.ask("GET", "/v1/apps", f"wrong {number}")
        await served.tcp.post("/v1/session", json={"token": "wrong"})
        (line,) = await served.trail()
        assert (line["who"], line["from"], line["count"]) == (None, "127.0.0.1", 26)
        served.clock.ahead += 61
        await served.ask("POST", "/v1/apps/shop/rollback", "wrong")
        lines = await served.trail()
        assert [line["count"] for line in lines] == [1, 26]
        assert lines[0]["path"] == "/v1/apps/shop/rollback"
        # No credential at all is no login.
        await served.ask("GET", "/v1/apps")
        assert len(await served.trail()) == 2

    steered(tmp_path, look)


def test_many_addresses_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.access.audit.STRANGERS", 3)
    addresses = iter(f"192.0.2.{number}" for number in range(100))
    monkeypatch.setattr("bluegreen.api.audit.address_of", lambda scope: next(addresses))

    async def look(served: Steered) -> None:
        served.clock.ahead = 60 - served.clock() % 60
        for number in range(9):
            await served.ask("GET", "/v1/apps", f"wrong {number}")
        lines = await served.trail()
        assert [(line["from"], line["count"]) for line in reversed(lines)] == [
            ("192.0.2.0", 1),
            ("192.0.2.1", 1),
            ("192.0.2.2", 1),
            ("elsewhere", 6),
        ]

    steered(tmp_path, look)


def test_it_is_paged_and_filtered(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = (await served.token("viewer", name="eve"))["token"]
        for _ in range(5):
            await served.owner.put("/v1/apps/shop/lock", json={"why": "x"})
            await served.owner.delete("/v1/apps/shop/lock")
        await served.ask("POST", "/v1/apps/shop/down", token)
        found, following = [], "/v1/audit?limit=2&app=shop"
        while following:
            page = (await served.owner.get(following)).json()
            assert len(page["audit"]) <= 2
            found += [line["id"] for line in page["audit"]]
            following = page["next"]
        assert found == sorted(found, reverse=True)
        assert len(found) == 11
        assert [line["who"] for line in await served.trail(outcome="refused")] == ["eve"]
        assert len(await served.trail(who="owner@here", outcome="accepted")) == 11
        assert await served.trail(app="nosuch") == []

    steered(tmp_path, look)


def test_a_full_disk_holds_up_nothing_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.access.audit.TRY_AGAIN_AFTER", 0.02)
    real = Database.record
    full = True

    def record(self: Database, lines: list[Recorded]) -> None:
        if full:
            raise TemporaryError("access.db cannot be used.", why="The disk is full.")
        real(self, lines)

    monkeypatch.setattr(Database, "record", record)

    async def look(served: Steered) -> None:
        nonlocal full
        assert (await served.owner.put("/v1/apps/shop/lock", json={"why": "x"})).status_code == 200

        async def warned() -> list[str]:
            found: list[str] = (await served.owner.get("/v1/controller")).json()["warnings"]
            return found

        async with asyncio.timeout(20):
            while not any("disk is full" in warning for warning in await warned()):
                await asyncio.sleep(0.01)
        assert (await served.owner.get("/v1/audit")).status_code == 503
        full = False
        async with asyncio.timeout(20):
            while await warned():
                await asyncio.sleep(0.01)
        assert [line["operation"] for line in await served.trail()] == ["lock"]

    steered(tmp_path, look)


def test_what_waits_for_the_disk_is_bounded_and_what_is_lost_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluegreen.access.audit.MOST", 3)
    monkeypatch.setattr("bluegreen.access.audit.TRY_AGAIN_AFTER", 0.02)

    def record(self: Database, lines: object) -> None:
        raise TemporaryError("no", why="The disk is full.")

    monkeypatch.setattr(Database, "record", record)

    async def look(served: Steered) -> None:
        for _ in range(5):
            assert (await served.owner.post("/v1/session/links")).status_code == 201
        assert any("misses 2 attempts" in warning for warning in served.access.warnings())

    steered(tmp_path, look)


def test_the_trail_is_append_only(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        await served.owner.put("/v1/apps/shop/lock", json={"why": "x"})
        await served.ask("GET", "/v1/apps", "wrong")
        await served.trail()

    steered(tmp_path, look)
    database = sqlite3.connect(tmp_path / "access.db")
    for change in ("DELETE FROM audit", "UPDATE audit SET who = 'eve'", "UPDATE audit SET count = 0"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(change)
    assert database.execute("SELECT count(*) FROM audit").fetchone() == (2,)


def test_business_events_are_no_steering(tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        for _ in range(3):
            answer = await served.ask("POST", "/v1/apps/shop/events", "not.a.token", json={"events": []})
            assert answer.status_code in (401, 403)
        assert await served.trail() == []

    steered(tmp_path, look)


def test_a_damaged_file_lets_nobody_in_and_steering_goes_on(tmp_path: Path) -> None:
    (tmp_path / "access.db").write_bytes(b"no database at all" * 100)

    async def look(served: Steered) -> None:
        assert (await served.owner.put("/v1/apps/shop/lock", json={"why": "x"})).status_code == 200
        assert (await served.ask("GET", "/v1/apps", "bgt_000000000000_" + "a" * 43)).status_code == 401
        assert any("damaged" in warning for warning in served.access.warnings())
        refused = await served.owner.post("/v1/tokens", json={"name": "x", "grants": [{"role": "viewer"}]})
        assert (refused.status_code, "damaged" in refused.json()["what"]) == (500, True)

    steered(tmp_path, look)
    assert (tmp_path / "access.db").read_bytes().startswith(b"no database at all")
