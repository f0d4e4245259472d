"""The credentials of a controller: looked up in memory, kept in ``access.db``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bluegreen.access.secret import Secret, new_secret
from bluegreen.access.thread import DatabaseThread
from bluegreen.core.access import Grant
from bluegreen.core.credentials import Credential, session_expires, void
from bluegreen.core.errors import BluegreenError, NotFound, Refused

log = structlog.get_logger()

USED_EVERY = 60.0
"""Seconds: the last use of a credential is written no more often."""
SESSIONS_EACH = 500
"""Sessions of one token that are open at once; the oldest one ends when there is one more."""
ENDED_EACH = 500
"""Sessions of one token that have ended and are remembered: who logs in at every request fills nothing up."""
KEPT = 7 * 24 * 3600.0
"""Seconds for which a session is remembered after its end, so that who still has it is told so."""
TRY_AGAIN_AFTER = 10.0


class Store:
    """Tokens and sessions."""

    def __init__(self, thread: DatabaseThread, clock: Callable[[], float]) -> None:
        self._thread = thread
        self._clock = clock
        self._all: dict[str, Credential] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loaded = False
        self.ended = 0
        """How many credentials were ended: who goes on only while nothing has changed compares it."""

    async def open(self) -> None:
        """Load what is kept; while that cannot be read, nobody is known, and it is tried again."""
        try:
            await self._load()
        except BluegreenError as error:
            log.warning("tokens cannot be read", why=str(error))
            self._beside(self._load_later())

    async def _load(self) -> None:
        found = await self._thread.run(lambda database: database.credentials())
        self._all |= {credential.id: credential for credential in found}
        self._loaded = True
        await self._forget_old()

    async def _load_later(self) -> None:
        while not self._loaded:
            await asyncio.sleep(TRY_AGAIN_AFTER)
            try:
                await self._load()
            except BluegreenError:
                continue

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- looking

    @property
    def tokens(self) -> Sequence[Credential]:
        """Every token there ever was, the newest one first."""
        found = [credential for credential in self._all.values() if credential.kind == "token"]
        return sorted(found, key=lambda credential: (-credential.created, credential.id))

    def find(self, id: str) -> Credential | None:
        return self._all.get(id)

    def void(self, credential: Credential) -> str:
        """Why it is not valid any more; empty while it is."""
        parent = self._all.get(credential.parent) if credential.parent is not None else None
        return void(credential, parent, self._clock())

    # --- changing: on the disk when it returns

    async def add_token(
        self, name: str, grants: Sequence[Grant], by: str, expires: float | None
    ) -> tuple[Credential, Secret]:
        """A new token, and its text: shown to who asked for it, and kept nowhere."""
        secret = new_secret("token")
        token = Credential(secret.id, "token", name, tuple(grants), secret.digest, self._clock(), by, expires)
        await self._add(token)
        return token, secret

    async def add_session(
        self, name: str, grants: Sequence[Grant], parent: Credential | None
    ) -> tuple[Credential, Secret]:
        """A session of somebody; with ``parent``, the token or session that it is opened with, it ends with that."""
        secret, now = new_secret("session"), self._clock()
        token = None
        if parent is not None:
            token = parent.id if parent.kind == "token" else parent.parent
        expires = session_expires(parent, now)
        session = Credential(secret.id, "session", name, tuple(grants), secret.digest, now, name, expires, token)
        await self._add(session)
        await self._end_oldest(token)
        return session, secret

    async def revoke(self, id: str, by: str) -> Credential:
        """End a token, with its sessions. Doing it again changes nothing. Raises NotFound."""
        token = self._all.get(id)
        if token is None or token.kind != "token":
            raise NotFound(f"There is no token `{id[:40]}`.", cure="`bluegreen token list` shows them.")
        return await self._revoke(token, by)

    async def end_session(self, id: str, by: str) -> None:
        """End a session. Raises Refused when it is none."""
        session = self._all.get(id)
        if session is None or session.kind != "session":
            raise Refused("You are not logged in with a session.", cure="`bluegreen token revoke` ends a token.")
        await self._revoke(session, by)

    async def _revoke(self, credential: Credential, by: str) -> Credential:
        if credential.revoked is not None:
            return credential
        now = self._clock()
        # It ends at once, even if that cannot be written: then whoever asked is told that it holds until a restart.
        ended = self._all[credential.id] = replace(credential, revoked=now, revoked_by=by)
        self.ended += 1
        try:
            await self._thread.run(lambda database: database.revoke(credential.id, now, by))
        except BluegreenError:
            self._beside(self._write_revoked(ended))
            raise
        return ended

    async def _write_revoked(self, ended: Credential) -> None:
        while True:
            await asyncio.sleep(TRY_AGAIN_AFTER)
            try:
                return await self._thread.run(
                    lambda database: database.revoke(ended.id, ended.revoked or 0.0, ended.revoked_by)
                )
            except BluegreenError:
                continue

    async def _add(self, credential: Credential) -> None:
        await self._thread.run(lambda database: database.add(credential))
        self._all[credential.id] = credential

    def used(self, credential: Credential) -> None:
        """Remember that it was used; what cannot be written is not missed."""
        now = self._clock()
        if credential.last_used is not None and abs(now - credential.last_used) < USED_EVERY:
            return
        self._all[credential.id] = replace(credential, last_used=now)
        self._beside(self._write_used(credential.id, now))

    async def _write_used(self, id: str, at: float) -> None:
        try:
            await self._thread.run(lambda database: database.used(id, at))
        except BluegreenError as error:
            log.warning("the last use of a credential was not written", why=str(error))

    async def _end_oldest(self, token: str | None) -> None:
        for session in self._sessions(token, ended=False)[:-SESSIONS_EACH]:
            await self._revoke(session, "too many sessions")
        await self._forget(self._sessions(token, ended=True)[:-ENDED_EACH])
        await self._forget_old()

    def _sessions(self, token: str | None, *, ended: bool) -> list[Credential]:
        """Those of one token that have ended, or have not; the newest one last."""
        own = [c for c in self._all.values() if c.kind == "session" and c.parent == token]
        return sorted((c for c in own if bool(self.void(c)) == ended), key=lambda session: session.created)

    async def _forget_old(self) -> None:
        horizon = self._clock() - KEPT
        sessions = [c for c in self._all.values() if c.kind == "session"]
        await self._forget([c for c in sessions if min(c.expires or 0, c.revoked or 1e12) < horizon])

    async def _forget(self, sessions: Sequence[Credential]) -> None:
        ids = [session.id for session in sessions]
        if ids:
            await self._thread.run(lambda database: database.forget(ids))
            for id in ids:
                self._all.pop(id, None)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
