"""Who is let in over TCP: tokens and sessions of ours, and tokens of CI jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bluegreen.access.secret import Kind, Secret, parse_secret
from bluegreen.access.store import Store
from bluegreen.core import logins
from bluegreen.core.access import Principal
from bluegreen.core.credentials import Credential
from bluegreen.core.errors import BluegreenError
from bluegreen.core.logins import Logins
from bluegreen.core.oidc import Job, Refusal

_LONGEST = 16_000
"""Characters of a credential."""


class NotLetIn(BluegreenError):
    """Who calls is not known; with ``retry_after`` (seconds) it was not even looked at, or too many fail."""

    def __init__(self, what: str, *, why: str = "", cure: str = "", retry_after: float = 0.0) -> None:
        super().__init__(what, why=why, cure=cure)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Login:
    """Somebody who is let in."""

    principal: Principal
    credential: Credential | None = None
    """The token or session; None for a CI job."""
    until: float | None = None
    """For a CI job: when its token ends."""


class Jobs(Protocol):
    """What checks the tokens of CI jobs."""

    async def look_at(self, token: str) -> Job | Refusal | None:
        """What a token allows, or why it is refused although its issuer signed it; None: it is not signed by one."""

    def warnings(self) -> list[str]:
        """What a person should know."""


class Gate:
    """Looks at what callers send, and bears only so many failures."""

    def __init__(
        self, store: Store, jobs: Jobs | None, *, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._monotonic = monotonic
        self._logins = Logins()

    async def let_in(self, sent: str, address: str) -> Login:
        """Who sent this credential from this address. Raises NotLetIn."""
        secret = parse_secret(sent)
        place = logins.network_of(address)
        self._refuse_too_soon(place, secret.id if secret else "")
        if secret is not None:
            return self._ours(secret, place, ("token", "session"))
        return await self._job(sent, place)

    def known(self, secret: Secret | None, address: str, kinds: tuple[Kind, ...]) -> Login:
        """As `let_in`, for a token or a session of ours alone. Raises NotLetIn."""
        place = logins.network_of(address)
        self._refuse_too_soon(place, secret.id if secret else "")
        if secret is None:
            raise self._failed(place)
        return self._ours(secret, place, kinds)

    def expect(self, address: str, id: str) -> None:
        """Somebody there was just given a credential with this public id: failures of others do not hold it up."""
        self._logins = logins.succeeded(self._logins, logins.network_of(address), id)

    def fail(self, address: str) -> NotLetIn:
        """The error after one more failed login, of a code for instance."""
        return self._failed(logins.network_of(address))

    def refuse_too_soon(self, address: str, id: str) -> None:
        """Raises NotLetIn where too many logins have failed; ``id``: the public one that is claimed."""
        self._refuse_too_soon(logins.network_of(address), id)

    @property
    def ended(self) -> int:
        """Grows whenever a credential is ended: while it stands still, nothing but time ends a login."""
        return self._store.ended

    def holds(self, login: Login) -> bool:
        """Whether it still does: a stream that is open ends with the credential that opened it."""
        if login.credential is not None:
            now = self._store.find(login.credential.id)
            return now is not None and not self._store.void(now)
        return login.until is None or self._clock() < login.until

    def _ours(self, secret: Secret, place: str, kinds: tuple[Kind, ...]) -> Login:
        found = self._store.find(secret.id)
        right_kind = found if found is not None and found.kind == secret.kind and secret.kind in kinds else None
        if not secret.is_that_of(right_kind.digest if right_kind else None) or right_kind is None:
            raise self._failed(place)
        # Who has the secret is not guessing: it is told what became of it, and not counted.
        if why := self._store.void(right_kind):
            raise NotLetIn(f"This {right_kind.kind} is not valid any more.", why=why, cure=_CURE)
        self._logins = logins.succeeded(self._logins, place, right_kind.id)
        self._store.used(right_kind)
        return Login(right_kind.principal, right_kind)

    async def _job(self, sent: str, place: str) -> Login:
        looks_like_one = len(sent) <= _LONGEST and sent.count(".") == 2
        found = await self._jobs.look_at(sent) if self._jobs is not None and looks_like_one else None
        if found is None:
            raise self._failed(place)
        if isinstance(found, Refusal):
            cure = "See `oidc` in controller.yaml, and docs/how-to/ci-oidc.md."
            raise NotLetIn("This job's token is not accepted.", why=found.why, cure=cure)
        return Login(found.principal, until=found.until)

    def _refuse_too_soon(self, place: str, credential: str) -> None:
        if wait := logins.wait(self._logins, place, credential, self._monotonic()):
            raise _too_many(wait)

    def _failed(self, place: str) -> NotLetIn:
        now = self._monotonic()
        self._logins = logins.failed(self._logins, place, now)
        if wait := logins.wait_after_failure(self._logins, now):
            return _too_many(wait)
        return NotLetIn("This is no valid credential.", why="It is unknown here, or was cut or changed.", cure=_CURE)


_CURE = "Ask an admin for a token: `bluegreen token create`. On the controller's machine, `bluegreen open` logs you in."


def _too_many(wait: float) -> NotLetIn:
    return NotLetIn(
        "Too many logins have failed.",
        why="Guessing is not borne for long.",
        cure=f"Wait {wait:.0f} s. Who is logged in already stays so, and the unix socket works as always.",
        retry_after=wait,
    )
