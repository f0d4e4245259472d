"""One-time codes: what a link to the dashboard holds. Only in memory, for a minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bluegreen.access.secret import Secret, new_secret
from bluegreen.core.access import Principal

LASTS = 60.0
"""Seconds."""
MOST = 1000


@dataclass(frozen=True)
class Code:
    """Who logs in with a code, and the id of the token or session that it was asked for with (empty: at the socket)."""

    digest: bytes
    expires: float
    principal: Principal
    parent: str


class Codes:
    """Codes that were given out and not used yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}

    def give(self, principal: Principal, parent: str) -> tuple[Secret, float]:
        """A new code, and until when it can be used."""
        now, secret = self._clock(), new_secret("code")
        self._codes = {id: code for id, code in self._codes.items() if now < code.expires}
        while len(self._codes) >= MOST:
            del self._codes[next(iter(self._codes))]
        self._codes[secret.id] = Code(secret.digest, now + LASTS, principal, parent)
        return secret, now + LASTS

    def take(self, secret: Secret) -> Code | None:
        """What a code stands for: once. None when it is unknown, used up or too old."""
        code = self._codes.get(secret.id)
        if not secret.is_that_of(code.digest if code else None) or code is None:
            return None
        del self._codes[secret.id]
        return code if self._clock() < code.expires else None
