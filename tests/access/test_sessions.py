"""However often somebody logs in: what is kept of it is bounded."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bluegreen.access import store as module
from bluegreen.access.access import FILE, Access
from bluegreen.access.database import Database
from bluegreen.core.access import Grant, Role

GRANTS = (Grant(Role.VIEWER),)


def kept(home: Path) -> list[str]:
    database = Database(home / FILE)
    try:
        return [c.id for c in database.credentials() if c.kind == "session"]
    finally:
        database.close()


def test_who_logs_in_for_every_request_fills_neither_memory_nor_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SESSIONS_EACH", 3)
    monkeypatch.setattr(module, "ENDED_EACH", 4, raising=False)

    async def log_in() -> tuple[list[str], list[str]]:
        access = Access(tmp_path)
        await access.open()
        token, _ = await access.store.add_token("ada", GRANTS, "owner", None)
        made = [(await access.store.add_session("ada", GRANTS, token))[0].id for _ in range(30)]
        others = [(await access.store.add_session("owner", GRANTS, None))[0].id for _ in range(2)]
        valid = [id for id in made if (c := access.store.find(id)) is not None and not access.store.void(c)]
        ended = [id for id in made if (c := access.store.find(id)) is not None and access.store.void(c)]
        assert (valid, ended) == (made[-3:], made[-7:-3])
        await access.close()
        return made, others

    made, others = asyncio.run(log_in())
    assert sorted(kept(tmp_path)) == sorted([*made[-7:], *others])


def test_a_session_that_is_open_is_never_forgotten_for_those_that_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENDED_EACH", 2, raising=False)

    async def log_in_and_out() -> None:
        access = Access(tmp_path)
        await access.open()
        first, _ = await access.store.add_session("owner", GRANTS, None)
        for _ in range(6):
            session, _ = await access.store.add_session("owner", GRANTS, None)
            await access.store.end_session(session.id, "owner")
        found = access.store.find(first.id)
        assert found is not None
        assert not access.store.void(found)
        await access.close()

    asyncio.run(log_in_and_out())
    assert len(kept(tmp_path)) <= 4
